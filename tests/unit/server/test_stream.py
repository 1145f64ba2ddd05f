"""The live stream: first everything, then changes; a reader goes on where it was; slow readers miss, and none waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from _brain import Brain, make_brain

from citybrain.server import stream as module

STREAM = "/api/v1/stream"


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    return make_brain(tmp_path)


def parsed(message: str) -> tuple[str, dict[str, Any]]:
    """Id and data of an event."""
    fields = dict(line.split(": ", 1) for line in message.strip().split("\n"))
    assert fields["event"] == "values"
    return fields["id"], json.loads(fields["data"])


def listen(
    brain: Brain, messages: int, last: str = "", match: str = "*/all/in_transit"
) -> list[tuple[str, dict[str, Any]]]:
    """The first messages; a beat follows each."""

    def between(_: int) -> None:
        brain.clock.advance(1.0)
        brain.beat()

    headers = {"last_event_id": last} if last else {}
    retry, *found = brain.public.stream(f"{STREAM}?match={match}", messages + 1, between, **headers)
    assert retry.startswith("retry:")
    return [parsed(message) for message in found]


def test_first_everything_then_changes(brain: Brain) -> None:
    (_, first), (_, second), (_, third) = listen(brain, 3)
    assert [first["whole"], second["whole"], third["whole"]] == [True, False, False]
    assert first["sequence"] < second["sequence"] < third["sequence"]
    assert [v["value"] for v in second["values"]] == [1834.0]
    assert second["values"][0]["time"] < third["values"][0]["time"]


def test_only_what_the_pattern_selects(brain: Brain) -> None:
    ((_, found),) = listen(brain, 1, match=f"{brain.name}/all/*_index,{brain.name}/ingest/*")
    names = {value["address"].split("/")[2] for value in found["values"]}
    assert names == {"delay_index", "travel_time_index", "accepted", "quarantined"}


def test_a_reader_goes_on_where_it_was(brain: Brain) -> None:
    ((event, _),) = listen(brain, 1)
    (_, after), *_ = listen(brain, 1, last=event)
    assert not after["whole"]
    (_, anew), *_ = listen(brain, 1, last="another life-5")
    assert anew["whole"]


def test_a_slow_reader_is_told_the_newest_only(brain: Brain) -> None:
    def many(_: int) -> None:
        for _ in range(50):
            brain.clock.advance(1.0)
            brain.beat()

    found = [parsed(message) for message in brain.public.stream(f"{STREAM}?match=*/all/in_transit", 4, many)[1:]]
    assert [len(data["values"]) for _, data in found] == [1, 1, 1]


def test_readers_of_the_same_share_one_encoding(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = module._message

    def counted(*given: Any) -> bytes:
        made.append(1)
        return real(*given)

    monkeypatch.setattr(module, "_message", counted)
    wake = brain.app.state.wake  # type: ignore[attr-defined]
    wake.readers, wake._leave = 1, lambda: None  # another reader is there, so what is made is kept
    for _ in range(5):
        brain.public.stream(f"{STREAM}?match=*/all/in_transit", 2, lambda _: None)
    assert made == [1]


def test_silence_is_filled(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.0)
    found = brain.public.stream(f"{STREAM}?match=*/all/in_transit", 4, lambda _: None)
    assert found[2:] == [": still here\n\n"] * 2


def test_streams_have_limits(brain: Brain) -> None:
    wake = brain.app.state.wake  # type: ignore[attr-defined]
    wake.readers = 500
    refused = brain.public.get(STREAM)
    assert (refused.status, refused.headers["retry-after"]) == (503, "30")
    assert brain.public.get(f"{STREAM}?match=odd").status == 400


def test_a_stream_selects_no_more_than_a_page(tmp_path: Path) -> None:
    brain = make_brain(tmp_path, api_rows_max=10)
    assert brain.public.get(STREAM).status == 413


def test_nobody_listens_when_all_have_left(brain: Brain) -> None:
    others = list(brain.hub._listeners)  # what keeps the last minutes
    for _ in range(3):
        listen(brain, 2)
    assert brain.app.state.wake.readers == 0  # type: ignore[attr-defined]
    assert brain.hub._listeners == others


def test_what_is_internal_is_not_streamed_to_everybody(brain: Brain) -> None:
    found = brain.public.stream(f"{STREAM}?match=*", 2, lambda _: None)
    assert "city/all/internal" not in "".join(found)
    assert "city/all/internal" in "".join(brain.operator.stream(f"{STREAM}?match=*", 2, lambda _: None))
