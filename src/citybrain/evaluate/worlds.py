"""The world that a job names, at its begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.evaluate.job import Job

if TYPE_CHECKING:
    from citybrain.worlds.base import SignalWorld


def make_world(job: Job, city: City, demand: Demand) -> SignalWorld:
    """A world of the job's kind with the job's seed."""
    if job.world == "sumo":
        from citybrain.worlds.sumo_open import open_sumo

        paths = job.sources.city, job.sources.demand
        return open_sumo(city, demand, job.seed, paths, own_plans=job.sources.own_plans)
    from citybrain.worlds.twin import TwinWorld

    return TwinWorld(city, demand, job.seed)
