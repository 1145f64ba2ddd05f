"""What a simulator knows and the brain never sees: kept beside, for scoring alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Truth:
    """The streets at `time_s`. `link_*` are [n_links], `lane_*` [n_lanes]; sums run from the world's begin."""

    time_s: float
    in_transit: int  # vehicles in the network, junctions included
    link_count: NDArray[np.int32]  # vehicles on the link's lanes
    lane_queue: NDArray[np.int32]  # of these, slower than HALTED_MPS
    link_spent_s: NDArray[np.float64]  # sum of vehicle-seconds spent on the link's lanes
    link_driven_m: NDArray[np.float64]  # sum of metres driven on them
    junction_spent_s: NDArray[np.float64]  # as link_spent_s, inside junctions, of vehicles that came from the link
    link_exits: NDArray[np.int64]  # vehicles that left the link (trips that ended on it are not among them)
    link_travel_s: NDArray[np.float64]  # sum of the times that these took from the link's start over its end


@dataclass(frozen=True, eq=False)
class Moving:
    """Every vehicle at `time_s`, for a screen that shows a simulator; arrays are [n]."""

    time_s: float
    vehicle: NDArray[np.int32]  # its trip: the same from second to second
    lane: NDArray[np.int32]  # -1 while inside a junction
    movement: NDArray[np.int32]  # -1 while on a lane
    position_m: NDArray[np.float32]  # front bumper from the start of lane or movement
    speed_mps: NDArray[np.float32]
    vehicle_class: NDArray[np.uint16]  # VehicleClass
