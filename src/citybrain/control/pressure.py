"""Max pressure: green to the stage that relieves the most, counted against what stands in the exits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import I32, Bool, City
from citybrain.control.red_guard import RedGuard
from citybrain.control.scores import StageGrid, Values, link_sums, row_sums
from citybrain.control.stages import StageState
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.readings import Readings

EXITS = ("sum", "mean")
VIEWS = ("lane", "near")
SHORT_M = 15.0  # a lane that holds two cars says nothing of the queue: look NEAR_M upstream instead


@dataclass(frozen=True)
class PressureOptions:
    interval_s: int = 10
    exit: str = (
        "sum"  # how the lanes of an exit count: "sum" as in the published MaxPressure, "mean" as in Efficient-MP
    )
    view: str = "lane"  # queue on the last lane, by turn (within NEAR_M where shorter than SHORT_M); "near": all so
    max_red_s: float = 120.0  # 0 = no guard

    def __post_init__(self) -> None:
        if self.exit not in EXITS or self.view not in VIEWS:
            raise InputError(f"exit = {self.exit!r}, view = {self.view!r}: expected one of {EXITS} and one of {VIEWS}")
        check_interval(self.interval_s, self.max_red_s)


class MaxPressure:
    """Pressure of a stage = queues that it serves - queue of the exit link of each link-to-link movement in it.

    Varaiya (2013), "Max pressure control of a network of signalized intersections", in the queue form of the CityFlow
    tables. Ties go to the lower stage.
    """

    looks = True

    def __init__(self, city: City, table: SignalTable, options: PressureOptions | None = None) -> None:
        self._options = options or PressureOptions()
        self._city, self._table = city, table
        self._grid = StageGrid(table)
        short = (city.lanes.length_m < SHORT_M) | (self._options.view == "near")
        self._short_turn: Bool = short[city.movements.from_lane[table.turn]]
        self._short_lane: Bool = short[table.lane]
        self._guard = RedGuard(city, table, self._options.max_red_s) if self._options.max_red_s > 0 else None

    @property
    def interval_s(self) -> int:
        """Seconds between decisions."""
        return self._options.interval_s

    def decide(self, readings: Readings, state: StageState) -> I32:
        """Wished stage of every signal."""
        wishes, _ = self._grid.best(self.pressure(readings))
        return wishes if self._guard is None else self._guard.override(wishes, readings, state)

    def pressure(self, readings: Readings) -> Values:
        """Pressure of every stage row, in vehicles."""
        table = self._table
        exits: Values = link_sums(self._city, readings.lane_queue)
        if self._options.exit == "mean":
            exits = exits / self._city.links.n_lanes
        by_turn = row_sums(table.turn_offset, readings.movement_queue[table.turn] * ~self._short_turn)
        by_lane = row_sums(table.lane_offset, readings.near_queue[table.lane] * self._short_lane)
        return np.asarray(by_turn + by_lane - row_sums(table.exit_offset, exits[table.exit_link]))


def check_interval(interval_s: int, max_red_s: float) -> None:
    """Raise InputError unless both can be used."""
    if interval_s < 1 or not max_red_s >= 0.0:
        raise InputError(f"interval_s = {interval_s}, max_red_s = {max_red_s}: expected 1 or more, and 0 or more")
