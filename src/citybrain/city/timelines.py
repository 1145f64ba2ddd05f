"""The default plans of all signals as timelines: which phase a signal shows when, for whoever plays or expects them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from citybrain.city.model import F64, I32, I64, U8, City


class Timelines(NamedTuple):
    """The default plan of each signal; the first phase begins at `offset_s` and again every cycle."""

    first_group: I32  # [n_signals]
    n_groups: I32
    first_phase: I32  # [n_signals]; of the default plan
    n_phases: I32  # 0 = no plan: the signal is off
    offset_s: F64
    cycle_s: F64
    end_s: F64  # [n_phases] end of each phase after the start of its cycle
    colour_offset: I64
    colours: U8


def timelines_of(city: City) -> Timelines:
    """Timelines of all signals; a signal without a plan is off."""
    plan, plans = city.signals.plan, city.plans
    has_plan = plan >= 0
    elapsed_s = np.concatenate([np.zeros(1), np.cumsum(city.phases.duration_s)])
    # to the microsecond: a sum over all plans before would leave its rounding in a plan of whole seconds
    end_s = np.round(elapsed_s[1:] - elapsed_s[plans.first_phase][city.phases.plan], 6)
    cycle_s = np.round(elapsed_s[plans.first_phase + plans.n_phases] - elapsed_s[plans.first_phase], 6)

    def of_default(column: Any) -> Any:
        out = np.zeros(len(plan), column.dtype)
        out[has_plan] = column[plan[has_plan]]
        return out

    return Timelines(
        city.signals.first_group.copy(),
        city.signals.n_groups.copy(),
        of_default(plans.first_phase),
        of_default(plans.n_phases),
        of_default(plans.offset_s),
        of_default(cycle_s),
        end_s,
        city.phases.colour_offset.copy(),
        city.phases.colours.copy(),
    )
