"""What is known of every place to park."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ParkingStates:
    """Places to park at one time, a row each: those of the city's register first, then as they first reported.

    Numbers are nan where nothing is known. `quality` is what the source said of its newest report, STALE where it has
    been silent for too long, UNKNOWN where it never reported.
    """

    time_s: float
    facility: tuple[str, ...]
    reported_s: F64  # time of the newest report
    free: F64  # spaces
    spaces: F64  # all of them: as reported, before the first report as registered
    change: F64  # of the free spaces over the last quarter of an hour
    state: U8  # ParkingState of the newest report
    quality: U8
    left_out: int = 0  # reports of places beyond the limit, so far
    implausible: int = 0  # reports that cannot be, so far

    @property
    def occupied(self) -> F64:
        """Spaces that are taken."""
        return np.asarray(self.spaces - self.free)
