"""The world that a job names, at its begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.evaluate.job import Job

if TYPE_CHECKING:
    from citybrain.worlds.base import SignalWorld
    from citybrain.worlds.sumo import SumoWorld


def make_world(job: Job, city: City, demand: Demand) -> SignalWorld:
    """A world of the job's kind with the job's seed."""
    if job.world == "sumo":
        return _sumo(job, city, demand)
    from citybrain.worlds.twin import TwinWorld

    return TwinWorld(city, demand, job.seed)


def _sumo(job: Job, city: City, demand: Demand) -> SumoWorld:
    """SUMO reads its own files where the sources are such; for all else files are written for it."""
    from citybrain.city.sumo.config import is_scenario
    from citybrain.worlds.sumo import SumoWorld

    sources = job.sources
    if sources.city is not None and sources.demand is None and is_scenario(sources.city):
        return SumoWorld.from_scenario(sources.city, job.seed)
    if sources.city is not None and sources.demand is not None and is_sumo_pair(sources.city, sources.demand):
        window_s = (city.meta.begin_s, city.meta.end_s)
        return SumoWorld.from_files(sources.city, sources.demand, window_s, job.seed)
    return SumoWorld(city, demand, job.seed)


def is_sumo_pair(city: Path, demand: Path) -> bool:
    """A network and a route file of SUMO, packed or not."""
    names = [path.name.lower().removesuffix(".gz") for path in (city, demand)]
    return names[0].endswith(".net.xml") and names[1].endswith(".xml")
