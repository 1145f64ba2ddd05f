"""What the referee reads from the files of a city: bounds, the plan's own changes, and plans that actuate."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _crossroads import Layout, crossroads

from citybrain.city.gmns import write_gmns
from citybrain.city.model import City, PlanKind, freeze
from citybrain.control.plans import PlanPlayer
from citybrain.guard.limits import plan_times
from citybrain.guard.monitor import Monitor
from citybrain.guard.monitor_table import Bounds, Sheet, read_sheets

BOUNDS = Bounds()


def sheets(city: City, folder: Path, bounds: Bounds = BOUNDS) -> list[Sheet]:
    write_gmns(city, folder)
    return read_sheets(folder, bounds)


def test_a_signal_s_own_figures_count_where_they_are_longer(tmp_path: Path) -> None:
    strict = sheets(crossroads(Layout(min_green_s=12.2, yellow_s=4.0, all_red_s=1.5)), tmp_path / "a")[0]
    assert (strict.green_min_s, strict.yellow_s, strict.all_red_s) == (13, 4, 2)
    loose = sheets(crossroads(Layout(min_green_s=1.0, yellow_s=1.0)), tmp_path / "b")[0]
    assert (loose.green_min_s, loose.yellow_s) == (5.0, 3.0)


def test_long_plans_have_long_bounds_and_the_guard_knows_the_same(tmp_path: Path) -> None:
    city = crossroads(Layout(n=2, greens_s=(400.0, 20.0, 10.0, 10.0)))
    found = sheets(city, tmp_path)
    red_s, phase_s = plan_times(city)
    for signal, sheet in enumerate(found):
        assert sheet.shown_max_s == phase_s[signal] == 400.0
        own = red_s[sheet.first : sheet.first + sheet.n]
        expected = np.maximum(300.0, 2.0 * own)
        assert np.array_equal(expected, sheet.red_max_s)
    assert max(found[0].red_max_s) > 800.0


def test_the_plan_s_steps_are_there_with_their_times(tmp_path: Path) -> None:
    city = crossroads(Layout(greens_s=(30.0, 20.0, 10.4, 10.0)))
    sheet = sheets(city, tmp_path)[0]
    player = PlanPlayer(city)
    assert {player.colours(t + 0.05).tobytes() for t in range(90)} == sheet.pictures
    green, yellow = player.colours(0.0).tobytes(), player.colours(31.0).tobytes()
    assert sheet.steps[green, yellow] == 30.0
    assert sorted(sheet.steps.values()) == [2, 2, 2, 2, 3, 3, 3, 3, 10, 10, 20, 30]


def test_an_actuated_plan_may_change_between_its_least_and_its_most(tmp_path: Path) -> None:
    city = crossroads(Layout(kind=PlanKind.ACTUATED, limits_s=(7.0, 240.0)))
    sheet = sheets(city, tmp_path)[0]
    player = PlanPlayer(city)
    assert sheet.steps[player.colours(0.0).tobytes(), player.colours(31.0).tobytes()] == 7.0
    assert sheet.shown_max_s == 240.0


def test_phases_without_time_are_passed_over_and_equal_ones_are_one(tmp_path: Path) -> None:
    city = crossroads(Layout(greens_s=(30.0, 0.0, 10.0, 10.0)))
    sheet = sheets(freeze(city), tmp_path)[0]
    assert 0.0 not in sheet.steps.values()
    player = PlanPlayer(city)
    monitor = Monitor([sheet], BOUNDS)
    assert not [trip for t in range(300) for trip in monitor.see(float(t), player.colours(float(t)).tobytes())]


def test_groups_that_are_never_green_wait_for_nothing(tmp_path: Path) -> None:
    city = crossroads()
    colours = city.phases.colours.copy()
    colours[5::12] = 0
    city = replace(city, phases=replace(city.phases, colours=colours))
    sheet = sheets(city, tmp_path)[0]
    assert sheet.red_max_s[5] == math.inf
    assert plan_times(city)[0][5] == math.inf


def test_a_signal_without_a_plan_is_watched_for_conflicts_alone(tmp_path: Path) -> None:
    city = crossroads()
    city = replace(city, signals=replace(city.signals, plan=np.array([-1], np.int32)))
    sheet = sheets(city, tmp_path)[0]
    assert sheet.shown_max_s >= 180.0
