"""Looking at lights changes nothing; the share of probes stays within reason whatever is counted."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.model import Colour
from citybrain.demand.generated import generate
from citybrain.estimate.lights import Lights, new_lights, show
from citybrain.estimate.penetration import FORGET_PROBES, PRIOR_SD, Penetration, learn, relative_var, share
from citybrain.records.observations import SignalStates, make

CITY = generate(4, seed=2, duration_s=60.0)[0]
N_GROUPS = len(CITY.groups.group_id)
REPORTS = st.tuples(st.integers(0, 4000), st.integers(-1, N_GROUPS), st.sampled_from([*map(int, Colour), 200]))
COUNTS = st.floats(0.0, 1e6)


def told(lights: Lights, rows: list[tuple[int, int, int]]) -> None:
    time_s, group, colour = (list(column) for column in zip(*rows, strict=True))
    show(lights, make(SignalStates, np.array(time_s, np.float64), 0.0, group, colour, 0))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(REPORTS, min_size=1, max_size=5), max_size=4),
    st.lists(st.integers(0, 6000), min_size=4).map(sorted),
)
def test_who_only_looks_sees_what_is_taken_in_later_and_leaves_no_trace(
    batches: list[list[tuple[int, int, int]]], times: list[int]
) -> None:
    lights, unseen = new_lights(CITY), new_lights(CITY)
    for k, time_s in enumerate(times[:6]):
        for each in (lights, unseen):
            if k < len(batches):
                told(each, batches[k])
        for ahead_s in (3000.0, 0.0, 900.0):
            seen = lights.look(time_s + ahead_s)
            np.testing.assert_array_equal(seen, copy.deepcopy(lights).at(time_s + ahead_s))
        np.testing.assert_array_equal(lights.at(float(time_s)), unseen.at(float(time_s)))


def test_what_waits_for_its_second_is_seen_by_who_looks_ahead_of_it() -> None:
    lights = new_lights(CITY)
    told(lights, [(100, 0, int(Colour.RED_YELLOW))])
    assert lights.look(99.0)[0] != Colour.RED_YELLOW
    assert lights.look(100.0)[0] == Colour.RED_YELLOW
    assert lights.at(99.0)[0] != Colour.RED_YELLOW


@given(COUNTS, COUNTS, COUNTS, st.floats(0.001, 1.0))
def test_a_share_is_a_share_and_its_variance_positive(probes: float, more: float, all_of: float, prior: float) -> None:
    """Also of counts that contradict each other: more probes than vehicles, vehicles without one."""
    known = learn(Penetration(prior=prior), probes, probes + more, all_of)
    assert 0.0 < share(known) <= 1.0
    assert 0.0 < relative_var(known) < 50.0


@given(st.floats(1.0, 1e4), st.floats(1.0, 5.0), st.floats(0.005, 0.9), st.floats(0.005, 0.9))
def test_the_share_lies_between_what_is_announced_and_what_is_counted(
    probes: float, crossings: float, true: float, prior: float
) -> None:
    known = learn(Penetration(prior=prior), probes, crossings * probes, crossings * probes / true)
    mean = max((known.passes + 2.0) / (known.probes + 1.0), 1.0)
    counted = min(known.probes * mean / known.vehicles, 1.0) if known.vehicles / mean >= 1.0 else prior
    low, high = sorted((prior, counted))
    assert low * (1.0 - 1e-9) <= share(known) <= high * (1.0 + 1e-9)


@pytest.mark.parametrize("prior", [0.01, 0.3])
def test_what_is_announced_stands_until_a_probe_and_a_vehicle_have_passed(prior: float) -> None:
    for counts in ((0.0, 0.0, 1e6), (0.9, 1.0, 500.0), (5.0, 5.0, 0.0)):
        known = learn(Penetration(prior=prior), *counts)
        assert share(known) == pytest.approx(prior)
        assert relative_var(known) == PRIOR_SD**2


def test_counts_that_agree_make_it_surer_than_either() -> None:
    """Forty probes of eight hundred: the variance is that of two measurements, weighed by their variances."""
    known = learn(Penetration(prior=0.05), 40.0, 38.0 + 1.0, 800.0)
    var = 0.95 / 40.0
    assert relative_var(known) == pytest.approx(PRIOR_SD**2 * var / (PRIOR_SD**2 + var), rel=0.01)


def test_a_share_that_has_changed_is_found_again() -> None:
    """After days at 5 %, a fleet of 10 %: the sums look back on no more than so many probes."""
    known = Penetration()
    for _ in range(400):
        known = learn(known, 50.0, 100.0, 2000.0)
    assert known.probes <= FORGET_PROBES + 50.0
    assert share(known) == pytest.approx(0.05, rel=0.03)
    for _ in range(500):
        known = learn(known, 50.0, 100.0, 1000.0)
    assert share(known) == pytest.approx(0.1, rel=0.05)


def test_what_is_forgotten_does_not_change_what_is_believed() -> None:
    """Numbers are thinned alike: with nothing new the share stays, and what was announced stays too."""
    known = Penetration(4 * FORGET_PROBES, 6 * FORGET_PROBES, 60 * FORGET_PROBES, 0.07)
    thin = learn(known, 0.0, 0.0, 0.0)
    assert thin.probes == pytest.approx(FORGET_PROBES, rel=1e-3)
    assert share(thin) == pytest.approx(share(known), rel=2e-3)
    assert thin.prior == 0.07
