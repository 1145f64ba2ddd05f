"""Minutes of reports: nothing is lost or counted twice, and nothing depends on how the reports came."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.detect.health_limits import BIN_S, JUMP_BINS_MAX, OPEN_BINS
from citybrain.detect.health_minutes import Minute, add, open_minutes
from citybrain.records.observations import DetectorCounts, Observations, Passages, make

N = 4
RNG_SEEDS = (1, 2, 3)


def counts(time_s: np.ndarray, sensor: np.ndarray, count: np.ndarray, frac: float | np.ndarray = 0.2) -> DetectorCounts:
    return make(DetectorCounts, time_s, time_s, sensor, 60, count, frac, 0)


def reads(time_s: np.ndarray, plate: np.ndarray, sensor: int = 0) -> Passages:
    return make(Passages, time_s, time_s, np.full(time_s.size, sensor), 0, -1, 0, plate, 0)


def closed(*batches: Observations) -> list[Minute]:
    minutes, found = open_minutes(N, 0.0), []
    for batch in batches:
        minutes, done = add(minutes, batch)
        found += done
    return found


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_every_report_is_in_one_minute(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time_s = np.ceil(rng.uniform(1, 1200, 300))
    sensor, count = rng.integers(0, N, 300), rng.poisson(5, 300)
    done = closed(Observations(1200.0 + OPEN_BINS * BIN_S, counts=counts(time_s, sensor, count)))
    total = np.sum([minute.vehicles for minute in done], axis=0)
    np.testing.assert_array_equal(total, np.bincount(sensor, weights=count, minlength=N))
    assert sum(minute.reported_s.sum() for minute in done) == 300 * 60.0


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_order_and_delay_within_the_open_minutes_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time_s = np.arange(1, 601, dtype=float)
    sensor, count = rng.integers(0, N, 600), rng.poisson(3, 600)
    arrives_s = time_s + rng.uniform(0, (OPEN_BINS - 1) * BIN_S - 1.0, 600)
    on_time, late = [], []
    for now_s in np.arange(1.0, 800.0):
        for batches, when in ((on_time, time_s), (late, arrives_s)):
            rows = np.flatnonzero((when > now_s - 1.0) & (when <= now_s))
            rows = rng.permutation(rows)
            batches.append(Observations(now_s, counts=counts(time_s[rows], sensor[rows], count[rows])))
    one, other = closed(*on_time), closed(*late)
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        for name in Minute._fields:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_a_report_belongs_to_the_minute_in_which_its_interval_ends() -> None:
    done = closed(Observations(400.0, counts=counts(np.array([60.0, 61.0]), np.array([0, 0]), np.array([3, 5]))))
    assert [minute.vehicles[0] for minute in done[:2]] == [3.0, 5.0]
    assert [minute.end_s for minute in done[:2]] == [60.0, 120.0]


def test_what_comes_after_its_minute_was_judged_is_left_out() -> None:
    late = Observations(601.0, counts=counts(np.array([60.0]), np.array([0]), np.array([9])))
    done = closed(Observations(600.0), late, Observations(1200.0))
    assert not any(minute.vehicles.any() for minute in done)


def test_a_long_gap_costs_no_more_than_its_last_hour() -> None:
    minutes, done = add(open_minutes(N, 0.0), Observations(1e9))
    assert len(done) <= JUMP_BINS_MAX + 1
    assert minutes.oldest * BIN_S > 1e9 - (OPEN_BINS + 1) * BIN_S


def test_occupancy_is_the_mean_over_what_was_reported_and_unknown_where_it_was_not() -> None:
    frac = np.array([0.2, 0.6, np.nan])
    rows = counts(np.array([30.0, 60.0, 60.0]), np.array([0, 0, 1]), np.array([1, 1, 1]), frac)
    first = closed(Observations(400.0, counts=rows))[0]
    assert first.occupancy_frac[0] == pytest.approx(0.4)
    assert np.isnan(first.occupancy_frac[1:]).all()


@pytest.mark.parametrize(
    ("plate", "same"),
    [([7, 7, 7, 7], True), ([7, 7], False), ([7, 7, 8], False), ([0, 0, 0, 0], False), ([7, 8, 9, 10], False)],
)
def test_one_plate_again_and_again(plate: list[int], same: bool) -> None:
    """Told from as few as three reads; where no plates are told, nothing is."""
    time_s = np.arange(1.0, len(plate) + 1.0)
    first = closed(Observations(400.0, passages=reads(time_s, np.array(plate, np.uint64))))[0]
    assert bool(first.same_plate[0]) is same
    assert first.vehicles[0] == (1 if same else len(plate))


def test_what_was_given_is_not_changed() -> None:
    minutes, _ = add(
        open_minutes(N, 0.0), Observations(30.0, counts=counts(np.array([20.0]), np.array([0]), np.array([4])))
    )
    before = [np.copy(values) for values in minutes[1:]]
    add(minutes, Observations(900.0, passages=reads(np.array([40.0]), np.array([5], np.uint64))))
    for values, copy in zip(minutes[1:], before, strict=True):
        np.testing.assert_array_equal(values, copy)
