"""A city's own plans, shown phase by phase as given, yellow and all-red included."""

from __future__ import annotations

import numpy as np
from numba import njit

from citybrain.city.model import I64, U8, City, Colour
from citybrain.city.timelines import Timelines, timelines_of

_OFF = int(Colour.OFF)


class PlanPlayer:
    """Shows every signal's default plan: its first phase begins at `offset_s` and again every cycle, as in SUMO."""

    def __init__(self, city: City) -> None:
        self._n_groups = len(city.groups.group_id)
        self._every = np.arange(len(city.signals.signal_id))
        self._plans = timelines_of(city)

    def colours(self, time_s: float) -> U8:
        """Colours of all groups [n_groups] (Colour) in the second that begins at `time_s`."""
        colours = np.full(self._n_groups, _OFF, np.uint8)
        self.paint(time_s, self._every, colours)
        return colours

    def paint(self, time_s: float, signals: I64, colours: U8) -> None:
        """Write the colours of these signals into `colours` [n_groups]; leave the others."""
        _paint(self._plans, time_s, signals, colours)


@njit(cache=True, nogil=True)
def _paint(plans: Timelines, time_s: float, signals: I64, colours: U8) -> None:
    for s in signals:
        first, n_phases = plans.first_phase[s], plans.n_phases[s]
        if n_phases == 0:
            continue
        in_cycle_s = (time_s - plans.offset_s[s]) % plans.cycle_s[s] if plans.cycle_s[s] > 0.0 else 0.0
        phase = first
        while phase < first + n_phases - 1 and plans.end_s[phase] <= in_cycle_s:
            phase += 1
        for g in range(plans.n_groups[s]):
            colours[plans.first_group[s] + g] = plans.colours[plans.colour_offset[phase] + g]
