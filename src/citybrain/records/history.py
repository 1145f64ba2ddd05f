"""What one run did over time and over space: the material of charts and maps, beside the summary's single numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MinuteSeries:
    """State of the whole city, minute by minute: means over the minute that ends at `t_s`; arrays are [n]."""

    t_s: Array  # seconds since the run's begin, ascending
    in_transit: Array  # vehicles on the network
    waiting: Array  # vehicles whose departure is due and that found no room to enter yet
    queued: Array  # vehicles on the network slower than 0.1 m/s
    mean_speed_mps: Array  # of the vehicles in transit; nan where there is none
    finished: Array  # trips ended since the run's begin, at `t_s`


@dataclass(frozen=True, eq=False)
class LinkHistory:
    """Whole-run means of every link, in the city's order of links; arrays are [n_links]."""

    delay_s: Array  # per vehicle that left the link: time taken minus length / free speed; nan where none left
    flow_vph: Array  # vehicles that left the link, per hour
    speed_mps: Array  # space-mean speed: distance driven / time spent; nan where none was there


@dataclass(frozen=True, eq=False)
class RunHistory:
    series: MinuteSeries
    links: LinkHistory
