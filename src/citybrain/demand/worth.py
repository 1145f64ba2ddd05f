"""What a second of a vehicle's time is worth to who times the signals: 1 = any car, by class of vehicle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import VehicleClass

EMERGENCY_WORTH = 50.0  # a plan lets fifty cars wait a second longer before it lets an ambulance do so


def worth(vehicle_class: NDArray[np.integer]) -> NDArray[np.float32]:
    """Weights [n] of vehicles whose classes are these bits [n] (`VehicleClass`).

    A bus is worth a car: what it is worth more depends on how late it is, which no class says.
    """
    urgent = np.asarray(vehicle_class) == int(VehicleClass.EMERGENCY)
    return np.where(urgent, EMERGENCY_WORTH, 1.0).astype(np.float32)
