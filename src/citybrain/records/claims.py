"""Vehicles that are known by name, and what a second of each is worth to who times the signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Claims:
    """One row a vehicle under way whose time is worth more than a car's; arrays are [n]."""

    key: NDArray[np.uint64]  # of its name
    link: NDArray[np.int32]
    position_m: NDArray[np.float64]  # along the link, when it last reported
    speed_mps: NDArray[np.float64]
    time_s: NDArray[np.float64]  # of that report
    weight: NDArray[np.float64]  # 1 = any car
    urgent: NDArray[np.bool_]  # an emergency vehicle on a call


def no_claims() -> Claims:
    """Nobody."""
    real = np.zeros(0)
    return Claims(np.zeros(0, np.uint64), np.zeros(0, np.int32), real, real, real, real, np.zeros(0, np.bool_))
