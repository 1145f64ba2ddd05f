"""The demo city with its traffic: `generate` joins the generated city, a gravity model and an assignment."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from citybrain.city.generate import District, generate_city
from citybrain.city.model import City
from citybrain.city.routing import RouteGraph
from citybrain.demand import profile as profiles
from citybrain.demand.assign import assign, build_trips, deal
from citybrain.demand.gravity import gravity
from citybrain.demand.model import Demand
from citybrain.demand.od import OdMatrix, zone_times_s, zones_of
from citybrain.errors import InputError

Period = Literal["morning", "evening"]
MEAN_TRIP_SHARE = 0.45  # beta is 1 / (this share of the city's mean zone-to-zone time) ...
DECAY_MAX_S = 300.0  # ... or 1 / this, whichever is more: trips do not grow for ever with the city
RETURN_SHARE = 0.2  # of the trips go against the rush
PROBE_TRIPS = 12_000  # of the assignment that finds how much traffic the streets can take
BUSY_LINK_SHARE = 0.03  # at scale 1.0 this share of the links ...
BUSY_RATIO = 0.5  # ... carries at least this share of its rough capacity at the peak: plans that are not tuned, short
# links and lane changes let a link pass about that much before queues grow for the whole hour


def generate(
    n_signals: int,
    seed: int = 0,
    name: str = "",
    *,
    period: Period = "morning",
    scale: float = 1.0,
    duration_s: float = 3600.0,
) -> tuple[City, Demand]:
    """A city with exactly `n_signals` signals and its rush hour; the same arguments give the same result.

    At `scale` 1.0 the bottlenecks (bridges, rings, radials) are congested at the peak; `scale` multiplies the trips,
    `duration_s` stretches the period at the same flow, and the city's window with it. Raises InputError on a size or
    period out of range.
    """
    city, district = generate_city(n_signals, seed, name)
    window = replace(city.meta, end_s=max(city.meta.end_s, city.meta.begin_s + duration_s))
    city = replace(city, meta=window)
    return city, rush_hour(city, district, seed, period=period, scale=scale, duration_s=duration_s)


def rush_hour(
    city: City,
    district: District,
    seed: int = 0,
    *,
    period: Period = "morning",
    scale: float = 1.0,
    duration_s: float = 3600.0,
) -> Demand:
    """Demand of a generated city for one peak period."""
    if period not in ("morning", "evening"):
        raise InputError(f"period {period!r}; expected 'morning' or 'evening'")
    graph = RouteGraph.from_city(city)
    profile = profiles.morning(duration_s) if period == "morning" else profiles.evening(duration_s)
    od = commute(city, graph, district)
    if period == "evening":
        od = od.transposed()
    sized = od.scaled(_trips_at_capacity(city, graph, od, seed) * duration_s / 3600.0 / profile.peak_factor)
    return build_trips(city, sized, profile, seed, scale)


def commute(city: City, graph: RouteGraph, district: District) -> OdMatrix:
    """Shares of the morning's trips between districts (total 1): mostly homes to jobs."""
    zones = zones_of(city, graph)
    time_s = zone_times_s(graph, zones)
    beta_per_s = 1.0 / min(MEAN_TRIP_SHARE * max(float(time_s.mean()), 60.0), DECAY_MAX_S)
    trips = gravity(district.homes, district.jobs, time_s, beta_per_s)
    both = (1 - RETURN_SHARE) * trips + RETURN_SHARE * trips.T
    return OdMatrix(zones, both / both.sum())


def _trips_at_capacity(city: City, graph: RouteGraph, od: OdMatrix, seed: int) -> float:
    """Trips an hour at which the busiest streets are full: a probe is routed, then judged by its flows."""
    rng = np.random.default_rng([seed, 11])
    count = float(PROBE_TRIPS)
    for _ in range(2):  # routes change with the flow, so the first answer is tried again
        ends = deal(od, rng, PROBE_TRIPS)
        _, _, ratio = assign(city, graph, ends, count / PROBE_TRIPS, rng)
        count *= BUSY_RATIO / max(float(np.quantile(ratio, 1 - BUSY_LINK_SHARE)), 1e-9)
    return count
