"""Reader of CBEngine demand (text; KDD Cup 2021 City Brain Challenge), plain or gzip.

File: n; n blocks of three lines: `start end interval` in s, number of roads, the road ids.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from citybrain.city.model import F64, City, ImportReport
from citybrain.city.source import Lines
from citybrain.demand.model import CarFollowing, Demand
from citybrain.demand.trip_list import TripList, TypeSpec

__all__ = ["CAR", "read_cbengine_demand"]

# The file says nothing of vehicles. Length, acceleration and deceleration are those of the CityFlow benchmark cars;
# gap 2 m, headway 1 s and 9 m/s2 in an emergency are SUMO's defaults for a car, rounded; roads limit the speed.
CAR = TypeSpec(
    length_m=5.0,
    min_gap_m=2.0,
    accel_mps2=2.0,
    decel_mps2=4.5,
    emergency_decel_mps2=9.0,
    tau_s=1.0,
    max_speed_mps=55.0,
    model=CarFollowing.KRAUSS,
)
VEHICLES_MAX = 50_000_000


def read_cbengine_demand(path: str | Path, city: City, car: TypeSpec = CAR) -> tuple[Demand, ImportReport]:
    """Read flows onto a city read by `read_cbengine`; every vehicle is a `car` and starts at rest.

    A block sends a vehicle at start, start + interval, ... up to and with end. Raises FormatError naming the line
    (unknown road, wrong number); vehicles of a route whose roads do not meet are left out and counted in the report.
    """
    lines = Lines(path)
    trips = TripList(city)
    link_of = {link_id: i for i, link_id in enumerate(city.links.link_id)}
    for i in range(lines.count("number of flows")):
        depart_s = _departures(lines)
        words = lines.words(_route_size(lines), "road ids")
        unknown = next((word for word in words if word not in link_of), None)
        if unknown is not None:
            raise lines.fail(f"unknown road {unknown} of flow {i}", "a road of the network")
        trips.add_flow(f"flow_{i}", depart_s, car, [link_of[word] for word in words])
    if left := lines.rest():
        raise lines.fail(f"{left} more lines", "the end of the file")
    return trips.build(), trips.report()


def _route_size(lines: Lines) -> int:
    return lines.integer(lines.words(1, "number of roads")[0], "number of roads", 1)


def _departures(lines: Lines) -> F64:
    start, end, interval = lines.words(3, "start end interval")
    start_s, end_s = lines.real(start, "start in s", 0.0), lines.real(end, "end in s")
    interval_s = lines.real(interval, "interval in s")
    if end_s < start_s or interval_s <= 0.0:
        raise lines.fail(f"{start} {end} {interval}", "start <= end and interval > 0")
    count = int(np.floor((end_s - start_s) / interval_s + 1e-9)) + 1
    if count > VEHICLES_MAX:
        raise lines.fail(f"{count} vehicles", f"at most {VEHICLES_MAX}")
    return start_s + interval_s * np.arange(count, dtype=np.float64)
