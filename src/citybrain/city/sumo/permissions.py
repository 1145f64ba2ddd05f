"""SUMO's vehicle classes as ours."""

from __future__ import annotations

from citybrain.city.model import VehicleClass

__all__ = ["allowed_bits", "class_of"]

# The class of SUMO that stands for each of ours when a lane's permissions are read.
REPRESENTATIVE = {
    "passenger": VehicleClass.CAR,
    "bus": VehicleClass.BUS,
    "truck": VehicleClass.TRUCK,
    "emergency": VehicleClass.EMERGENCY,
    "bicycle": VehicleClass.BICYCLE,
    "tram": VehicleClass.TRAM,
}
OTHERS = {
    "coach": VehicleClass.BUS,
    "delivery": VehicleClass.TRUCK,
    "trailer": VehicleClass.TRUCK,
    "scooter": VehicleClass.BICYCLE,
    "rail_urban": VehicleClass.TRAM,
}
NOT_ON_ROADS = frozenset(
    (
        *("pedestrian", "wheelchair", "rail", "rail_electric", "rail_fast", "ship", "container", "cable_car", "subway"),
        *("aircraft", "drone"),
    )
)


def class_of(name: str) -> VehicleClass | None:
    """Our class of a SUMO vehicle class; None for those that do not drive on roads."""
    if name in NOT_ON_ROADS:
        return None
    return REPRESENTATIVE.get(name) or OTHERS.get(name, VehicleClass.CAR)


def allowed_bits(allow: str | None, disallow: str | None) -> int:
    """VehicleClass bits of a lane from its `allow` and `disallow` lists; neither = everybody."""
    if allow is not None and allow.strip() != "all":
        names = frozenset(allow.split())
        return sum(int(bit) for name, bit in REPRESENTATIVE.items() if name in names)
    names = frozenset((disallow or "").split())
    if "all" in names:
        return 0
    return sum(int(bit) for name, bit in REPRESENTATIVE.items() if name not in names)
