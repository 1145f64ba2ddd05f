"""Laws of intervals: how they move, stretch and turn over with the numbers they summarise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.evaluate.statistics import Estimate, estimate, paired_difference, t_quantile

samples = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=12)
ABS = 1e-6


@given(samples, st.integers(-1000, 1000))
def test_a_shift_moves_the_mean_alone(values: list[float], shift: int) -> None:
    found, moved = estimate(values), estimate([v + shift for v in values])
    assert moved.mean == pytest.approx(found.mean + shift, abs=ABS)
    assert moved.half_width == pytest.approx(found.half_width, abs=ABS)


@given(samples, st.integers(-50, 50))
def test_a_change_of_unit_scales_both(values: list[float], factor: int) -> None:
    found, scaled = estimate(values), estimate([v * factor for v in values])
    assert scaled.mean == pytest.approx(found.mean * factor, abs=ABS)
    assert scaled.half_width == pytest.approx(found.half_width * abs(factor), abs=ABS)


@given(samples)
def test_the_order_of_runs_does_not_matter(values: list[float]) -> None:
    found, turned = estimate(values), estimate(sorted(values))
    assert (turned.mean, turned.half_width) == pytest.approx((found.mean, found.half_width), abs=ABS)
    assert min(values) - ABS <= found.mean <= max(values) + ABS


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=2, max_size=8))
def test_swapping_the_two_turns_the_difference_over(pairs: list[tuple[int, int]]) -> None:
    a, b = [float(p[0]) for p in pairs], [float(p[1]) for p in pairs]
    one, other = paired_difference(a, b), paired_difference(b, a)
    assert one.mean == pytest.approx(-other.mean, abs=ABS)
    assert one.low == pytest.approx(-other.high, abs=ABS)


def test_quantiles_fall_towards_the_normal() -> None:
    found = [t_quantile(freedom) for freedom in (1, 2, 3, 5, 10, 30, 100, 10_000_000)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(1.959964, abs=1e-5)


@given(st.integers(-99, 99), st.integers(0, 99))
def test_an_interval_that_touches_zero_claims_nothing(mean: int, half_width: int) -> None:
    assert Estimate(float(mean), float(half_width), 5).excludes_zero == (abs(mean) > half_width)
