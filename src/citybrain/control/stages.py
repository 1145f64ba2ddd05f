"""From wished stages to shown colours: minimum green, yellow and all-red of every signal, counted second by second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from citybrain.city.model import I32, I64, U8, Bool, City, Colour
from citybrain.control.plans import PlanPlayer
from citybrain.control.table import SignalTable
from citybrain.errors import InputError

__all__ = ["ALL_RED", "GREEN", "YELLOW", "SignalTable", "StageMachine", "StageState", "advance", "show"]

GREEN, YELLOW, ALL_RED = 0, 1, 2  # modes of a signal
KEEP = -1  # the wish to stay

_RED = int(Colour.RED)
_YELLOW = int(Colour.YELLOW)
_OFF = int(Colour.OFF)
_STOP_THEN_GO = int(Colour.STOP_THEN_GO)
_PERMISSIVE = int(Colour.PERMISSIVE)


class StageState(NamedTuple):
    """Where every signal stands; all [n_signals]."""

    stage: I32  # shown now, or left while changing; place within the signal
    target: I32  # on the way to; equal to stage in GREEN
    mode: U8  # GREEN, YELLOW, ALL_RED
    age_s: I32  # how long the mode has been shown


class _Laws(NamedTuple):
    """What the kernels need of a SignalTable."""

    first_group: I32
    stage_offset: I64
    colour_offset: I64
    colours: U8
    min_green_s: I32
    yellow_s: I32
    all_red_s: I32


def initial_state(table: SignalTable, stage: I32 | None = None) -> StageState:
    """All signals at the start of the green of `stage` [n_signals] (default: their first)."""
    start = np.zeros(table.n_signals, np.int32) if stage is None else stage.astype(np.int32)
    return StageState(start, start.copy(), np.zeros(table.n_signals, np.uint8), np.zeros(table.n_signals, np.int32))


def advance(table: SignalTable, state: StageState, wishes: I32) -> StageState:
    """State of the coming second when these stages are wished (KEEP = stay); the given state is not changed.

    A wish counts when the green has lasted the minimum, and not during a change. Groups that lose their green show
    yellow, then all groups not green in both stages show red, then the new stage begins. A change in which nobody
    loses green needs no clearing and happens at once.
    """
    after = StageState(state.stage.copy(), state.target.copy(), state.mode.copy(), state.age_s.copy())
    _advance(_laws(table), after, wishes)
    return after


def show(table: SignalTable, state: StageState) -> U8:
    """Colours of all groups [n_groups] in this state."""
    colours = np.full(table.n_groups, _OFF, np.uint8)
    _show(_laws(table), state, colours)
    return colours


class StageMachine:
    """Runs all signals of a city. Signals with fewer than two stages play their own plan."""

    def __init__(self, city: City, table: SignalTable, stage: I32 | None = None) -> None:
        self.table = table
        self.state = initial_state(table, stage)
        self._laws = _laws(table)
        self._player = PlanPlayer(city)
        self._plays_plan = np.flatnonzero(table.n_stages < 2)

    def step(self, wishes: I32, time_s: float) -> U8:
        """Take the wishes [n_signals] at `time_s` and give the colours [n_groups] of the second that begins then.

        Raises InputError where a wish names no stage of its signal.
        """
        wrong = np.flatnonzero((wishes < KEEP) | (wishes >= np.maximum(self.table.n_stages, 1)))
        if wrong.size:
            signal = int(wrong[0])
            n_stages = int(self.table.n_stages[signal])
            raise InputError(f"signal {signal}: wish {wishes[signal]}; expected {KEEP} to {n_stages - 1}")
        self.state = advance(self.table, self.state, wishes)
        colours = show(self.table, self.state)
        self._player.paint(time_s, self._plays_plan, colours)
        return colours


def loses_right(before: U8, after: U8) -> bool:
    """Whether some group that flows (may pass without having stopped) has less right of way after: a change is due."""
    flowed, will = _flowing(before), _flowing(after)
    return bool((flowed & ((after < before) | ~will)).any())


def _flowing(colours: U8) -> Bool:
    return np.asarray((colours == _OFF) | (colours >= _PERMISSIVE))


def _laws(table: SignalTable) -> _Laws:
    return _Laws(*(getattr(table, name) for name in _Laws._fields))


@njit(cache=True, nogil=True)
def _advance(laws: _Laws, state: StageState, wishes: I32) -> None:
    for s in range(len(state.stage)):
        if laws.stage_offset[s + 1] - laws.stage_offset[s] < 2:
            continue
        if state.mode[s] == GREEN:
            wished = wishes[s] != KEEP and wishes[s] != state.stage[s]
            if wished and state.age_s[s] >= laws.min_green_s[s]:
                state.target[s] = wishes[s]
                state.age_s[s] = 0
                state.mode[s] = YELLOW if _loses_right(laws, s, state.stage[s], wishes[s]) else GREEN
        if state.mode[s] == YELLOW and state.age_s[s] >= laws.yellow_s[s]:
            state.mode[s] = ALL_RED
            state.age_s[s] = 0
        if state.mode[s] == ALL_RED and state.age_s[s] >= laws.all_red_s[s]:
            state.mode[s] = GREEN
            state.age_s[s] = 0
        if state.mode[s] == GREEN:
            state.stage[s] = state.target[s]
        state.age_s[s] += 1


@njit(cache=True, nogil=True)
def _loses_right(laws: _Laws, signal: int, stage: int, target: int) -> bool:
    before = laws.colour_offset[laws.stage_offset[signal] + stage]
    after = laws.colour_offset[laws.stage_offset[signal] + target]
    for g in range(laws.first_group[signal + 1] - laws.first_group[signal]):
        colour, next_colour = laws.colours[before + g], laws.colours[after + g]
        if _flows(colour) and (next_colour < colour or not _flows(next_colour)):
            return True
    return False


@njit(cache=True, nogil=True)
def _flows(colour: int) -> bool:
    """Vehicles may pass without having stopped."""
    return colour == _OFF or colour >= _PERMISSIVE


@njit(cache=True, nogil=True)
def _show(laws: _Laws, state: StageState, colours: U8) -> None:
    for s in range(len(state.stage)):
        if laws.stage_offset[s + 1] - laws.stage_offset[s] < 2:
            continue
        before = laws.colour_offset[laws.stage_offset[s] + state.stage[s]]
        after = laws.colour_offset[laws.stage_offset[s] + state.target[s]]
        first = laws.first_group[s]
        for g in range(laws.first_group[s + 1] - first):
            if state.mode[s] == GREEN:
                colours[first + g] = laws.colours[after + g]
            else:
                yellow = state.mode[s] == YELLOW
                colours[first + g] = between(laws.colours[before + g], laws.colours[after + g], yellow)


@njit(cache=True, nogil=True)
def between(before: int, after: int, yellow: bool) -> int:
    """Colour of a group on its way from one stage to the next.

    Who flows in both goes on under the weaker right of way. Who stops before going anyway (STOP_THEN_GO) needs no
    yellow, and keeps its arrow if it does not lose it.
    """
    flowed, will_flow = _flows(before), _flows(after)
    if flowed and will_flow:
        return min(before, after)
    if flowed and yellow:
        return _YELLOW
    if before == _STOP_THEN_GO and (will_flow or after == _STOP_THEN_GO):
        return _STOP_THEN_GO
    return _RED
