"""The entry side: what is acknowledged is durable and reaches the brain once, in the log's order; room is bounded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from _entry import NOW_S, ingestor, message, row
from citybrain.clock import ManualClock
from citybrain.errors import BusyError, StorageError
from citybrain.ingest.gate import Gate
from citybrain.ingest.inbox import Inbox, Parcel, observations
from citybrain.ingest.ingestor import Ingestor, Message, Outcome, stored
from citybrain.ingest.kinds import Kind
from citybrain.ingest.log_batch import Damage
from citybrain.records.observations import DetectorCounts, columns, make
from citybrain.settings import Settings


def receive(entry: Ingestor, *messages: Message) -> list[Outcome]:
    async def go() -> list[Outcome]:
        return [await entry.receive(each) for each in messages]

    return asyncio.run(go())


def test_an_answer_counts_what_was_accepted_and_what_was_not(tmp_path: Path) -> None:
    entry = ingestor(tmp_path)
    good, mixed, bad = receive(
        entry,
        message(row(1), row(2), key="a"),
        message(row(3), row(4, count=-1), key="b"),
        message(row(5, sensor="nobody"), key="c"),
    )
    assert (good.accepted, good.quarantined, good.duplicate, good.sequence) == (2, 0, False, 1)
    assert (mixed.accepted, mixed.quarantined, mixed.sequence) == (1, 1, 2)
    assert (bad.accepted, bad.quarantined, bad.sequence) == (0, 1, None)
    assert [reject.reason for reject in bad.rejects] == ["unknown_sensor"]
    entry.close()


def test_the_brain_gets_each_batch_once_and_a_replay_is_the_same(tmp_path: Path) -> None:
    entry = ingestor(tmp_path)
    receive(entry, *(message(row(k), row(k + 50), key=str(k)) for k in (1, 2, 3, 2, 1)))
    seen = entry.drain(NOW_S)
    assert (seen.time_s, seen.rows, entry.inbox.offset) == (NOW_S, 6, 3)
    assert entry.drain(NOW_S + 1.0).rows == 0
    entry.close()
    entry = ingestor(tmp_path)
    parcels = [parcel for parcel in stored(entry.log.replay()) if not isinstance(parcel, Damage)]
    again = observations(NOW_S, parcels)
    for old, new in zip(columns(seen.counts), columns(again.counts), strict=True):
        np.testing.assert_array_equal(old, new)
    assert entry.inbox.offset == 3
    entry.close()


def test_what_came_after_the_moment_waits_for_the_next_beat(tmp_path: Path) -> None:
    clock = ManualClock(NOW_S)
    entry = ingestor(tmp_path, clock=clock)
    receive(entry, message(row(1), key="1"))
    clock.advance(5.0)
    receive(entry, message(row(2), key="2"))
    assert entry.drain(NOW_S + 4.0).counts.count.tolist() == [1]
    assert entry.inbox.offset == 1
    assert entry.drain(NOW_S + 5.0).counts.count.tolist() == [2]
    entry.close()


def test_while_the_disk_fails_the_brain_goes_on_and_the_source_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = ingestor(tmp_path)

    def fails(_: object) -> None:
        raise StorageError("full")

    with monkeypatch.context() as broken:
        broken.setattr(entry.log, "append", fails)
        for _ in range(3):  # a source repeats what was refused
            with pytest.raises(StorageError, match="full"):
                receive(entry, message(row(7), key="7"))
    assert entry.drain(NOW_S).counts.count.tolist() == [7]
    assert entry.health().unlogged_rows == 1
    (outcome,) = receive(entry, message(row(7), key="7"))
    assert (outcome.duplicate, outcome.sequence) == (False, 1)
    assert entry.drain(NOW_S).rows == 0, "the brain has it already"
    entry.close()


def test_a_commit_that_hangs_is_not_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ingestor(tmp_path, Settings(log_stall_ms=100, log_commit_ms=1000))
    with pytest.raises(StorageError, match=r"longer than 0\.1 s"):
        receive(entry, message(row(3), key="3"))
    assert entry.drain(NOW_S).counts.count.tolist() == [3]
    entry.close()


def test_no_room_before_the_log_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ingestor(tmp_path)

    def full(_: object) -> None:
        raise BusyError("full")

    monkeypatch.setattr(entry.log, "append", full)
    with pytest.raises(BusyError):
        receive(entry, message(row(1), key="1"))
    assert entry.drain(NOW_S).rows == 0, "what was refused for want of room is not used either"
    entry.close()


def parcel(sequence: int, kind: Kind, n: int, received_s: float = 0.0) -> Parcel:
    table: Any = make(DetectorCounts, *(np.zeros(n) for _ in range(7)))
    return Parcel(sequence, "s", received_s, kind, table)


def test_a_brain_that_does_not_come_loses_what_matters_least() -> None:
    inbox = Inbox(1000)
    assert [inbox.put(parcel(k, Kind.WEATHER, 100)) for k in range(1, 9)] == [True] * 6 + [False] * 2
    assert [inbox.put(parcel(k, Kind.SIGNAL, 100)) for k in range(9, 15)] == [True] * 4 + [False] * 2
    assert (inbox.n_rows, inbox.shed_rows) == (1000, {"weather": 200, "signal": 200})
    assert len(inbox.take(1.0)) == 10
    assert (inbox.n_rows, inbox.offset) == (0, 12)


def test_what_was_never_logged_does_not_move_the_offset() -> None:
    inbox = Inbox(1000)
    for each in (parcel(4, Kind.COUNT, 1), parcel(0, Kind.COUNT, 1)):
        inbox.put(each)
    inbox.take(1.0)
    assert inbox.offset == 4


def test_the_gate_is_bounded_and_keeps_places_for_what_matters() -> None:
    gate = Gate(1000)
    gate.enter("probe", 790)
    with pytest.raises(BusyError, match="no room for 20 of probe"):
        gate.enter("probe", 20)
    gate.enter("signal", 200)
    with pytest.raises(BusyError, match="no room for more of signal"):
        gate.grow("signal", 11)
    assert (gate.shed, gate.n_bytes, gate.n_messages) == ({"probe": 1, "signal": 1}, 990, 2)
    gate.leave(200)
    gate.leave(790)
    gate.enter("weather", 5000)  # alone it may be as long as a message may be
    assert (gate.n_bytes, gate.n_messages) == (5000, 1)


def test_the_gate_narrows_while_answers_are_slow_and_opens_again() -> None:
    gate, now_s = Gate(1 << 26, wait_s=0.25), 0.0
    gate.enter("signal", 1 << 25)
    rooms = []
    for _ in range(200):  # each byte inside costs time: 8 MiB are answered in 0.25 s
        now_s += 0.05
        inside = min(gate.room, 1 << 25)
        gate.n_bytes = int(inside)
        gate.answered(100_000, inside / (1 << 25), now_s)
        rooms.append(gate.room)
    assert 6 << 20 < min(rooms[-50:]) < max(rooms[-50:]) < 11 << 20
    for _ in range(1000):
        now_s += 0.05
        gate.answered(100_000, 0.01, now_s)
    assert gate.room == 1 << 26


def test_the_gate_always_has_room_for_a_little() -> None:
    gate = Gate(1 << 26, wait_s=0.1)
    for k in range(1000):
        gate.answered(1000, 5.0, float(k))
    assert gate.room == 1 << 20
