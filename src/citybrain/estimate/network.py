"""The whole estimate: links, lanes and areas, from what the sensors of one beat reported."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from citybrain.city.model import City
from citybrain.estimate import areas, links
from citybrain.estimate.passages import trusted
from citybrain.estimate.penetration import PRIOR_SHARE
from citybrain.records.fixes import Fixes
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import Observations, take
from citybrain.records.sensor_health import SensorHealth

STATIC = ("city", "table")  # of the link estimator: made of the city, and made again from it


@dataclass
class NetworkMemory:
    """What the estimate remembers from beat to beat; `update` changes it in place."""

    links: links.LinkEstimator
    areas: areas.AreaState


def begin(city: City, probe_share: float = PRIOR_SHARE) -> NetworkMemory:
    """Nothing has been seen yet. Rows of the city's sensors are what records name.

    `probe_share`: of the vehicles that are said to report their position, above 0 and up to 1.
    """
    return NetworkMemory(links.begin(city, city.sensors), areas.begin(city, city.sensors, probe_share))


def update(memory: NetworkMemory, seen: Observations, fixes: Fixes, health: SensorHealth | None) -> NetworkState:
    """Take in what has become available up to `seen.time_s`, and say how the network is then."""
    of_links, of_lanes = links.update(memory.links, seen, fixes, health)
    solved_s, loops = memory.areas.solved_s, links.taught(memory.links)
    good = _trusted(seen, health)
    memory.areas, of_areas = areas.update(memory.areas, good, fixes, of_links.count.astype(np.float64), loops)
    if memory.areas.solved_s != solved_s:
        links.follow(memory.links, memory.areas.model.flows, memory.areas.sums.index)
    return NetworkState(seen.time_s, of_links, of_lanes, of_areas)


def _trusted(seen: Observations, health: SensorHealth | None) -> Observations:
    """The observations without what faulty cameras read."""
    good = trusted(seen.passages.sensor, health)
    return seen if good.all() else replace(seen, passages=take(seen.passages, good))


def state(memory: NetworkMemory) -> dict[str, Any]:
    """What a snapshot keeps."""
    kept = {f.name: getattr(memory.links, f.name) for f in fields(memory.links) if f.name not in STATIC}
    return {"links": kept, "areas": memory.areas}


def restore(memory: NetworkMemory, kept: dict[str, Any]) -> None:
    """Go on from what `state` gave, in the memory of the same city."""
    for name, value in kept["links"].items():
        setattr(memory.links, name, value)
    memory.areas = kept["areas"]
