"""From the log to the brain, in memory: what was committed, in the log's order, for a beat to take.

The brain takes everything up to a moment; `offset` is the log's sequence up to which it has, so that a beat can be
repeated exactly from the log. Bounded: a brain that does not come loses what matters least first, from memory only.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from citybrain.ingest.kinds import FIELD_OF, Kind
from citybrain.ingest.log_batch import share
from citybrain.records.observations import Observations, join


@dataclass(frozen=True, eq=False)
class Parcel:
    """A table on its way; `sequence` 0 = the log has not got it."""

    sequence: int
    source: str
    received_s: float
    kind: Kind
    table: Any

    @property
    def rows(self) -> int:
        return int(self.table.time_s.size)


@dataclass
class Inbox:
    """Thread-safe. `shed_rows`: rows by kind that nobody took in time; those that were logged are still in the log."""

    rows_max: int
    n_rows: int = 0
    offset: int = 0
    shed_rows: Counter[str] = field(default_factory=Counter)
    _waiting: deque[Parcel] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, parcel: Parcel) -> bool:
        """Hand a table over; False, and counted, when its kind's share of the room is taken."""
        with self._lock:
            if self.n_rows and self.n_rows + parcel.rows > share(parcel.kind) * self.rows_max:
                self.shed_rows[parcel.kind] += parcel.rows
                return False
            self._waiting.append(parcel)
            self.n_rows += parcel.rows
            return True

    def take(self, until_s: float) -> list[Parcel]:
        """Everything, in order, up to the first that was received after `until_s`."""
        with self._lock:
            taken = []
            while self._waiting and self._waiting[0].received_s <= until_s:
                taken.append(self._waiting.popleft())
            self.n_rows -= sum(parcel.rows for parcel in taken)
            self.offset = max([self.offset, *(parcel.sequence for parcel in taken)])
            return taken


def observations(time_s: float, parcels: list[Parcel]) -> Observations:
    """The tables of some parcels, those of a kind one after another."""
    parts: dict[str, list[Any]] = {}
    for parcel in parcels:
        parts.setdefault(FIELD_OF[parcel.kind], []).append(parcel.table)
    return Observations(time_s, **{name: join(tables) for name, tables in parts.items()})
