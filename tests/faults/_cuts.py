"""Power cuts on the log: record a real run once, then cut the power anywhere in it and read what is left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

from _power import WAYS, Machine
from _sqlite_disk import Disk, Event

from citybrain.clock import ManualClock
from citybrain.ingest import log_segment
from citybrain.ingest.log import DurableLog, read_log
from citybrain.ingest.log_batch import Batch, Logged
from citybrain.ingest.log_segment import FileOptions
from citybrain.ingest.log_writer import LogOptions

OPTIONS = LogOptions(
    linger_s=0.0,
    segment_bytes=120_000,
    file=FileOptions(ballast_bytes=0, checkpoint_pages=9, uri="vfs=watched"),
)


@dataclass
class CutTally:
    """What the cuts of a run found."""

    cuts: int = 0
    acknowledged: int = 0  # batches that had to be there, over all cuts
    lost: int = 0  # of them
    cuts_with_loss: int = 0
    false: int = 0  # rows that nobody sent, sent twice, or damage reported where there is none
    reopened: int = 0  # times the log went on after the cut


@cache
def batch(number: int) -> Batch:
    """The same bytes for the same number, of very different sizes."""
    rng = Random(number)
    return Batch(
        f"s{number % 3}", "count", float(number), number, rng.randbytes(rng.choice((9, 300, 5000, 30_000))), str(number)
    )


@contextmanager
def watched() -> Iterator[Disk]:
    """A disk below SQLite that sees the renaming of whole files too."""
    disk, own_publish, own_sync = Disk(), log_segment.publish, log_segment.sync_folder

    def publish(making: Path, path: Path) -> None:
        disk.note("rename", making.name, data=path.name.encode())
        own_publish(making, path)

    def sync_folder(folder: Path) -> None:
        own_sync(folder)
        disk.note("sync_folder", folder.name)

    log_segment.publish, log_segment.sync_folder = publish, sync_folder
    try:
        yield disk
    finally:
        log_segment.publish, log_segment.sync_folder = own_publish, own_sync
        disk.remove()


def record(folder: Path, n_batches: int, options: LogOptions = OPTIONS, seed: int = 1) -> list[Event]:
    """All events of a run of the real log: groups of batches, some of them sent twice, over several files and one
    restart.
    """
    rng = Random(seed)
    with watched() as disk:
        for start, end in ((1, n_batches // 2), (n_batches // 2 + 1, n_batches)):
            log = DurableLog(folder, ManualClock(), options)
            number = start
            while number <= end:
                group = range(number, min(end, number + rng.randrange(4)) + 1)
                waiting = []
                for k in (*group, *(rng.choice(group) for _ in range(rng.randrange(2)))):
                    future = log.append(batch(k))
                    future.add_done_callback(lambda _, k=k: disk.note("ack", "", k))
                    waiting.append(future)
                assert all(future.result().sequence for future in waiting)
                number = group[-1] + 1
            log.close()
    return disk.events


def cut_everywhere(
    events: list[Event], n_cuts: int, scratch: Path, seed: int = 2, tally: CutTally | None = None
) -> CutTally:
    """Cut the power `n_cuts` times, spread over all events and all ways to lose what was not synced."""
    machine, rng = Machine(), Random(seed)
    tally = tally or CutTally()
    for i, event in enumerate(events):
        machine.step(event)
        for k in range(n_cuts * i // len(events), n_cuts * (i + 1) // len(events)):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            machine.cut(scratch, WAYS[k % len(WAYS)], rng)
            _examine(scratch, machine.acknowledged, tally, goes_on=k % 10 == 0)
    return tally


def _examine(folder: Path, acknowledged: set[int], tally: CutTally, goes_on: bool) -> None:
    if goes_on:
        with DurableLog(folder, ManualClock(), replace(OPTIONS, file=FileOptions(ballast_bytes=0))) as log:
            assert log.append(batch(999_999)).result().sequence > 0
        tally.reopened += 1
    rows = list(read_log(folder))
    found = [row.batch.n_rows for row in rows if isinstance(row, Logged) and row.batch == batch(row.batch.n_rows)]
    lost = acknowledged - set(found)
    tally.cuts += 1
    tally.acknowledged += len(acknowledged)
    tally.lost += len(lost)
    tally.cuts_with_loss += bool(lost)
    tally.false += len(rows) - len(set(found)) + (goes_on and 999_999 not in found)
