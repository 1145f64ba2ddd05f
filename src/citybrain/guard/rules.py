"""A wish becomes a legal request: whatever is wished, a signal changes only as the street allows.

One call a second for all signals. A signal is in one of three modes: it shows a stage (GREEN), or it is on its way to
another one: who loses right of way shows yellow (YELLOW), then all who are not green in both stages show red (ALL_RED).
A wish is a stage, and counts while a signal shows one:

* a stage is shown at least the minimum green, yellow and all-red last at least what they must;
* a stage that lets streams cross is never entered;
* a group that has been red for as long as is tolerable has its stage go first, whatever is wished (the longest wait
  first; there is time for all stages of the signal one after the other);
* a stage is shown at most the maximum green; then the stage goes whose groups have waited longest;
* a signal changes its stage at most so often within a time; wishes beyond it are held back, and some changes are kept
  for the way back to its own plan.

Nothing here looks at what a wish is for. But for the table of stages nothing is shared with those that wish: the
kernels that show a change stand here and in `control/stages.py` on purpose, so that a fault in one is not a fault in
both.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit

from citybrain.city.model import I32, I64, U8, Bool, Colour
from citybrain.control.table import SignalTable
from citybrain.guard.limits import SignalLimits

__all__ = [
    "ALL_RED",
    "GREEN",
    "KEEP",
    "YELLOW",
    "Laws",
    "RuleState",
    "Why",
    "displayed",
    "laws_of",
    "new_state",
    "step",
    "watch",
]

GREEN, YELLOW, ALL_RED = 0, 1, 2  # modes of a signal
KEEP = -1  # the wish to stay
RETURNS_MAX = 20  # changes above the budget that are left for the way back to a signal's own plan

_RED = int(Colour.RED)
_YELLOW = int(Colour.YELLOW)
_OFF = int(Colour.OFF)
_STOP_THEN_GO = int(Colour.STOP_THEN_GO)
_PERMISSIVE = int(Colour.PERMISSIVE)


class Why(IntEnum):
    """What became of a wish in one second."""

    SERVED = 0  # shown, begun, or no wish
    CHANGING = 1  # the signal is between two stages
    MIN_GREEN = 2  # held back: the green is too young
    NO_STAGE = 3  # held back: there is no such stage, or streams cross in it
    BUDGET = 4  # held back: too many changes
    STARVING = 5  # overruled: another stage has waited too long
    MAX_GREEN = 6  # overruled: the stage has been shown too long


_SERVED, _CHANGING, _MIN_GREEN, _NO_STAGE, _BUDGET, _STARVING, _MAX_GREEN = map(int, Why)


class Laws(NamedTuple):
    """What the kernels know of a city's signals."""

    first_group: I32  # [n_signals + 1]
    stage_offset: I64
    colour_offset: I64
    colours: U8
    min_green_s: I32  # [n_signals]
    yellow_s: I32
    all_red_s: I32
    max_green_s: I32
    red_due_s: I32  # [n_groups]
    serving: I32
    stage_open: Bool  # [n_stages]
    changes_s: int
    returns_max: int


class RuleState(NamedTuple):
    """Where every signal stands. Arrays are changed in place by `step` and `watch`."""

    stage: I32  # [n_signals] shown now, or left while changing; place within the signal
    target: I32  # on the way to; equal to stage in GREEN
    mode: U8
    age_s: I32  # how long the mode has been shown
    red_s: I32  # [n_groups] for how long each group has been red
    changed_s: I32  # [n_signals, changes_max + RETURNS_MAX] seconds of the newest changes, oldest at `turn`
    turn: I32  # [n_signals]
    second: I32  # [1] seconds that have been shown


def laws_of(table: SignalTable, limits: SignalLimits) -> Laws:
    """The kernels' view of a table and its limits."""
    return Laws(
        table.first_group,
        table.stage_offset,
        table.colour_offset,
        table.colours,
        limits.min_green_s,
        limits.yellow_s,
        limits.all_red_s,
        limits.max_green_s,
        limits.red_due_s,
        limits.serving,
        limits.stage_open,
        limits.changes_s,
        RETURNS_MAX,
    )


def new_state(table: SignalTable, limits: SignalLimits) -> RuleState:
    """All signals at the start of their first stage; nobody has waited, nothing has changed."""
    n = table.n_signals
    whole, zero = np.zeros(n, np.int32), np.zeros(1, np.int32)
    changed_s = np.full((n, limits.changes_max + RETURNS_MAX), -(limits.changes_s + 1), np.int32)
    red_s = np.zeros(table.n_groups, np.int32)
    return RuleState(whole, whole.copy(), np.zeros(n, np.uint8), whole.copy(), red_s, changed_s, whole.copy(), zero)


def step(laws: Laws, state: RuleState, wishes: I32, steered: Bool, returning: Bool) -> U8:
    """Bring all `steered` signals into the coming second; what became of each wish (Why). Arrays are [n_signals].

    The wishes of those `returning` are their own plan's.
    """
    why = np.zeros(steered.size, np.uint8)
    _step(laws, state, wishes, (steered, returning), why)
    return why


