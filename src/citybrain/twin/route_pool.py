"""The routes that a twin knows: those of its demand, and behind them those that were chosen on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.twin.arrays import STOP, Table

F64 = NDArray[np.float64]


@dataclass(eq=False)
class _Shelf:
    """Memory with room to spare. Pools of several forks may stand on it; `filled` rows are in use by one of them."""

    stops: Table
    before_s: F64
    on_link_s: F64
    filled: int


@dataclass(frozen=True, eq=False)
class RoutePool:
    """The first `used` rows of a shelf. Never changes: `plus` gives a longer pool, and forks keep theirs."""

    shelf: _Shelf
    used: int

    @classmethod
    def of(cls, stops: Table, before_s: F64, on_link_s: F64) -> RoutePool:
        return cls(_Shelf(stops, before_s, on_link_s, stops.size), stops.size)

    def plus(self, stops: Table, before_s: F64, on_link_s: F64) -> RoutePool:
        """A pool with more rows. Its shelf is another one where this one is full, or another fork has used it."""
        n = self.used + stops.size
        shelf = self.shelf
        if shelf.filled != self.used or n > shelf.stops.size:
            shelf = self._moved(max(2 * n, 1024))
        shelf.stops[self.used : n] = stops
        shelf.before_s[self.used : n] = before_s
        shelf.on_link_s[self.used : n] = on_link_s
        shelf.filled = n
        return RoutePool(shelf, n)

    def _moved(self, size: int) -> _Shelf:
        shelf = _Shelf(np.zeros(size, STOP), np.zeros(size), np.zeros(size), self.used)
        shelf.stops[: self.used] = self.shelf.stops[: self.used]
        shelf.before_s[: self.used] = self.shelf.before_s[: self.used]
        shelf.on_link_s[: self.used] = self.shelf.on_link_s[: self.used]
        return shelf
