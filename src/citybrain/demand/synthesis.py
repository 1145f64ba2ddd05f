"""Demand for a city of which nothing is known but its streets: trips between links by a gravity model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, VehicleClass
from citybrain.city.routing import RouteGraph, route_many, tree_to
from citybrain.demand.model import DEPART_BEST, SPEED_MAX, Demand, Trips
from citybrain.demand.types import standard_types

TRIPS_PER_SIGNAL_PER_H = 60.0  # a moderate load; a city of its own deserves counts
LEAST_TRIPS_PER_H = 100
DESTINATIONS = 60  # distinct links that trips go to, at most: one search each
SCALE_S = 600.0  # trips thin out by 1 / e for each ten minutes of free-flow time


def synthetic_demand(city: City, seed: int = 0) -> Demand:
    """Car trips of the city's window: origins and destinations by length and lanes, thinned out with travel time.

    Deterministic by seed. A city without two joined links gets no trips.
    """
    rng = np.random.default_rng([seed & 0x7FFFFFFF, 11])
    graph = RouteGraph.from_city(city, VehicleClass.CAR)
    size = city.links.length_m * city.links.n_lanes * graph.is_open
    window_s = city.meta.end_s - city.meta.begin_s
    per_h = max(TRIPS_PER_SIGNAL_PER_H * city.signals.node.size, LEAST_TRIPS_PER_H)
    n = round(per_h * window_s / 3600.0)
    places = rng.choice(size.size, min(DESTINATIONS, int((size > 0).sum())), replace=False, p=size / size.sum())
    pull = np.array([_pull(graph, int(place), size) for place in places])
    total = pull.sum()
    if total <= 0.0:
        n, pull = 0, np.ones_like(pull)
    cell = rng.choice(pull.size, n, p=(pull / pull.sum()).ravel())
    origin, destination = (cell % size.size).astype(np.int32), places[cell // size.size].astype(np.int32)
    depart_s = np.sort(rng.uniform(city.meta.begin_s, city.meta.end_s, n))
    offset, link = route_many(graph, origin, destination)
    return _as_demand(depart_s, (origin, destination), (offset, link))


def _pull(graph: RouteGraph, destination: int, size: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n_links] weight of trips from each link to one destination."""
    cost_s = tree_to(graph, destination).cost_s
    weight = np.where(np.isfinite(cost_s), size * np.exp(-np.minimum(cost_s, 1e6) / SCALE_S), 0.0)
    weight[destination] = 0.0
    return np.asarray(weight, np.float64)


def _as_demand(
    depart_s: NDArray[np.float64],
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    routes: tuple[NDArray[np.int64], NDArray[np.int32]],
) -> Demand:
    n = depart_s.size
    trips = Trips(
        trip_id=tuple(f"trip{i}" for i in range(n)),
        depart_s=depart_s,
        vehicle_type=np.zeros(n, np.int32),
        route=np.arange(n, dtype=np.int32),
        origin_link=ends[0],
        destination_link=ends[1],
        depart_lane=np.full(n, DEPART_BEST, np.int16),
        depart_speed_mps=np.full(n, SPEED_MAX),
        route_offset=routes[0],
        route_link=routes[1],
    )
    return Demand(standard_types(), trips)
