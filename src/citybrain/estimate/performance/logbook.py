"""What every signal's controller would have logged in the last hour, kept while the city runs.

The events are those that `citybrain diagnose` makes of a recorded day, by the same recorder, so that a live figure and
one of the diagnosis are the same figure. They are kept beside the brain's memory: nothing that is decided rests on
them, and after a restart they are made again from the recording.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.estimate.performance.on_green import LAG_S, OnGreen, Shares, Upstream
from citybrain.estimate.performance.recorder import PULSE_S, Recorder, ons
from citybrain.estimate.performance.ring import EventRing
from citybrain.records.observations import Observations
from citybrain.records.signal_events import Event, Phases, SignalEvents, SignalLog, join_events

__all__ = ["Logbook"]


class Logbook:
    """The newest events of all signals of a city; a log of one of them when it is asked for.

    Args:
        begin_s: of the city's clock, when the first batch begins.
        keep_s: how long events are kept.
        bytes_max: most memory that they take; where it is not enough, less than `keep_s` is kept.
        late_s: how much later than its time a batch's row may come.
    """

    def __init__(self, city: City, begin_s: float, keep_s: float, bytes_max: int, late_s: float = 0.0) -> None:
        self.city, self.begin_s, self.now_s = city, begin_s, begin_s
        self.recorder = Recorder(city, begin_s)
        self.ring = EventRing(len(city.signals.signal_id), keep_s, bytes_max)
        self._loops_tell = False
        self._pulses = self.recorder.pulses()
        self._on_green = OnGreen(self.phases, Upstream(*self.recorder.upstream()), late_s + LAG_S)

    @property
    def phases(self) -> Phases:
        """What always gets green together on one approach, of all signals."""
        return self.recorder.map.phases

    @property
    def coarse(self) -> bool:
        """Whether detectors report, but over more than two seconds, so that they say nothing about a single green."""
        return self.recorder.coarse_rows > 0 and self.recorder.fine_rows == 0

    def take(self, seen: Observations) -> Shares | None:
        """Take in what has become available by `seen.time_s`; arrivals on green by phase, where a minute has ended."""
        self.recorder.take(seen)
        events = self.recorder.drain()
        self.ring.add(self._short(events), seen.time_s)
        self.now_s = seen.time_s
        self._loops_tell = self._loops_tell or self._hears(events)
        return self._on_green.shares() if self._on_green.see(events, seen.time_s) else None

    def _short(self, events: SignalEvents) -> SignalEvents:
        """Without what another event says as well: the end of a pulse, and the second names of yellow and red."""
        code = events.code
        twice = (code == Event.GREEN_END) | (code == Event.BEGIN_RED_CLEARANCE)
        off = np.flatnonzero(code == Event.DETECTOR_OFF)
        twice[off] = self._pulses[events.parameter[off] - 1]
        return picked(events, ~twice)

    def _whole(self, events: SignalEvents) -> SignalEvents:
        """With the ends of pulses again."""
        on = np.flatnonzero(events.code == Event.DETECTOR_ON)
        ended = picked(events, on[self._pulses[events.parameter[on] - 1]])
        code = np.full(ended.time_s.size, Event.DETECTOR_OFF, np.int16)
        return join_events([events, SignalEvents(ended.time_s + PULSE_S, ended.device, code, ended.parameter)])

    def _hears(self, events: SignalEvents) -> bool:
        rows = np.unique(events.parameter[events.code == Event.DETECTOR_ON]) - 1
        return self.recorder.loops_tell(rows, np.ones(rows.size, np.int64))

    def by_group(self, shares: Shares) -> Shares:
        """Of phases, as of the groups that they hold [n_groups]."""
        phase = self.recorder.map.group_phase
        known = phase >= 0
        at = np.maximum(phase, 0)
        none = np.zeros(phase.size, np.int64)
        if not shares.came.size:
            return Shares(none, none, none > 0)
        return Shares(np.where(known, shares.came[at], 0), np.where(known, shares.on_green[at], 0), shares.is_loop[at])

    def by_signal(self, shares: Shares) -> Shares:
        """Of phases, summed up over their signals [n_signals]."""
        return shares.together(self.phases.device, len(self.city.signals.signal_id))

    def rows_of(self, signal: int) -> slice:
        """Rows of a signal's phases: they stand together."""
        first, last = np.searchsorted(self.phases.device, [signal, signal + 1])
        return slice(int(first), int(last))

    def log(self, signal: int, from_s: float = -np.inf, to_s: float = np.inf) -> SignalLog:
        """The log of a signal after `from_s`, up to `to_s`, as far as it is kept.

        Its phases are the signal's own, from row 0 on; its devices are all signals.
        """
        end_s = min(self.now_s, to_s)
        events = self._whole(self.ring.of(signal, from_s))
        events = picked(events, slice(int(np.searchsorted(events.time_s, to_s, side="right"))))
        rows = self.recorder.channel_rows(signal)
        table = self.recorder.table(rows, ons(events, rows + 1), self._loops_tell)
        own = self.rows_of(signal)
        begin_s = min(max(self.begin_s, from_s, self.ring.since_s()), end_s)
        table = type(table)(**{**vars(table), "phase": table.phase - np.int32(own.start)})
        city = self.city
        return SignalLog(
            city.signals.signal_id, events, phases_in(self.phases, own), table, begin_s, end_s, city.links.link_id
        )


def picked(events: SignalEvents, rows: slice | NDArray[np.generic]) -> SignalEvents:
    """Some of the events."""
    return SignalEvents(events.time_s[rows], events.device[rows], events.code[rows], events.parameter[rows])


def phases_in(phases: Phases, rows: slice) -> Phases:
    """Some phases that stand together, as a table of their own."""
    ends = phases.exit_offset[rows.start : rows.stop + 1]
    return Phases(
        phases.device[rows],
        phases.number[rows],
        phases.name[rows],
        phases.lanes[rows],
        phases.min_green_s[rows],
        phases.max_green_s[rows],
        phases.link[rows],
        phases.feeder[rows],
        ends - ends[0],
        phases.exit[ends[0] : ends[-1]],
    )
