"""Histories of a stream: the same events, delivered twice, late, in any order, to a reader that dies in between.

Whatever happened on the way, the reader must end in the same state as after a clean run. The reader's state here is
a digest over the events of each kind in the order in which they were handed on: every value and the order count.

    found = histories(n=10_000, seed=1)
    assert found.differing == 0
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from citybrain.ingest.identity import content_of
from citybrain.ingest.kinds import RECORDS, Kind
from citybrain.ingest.order import Order, Released
from citybrain.records.observations import make, take
from citybrain.settings import Settings

SETTINGS = replace(Settings(), lateness_s=5, late_max_s=60)
DURATION_S = 10.0
PRIME = 0x100000001B3  # the digest is a polynomial in it: every value and the order of all count


@dataclass(frozen=True)
class Delivery:
    """A message as it stands in the log."""

    received_s: float
    source: str
    table: Any


@dataclass
class Reader:
    """Takes deliveries in the order of the log, hands events on every second, and can be saved."""

    order: Order = field(default_factory=lambda: Order(SETTINGS))
    digest: dict[str, int] = field(default_factory=dict)  # by kind
    beat_s: float = 0.0
    late: int = 0

    def read(self, delivery: Delivery) -> None:
        while self.beat_s + 1.0 <= delivery.received_s:
            self.beat_s += 1.0
            self._take(self.order.release(self.beat_s))
        self.order.push(delivery.source, delivery.table)

    def end(self) -> None:
        self._take(self.order.flush())

    def _take(self, released: Released) -> None:
        for table in released.observations.tables():
            if table.time_s.size:
                kind = type(table).__name__
                for content in content_of(table).tolist():
                    self.digest[kind] = (self.digest.get(kind, 0) * PRIME + content) % (1 << 64)
        self.late += released.late.rows

    def save(self) -> tuple[bytes, dict[str, int], float, int]:
        return self.order.save(), dict(self.digest), self.beat_s, self.late

    @classmethod
    def load(cls, saved: tuple[bytes, dict[str, int], float, int]) -> Reader:
        order, digest, beat_s, late = saved
        return cls(Order.load(order, SETTINGS), dict(digest), beat_s, late)


def messages(rng: random.Random) -> list[Delivery]:
    """What three sources send, each message at once: counts, passages, positions of buses; times differ by source."""
    found = []
    for source, kind in (("loops", Kind.COUNT), ("cameras", Kind.PASSAGE), ("buses", Kind.TRANSIT)):
        at_s = rng.uniform(0, 2)
        while at_s < DURATION_S:
            found.append(Delivery(at_s, source, _table(rng, kind, at_s)))
            at_s += rng.choice((0.2, 1.0, 1.0, 3.0))
    return sorted(found, key=lambda delivery: delivery.received_s)


def _table(rng: random.Random, kind: Kind, at_s: float) -> Any:
    """One to four events of the last second."""
    n = rng.randrange(1, 5)
    time_s = np.array([round(at_s - rng.random(), 1) for _ in range(n)])
    number = np.array([rng.randrange(20) for _ in range(n)])
    values: dict[Kind, tuple[Any, ...]] = {
        Kind.COUNT: (number, 60, np.array([rng.randrange(9) for _ in range(n)]), 0.1, 0),
        Kind.PASSAGE: (number, number, -1, 1, number.astype(np.uint64), 0),
        Kind.TRANSIT: (number.astype(str).astype(object), np.full(n, "7", object), 1.0 * number, 2.0, 3.0, 4.0, 0),
    }
    return make(RECORDS[kind], time_s, at_s, *values[kind])


def disturbed(rng: random.Random, sent: Sequence[Delivery]) -> list[Delivery]:
    """The messages as they may arrive: cut in two, delayed, and some again, much later, in any order."""
    found = []
    for message in sent:
        for part in _cut(rng, message):
            oldest_s = float(part.table.time_s.min())
            room_s = SETTINGS.lateness_s - 1e-6 - (part.received_s - oldest_s)
            found.append(_arrive(part, part.received_s + rng.random() * max(0.0, room_s)))
            while rng.random() < 0.25:
                found.append(_arrive(part, part.received_s + rng.random() * rng.choice((3.0, 15.0, 50.0))))
    return sorted(found, key=lambda delivery: delivery.received_s)


def _cut(rng: random.Random, message: Delivery) -> list[Delivery]:
    n = message.table.time_s.size
    if n < 2 or rng.random() < 0.7:
        return [message]
    chosen = np.array([rng.random() < 0.5 for _ in range(n)])
    parts = (replace(message, table=take(message.table, mask)) for mask in (chosen, ~chosen))
    return [part for part in parts if part.table.time_s.size]


def _arrive(message: Delivery, at_s: float) -> Delivery:
    table = replace(message.table, received_s=np.full(message.table.time_s.size, at_s))
    return Delivery(at_s, message.source, table)


def read_all(log: Sequence[Delivery], rng: random.Random | None = None) -> Reader:
    """Read the log to its end; with `rng`, die a few times and go on from what was saved last."""
    reader, saved, saved_at = Reader(), Reader().save(), 0
    at = 0
    crashes = 0 if rng is None else rng.randrange(4)
    while at < len(log):
        reader.read(log[at])
        at += 1
        if rng is not None and rng.random() < 0.05:
            saved, saved_at = reader.save(), at
        if rng is not None and crashes and rng.random() < 0.03:
            reader, at, crashes = Reader.load(saved), saved_at, crashes - 1
    reader.end()
    return reader


@dataclass
class Found:
    """What came of the histories."""

    histories: int = 0
    differing: int = 0
    duplicates: int = 0
    late: int = 0
    seeds: list[int] = field(default_factory=list)


def histories(n: int, seed: int) -> Found:
    """Compare n disturbed histories with their clean runs; the same seed gives the same ones."""
    found = Found()
    for i in range(n):
        rng = random.Random(seed * 1_000_003 + i)
        sent = messages(rng)
        clean, reader = read_all(sent), read_all(disturbed(rng, sent), rng)
        found.histories += 1
        found.duplicates += reader.order.counts.duplicates
        found.late += reader.late
        if reader.digest != clean.digest or reader.late:
            found.differing += 1
            found.seeds.append(i)
    return found
