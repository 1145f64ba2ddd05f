"""Delay at a signal by formula, for what a change of green would be worth.

Highway Capacity Manual (2010): uniform delay, eq. 18-20 with progression 1, and incremental delay, eq. 18-45 with
k = 0.5 (fixed green), I = 1 (random arrivals) and an analysis period of a quarter of an hour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["control_delay_s", "webster_cycle_s"]

F64 = NDArray[np.float64]
PERIOD_H = 0.25
K_FIXED, I_RANDOM = 0.5, 1.0
CYCLE_MAX_S = 150.0


def control_delay_s(green_s: ArrayLike, cycle_s: ArrayLike, saturation: ArrayLike, capacity_vph: ArrayLike) -> F64:
    """Mean delay of a vehicle; `saturation` is the degree of saturation, `capacity_vph` = s g / C in veh/h."""
    share = np.clip(np.asarray(green_s, np.float64) / np.asarray(cycle_s, np.float64), 0.0, 1.0)
    x, room = np.asarray(saturation, np.float64), np.maximum(np.asarray(capacity_vph, np.float64), 1.0)
    below = np.maximum(1.0 - np.minimum(x, 1.0) * share, 1e-6)
    uniform = 0.5 * np.asarray(cycle_s, np.float64) * (1.0 - share) ** 2 / below
    over = np.sqrt((x - 1.0) ** 2 + 8.0 * K_FIXED * I_RANDOM * x / (room * PERIOD_H))
    return np.asarray(uniform + 900.0 * PERIOD_H * ((x - 1.0) + over), np.float64)


def webster_cycle_s(lost_s: float, flow_ratio: float) -> float:
    """Cycle with the least delay: (1.5 L + 5) / (1 - Y) (Webster, Traffic Signal Settings, RRL paper 39 (1958)).

    At most CYCLE_MAX_S; inf where the flows need more than all the time there is.
    """
    if flow_ratio >= 0.95:
        return float("inf")
    return min((1.5 * lost_s + 5.0) / (1.0 - flow_ratio), CYCLE_MAX_S)
