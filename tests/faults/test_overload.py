"""Ten times more than the disk takes: memory stays bounded, what was shed is counted, what was acknowledged is
there.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from _overload import TIMES, overload
from _sqlite_disk import OK, Disk, available

from citybrain.clock import ManualClock
from citybrain.errors import BusyError
from citybrain.ingest.log import DurableLog
from citybrain.ingest.log_batch import Batch, Logged
from citybrain.ingest.log_segment import FileOptions
from citybrain.ingest.log_writer import LogOptions

pytestmark = pytest.mark.skipif(not available(), reason="this Python hides its SQLite")
OPTIONS = LogOptions(
    linger_s=0.0, queue_bytes=1_000_000, file=FileOptions(ballast_bytes=0, uri="vfs=watched"), stall_s=1e9
)
KINDS = ("signal", "count", "passage", "probe", "weather")


def test_a_disk_that_stands_still_fills_the_queue_and_no_more(quick_path: Path) -> None:
    disk, go_on = Disk(), threading.Event()
    disk.refuse = lambda event, _: OK if event != "sync" or go_on.wait(60.0) else 1
    go_on.set()
    offered, kept, peak = Counter[str](), [], 0
    with DurableLog(quick_path, ManualClock(), replace(OPTIONS)) as log:
        go_on.clear()
        for k in range(10 * OPTIONS.queue_bytes // 5000):
            kind = KINDS[k % len(KINDS)]
            offered[kind] += 1
            try:
                kept.append(log.append(Batch("s", kind, 0.0, 7, bytes(5000), str(k))))
            except BusyError:
                peak = max(peak, log.health().queue_bytes)
        assert peak <= OPTIONS.queue_bytes
        refused = log.health().refused
        go_on.set()
        sequences = sorted(future.result(60.0).sequence for future in kept)
        assert sum(refused.values()) + len(kept) == sum(offered.values())
        assert refused["weather"] > refused["probe"] > refused["passage"] > refused["count"] > refused["signal"] > 0
        assert log.health().refused_rows == {kind: 7 * n for kind, n in refused.items()}
        assert sequences == [row.sequence for row in log.replay() if isinstance(row, Logged)]
        assert log.append(Batch("s", "weather", 0.0, 1, b"", "after")).result(60.0).sequence == len(kept) + 1
    disk.remove()


def test_a_slow_disk_under_ten_times_its_load(quick_path: Path) -> None:
    """Short form of what `scripts/bench faults --part overload` does for a minute."""
    found = overload(quick_path, 1.5)
    assert found.offered >= TIMES * found.kept > 0
    assert found.offered == found.kept + found.refused
    assert (found.lost, found.disorder) == (0, 0)
    assert found.peak_bytes <= found.limit_bytes
    assert found.grown_mib < found.limit_mib
