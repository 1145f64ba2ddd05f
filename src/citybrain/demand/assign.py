"""From an OD matrix to trips with routes: incremental assignment with noisy link costs that grow with the flow.

Trips are dealt into `BATCHES`; each batch sees the link times that the flow so far, blown up to the whole, would
cause (BPR curve), times a random factor per link. So flows spread over alternatives about as drivers do. The batch of
a trip follows from its destination link, hence every destination is searched once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F32, F64, I32, I64, City, NodeControl
from citybrain.city.routing import RouteGraph, route_many
from citybrain.demand.model import DEPART_BEST, SPEED_MAX, Demand, Trips
from citybrain.demand.od import OdMatrix, Zones
from citybrain.demand.profile import Profile, sample_s
from citybrain.demand.types import SHARES, standard_types
from citybrain.errors import InputError

BATCHES = 8
ENDS_PER_ZONE = 16  # links of a zone that trips end on, at most ...
ENDS_IN_ALL = 2400  # ... and of a city with many zones: each costs a search
NOISE = 0.12  # standard deviation of the log of a link's perceived cost
BPR_A, BPR_B = 0.8, 4.0  # time = free time x (1 + a (flow / capacity)^b), U.S. Bureau of Public Roads (1964)
RATIO_MAX = 1.6  # beyond, the BPR curve says nothing and only drowns the other terms
SATURATION_VPH = 1800.0  # one lane with green all the time
GREEN_SHARE = 0.33  # of the cycle and over all lanes of an approach, those for turning included
MINOR_SHARE = 0.3  # of saturation where a small street gives way
DUE_WAY_SHARE = 0.7  # of saturation where a main street has the right of way
SMALL_SPEED_MPS = 9.0


@dataclass(frozen=True, eq=False)
class Ends:
    """Trips without routes: zone of origin and destination, and the links there, all [n]."""

    origin_link: I32
    destination_link: I32
    batch: NDArray[np.int8]


def build_trips(city: City, od: OdMatrix, profile: Profile, seed: int, scale: float = 1.0) -> Demand:
    """Trips with routes for an OD matrix, about `scale` times its total, sorted by departure.

    The same arguments give the same demand. Raises RouteError where a zone's links are not joined.
    """
    if scale < 0:
        raise InputError(f"scale {scale}; expected 0 or more")
    rng = np.random.default_rng([seed, 7])
    graph = RouteGraph.from_city(city)
    ends = deal(od, rng, scale)
    per_hour = 3600.0 / profile.duration_s * profile.peak_factor
    offset, link, _ = assign(city, graph, ends, per_hour, rng)
    order = rng.permutation(ends.origin_link.size)  # departures must not follow the zones' order
    return _demand(ends, order, (offset, link), sample_s(profile, order.size, rng), rng)


def deal(od: OdMatrix, rng: np.random.Generator, scale: float) -> Ends:
    """Whole trips for the matrix's cells, each with an origin and a destination link drawn from its zones."""
    count = _whole(od.trips * scale, rng)
    n = od.zones.count
    cell = np.repeat(np.arange(n * n), count.ravel())
    finals, final_offset = _finals(od.zones, rng)
    origin = _draw(od.zones.link, od.zones.link_offset, cell // n, rng)
    pick = _pick(final_offset, cell % n, rng)
    # A trip must leave its link: where both ends fall together, take the zone's next final link, or the next origin.
    same = finals[pick] == origin
    low, size = final_offset[cell % n], np.diff(final_offset)[cell % n]
    pick[same] = (low + (pick - low + 1) % size)[same]
    rank = (pick - low + cell % n) % BATCHES  # the zone is added so that zones with few ends fill all batches
    return Ends(origin.astype(np.int32), finals[pick].astype(np.int32), rank.astype(np.int8))


def _whole(trips: F64, rng: np.random.Generator) -> I64:
    """Round each cell up or down at random, so that the mean is kept; the total is exact to one trip."""
    flat = np.cumsum(trips.ravel())
    steps = np.floor(flat + rng.random())
    return np.diff(steps, prepend=0.0).astype(np.int64).reshape(trips.shape)


def _finals(zones: Zones, rng: np.random.Generator) -> tuple[I32, I64]:
    """Up to `ENDS_PER_ZONE` links of each zone as CSR."""
    most = max(min(ENDS_PER_ZONE, ENDS_IN_ALL // max(zones.count, 1)), 2)
    rows = [rng.permutation(zones.links(z))[:most] for z in range(zones.count)]
    return np.concatenate(rows), np.cumsum([0, *(row.size for row in rows)]).astype(np.int64)


def _pick(offset: I64, zone: I64, rng: np.random.Generator) -> I64:
    """A random position in each trip's zone."""
    return np.asarray(offset[zone] + (rng.random(zone.size) * np.diff(offset)[zone]).astype(np.int64))


def _draw(link: I32, offset: I64, zone: I64, rng: np.random.Generator) -> I32:
    return link[_pick(offset, zone, rng)]


def assign(
    city: City, graph: RouteGraph, ends: Ends, per_hour: float, rng: np.random.Generator
) -> tuple[I64, I32, F64]:
    """Routes (offset, link) of all trips in their order, and the peak flow over capacity of each link [n_links].

    `per_hour` turns a number of trips into vehicles an hour at the peak.
    """
    capacity = capacity_vph(city)
    flow = np.zeros(graph.n_links)
    n = ends.origin_link.size
    rows: list[tuple[I64, I64, I32]] = []
    done = 0
    for batch in range(BATCHES):
        mine = np.flatnonzero(ends.batch == batch)
        cost = _perceived_s(graph, flow * (per_hour * n / max(done, 1)) / capacity, rng)
        offset, link = route_many(graph, ends.origin_link[mine], ends.destination_link[mine], cost)
        flow += np.bincount(link, minlength=graph.n_links)
        done += mine.size
        rows.append((mine, offset, link))
    return *_gather(rows), flow * per_hour / capacity


def capacity_vph(city: City) -> F64:
    """Rough capacity of each link [n_links], vehicles an hour, by lanes and the control at its end."""
    links, control = city.links, city.nodes.control[city.links.to_node]
    priority = np.where(links.speed_mps > SMALL_SPEED_MPS, DUE_WAY_SHARE, MINOR_SHARE)
    share = np.where(control == NodeControl.SIGNAL, GREEN_SHARE, priority)
    return np.asarray(links.n_lanes * SATURATION_VPH * share)


def _perceived_s(graph: RouteGraph, ratio: F64, rng: np.random.Generator) -> F32:
    """Link times at this ratio of flow to capacity, times noise."""
    noise = np.exp(rng.normal(0.0, NOISE, graph.n_links))
    bpr = 1.0 + BPR_A * np.minimum(ratio, RATIO_MAX) ** BPR_B
    return (graph.free_s * bpr * noise).astype(np.float32)


def _gather(rows: list[tuple[I64, I64, I32]]) -> tuple[I64, I32]:
    """Bring the batches' routes into the trips' order."""
    trip = np.concatenate([mine for mine, _, _ in rows])
    length = np.concatenate([np.diff(offset) for _, offset, _ in rows])
    link = np.concatenate([pool for _, _, pool in rows])
    start = np.cumsum(length) - length
    order = np.argsort(trip, kind="stable")
    return select(link, start[order], length[order])


def select(link: I32, start: I64, length: I64) -> tuple[I64, I32]:
    """CSR of rows `link[start:start + length]` in the order given."""
    offset = np.zeros(start.size + 1, np.int64)
    np.cumsum(length, out=offset[1:])
    index = np.arange(offset[-1]) + np.repeat(start - offset[:-1], length)
    return offset, link[index]


def _demand(
    ends: Ends, order: NDArray[np.intp], pool: tuple[I64, I32], depart_s: F64, rng: np.random.Generator
) -> Demand:
    """Trips in order of departure, each with a route of its own and a type drawn by the standard shares."""
    offset, link = select(pool[1], pool[0][:-1][order], np.diff(pool[0])[order])
    n = order.size
    kind = np.searchsorted(np.cumsum(SHARES)[:-1], rng.random(n), side="right")
    trips = Trips(
        trip_id=tuple(f"T{i}" for i in range(n)),
        depart_s=depart_s,
        vehicle_type=kind.astype(np.int32),
        route=np.arange(n, dtype=np.int32),
        origin_link=ends.origin_link[order],
        destination_link=ends.destination_link[order],
        depart_lane=np.full(n, DEPART_BEST, np.int16),
        depart_speed_mps=np.full(n, SPEED_MAX),
        route_offset=offset,
        route_link=link,
    )
    return Demand(standard_types(), trips)
