"""Intervals against their closed form, their coverage, and what must never be claimed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.evaluate.statistics import estimate, paired_difference, t_quantile

numbers = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(("freedom", "value"), [(1, 12.7062), (2, 4.3027), (9, 2.2622), (1000, 1.9623)])
def test_quantiles_are_those_of_the_printed_table(freedom: int, value: float) -> None:
    assert t_quantile(freedom) == pytest.approx(value, abs=5e-5)


def test_interval_by_hand() -> None:
    found = estimate([1.0, 2.0, 3.0])  # s = 1, t = 4.3027
    assert found.mean == 2.0
    assert found.half_width == pytest.approx(4.302653 / math.sqrt(3))
    assert (found.low, found.high) == (found.mean - found.half_width, found.mean + found.half_width)


def test_one_run_claims_nothing() -> None:
    found = estimate([5.0])
    assert found.mean == 5.0
    assert math.isnan(found.half_width)
    assert not found.excludes_zero


def test_no_run_has_no_mean() -> None:
    found = estimate([math.nan, math.inf])
    assert found.n == 0
    assert math.isnan(found.mean)


def test_runs_without_a_value_are_left_out() -> None:
    assert estimate([1.0, math.nan, 3.0]) == estimate([1.0, 3.0])


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(1)
    rows = random.normal(10.0, 3.0, (2000, 4))
    covered = sum(e.low <= 10.0 <= e.high for e in map(estimate, rows.tolist()))
    assert covered / 2000 == pytest.approx(0.95, abs=0.015)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8))
def test_mean_of_differences_is_difference_of_means(pairs: list[tuple[float, float]]) -> None:
    a, b = [p[0] for p in pairs], [p[1] for p in pairs]
    scale = 1.0 + max(map(abs, a + b))
    assert paired_difference(a, b).mean == pytest.approx(estimate(a).mean - estimate(b).mean, abs=1e-9 * scale)


def test_pairing_removes_what_the_seeds_share() -> None:
    base = [100.0, 200.0, 300.0]
    found = paired_difference([v - 10.0 for v in base], base)
    assert (found.mean, found.half_width) == (-10.0, 0.0)
    assert found.excludes_zero


def test_unequal_runs_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        paired_difference([1.0], [1.0, 2.0])
