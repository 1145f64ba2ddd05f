"""Estimates while sensors fail: 30 % dead, 10 % stuck, 10 % chattering, held against the same run with good ones.

All sensors are those of the promise, and detectors on every lane with a signal. Sensor health runs in the loop as it
does in the brain: what it finds is left out, what it has not found yet does its harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from benchmarks import _estimate_areas as of_areas
from benchmarks import _sensor_faults as faults
from benchmarks._bench import Figure
from benchmarks._estimate_places import options, world_of
from benchmarks._estimate_score import EVERY_S, F64, CountBalance, Score, estimated
from benchmarks._estimate_score import MEASURES as OF_LINKS

from citybrain.city.model import City
from citybrain.detect import health
from citybrain.detect.neighbours import neighbours_of
from citybrain.estimate import network
from citybrain.estimate.match_model import build_match_map
from citybrain.estimate.match_state import new_match_state
from citybrain.estimate.matching import match
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import Observations
from citybrain.records.sensor_health import Health
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.worlds.base import Scorer, World

MEASURES = (*OF_LINKS, *of_areas.MEASURES)
COMPARED = (0, 1, 3, 4, 6)  # errors; the band's coverage is none, and flow weighs no error twice
TARGET = 1.5
BEGIN_S = (600.0, 900.0)  # faults begin between these; what is scored comes later: no scored second is without them


@dataclass
class Chain:
    """Health, matching and estimate of one city, as the brain calls them."""

    city: City

    def __post_init__(self) -> None:
        self.near = neighbours_of(self.city, self.city.sensors)
        self.sensors = health.start(self.near, self.city.meta.begin_s)
        self.memory, self.map, self.tracks = network.begin(self.city), build_match_map(self.city), new_match_state()
        self.found = np.zeros(self.near.n_sensors, np.bool_)

    def beat(self, seen: Observations) -> NetworkState:
        """One second."""
        self.sensors, judged = health.update(self.near, self.sensors, seen)
        self.found |= judged.health >= Health.DEAD
        return network.update(self.memory, seen, match(self.map, self.tracks, seen.probes), judged)


def sensors() -> SensorOptions:
    """Cameras and probes of the promise, and detectors."""
    return replace(options(), detectors=Channel(latency_s=1.0))


def watch(world: World, scorer: Scorer, end_s: float, seed: int | None = None) -> tuple[F64, F64]:
    """Errors [measures] of a run, with faults drawn by `seed` where given, and the shares of both kinds found.

    The shares are those of faulty sensors found faulty, and of good ones.
    """
    city, begin_s = world.city, world.time_s
    shares = (0.0,) if seed is None else faults.SHARES
    plan = faults.plan(city.sensors, (begin_s + BEGIN_S[0], begin_s + BEGIN_S[1]), seed or 0, shares)
    chain, score, areas, balance = Chain(city), Score(city), of_areas.AreaScore(city), CountBalance(city)
    while world.time_s < end_s:
        seen = faults.spoil(plan, world.observe(world.time_s + 1.0))
        ours = chain.beat(seen)
        areas.take(seen)
        balance.take(seen)
        if world.time_s >= begin_s + BEGIN_S[1] and world.time_s % EVERY_S == 0.0:
            truth = scorer.truth()
            score.add(truth, [estimated(ours.links, ours.lanes)])
            areas.add(truth, ours.areas, balance)
    bad = plan.fault >= 0
    found = [chain.found[rows].mean() if rows.any() else np.nan for rows in (bad, ~bad)]
    return np.hstack([score.means()[0], areas.means()[0]]), np.array(found)


def compare(place: str, seeds: tuple[int, ...], lasts_s: float) -> Iterator[Figure]:
    """Errors with faults over errors without, means over the seeds."""
    errors, found = np.zeros((2, len(MEASURES))), np.zeros(2)
    for seed in seeds:
        for k, drawn in enumerate((None, seed + 1)):
            world, scorer = world_of(place, "twin", seed, sensors())
            error, shares = watch(world, scorer, min(world.end_s, world.time_s + lasts_s), drawn)
            errors[k] += error / len(seeds)
            found += shares / len(seeds) if drawn else 0.0
    for k in COMPARED:
        what = f"{place}, half of the sensors faulty: {MEASURES[k]}, with / without"
        yield Figure(what, errors[1, k], TARGET, at_least=False, peer=errors[0, k])
    yield Figure(f"{place}: faulty sensors found within the run", found[0])
    yield Figure(f"{place}: good sensors found faulty", found[1])
