"""Arrivals on green of every phase, counted as they come: the share of the last quarter of an hour.

The definition is that of `arrivals.tally`: who is seen upstream is moved ahead by distance / speed, and meets the
colour that his phase shows then; a moment belongs to the colour that begins with it. What is different is the window:
whole minutes here, whole cycles there. All phases of a city are counted at once, so a second costs some array
operations whatever the city's size.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.records.signal_events import Event, Phases, SignalEvents

__all__ = ["LAG_S", "LEAST", "WINDOW_MIN", "OnGreen", "Shares", "Upstream"]

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
WINDOW_MIN = 15
LAG_S = 5.0  # for so long a report may be under way, beside what the order of events waits for
LEAST = 10  # arrivals; of fewer no share is told
LONGEST_S = 600.0  # a green, or a red, that has lasted so long may as well be a signal that has fallen silent
SPARE_MIN = 2  # the minute that is being filled, and one more
GREENS = 3  # newest greens of a phase that are remembered


class Upstream(NamedTuple):
    """Channels that see arrivals [n_channels]."""

    phase: I32  # -1 = the channel sees none
    travel_s: F64  # to the stop line
    is_loop: Bool  # not a camera at the signal before


class Shares(NamedTuple):
    """Vehicles that came in the window, those of them on green [n]; and whether a loop has told so, not a camera."""

    came: I64
    on_green: I64
    is_loop: Bool

    @property
    def share(self) -> F64:
        """Of those that came, those on green; nan where fewer than LEAST came."""
        found = np.full(self.came.size, np.nan)
        np.divide(self.on_green, self.came, out=found, where=self.came >= LEAST)
        return found

    def together(self, of: I32, n: int) -> Shares:
        """Summed up over what each belongs to [n]; what belongs to -1 is left out."""
        mine = of >= 0
        came, on_green, loops = (
            np.bincount(of[mine], values[mine], n).astype(np.int64)
            for values in (self.came, self.on_green, self.is_loop)
        )
        return Shares(came, on_green, loops > 0)


class _Arrivals(NamedTuple):
    """Vehicles on their way to the stop line [n]."""

    phase: I32
    due_s: F64  # when they would reach it unhindered
    is_loop: Bool

    def of(self, rows: Bool) -> _Arrivals:
        return _Arrivals(self.phase[rows], self.due_s[rows], self.is_loop[rows])


class OnGreen:
    """Counts arrivals of a city's phases by colour, minute by minute; it remembers the window and no more.

    Args:
        upstream: what the channels see, by their number less 1.
        lag_s: how late a report may come and still be counted in its minute.
    """

    def __init__(self, phases: Phases, upstream: Upstream, lag_s: float = LAG_S) -> None:
        n = phases.device.size
        self._upstream, self._link, self._lag_s = upstream, phases.link, lag_s
        self._first = np.searchsorted(phases.device, np.arange(int(phases.device.max(initial=-1)) + 2))
        self._begin, self._end = np.full((GREENS, n), np.inf), np.full((GREENS, n), np.inf)
        self._loops = np.zeros(int(phases.link.max(initial=-1)) + 1, np.bool_)  # links whose loops upstream have spoken
        self._waiting = _Arrivals(np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.bool_))
        self._tally = np.zeros((2, WINDOW_MIN + SPARE_MIN, n), np.int64)  # came, on green
        self._minute = -1  # that is being filled

    def see(self, events: SignalEvents, now_s: float) -> bool:
        """Take in events, in the order of time; True when a minute has ended, so that the shares are new ones."""
        self._change(events)
        found = self._arrivals(events)
        until_s = now_s - self._lag_s
        ripe = found.due_s <= until_s
        self._waiting = found.of(~ripe)
        ended = self._turn(int(until_s // 60.0))
        self._count(found.of(ripe))
        return ended

    def _change(self, events: SignalEvents) -> None:
        """Remember when greens begin and end."""
        rows = np.flatnonzero((events.code == Event.BEGIN_GREEN) | (events.code == Event.BEGIN_YELLOW))
        phase = self._first[events.device[rows]] + events.parameter[rows] - 1
        begins, time_s = events.code[rows] == Event.BEGIN_GREEN, events.time_s[rows]
        for now_s in np.unique(time_s):
            due = time_s == now_s
            self._end[0, phase[due & ~begins]] = now_s
            new = phase[due & begins]
            self._begin[1:, new], self._end[1:, new] = self._begin[:-1, new], self._end[:-1, new]
            self._begin[0, new], self._end[0, new] = now_s, np.inf

    def _arrivals(self, events: SignalEvents) -> _Arrivals:
        """Who waits to be counted, the new ones among them."""
        ahead = self._upstream
        channel = events.parameter[events.code == Event.DETECTOR_ON] - 1
        time_s = events.time_s[events.code == Event.DETECTOR_ON]
        seen = ahead.phase[channel] >= 0
        channel, due_s = channel[seen], time_s[seen] + ahead.travel_s[channel[seen]]
        phase, is_loop = ahead.phase[channel], ahead.is_loop[channel]
        self._hear(np.unique(self._link[phase[is_loop]]))
        was = self._waiting
        return _Arrivals(
            np.concatenate([was.phase, phase]),
            np.concatenate([was.due_s, due_s]),
            np.concatenate([was.is_loop, is_loop]),
        )

    def _hear(self, links: I32) -> None:
        """Loops upstream on these links have spoken: what cameras had told of them until then counts no more."""
        new = links[~self._loops[links]]
        if new.size:
            self._loops[new] = True
            self._tally[:, :, np.isin(self._link, new)] = 0

    def _turn(self, minute: int) -> bool:
        """Empty the minutes that begin; whether one has ended."""
        was, rows = self._minute, WINDOW_MIN + SPARE_MIN
        self._minute = max(was, minute)
        for fresh in range(max(was + 1, self._minute - rows + 1), self._minute + 1):
            self._tally[:, fresh % rows] = 0
        return 0 <= was < minute

    def _count(self, found: _Arrivals) -> None:
        """Book arrivals whose time has come, where it is known what their phase showed."""
        begin, end, due_s = self._begin[:, found.phase], self._end[:, found.phase], found.due_s
        green = np.asarray(((begin <= due_s) & (due_s < end)).any(axis=0))
        newest_s = np.where(begin <= due_s, begin, -np.inf).max(axis=0)
        minute = (due_s // 60.0).astype(np.int64)
        told = due_s - newest_s <= LONGEST_S
        told &= found.is_loop | ~self._loops[self._link[found.phase]]
        told &= minute > self._minute - WINDOW_MIN - SPARE_MIN
        at = minute[told] % (WINDOW_MIN + SPARE_MIN), found.phase[told]
        np.add.at(self._tally[0], at, 1)
        np.add.at(self._tally[1], at, green[told])

    def shares(self) -> Shares:
        """Of the last WINDOW_MIN whole minutes, by phase."""
        rows = [(self._minute - k) % (WINDOW_MIN + SPARE_MIN) for k in range(1, WINDOW_MIN + 1)]
        came, on_green = self._tally[:, rows].sum(axis=1)
        return Shares(came, on_green, self._loops[self._link])
