"""Every vehicle that is in view, as a controller takes it: what an outside simulator fills from its own lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1  # of next_link: nobody says where the vehicle goes
ENDS = -2  # of next_link: its trip ends on this link


@dataclass(frozen=True, eq=False)
class Traffic:
    """One row a vehicle, in any order; arrays are [n]. Lanes and links are rows of the city's tables."""

    lane: NDArray[np.int32]  # it is on, or enters next from inside a junction
    ahead_m: NDArray[np.float32]  # front bumper to the end of that lane, the rest of the junction included
    speed_mps: NDArray[np.float32]
    next_link: NDArray[np.int32]  # it takes after that lane's link; or UNKNOWN, ENDS
    vehicle: NDArray[np.int32]  # a number of its own while it is in view, small; or UNKNOWN
    weight: NDArray[np.float32]  # what a second of its time is worth; 1 = any car
    mass: NDArray[np.float32] | None = None  # vehicles that the row stands for, where they are estimated; None = one


def no_traffic() -> Traffic:
    """Empty streets."""
    whole, real = np.zeros(0, np.int32), np.zeros(0, np.float32)
    return Traffic(whole, real, real, whole, whole, real)
