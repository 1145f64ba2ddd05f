"""Maximum red: nobody with a vehicle waiting is passed over for ever, whatever the scores say."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I32, I64, Bool, City
from citybrain.control.scores import StageGrid, row_maxima, row_sums
from citybrain.control.stages import GREEN, KEEP, StageState
from citybrain.control.table import SignalTable
from citybrain.records.readings import NEAR_M, Readings

GRANT_S = 15.0  # green that a starving stage keeps while it has vehicles: 5 s would let out 2 of them every 2 minutes


class RedGuard:
    """Overrides a wish where some turn has had vehicles and no green for `max_red_s`: the longest waiting goes first.

    The stage that was granted is held for GRANT_S of green, or until it has no vehicles left.

    Measured need: plain greedy control starves side streets (cologne8: 770 s of delay against 49 s of fixed time).
    """

    def __init__(self, city: City, table: SignalTable, max_red_s: float) -> None:
        self._table = table
        self._grid = StageGrid(table)
        self._max_red_s = max_red_s
        self._stage_sizes = np.diff(table.turn_offset)
        # A turn may be served by several stages but waits once: `_slot` leads from table.turn to the distinct turns.
        self._turns, self._slot = np.unique(table.turn, return_inverse=True)
        self._from_lane = city.movements.from_lane[self._turns]
        # On a lane shorter than the view, vehicles yet to arrive count for all its turns.
        self._short: Bool = city.lanes.length_m[self._from_lane] < NEAR_M
        self._granted = np.full(table.n_signals, KEEP, np.int32)
        self._clear_s: F64 | None = None  # of each distinct turn: when it was last served or empty

    def override(self, wishes: I32, readings: Readings, state: StageState) -> I32:
        """The wishes, with the starving stages in place of what was wished there."""
        demand = self._has_demand(readings)
        red_s = self._red_s(readings.time_s, demand, state)
        worst, worst_s = self._grid.best(row_maxima(self._table.turn_offset, red_s[self._slot], 0.0))
        self._release(demand, state)
        starving = (self._granted == KEEP) & (worst_s >= self._max_red_s)
        self._granted = np.where(starving, worst, self._granted).astype(np.int32)
        return np.where(self._granted == KEEP, wishes, self._granted).astype(np.int32)

    def _red_s(self, time_s: float, demand: Bool, state: StageState) -> F64:
        """How long each distinct turn has had vehicles and no green."""
        if self._clear_s is None:
            self._clear_s = np.full(len(self._turns), time_s)
        self._clear_s[~demand] = time_s
        self._clear_s[self._served(state)] = time_s
        return time_s - self._clear_s

    def _release(self, demand: Bool, state: StageState) -> None:
        """End the grants that had their green, or have no vehicles left."""
        held = np.flatnonzero(self._granted != KEEP)
        if held.size == 0:
            return
        granted = self._granted[held]
        arrived = (state.mode[held] == GREEN) & (state.stage[held] == granted)
        demanded = row_sums(self._table.turn_offset, demand[self._slot]) > 0
        waiting = demanded[self._table.stage_offset[held] + granted]
        done = (arrived & (state.age_s[held] >= GRANT_S)) | ~waiting
        self._granted[held[done]] = KEEP

    def _has_demand(self, readings: Readings) -> Bool:
        near = self._short & (readings.near_count[self._from_lane] > 0)
        return (readings.movement_count[self._turns] > 0) | near

    def _served(self, state: StageState) -> I64:
        """Slots of the turns that have green now."""
        now = np.zeros(len(self._stage_sizes), np.bool_)
        green = (state.mode == GREEN) & (self._table.n_stages > 0)
        now[self._grid.current_rows(state.stage)[green]] = True
        return self._slot[np.repeat(now, self._stage_sizes)]
