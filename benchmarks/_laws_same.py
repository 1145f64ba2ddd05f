"""Equal calls must give equal bits; and the cities at the edge of sense: empty, one link, gridlocked."""

from __future__ import annotations

import benchmarks._from_tests  # noqa: F401  (makes the next ones importable)
import numpy as np
from benchmarks._bench import Figure
from benchmarks._tables import markdown

from _referee import Referee
from _roads import Road, Trip, demand, road
from _same_bits import forks_differ, restored_differ, threads_differ
from citybrain.city.model import City
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.twin.twin import Twin

CHECKS = {"1 and 2 threads": threads_differ, "save and restore": restored_differ, "fork": forks_differ}


def digests(quick: bool) -> list[Figure]:
    """For each promise the number of generated cities that break it."""
    sizes = (20, 60) if quick else (20, 60, 200, 400)
    worlds = [generate(n, seed, scale=1.5, duration_s=1200.0) for seed, n in enumerate(sizes)]
    what = f"of {len(sizes)} cities, other digest by"
    return [
        Figure(f"{what} {name}", float(sum(differ(*world, 600) for world in worlds)), 0.0, at_least=False)
        for name, differ in CHECKS.items()
    ]


def extremes() -> tuple[list[Figure], str]:
    """Faults in each city at the edge, and what is there at the end."""
    found, rows = [], []
    for name, (city, traffic, seconds) in _edge().items():
        twin = Twin(city, traffic)
        referee = Referee(twin)
        dark = np.zeros(city.groups.signal.size, np.uint8)  # all red in the gridlocked city, no signal in the others
        for _ in range(seconds):
            twin.step(dark) if name == "gridlocked" else twin.run(twin.time_s + 1)
            referee.look()
        faults = sum(referee.faults.values())
        found.append(Figure(f"{name} city: faults", float(faults), 0.0, at_least=False))
        _, _, waiting, running, finished = (int(c) for c in twin.counters[:5])
        rows.append((name, f"{waiting:,}", f"{running:,}", f"{finished:,}", f"{referee.vehicle_steps:,}", f"{faults}"))
    head = ("city", "waiting at the end", "running", "finished", "vehicle-steps", "faults")
    return found, f"### Cities at the edge\n\n{markdown(head, rows)}"


def _edge() -> dict[str, tuple[City, Demand, int]]:
    one = [Trip(2.0 * i, (0,)) for i in range(100)]
    return {
        "empty": (road(Road()), demand([]), 600),
        "one-link": (road(Road((300.0,))), demand(one), 600),
        "gridlocked": (*generate(20, 1, scale=6.0, duration_s=900.0), 900),
    }
