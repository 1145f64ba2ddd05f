"""The gravity model: sums are met, closed forms hold, nearer zones get more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from citybrain.demand.gravity import furness, gravity
from citybrain.errors import InputError

HOMES = np.array([400.0, 300.0, 300.0])
JOBS = np.array([100.0, 700.0, 200.0])
TIMES_S = np.array([[100.0, 600.0, 900.0], [600.0, 100.0, 300.0], [900.0, 300.0, 100.0]])

positive = arrays(np.float64, 5, elements=st.floats(1.0, 1e4))


def test_without_deterrence_trips_are_the_product() -> None:
    """Closed form: T_ij = P_i A_j / sum(A) when beta is 0."""
    trips = gravity(HOMES, JOBS, TIMES_S, 0.0)
    np.testing.assert_allclose(trips, np.outer(HOMES, JOBS) / 1000.0, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(positive, positive, arrays(np.float64, (5, 5), elements=st.floats(0.0, 3600.0)), st.floats(0.0, 0.003))
def test_both_sums_are_met(homes: np.ndarray, jobs: np.ndarray, time_s: np.ndarray, beta: float) -> None:
    trips = gravity(homes, jobs, time_s, beta)
    np.testing.assert_allclose(trips.sum(axis=1), homes, rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(trips.sum(axis=0), jobs * homes.sum() / jobs.sum(), rtol=1e-4, atol=1e-2)
    assert (trips >= 0).all()


def test_odds_ratio_is_that_of_the_deterrence() -> None:
    """a_i and b_j cancel: T_11 T_22 / (T_12 T_21) = exp(-beta (c_11 + c_22 - c_12 - c_21))."""
    beta = 1 / 600
    trips = gravity(HOMES, JOBS, TIMES_S, beta)
    ours = trips[0, 0] * trips[1, 1] / (trips[0, 1] * trips[1, 0])
    assert ours == pytest.approx(np.exp(-beta * (100 + 100 - 600 - 600)), rel=1e-5)


def test_more_deterrence_means_shorter_trips() -> None:
    mean_s = [(gravity(HOMES, JOBS, TIMES_S, beta) * TIMES_S).sum() / 1000 for beta in (0.0, 0.001, 0.005)]
    assert mean_s[0] > mean_s[1] > mean_s[2]


def test_an_unreachable_pair_gets_nothing() -> None:
    time_s = TIMES_S.copy()
    time_s[0, 1] = np.inf
    jobs = np.array([300.0, 300.0, 400.0])
    trips = gravity(HOMES, jobs, time_s, 0.001)
    assert trips[0, 1] == 0
    np.testing.assert_allclose(trips.sum(axis=1), HOMES, rtol=1e-5)


def test_an_empty_zone_stays_empty() -> None:
    trips = gravity([0.0, 10.0], [5.0, 5.0], np.ones((2, 2)), 0.01)
    assert trips[0].sum() == 0
    assert trips.sum() == pytest.approx(10.0)


def test_a_zone_that_reaches_nothing_is_an_error() -> None:
    time_s = np.where(np.eye(2, dtype=bool)[::-1], np.inf, 1.0)
    time_s[0, 0] = np.inf
    with pytest.raises(InputError, match="no reachable zone"):
        gravity([1.0, 1.0], [1.0, 1.0], time_s, 0.01)


@pytest.mark.parametrize(
    ("homes", "jobs", "beta"), [([-1.0, 2.0], [1.0, 1.0], 0.1), ([1.0, 1.0], [0.0, 0.0], 0.1), ([1, 1], [1, 1], -1.0)]
)
def test_senseless_numbers_are_refused(homes: list[float], jobs: list[float], beta: float) -> None:
    with pytest.raises(InputError):
        gravity(homes, jobs, np.ones((2, 2)), beta)


def test_a_table_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(InputError, match="expected"):
        gravity([1.0, 1.0], [1.0, 1.0], np.ones((3, 3)), 0.1)


def test_a_balanced_table_is_left_alone() -> None:
    table = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(furness(table, table.sum(axis=1), table.sum(axis=0)), table)
