"""Event logs made from a plan and arrivals, with queues that are served one by one: everything in them is known.

A vehicle reaches the stop line `arrive_s`; it leaves when there is green, at least a headway after the one before, the
first of a green after a start-up time. Its lane's zone is occupied from a second before it arrives until it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citybrain.records.signal_events import (
    Channels,
    Event,
    Phases,
    SignalEvents,
    SignalLog,
    Use,
    join_events,
    make_events,
)

F64 = NDArray[np.float64]
HEADWAY_S, START_S = 2.0, 2.0
AHEAD_M, AHEAD_MPS = 100.0, 10.0
BEFORE_S = 1.0
STORE = 13  # vehicles that stand between the stop line and the detector upstream


@dataclass(frozen=True, eq=False)
class Approach:
    """One phase with one lane. Greens begin at `begin_s` + `offset_s` + k `cycle_s`."""

    device: int
    number: int
    arrive_s: F64
    green_s: float = 30.0
    cycle_s: float = 90.0
    offset_s: float = 0.0
    yellow_s: float = 3.0
    feeder: int = -1
    link: int = -1
    exits: tuple[int, ...] = ()
    max_green_s: float = float("nan")
    open_s: float = float("inf")  # of each green, seconds in which vehicles can leave
    greens: Sequence[tuple[float, float]] = field(default=())  # begin and end of each green, instead of a plan


def windows(approach: Approach, end_s: float) -> F64:
    """Begin and end of every green [n, 2]."""
    if approach.greens:
        return np.array(approach.greens)
    begin = np.arange(approach.offset_s - approach.cycle_s, end_s, approach.cycle_s)
    return np.column_stack([begin, begin + approach.green_s])


def departures(approach: Approach, end_s: float) -> F64:
    """When each vehicle leaves; inf = not before the end."""
    greens = windows(approach, end_s)
    left = np.full(approach.arrive_s.size, np.inf)
    free_s, row = -np.inf, 0
    for i, came_s in enumerate(np.sort(approach.arrive_s)):
        want_s = max(float(came_s), free_s)
        while row < len(greens) and want_s >= min(greens[row, 1], greens[row, 0] + approach.open_s):
            row += 1
        if row == len(greens):
            break
        if want_s < greens[row, 0]:
            want_s = greens[row, 0] + START_S
        left[i], free_s = want_s, want_s + HEADWAY_S
    return left


def make_log(approaches: Sequence[Approach], end_s: float, extra: Sequence[SignalEvents] = ()) -> SignalLog:
    """The log of some approaches, each with three channels: zone, count, advance. Channel 10 x phase + use."""
    parts = [events for one in approaches for events in _events(one, end_s)]
    every = join_events([*parts, *extra])
    inside = (every.time_s >= 0.0) & (every.time_s < end_s)
    events = SignalEvents(*(getattr(every, name)[inside] for name in ("time_s", "device", "code", "parameter")))
    n = 1 + max(one.device for one in approaches)
    links = 1 + max([one.link for one in approaches] + [link for one in approaches for link in one.exits])
    names = tuple(f"link {k}" for k in range(links))
    return SignalLog(
        tuple(f"J{k}" for k in range(n)), events, _phases(approaches), _channels(approaches), 0.0, end_s, names
    )


def _events(one: Approach, end_s: float) -> list[SignalEvents]:
    greens = windows(one, end_s)
    came, left = np.sort(one.arrive_s), departures(one, end_s)
    gone = left[np.isfinite(left)]
    codes = ((Event.BEGIN_GREEN, greens[:, 0]), (Event.GREEN_END, greens[:, 1]), (Event.BEGIN_YELLOW, greens[:, 1]))
    codes += ((Event.END_YELLOW, greens[:, 1] + one.yellow_s), (Event.BEGIN_RED_CLEARANCE, greens[:, 1] + one.yellow_s))
    parts = [_made(time_s, one.device, code, one.number) for code, time_s in codes]
    begin, end = _joined(came - BEFORE_S, np.minimum(left, end_s + 100.0))
    ahead, moved = _upstream(came - AHEAD_M / AHEAD_MPS, np.minimum(left, end_s + 100.0))
    for use, on, off in ((Use.PRESENCE, begin, end), (Use.COUNT, gone, gone + 0.1), (Use.ADVANCE, ahead, moved)):
        channel = 10 * one.number + use
        parts.append(_made(on, one.device, Event.DETECTOR_ON, channel))
        parts.append(_made(off, one.device, Event.DETECTOR_OFF, channel))
    return parts


def _upstream(want: F64, left: F64) -> tuple[F64, F64]:
    """When each vehicle comes onto and off the detector upstream; a queue that reaches back holds it there."""
    on, off = np.empty(want.size), np.empty(want.size)
    for i in range(want.size):
        on[i] = max(want[i], off[i - 1] + 1.0) if i else want[i]
        off[i] = max(on[i] + 0.1, left[i - STORE] if i >= STORE else 0.0)
    return on, off


def _made(time_s: F64, device: int, code: int, parameter: int) -> SignalEvents:
    n = time_s.size
    return make_events(
        time_s, np.full(n, device, np.int32), np.full(n, code, np.int16), np.full(n, parameter, np.int32)
    )


def _joined(begin: F64, end: F64) -> tuple[F64, F64]:
    """Intervals that touch become one."""
    if not begin.size:
        return begin, end
    until = np.maximum.accumulate(end)
    new = np.concatenate([[True], begin[1:] > until[:-1] + 0.05])
    last = np.concatenate([np.flatnonzero(new)[1:] - 1, [begin.size - 1]])
    return begin[new], until[last]


def _phases(approaches: Sequence[Approach]) -> Phases:
    sizes = [len(one.exits) for one in approaches]
    n = len(approaches)
    return Phases(
        np.array([one.device for one in approaches], np.int32),
        np.array([one.number for one in approaches], np.int32),
        tuple("" for _ in approaches),
        np.ones(n, np.int32),
        np.full(n, 7.0, np.float32),
        np.array([one.max_green_s for one in approaches], np.float32),
        np.array([one.link for one in approaches], np.int32),
        np.array([one.feeder for one in approaches], np.int32),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([link for one in approaches for link in one.exits], np.int32),
    )


def _channels(approaches: Sequence[Approach]) -> Channels:
    uses = (Use.PRESENCE, Use.COUNT, Use.ADVANCE)
    rows = [(k, one, use) for k, one in enumerate(approaches) for use in uses]
    n = len(rows)
    ahead = np.array([use == Use.ADVANCE for _, _, use in rows])
    return Channels(
        np.array([one.device for _, one, _ in rows], np.int32),
        np.array([10 * one.number + use for _, one, use in rows], np.int32),
        np.array([k for k, _, _ in rows], np.int32),
        np.array([use for _, _, use in rows], np.uint8),
        np.where(ahead, AHEAD_M, 0.0).astype(np.float32),
        np.where([use == Use.PRESENCE for _, _, use in rows], 12.0, 0.0).astype(np.float32),
        np.full(n, AHEAD_MPS, np.float32),
        np.array([k for k, _, _ in rows], np.int32),
        np.full(n, -1, np.int32),
    )


def poisson(flow_vps: float, end_s: float, seed: int, begin_s: float = 20.0) -> F64:
    """Arrivals at random."""
    rng = np.random.default_rng(seed)
    return begin_s + np.cumsum(rng.exponential(1.0 / flow_vps, int(2 * flow_vps * end_s) + 20))[: int(flow_vps * end_s)]


def platoons(n: int, at_s: float, cycle_s: float, end_s: float, seed: int, spread_s: float = 4.0) -> F64:
    """`n` vehicles in each cycle, from `at_s` on, two seconds apart, each platoon a little early or late."""
    rng = np.random.default_rng(seed)
    begins = np.arange(at_s + cycle_s, end_s - cycle_s, cycle_s)
    return np.sort(
        (begins[:, None] + rng.normal(0.0, spread_s / 4.0, begins.size)[:, None] + 2.0 * np.arange(n)).ravel()
    )
