"""What a controller may see at one time: vehicles near the stop lines, as arrays over lanes and movements."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citybrain.records.traffic import Traffic, no_traffic

HALTED_MPS = 0.1  # slower than this counts as queued, as in SUMO, CityFlow and the published tables
NEAR_M = 100.0  # how far upstream of the stop line `near_*` looks


@dataclass(frozen=True, eq=False)
class Readings:
    """One look at the streets. `movement_*` are [n_movements] in the city's order, all others [n_lanes].

    `near_*` reaches NEAR_M upstream of the stop line, and goes on through the junction and the lanes before it where
    the lane is shorter: an approach lane of 1 m says nothing about demand. A lane shared by several turns has its
    vehicles split by turn in `movement_*`: movements from one lane into the lanes of one link carry the same value.
    """

    time_s: float
    lane_count: NDArray[np.int32]  # vehicles on the lane
    lane_queue: NDArray[np.int32]  # of these, slower than HALTED_MPS
    near_count: NDArray[np.int32]  # vehicles within NEAR_M of the stop line
    near_queue: NDArray[np.int32]
    movement_count: NDArray[np.int32]  # vehicles on from_lane that go to the link of to_lane next
    movement_queue: NDArray[np.int32]
    movement_moving_near: NDArray[np.int32]  # of movement_count, within NEAR_M and not slower than HALTED_MPS
    headway_s: NDArray[np.float32]  # since a vehicle was last over the detector some 2 s upstream
    occupied: NDArray[np.bool_]  # a vehicle is at the stop line now
    traffic: Traffic = field(default_factory=no_traffic)  # single vehicles, where the sensors tell them


def no_readings(time_s: float, n_lanes: int, n_movements: int) -> Readings:
    """Readings of empty streets."""
    return Readings(
        time_s=time_s,
        lane_count=np.zeros(n_lanes, np.int32),
        lane_queue=np.zeros(n_lanes, np.int32),
        near_count=np.zeros(n_lanes, np.int32),
        near_queue=np.zeros(n_lanes, np.int32),
        movement_count=np.zeros(n_movements, np.int32),
        movement_queue=np.zeros(n_movements, np.int32),
        movement_moving_near=np.zeros(n_movements, np.int32),
        headway_s=np.full(n_lanes, np.inf, np.float32),
        occupied=np.zeros(n_lanes, np.bool_),
    )
