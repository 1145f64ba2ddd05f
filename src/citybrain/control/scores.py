"""Sums over what each stage serves, and the best stage of each signal: the arithmetic that controllers share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, I64, Bool, City
from citybrain.control.stages import KEEP
from citybrain.control.table import SignalTable

Values = NDArray[Any]
ROUND_TO = 6  # decimals of a score: equal sums must stay equal, whatever the order they were added in


def row_sums(offset: I64, values: Values) -> Values:
    """Sum of values[offset[i] : offset[i + 1]] for every row i; 0 where the row is empty."""
    exact = np.int64 if values.dtype.kind in "biu" else np.float64
    running = np.zeros(len(values) + 1, exact)
    np.cumsum(values, out=running[1:])
    return running[offset[1:]] - running[offset[:-1]]


def row_maxima(offset: I64, values: F64, empty: float) -> F64:
    """Greatest of values[offset[i] : offset[i + 1]] for every row i; `empty` where there is none."""
    padded = np.append(values, empty)  # so that an empty last row starts inside the array
    return np.where(np.diff(offset) > 0, np.maximum.reduceat(padded, offset[:-1]), empty) if len(offset) > 1 else values


def link_sums(city: City, per_lane: Values) -> Values:
    """Sum over the lanes of each link [n_links]."""
    return row_sums(np.append(city.links.first_lane, len(city.lanes.link)).astype(np.int64), per_lane)


class StageGrid:
    """Scores of stage rows laid out as [n_signals, most stages], to find each signal's best."""

    def __init__(self, table: SignalTable) -> None:
        self._first_row = table.stage_offset[:-1]
        self._signal = table.stage_signal
        self._place = np.arange(table.stage_offset[-1]) - self._first_row[self._signal]
        self._shape = (table.n_signals, max(1, int(table.n_stages.max(initial=0))))
        self._steers: Bool = table.n_stages > 1

    def current_rows(self, stage: I32) -> I64:
        """Stage row of each signal's `stage`; only for signals with stages."""
        return self._first_row + stage

    def best(self, scores: Values) -> tuple[I32, F64]:
        """Wish for the highest score of each signal, the lower place where equal, and that score.

        Signals with fewer than two stages get KEEP and -inf.
        """
        grid = np.full(self._shape, -np.inf)
        grid[self._signal, self._place] = np.round(scores, ROUND_TO)
        place = grid.argmax(axis=1)
        top = grid[np.arange(len(place)), place]
        return np.where(self._steers, place, KEEP).astype(np.int32), np.where(self._steers, top, -np.inf)
