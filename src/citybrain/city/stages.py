"""Stages of a signal as a cyclic plan: each stage, then what is shown while it changes to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citybrain.city.builder import CityBuilder, PhaseSpec, PlanSpec
from citybrain.city.model import Colour

__all__ = ["StageTable", "add_stage_plan"]


@dataclass(frozen=True)
class StageTable:
    """Distinct green phases of one signal in the order of the plan; members are group numbers within the signal."""

    always: frozenset[int]  # never stopped: right turns that yield
    yellow_s: float
    all_red_s: float
    stages: tuple[tuple[float, frozenset[int]], ...]  # duration_s, groups that may go


def add_stage_plan(
    builder: CityBuilder, signal: int, name: str, table: StageTable, group_movements: Mapping[int, Sequence[int]]
) -> int:
    """Add the default plan `<signal id>:<name>`: stage, change, stage, change ... Call it after `add_conflicts`."""
    spec = builder.signals[signal]
    count = len(spec.group_names)
    first = builder.group(signal, 0)
    yields = _yields(builder, range(first, first + count), group_movements)
    shown = [_stage_colours(count, members, table.always, yields) for _, members in table.stages]
    phases = []
    for i, (time_s, _) in enumerate(table.stages):
        phases.append(PhaseSpec(time_s, shown[i]))
        following = shown[(i + 1) % len(shown)]
        if following != shown[i]:
            phases.extend(_change(shown[i], following, table))
    return builder.add_plan(PlanSpec(f"{spec.signal_id}:{name}", signal, phases), default=True)


def _change(before: Sequence[Colour], after: Sequence[Colour], table: StageTable) -> list[PhaseSpec]:
    """Yellow, then all red, each where it lasts."""
    times = ((table.yellow_s, Colour.YELLOW), (table.all_red_s, Colour.RED))
    pairs = list(zip(before, after, strict=True))
    return [PhaseSpec(time_s, [_between(a, b, ending) for a, b in pairs]) for time_s, ending in times if time_s > 0.0]


def _yields(builder: CityBuilder, groups: range, group_movements: Mapping[int, Sequence[int]]) -> set[tuple[int, int]]:
    """Pairs (a, b) of group numbers within the signal where a movement of a yields to one of b."""
    pairs = set()
    for group in groups:
        for movement in group_movements.get(group, ()):
            for foe, gives_way in builder.foes(movement).items():
                other = builder.movements[foe].group
                if gives_way and other in groups:
                    pairs.add((group - groups.start, other - groups.start))
    return pairs


def _stage_colours(
    count: int, members: frozenset[int], always: frozenset[int], yields: set[tuple[int, int]]
) -> list[Colour]:
    """PROTECTED unless a green movement has to let another green one pass; what is always on is PERMISSIVE."""
    colours = [Colour.RED] * count
    ruled = members - always
    for group in members:
        gives_way = group in always or any((group, other) in yields for other in ruled)
        colours[group] = Colour.PERMISSIVE if gives_way else Colour.PROTECTED
    return colours


def _between(before: Colour, after: Colour, ending: Colour) -> Colour:
    """During a change: green that ends shows `ending`, green that stays stays (the weaker of both), the rest is red."""
    if before < Colour.PERMISSIVE:
        return Colour.RED
    return min(before, after) if after >= Colour.PERMISSIVE else ending
