"""Sensors with no other on their lane: what the city's traffic tells, closures, doubts, and cameras that repeat."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.detect import health_limits as limit
from citybrain.detect.health import start, update
from citybrain.detect.neighbours import NONE, Neighbours
from citybrain.records.observations import DetectorCounts, Observations, Passages, make
from citybrain.records.sensor_health import Health, SensorHealth

N = 30
HOUR = 60


def alone(camera: int = 0) -> Neighbours:
    """N detectors, each the only one of its lane and road; the last `camera` of them are cameras."""
    return Neighbours(np.arange(N) >= N - camera, np.full((N, 3), NONE, np.int32), np.full((N, 8), NONE, np.int32))


def pair() -> Neighbours:
    """Two on each lane."""
    same = np.full((N, 3), NONE, np.int32)
    same[:, 0] = np.arange(N) ^ 1
    return Neighbours(np.zeros(N, np.bool_), same, np.full((N, 8), NONE, np.int32))


def traffic(minutes: int, seed: int, per_minute: float | np.ndarray = 5.0) -> np.ndarray:
    """Counts [minutes, N] that rise and fall over the day."""
    rng = np.random.default_rng(seed)
    day = 1.0 + 0.7 * np.sin(2 * np.pi * np.arange(minutes) / 1440)
    return rng.poisson(day[:, None] * per_minute, (minutes, N))


def watch(near: Neighbours, count: np.ndarray, closed: np.ndarray | None = None) -> list[SensorHealth]:
    """Minute by minute; `closed` [minutes, N]."""
    state, found, sensor = start(near, 0.0), [], np.arange(N)
    frac = np.clip(0.02 * count + 0.001 * (count % 7), 0, 0.9)
    for minute in range(count.shape[0]):
        now_s = 60.0 * (minute + 1)
        rows = make(DetectorCounts, now_s, now_s, sensor, 60, count[minute], frac[minute], 0)
        shut = None if closed is None else closed[minute]
        state, health = update(near, state, Observations(now_s + 10, counts=rows), shut)
        found.append(health)
    return found


def states(found: list[SensorHealth]) -> np.ndarray:
    return np.array([health.health for health in found])


def test_a_wait_is_no_longer_than_the_rule_it_replaces() -> None:
    """IRIS waits for 4 h on the main line; a day holds few such waits, and each may err with so small a chance."""
    assert limit.NO_HITS_S < 4 * 3600.0
    waits = 86400.0 / limit.NO_HITS_S
    assert waits * np.exp(-limit.WAITED_EVIDENCE) == pytest.approx(limit.FALSE_A_DAY)


def test_a_dead_detector_is_found_by_the_city_within_its_wait() -> None:
    count = traffic(12 * HOUR, 1)
    count[6 * HOUR :, 3] = 0
    found = states(watch(alone(), count))
    wait = int(limit.NO_HITS_S / 60)
    assert not (found[: 6 * HOUR + wait - 5] >= Health.DEAD).any()
    assert (found[6 * HOUR + wait + 10 :, 3] == Health.DEAD).all()
    assert not (np.delete(found, 3, axis=1) >= Health.DEAD).any()


def test_a_city_that_sleeps_accuses_nobody() -> None:
    """Ten hours without a vehicle anywhere are a night, or a curfew."""
    count = traffic(16 * HOUR, 2)
    count[4 * HOUR : 14 * HOUR] = 0
    assert not (states(watch(alone(), count)) >= Health.DEAD).any()


def test_a_closure_that_is_known_is_no_fault_however_long() -> None:
    count, closed = traffic(12 * HOUR, 3), np.zeros((12 * HOUR, N), np.bool_)
    count[4 * HOUR : 11 * HOUR, 5:7] = 0
    closed[4 * HOUR : 11 * HOUR, 5] = True
    found = states(watch(alone(), count, closed))
    assert found[11 * HOUR - 1, 6] == Health.DEAD  # of the same closure nobody has told
    assert not (np.delete(found, 6, axis=1) >= Health.DEAD).any()


def test_two_that_fall_silent_together_have_the_time_of_a_closure() -> None:
    count = traffic(12 * HOUR, 4)
    count[4 * HOUR : 9 * HOUR, 6:8] = 0
    count[4 * HOUR :, 8:10] = 0
    found = states(watch(pair(), count))
    assert (found[-1, 8:10] == Health.DEAD).all()
    assert not (found[: 4 * HOUR + int(limit.CLOSED_S / 60), 8:10] >= Health.DEAD).any()
    assert not (np.delete(found, [8, 9], axis=1) >= Health.DEAD).any()


def test_ghosts_on_a_quiet_lane_are_found_once_its_day_is_known() -> None:
    rate = np.full(N, 5.0)
    rate[2] = 0.1
    count = traffic(29 * HOUR, 5, rate)
    count[26 * HOUR :, 2] += np.random.default_rng(6).poisson(10.0, 3 * HOUR)
    found = states(watch(alone(), count))
    assert (found[-1, 2]) == Health.CHATTERING
    assert not (found[: 26 * HOUR] >= Health.DEAD).any()
    assert not (np.delete(found, 2, axis=1) >= Health.DEAD).any()


def test_a_detour_is_no_ghost() -> None:
    """Twice and a half its traffic for five hours, where the city has its own."""
    count = traffic(30 * HOUR, 7, np.full(N, 2.0))
    count[25 * HOUR :, 4] = traffic(30 * HOUR, 8, np.full(N, 5.0))[25 * HOUR :, 4]
    assert not (states(watch(alone(), count)) >= Health.DEAD).any()


def test_what_is_found_faulty_is_no_rival_of_who_begins_to_err() -> None:
    """A dead detector beside one that counts ghosts: the dead one's change is no excuse for the other."""
    near = alone()
    near.same_lane[:3, :2] = [[1, 2], [0, 2], [0, 1]]
    count = traffic(8 * HOUR, 9)
    count[:, 1] = count[:, 2] = count[:, 0]
    count[3 * HOUR :, 1] = 0
    count[5 * HOUR :, 0] += np.random.default_rng(10).poisson(15.0, 3 * HOUR)
    found = states(watch(near, count))
    assert found[5 * HOUR - 1, 1] == Health.DEAD
    assert found[-1, 0] in (Health.CHATTERING, Health.BIASED)
    assert found[-1, 2] == Health.GOOD


