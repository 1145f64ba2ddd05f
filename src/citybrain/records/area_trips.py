"""Trips between areas: how many vehicles drive from where to where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class AreaTrips:
    """Means of about the last hour before `time_s`; rows are areas of origin, columns of destination."""

    time_s: float  # trips that ended before
    watched_s: float  # how long they were counted, as far as that is not forgotten
    area: tuple[str, ...]  # ids of the city's areas, [n]
    vps: NDArray[np.float64]  # [n, n] trips a second
