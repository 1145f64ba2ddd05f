"""Splits: cycles are filled, minima kept, degrees of saturation equal; Webster's cycle in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from hypothesis import given, settings
from hypothesis import strategies as st

from _retime_street import flows_of, street
from citybrain.control.retiming.capacity import Junction, junctions_of
from citybrain.control.retiming.flows import TurnFlows, turns_of
from citybrain.control.retiming.skeleton import skeleton_of
from citybrain.control.retiming.webster import (
    best_split,
    delay_vehicles,
    in_whole_seconds,
    saturations,
    webster_cycle_s,
)


def two_lanes(flow_vph: tuple[float, float]) -> Junction:
    """One lane a step, 1,800 vehicles an hour of green each."""
    rate = np.diag([0.5, 0.5])
    return Junction(0, np.arange(2), np.array(flow_vph) / 3600.0, rate)


@settings(deadline=None, max_examples=40)
@given(st.floats(1.0, 900.0), st.floats(1.0, 900.0), st.integers(30, 120))
def test_greens_fill_the_cycle_and_keep_their_minima(one: float, other: float, cycle_s: int) -> None:
    skeleton = skeleton_of(street(1).city)
    split = best_split(skeleton, two_lanes((one, other)), float(cycle_s), drop=True)
    assert split is not None
    assert split.green_s.sum() + 8.0 == cycle_s
    assert (split.green_s >= 5.0).all()
    assert (split.green_s == np.round(split.green_s)).all()


def test_degrees_of_saturation_are_equal_where_no_minimum_stands_in_the_way() -> None:
    skeleton = skeleton_of(street(1).city)
    junction = two_lanes((600.0, 300.0))
    split = best_split(skeleton, junction, 98.0, drop=False)
    assert split is not None
    one, other = saturations(junction, split.green_s, 98.0)
    assert abs(one - other) < 0.03
    assert split.green_s.tolist() == [60.0, 30.0] or abs(split.green_s[0] - 59.7) <= 1.0


def test_a_cycle_shorter_than_the_minima_is_none() -> None:
    assert best_split(skeleton_of(street(1).city), two_lanes((9.0, 9.0)), 17.0, drop=True) is None


def test_websters_cycle() -> None:
    """C = (1.5 L + 5) / (1 - Y), L the changes and a second of start a step."""
    skeleton = skeleton_of(street(1).city)
    lost_s = 8.0 + 2.0
    found = webster_cycle_s(skeleton, two_lanes((720.0, 540.0)), 200.0)
    assert found == np.ceil((1.5 * lost_s + 5.0) / (1.0 - 0.4 - 0.3))
    assert webster_cycle_s(skeleton, two_lanes((1700.0, 1700.0)), 120.0) == 120.0, "over capacity: the longest"
    assert webster_cycle_s(skeleton, two_lanes((9.0, 9.0)), 120.0) == 40.0


def test_delay_grows_with_flow_and_without_bound_only_in_time() -> None:
    green = np.array([30.0, 22.0])
    delays = [delay_vehicles(two_lanes((vph, 200.0)), green, 60.0, 1.0) for vph in (100.0, 400.0, 800.0, 1200.0)]
    assert delays == sorted(delays)
    assert delay_vehicles(two_lanes((1200.0, 200.0)), green, 60.0, 2.0) > delays[-1]


def test_a_step_is_left_out_only_where_others_do_all_that_it_does() -> None:
    """The crossroads' four stages serve four different sets of movements: none can go."""
    city = crossroads()
    skeleton = skeleton_of(city)
    flows = TurnFlows(turns_of(city), np.full(turns_of(city).from_link.size, 100.0))
    split = best_split(skeleton, junctions_of(skeleton, flows)[0], 60.0, drop=True)
    assert split is not None
    assert (split.green_s >= 5.0).all()


def test_a_doubled_step_is_left_out_where_its_time_serves_others() -> None:
    layout = Layout(greens_s=(30.0, 20.0, 10.0, 10.0))
    city = crossroads(layout)
    shown = city.phases.colours.reshape(12, 12).copy()
    shown[6:9] = shown[0:3]  # W + E left is now a second W + E through
    object.__setattr__(city.phases, "colours", shown.ravel())
    skeleton = skeleton_of(city)
    flows = TurnFlows(turns_of(city), np.full(turns_of(city).from_link.size, 300.0))
    split = best_split(skeleton, junctions_of(skeleton, flows)[0], 60.0, drop=True)
    assert split is not None
    assert sorted((split.green_s == 0.0).tolist()) == [False, False, False, True]
    assert (split.green_s[[1, 3]] >= 5.0).all()


@pytest.mark.parametrize("total_s", [41.0, 40.5])
def test_whole_seconds_keep_the_sum(total_s: float) -> None:
    least = np.array([5.0, 5.0, 5.0])
    green = least + (total_s - 15.0) * np.array([0.5, 0.3, 0.2])
    whole = in_whole_seconds(green, least)
    assert whole.sum() == total_s
    assert (whole >= least).all()
    assert np.abs(whole - green).max() <= 1.5


def test_the_busier_street_gets_the_longer_green() -> None:
    place = street(2)
    skeleton = skeleton_of(place.city)
    junctions = junctions_of(skeleton, flows_of(place, 700.0, 500.0, 200.0))
    split = best_split(skeleton, junctions[0], 60.0, drop=True)
    assert split is not None
    assert split.green_s[0] > 2.0 * split.green_s[1]