@pytest.mark.parametrize("kind", ["no hits", "ghosts", "repeats"])
def test_doubt_comes_long_before_the_verdict_and_passes(kind: str) -> None:
    """Within ten minutes a sensor that errs is better not used; it is used again when it is well."""
    count = traffic(6 * HOUR, 11)
    rows = slice(3 * HOUR, 3 * HOUR + 12)
    count[rows, 1] = {"no hits": 0, "ghosts": 90, "repeats": 4}[kind]
    found = watch(alone(), count)
    doubt = np.array([health.doubt for health in found])
    assert doubt[3 * HOUR + 10 : 3 * HOUR + 14, 1].any()
    assert not doubt[-1, 1]
    assert np.delete(doubt, 1, axis=1).mean() < 0.02


def test_a_camera_that_reads_one_plate_for_ever_is_stuck() -> None:
    near, rng = alone(camera=2), np.random.default_rng(12)
    state, found = start(near, 0.0), []
    for minute in range(60):
        now_s = 60.0 * (minute + 1)
        plates = rng.integers(1, 1 << 62, (2, 8), dtype=np.uint64)
        if minute >= 30:
            plates[1] = 4711
        time_s = np.tile(now_s - 50.0 + 6.0 * np.arange(8), 2)
        rows = make(Passages, time_s, now_s, np.repeat([N - 2, N - 1], 8), 0, -1, 0, plates.ravel(), 0)
        state, health = update(near, state, Observations(now_s + 10, passages=rows))
        found.append(health.health)
    assert (np.array(found)[:33] < Health.DEAD).all()
    assert found[40][N - 1] == Health.STUCK
    assert found[-1][N - 2] == Health.GOOD
