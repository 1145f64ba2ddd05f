"""A plate that comes in is nowhere afterwards: not in the log's files, not in an answer, not in what a crash says."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from _canaries import ARROW, N_CANARIES, NDJSON, SEEN, canary, hits, passage, posts

from _entry import NOW_S, ingestor, lines
from citybrain.ingest import ingestor as ingestor_module
from citybrain.ingest.ingestor import Ingestor
from citybrain.ingest.sources import Sources, new_key

pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")


def ask(entry: Ingestor, requests: list[tuple[str, dict[str, str], bytes]]) -> list[Any]:
    """Answers of the real routes."""
    from fastapi import FastAPI

    from citybrain.server.ingestion import router

    app = FastAPI()
    key, key_hash = new_key()
    sources = Sources.read(f'[gate]\nkey_hash = "{key_hash}"\nkinds = ["*"]', "sources", entry.settings)
    app.include_router(router(entry, sources))
    known = {"Authorization": f"Bearer gate:{key}"}

    async def go() -> list[Any]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
            return [
                await client.post(f"/api/v1/ingest/{kind}", content=content, headers=known | headers)
                for kind, headers, content in requests
            ]

    return asyncio.run(go())


def test_no_canary_is_found_after_it_came_in_by_any_way(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "log"
    entry = ingestor(folder)
    requests = [
        (kind.value, {"Content-Type": content_type, "Idempotency-Key": canary(k)}, content)
        for k, (kind, content_type, content) in enumerate(posts())
    ]
    requests.append((canary(1), {"Content-Type": NDJSON}, lines(passage(1))))
    requests.append(("passage", {"Authorization": f"Bearer {canary(2)}:{canary(3)}"}, b""))
    answers = ask(entry, requests)
    assert sum(answer.json().get("accepted", 0) for answer in answers) >= 5 * N_CANARIES, "nothing came in"
    assert sum(answer.json().get("quarantined", 0) for answer in answers) > 20, "nothing was wrong"
    found = [answer.text for answer in answers if SEEN.search(answer.content)]
    assert not found, found[0]
    assert any(path.name.endswith("-wal") for path in folder.iterdir()), "the write-ahead log is searched too"
    assert hits(folder) == []
    seen = entry.drain(NOW_S)
    assert len(set(seen.passages.plate.tolist())) == N_CANARIES
    entry.close()
    assert hits(folder) == []
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]  # the client's own
    assert not SEEN.search("".join(said).encode())


def test_a_crash_says_nothing_of_what_it_was_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    entry = ingestor(tmp_path)

    def breaks(_: object) -> bytes:
        raise RuntimeError("the codec is broken")

    monkeypatch.setattr(ingestor_module, "encode", breaks)
    (answer,) = ask(entry, [("passage", {"Content-Type": NDJSON}, lines(passage(1)))])
    assert answer.status_code == 500
    said = capfd.readouterr()
    assert not SEEN.search((answer.text + said.out + said.err).encode())
    assert entry.gate.n_bytes == 0, "a crash gives its place back"
    entry.close()


@pytest.mark.parametrize("content_type", [NDJSON, ARROW])
def test_the_search_finds_a_canary_that_is_there(tmp_path: Path, content_type: str) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10_000 + canary(7).encode() + b"y")
    (tmp_path / "b").write_bytes(canary(7).lower().encode("utf-16-le"))
    (tmp_path / "c").write_bytes(b"nothing")
    assert [Path(path).name for path in sorted(hits(tmp_path))] == ["a", "b"]
    contents = [content for _, kind, content in posts() if kind == content_type]
    assert all(SEEN.search(content) for content in contents)
