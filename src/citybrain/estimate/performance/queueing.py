"""Vehicles that wait at a stop line and what that costs, by input and output.

The vertical queue is what has arrived (moved ahead to the stop line) less what has left (Newell, Applications of
Queueing Theory, 2nd ed. (1982), ch. 1); it never falls below 0, and where nobody stands in the stop line's zones for
EMPTY_S there is none, which keeps miscounts from adding up. The delay is the area under it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.performance.cycles import Cycles
from citybrain.estimate.performance.occupancy import intervals
from citybrain.records.signal_events import SignalLog, Use

__all__ = ["Queue", "empty_moments", "queue_area_s", "queue_at", "queue_of", "reached_share"]

F64 = NDArray[np.float64]
EMPTY_S = 3.0
STANDS_S = 5.0  # a detector upstream that is occupied for longer lies under a queue


class Queue(NamedTuple):
    """A step function: from `time_s[i]` on there are `vehicles[i]`; arrays are [n]."""

    time_s: F64
    vehicles: F64


def queue_of(arrive_s: F64, leave_s: F64, empty_s: F64, weight: float = 1.0) -> Queue:
    """The queue of arrivals that weigh `weight` each, departures of 1, and moments at which nobody waits.

    Of several at one moment arrivals come first: a vehicle that is not hindered never waits.
    """
    time_s = np.concatenate([arrive_s, leave_s, empty_s])
    kind = np.repeat([0, 1, 2], [arrive_s.size, leave_s.size, empty_s.size])
    order = np.lexsort((kind, time_s))
    time_s, kind = time_s[order], kind[order]
    run = np.cumsum(np.choose(kind, [weight, -1.0, 0.0])) if kind.size else np.zeros(0)
    part = np.cumsum(kind == 2)  # between two moments without a queue
    start = np.where(kind == 2, run, 0.0)
    level = start[np.maximum.accumulate(np.where(kind == 2, np.arange(kind.size), 0))] if kind.size else run
    rise = run - np.where(part > 0, level, 0.0)
    deep = 2.0 * (np.abs(rise).max(initial=0.0) + 1.0)  # parts lie below each other: one running minimum serves all
    lowest = np.minimum.accumulate(np.minimum(rise, 0.0) - deep * part) + deep * part if kind.size else run
    return Queue(time_s, rise - lowest)


def queue_at(queue: Queue, time_s: F64) -> F64:
    """Vehicles that wait just before each moment."""
    at = np.searchsorted(queue.time_s, time_s, side="left") - 1
    return np.where(at >= 0, np.append(queue.vehicles, 0.0)[at], 0.0)


def queue_area_s(queue: Queue, low: F64, high: F64) -> F64:
    """Vehicle-seconds waited in each of the windows [low, high]."""
    if not queue.time_s.size:
        return np.zeros(np.size(low))
    last = max(float(np.max(high, initial=0.0)), float(queue.time_s[-1])) + 1.0
    edges = np.append(queue.time_s, last)
    area = np.concatenate([[0.0], np.cumsum(queue.vehicles * np.diff(edges))])
    return np.interp(high, edges, area) - np.interp(low, edges, area)


def empty_moments(log: SignalLog, phase: int, calls: list[NDArray[np.int64]], wait_s: float = EMPTY_S) -> F64:
    """Moments [n] at which no zone of a phase has been occupied for `wait_s`, so often; none where it has no zone."""
    rows = np.flatnonzero((log.channels.use == Use.PRESENCE) & (log.channels.phase == phase))
    found = [intervals(log, calls[row]) for row in rows if calls[row].size]
    if not found:
        return np.zeros(0)
    begin, end = np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])
    order = np.argsort(begin, kind="stable")
    begin, busy_until = begin[order], np.maximum.accumulate(end[order])
    free_from = np.concatenate([[log.begin_s], busy_until])
    free_to = np.concatenate([begin, [log.end_s]])
    times = np.maximum(np.floor((free_to - free_from) / wait_s), 0.0).astype(np.int64)
    which = np.repeat(np.arange(times.size), times)
    place = np.arange(which.size) - np.repeat(np.cumsum(times) - times, times)
    return np.asarray(free_from[which] + wait_s * (place + 1), np.float64)


def reached_share(log: SignalLog, cycles: Cycles, phase: int, calls: list[NDArray[np.int64]]) -> float:
    """Share of a phase's cycles in which the queue reaches back over a detector that should see arrivals.

    What such a detector sees is the queue on its way past, in time with the light, and no arrivals.
    """
    used = (log.channels.use == Use.ADVANCE) | (log.channels.use == Use.QUEUE)
    mine = np.flatnonzero(cycles.phase == phase)
    reached = np.zeros(mine.size, np.bool_)
    for row in np.flatnonzero(used & (log.channels.phase == phase)):
        begin, end = intervals(log, calls[row])
        long = np.flatnonzero(end - begin > STANDS_S)
        at = np.searchsorted(cycles.red_s[mine], end[long], side="right") - 1
        reached[at[at >= 0]] = True
    return float(reached.mean()) if mine.size else 0.0
