"""Routes of trips that bring none: chosen as they depart, by what the links' travel times have been of late.

Costs are those that SUMO gives its trips (MSRoutingEngine): length over the mean, of three minutes, of the speed that
was measured on the link each time, never less than free flow. An empty link counts as free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, VehicleClass
from citybrain.city.routing import RouteGraph, route_many
from citybrain.demand.model import Demand
from citybrain.twin.arrays import STEP
from citybrain.twin.memory import Memory
from citybrain.twin.observe import link_speeds

ROUTE_S = 5  # trips that depart within the next so many seconds are routed together
SAMPLES = 180 // ROUTE_S  # three minutes of speeds
CLOSED_S = 1e6  # cost of a link that nobody may enter: taken only where nothing else leads there

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Routes chosen so far, in the order in which they were: trips [n], offset [n + 1] into links."""

    trip: I64
    offset: I64
    link: I32


def joined(parts: list[Chosen]) -> Chosen:
    """One after the other."""
    ends = np.cumsum([0, *(part.link.size for part in parts)])
    offset = [part.offset[1:] + end for part, end in zip(parts, ends[:-1].tolist(), strict=True)]
    return Chosen(
        np.concatenate([np.zeros(0, np.int64), *(part.trip for part in parts)]),
        np.concatenate([np.zeros(1, np.int64), *offset]),
        np.concatenate([np.zeros(0, np.int32), *(part.link for part in parts)]),
    )


class LiveRoutes:
    """The state of live routing of one twin: link speeds of the last minutes, and the routes chosen."""

    def __init__(self, city: City, demand: Demand, rows: NDArray[np.intp]) -> None:
        """`rows` are the trips to route, by departure; until then they have the route of free flow."""
        trips = demand.trips
        self._city, self._demand, self._rows = city, demand, rows.astype(np.int64)
        self._depart_s = np.maximum(np.ceil(trips.depart_s[rows] - city.meta.begin_s), 0.0)  # those before go at once
        bits = demand.types.vehicle_class[trips.vehicle_type[rows]]
        self._bits = bits
        self._graphs = {int(b): RouteGraph.from_city(city, VehicleClass(int(b))) for b in np.unique(bits)}
        self._length_m = city.links.length_m.astype(np.float32)
        self._speeds = np.repeat(city.links.speed_mps.astype(np.float32)[None], SAMPLES, axis=0)
        self._chosen: list[Chosen] = []

    @property
    def chosen(self) -> Chosen:
        """All routes chosen so far."""
        return joined(self._chosen)

    def fork(self) -> LiveRoutes:
        """An independent copy."""
        other = object.__new__(LiveRoutes)
        other.__dict__.update(self.__dict__)
        other._speeds = self._speeds.copy()
        other._chosen = list(self._chosen)
        return other

    def taken(self, demand: Demand, take: I64) -> LiveRoutes:
        """Of a twin whose trips are rows `take` of this one's; `demand` holds them."""
        other = self.fork()
        was = np.zeros(self._demand.trips.depart_s.size, bool)
        was[self._rows] = True
        rows = np.flatnonzero(was[take])
        trips = demand.trips
        other._demand, other._rows = demand, rows
        other._depart_s = np.maximum(np.ceil(trips.depart_s[rows] - self._city.meta.begin_s), 0.0)
        other._bits = demand.types.vehicle_class[trips.vehicle_type[rows]]
        return other

    def on(self, city: City) -> LiveRoutes:
        """In the same city with other lanes open."""
        other = self.fork()
        other._graphs = {bits: RouteGraph.from_city(city, VehicleClass(bits)) for bits in self._graphs}
        return other

    def update(self, memory: Memory) -> Chosen | None:
        """Call it every ROUTE_S seconds: note the speeds, and choose routes for those about to depart."""
        step = int(memory.tables["counter"][STEP])
        limit = memory.tables["tracks"]["limit"]
        link_speeds(memory.world, self._speeds[step // ROUTE_S % SAMPLES])
        begin, end = np.searchsorted(self._depart_s, [step, step + ROUTE_S])
        if begin == end:
            return None
        first = self._city.links.first_lane
        free_s = self._length_m / np.maximum(limit[first], 0.1)
        cost_s = np.maximum(self._length_m / np.maximum(self._speeds.mean(axis=0), 0.01), free_s)
        n_open = np.add.reduceat(memory.tables["lanes"]["allowed"] != 0, first)
        cost_s = np.where(n_open == 0, np.float32(CLOSED_S), cost_s).astype(np.float32)
        found = self._choose(self._rows[begin:end], self._bits[begin:end], cost_s)
        self._chosen.append(found)
        return found

    def _choose(self, rows: I64, bits: NDArray[np.uint16], cost_s: F32) -> Chosen:
        trips, found = self._demand.trips, list[Chosen]()
        for b in np.unique(bits):
            mine = rows[bits == b]
            ends = trips.origin_link[mine], trips.destination_link[mine]
            offset, link = route_many(self._graphs[int(b)], *ends, cost_s)
            found.append(Chosen(mine, offset, link))
        return joined(found)

    def state(self) -> dict[str, NDArray[Any]]:
        """What `restore` needs."""
        chosen = self.chosen
        return {
            "live_speeds": self._speeds,
            "live_trip": chosen.trip,
            "live_offset": chosen.offset,
            "live_link": chosen.link,
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self._speeds = np.array(state["live_speeds"], np.float32)
        self._chosen = [Chosen(state["live_trip"], state["live_offset"], state["live_link"])]

    def digest(self) -> bytes:
        h = hashlib.sha256()
        for part in self.state().values():
            h.update(np.ascontiguousarray(part).tobytes())
        return h.digest()
