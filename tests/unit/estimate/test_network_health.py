"""Faulty sensors in the whole estimate: what they report is as if it had never come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City, SensorKind, freeze
from citybrain.estimate import network
from citybrain.estimate.match_model import build_match_map
from citybrain.estimate.match_state import new_match_state
from citybrain.estimate.matching import match
from citybrain.records.fixes import Fixes
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import DetectorCounts, Observations, Passages, Probes, empty, make, take
from citybrain.records.sensor_health import Health, SensorHealth
from citybrain.twin.sensor_places import default_sensors


@pytest.fixture(scope="module")
def city() -> City:
    bare, _ = generate_city(4)
    return freeze(replace(bare, sensors=default_sensors(bare)))


def nowhere(city: City) -> Fixes:
    return match(build_match_map(city), new_match_state(), empty(Probes))


def traffic(city: City, seconds: int, seed: int) -> list[Observations]:
    """Any counts and plates."""
    rng, sensors = np.random.default_rng(seed), city.sensors
    cameras, loops = (np.flatnonzero((sensors.kind == SensorKind.CAMERA) == is_camera) for is_camera in (True, False))
    batches = []
    for second in range(1, seconds + 1):
        eyes = cameras[rng.random(cameras.size) < 0.1]
        plates = rng.integers(1, 1 << 62, eyes.size, dtype=np.uint64)
        passages = make(Passages, np.full(eyes.size, float(second)), second, eyes, sensors.lane[eyes], -1, 1, plates, 0)
        due = loops if second % 60 == 0 else loops[:0]
        counts = make(
            DetectorCounts, np.full(due.size, float(second)), second, due, 60, rng.poisson(6, due.size), 0.2, 0
        )
        batches.append(Observations(float(second), counts=counts, passages=passages))
    return batches


def run(city: City, batches: list[Observations], health: SensorHealth) -> NetworkState:
    memory, fixes = network.begin(city), nowhere(city)
    for batch in batches:
        state = network.update(memory, batch, fixes, health)
    return state


def verdict(city: City, faulty: np.ndarray, health: Health, doubt: bool) -> SensorHealth:
    n = faulty.size
    states = np.where(faulty, health, Health.GOOD).astype(np.uint8)
    return SensorHealth(0.0, states, np.zeros(n), np.zeros(n), np.ones(n, np.float32), faulty & doubt)


@pytest.mark.parametrize(
    ("health", "doubt"),
    [(Health.DEAD, False), (Health.STUCK, False), (Health.CHATTERING, False), (Health.GOOD, True)],
)
def test_what_faulty_sensors_report_is_as_if_it_had_never_come(city: City, health: Health, doubt: bool) -> None:
    batches = traffic(city, 200, 1)
    faulty = np.random.default_rng(2).random(len(city.sensors.sensor_id)) < 0.5
    judged = verdict(city, faulty, health, doubt)
    without = [
        replace(
            batch,
            counts=take(batch.counts, ~faulty[batch.counts.sensor]),
            passages=take(batch.passages, ~faulty[batch.passages.sensor]),
        )
        for batch in batches
    ]
    one, other = run(city, batches, judged), run(city, without, judged)
    for name in ("count", "speed_mps", "travel_time_s", "flow_vps"):
        np.testing.assert_array_equal(getattr(one.links, name), getattr(other.links, name))
    np.testing.assert_array_equal(one.lanes.queue, other.lanes.queue)
    np.testing.assert_array_equal(one.areas.in_transit, other.areas.in_transit)


def test_the_same_reports_of_good_sensors_matter(city: City) -> None:
    batches = traffic(city, 200, 1)
    n = len(city.sensors.sensor_id)
    nobody, half = np.zeros(n, np.bool_), np.random.default_rng(2).random(n) < 0.5
    one = run(city, batches, verdict(city, nobody, Health.GOOD, doubt=False))
    other = run(city, batches, verdict(city, half, Health.DEAD, doubt=False))
    assert np.abs(one.links.flow_vps - other.links.flow_vps).max() > 0.0
