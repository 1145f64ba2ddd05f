"""The street side of the guard: who decides what a signal shows, and every change from one to the other is legal.

A live lease decides, else the signal's own plan. This is the last code before the lamps: a simulated world holds one
for its signals, a driver of real controllers one for those it serves. It needs nothing of the brain to go on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I32, I64, U8, Bool, City, Colour
from citybrain.control.fixed import FixedTime
from citybrain.control.plans import PlanPlayer
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.guard.conflicts import ConflictTable, conflict_table
from citybrain.guard.limits import Limits, SignalLimits, signal_limits
from citybrain.guard.plan_clock import NONE, PlanClock
from citybrain.guard.rules import GREEN, KEEP, Why, displayed, laws_of, new_state, step, watch
from citybrain.records.command import Commands

UNSEEN = 255  # no Colour
STILL_S = 2  # all-red at the least, before a latched signal goes over to its plan


@dataclass(frozen=True, eq=False)
class DeskTables:
    """What a desk knows of a city; made once, never changed."""

    table: SignalTable
    conflicts: ConflictTable
    limits: SignalLimits
    lease_max_s: float

    @classmethod
    def of(cls, city: City, limits: Limits | None = None) -> DeskTables:
        """The tables of a city."""
        limits = limits or Limits()
        table, conflicts = SignalTable.from_city(city), conflict_table(city)
        return cls(table, conflicts, signal_limits(city, table, conflicts, limits), limits.lease_max_s)


class SignalDesk:
    """The colours of all signals, second by second.

    A signal with a live lease goes to the wished stage as far as the rules let it (`guard.rules`). It is taken over
    when its plan next shows a stage, with the age that this has. When the lease has expired, the signal follows the
    stages of its plan, changing as legally as before, until the plan shows the very stage that it is in for at least
    the rest of the minimum green; from then on the plan plays by itself. Signals that cannot be steered always do, and
    so do those that the referee has latched: they clear the junction and begin with their plan's next stage.
    """

    def __init__(self, city: City, limits: Limits | None = None, tables: DeskTables | None = None) -> None:
        tables = tables or DeskTables.of(city, limits)
        self.table, self.limits, self._lease_max_s = tables.table, tables.limits, tables.lease_max_s
        n = self.table.n_signals
        self._player, self._fixed, self._clock = PlanPlayer(city), FixedTime(self.table), PlanClock(self.table)
        self._laws, self.state = laws_of(self.table, self.limits), new_state(self.table, self.limits)
        self._signal = city.groups.signal
        self._lead_s, self._exact = _plan_gaps(city, self._clock, self.limits)
        self._wish: I32 = np.full(n, KEEP, np.int32)
        self._expires_s: F64 = np.full(n, -np.inf)
        self._time_s = -np.inf
        self._steered: Bool = np.zeros(n, np.bool_)
        self.latched: Bool = np.zeros(n, np.bool_)
        self._clearing: I32 = np.full(n, NONE, np.int32)  # seconds since a latch took effect; NONE = on its plan
        self._shown: U8 = np.full(self.table.n_groups, UNSEEN, np.uint8)
        self._age_s: I32 = np.zeros(n, np.int32)  # for which each signal has shown the present colours
        self.why: U8 = np.zeros(n, np.uint8)  # what became of each signal's wish in the last second
        self.held = np.zeros(len(Why), np.int64)  # signal-seconds by Why, of leased signals

    def apply(self, commands: Commands) -> None:
        """Take leases; the last one of a signal counts. Raises InputError naming the first row that is not usable."""
        signal, stage, expires_s = commands.signal, commands.stage, commands.expires_s
        if not signal.shape == stage.shape == expires_s.shape or signal.ndim != 1:
            raise InputError(
                f"commands of {signal.shape}, {stage.shape}, {expires_s.shape} rows; expected equally many"
            )
        known = (signal >= 0) & (signal < self.table.n_signals)
        n_stages = np.zeros(signal.size, np.int64)
        n_stages[known] = self.table.n_stages[signal[known]]
        wrong = ~known | (stage < 0) | (stage >= np.maximum(n_stages, 1)) | ~np.isfinite(expires_s)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"command {row}: signal {signal[row]}, stage {stage[row]}, expires {expires_s[row]}; expected a signal "
                f"below {self.table.n_signals}, one of its {n_stages[row]} stages and a finite time"
            )
        self._wish[signal], self._expires_s[signal] = stage, expires_s

    def latch(self, signals: I64) -> None:
        """These signals belong to their own plans until they are released; what is leased of them ends now."""
        new = signals[~self.latched[signals]]
        self.latched[new] = True
        self._expires_s[new] = -np.inf
        self._clearing[new[self._steered[new]]] = 0

    def release(self, signals: I64) -> None:
        """End the latch of these signals: they may be leased again."""
        self.latched[signals] = False

    def follow(self, latched: I64) -> None:
        """These signals are latched, and no others."""
        gone = np.setdiff1d(np.flatnonzero(self.latched), latched)
        if gone.size:
            self.release(gone)
        if latched.size:
            self.latch(latched)

    def colours(self, time_s: float) -> U8:
        """Colours of all groups [n_groups] in the second that begins at `time_s`."""
        self._expires_s = np.minimum(self._expires_s, time_s + self._lease_max_s)
        live = (self._expires_s > time_s) & ~self.latched & self.limits.steerable
        for signal in np.flatnonzero(live & ~self._steered):
            self._take_over(int(signal))
        cleared = self._clearing != NONE
        for signal in np.flatnonzero(self._steered & ~live & ~cleared):
            self._give_back(int(signal), time_s)
        wishes = np.where(live, self._wish, self._plan_stages(time_s)).astype(np.int32)
        acting = self._steered & ~cleared
        self.why = step(self._laws, self.state, wishes, acting, ~live)
        self.held += np.bincount(self.why[acting & live], minlength=len(Why))
        colours = displayed(self._laws, self.state)
        self._player.paint(time_s, np.flatnonzero(~self._steered), colours)
        for signal in np.flatnonzero(cleared):
            self._clear(int(signal), time_s, colours)
        return colours

    @property
    def steered(self) -> Bool:
        """[n_signals] not played by its own plan in the second that `colours` was last asked for."""
        return self._steered

    def leased(self, time_s: float) -> Bool:
        """[n_signals] under a lease that is live at `time_s`: all others follow their plans."""
        return (self._expires_s > time_s) & ~self.latched & self.limits.steerable

    def see(self, shown: U8) -> None:
        """Take note of what all groups [n_groups] have displayed in the second that has passed."""
        changed = np.zeros(self.table.n_signals, np.bool_)
        changed[self._signal[shown != self._shown]] = True
        self._age_s = np.where(changed, 1, self._age_s + 1).astype(np.int32)
        watch(self._laws, self.state, shown, self._shown)
        self._shown = shown.copy()

    def _plan_stages(self, time_s: float) -> I32:
        """Stages that the plans want, early enough for those whose plans change faster than the rules do."""
        stages = self._fixed.stages_at(time_s)
        for lead_s in np.unique(self._lead_s[self._lead_s > 0]):
            early = self._fixed.stages_at(time_s + float(lead_s))
            stages = np.where(self._lead_s == lead_s, early, stages).astype(np.int32)
        return stages

    def _take_over(self, signal: int) -> None:
        """Begin to steer a signal if it shows one of its stages."""
        stage = self._stage_of(signal, self._shown)
        if stage == NONE:
            return
        self._steered[signal] = True
        state = self.state
        state.stage[signal] = state.target[signal] = stage
        state.mode[signal], state.age_s[signal] = GREEN, self._age_s[signal]

    def _give_back(self, signal: int, time_s: float) -> None:
        """Leave a signal to its plan if this goes on with what is shown, and nobody has waited too long for it."""
        state, own = self.state, self._groups(signal)
        if state.mode[signal] != GREEN or (state.red_s[own] > self.limits.turn_back_s[own]).any():
            return
        plan, age_s = self._clock.at(signal, time_s), float(state.age_s[signal])
        if plan.stage != state.stage[signal] or plan.left_s < max(float(self.limits.min_green_s[signal]) - age_s, 1.0):
            return
        if age_s + plan.left_s > self.limits.max_green_s[signal]:
            return  # it would be shown for too long
        if self._exact[signal] and plan.since_s > self._age_s[signal]:
            return  # the plan has shown it for longer: its step to the next picture would come too soon
        self._steered[signal] = False

    def _clear(self, signal: int, time_s: float, colours: U8) -> None:
        """Empty the junction of a latched signal: yellow, all-red, then the plan as soon as it begins a stage."""
        own, passed_s = self._groups(signal), int(self._clearing[signal])
        yellow_s = int(self.limits.yellow_s[signal])
        still_s = yellow_s + max(int(self.limits.all_red_s[signal]), STILL_S)
        plan = self._clock.at(signal, time_s)
        if passed_s >= still_s and plan.stage != NONE and plan.since_s < 1.0:
            self._steered[signal], self._clearing[signal] = False, NONE
            self._player.paint(time_s, np.array([signal]), colours)
            return
        goes = (self._shown[own] >= Colour.PERMISSIVE) | (self._shown[own] == Colour.YELLOW)
        yellow = goes & (passed_s < yellow_s)
        colours[own] = np.where(yellow, Colour.YELLOW, Colour.RED)
        self._clearing[signal] = passed_s + 1

    def _groups(self, signal: int) -> slice:
        return slice(int(self.table.first_group[signal]), int(self.table.first_group[signal + 1]))

    def _stage_of(self, signal: int, colours: U8) -> int:
        """Stage that a signal shows in these colours of all groups; NONE while it changes."""
        table, own = self.table, colours[self._groups(signal)]
        for row in range(int(table.stage_offset[signal]), int(table.stage_offset[signal + 1])):
            if np.array_equal(table.colours[table.colour_offset[row] : table.colour_offset[row + 1]], own):
                return row - int(table.stage_offset[signal])
        return NONE


def _plan_gaps(city: City, clock: PlanClock, limits: SignalLimits) -> tuple[I32, Bool]:
    """How much earlier the rules must begin a change than the plan does, and whose plan they would not allow.

    The plan of such a signal may not be entered in the middle of a stage: it would end it sooner than it is meant to,
    with a change that only the plan itself may make.
    """
    gaps_s = np.array([clock.shortest_gap_s(s) for s in range(limits.yellow_s.size)])
    change_s = (limits.yellow_s + limits.all_red_s).astype(np.float64)
    lead_s = np.maximum(0.0, np.ceil(change_s - gaps_s)).astype(np.int32)
    return lead_s, (lead_s > 0) | _short_yellows(city, limits)


def _short_yellows(city: City, limits: SignalLimits) -> Bool:
    """Signals whose default plan ends some green without yellow, or with one that the rules would not allow."""
    short = np.zeros(limits.yellow_s.size, np.bool_)
    phases = city.phases
    for s, plan in enumerate(city.signals.plan.tolist()):
        if plan < 0:
            continue
        first = int(city.plans.first_phase[plan])
        rows = [p for p in range(first, first + int(city.plans.n_phases[plan])) if phases.duration_s[p] > 0.0]
        shown = np.array([phases.colours[phases.colour_offset[p] : phases.colour_offset[p + 1]] for p in rows])
        after = np.roll(shown, -1, axis=0)
        ends = (shown >= Colour.PERMISSIVE) & (after < Colour.PERMISSIVE)
        quick = (phases.duration_s[np.roll(rows, -1)] < limits.yellow_s[s])[:, None]
        short[s] = bool((ends & ((after != Colour.YELLOW) | quick)).any())
    return short


__all__ = ["DeskTables", "SignalDesk"]
