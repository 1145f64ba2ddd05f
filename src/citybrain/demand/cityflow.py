"""Reader of CityFlow demand (`flow.json`, plain or gzip)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from citybrain.city.model import F64, City, ImportReport
from citybrain.city.source import Element, read_json
from citybrain.demand.model import CarFollowing, Demand
from citybrain.demand.trip_list import TripList, TypeSpec

__all__ = ["read_cityflow_demand"]

VEHICLES_MAX = 50_000_000  # a wrong interval must not fill the memory


def read_cityflow_demand(path: str | Path, city: City) -> tuple[Demand, ImportReport]:
    """Read flows onto a city read by `read_cityflow`.

    An entry sends a vehicle at startTime, startTime + interval, ... up to and with endTime (-1: up to the city's
    `end_s`). Vehicles start at rest. Raises FormatError naming the entry (unknown road, wrong type); vehicles of a
    route whose roads do not meet are left out and counted in the report.
    """
    trips = TripList(city)
    link_of = {link_id: i for i, link_id in enumerate(city.links.link_id)}
    for i, flow in enumerate(read_json(path).items()):
        route = [_link(road, link_of) for road in flow.items("route")]
        if not route:
            raise flow.get("route").fail("no road", "one road or more")
        trips.add_flow(f"flow_{i}", _departures(flow, trips), _vehicle_type(flow.get("vehicle")), route)
    return trips.build(), trips.report()


def _link(road: Element, link_of: dict[str, int]) -> int:
    name = road.as_text()
    if name not in link_of:
        raise road.fail(f"unknown road {name!r}", "a road of the network")
    return link_of[name]


def _departures(flow: Element, trips: TripList) -> F64:
    """Departure times in seconds."""
    start_s, end_s = flow.number("startTime", 0.0), flow.number("endTime", -1.0)
    interval_s = flow.number("interval")
    if end_s == -1.0:
        end_s = max(start_s, trips.city.meta.end_s)
        trips.note("flow without end", f"sent until {end_s:g} s", flow.where)
    if end_s < start_s:
        raise flow.get("endTime").fail(f"{end_s:g}", f"startTime {start_s:g} or later")
    if interval_s <= 0.0 and end_s > start_s:
        raise flow.get("interval").fail(f"{interval_s:g}", "more than 0 s")
    count = int(np.floor((end_s - start_s) / interval_s + 1e-9)) + 1 if end_s > start_s else 1
    if count > VEHICLES_MAX:
        raise flow.get("interval").fail(f"{count} vehicles", f"at most {VEHICLES_MAX}")
    return start_s + interval_s * np.arange(count, dtype=np.float64)


def _vehicle_type(vehicle: Element) -> TypeSpec:
    return TypeSpec(
        length_m=vehicle.number("length", 0.1),
        min_gap_m=vehicle.number("minGap", 0.0),
        accel_mps2=vehicle.number("usualPosAcc", 0.01),
        decel_mps2=vehicle.number("usualNegAcc", 0.01),
        emergency_decel_mps2=vehicle.number("maxNegAcc", 0.01),
        tau_s=vehicle.number("headwayTime", 0.0),
        max_speed_mps=vehicle.number("maxSpeed", 0.1),
        model=CarFollowing.CITYFLOW,
    )
