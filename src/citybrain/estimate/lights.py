"""What every signal group shows: as its controller reported, else by the plan in force of the city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I32, U8, City, Colour
from citybrain.city.timelines import Timelines, timelines_of
from citybrain.estimate.jit import entry
from citybrain.records.observations import SignalStates

_OFF = int(Colour.OFF)
SILENT_S = 1800.0  # a controller that has shown no change for so long follows its plan, as far as is known
CHANGES_MAX = 100_000  # changes that wait for their second


@entry
def planned_colours(plans: Timelines, time_s: float, colours: U8) -> None:
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
    """Timelines, and what controllers reported; changed in place."""

    plans: Timelines
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

    def look(self, time_s: float) -> U8:
        """As `at`, for who only looks: nothing is taken in, so nothing that follows depends on it."""
        due = np.flatnonzero((self.time_s <= time_s) & (self.time_s >= self.shown_s[self.group]))
        order = due[np.argsort(self.time_s[due], kind="stable")]
        shown, shown_s = self.shown.copy(), self.shown_s.copy()
        shown[self.group[order]], shown_s[self.group[order]] = self.colour[order], self.time_s[order]
        planned = np.full(shown.size, _OFF, np.uint8)
        planned_colours(self.plans, time_s, planned)
        return np.where(time_s - shown_s <= SILENT_S, shown, planned)


def new_lights(city: City) -> Lights:
    """All signals by their plans."""
    n = len(city.groups.group_id)
    none = np.zeros(0)
    return Lights(
        timelines_of(city),
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
