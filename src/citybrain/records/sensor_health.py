"""Which sensors can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Health(IntEnum):
    """What is wrong with a sensor."""

    GOOD = 0
    UNKNOWN = 1  # watched for too short a time
    DEAD = 2  # silent, or never counts while its neighbours do
    STUCK = 3  # always occupied, or always the same value
    CHATTERING = 4  # more vehicles than a lane can carry
    BIASED = 5  # counts persistently more or less than its neighbours


@dataclass(frozen=True, eq=False)
class SensorHealth:
    """Arrays are [n_sensors] in the city's order."""

    time_s: float
    health: NDArray[np.uint8]  # Health
    since_s: NDArray[np.float64]  # when the present state was found
    last_s: NDArray[np.float64]  # time of the newest record; -inf = never
    factor: NDArray[np.float32]  # what its counts are to be multiplied by; 1 unless BIASED
    doubt: NDArray[np.bool_] | None = (
        None  # something speaks against it, too little to accuse it; None = against nobody
    )
