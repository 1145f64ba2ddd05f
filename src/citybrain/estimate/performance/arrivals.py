"""Arrivals at the stop line against the colour they meet, and the coordination diagram of Purdue.

Day, Haseman, Premachandra, Brennan, Wasson, Sturdevant, Bullock: Evaluation of arterial signal coordination:
methodologies for visualizing high-resolution event data and measuring travel time, TRR 2192 (2010): an arrival is seen
upstream and moved ahead by the time to the stop line. Platoon ratio: Highway Capacity Manual (2010), eq. 18-8,
R = P / (g / C): 1 where arrivals come at random, above where they come in green.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.performance.cycles import Cycles
from citybrain.estimate.performance.occupancy import by_channel
from citybrain.records.signal_events import Event, SignalLog, Use

__all__ = ["Colours", "Points", "arrival_points", "departure_points", "platoon_ratio", "tally"]

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


class Points(NamedTuple):
    """Vehicles at the stop line, by phase and time; arrays are [n]."""

    phase: I32
    time_s: F64  # when it would reach the stop line unhindered, or when it crossed it
    lane: I32  # of the channel; below 0 = shared with other phases, or unknown
    cycle: NDArray[np.int64]  # row of the cycles; -1 = in none that was seen whole


class Colours(NamedTuple):
    """Vehicles by the colour that they met, by cycle [n_cycles]."""

    green: I32
    yellow: I32
    red: I32

    @property
    def all(self) -> I32:
        return np.asarray(self.green + self.yellow + self.red, np.int32)


def arrival_points(log: SignalLog, cycles: Cycles) -> Points:
    """What advance channels saw, moved ahead by distance / speed."""
    return _points(log, cycles, Use.ADVANCE, ahead=True)


def departure_points(log: SignalLog, cycles: Cycles) -> Points:
    """What count channels saw."""
    return _points(log, cycles, Use.COUNT, ahead=False)


def _points(log: SignalLog, cycles: Cycles, use: Use, ahead: bool) -> Points:
    channels, calls = log.channels, by_channel(log)
    rows = np.flatnonzero(channels.use == use)
    ons = [calls[row][log.events.code[calls[row]] == Event.DETECTOR_ON] for row in rows]
    sizes = [found.size for found in ons]
    which = np.repeat(rows, sizes)
    time_s = log.events.time_s[np.concatenate([np.zeros(0, np.int64), *ons])]
    if ahead:
        time_s = time_s + channels.distance_m[which] / np.maximum(channels.speed_mps[which], 0.1)
    order = np.lexsort((time_s, channels.phase[which]))
    phase, time_s = channels.phase[which][order], time_s[order]
    return Points(phase, time_s, channels.lane[which][order], cycle_rows(cycles, phase, time_s))


def cycle_rows(cycles: Cycles, phase: I32, time_s: F64) -> NDArray[np.int64]:
    """The cycle in which each moment of a phase lies; -1 = none."""
    found = np.full(phase.size, -1, np.int64)
    for one in np.unique(phase):
        mine = np.flatnonzero(phase == one)
        low, high = np.searchsorted(cycles.phase, [one, one + 1])
        at = low + np.searchsorted(cycles.red_s[low:high], time_s[mine], side="right") - 1
        good = at >= low
        good &= time_s[mine] < cycles.end_s[np.maximum(at, 0)] if cycles.n else False
        found[mine[good]] = at[good]
    return found


def tally(cycles: Cycles, points: Points) -> Colours:
    """Count vehicles by the colour that they met. A moment belongs to the colour that begins with it."""
    row = points.cycle[points.cycle >= 0]
    time_s = points.time_s[points.cycle >= 0]
    in_green = (time_s >= cycles.green_s[row]) & (time_s < cycles.yellow_s[row])
    in_yellow = time_s >= cycles.yellow_s[row]
    in_red = ~in_green & ~in_yellow
    sums = [np.bincount(row[met], minlength=cycles.n).astype(np.int32) for met in (in_green, in_yellow, in_red)]
    return Colours(*sums)


def platoon_ratio(on_green: F64, arrivals: F64, green_s: F64, cycle_s: F64) -> F64:
    """Share of arrivals on green over the share of time with green; nan where nobody came or there was no green."""
    top, bottom = np.asarray(on_green * cycle_s, np.float64), np.asarray(arrivals * green_s, np.float64)
    ratio = np.full(np.shape(top), np.nan)
    np.divide(top, bottom, out=ratio, where=bottom > 0.0)
    return ratio