def watch(laws: Laws, state: RuleState, shown: U8, before: U8) -> None:
    """Take note of what all groups [n_groups] have displayed in the second that has passed, and in the one before."""
    _watch(laws, state, shown, before)


def displayed(laws: Laws, state: RuleState) -> U8:
    """Colours of all groups [n_groups] in this state."""
    colours = np.full(state.red_s.size, _OFF, np.uint8)
    _display(laws, state, colours)
    return colours


@njit(cache=True, nogil=True)
def _step(laws: Laws, state: RuleState, wishes: I32, who: tuple[Bool, Bool], why: U8) -> None:
    steered, returning = who
    for s in range(steered.size):
        if not steered[s] or laws.stage_offset[s + 1] - laws.stage_offset[s] < 2:
            continue
        why[s] = _CHANGING
        if state.mode[s] == GREEN:
            wish, why[s] = _allowed(laws, state, s, wishes[s], returning[s])
            if wish != KEEP:
                state.target[s] = wish
                state.age_s[s] = 0
                state.mode[s] = YELLOW if _loses_right(laws, s, state.stage[s], wish) else GREEN
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
def _allowed(laws: Laws, state: RuleState, s: int, wish: int, returning: bool) -> tuple[int, int]:
    """The stage that signal `s` is to leave for now, KEEP for none, and why."""
    stage, first = state.stage[s], laws.stage_offset[s]
    n_stages, why = laws.stage_offset[s + 1] - first, _SERVED
    if wish != KEEP and (wish < 0 or wish >= n_stages or not laws.stage_open[first + wish]):
        wish, why = KEEP, _NO_STAGE
    if wish == stage:
        wish = KEEP
    waiting, overdue_s = _most_overdue(laws, state, s)
    if waiting != KEEP and overdue_s >= 0:
        why = _SERVED if wish == waiting else _STARVING
        wish = waiting
    else:
        if wish != KEEP and _exhausted(laws, state, s, returning):
            wish, why = KEEP, _BUDGET
        if wish == KEEP and state.age_s[s] >= laws.max_green_s[s]:
            wish, why = (waiting if waiting != KEEP else _next_open(laws, s, stage)), _MAX_GREEN
    if wish == KEEP:
        return KEEP, why
    if state.age_s[s] < laws.min_green_s[s]:
        return KEEP, _MIN_GREEN
    return wish, why


@njit(cache=True, nogil=True)
def _exhausted(laws: Laws, state: RuleState, s: int, returning: bool) -> bool:
    """No change is left to signal `s` for now. Some are kept for the way back to its plan."""
    kept = 0 if returning else laws.returns_max
    oldest_s = state.changed_s[s, (state.turn[s] + kept) % state.changed_s.shape[1]]
    return bool(state.second[0] - oldest_s < laws.changes_s)


@njit(cache=True, nogil=True)
def _most_overdue(laws: Laws, state: RuleState, s: int) -> tuple[int, int]:
    """The stage, not the present one, whose group is nearest to or furthest past the end of its patience."""
    found, worst_s = KEEP, -(1 << 30)
    for g in range(laws.first_group[s], laws.first_group[s + 1]):
        stage = laws.serving[g]
        if stage < 0 or stage == state.stage[s] or not laws.stage_open[laws.stage_offset[s] + stage]:
            continue
        overdue_s = state.red_s[g] - laws.red_due_s[g]
        if state.red_s[g] > 0 and overdue_s > worst_s:
            found, worst_s = stage, overdue_s
    return found, worst_s


@njit(cache=True, nogil=True)
def _next_open(laws: Laws, s: int, stage: int) -> int:
    """The stage after this one that may be entered; KEEP if there is none."""
    first = laws.stage_offset[s]
    n_stages = laws.stage_offset[s + 1] - first
    for k in range(1, n_stages):
        other = int((stage + k) % n_stages)
        if laws.stage_open[first + other]:
            return other
    return KEEP


@njit(cache=True, nogil=True)
def _watch(laws: Laws, state: RuleState, shown: U8, before: U8) -> None:
    state.second[0] += 1
    for s in range(state.stage.size):
        begins = False
        for g in range(laws.first_group[s], laws.first_group[s + 1]):
            state.red_s[g] = 0 if shown[g] >= _OFF else state.red_s[g] + 1
            begins |= shown[g] >= _PERMISSIVE and before[g] < _PERMISSIVE
        if begins:
            state.changed_s[s, state.turn[s]] = state.second[0]
            state.turn[s] = (state.turn[s] + 1) % state.changed_s.shape[1]


@njit(cache=True, nogil=True)
def _loses_right(laws: Laws, signal: int, stage: int, target: int) -> bool:
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
def _display(laws: Laws, state: RuleState, colours: U8) -> None:
    for s in range(state.stage.size):
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
                colours[first + g] = _between(laws.colours[before + g], laws.colours[after + g], yellow)


@njit(cache=True, nogil=True)
def _between(before: int, after: int, yellow: bool) -> int:
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
