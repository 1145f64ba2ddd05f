"""Sensor health: its laws, then every kind of fault, on main-road lanes with a detector pair and a camera each."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.detect.health import start, update
from citybrain.detect.health_limits import EVIDENCE, FALSE_A_DAY, MINUTES_A_DAY, SILENT_REPORTS
from citybrain.detect.neighbours import NONE, Neighbours, neighbours_of
from citybrain.errors import InputError
from citybrain.records.observations import DetectorCounts, Observations, Passages, make, take
from citybrain.records.sensor_health import Health

N_LANES, PER_LANE = 16, 3  # stop line, advance, camera


def near() -> Neighbours:
    n = N_LANES * PER_LANE
    same, road = np.full((n, 3), NONE, np.int32), np.full((n, 8), NONE, np.int32)
    for s in range(n):
        lane = s // PER_LANE
        same[s, :2] = [lane * PER_LANE + k for k in range(PER_LANE) if lane * PER_LANE + k != s]
        beside = lane ^ 1
        road[s, :2] = [beside * PER_LANE, beside * PER_LANE + 1]
    return Neighbours(np.arange(n) % PER_LANE == 2, same, road)


def traffic(minutes: int, seed: int, per_minute: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """Counts and occupancies [minutes, sensors] of good sensors."""
    rng = np.random.default_rng(seed)
    passed = rng.poisson(per_minute, (minutes, N_LANES))
    stop = rng.binomial(passed, 0.99)
    count = np.stack([stop, rng.binomial(passed, 0.99), rng.binomial(passed, 0.95)], axis=2).reshape(minutes, -1)
    return count, np.clip(0.02 * count + rng.uniform(0, 0.2, count.shape) * (count > 0), 0, 0.9)


def batch(minute: int, count: np.ndarray, frac: np.ndarray, there: np.ndarray | None = None) -> Observations:
    now_s, sensor = 60.0 * (minute + 1), np.arange(count.size)
    loop = sensor[(sensor % PER_LANE != 2) & (np.ones(count.size, bool) if there is None else there)]
    camera = np.repeat(sensor, np.where(sensor % PER_LANE == 2, count, 0))
    counts = make(DetectorCounts, now_s, now_s + 5, loop, 60, count[loop], frac[loop], 0)
    return Observations(now_s + 10, counts=counts, passages=make(Passages, now_s - 1, now_s, camera, 0, -1, 0, 0, 0))


def watch(count: np.ndarray, frac: np.ndarray, there: np.ndarray | None = None) -> np.ndarray:
    """Health [minutes, sensors]."""
    state, found = start(near(), 0.0), []
    for minute in range(count.shape[0]):
        state, health = update(
            near(), state, batch(minute, count[minute], frac[minute], None if there is None else there[minute])
        )
        found.append(health.health)
    return np.array(found)


def test_unknown_is_not_good() -> None:
    count, frac = traffic(30, 1)
    found = watch(count, frac)
    assert (found[5] == Health.UNKNOWN).all()
    assert (found[-1] == Health.GOOD).all()
    empty = watch(np.zeros((30, N_LANES * PER_LANE), int), np.zeros((30, N_LANES * PER_LANE)))
    assert (empty == Health.UNKNOWN).all()  # nothing was ever seen: who knows


def test_the_bound_is_derived() -> None:
    assert np.exp(EVIDENCE) / MINUTES_A_DAY == pytest.approx(1 / FALSE_A_DAY)


@pytest.mark.parametrize("per_minute", [0.02, 0.5, 10.0])
def test_good_sensors_never_alarm(per_minute: float) -> None:
    """48 sensors for half a day at any flow; in 1,000 sensor-days one alarm may be, in 24 none."""
    found = watch(*traffic(720, 2, per_minute))
    assert not (found >= Health.DEAD).any()


def test_a_lost_message_is_no_fault_and_a_lost_feed_is_nobodys() -> None:
    count, frac = traffic(300, 3)
    there = np.random.default_rng(4).random(count.shape) > 0.05
    there[100:160] = False
    found = watch(count, frac, there)
    assert not (found >= Health.DEAD).any()
    assert (found[150][np.arange(N_LANES * PER_LANE) % 3 != 2] == Health.UNKNOWN).all()
    assert (found[-1] == Health.GOOD).all()


FAULTS = {
    "silent": (Health.DEAD, SILENT_REPORTS + 4),
    "no hits": (Health.DEAD, 30),
    "locked on": (Health.STUCK, 30),
    "repeats": (Health.STUCK, 30),
    "floods": (Health.CHATTERING, 5),
    "counts double": (Health.BIASED, 120),
    "counts a third": (Health.BIASED, 120),
}


def spoil(kind: str, count: np.ndarray, frac: np.ndarray, there: np.ndarray, rows: slice, sensor: int) -> None:
    rng = np.random.default_rng(5)
    own = count[rows, sensor]
    if kind == "silent":
        there[rows, sensor] = False
    elif kind == "no hits":
        count[rows, sensor], frac[rows, sensor] = 0, 0.0
    elif kind == "locked on":
        count[rows, sensor], frac[rows, sensor] = 0, 1.0
    elif kind == "repeats":
        count[rows, sensor], frac[rows, sensor] = 4, 0.25
    elif kind == "floods":
        count[rows, sensor] = own + 90
    else:
        count[rows, sensor] = rng.poisson(2.3 * own) if kind == "counts double" else rng.binomial(own, 1 / 3)


@pytest.fixture(scope="module")
def spoilt() -> tuple[np.ndarray, np.ndarray]:
    """Health [minutes, sensors] when each fault strikes one detector from minute 150 to 350, and the sensors struck."""
    count, frac = traffic(500, 6)
    there = np.ones(count.shape, bool)
    struck = np.array([2 * PER_LANE * k + k % 2 for k in range(len(FAULTS))])  # on every other lane, of both kinds
    for kind, sensor in zip(FAULTS, struck, strict=True):
        spoil(kind, count, frac, there, slice(150, 350), int(sensor))
    return watch(count, frac, there), struck


@pytest.mark.parametrize("kind", list(FAULTS))
def test_each_fault_is_found_and_passes(kind: str, spoilt: tuple[np.ndarray, np.ndarray]) -> None:
    found = spoilt[0][:, spoilt[1][list(FAULTS).index(kind)]]
    health, within = FAULTS[kind]
    assert not (found[:150] >= Health.DEAD).any()
    assert (found[150 + within : 350] >= Health.DEAD).all()
    assert health in found[150:350]
    assert found[-1] == Health.GOOD


def test_nobody_else_is_blamed(spoilt: tuple[np.ndarray, np.ndarray]) -> None:
    assert not (np.delete(spoilt[0], spoilt[1], axis=1) >= Health.DEAD).any()


def test_cameras_that_read_nothing_or_less() -> None:
    count, frac = traffic(360, 7)
    count[100:, 2] = 0
    count[100:, 5] = np.random.default_rng(8).binomial(count[100:, 5], 0.3)
    found = watch(count, frac)
    assert found[160, 2] == Health.DEAD
    assert found[-1, 5] == Health.BIASED


def test_the_factor_of_a_biased_sensor_puts_it_right() -> None:
    count, frac = traffic(400, 9)
    count[120:, 0] *= 2
    state = start(near(), 0.0)
    for minute in range(400):
        state, health = update(near(), state, batch(minute, count[minute], frac[minute]))
    assert health.health[0] == Health.BIASED
    assert health.factor[0] == pytest.approx(0.5, rel=0.15)
    assert (np.delete(health.factor, 0) == 1.0).all()


def test_a_closed_lane_is_no_fault() -> None:
    count, frac = traffic(300, 10)
    count[100:250, 0:3], frac[100:250, 0:3] = 0, 0.0
    assert not (watch(count, frac) >= Health.DEAD).any()


def test_a_standing_queue_is_no_fault() -> None:
    """Both detectors of a lane are full for an hour, and count nothing."""
    count, frac = traffic(300, 11)
    count[100:160, 0:3], frac[100:160, 0:3] = 0, 1.0
    assert not (watch(count, frac) >= Health.DEAD).any()


def test_order_and_cut_of_batches_do_not_matter() -> None:
    count, frac = traffic(120, 12)
    spoil("no hits", count, frac, np.ones(count.shape, bool), slice(40, 120), 3)
    rng, one, other = np.random.default_rng(13), start(near(), 0.0), start(near(), 0.0)
    for minute in range(120):
        whole = batch(minute, count[minute], frac[minute])
        one, health = update(near(), one, whole)
        order, cut = rng.permutation(whole.counts.time_s.size), int(rng.integers(0, 10))
        first, second = take(whole.counts, order[:cut]), take(whole.counts, order[cut:])
        other, _ = update(near(), other, Observations(whole.time_s, counts=first))
        other, again = update(near(), other, Observations(whole.time_s, counts=second, passages=whole.passages))
    for name in ("health", "since_s", "last_s", "factor"):
        np.testing.assert_array_equal(getattr(health, name), getattr(again, name))
    assert health.health[3] == Health.DEAD


def test_a_long_gap_is_passed_at_once() -> None:
    count, frac = traffic(20, 14)
    state = start(near(), 0.0)
    for minute in range(20):
        state, _ = update(near(), state, batch(minute, count[minute], frac[minute]))
    state, health = update(near(), state, Observations(1e9))
    assert (health.health[np.arange(N_LANES * PER_LANE) % 3 != 2] == Health.UNKNOWN).all()


def test_a_sensor_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="outside of 0 to 47"):
        update(near(), start(near(), 0.0), Observations(90.0, counts=make(DetectorCounts, 60, 60, [48], 60, 1, 0.1, 0)))


def test_neighbours_of_a_city() -> None:
    from citybrain.city.generate.city import generate_city
    from citybrain.twin.sensor_places import sensors_of

    city, _ = generate_city(4)
    sensors = sensors_of(city)
    found = neighbours_of(city, sensors)
    for row, others in enumerate(found.same_lane):
        assert (sensors.lane[others[others != NONE]] == sensors.lane[row]).all()
        assert row not in others
        assert (others != NONE).sum() == (sensors.lane == sensors.lane[row]).sum() - 1
    for row, others in enumerate(found.road):
        assert not (sensors.lane[others[others != NONE]] == sensors.lane[row]).any()
