"""Trips between areas from plates and probes, held against the trips that were made.

A generated city whose districts are the areas, an hour in the twin under the sensors of `estimate`: cameras at 40 % of
the junctions that read 95 % of the plates, 5 % probes. The error is the sum of what the cells miss over all trips.
Beside it what anybody could compute: probes over their share, and plates by the areas of their first and last camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report
from benchmarks._estimate_places import SENSING_SEED, options
from numpy.typing import NDArray

from citybrain.demand.generated import generate
from citybrain.estimate import network
from citybrain.estimate.match_model import build_match_map
from citybrain.estimate.match_state import new_match_state
from citybrain.estimate.matching import match
from citybrain.estimate.origins import LIFE_S
from citybrain.twin.arrays import STEP
from citybrain.twin.sensor_places import default_sensors
from citybrain.twin.twin import Twin
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import scored
from citybrain.worlds.twin_streets import TwinTraffic

DOCUMENT = Path(__file__).parents[1] / "docs" / "estimate.md"
SEEDS, QUICK_SEEDS = (0, 1, 2), (0,)
SIGNALS, QUICK_SIGNALS = 100, 36
LASTS_S, QUICK_S = 3600.0, 2400.0
PROBES, ERROR_MOST = 0.05, 0.3
F64 = NDArray[np.float64]


@dataclass
class Spans:
    """Zones where vehicles were first and last seen, and when; by vehicle."""

    first: dict[int, int]
    last: dict[int, tuple[int, float]]

    def see(self, vehicle: NDArray[np.uint64], zone: NDArray[np.int32], now_s: float) -> None:
        for who, where in zip(vehicle.tolist(), zone.tolist(), strict=True):
            self.first.setdefault(who, where)
            self.last[who] = (where, now_s)

    def table(self, n: int, until_s: float) -> F64:
        """Trips [n, n] that ended before, fading as ours do."""
        found = np.zeros((n, n))
        for who, (zone, time_s) in self.last.items():
            if time_s < until_s:
                found[self.first[who], zone] += np.exp(-(until_s - time_s) / LIFE_S)
        return found


def main(quick: bool) -> Report:
    """All seeds."""
    seeds = QUICK_SEEDS if quick else SEEDS
    errors = np.mean([compare(seed, quick) for seed in seeds], axis=0)
    ours, probes, plates = errors.tolist()
    what = "error of trips between districts"
    figures = [
        Figure(f"{what}", ours, ERROR_MOST, at_least=False),
        Figure(f"{what}, of that by probes over their share", ours, 0.8, probes, at_least=False),
        Figure(f"{what}, of that by the first and last camera", ours, 0.8, plates, at_least=False),
    ]
    signals = QUICK_SIGNALS if quick else SIGNALS
    return Report(figures, [f"generated city of {signals} signals, twin, seeds {seeds}; the peer is named in the line"])


PARTS = {"origins": main}


def compare(seed: int, quick: bool) -> F64:
    """Errors of ours, of the probes alone and of the plates alone."""
    signals, lasts_s = (QUICK_SIGNALS, QUICK_S) if quick else (SIGNALS, LASTS_S)
    city, demand = generate(signals, seed=seed + 1, scale=1.0, duration_s=lasts_s)
    traffic = TwinTraffic(city, demand, seed, Sensing(options(), seed + SENSING_SEED, default_sensors(city)))
    world, _ = scored(traffic, city.meta.end_s)
    memory = network.begin(world.city, PROBES)
    where, begin_s = memory.zones.of_link, world.time_s
    match_map, tracks = build_match_map(world.city), new_match_state()
    probes, plates = Spans({}, {}), Spans({}, {})
    while world.time_s < begin_s + lasts_s:
        seen = world.observe(world.time_s + 1.0)
        fixes = match(match_map, tracks, seen.probes)
        network.update(memory, seen, fixes, None)
        on = fixes.link >= 0
        probes.see(fixes.vehicle[on], where[fixes.link[on]], seen.time_s)
        read = seen.passages.plate != 0
        lane = seen.passages.lane[read]
        plates.see(seen.passages.plate[read], where[world.city.lanes.link[lane]], seen.time_s)
    n, until_s = len(memory.zones.name), memory.origins.settled_s
    true = made(traffic.twin, where, n, until_s)
    assert memory.trips is not None
    ours = np.zeros((n, n))
    ours[:-1, :-1] = memory.trips.vps * memory.trips.watched_s
    guesses = (ours, probes.table(n, until_s) / PROBES, plates.table(n, until_s))
    return np.array([np.abs(guess - true)[:-1, :-1].sum() / true[:-1, :-1].sum() for guess in guesses])


def made(twin: Twin, where: NDArray[np.int32], n: int, until_s: float) -> F64:
    """Trips [n, n] that were made and ended before, fading as ours do."""
    trips, drives = twin.demand.trips, twin.memory.tables["drives"]
    arrived_s = drives["arrived"] + twin.time_s - float(twin.memory.tables["counter"][STEP])
    done = np.flatnonzero((drives["arrived"] >= 0.0) & (arrived_s <= until_s))
    route = trips.route[done]
    pair = (
        where[trips.route_link[trips.route_offset[route]]],
        where[trips.route_link[trips.route_offset[route + 1] - 1]],
    )
    found = np.zeros((n, n))
    np.add.at(found, pair, np.exp(-(until_s - arrived_s[done]) / LIFE_S))
    return found
