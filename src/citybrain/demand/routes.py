"""Give every trip a route: the fastest one for its vehicle class, at free flow or at given link times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citybrain.city.model import City, ImportReport, Oddity, VehicleClass
from citybrain.city.routing import RouteGraph, route_many, tree_to
from citybrain.demand.model import Demand, Trips, taken

EXAMPLES = 5
Rows = NDArray[np.intp]


def with_routes(city: City, demand: Demand, cost_s: ArrayLike | None = None) -> tuple[Demand, ImportReport]:
    """The same demand with a route for every trip; trips that no path serves are left out and reported.

    `cost_s` [n_links] are link travel times; free-flow times by default. A demand that has all its routes is returned
    as it is.
    """
    result, _, report = routed(city, demand, cost_s)
    return result, report


def servable(city: City, demand: Demand) -> tuple[Demand, ImportReport]:
    """The same demand, trips without a route still without one; those that no path serves are left out and reported."""
    trips, lost = demand.trips, list[int]()
    for vehicle_class, rows in _by_class(demand):
        pairs, place = _pairs(trips, rows)
        graph = RouteGraph.from_city(city, vehicle_class)
        lost.extend(rows[~_reached(graph, pairs, None)[place]].tolist())
    return replace(demand, trips=_without(trips, lost)) if lost else demand, _report(trips, lost)


def routed(
    city: City, demand: Demand, cost_s: ArrayLike | None = None
) -> tuple[Demand, NDArray[np.intp], ImportReport]:
    """As `with_routes`, and which trips of the result had no route before."""
    without = demand.trips.route < 0
    missing = np.flatnonzero(without)
    if missing.size == 0:
        return demand, missing, ImportReport(())
    route = demand.trips.route.copy()
    pool = [demand.trips.route_link]
    lost: list[int] = []
    offset = [demand.trips.route_offset]
    for vehicle_class, rows in _by_class(demand):
        served, links, ends = _route_class(city, demand.trips, rows, vehicle_class, cost_s)
        route[served[0]] = served[1] + sum(part.size for part in offset) - 1
        offset.append(ends + sum(part.size for part in pool))
        pool.append(links)
        lost.extend(int(row) for row in np.setdiff1d(rows, served[0]))
    trips = replace(
        demand.trips, route=route, route_offset=np.concatenate(offset), route_link=np.concatenate(pool).astype(np.int32)
    )
    chosen = np.flatnonzero(np.delete(without, lost))
    return replace(demand, trips=_without(trips, lost)), chosen, _report(trips, lost)


def _by_class(demand: Demand) -> Iterator[tuple[VehicleClass, Rows]]:
    """The trips without a route, class by class."""
    missing = np.flatnonzero(demand.trips.route < 0)
    classes = demand.types.vehicle_class[demand.trips.vehicle_type[missing]]
    for bits in np.unique(classes):
        yield VehicleClass(int(bits)), missing[classes == bits]


def _pairs(trips: Trips, rows: Rows) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Distinct pairs of origin and destination [n, 2], and each row's place among these."""
    ends = np.stack([trips.origin_link[rows], trips.destination_link[rows]], axis=1)
    pairs, place = np.unique(ends, axis=0, return_inverse=True)
    return pairs, place.reshape(-1)


def _reached(graph: RouteGraph, pairs: NDArray[np.int32], cost_s: ArrayLike | None) -> NDArray[np.bool_]:
    """[pairs] does a path lead there?"""
    reached = np.zeros(len(pairs), bool)
    for destination in np.unique(pairs[:, 1]):
        here = pairs[:, 1] == destination
        reached[here] = np.isfinite(tree_to(graph, int(destination), cost_s).cost_s[pairs[here, 0]])
    return reached


def _route_class(
    city: City, trips: Trips, rows: Rows, vehicle_class: VehicleClass, cost_s: ArrayLike | None
) -> tuple[tuple[Rows, NDArray[np.int64]], NDArray[np.int32], NDArray[np.int64]]:
    """Routes of one class: ((rows served, their place among the new routes), pool of links, ends of the routes)."""
    graph = RouteGraph.from_city(city, vehicle_class)
    pairs, place = _pairs(trips, rows)
    reached = _reached(graph, pairs, cost_s)
    offset, links = route_many(graph, pairs[reached, 0], pairs[reached, 1], cost_s)
    number = np.cumsum(reached) - 1
    ok = reached[place]
    return (rows[ok], number[place[ok]].astype(np.int64)), links, offset[1:]


def _without(trips: Trips, lost: list[int]) -> Trips:
    return taken(trips, np.setdiff1d(np.arange(trips.depart_s.size), lost)) if lost else trips


def _report(trips: Trips, lost: list[int]) -> ImportReport:
    if not lost:
        return ImportReport(())
    examples = tuple(trips.trip_id[i] for i in lost[:EXAMPLES])
    return ImportReport((Oddity("trip that no path serves", len(lost), "left out", examples),))
