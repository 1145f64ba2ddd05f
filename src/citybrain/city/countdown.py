"""How long the signals will show what they show, where they follow a fixed plan: for the people who look at them."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F32, U8, Bool, City, PlanKind
from citybrain.city.timelines import Timelines, timelines_of

CYCLE_MAX_S = 600  # longer plans are told no time of


class Countdown:
    """The default plans of a city as one table of seconds.

    A signal is told a time only while all its groups show what its plan says: another plan, an actuated one or a
    controller leaves the time unknown, and so does a cycle that is not a whole number of seconds.
    """

    def __init__(self, city: City) -> None:
        plans = timelines_of(city)
        self._signal = city.groups.signal
        self._cycle_s, self._offset_s = plans.cycle_s, plans.offset_s
        fixed = np.zeros(self._cycle_s.size, np.bool_)
        has = city.signals.plan >= 0
        fixed[has] = city.plans.kind[city.signals.plan[has]] == PlanKind.FIXED
        whole = (self._cycle_s > 0.0) & (self._cycle_s <= CYCLE_MAX_S) & (self._cycle_s % 1.0 == 0.0)
        self._known: Bool = fixed & whole
        size = np.where(self._known, self._cycle_s, 0.0).astype(np.int64)[self._signal]
        self._first = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
        self._colour: U8 = np.zeros(int(self._first[-1]), np.uint8)
        self._left: F32 = np.full(self._colour.size, np.nan, np.float32)
        for signal in np.flatnonzero(self._known).tolist():
            self._fill(plans, signal)

    def _fill(self, plans: Timelines, signal: int) -> None:
        """Every second of a signal's cycle: what each group shows, and for how long yet."""
        phases = np.arange(plans.n_phases[signal]) + plans.first_phase[signal]
        cycle_s = int(plans.cycle_s[signal])
        phase = phases[np.searchsorted(plans.end_s[phases], np.arange(cycle_s), side="right").clip(max=phases.size - 1)]
        for k in range(int(plans.n_groups[signal])):
            group = int(plans.first_group[signal]) + k
            shown = plans.colours[plans.colour_offset[phase] + k]
            rows = slice(int(self._first[group]), int(self._first[group + 1]))
            self._colour[rows], self._left[rows] = shown, _left_s(shown)

    def left_s(self, time_s: float, shown: U8, steered: Bool | None = None) -> F32:
        """Seconds until each group's colour changes [n_groups]; nan = not known. `steered` [n_signals]: by others."""
        known = self._known if steered is None else self._known & ~steered
        groups = np.flatnonzero(known[self._signal])
        signal = self._signal[groups]
        since_s = np.floor(
            time_s - self._offset_s[signal]
        )  # whole before %: a hair below 0 would become the cycle itself
        at = self._first[groups] + (since_s % self._cycle_s[signal]).astype(np.int64)
        other = np.bincount(signal, self._colour[at] != shown[groups], known.size) > 0.0
        left_s = np.full(shown.size, np.nan, np.float32)
        left_s[groups] = np.where(other[signal], np.nan, self._left[at])
        return left_s


def _left_s(shown: U8) -> F32:
    """For every second of a cycle how long its colour lasts, over the cycle's end too; nan for one that never ends."""
    twice = np.concatenate([shown, shown])
    ends = np.flatnonzero(twice[1:] != twice[:-1]) + 1
    if not ends.size:
        return np.full(shown.size, np.nan, np.float32)
    second = np.arange(shown.size)
    return (ends[np.searchsorted(ends, second, side="right") % ends.size] - second).astype(np.float32)
