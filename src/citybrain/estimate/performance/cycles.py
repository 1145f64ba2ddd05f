"""Cycles of phases, cut out of an event log: red, green, yellow, and the red after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from citybrain.records.signal_events import Event, Phases, SignalLog

__all__ = ["Cycles", "End", "cycles_of", "rows_of_phases"]

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
_GREEN, _YELLOW, _RED = 1, 2, 3
AT_LIMIT_S = 1.0  # a green so near its longest has reached it
VARIES_S = 2.0  # greens that differ by more are not fixed by a plan


class End(IntEnum):
    """Why a green ended."""

    UNKNOWN = 0
    GAP_OUT = 1
    MAX_OUT = 2
    FORCE_OFF = 3


@dataclass(frozen=True, eq=False)
class Cycles:
    """One row a cycle that was seen whole, by phase and in the order of time; arrays are [n_cycles].

    A cycle goes from begin of red to begin of red, as in the coordination diagram of Purdue.
    """

    phase: I32  # row of the log's phases
    red_s: F64  # when red began
    green_s: F64
    yellow_s: F64
    end_s: F64  # when red began again
    next_green_s: F64  # when that red ended; inf = not seen
    termination: NDArray[np.uint8]  # End

    @property
    def n(self) -> int:
        return int(self.phase.size)


def rows_of_phases(phases: Phases, device: I32, number: I32) -> I32:
    """Row of the phase of each (device, number); -1 where there is no such phase."""
    width = int(max(phases.number.max(initial=0), number.max(initial=0))) + 1
    keys = phases.device.astype(np.int64) * width + phases.number
    order = np.argsort(keys, kind="stable")
    wanted = device.astype(np.int64) * width + number
    at = np.searchsorted(keys[order], wanted)
    at = np.minimum(at, max(keys.size - 1, 0))
    if not keys.size:
        return np.full(wanted.size, -1, np.int32)
    return np.where(keys[order][at] == wanted, order[at], -1).astype(np.int32)


def cycles_of(log: SignalLog) -> Cycles:
    """All cycles of a log. Where an event is missing, the cycle is left out: begin of green, of yellow, of red.

    Red begins with the end of yellow, or with red clearance where the log has no end of yellow.
    """
    events = log.events
    state = np.zeros(events.code.size, np.int8)
    state[events.code == Event.BEGIN_GREEN] = _GREEN
    state[events.code == Event.BEGIN_YELLOW] = _YELLOW
    state[(events.code == Event.END_YELLOW) | (events.code == Event.BEGIN_RED_CLEARANCE)] = _RED
    kept = np.flatnonzero(state)
    phase = rows_of_phases(log.phases, events.device[kept], events.parameter[kept])
    kept, phase = kept[phase >= 0], phase[phase >= 0]
    order = np.argsort(phase, kind="stable")
    kept, phase = kept[order], phase[order]
    state, time_s = state[kept], events.time_s[kept]
    first = np.ones(kept.size, np.bool_)  # the first of several in a row says when it began
    first[1:] = (state[1:] != state[:-1]) | (phase[1:] != phase[:-1])
    state, time_s, phase = state[first], time_s[first], phase[first]
    return _cut(log, phase.astype(np.int32), state, time_s)


def _cut(log: SignalLog, phase: I32, state: NDArray[np.int8], time_s: F64) -> Cycles:
    last = max(state.size - 3, 0)
    begin = np.arange(last)
    whole = phase[begin] == phase[begin + 3] if last else np.zeros(0, np.bool_)
    for ahead, wanted in enumerate((_RED, _GREEN, _YELLOW, _RED)):
        whole = whole & (state[begin + ahead] == wanted)
    rows = begin[whole]
    after = np.minimum(rows + 4, max(state.size - 1, 0))
    follows = (after > rows + 3) & (state[after] == _GREEN) & (phase[after] == phase[rows])
    cycles = Cycles(
        phase[rows],
        time_s[rows],
        time_s[rows + 1],
        time_s[rows + 2],
        time_s[rows + 3],
        np.where(follows, time_s[after], np.inf) if rows.size else np.zeros(0),
        np.zeros(rows.size, np.uint8),
    )
    return Cycles(**{**vars(cycles), "termination": _terminations(log, cycles)})


def _terminations(log: SignalLog, cycles: Cycles) -> NDArray[np.uint8]:
    """Why each green ended: as the controller wrote, else by its length where greens vary and a limit is known."""
    found = _by_length(log.phases, cycles)
    codes = {Event.GAP_OUT: End.GAP_OUT, Event.MAX_OUT: End.MAX_OUT, Event.FORCE_OFF: End.FORCE_OFF}
    told = np.flatnonzero(np.isin(log.events.code, list(codes)))
    phase = rows_of_phases(log.phases, log.events.device[told], log.events.parameter[told])
    for row in np.unique(phase[phase >= 0]):
        mine = np.flatnonzero(cycles.phase == row)
        its = told[phase == row]
        at = np.searchsorted(cycles.green_s[mine], log.events.time_s[its], side="right") - 1
        good = (at >= 0) & (log.events.time_s[its] <= cycles.yellow_s[mine[np.maximum(at, 0)]] + AT_LIMIT_S)
        ends = np.array([codes[Event(code)] for code in log.events.code[its]], np.uint8)
        found[mine[at[good]]] = ends[good]
    return found


def _by_length(phases: Phases, cycles: Cycles) -> NDArray[np.uint8]:
    """A guess from green times: at the longest allowed it was cut; below it a gap ended it, unless none ever varies."""
    green_s, found = cycles.yellow_s - cycles.green_s, np.zeros(cycles.n, np.uint8)
    longest_s = phases.max_green_s[cycles.phase]
    for row in np.unique(cycles.phase[np.isfinite(longest_s)]):
        mine = np.flatnonzero(cycles.phase == row)
        at_limit = green_s[mine] >= longest_s[mine] - AT_LIMIT_S
        ended = End.GAP_OUT if np.ptp(green_s[mine]) > VARIES_S else End.UNKNOWN
        found[mine] = np.where(at_limit, End.MAX_OUT, ended)
    return found
