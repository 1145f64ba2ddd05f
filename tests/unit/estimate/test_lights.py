"""Colours: those of the plans by arithmetic and by the player of plans; those reported, for as long as they hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _tracks import town
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Road, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import City, Colour
from citybrain.city.timelines import timelines_of
from citybrain.control.plans import PlanPlayer
from citybrain.estimate.lights import CHANGES_MAX, SILENT_S, Lights, new_lights, planned_colours, show
from citybrain.records.observations import SignalStates, make

RED, GREEN, YELLOW, OFF = (int(c) for c in (Colour.RED, Colour.PROTECTED, Colour.YELLOW, Colour.OFF))


def one_signal(phases: list[tuple[float, Colour]], offset_s: float = 0.0) -> City:
    specs = [PhaseSpec(s, [colour]) for s, colour in phases]
    return road(Road(signal_after=0, phases=specs, offset_s=offset_s))


def planned(city: City, time_s: float) -> int:
    colours = np.full(len(city.groups.group_id), 77, np.uint8)
    planned_colours(timelines_of(city), time_s, colours)
    return int(colours[0])


def told(lights: Lights, *rows: tuple[float, int, int]) -> None:
    """Rows of (time_s, group, colour)."""
    time_s, group, colour = (list(column) for column in zip(*rows, strict=True))
    show(lights, make(SignalStates, time_s, time_s, group, colour, 0))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from([RED, GREEN, YELLOW])), min_size=1, max_size=5),
    st.integers(-200, 200),
    st.integers(-500, 2000),
)
def test_a_plan_shows_the_phase_that_arithmetic_says(phases: list[tuple[int, int]], offset: int, at: int) -> None:
    city = one_signal([(float(s), Colour(c)) for s, c in phases], float(offset))
    line = [colour for seconds, colour in phases for _ in range(seconds)]
    assert planned(city, float(at)) == line[(at - offset) % len(line)]


@pytest.mark.parametrize(("time_s", "colour"), [(29.999, GREEN), (30.0, YELLOW), (32.5, YELLOW), (33.0, RED)])
def test_a_phase_begins_exactly_where_the_one_before_ends(time_s: float, colour: int) -> None:
    city = one_signal([(30.0, Colour.PROTECTED), (3.0, Colour.YELLOW), (27.0, Colour.RED)])
    assert planned(city, time_s) == colour
    assert planned(city, time_s + 60.0 * 1000) == colour


def test_a_generated_city_shows_what_the_player_of_plans_plays() -> None:
    city = town()
    player, plans = PlanPlayer(city), timelines_of(city)
    every, n = np.arange(len(city.signals.signal_id)), len(city.groups.group_id)
    for second in (0.0, 1.0, 17.0, 59.0, 60.0, 86_399.0, 1e6):
        wanted, found = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
        player.paint(second, every, wanted)
        planned_colours(plans, second, found)
        np.testing.assert_array_equal(found, wanted)


def test_a_signal_without_a_plan_is_off() -> None:
    city = one_signal([(30.0, Colour.PROTECTED)])
    dark = replace(city, signals=replace(city.signals, plan=np.array([-1], np.int32)))
    assert planned(city, 5.0) == GREEN
    assert planned(dark, 5.0) == OFF


@pytest.fixture
def lights() -> Lights:
    """One group, green by plan for ever."""
    return new_lights(one_signal([(90.0, Colour.PROTECTED)]))


def test_without_reports_the_plan_holds(lights: Lights) -> None:
    assert lights.at(0.0).tolist() == [GREEN]


def test_a_report_holds_against_the_plan_until_the_controller_is_silent_for_too_long(lights: Lights) -> None:
    told(lights, (100.0, 0, RED))
    assert lights.at(99.0).tolist() == [GREEN]
    assert lights.at(100.0).tolist() == [RED]
    assert lights.at(100.0 + SILENT_S).tolist() == [RED]
    assert lights.at(100.1 + SILENT_S).tolist() == [GREEN]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_the_newest_report_counts_in_whatever_order_they_come(lights: Lights, order: list[int]) -> None:
    rows = [(10.0, 0, RED), (20.0, 0, YELLOW), (30.0, 0, OFF)]
    told(lights, *(rows[k] for k in order))
    assert [int(lights.at(t)[0]) for t in (9.0, 10.0, 25.0, 30.0)] == [GREEN, RED, YELLOW, OFF]


def test_a_late_report_does_not_undo_a_newer_one(lights: Lights) -> None:
    told(lights, (20.0, 0, RED))
    assert lights.at(21.0).tolist() == [RED]
    told(lights, (15.0, 0, YELLOW))
    assert lights.at(22.0).tolist() == [RED]
    assert lights.shown_s.tolist() == [20.0]


def test_rows_of_unknown_groups_and_colours_are_left_out(lights: Lights) -> None:
    told(lights, (1.0, 1, RED), (1.0, -1, RED), (1.0, 0, 7), (1.0, 0, 255))
    assert lights.time_s.size == 0
    assert lights.at(2.0).tolist() == [GREEN]
    told(lights, (3.0, 0, int(max(Colour))))
    assert lights.time_s.size == 1


def test_changes_that_wait_have_a_limit_and_room_comes_back(lights: Lights) -> None:
    n = CHANGES_MAX - 1
    show(lights, make(SignalStates, np.full(n, 50.0), 50.0, 0, RED, 0))
    told(lights, (40.0, 0, YELLOW), (60.0, 0, OFF), (61.0, 0, OFF))
    assert lights.time_s.size == CHANGES_MAX
    assert lights.at(45.0).tolist() == [YELLOW]
    assert lights.at(70.0).tolist() == [RED]
    assert lights.time_s.size == 0
    told(lights, (71.0, 0, OFF))
    assert lights.at(71.0).tolist() == [OFF]
