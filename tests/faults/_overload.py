"""A log that gets ten times more than its disk takes."""

from __future__ import annotations

import threading
from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from _sqlite_disk import OK, Disk

from citybrain.clock import ManualClock, SystemClock
from citybrain.errors import BusyError
from citybrain.ingest.log import DurableLog
from citybrain.ingest.log_batch import Batch, Logged
from citybrain.ingest.log_segment import FileOptions
from citybrain.ingest.log_writer import LogOptions

OPTIONS = LogOptions(
    linger_s=0.0, queue_bytes=4_000_000, file=FileOptions(ballast_bytes=0, uri="vfs=watched"), stall_s=1e9
)
KINDS = ("signal", "count", "passage", "probe", "transit", "report", "parking", "weather")  # the last goes first
PAYLOAD = bytes(20_000)
TIMES = 10  # offered for each that is taken


@dataclass
class Overload:
    """What came of it; batches, except where another unit is named."""

    offered: int = 0
    kept: int = 0  # acknowledged
    refused: int = 0  # as the log counts them
    lost: int = 0  # acknowledged, and not in the log
    disorder: int = 0  # kinds of which a smaller share was refused than of one that matters more
    peak_bytes: int = 0  # of the queue
    limit_bytes: int = OPTIONS.queue_bytes
    grown_mib: float = 0.0  # of the process
    limit_mib: float = 64.0


def overload(folder: Path, seconds: float) -> Overload:
    """Offer TIMES as many batches as the log takes, for so many seconds and until that share is met."""
    disk, found, clock = Disk(), Overload(), SystemClock()
    turn = threading.Event()  # set: the disk may sync; it is TIMES slower than the senders by count, not by the clock
    turn.set()

    def slowly(event: str, _: object) -> int:
        disk.events.clear()  # the record of all that was written is not needed, and would count as memory of the log
        return OK if event != "sync" or turn.wait(60.0) else 1

    disk.refuse = slowly
    offered, waiting, acknowledged = Counter[str](), deque[Future[Any]](), list[int]()
    with DurableLog(folder, ManualClock(), OPTIONS) as log:
        turn.clear()
        begin_mib, until_s = resident_mib(), clock.monotonic_s() + seconds
        while clock.monotonic_s() < until_s or found.offered < TIMES * (len(acknowledged) + len(waiting)):
            while waiting and waiting[0].done():
                acknowledged.append(waiting.popleft().result().sequence)
            if waiting and found.offered >= TIMES * (len(acknowledged) + len(waiting)):
                turn.set()
                waiting[0].exception(60.0)
                turn.clear()
                continue
            kind = KINDS[found.offered % len(KINDS)]
            found.offered += 1
            offered[kind] += 1
            try:
                waiting.append(log.append(Batch("s", kind, 0.0, 1, PAYLOAD, str(found.offered))))
            except BusyError:
                found.peak_bytes = max(found.peak_bytes, log.health().queue_bytes)
        turn.set()
        acknowledged += [future.result(60.0).sequence for future in waiting]
        found.grown_mib = resident_mib() - begin_mib
        refused = log.health().refused
        stored = {row.sequence for row in log.replay() if isinstance(row, Logged)}
    disk.remove()
    shares = [refused.get(kind, 0) / offered[kind] for kind in KINDS]
    found.kept, found.refused = len(acknowledged), sum(refused.values())
    found.lost = len(set(acknowledged) - stored)
    found.disorder = sum(a > b for a, b in pairwise(shares))
    return found


def resident_mib() -> float:
    """Memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20
