"""Light phases of a CityFlow intersection as stages, colours and the plan `<id>:file`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citybrain.city.builder import CityBuilder, PhaseSpec, PlanSpec
from citybrain.city.model import Colour
from citybrain.city.source import Element

__all__ = ["StageTable", "add_file_plan", "read_stages"]

DEFAULT_CHANGE_S = 3.0


@dataclass(frozen=True)
class StageTable:
    """Distinct green phases of one intersection in file order; members are indices of road links."""

    always: frozenset[int]  # available in every phase: right turns that nothing stops
    change_s: float  # time between two stages
    stages: tuple[tuple[float, frozenset[int]], ...]  # duration_s, available road links


def read_stages(crossing: Element) -> StageTable | None:
    """Stages of an intersection; None where no light changes anything (no phase, or one that is always shown).

    A phase with nothing but the road links that every phase has is the change phase: it is no stage, and its time
    is the time of a change (3 s where the file has none).
    """
    if not crossing.has("trafficLight"):
        return None
    count = len(crossing.items("roadLinks"))
    phases = []
    for phase in crossing.get("trafficLight").items("lightphases"):
        members = frozenset(index.as_integer(count) for index in phase.items("availableRoadLinks"))
        phases.append((phase.number("time", 0.0), members))
    if len({members for _, members in phases}) < 2:
        return None
    always = frozenset.intersection(*(members for _, members in phases))
    change_s = next((time_s for time_s, members in phases if members == always and time_s > 0.0), DEFAULT_CHANGE_S)
    stages = {members: (time_s, members) for time_s, members in reversed(phases) if members != always}
    order = dict.fromkeys(members for _, members in phases if members in stages)
    return StageTable(always, change_s, tuple(stages[members] for members in order))


def add_file_plan(
    builder: CityBuilder, signal: int, table: StageTable, group_movements: Mapping[int, Sequence[int]]
) -> int:
    """Add the cyclic plan stage, change, stage, change ... and return its index."""
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
            phases.append(PhaseSpec(table.change_s, [_between(a, b) for a, b in zip(shown[i], following, strict=True)]))
    return builder.add_plan(PlanSpec(f"{spec.signal_id}:file", signal, phases), default=True)


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


def _between(before: Colour, after: Colour) -> Colour:
    """During a change: green that ends is yellow, green that stays stays (the weaker of both), the rest is red."""
    if before < Colour.PERMISSIVE:
        return Colour.RED
    return min(before, after) if after >= Colour.PERMISSIVE else Colour.YELLOW
