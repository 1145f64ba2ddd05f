"""Disturbed histories through the real log: the process that writes it dies, and so does the reader behind it.

A death is the files as they are at that moment, opened by another log: what waited for its commit is lost, its sources
send it again; of what was committed some answers are lost, and it is sent again too. The reader goes on from its last
saved state and offset. In the end its digest must be that of the clean run.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from benchmarks._histories import Delivery, Found, Reader, disturbed, messages, read_all

from citybrain.clock import ManualClock
from citybrain.ingest.codec import encode
from citybrain.ingest.ingestor import stored
from citybrain.ingest.kinds import kind_of
from citybrain.ingest.log import DurableLog
from citybrain.ingest.log_batch import Batch, Damage
from citybrain.ingest.log_segment import FileOptions
from citybrain.ingest.log_writer import LogOptions

OPTIONS = LogOptions(linger_s=0.0, segment_bytes=20_000, file=FileOptions(ballast_bytes=0, checkpoint_pages=20))
LIVES = 4


class Brain:
    """A reader of the log that saves itself now and then."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.reader, self.offset = Reader(), 0
        self._saved, self._saved_offset = self.reader.save(), 0

    def read(self, log: DurableLog, share: float) -> None:
        """Read on, as far as chance has it."""
        for parcel in stored(log.replay(self.offset)):
            assert not isinstance(parcel, Damage)
            if self._rng.random() > share:
                return
            self.reader.read(Delivery(parcel.received_s, parcel.source, parcel.table))
            self.offset = parcel.sequence
            if self._rng.random() < 0.05:
                self._saved, self._saved_offset = self.reader.save(), self.offset

    def die(self) -> None:
        self.reader, self.offset = Reader.load(self._saved), self._saved_offset


def batch(delivery: Delivery, key: int) -> Batch:
    table = delivery.table
    n = int(table.time_s.size)
    return Batch(delivery.source, kind_of(table).value, delivery.received_s, n, encode(table), f"message {key}")


def live_through(deliveries: list[Delivery], folder: Path, rng: Random) -> Reader:
    """Everything delivered, with deaths in between; the reader at its end."""
    brain, first, unsure = Brain(rng), 0, 0
    cuts = [*sorted(rng.randrange(len(deliveries)) for _ in range(LIVES - 1)), len(deliveries)]
    for life, end in enumerate(cuts):
        log = DurableLog(folder / str(life), ManualClock(), OPTIONS)
        for future in [log.append(batch(deliveries[k], k)) for k in range(first, end)]:
            future.result(30.0)
        if end < len(deliveries):
            brain.read(log, 0.99)
            shutil.copytree(folder / str(life), folder / str(life + 1), ignore=shutil.ignore_patterns("*-shm"))
            unsure = rng.randrange(1, 6)  # committed, but their answers are lost
            for k in range(end, min(len(deliveries), end + 3)):
                log.append(batch(deliveries[k], k))  # too late for this life
            log.close()
            brain.die()
            first = max(0, end - unsure)
        else:
            brain.read(log, 1.0)
            log.close()
    brain.reader.end()
    return brain.reader


def log_histories(n: int, seed: int, folder: Path) -> Found:
    """Compare n histories through the log with their clean runs; the same seed gives the same ones."""
    found = Found()
    for i in range(n):
        rng = Random(seed * 1_000_003 + i)
        sent = messages(rng)
        clean = read_all(sent)
        reader = live_through(disturbed(rng, sent), folder / str(i), rng)
        shutil.rmtree(folder / str(i))
        found.histories += 1
        found.duplicates += reader.order.counts.duplicates
        found.late += reader.late
        if reader.digest != clean.digest or reader.late:
            found.differing += 1
            found.seeds.append(i)
    return found
