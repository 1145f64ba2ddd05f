"""Vehicle types of SUMO: attributes, defaults by vehicle class, distributions.

Defaults are those that SUMO 1.28 reports for a type that names its class alone (documented as "Vehicle Type Parameter
Defaults").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from citybrain.city.model import VehicleClass
from citybrain.city.sumo.permissions import class_of
from citybrain.city.sumo.xml import Row
from citybrain.demand.model import CarFollowing
from citybrain.demand.trip_list import TypeSpec

__all__ = ["DEFAULT_TYPE", "ReadType", "read_type"]

DEFAULT_TYPE = "DEFAULT_VEHTYPE"


@dataclass(frozen=True)
class Defaults:
    length_m: float = 5.0
    accel_mps2: float = 2.6
    decel_mps2: float = 4.5
    emergency_decel_mps2: float = 9.0
    max_speed_mps: float = 200.0 / 3.6
    speed_deviation: float = 0.1
    min_gap_m: float = 2.5
    sigma: float = 0.5


BY_CLASS = {
    "taxi": Defaults(speed_deviation=0.05),
    "emergency": Defaults(6.5, speed_deviation=0.0),
    "authority": Defaults(speed_deviation=0.0),
    "army": Defaults(speed_deviation=0.0),
    "bus": Defaults(12.0, 1.2, 4.0, 7.0, 100.0 / 3.6, 0.0),
    "coach": Defaults(14.0, 2.0, 4.0, 7.0, 100.0 / 3.6, 0.05),
    "delivery": Defaults(6.5, speed_deviation=0.05),
    "truck": Defaults(7.1, 1.3, 4.0, 7.0, 130.0 / 3.6, 0.05),
    "trailer": Defaults(16.5, 1.1, 4.0, 7.0, 130.0 / 3.6, 0.05),
    "motorcycle": Defaults(2.2, 6.0, 10.0, 10.0),
    "moped": Defaults(2.1, 1.1, 7.0, 10.0, 60.0 / 3.6),
    "bicycle": Defaults(1.6, 1.2, 3.0, 7.0, 50.0 / 3.6, min_gap_m=0.5),
    "scooter": Defaults(1.2, 1.2, 3.0, 7.0, 25.0 / 3.6, min_gap_m=0.5),
    "tram": Defaults(22.0, 1.0, 3.0, 7.0, 80.0 / 3.6, 0.0, sigma=0.0),
    "rail_urban": Defaults(109.5, 1.0, 3.0, 7.0, 100.0 / 3.6, 0.0, 5.0, 0.0),
}
MODELS = {"Krauss": CarFollowing.KRAUSS, "IDM": CarFollowing.IDM}


@dataclass(frozen=True)
class ReadType:
    """A type, and what of it could not be kept; `spec` None = it does not drive on roads."""

    spec: TypeSpec | None
    notes: tuple[tuple[str, str], ...] = ()


def read_type(row: Row) -> ReadType:
    """A `vType` element. Raises FormatError where a number is none or out of range."""
    name = row.text("vClass", "passenger")
    vehicle_class = class_of(name)
    if vehicle_class is None:
        return ReadType(None)
    following = next((child for child in row.children if child.tag.startswith("carFollowing-")), None)
    model = row.text("carFollowModel", following.tag.removeprefix("carFollowing-") if following else "Krauss")
    notes = () if model in MODELS else ((f"car-following model {model}", "Krauss instead"),)
    attributes = {**row.attributes, **(following.attributes if following else {})}
    return ReadType(_spec(Row(row.file, row.tag, attributes), name, vehicle_class, model), notes)


def _spec(row: Row, name: str, vehicle_class: VehicleClass, model: str) -> TypeSpec:
    usual = BY_CLASS.get(name, Defaults())
    factor, deviation = _speed_factor(row, usual.speed_deviation)
    decel_mps2 = row.number("decel", usual.decel_mps2, minimum=0.01)
    return TypeSpec(
        length_m=row.number("length", usual.length_m, minimum=0.1),
        min_gap_m=row.number("minGap", usual.min_gap_m, minimum=0.0),
        accel_mps2=row.number("accel", usual.accel_mps2, minimum=0.01),
        decel_mps2=decel_mps2,
        emergency_decel_mps2=row.number("emergencyDecel", max(usual.emergency_decel_mps2, decel_mps2), minimum=0.01),
        tau_s=row.number("tau", 1.0, minimum=0.0),
        max_speed_mps=row.number("maxSpeed", usual.max_speed_mps, minimum=0.1),
        model=MODELS.get(model, CarFollowing.KRAUSS),
        vehicle_class=vehicle_class,
        sigma=min(row.number("sigma", usual.sigma, minimum=0.0), 1.0),
        speed_factor=factor,
        speed_deviation=row.number("speedDev", deviation, minimum=0.0),
    )


def _speed_factor(row: Row, usual_deviation: float) -> tuple[float, float]:
    """Mean and deviation of `speedFactor`: a number, norm(mean, dev) or normc(mean, dev, min, max)."""
    word = row.text("speedFactor", "1").replace(" ", "")
    if not word.startswith("norm"):
        return row.number("speedFactor", 1.0, minimum=0.01), usual_deviation
    inside = word.partition("(")[2].rstrip(")").split(",")
    try:
        mean, deviation = (float(value) for value in inside[:2])
    except ValueError:
        mean, deviation = math.nan, math.nan
    if not (0.0 < mean < math.inf and 0.0 <= deviation < math.inf):
        raise row.fail(f"speedFactor={word!r}", "a number, norm(mean,dev) or normc(mean,dev,min,max)")
    return mean, deviation
