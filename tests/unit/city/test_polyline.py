"""Polylines: lengths are conserved, offsets and curves meet their closed forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.city import polyline
from citybrain.city.model import Turn

COORDINATE = st.floats(-1e4, 1e4).map(lambda v: round(v, 3))
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6).filter(
    lambda points: polyline.length_m(points) > 1.0
)


def test_length_of_a_square_path() -> None:
    assert polyline.length_m([(0, 0), (3, 0), (3, 4)]) == 7.0


@given(POINTS, st.floats(0.0, 0.4), st.floats(0.0, 0.4))
def test_trimming_takes_what_it_says(points: list[tuple[float, float]], a: float, b: float) -> None:
    total = polyline.length_m(points)
    left = polyline.trim(points, a * total, b * total)
    assert polyline.length_m(left) == pytest.approx(total * (1 - a - b), rel=1e-6)


@given(POINTS)
def test_trimming_too_much_keeps_a_tenth(points: list[tuple[float, float]]) -> None:
    total = polyline.length_m(points)
    assert polyline.length_m(polyline.trim(points, 5 * total, 5 * total)) == pytest.approx(0.1 * total, rel=1e-6)


def test_trimming_by_nothing_changes_nothing() -> None:
    assert polyline.trim([(0, 0), (3, 0), (3, 4)], 0.0, 0.0) == [(0, 0), (3, 0), (3, 4)]


@given(st.floats(0.0, 2 * math.pi), st.floats(-20, 20))
def test_offset_of_a_straight_line_is_parallel(angle: float, shift: float) -> None:
    end = (100 * math.cos(angle), 100 * math.sin(angle))
    moved = polyline.offset_right([(0.0, 0.0), end], shift)
    assert polyline.length_m(moved) == pytest.approx(100.0)
    assert moved[0] == pytest.approx((shift * math.sin(angle), -shift * math.cos(angle)), abs=1e-9)


def test_the_outside_of_a_bend_is_longer() -> None:
    left_bend = [(0.0, 0.0), (50.0, 0.0), (80.0, 40.0)]
    outer, inner = polyline.offset_right(left_bend, 5.0), polyline.offset_right(left_bend, -5.0)
    assert polyline.length_m(inner) < polyline.length_m(left_bend) < polyline.length_m(outer)


@given(st.floats(10, 120), st.floats(5, 50))
def test_a_curve_follows_the_arc_between_two_headings(degrees: float, radius: float) -> None:
    angle = math.radians(degrees)
    end = (radius * math.sin(angle), radius * (1 - math.cos(angle)))
    points = polyline.curve((0.0, 0.0), (1.0, 0.0), end, (math.cos(angle), math.sin(angle)))
    assert polyline.length_m(points) == pytest.approx(radius * angle, rel=0.01)
    for x, y in points:
        assert math.hypot(x, y - radius) == pytest.approx(radius, rel=0.01)


def test_a_curve_without_turn_is_a_line() -> None:
    assert polyline.curve((0, 0), (1, 0), (10, 0), (1, 0)) == [(0, 0), (10, 0)]


def test_a_curve_back_is_finite() -> None:
    points = polyline.curve((0, 0), (1, 0), (0, 4), (-1, 0))
    assert 4.0 < polyline.length_m(points) < 60.0


def test_heading_skips_points_that_coincide() -> None:
    line = [(0, 0), (0, 0), (0, 2), (5, 2), (5, 2)]
    assert polyline.heading(line, at_end=False) == (0, 1)
    assert polyline.heading(line, at_end=True) == (1, 0)
    assert polyline.heading([(1, 1), (1, 1)], at_end=True) == (1, 0)


@pytest.mark.parametrize(
    ("degrees", "turn"),
    [(0, Turn.THROUGH), (44, Turn.THROUGH), (-44, Turn.THROUGH), (46, Turn.LEFT), (149, Turn.LEFT), (-90, Turn.RIGHT),
     (151, Turn.UTURN), (180, Turn.UTURN), (-170, Turn.UTURN)],
)  # fmt: skip
def test_turns_by_angle(degrees: float, turn: Turn) -> None:
    angle = math.radians(degrees)
    assert polyline.turn_of((1.0, 0.0), (math.cos(angle), math.sin(angle))) is turn
    assert polyline.turn_angle((1.0, 0.0), (math.cos(angle), math.sin(angle))) == pytest.approx(angle)
