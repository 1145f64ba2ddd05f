"""What the approaches of each signal were like, minute by minute: the measure of what an action has done.

Delay is taken by Little's law: of the vehicles on the approaches, those that would be there in free flow are none that
wait; the others, over the vehicles that leave in a second, are the mean delay of a vehicle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City

F64 = NDArray[np.float64]
MINUTE_S = 60.0
KEPT = 180  # minutes
WARM_S = 300.0  # flows are means of so long: what is told before then is not yet of the streets
GAP_MAX_S = 30.0  # between two looks; what lies further apart is not a minute's mean
Z_90 = 1.645
LEAST_MINUTES = 3  # of each side, before a difference can be called one
FULL_LEAST = 0.5  # share of a minute that must have been looked at


@dataclass(frozen=True, eq=False)
class Minutes:
    """Of one signal, oldest first; arrays are [n]."""

    begin_s: F64
    waiting: F64  # vehicles on the approaches beyond those of free flow, on average
    queue: F64  # vehicles that stand or creep before the lines, on average
    flow_vps: F64  # vehicles that leave the approaches

    def between(self, begin_s: float, end_s: float) -> Minutes:
        """Those that lie within."""
        own = (self.begin_s >= begin_s) & (self.begin_s + MINUTE_S <= end_s)
        return Minutes(self.begin_s[own], self.waiting[own], self.queue[own], self.flow_vps[own])


@dataclass(frozen=True)
class Side:
    """A window in figures, each with its band of 90 %; nan = not known."""

    minutes: int
    delay_s: float
    delay_low_s: float
    delay_high_s: float
    queue: float
    queue_low: float
    queue_high: float
    flow_vph: float


class ApproachTally:
    """Sums up what is told of links and lanes, for all signals at once; it holds KEPT minutes, whatever comes."""

    def __init__(self, city: City) -> None:
        self._link, self._link_signal, self._lane, self._lane_signal = _approaches(city)
        self._free_s = city.links.length_m / city.links.speed_mps
        n = len(city.signals.signal_id)
        self._sums = np.zeros((4, n))  # waiting, queue, flow: times seconds; seconds
        self._rows: list[F64] = []  # [3, n] a minute
        self._begin_s: list[float] = []
        self._minute, self._last_s, self._seen_s = -1, np.nan, 0.0

    def look(self, time_s: float, count: F64, flow_vps: F64, queue: F64) -> None:
        """How it is now: vehicles on links and leaving them [n_links], queues [n_lanes]; nan = not known."""
        passed_s = time_s - self._last_s
        self._last_s = time_s
        if not 0.0 < passed_s <= GAP_MAX_S:
            self._seen_s = 0.0
            return
        self._seen_s += passed_s
        if self._seen_s <= WARM_S:
            return
        minute = int(np.floor((time_s - passed_s) / MINUTE_S))
        if minute != self._minute:
            self._close()
            self._minute = minute
        n = self._sums.shape[1]
        waiting = np.maximum(count - flow_vps * self._free_s, 0.0)[self._link]
        known = np.isfinite(waiting)
        told = np.bincount(self._link_signal, known, n) > 0
        rows = (
            np.bincount(self._link_signal, np.where(known, waiting, 0.0), n),
            np.bincount(self._lane_signal, np.nan_to_num(queue[self._lane]), n),
            np.bincount(self._link_signal, np.where(known, np.nan_to_num(flow_vps)[self._link], 0.0), n),
        )
        self._sums[:3] += np.array(rows) * passed_s * told
        self._sums[3] += passed_s * told

    def minutes(self, signal: int) -> Minutes:
        """What is kept of a signal."""
        rows, begin_s = list(self._rows), list(self._begin_s)
        found = np.array([row[:, signal] for row in rows]).reshape(-1, 3)
        known = np.isfinite(found[:, 0])
        return Minutes(np.array(begin_s)[known], found[known, 0], found[known, 1], found[known, 2])

    def _close(self) -> None:
        """The minute is over."""
        if self._minute >= 0 and self._sums[3].max(initial=0.0) > 0.0:
            with np.errstate(invalid="ignore", divide="ignore"):
                row = self._sums[:3] / self._sums[3]
            row[:, self._sums[3] < FULL_LEAST * MINUTE_S] = np.nan
            self._rows.append(row)
            self._begin_s.append(self._minute * MINUTE_S)
            del self._rows[:-KEPT], self._begin_s[:-KEPT]
        self._sums[:] = 0.0


def side_of(minutes: Minutes) -> Side:
    """A window in figures; its bands from how the minutes differ, wider where they resemble their neighbours."""
    flow = float(minutes.flow_vps.mean()) if minutes.flow_vps.size else np.nan
    waiting, waiting_se = _mean(minutes.waiting)
    queue, queue_se = _mean(minutes.queue)
    delay, delay_se = (waiting / flow, waiting_se / flow) if flow > 0.0 else (np.nan, np.nan)
    return Side(
        int(minutes.begin_s.size),
        delay,
        max(delay - Z_90 * delay_se, 0.0),
        delay + Z_90 * delay_se,
        queue,
        max(queue - Z_90 * queue_se, 0.0),
        queue + Z_90 * queue_se,
        flow * 3600.0,
    )


def verdict(before: Side, after: Side) -> str:
    """What may be said of two windows: early, same, better, worse; nothing of delay alone when the traffic differs."""
    if min(before.minutes, after.minutes) < LEAST_MINUTES or not np.isfinite(before.delay_s + after.delay_s):
        return "early"
    error = np.hypot(before.delay_high_s - before.delay_s, after.delay_high_s - after.delay_s)
    difference = after.delay_s - before.delay_s
    if abs(difference) <= error:
        return "same"
    return "worse" if difference > 0.0 else "better"


def _mean(values: F64) -> tuple[float, float]:
    """Mean and its standard error, of values that follow each other: what a straight trend explains is no chance."""
    n = values.size
    if n == 0:
        return np.nan, np.nan
    mean = float(values.mean())
    if n < LEAST_MINUTES:
        return mean, np.nan
    at = np.arange(n) - (n - 1) / 2.0
    deviation = values - mean - at * float((at * values).sum() / (at * at).sum())
    var = float((deviation**2).sum()) / (n - 2)
    alike = float((deviation[1:] * deviation[:-1]).sum() / max(float((deviation**2).sum()), 1e-12))
    alike = min(max(alike, 0.0), 0.9)
    return mean, float(np.sqrt(var / n * (1.0 + alike) / (1.0 - alike)))


def _approaches(city: City) -> tuple[NDArray[np.int64], ...]:
    """(link, its signal), (lane, its signal): those that lead over a signal's lines, each once."""
    moves = city.movements
    own = moves.group >= 0
    signal = city.groups.signal[moves.group[own]].astype(np.int64)
    lane = moves.from_lane[own].astype(np.int64)
    lanes = np.unique(np.stack([lane, signal]), axis=1)
    links = np.unique(np.stack([city.lanes.link[lane].astype(np.int64), signal]), axis=1)
    return links[0], links[1], lanes[0], lanes[1]
