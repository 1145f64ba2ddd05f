"""Standard vehicle types, all Krauss: the values of SUMO's default vehicle classes (SUMO user guide, vehicle types)."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import VehicleClass
from citybrain.demand.model import CarFollowing, VehicleTypes

# id, class, share, length, min gap, accel, decel, emergency decel, max speed, speed factor, deviation
_ROWS = (
    ("car", VehicleClass.CAR, 0.93, 5.0, 2.5, 2.6, 4.5, 9.0, 55.6, 1.0, 0.1),
    ("bus", VehicleClass.BUS, 0.03, 12.0, 2.5, 1.2, 4.0, 7.0, 23.6, 1.0, 0.05),
    ("truck", VehicleClass.TRUCK, 0.039, 7.1, 2.5, 1.3, 4.0, 7.0, 36.1, 1.0, 0.05),
    ("emergency", VehicleClass.EMERGENCY, 0.001, 6.5, 2.5, 2.6, 4.5, 9.0, 50.0, 1.1, 0.05),
)
SHARES = np.array([row[2] for row in _ROWS])  # of all trips, by row of `standard_types`


def standard_types() -> VehicleTypes:
    """Car, bus, truck and emergency vehicle."""
    number = np.array([row[3:] for row in _ROWS], np.float64).T
    n = len(_ROWS)
    return VehicleTypes(
        type_id=tuple(row[0] for row in _ROWS),
        vehicle_class=np.array([row[1] for row in _ROWS], np.uint16),
        model=np.full(n, CarFollowing.KRAUSS, np.uint8),
        length_m=number[0],
        min_gap_m=number[1],
        accel_mps2=number[2],
        decel_mps2=number[3],
        emergency_decel_mps2=number[4],
        tau_s=np.ones(n),
        sigma=np.full(n, 0.5),
        max_speed_mps=number[5],
        speed_factor=number[6],
        speed_deviation=number[7],
    )
