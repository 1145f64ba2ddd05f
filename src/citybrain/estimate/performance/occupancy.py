"""Occupancy of stop-line zones in green and after it, and the split failures that follow.

Freije, Hainen, Stevens, Li, Smith, Day, Bullock: Graphical performance measures for practitioners to triage split
failure trouble calls, Transportation Research Record 2438 (2014): a green has failed where its occupancy ratio (GOR)
and that of the first five seconds of the red after it (ROR5) are both high; UDOT's ATSPM takes 79 % for both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.performance.cycles import Cycles
from citybrain.records.signal_events import Event, SignalLog, Use

__all__ = ["FULL_RATIO", "RED_S", "Occupancy", "occupancy_of", "occupied_s", "on_intervals", "ratio_limit"]

F64 = NDArray[np.float64]
FULL_RATIO = 0.79
RED_S = 5.0
VEHICLE_M, FLOW_SPACING_M = 5.0, 16.0  # a vehicle; front to front where a queue discharges (2 s at 8 m/s)


class Occupancy(NamedTuple):
    """Ratios by cycle [n_cycles] and lane zone: the worst lane of the phase counts; nan = no zone there."""

    green: F64  # GOR
    red: F64  # ROR5
    failed: NDArray[np.bool_]
    known: NDArray[np.bool_]


def on_intervals(log: SignalLog, device: int, channel: int) -> tuple[F64, F64]:
    """When a channel was on: begins and ends [n], in order, without overlap.

    A call without an end lasts to the next one, or to the end of the log; an end without a call is left out, but for
    the first: it was on when the log began.
    """
    events = log.events
    mine = (events.device == device) & (events.parameter == channel)
    return intervals(log, np.flatnonzero(mine & _is_call(log)))


def _is_call(log: SignalLog) -> NDArray[np.bool_]:
    return (log.events.code == Event.DETECTOR_ON) | (log.events.code == Event.DETECTOR_OFF)


def by_channel(log: SignalLog) -> list[NDArray[np.int64]]:
    """Rows of the calls of every channel of the table, in the order of time."""
    calls = np.flatnonzero(_is_call(log))
    width = int(max(log.channels.channel.max(initial=0), log.events.parameter[calls].max(initial=0))) + 1
    keys = log.events.device[calls].astype(np.int64) * width + log.events.parameter[calls]
    order = np.argsort(keys, kind="stable")
    wanted = log.channels.device.astype(np.int64) * width + log.channels.channel
    first, last = (np.searchsorted(keys[order], wanted, side=side) for side in ("left", "right"))
    return [calls[order[a:b]] for a, b in zip(first, last, strict=True)]


def intervals(log: SignalLog, rows: NDArray[np.int64]) -> tuple[F64, F64]:
    """As `on_intervals`, of the calls in these rows."""
    time_s, on = log.events.time_s[rows], log.events.code[rows] == Event.DETECTOR_ON
    if rows.size and not on[0]:
        time_s, on = np.concatenate([[min(log.begin_s, time_s[0])], time_s]), np.concatenate([[True], on])
    begin = time_s[on]
    after = np.concatenate([time_s[1:], [max(log.end_s, time_s[-1])]])[on] if on.size else begin
    return begin, after


def occupied_s(begin: F64, end: F64, low: F64, high: F64) -> F64:
    """Seconds of the windows [low, high] that lie within the intervals [begin, end]."""
    if not begin.size:
        return np.zeros(np.size(low))
    edges = np.empty(2 * begin.size)
    edges[0::2], edges[1::2] = begin, end
    run = np.empty(2 * begin.size)
    run[1::2] = np.cumsum(end - begin)
    run[0::2] = run[1::2] - (end - begin)
    return np.interp(high, edges, run) - np.interp(low, edges, run)


def ratio_limit(length_m: F64, full: float = FULL_RATIO) -> F64:
    """GOR from which a green is full, for zones of these lengths.

    A discharging queue covers a zone for (vehicle + zone) / spacing of the time, so the limit that was found on zones
    of some twelve metres is lowered in this proportion for shorter ones.
    """
    share = (VEHICLE_M + np.asarray(length_m, np.float64)) / FLOW_SPACING_M
    return np.asarray(full * np.minimum(share, 1.0))


def occupancy_of(log: SignalLog, cycles: Cycles, full: float = FULL_RATIO) -> Occupancy:
    """GOR, ROR5 and split failures of every cycle. The window after green ends with the next green at the latest."""
    green, red = np.full(cycles.n, np.nan), np.full(cycles.n, np.nan)
    failed, excess = np.zeros(cycles.n, np.bool_), np.full(cycles.n, -np.inf)
    until_s = np.minimum(cycles.end_s + RED_S, cycles.next_green_s)
    until_s = np.where(until_s <= log.end_s, until_s, np.nan)
    calls = by_channel(log)
    for row in np.flatnonzero(log.channels.use == Use.PRESENCE):
        mine = _cycles_of_phase(cycles, int(log.channels.phase[row]))
        begin, end = intervals(log, calls[row])
        g_s, r_s = cycles.yellow_s[mine] - cycles.green_s[mine], until_s[mine] - cycles.end_s[mine]
        with np.errstate(divide="ignore", invalid="ignore"):
            g = occupied_s(begin, end, cycles.green_s[mine], cycles.yellow_s[mine]) / g_s
            r = occupied_s(begin, end, cycles.end_s[mine], np.nan_to_num(until_s[mine])) / r_s
        limit = float(ratio_limit(log.channels.length_m[row : row + 1].astype(np.float64), full)[0])
        worse = np.minimum(g / limit, r / full)  # how near to a failure
        take = np.nan_to_num(worse, nan=-np.inf) > excess[mine]
        chosen = np.arange(mine.start, mine.stop)[take]
        green[chosen], red[chosen], excess[chosen] = g[take], r[take], worse[take]
        failed[mine] |= np.nan_to_num(worse) >= 1.0
    return Occupancy(green, red, failed, np.isfinite(green) & np.isfinite(red))


def _cycles_of_phase(cycles: Cycles, phase: int) -> slice:
    """Rows of a phase: they stand together."""
    return slice(int(np.searchsorted(cycles.phase, phase)), int(np.searchsorted(cycles.phase, phase, side="right")))
