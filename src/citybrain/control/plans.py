"""A city's own plans, shown phase by phase as given, yellow and all-red included."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from citybrain.city.model import F64, I32, I64, U8, City, Colour

_OFF = int(Colour.OFF)


class _Plans(NamedTuple):
    first_group: I32  # [n_signals]
    n_groups: I32
    first_phase: I32  # [n_signals]; of the default plan
    n_phases: I32  # 0 = no plan: the signal is off
    offset_s: F64
    cycle_s: F64
    end_s: F64  # [n_phases] end of each phase after the start of its cycle
    colour_offset: I64
    colours: U8


class PlanPlayer:
    """Shows every signal's default plan: its first phase begins at `offset_s` and again every cycle, as in SUMO."""

    def __init__(self, city: City) -> None:
        self._n_groups = len(city.groups.group_id)
        self._every = np.arange(len(city.signals.signal_id))
        self._plans = _default_plans(city)

    def colours(self, time_s: float) -> U8:
        """Colours of all groups [n_groups] (Colour) in the second that begins at `time_s`."""
        colours = np.full(self._n_groups, _OFF, np.uint8)
        self.paint(time_s, self._every, colours)
        return colours

    def paint(self, time_s: float, signals: I64, colours: U8) -> None:
        """Write the colours of these signals into `colours` [n_groups]; leave the others."""
        _paint(self._plans, time_s, signals, colours)


def _default_plans(city: City) -> _Plans:
    plan, plans = city.signals.plan, city.plans
    has_plan = plan >= 0
    elapsed_s = np.concatenate([np.zeros(1), np.cumsum(city.phases.duration_s)])
    end_s = elapsed_s[1:] - elapsed_s[plans.first_phase][city.phases.plan]
    cycle_s = elapsed_s[plans.first_phase + plans.n_phases] - elapsed_s[plans.first_phase]

    def of_default(column: Any) -> Any:
        out = np.zeros(len(plan), column.dtype)
        out[has_plan] = column[plan[has_plan]]
        return out

    return _Plans(
        first_group=city.signals.first_group.copy(),
        n_groups=city.signals.n_groups.copy(),
        first_phase=of_default(plans.first_phase),
        n_phases=of_default(plans.n_phases),
        offset_s=of_default(plans.offset_s),
        cycle_s=of_default(cycle_s),
        end_s=end_s,
        colour_offset=city.phases.colour_offset.copy(),
        colours=city.phases.colours.copy(),
    )


@njit(cache=True, nogil=True)
def _paint(plans: _Plans, time_s: float, signals: I64, colours: U8) -> None:
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
