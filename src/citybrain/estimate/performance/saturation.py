"""Saturation flow from the headways of discharging queues, and degrees of saturation.

Highway Capacity Manual (2010), ch. 31: saturation headway is the mean of those behind the fourth vehicle of a queue.
Degree of saturation: X = v / (s g / C), eq. 18-16.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.performance.arrivals import Points
from citybrain.estimate.performance.cycles import Cycles

__all__ = ["BASE_VPS", "degree_of_saturation", "saturation_flow_vps"]

F64 = NDArray[np.float64]
BASE_VPS = 1900.0 / 3600.0  # a lane; base rate of the manual
FIRST = 4  # vehicles before the flow is even
QUEUED_S = 4.0  # a longer headway says that the queue has ended
SAMPLES = 20  # headways that make a mean of a phase's own; fewer take that of all phases
SLOW, FAST = 0.5, 1.35  # bounds of a lane's flow, in shares of the base rate


def saturation_flow_vps(leave: Points, cycles: Cycles, n_phases: int) -> F64:
    """Flow of a lane of each phase [n_phases] while its queue discharges."""
    phase, headway_s = _headways(leave, cycles)
    n = np.bincount(phase, minlength=n_phases).astype(np.float64)
    total_s = np.bincount(phase, headway_s, n_phases)
    pooled = n.sum() / total_s.sum() if n.sum() >= SAMPLES else BASE_VPS
    own = np.divide(n, total_s, out=np.full(n_phases, pooled), where=(n >= SAMPLES) & (total_s > 0.0))
    return np.asarray(np.clip(own, SLOW * BASE_VPS, FAST * BASE_VPS))


def _headways(leave: Points, cycles: Cycles) -> tuple[NDArray[np.int32], F64]:
    """Phases and headways [n] of vehicles behind the fourth of a queue, on lanes of one phase."""
    good = (leave.cycle >= 0) & (leave.lane >= 0)
    row, lane, time_s, phase = leave.cycle[good], leave.lane[good], leave.time_s[good], leave.phase[good]
    in_green = (time_s >= cycles.green_s[row]) & (time_s < cycles.yellow_s[row])
    row, lane, time_s, phase = row[in_green], lane[in_green], time_s[in_green], phase[in_green]
    order = np.lexsort((time_s, lane, row))
    row, lane, time_s, phase = row[order], lane[order], time_s[order], phase[order]
    new = np.ones(row.size, np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (lane[1:] != lane[:-1])
    gap_s = np.where(new, time_s - cycles.green_s[row], np.diff(time_s, prepend=0.0))
    run = np.cumsum(new) - 1
    broken = np.maximum.accumulate(np.where((gap_s > QUEUED_S), run * 2.0 + 1.0, run * 2.0)) > run * 2.0
    place = np.arange(row.size) - np.flatnonzero(new)[run] if row.size else np.zeros(0, np.int64)
    keep = ~broken & (place >= FIRST)
    return phase[keep], gap_s[keep]


def degree_of_saturation(vehicles: F64, lanes: F64, flow_vps: F64, green_s: F64) -> F64:
    """Vehicles that came / vehicles that the green could serve; nan where there was no green."""
    room = np.asarray(lanes * flow_vps * green_s, np.float64)
    ratio = np.full(np.shape(room), np.nan)
    np.divide(vehicles, room, out=ratio, where=room > 0.0)
    return ratio
