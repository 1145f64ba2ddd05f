"""The durable log: in order, once, in groups, within its limits, for as long as it should."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from citybrain.clock import ManualClock
from citybrain.errors import InputError, LimitError, StorageError
from citybrain.ingest import log_files
from citybrain.ingest.log import DurableLog, log_options, read_log
from citybrain.ingest.log_batch import Batch, Damage, Logged
from citybrain.ingest.log_files import Retention
from citybrain.ingest.log_segment import FileOptions, first_of, segment_paths
from citybrain.ingest.log_writer import DAY_S, LogOptions
from citybrain.settings import Settings

OPTIONS = LogOptions(linger_s=0.0, retention=Retention(1e12, 1 << 40), file=FileOptions(ballast_bytes=0))


def batch(k: int, size: int = 100, received_s: float = 0.0) -> Batch:
    return Batch("camera 1", "passage", received_s, 10 + k, bytes((k % 256,)) * size, f"key {k}")


def put(log: DurableLog, *numbers: int, size: int = 100, received_s: float = 0.0) -> list[int]:
    return [log.append(batch(k, size, received_s)).result(10.0).sequence for k in numbers]


def sequences(rows: object) -> list[int]:
    return [row.sequence for row in rows if isinstance(row, Logged)]  # type: ignore[attr-defined]


def test_what_is_read_is_what_was_written_from_any_offset(tmp_path: Path) -> None:
    sent = [batch(k, size) for k, size in enumerate((0, 1, 50_000, 7, 100))]
    sent.append(Batch("Straße 5", "weather", 1e9 + 0.125, 0, b"", None))
    with DurableLog(tmp_path, ManualClock(), OPTIONS) as log:
        for each in sent:
            log.append(each).result(10.0)
        for rows in (list(log.replay()), list(read_log(tmp_path))):
            assert [row.batch for row in rows if isinstance(row, Logged)] == sent
            assert sequences(rows) == [1, 2, 3, 4, 5, 6]
        assert sequences(log.replay(after=4)) == [5, 6]
        assert sequences(log.replay(after=6)) == []


def test_batches_that_come_together_share_a_commit(tmp_path: Path) -> None:
    options = replace(OPTIONS, linger_s=60.0, enough_bytes=50 * batch(0).size)
    with DurableLog(tmp_path, ManualClock(), options) as log:
        waiting = [log.append(batch(k)) for k in range(50)]
        assert [future.result(10.0).sequence for future in waiting] == list(range(1, 51))
        tally = log.health().tally
    assert (tally.commits, tally.batches, tally.rows) == (1, 50, sum(10 + k for k in range(50)))


def test_the_same_key_of_a_source_is_stored_once(tmp_path: Path) -> None:
    clock = ManualClock()
    with DurableLog(tmp_path, clock, replace(OPTIONS, linger_s=0.01)) as log:
        waiting = [log.append(batch(k)) for k in (1, 2, 1, 1)]  # also within a commit
        assert [future.result(10.0).sequence for future in waiting] == [1, 2, 1, 1]
        other = replace(batch(1), source="camera 2")
        assert not log.append(other).result(10.0).duplicate
        keyless = replace(batch(1), key=None)
        assert [log.append(keyless).result(10.0).duplicate for _ in range(2)] == [False, False]
    with DurableLog(tmp_path, clock, OPTIONS) as log:
        assert put(log, 1, 3) == [1, 6]
    clock.advance(DAY_S / 2 + DAY_S)  # another file
    with DurableLog(tmp_path, clock, replace(OPTIONS, duplicate_s=1e9)) as log:
        put(log, 4)
        assert len(segment_paths(tmp_path)) == 2
        assert put(log, 1, 3, 5) == [1, 6, 8]
        assert log.health().tally.duplicates == 2


def test_a_repetition_is_recognised_for_its_time_and_not_for_ever(tmp_path: Path) -> None:
    clock = ManualClock()
    with DurableLog(tmp_path, clock, replace(OPTIONS, duplicate_s=DAY_S)) as log:
        put(log, 1, received_s=clock.now_s())
        clock.advance(DAY_S)
        assert put(log, 2, 1, received_s=clock.now_s()) == [2, 1]
        clock.advance(DAY_S)
        put(log, 3, received_s=clock.now_s())
    with DurableLog(tmp_path, clock, replace(OPTIONS, duplicate_s=DAY_S)) as log:
        assert put(log, 2, 1) == [2, 4]


def test_a_file_ends_with_its_day_and_with_its_size(tmp_path: Path) -> None:
    clock = ManualClock(10 * DAY_S + 5.0)
    with DurableLog(tmp_path, clock, replace(OPTIONS, segment_bytes=1000)) as log:
        put(log, 1, 2, 3, size=600)
        assert [first_of(path) for path in segment_paths(tmp_path)] == [1, 3]
        clock.advance(DAY_S)
        put(log, 4, size=1)
        assert [first_of(path) for path in segment_paths(tmp_path)] == [1, 3, 4]
        clock.at_s = 3 * DAY_S  # a clock that was set back breaks nothing
        put(log, 5, size=1)
        assert sequences(log.replay()) == [1, 2, 3, 4, 5]


def test_old_files_are_dropped_and_the_active_one_never(tmp_path: Path) -> None:
    clock = ManualClock()
    options = replace(OPTIONS, retention=Retention(keep_s=2 * DAY_S, keep_bytes=1 << 40))
    with DurableLog(tmp_path, clock, options) as log:
        for day in range(5):
            clock.at_s = day * DAY_S + 1.0
            put(log, day, received_s=clock.at_s)
        log.sweep()
        assert sequences(log.replay()) == [3, 4, 5]  # day 2 is two days old, not older
        assert log.health().tally.dropped_files == 2
        clock.at_s = 30 * DAY_S  # nothing came for long: also the last file is past its time
        log.sweep()
        assert sequences(log.replay()) == []
        assert put(log, 9) == [6]
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(("-wal", "-shm"))] == []


def test_the_oldest_files_go_when_the_log_is_too_large(tmp_path: Path) -> None:
    options = replace(OPTIONS, segment_bytes=300_000, retention=Retention(1e12, 2_000_000))
    with DurableLog(tmp_path, ManualClock(), options) as log:
        put(log, *range(40), size=100_000)
        log.sweep()
        assert log.size_bytes < 2_400_000
        kept = sequences(log.replay())
        assert kept == list(range(kept[0], 41))
        assert 8 < len(kept) < 20


def test_a_lost_end_of_a_file_is_told_by_the_next(tmp_path: Path) -> None:
    clock = ManualClock()
    with DurableLog(tmp_path, clock, OPTIONS) as log:
        put(log, 1, 2, 3, 4)
        clock.advance(DAY_S)
        put(log, 5)
    import sqlite3

    with sqlite3.connect(segment_paths(tmp_path)[0]) as db:
        db.execute("DELETE FROM batch WHERE sequence >= 3")
    rows = list(read_log(tmp_path))
    assert sequences(rows) == [1, 2, 5]
    (damage,) = [row for row in rows if isinstance(row, Damage)]
    assert (damage.first, damage.last, damage.n_batches, damage.found) == (3, 4, 2, "missing")


def test_a_file_that_was_half_made_is_made_again(tmp_path: Path) -> None:
    tmp_path.joinpath("making.sqlite").write_bytes(b"half")
    tmp_path.joinpath("notes.log.sqlite").write_text("not ours")
    with DurableLog(tmp_path, ManualClock(), OPTIONS) as log:
        assert put(log, 1) == [1]
    assert not tmp_path.joinpath("making.sqlite").exists()


def test_one_process_writes_a_log(tmp_path: Path) -> None:
    with DurableLog(tmp_path, ManualClock(), OPTIONS), pytest.raises(InputError, match="another process writes"):
        DurableLog(tmp_path, ManualClock(), OPTIONS)
    DurableLog(tmp_path, ManualClock(), OPTIONS).close()


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be made"):
        DurableLog(tmp_path / "file" / "log", ManualClock(), OPTIONS)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (batch(1, size=20_000), LimitError),
        (replace(batch(1), received_s=float("nan")), InputError),
        (replace(batch(1), n_rows=-1), InputError),
        (replace(batch(1), source="\ud800"), InputError),
    ],
)
def test_what_cannot_be_logged_is_refused_at_once(tmp_path: Path, wrong: Batch, error: type[Exception]) -> None:
    with DurableLog(tmp_path, ManualClock(), replace(OPTIONS, batch_bytes=10_000)) as log:
        with pytest.raises(error):
            log.append(wrong)
        assert put(log, 2) == [1]


def test_a_closed_log_takes_nothing_and_has_kept_what_waited(tmp_path: Path) -> None:
    log = DurableLog(tmp_path, ManualClock(), replace(OPTIONS, linger_s=60.0))
    waiting = [log.append(batch(k)) for k in range(3)]
    log.close()
    assert [future.result(0.0).sequence for future in waiting] == [1, 2, 3]
    with pytest.raises(StorageError, match="closed"):
        log.append(batch(4))


def test_what_was_committed_is_handed_on_in_order_and_before_the_answer(tmp_path: Path) -> None:
    handed: list[int] = []
    with DurableLog(tmp_path, ManualClock(), OPTIONS, lambda rows: handed.extend(r.sequence for r in rows)) as log:
        for k in range(30):
            (sequence,) = put(log, k)
            assert handed[-1] == sequence
        put(log, 3)
    assert handed == list(range(1, 31))


def test_many_writers_and_a_reader_at_the_same_time(tmp_path: Path) -> None:
    options = replace(OPTIONS, segment_bytes=200_000)
    found: list[list[int]] = []
    with DurableLog(tmp_path, ManualClock(), options) as log:
        ends = [threading.Thread(target=put, args=(log, *range(k, 400, 4)), kwargs={"size": 5000}) for k in range(4)]
        for thread in ends:
            thread.start()
        while any(thread.is_alive() for thread in ends):
            found.append(sequences(log.replay()))
        assert sequences(log.replay()) == list(range(1, 401))
    assert all(each == list(range(1, len(each) + 1)) for each in found)


def test_answers_can_be_awaited(tmp_path: Path) -> None:
    async def ask(log: DurableLog) -> list[int]:
        return [receipt.sequence for receipt in await asyncio.gather(*(log.append_async(batch(k)) for k in range(5)))]

    with DurableLog(tmp_path, ManualClock(), OPTIONS) as log:
        assert asyncio.run(ask(log)) == [1, 2, 3, 4, 5]


def test_settings_become_limits() -> None:
    settings = Settings(log_commit_ms=20, log_queue_mib=2, log_keep_h=3, log_keep_mib=4, log_stall_ms=500)
    options = log_options(settings)
    assert (options.linger_s, options.queue_bytes, options.stall_s) == (0.02, 2 << 20, 0.5)
    assert options.retention == Retention(10_800.0, 4 << 20)
    assert log_options(Settings()) == LogOptions()


def test_dropping_a_file_takes_all_that_sqlite_keeps_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "1.log.sqlite"
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).write_text("x")
    log_files.drop([path])
    assert list(tmp_path.iterdir()) == []
