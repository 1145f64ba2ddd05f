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
