"""The HTTP door: who may send what, how much, in which format; and what it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from _entry import CITY, NDJSON, NOW_S, SETTINGS, ingestor, lines, row
from citybrain.clock import ManualClock
from citybrain.errors import BusyError, StorageError
from citybrain.ingest.ingestor import Ingestor
from citybrain.ingest.sources import Sources, new_key
from citybrain.server.ingestion import router
from citybrain.settings import Settings

KEY, KEY_HASH = new_key()
SOURCES = Sources.read(f'[office]\nkey_hash = "{KEY_HASH}"\nkinds = ["count"]\nrows_per_s = 100', "sources", SETTINGS)
HEADERS = {"Authorization": f"Bearer office:{KEY}", "Content-Type": NDJSON}


@pytest.fixture
def entry(tmp_path: Path) -> Iterator[Ingestor]:
    made = ingestor(tmp_path, Settings(log_commit_ms=1, message_bytes_max=10_000, message_rows_max=50))
    yield made
    made.close()


def post(entry: Ingestor, content: Any, kind: str = "count", **headers: str) -> Any:
    """One request; header names with _ for -."""
    from fastapi import FastAPI

    app = FastAPI()
    app.include_router(router(entry, SOURCES))
    given = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}

    async def go() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city") as client:
            return await client.post(f"/api/v1/ingest/{kind}", content=content, headers=given)

    return asyncio.run(go())


def test_a_message_is_answered_with_its_place_in_the_log(entry: Ingestor) -> None:
    said = post(entry, lines(row(1), row(2)), Idempotency_Key="m1")
    assert said.status_code == 200
    assert said.json() == {"accepted": 2, "quarantined": 0, "duplicate": False, "sequence": 1, "rejects": []}
    assert entry.log.last == 1
    again = post(entry, lines(row(1), row(2)), Idempotency_Key="m1").json()
    assert (again["duplicate"], again["sequence"]) == (True, 1)


def test_json_and_arrow_are_understood_too(entry: Ingestor) -> None:
    import io

    import polars as pl

    one = post(entry, json.dumps([row(1), row(2)]).encode(), Content_Type="application/json; charset=utf-8")
    assert one.json()["accepted"] == 2
    out = io.BytesIO()
    pl.DataFrame([row(3), row(4)]).write_ipc_stream(out, compression="uncompressed")
    two = post(entry, out.getvalue(), Content_Type="application/vnd.apache.arrow.stream")
    assert two.json()["accepted"] == 2


def test_rows_that_are_wrong_are_told_one_by_one_and_never_repeated(entry: Ingestor) -> None:
    said = post(entry, lines(row(1), row(2, count="A12345")))
    assert said.status_code == 200
    (reject,) = said.json()["rejects"]
    assert (reject["row"], reject["field"], reject["reason"]) == (1, "count", "wrong_type")
    assert "A12345" not in said.text
    nothing = post(entry, lines(row(1, sensor="?")))
    assert (nothing.status_code, nothing.json()["accepted"]) == (422, 0)


@pytest.mark.parametrize(
    ("changes", "kind", "status", "reason"),
    [
        ({"Authorization": "Bearer office:secret"}, "count", 401, "unknown_source"),
        ({"Authorization": f"Bearer nobody:{KEY}"}, "count", 401, "unknown_source"),
        ({"Authorization": ""}, "count", 401, "unknown_source"),
        ({}, "passage", 403, "kind_not_allowed"),
        ({}, "rumour", 404, "unknown_kind"),
        ({"Content_Type": "text/csv"}, "count", 415, "unknown_format"),
        ({"Content_Encoding": "gzip"}, "count", 415, "unknown_format"),
        ({"Idempotency_Key": "k" * 201}, "count", 400, "bad_text"),
        ({"Content_Length": "-5"}, "count", 400, "malformed"),
    ],
)
def test_a_wrong_head_is_refused_before_the_body(
    entry: Ingestor, changes: dict[str, str], kind: str, status: int, reason: str
) -> None:
    said = post(entry, lines(row(1)), kind, **changes)
    assert (said.status_code, said.json()["reason"]) == (status, reason)
    assert said.json()["detail"]
    assert KEY not in said.text
    assert "secret" not in said.text
    assert ("www-authenticate" in said.headers) == (status == 401)
    assert entry.log.last == 0


def test_a_message_of_another_format_is_none(entry: Ingestor) -> None:
    said = post(entry, b"\xff\xfe not arrow", Content_Type="application/vnd.apache.arrow.stream")
    assert said.status_code == 400
    assert said.json()["rejects"][0]["reason"] == "malformed"


def test_a_message_that_is_too_long_is_refused_announced_or_not(entry: Ingestor) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    for content in (b" " * 10_001, pieces()):
        said = post(entry, content)
        assert (said.status_code, said.json()["reason"]) == (413, "too_many_bytes")
    many = post(entry, lines(*(row(k) for k in range(51))))
    assert many.status_code == 413
    assert (entry.gate.n_bytes, entry.gate.n_messages) == (0, 0)


def test_a_body_in_pieces_is_taken(entry: Ingestor) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for part in (lines(row(1)), b"\n", lines(row(2))):
            yield part

    assert post(entry, pieces()).json()["accepted"] == 2
    assert entry.gate.n_bytes == 0


@pytest.mark.parametrize(("error", "reason"), [(BusyError("full"), "busy"), (StorageError("no disk"), "storage")])
def test_no_room_and_no_disk_are_told_with_a_time_to_come_again(
    entry: Ingestor, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fails(_: object) -> None:
        raise error

    monkeypatch.setattr(entry.log, "append", fails)
    said = post(entry, lines(row(1)))
    assert (said.status_code, said.json()["reason"], said.headers["Retry-After"]) == (503, reason, "1")


def test_a_gate_without_room_sheds_unread_and_counts(entry: Ingestor) -> None:
    entry.gate.enter("signal", entry.gate.bytes_max)
    said = post(entry, lines(row(1)))
    assert (said.status_code, said.json()["reason"]) == (503, "busy")
    assert entry.health().shed_messages == {"count": 1}
    assert entry.health().shed_bytes["count"] == len(lines(row(1)))


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    entry = ingestor(tmp_path, Settings(ingest_body_s=1, log_commit_ms=1))

    async def never() -> AsyncIterator[bytes]:
        yield b" "
        await asyncio.Event().wait()

    said = post(entry, never())
    assert (said.status_code, said.json()["reason"]) == (408, "timeout")
    assert entry.gate.n_messages == 0
    entry.close()


def test_the_door_is_described(entry: Ingestor) -> None:
    from fastapi import FastAPI

    app = FastAPI()
    app.include_router(router(entry, SOURCES))
    described = app.openapi()["paths"]["/api/v1/ingest/{kind}"]["post"]
    assert {"200", "401", "403", "413", "415", "429", "503"} <= set(described["responses"])
    assert SETTINGS.retry_after_s == 1
    assert CITY.sensors.sensor_id


def test_a_source_that_sends_more_than_it_may_waits(tmp_path: Path) -> None:
    clock = ManualClock(NOW_S)
    entry = ingestor(tmp_path, SETTINGS, clock)
    from fastapi import FastAPI

    app = FastAPI()
    app.include_router(router(entry, SOURCES))
    content = lines(*(row(k) for k in range(250)))  # two seconds' worth may come at once, and a message may be longer

    async def go() -> list[Any]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city") as client:
            answers = []
            for step_s in (0.0, 0.0, 0.4, 0.2):
                clock.advance(step_s)
                answers.append(await client.post("/api/v1/ingest/count", content=content, headers=HEADERS))
            return answers

    first, soon, later, last = asyncio.run(go())
    assert [answer.status_code for answer in (first, soon, later, last)] == [200, 429, 429, 200]
    assert soon.headers["Retry-After"] == "1"
    assert soon.json()["reason"] == "rate"
    entry.close()


def test_who_is_turned_away_is_in_the_accounts(entry: Ingestor) -> None:
    post(entry, lines(row(1)), Authorization="Bearer x:y")
    account = entry.intake.quarantine.account()
    assert (account.rows, account.quarantined) == (1, 1)
