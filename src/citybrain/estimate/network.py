"""The whole estimate: links, lanes and areas, from what the sensors of one beat reported."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from citybrain.city.model import City
from citybrain.estimate import areas, links, origins, penetration
from citybrain.estimate.camera_watch import read_share
from citybrain.estimate.passages import trusted
from citybrain.estimate.penetration import PRIOR_SHARE
from citybrain.records.area_trips import AreaTrips
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
    zones: origins.Zones
    origins: origins.Origins
    trips: AreaTrips | None = None


def begin(city: City, probe_share: float = PRIOR_SHARE) -> NetworkMemory:
    """Nothing has been seen yet. Rows of the city's sensors are what records name.

    `probe_share`: of the vehicles that are said to report their position, above 0 and up to 1.
    """
    zones = origins.zones_of(city)
    of_areas = areas.begin(city, city.sensors, probe_share)
    return NetworkMemory(links.begin(city, city.sensors), of_areas, zones, origins.begin(zones))


def update(memory: NetworkMemory, seen: Observations, fixes: Fixes, health: SensorHealth | None) -> NetworkState:
    """Take in what has become available up to `seen.time_s`, and say how the network is then."""
    of_links, of_lanes = links.update(memory.links, seen, fixes, health)
    solved_s, loops = memory.areas.solved_s, links.taught(memory.links)
    good = _trusted(seen, health)
    memory.areas, of_areas = areas.update(memory.areas, good, fixes, of_links.count.astype(np.float64), loops)
    if memory.areas.solved_s != solved_s:
        links.follow(memory.links, memory.areas.model.flows, memory.areas.sums.index)
    _follow_trips(memory, good, fixes)
    return NetworkState(seen.time_s, of_links, of_lanes, of_areas, memory.trips)


def _follow_trips(memory: NetworkMemory, good: Observations, fixes: Fixes) -> None:
    """Who goes where: go on with plates and probes, and now and then book those that have arrived."""
    of, city = memory.areas, memory.links.city
    memory.origins = origins.hear(memory.origins, city, of.layout, good.passages, fixes, of.cameras.covered)
    if not origins.is_due(memory.origins, good.time_s):
        return
    missed = np.where(of.cameras.covered, 1.0 - read_share(of.cameras), 1.0)
    ways = origins.ways_of(of.layout, memory.zones, of.model.flows, of.sums.index, missed)
    memory.origins = origins.settle(memory.origins, memory.zones, ways, good.time_s)
    memory.trips = origins.trips(memory.origins, memory.zones, penetration.share(of.share))


def _trusted(seen: Observations, health: SensorHealth | None) -> Observations:
    """The observations without what faulty cameras read."""
    good = trusted(seen.passages.sensor, health)
    return seen if good.all() else replace(seen, passages=take(seen.passages, good))


def state(memory: NetworkMemory) -> dict[str, Any]:
    """What a snapshot keeps."""
    kept = {f.name: getattr(memory.links, f.name) for f in fields(memory.links) if f.name not in STATIC}
    return {"links": kept, "areas": memory.areas, "origins": memory.origins, "trips": memory.trips}


def restore(memory: NetworkMemory, kept: dict[str, Any]) -> None:
    """Go on from what `state` gave, in the memory of the same city."""
    for name, value in kept["links"].items():
        setattr(memory.links, name, value)
    memory.areas = kept["areas"]
    memory.origins, memory.trips = kept["origins"], kept["trips"]
