"""What every signal group shows: as its controller reported, else by the plan in force of the city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from citybrain.city.model import F64, I32, I64, U8, City, Colour
from citybrain.estimate.jit import entry
from citybrain.records.observations import SignalStates

_OFF = int(Colour.OFF)
SILENT_S = 1800.0  # a controller that has shown no change for so long follows its plan, as far as is known
CHANGES_MAX = 100_000  # changes that wait for their second


class Plans(NamedTuple):
    """The default plan of each signal; the first phase begins at `offset_s` and again every cycle."""

    first_group: I32
    n_groups: I32
    first_phase: I32
    n_phases: I32
    offset_s: F64
    cycle_s: F64
    end_s: F64
    colour_offset: I64
    colours: U8


def plans_of(city: City) -> Plans:
    """Timelines of all signals; a signal without a plan is off."""
    plan, plans = city.signals.plan, city.plans
    has_plan = plan >= 0
    elapsed_s = np.concatenate([np.zeros(1), np.cumsum(city.phases.duration_s)])
    end_s = elapsed_s[1:] - elapsed_s[plans.first_phase][city.phases.plan]
    cycle_s = elapsed_s[plans.first_phase + plans.n_phases] - elapsed_s[plans.first_phase]

    def of_default(column: Any) -> Any:
        out = np.zeros(len(plan), column.dtype)
        out[has_plan] = column[plan[has_plan]]
        return out

    return Plans(
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


@entry
def planned_colours(plans: Plans, time_s: float, colours: U8) -> None:
    """Write the colours that the plans show in the second that begins at `time_s`."""
    for s in range(plans.first_group.size):
        first, n_phases = plans.first_phase[s], plans.n_phases[s]
        for g in range(plans.n_groups[s]):
            colours[plans.first_group[s] + g] = _OFF
        if n_phases == 0 or plans.cycle_s[s] <= 0.0:
            continue
        in_cycle_s = (time_s - plans.offset_s[s]) % plans.cycle_s[s]
        phase = first
        while phase < first + n_phases - 1 and plans.end_s[phase] <= in_cycle_s:
            phase += 1
        for g in range(plans.n_groups[s]):
            colours[plans.first_group[s] + g] = plans.colours[plans.colour_offset[phase] + g]


@dataclass(eq=False)
class Lights:
    """Plans, and what controllers reported; changed in place."""

    plans: Plans
    shown: U8  # [n_groups] newest colour reported up to the model's second
    shown_s: F64  # [n_groups] when; -inf = never
    time_s: F64  # changes whose second has not come
    group: I32
    colour: U8

    def at(self, time_s: float) -> U8:
        """Colours in the second that begins at `time_s` [n_groups]; later calls must not go back."""
        due = self.time_s <= time_s
        order = np.flatnonzero(due)[np.argsort(self.time_s[due], kind="stable")]
        order = order[self.time_s[order] >= self.shown_s[self.group[order]]]  # a late report undoes no newer one
        self.shown[self.group[order]] = self.colour[order]
        self.shown_s[self.group[order]] = self.time_s[order]
        self.time_s, self.group, self.colour = self.time_s[~due], self.group[~due], self.colour[~due]
        colours = np.full(self.shown.size, _OFF, np.uint8)
        planned_colours(self.plans, time_s, colours)
        return np.where(time_s - self.shown_s <= SILENT_S, self.shown, colours)


def new_lights(city: City) -> Lights:
    """All signals by their plans."""
    n = len(city.groups.group_id)
    none = np.zeros(0)
    return Lights(
        plans_of(city),
        np.full(n, _OFF, np.uint8),
        np.full(n, -np.inf),
        none,
        np.zeros(0, np.int32),
        np.zeros(0, np.uint8),
    )


def show(lights: Lights, changes: SignalStates) -> None:
    """Take in what controllers displayed; rows of unknown groups or colours are left out."""
    good = (changes.group >= 0) & (changes.group < lights.shown.size) & (changes.colour <= max(Colour))
    rows = np.flatnonzero(good)[: max(CHANGES_MAX - lights.time_s.size, 0)]
    lights.time_s = np.concatenate([lights.time_s, changes.time_s[rows]])
    lights.group = np.concatenate([lights.group, changes.group[rows]])
    lights.colour = np.concatenate([lights.colour, changes.colour[rows]])
