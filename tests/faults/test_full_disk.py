"""A disk that is full, fails or hangs: nothing is acknowledged, it is said at once, and it passes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from _sqlite_disk import FULL, IOERR_FSYNC, OK, Disk, available

import citybrain
from citybrain.clock import ManualClock
from citybrain.errors import StorageError
from citybrain.ingest.log import DurableLog
from citybrain.ingest.log_batch import Batch, Logged
from citybrain.ingest.log_segment import FileOptions
from citybrain.ingest.log_writer import LogOptions

needs_disk = pytest.mark.skipif(not available(), reason="this Python hides its SQLite")
OPTIONS = LogOptions(linger_s=0.0, retry_s=0.01, file=FileOptions(ballast_bytes=0, uri="vfs=watched"))
WITHIN_S = 1.0


def batch(k: int) -> Batch:
    return Batch("s", "count", float(k), 1, bytes(5000), str(k))


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    yield made
    made.remove()


def wait_until_ok(log: DurableLog) -> None:
    for _ in range(1000):
        if log.health().ok:
            return
        threading.Event().wait(0.01)
    pytest.fail("the log did not come back")


@needs_disk
@pytest.mark.parametrize(("what", "code"), [("write", FULL), ("sync", IOERR_FSYNC), ("open", 14)])
def test_a_failing_disk_stops_the_answers_and_they_come_back_with_it(
    disk: Disk, quick_path: Path, what: str, code: int
) -> None:
    with DurableLog(quick_path, ManualClock(), OPTIONS) as log:
        for k in range(5):
            log.append(batch(k)).result(WITHIN_S)
        broken = {what, "write"} if what == "open" else {what}
        disk.refuse = lambda event, path: code if event in broken else OK
        with pytest.raises(StorageError, match="nothing is acknowledged"):
            log.append(batch(5)).result(WITHIN_S)
        assert not log.health().ok
        for k in range(6, 9):
            with pytest.raises(StorageError, match="nothing is acknowledged"):
                log.append(batch(k)).result(WITHIN_S)
        assert log.health().last == 5
        assert [row.sequence for row in log.replay()] == [1, 2, 3, 4, 5]
        disk.refuse = lambda event, path: OK
        wait_until_ok(log)
        assert log.append(batch(2)).result(WITHIN_S).duplicate
        receipts = [log.append(batch(k)).result(WITHIN_S) for k in (5, 6, 7, 8)]
        assert not any(receipt.duplicate for receipt in receipts)
        assert log.health().tally.failures == 1
    with DurableLog(quick_path, ManualClock(), replace(OPTIONS, file=FileOptions())) as log:
        rows = [row.batch.key for row in log.replay() if isinstance(row, Logged)]
        assert rows == [str(k) for k in range(9)], "lost, doubled or out of order"


@needs_disk
def test_what_was_refused_does_not_come_back_from_the_left_file(disk: Disk, quick_path: Path) -> None:
    """The commit is on the disk and only its sync failed: the source was refused, and sends it again."""
    with DurableLog(quick_path, ManualClock(), OPTIONS) as log:
        log.append(batch(0)).result(WITHIN_S)
        disk.refuse = lambda event, path: IOERR_FSYNC if event == "sync" else OK
        with pytest.raises(StorageError):
            log.append(batch(1)).result(WITHIN_S)
        disk.refuse = lambda event, path: OK
        wait_until_ok(log)
        log.append(batch(1)).result(WITHIN_S)
    with DurableLog(quick_path, ManualClock(), OPTIONS) as log:
        assert [row.batch.key for row in log.replay() if isinstance(row, Logged)] == ["0", "1"]
        assert log.append(batch(1)).result(WITHIN_S).duplicate


@needs_disk
def test_a_commit_that_hangs_is_a_failing_disk(disk: Disk, quick_path: Path) -> None:
    clock, reached, go_on = ManualClock(), threading.Event(), threading.Event()

    def hang(event: str, path: str) -> int:
        if event == "sync" and not go_on.is_set():
            reached.set()
            assert go_on.wait(30.0)
        return OK

    with DurableLog(quick_path, clock, OPTIONS) as log:
        log.append(batch(0)).result(WITHIN_S)
        disk.refuse = hang
        hanging = log.append(batch(1))
        assert reached.wait(10.0)
        clock.advance(OPTIONS.stall_s / 2)
        assert log.health().ok
        clock.advance(OPTIONS.stall_s)
        assert "has been running" in str(log.health().error)
        with pytest.raises(StorageError, match="has been running"):
            log.append(batch(2))
        go_on.set()
        assert hanging.result(10.0).sequence == 2
        assert log.append(batch(2)).result(WITHIN_S).sequence == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs the kernel's limit on the size of files")
def test_a_really_full_disk(quick_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("_full_child.py")), str(quick_path)],
        env={"PYTHONPATH": str(Path(citybrain.__file__).parents[1]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    full, after, rows = done.stdout.splitlines()
    assert full.startswith("while full: 20 "), full
    assert not full.endswith("None")
    assert after == "after: None"
    assert rows == "rows: 40 40 True"
