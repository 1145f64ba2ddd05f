"""A demand as SUMO's route file; links are named `e<index>`, vehicles `v<index>`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from citybrain.city.model import VehicleClass
from citybrain.demand.model import (
    DEPART_BEST,
    DEPART_FREE,
    DEPART_RANDOM,
    SPEED_MAX,
    SPEED_RANDOM,
    CarFollowing,
    Demand,
)

__all__ = ["write_routes"]

LANES = {DEPART_BEST: "best", DEPART_RANDOM: "random", DEPART_FREE: "free"}
SPEEDS = {SPEED_MAX: "max", SPEED_RANDOM: "random"}


def write_routes(path: Path, demand: Demand, classes: Mapping[VehicleClass, str]) -> None:
    """Write types and trips. SUMO has no CityFlow model: those vehicles follow Krauss with their own numbers."""
    root = ElementTree.Element("routes")
    root.extend(_types(demand, classes))
    root.extend(_trips(demand))
    ElementTree.ElementTree(root).write(path)


def _types(demand: Demand, classes: Mapping[VehicleClass, str]) -> Iterable[ElementTree.Element]:
    types = demand.types
    for i in range(len(types.type_id)):
        model = CarFollowing(int(types.model[i]))
        values = {
            "id": f"t{i}",
            "vClass": classes[VehicleClass(int(types.vehicle_class[i]))],
            "carFollowModel": "IDM" if model is CarFollowing.IDM else "Krauss",
            "length": types.length_m[i],
            "minGap": types.min_gap_m[i],
            "accel": types.accel_mps2[i],
            "decel": types.decel_mps2[i],
            "emergencyDecel": max(types.emergency_decel_mps2[i], types.decel_mps2[i]),
            "tau": types.tau_s[i],
            "maxSpeed": types.max_speed_mps[i],
            "speedFactor": f"normc({types.speed_factor[i]},{types.speed_deviation[i]},0.2,2)",
        }
        if model is not CarFollowing.IDM:
            values["sigma"] = types.sigma[i]
        yield ElementTree.Element("vType", {key: str(value) for key, value in values.items()})


def _trips(demand: Demand) -> Iterable[ElementTree.Element]:
    trips = demand.trips
    for i in range(len(trips.trip_id)):
        lane, speed_mps = int(trips.depart_lane[i]), float(trips.depart_speed_mps[i])
        values = {
            "id": f"v{i}",
            "type": f"t{trips.vehicle_type[i]}",
            "depart": repr(float(trips.depart_s[i])),
            "departLane": LANES.get(lane, str(lane)),
            "departSpeed": SPEEDS.get(speed_mps, str(speed_mps)),
        }
        route = int(trips.route[i])
        if route < 0:
            ends = {"from": f"e{trips.origin_link[i]}", "to": f"e{trips.destination_link[i]}"}
            yield ElementTree.Element("trip", values | ends)
            continue
        vehicle = ElementTree.Element("vehicle", values)
        links = trips.route_link[trips.route_offset[route] : trips.route_offset[route + 1]]
        ElementTree.SubElement(vehicle, "route", edges=" ".join(f"e{link}" for link in links))
        yield vehicle
