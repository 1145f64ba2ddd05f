"""Lanes of exits and speeds of turns: laws, then numbers worked by hand."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.city.junction import SLOWEST_TURN_MPS, share_by_turn, turn_speed_mps
from citybrain.city.model import Turn
from citybrain.city.plans import yellow_time_s

ORDER = [Turn.RIGHT, Turn.THROUGH, Turn.LEFT]


@given(st.integers(1, 8), st.sets(st.sampled_from(ORDER), min_size=1))
def test_every_lane_has_an_exit_and_every_exit_a_lane(n_lanes: int, found: set[Turn]) -> None:
    turns = [t for t in ORDER if t in found]
    rows = share_by_turn(n_lanes, turns)
    assert all(rows)
    assert {k for row in rows for k in row} == set(range(n_lanes))


@given(st.integers(1, 8), st.sets(st.sampled_from(ORDER), min_size=1))
def test_lanes_run_from_right_to_left_without_crossing(n_lanes: int, found: set[Turn]) -> None:
    rows = share_by_turn(n_lanes, [t for t in ORDER if t in found])
    assert all(a[0] <= b[0] and a[-1] <= b[-1] for a, b in itertools.pairwise(rows))


def test_three_lanes_give_the_left_turn_its_own() -> None:
    assert share_by_turn(3, ORDER) == [[0], [0, 1], [2]]
    assert share_by_turn(2, ORDER) == [[0], [0, 1], [1]]
    assert share_by_turn(1, ORDER) == [[0], [0], [0]]


def test_speed_of_a_quarter_circle() -> None:
    quarter = math.pi / 2.0
    assert turn_speed_mps(9.0 * quarter, quarter) == pytest.approx(5.612, abs=1e-3)
    assert turn_speed_mps(0.1, quarter) == SLOWEST_TURN_MPS
    assert turn_speed_mps(9.0 * quarter, -quarter) == turn_speed_mps(9.0 * quarter, quarter)


@pytest.mark.parametrize(("kmh", "yellow_s"), [(30, 3.0), (50, 3.5), (70, 4.5), (120, 6.0), (5, 3.0), (200, 6.0)])
def test_yellow_is_reaction_plus_v_by_2a_up_to_half_seconds(kmh: float, yellow_s: float) -> None:
    assert yellow_time_s(kmh / 3.6) == yellow_s


@given(st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_yellow_never_falls_with_speed(one_mps: float, two_mps: float) -> None:
    low, high = sorted((one_mps, two_mps))
    assert yellow_time_s(low) <= yellow_time_s(high)
