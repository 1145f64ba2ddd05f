"""What of the plans in force may be timed: their green steps in order, and the changes between them.

A *step* is a phase of the plan that gives somebody green (a stage, see `control.table`); yellow, all red and time for
people on foot lie between two steps and are never shortened. A step may be left out where every group keeps the best
colour that the plan ever gives it in another step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from citybrain.city.model import F64, I32, I64, U8, City, Colour
from citybrain.city.replan import NewPlan, with_plans
from citybrain.control.stages import between, loses_right
from citybrain.control.table import are_stages

__all__ = ["Skeleton", "Timing", "skeleton_of"]

Change = tuple[tuple[float, U8], ...]  # (duration_s, colours) of each phase between two steps
LONG_CHANGE_S = 3.0  # by which a change that people on foot walk in is longer than yellow and all red


@dataclass(frozen=True, eq=False)
class Timing:
    """Times of a whole city; `green_s` [n_steps] in the order of the skeleton, 0 = left out; `offset_s` [n_signals]."""

    green_s: F64
    offset_s: F64

    def copy(self) -> Timing:
        return Timing(self.green_s.copy(), self.offset_s.copy())


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Steps of all signals; a signal's are `step_offset[s] : step_offset[s + 1]` (none = it is not timed)."""

    city: City
    step_offset: I64
    signal: I32  # [n_steps]
    colours: tuple[U8, ...]  # [n_steps] colours of the signal's groups
    given_s: F64  # [n_steps] green in the plan in force
    least_s: F64  # [n_steps] minimum green
    after: tuple[Change, ...]  # [n_steps] what follows in the plan
    may_drop: tuple[bool, ...]  # [n_signals] steps may be left out
    begin_s: F64  # [n_signals] begin of the first step after that of the plan
    _changes: dict[tuple[int, int], Change] = field(default_factory=dict)

    def steps(self, signal: int) -> range:
        """Steps of a signal."""
        return range(int(self.step_offset[signal]), int(self.step_offset[signal + 1]))

    def used(self, signal: int, timing: Timing) -> list[int]:
        """Steps of a signal that the timing shows."""
        return [k for k in self.steps(signal) if timing.green_s[k] > 0.0]

    def timed(self) -> list[int]:
        """Signals with a plan to time."""
        return [s for s in range(len(self.city.signals.signal_id)) if len(self.steps(s)) > 0]

    def change(self, step: int, following: int) -> Change:
        """Phases between two steps of a signal."""
        key = step, following
        if key not in self._changes:
            self._changes[key] = self._make_change(step, following)
        return self._changes[key]

    def change_s(self, step: int, following: int) -> float:
        """How long they last."""
        return sum(duration_s for duration_s, _ in self.change(step, following))

    def lost_s(self, used: list[int]) -> float:
        """Seconds a cycle that no step has, when these are shown in turn."""
        return sum(self.change_s(a, b) for a, b in _round(used))

    def cycle_s(self, signal: int, timing: Timing) -> float:
        """Length of the signal's cycle; 0 where it has no plan."""
        used = self.used(signal, timing)
        return float(timing.green_s[used].sum()) + self.lost_s(used)

    def given(self) -> Timing:
        """The plans in force, as far as a timing can say them."""
        plans, signals = self.city.plans, self.city.signals
        offset_s = np.where(signals.plan >= 0, plans.offset_s[signals.plan] if len(plans.offset_s) else 0.0, 0.0)
        return Timing(self.given_s.copy(), offset_s + self.begin_s)

    def plan(self, signal: int, timing: Timing, name: str) -> NewPlan:
        """The signal's new plan: it begins with its first step, at its offset."""
        used = self.used(signal, timing)
        rows: list[tuple[float, U8]] = []
        for step, following in _round(used):
            rows.append((float(timing.green_s[step]), self.colours[step]))
            rows.extend(self.change(step, following))
        cycle_s = sum(row[0] for row in rows)
        plan_id = f"{self.city.signals.signal_id[signal]}:{name}"
        offset_s = float(timing.offset_s[signal]) % cycle_s
        return NewPlan(plan_id, signal, offset_s, np.array([r[0] for r in rows]), np.array([r[1] for r in rows]))

    def timed_city(self, timing: Timing, name: str = "retimed") -> City:
        """The city with this timing in force."""
        return with_plans(self.city, [self.plan(s, timing, name) for s in self.timed()])

    def _make_change(self, step: int, following: int) -> Change:
        steps = self.steps(int(self.signal[step]))
        own = self.after[step]
        next_step = steps[(step - steps.start + 1) % len(steps)]
        shows_yellow = any((colours == Colour.YELLOW).any() for _, colours in own)
        before, after = self.colours[step], self.colours[following]
        if not loses_right(before, after):
            return own if following == next_step else ()
        if following == next_step and shows_yellow:
            return own
        yellow_s, red_s = self._clearance_s(int(self.signal[step]))
        if following == next_step:
            red_s = max(red_s, sum(duration_s for duration_s, _ in own) - yellow_s)
        parts = ((yellow_s, True), (red_s, False))
        return tuple((time_s, _colours_between(before, after, yellow)) for time_s, yellow in parts if time_s > 0.0)

    def _clearance_s(self, signal: int) -> tuple[float, float]:
        rows = self.city.signals
        return math.ceil(rows.yellow_s[signal]), math.ceil(rows.all_red_s[signal])


