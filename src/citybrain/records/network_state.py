"""What the brain holds to be true now: links, lanes and areas, each value with its quality and its band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.records.area_trips import AreaTrips

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

WINDOW_S = 300.0  # means of speed, flow and travel time reach back so far


@dataclass(frozen=True, eq=False)
class LinkStates:
    """Arrays are [n_links] in the city's order. Means are over the last WINDOW_S; `quality` is a `Quality`."""

    count: F32  # vehicles on the link now
    count_sd: F32  # standard error of `count`
    speed_mps: F32  # space mean: distance driven / time spent
    travel_time_s: F32  # from the link's start over its end, of those who leave it now
    flow_vps: F32  # vehicles that leave the link
    quality: U8


@dataclass(frozen=True, eq=False)
class LaneStates:
    """Arrays are [n_lanes]."""

    queue: F32  # vehicles that stand or creep before the stop line now (slower than HALTED_MPS)
    quality: U8


@dataclass(frozen=True, eq=False)
class AreaStates:
    """Arrays are [1 + n_areas]: row 0 is the whole city, the others are the city's areas."""

    in_transit: F32  # vehicles whose trip has begun and not ended, junctions included
    in_transit_low: F32  # band of 90 %
    in_transit_high: F32
    observed_share: F32  # of `in_transit`, really seen by some sensor
    delay_index: F32  # over the last WINDOW_S: vehicle-seconds / free-flow seconds of what was driven; >= 1
    delay_index_low: F32
    delay_index_high: F32
    quality: U8


@dataclass(frozen=True, eq=False)
class NetworkState:
    """The estimate of one second."""

    time_s: float
    links: LinkStates
    lanes: LaneStates
    areas: AreaStates
    trips: AreaTrips | None = None  # between areas; None = not known yet
