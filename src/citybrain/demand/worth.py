"""What a second of a vehicle's time is worth to who times the signals: 1 = any car, by class and by lateness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import VehicleClass

EMERGENCY_WORTH = 50.0  # a plan lets fifty cars wait a second longer before it lets an ambulance do so
LATE_BUS_WORTH = 20.0  # people in a bus that is late, in cars
LINE_CLASSES = (int(VehicleClass.BUS), int(VehicleClass.TRAM))  # who keeps a timetable
PUNCTUAL_S, LATE_S = 60.0, 300.0  # behind its timetable: a bus up to the first is a car, from the second on it is late


def worth(vehicle_class: NDArray[np.integer]) -> NDArray[np.float32]:
    """Weights [n] of vehicles whose classes are these bits [n] (`VehicleClass`).

    A bus is worth a car: what it is worth more depends on how late it is, which no class says (`late_worth`).
    """
    urgent = np.asarray(vehicle_class) == int(VehicleClass.EMERGENCY)
    return np.where(urgent, EMERGENCY_WORTH, 1.0).astype(np.float32)


def late_worth(late_s: NDArray[np.floating]) -> NDArray[np.float32]:
    """Weights [n] of buses and trams so many seconds behind their timetable [n]; nan = nobody knows: a car's.

    One that is on time gains nothing by driving ahead of its timetable, so it gets nothing (conditional priority).
    """
    late = np.nan_to_num(np.asarray(late_s, np.float64), nan=0.0)
    share = np.clip((late - PUNCTUAL_S) / (LATE_S - PUNCTUAL_S), 0.0, 1.0)
    return np.asarray(1.0 + (LATE_BUS_WORTH - 1.0) * share, np.float32)