def _round(used: list[int]) -> list[tuple[int, int]]:
    """Each step with the one after it, the first after the last."""
    return list(zip(used, used[1:] + used[:1], strict=True))


def _colours_between(before: U8, after: U8, yellow: bool) -> U8:
    return np.array([between(int(a), int(b), yellow) for a, b in zip(before, after, strict=True)], np.uint8)


def skeleton_of(city: City, least_green_s: float = 5.0) -> Skeleton:
    """Read the steps of every plan in force; `least_green_s` counts where a signal's own minimum is shorter."""
    offset, rows = [0], list[tuple[int, U8, float, float, Change]]()
    may_drop = []
    for signal in range(len(city.signals.signal_id)):
        found = _read(city, signal, least_green_s)
        clear_s = float(city.signals.yellow_s[signal] + city.signals.all_red_s[signal]) + LONG_CHANGE_S
        may_drop.append(all(sum(d for d, _ in row[4]) <= clear_s for row in found))
        rows += found
        offset.append(len(rows))
    return Skeleton(
        city=city,
        step_offset=np.array(offset, np.int64),
        signal=np.array([row[0] for row in rows], np.int32),
        colours=tuple(row[1] for row in rows),
        given_s=np.array([row[2] for row in rows], np.float64),
        least_s=np.array([row[3] for row in rows], np.float64),
        after=tuple(row[4] for row in rows),
        may_drop=tuple(may_drop),
        begin_s=np.array([_begin_s(city, signal) for signal in range(len(may_drop))]),
    )


def _read(city: City, signal: int, least_green_s: float) -> list[tuple[int, U8, float, float, Change]]:
    """Steps of one signal: (signal, colours, green, minimum, change after it)."""
    first, shown, stages = _stages(city, signal)
    n, duration_s = len(shown), city.phases.duration_s
    least_s = math.ceil(max(least_green_s, float(city.signals.min_green_s[signal])))
    rows = []
    for k, following in zip(stages, stages[1:] + stages[:1], strict=True):
        gap = [(k + j) % n for j in range(1, ((following - k - 1) % n) + 1)]
        change = tuple((float(duration_s[first + p]), shown[p]) for p in gap if duration_s[first + p] > 0.0)
        given_s = float(duration_s[first + k])
        rows.append((signal, shown[k], given_s, min(float(least_s), given_s), change))
    return rows


def _stages(city: City, signal: int) -> tuple[int, U8, list[int]]:
    """First phase of the plan in force, what each shows [n_phases, n_groups], and which of them are steps."""
    plan = int(city.signals.plan[signal])
    if plan < 0:
        return 0, np.zeros((0, 0), np.uint8), []
    first, n = int(city.plans.first_phase[plan]), int(city.plans.n_phases[plan])
    offset, duration_s = city.phases.colour_offset, city.phases.duration_s
    shown = np.array([city.phases.colours[offset[p] : offset[p + 1]] for p in range(first, first + n)])
    return first, shown, [k for k, stage in enumerate(are_stages(shown)) if stage and duration_s[first + k] > 0.0]


def _begin_s(city: City, signal: int) -> float:
    first, _, stages = _stages(city, signal)
    return float(city.phases.duration_s[first : first + stages[0]].sum()) if stages else 0.0
