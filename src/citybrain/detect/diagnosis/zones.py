"""Channels that are stuck or silent, as an event log of hours shows it.

The tests of `detect.health` judge what counts vehicles, and learn for days. A long zone under a queue may stay occupied
for an hour and be good, so it is judged by what the other detectors of its phase see: it is stuck where it stays on
although the greens serve far less than they could and no queue reaches back. Any channel is silent that stays off to
the end of the log while others of its lane see vehicles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.health_limits import LOCKED_S
from citybrain.estimate.performance.cycles import Cycles, cycles_of
from citybrain.estimate.performance.occupancy import by_channel, intervals, occupied_s
from citybrain.estimate.performance.queueing import STANDS_S
from citybrain.estimate.performance.saturation import BASE_VPS
from citybrain.records.sensor_health import Health
from citybrain.records.signal_events import Event, SignalLog, Use

__all__ = ["zone_faults"]

Calls = list[NDArray[np.int64]]
FREE_SHARE = 0.75  # of what the greens could serve: a queue that lasts serves more
UPSTREAM_MIN = 40  # seen at the stop line, before a detector upstream is silent: some change lanes behind it
QUEUED_SHARE = 0.02  # of the time, that a detector upstream lies under a queue: then the zone may be right
VEHICLES_MIN = 20  # seen by others while a zone stays off


def zone_faults(log: SignalLog) -> NDArray[np.uint8]:
    """Health of every channel [n_channels]: GOOD, STUCK (zones at a stop line) or DEAD."""
    found = np.full(log.channels.use.size, Health.GOOD, np.uint8)
    calls, cycles = by_channel(log), cycles_of(log)
    for row in range(found.size):
        begin, end = intervals(log, calls[row])
        is_zone = log.channels.use[row] == Use.PRESENCE
        long = int(np.argmax(end - begin)) if begin.size else -1
        if is_zone and long >= 0 and end[long] - begin[long] >= LOCKED_S:
            if _is_free(log, (cycles, calls), row, (float(begin[long]), float(end[long]))):
                found[row] = Health.STUCK
        elif _silent_s(log, _last_s(log, calls, row)) >= LOCKED_S:
            at_line = log.channels.use[row] in (Use.PRESENCE, Use.COUNT)
            if _seen(log, calls, row) >= (VEHICLES_MIN if at_line else UPSTREAM_MIN):
                found[row] = Health.DEAD
    return found


def _last_s(log: SignalLog, calls: Calls, row: int) -> float:
    """When a channel's detector was last on: one under a standing queue counts nobody and is not silent."""
    channels = log.channels
    rows = np.flatnonzero(channels.sensor == channels.sensor[row]) if channels.sensor[row] >= 0 else [row]
    ends = [intervals(log, calls[one])[1] for one in rows]
    return max((float(end[-1]) for end in ends if end.size), default=log.begin_s)


def _silent_s(log: SignalLog, last_s: float) -> float:
    """How long nothing has been on at the end of the log."""
    return log.end_s - last_s


def _mates(log: SignalLog, row: int, uses: tuple[Use, ...]) -> NDArray[np.int64]:
    """Channels of these uses on the same lane, else of the same phase where that has one lane."""
    channels = log.channels
    phase = channels.phase == channels.phase[row]
    same = phase & (channels.lane == channels.lane[row]) & (channels.lane[row] != -1)
    good = same if same.sum() > 1 else phase & (log.phases.lanes[channels.phase[row]] == 1)
    return np.flatnonzero(good & np.isin(channels.use, uses))


def _ons(log: SignalLog, calls: Calls, row: int, low: float, high: float) -> int:
    rows = calls[row]
    time_s = log.events.time_s[rows]
    return int(((log.events.code[rows] == Event.DETECTOR_ON) & (time_s >= low) & (time_s < high)).sum())


def _seen(log: SignalLog, calls: Calls, row: int) -> int:
    """Vehicles that others saw since the zone was last on."""
    since_s = _last_s(log, calls, row)
    mates = _mates(log, row, (Use.COUNT, Use.ADVANCE))
    return max((_ons(log, calls, int(one), since_s, log.end_s) for one in mates), default=0)


def _is_free(log: SignalLog, of: tuple[Cycles, Calls], row: int, window: tuple[float, float]) -> bool:
    """Do the others say that no queue stood there throughout?"""
    cycles, calls = of
    (low, high), channels = window, log.channels
    counts = _mates(log, row, (Use.COUNT,))
    watches = _mates(log, row, (Use.ADVANCE, Use.QUEUE))
    if not counts.size and not watches.size:
        return False
    green = cycles.phase == channels.phase[row]
    span = np.array([low]), np.array([high])
    green_s = float(occupied_s(cycles.green_s[green], cycles.yellow_s[green], *span)[0])
    if counts.size:
        vehicles = sum(_ons(log, calls, int(one), low, high) for one in counts)
        if vehicles > FREE_SHARE * BASE_VPS * green_s:
            return False
    for one in watches:
        begin, end = intervals(log, calls[one])
        stands = end - begin > STANDS_S
        if float(occupied_s(begin[stands], end[stands], *span)[0]) > QUEUED_SHARE * (high - low):
            return False
    return True
