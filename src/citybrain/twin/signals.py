"""Signals inside the twin: playing back each signal's plan, and telling movements their group's colour."""

from __future__ import annotations

from citybrain.twin.arrays import (
    STEP,
    U8,
    World,
    colours_of,
    counter_of,
    groups_of,
    members_of,
    moves_of,
    parts_of,
    phases_of,
    plans_of,
    shown_of,
    signals_of,
)
from citybrain.twin.jit import kernel


@kernel
def show_group(w: World, group: int, colour: int) -> None:
    """Let a group and its movements show `colour`."""
    moves = moves_of(w)
    members = members_of(w)
    groups = groups_of(w)
    shown_of(w)[group] = colour
    for e in range(groups[group].begin, groups[group].end):
        moves[members[e]].colour = colour


@kernel
def show_colours(w: World, colours: U8) -> None:
    """Set all groups from outside; `colours` is one `Colour` a group. Plans start afresh when they play again."""
    shown = shown_of(w)
    phases = phases_of(w)
    for group in range(colours.size):
        if shown[group] != colours[group]:
            show_group(w, group, colours[group])
    for signal in range(phases.size):
        phases[signal] = -1


@kernel
def plan_phase(w: World, plan: int, now_s: float) -> int:
    """Phase of a plan in force at `now_s`: its first begins at the offset and at every full cycle after it."""
    plans = plans_of(w)
    parts = parts_of(w)
    at = (now_s - plans[plan].offset) % plans[plan].cycle
    first = plans[plan].first
    for k in range(plans[plan].n):
        at -= parts[first + k].seconds
        if at < 0.0:
            return int(first + k)
    return int(first + plans[plan].n - 1)


@kernel
def play_plans(w: World) -> None:
    """Show what every signal's plan shows now."""
    signals = signals_of(w)
    phases = phases_of(w)
    now = w.begin_s + counter_of(w)[STEP]
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
    signals = signals_of(w)
    colours = colours_of(w)
    shown = shown_of(w)
    first = signals[signal].first_group
    at = parts_of(w)[phase].colours_at
    for k in range(signals[signal].n_groups):
        if shown[first + k] != colours[at + k]:
            show_group(w, first + k, colours[at + k])
