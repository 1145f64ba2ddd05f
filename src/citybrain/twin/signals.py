"""Signals inside the twin: playing back each signal's plan, and telling movements their group's colour."""

from __future__ import annotations

from citybrain.twin.arrays import (
    NOTHING,
    STEP,
    U8,
    World,
)
from citybrain.twin.jit import kernel


@kernel
def show_group(w: World, group: int, colour: int) -> None:
    """Let a group and its movements show `colour`."""
    moves = w.moves
    members = w.members
    groups = w.groups
    w.shown[group] = colour
    for e in range(groups[group].begin, groups[group].end):
        moves[members[e]].colour = colour
        w.tracks[moves[members[e]].from_lane].watch = NOTHING


@kernel
def show_colours(w: World, colours: U8) -> None:
    """Set all groups from outside; `colours` is one `Colour` a group. Plans start afresh when they play again."""
    shown = w.shown
    phases = w.phases
    for group in range(colours.size):
        if shown[group] != colours[group]:
            show_group(w, group, colours[group])
    for signal in range(phases.size):
        phases[signal] = -1


@kernel
def plan_phase(w: World, plan: int, now_s: float) -> int:
    """Phase of a plan in force at `now_s`: its first begins at the offset and at every full cycle after it."""
    plans = w.plans
    parts = w.parts
    at = (now_s - plans[plan].offset) % plans[plan].cycle
    first = plans[plan].first
    for k in range(plans[plan].n):
        at -= parts[first + k].seconds
        if at < 0.0:
            return first + k
    return first + plans[plan].n - 1


@kernel
def play_plans(w: World) -> None:
    """Show what every signal's plan shows now."""
    signals = w.signals
    phases = w.phases
    now = w.begin_s + w.counter[STEP]
    for signal in range(signals.size):
        plan = signals[signal].plan
        if plan >= 0:
            phase = plan_phase(w, plan, now)
            if phases[signal] != phase:
                phases[signal] = phase
                show_phase(w, signal, phase)


@kernel
def show_phase(w: World, signal: int, phase: int) -> None:
    """Let all groups of a signal show the colours of a phase."""
    signals = w.signals
    colours = w.colours
    shown = w.shown
    first = signals[signal].first_group
    at = w.parts[phase].colours_at
    for k in range(signals[signal].n_groups):
        if shown[first + k] != colours[at + k]:
            show_group(w, first + k, colours[at + k])
