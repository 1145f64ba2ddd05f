"""Longest queue first: green to the stage with the most standing vehicles."""

from __future__ import annotations

from dataclasses import dataclass

from citybrain.city.model import I32, City
from citybrain.control.pressure import VIEWS, check_interval
from citybrain.control.red_guard import RedGuard
from citybrain.control.scores import StageGrid, Values, row_sums
from citybrain.control.stages import StageState
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.readings import Readings


@dataclass(frozen=True)
class QueueOptions:
    interval_s: int = 10
    view: str = "near"  # within NEAR_M of the stop line; or "lane": the whole last lane, as in the published tables
    count_weight: float = 0.0  # how much a vehicle counts whether it stands or moves, beside 1 for standing
    keep_bonus: float = 0.0  # vehicles added to the stage shown now: a change costs green
    max_red_s: float = 120.0  # 0 = no guard

    def __post_init__(self) -> None:
        if self.view not in VIEWS:
            raise InputError(f"view = {self.view!r}: expected one of {VIEWS}")
        if not (self.count_weight >= 0.0 and self.keep_bonus >= 0.0):
            weights = f"count_weight = {self.count_weight}, keep_bonus = {self.keep_bonus}"
            raise InputError(f"{weights}: expected 0 or more")
        check_interval(self.interval_s, self.max_red_s)


class LongestQueue:
    """Score of a stage = vehicles queued on the lanes that it serves. Ties go to the lower stage."""

    looks = True

    def __init__(self, city: City, table: SignalTable, options: QueueOptions | None = None) -> None:
        self._options = options or QueueOptions()
        self._table = table
        self._grid = StageGrid(table)
        self._guard = RedGuard(city, table, self._options.max_red_s) if self._options.max_red_s > 0 else None

    @property
    def interval_s(self) -> int:
        """Seconds between decisions."""
        return self._options.interval_s

    def decide(self, readings: Readings, state: StageState) -> I32:
        """Wished stage of every signal."""
        scores = self.score(readings)
        if self._options.keep_bonus > 0.0:
            scores[self._grid.current_rows(state.stage)[self._table.n_stages > 0]] += self._options.keep_bonus
        wishes, _ = self._grid.best(scores)
        return wishes if self._guard is None else self._guard.override(wishes, readings, state)

    def score(self, readings: Readings) -> Values:
        """Score of every stage row, in vehicles."""
        near = self._options.view == "near"
        queue = readings.near_queue if near else readings.lane_queue
        count = readings.near_count if near else readings.lane_count
        return row_sums(self._table.lane_offset, (queue + self._options.count_weight * count)[self._table.lane])
