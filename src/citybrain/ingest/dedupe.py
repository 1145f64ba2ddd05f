"""Remembers which events have been, over a window of event time, in bounded memory; and which batches of a source."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["SeenBatches", "SeenKeys"]

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]
_BUCKETS = 256  # of the window: what is forgotten is forgotten by the bucket
_RUNS = 8  # of a bucket, before they are made one
_NO_KEYS = np.zeros(0, np.uint64)


@dataclass
class SeenKeys:
    """Keys of the events of the last `window_s`, at most `keys_max` of them; 8 bytes each.

    `horizon_s`: of events before it nothing is known any more, so they can no longer be told from duplicates.
    """

    window_s: float
    keys_max: int
    horizon_s: float = -math.inf
    _buckets: dict[int, list[U64]] = field(default_factory=dict)  # each a few sorted runs of keys
    _size: int = 0

    def __len__(self) -> int:
        return self._size

    @property
    def _width_s(self) -> float:
        return max(self.window_s, 1.0) / _BUCKETS

    def _places(self, time_s: F64) -> dict[int, NDArray[np.intp]]:
        """Rows by bucket."""
        places = np.floor(time_s / self._width_s).astype(np.int64)
        order = np.argsort(places, kind="stable")
        cuts = np.flatnonzero(np.diff(places[order])) + 1
        return {int(places[rows[0]]): rows for rows in np.split(order, cuts) if rows.size}

    def add(self, time_s: F64, keys: U64) -> None:
        """Remember events that are not yet; then forget the oldest beyond the window and the limit."""
        for place, rows in self._places(time_s).items():
            runs = self._buckets.setdefault(place, [])
            runs.append(np.sort(keys[rows]))
            self._size += rows.size
            if len(runs) > _RUNS:
                runs[:] = [np.sort(np.concatenate(runs))]
        if self._buckets:
            self._forget()

    def _forget(self) -> None:
        newest = max(self._buckets)
        for place in sorted(self._buckets):
            if place == newest or (self._size <= self.keys_max and place >= newest - _BUCKETS):
                break  # one bucket alone may be over the limit: nothing older is then remembered
            self._size -= sum(run.size for run in self._buckets.pop(place))
            self.horizon_s = max(self.horizon_s, (place + 1) * self._width_s)

    def contains(self, time_s: F64, keys: U64) -> NDArray[np.bool_]:
        """Whether each event is remembered."""
        found = np.zeros(keys.size, np.bool_)
        for place, rows in self._places(time_s).items():
            for run in self._buckets.get(place, ()):
                at = np.minimum(np.searchsorted(run, keys[rows]), run.size - 1)
                found[rows] |= run[at] == keys[rows]
        return found

    def save(self) -> dict[str, NDArray[np.generic]]:
        """Arrays that `load` takes."""
        places = sorted(self._buckets)
        whole = [np.sort(np.concatenate(self._buckets[place])) for place in places]
        return {
            "horizon_s": np.array([self.horizon_s]),
            "places": np.array(places, np.int64),
            "sizes": np.array([run.size for run in whole], np.int64),
            "keys": np.concatenate([_NO_KEYS, *whole]),
        }

    def load(self, saved: dict[str, NDArray[np.generic]]) -> None:
        """Become what was saved."""
        self.horizon_s = float(np.asarray(saved["horizon_s"], np.float64)[0])
        keys = np.asarray(saved["keys"], np.uint64)
        parts = np.split(keys, np.cumsum(np.asarray(saved["sizes"], np.int64))[:-1])
        places = np.asarray(saved["places"], np.int64).tolist()
        self._buckets = {place: [part] for place, part in zip(places, parts, strict=False)}
        self._size = keys.size


@dataclass
class SeenBatches:
    """Numbered batches of the sources: each is taken once, in any order, within a window of numbers.

    Everything up to `floor` has been; `above` are the ones beyond it. A gap older than `gap_max` numbers is given up:
    a batch that fills it later is refused as if it had been, so that memory is bounded.
    """

    gap_max: int = 10_000
    floor: dict[str, int] = field(default_factory=dict)
    above: dict[str, set[int]] = field(default_factory=dict)

    def contains(self, source: str, sequence: int) -> bool:
        """Whether a batch has been."""
        return sequence <= self.floor.get(source, -1) or sequence in self.above.get(source, ())

    def add(self, source: str, sequence: int) -> bool:
        """Remember a batch of number 0 or more; False when it had been already."""
        if self.contains(source, sequence):
            return False
        floor, above = self.floor.get(source, -1), self.above.setdefault(source, set())
        above.add(sequence)
        if sequence - floor > self.gap_max:
            floor = sequence - self.gap_max
        while floor + 1 in above:
            floor += 1
        self.floor[source] = floor
        self.above[source] = {number for number in above if number > floor} if above else above
        return True
