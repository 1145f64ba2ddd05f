"""SUMO as the judge of plans: the published files with other programs, or files written for a CityFlow network."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks._places import Pair, open_pair
from benchmarks._sumo_run import SumoJob, run_all

from citybrain.city.model import City
from citybrain.worlds.sumo_export import export_sumo

Result = tuple[float, float]  # mean delay (s), trips that did not end


def judged(pair: Pair, plans: Mapping[str, City], seeds: Sequence[int]) -> dict[str, list[Result]]:
    """Of each city with its plans, delay and unfinished trips on every seed."""
    if pair.net.endswith((".net.xml", ".net.xml.gz")):
        return {name: _results([SumoJob(pair, city, "given", seed) for seed in seeds]) for name, city in plans.items()}
    demand = open_pair(pair)[1]
    found = {}
    for name, city in plans.items():
        with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as folder:
            files = export_sumo(city, demand, Path(folder))
            written = Pair(pair.name, str(files.net), str(files.routes[0]))
            found[name] = _results([SumoJob(written, city, "own", seed) for seed in seeds])
    return found


def _results(jobs: Sequence[SumoJob]) -> list[Result]:
    runs = run_all(jobs)
    return [(run.mean_delay_s, float(run.vehicles - len(run.duration_s))) for run in runs]
