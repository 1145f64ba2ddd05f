"""The clock of plans says, second by second, what the player of plans shows."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _crossroads import Layout, crossroads
from _towns import town

from citybrain.city.model import City
from citybrain.control.plans import PlanPlayer
from citybrain.control.table import SignalTable
from citybrain.guard.plan_clock import NONE, PlanClock

CITIES = {
    "crossroads": lambda: crossroads(Layout(n=2, offset_s=37.0)),
    "no all-red": lambda: crossroads(Layout(all_red_s=0.0)),
    "town": lambda: town()[0],
}


def stage_shown(city: City, table: SignalTable, signal: int, time_s: float) -> int:
    colours = PlanPlayer(city).colours(time_s)
    own = colours[table.first_group[signal] : table.first_group[signal + 1]]
    for row in range(int(table.stage_offset[signal]), int(table.stage_offset[signal + 1])):
        if np.array_equal(table.colours[table.colour_offset[row] : table.colour_offset[row + 1]], own):
            return row - int(table.stage_offset[signal])
    return NONE


@pytest.mark.parametrize("name", list(CITIES))
def test_stage_since_and_left_are_those_of_the_player(name: str) -> None:
    city = CITIES[name]()
    table = SignalTable.from_city(city)
    clock = PlanClock(table)
    for signal in range(min(table.n_signals, 4)):
        shown = [stage_shown(city, table, signal, float(t)) for t in range(300)]
        for t in range(100, 200):
            moment = clock.at(signal, float(t))
            assert moment.stage == shown[t]
            if moment.stage != NONE:
                before = next(k for k in range(1, 200) if shown[t - k] != shown[t])
                after = next(k for k in range(1, 200) if shown[t + k] != shown[t])
                assert (moment.since_s, moment.left_s) == (before - 1.0, float(after))


def test_the_shortest_gap_is_yellow_and_all_red() -> None:
    clock = PlanClock(SignalTable.from_city(crossroads(Layout(yellow_s=4.0, all_red_s=1.0))))
    assert clock.shortest_gap_s(0) == 5.0


def test_a_plan_of_one_stage_or_none_has_no_gap() -> None:
    clock = PlanClock(SignalTable.from_city(crossroads()).with_first_stages(1))
    assert clock.shortest_gap_s(0) == math.inf
