"""Default signals where a source says only that there is one: groups, stages, splits and clearance times.

Yellow: ITE's kinematic formula, reaction time + v / (2 a) with 1 s and 3.05 m/s2 (10 ft/s2). All red: time to cross
the junction at the approach's speed. The bounds, cycles, minimum greens and stages are our choice: round numbers with
which every stage is served and no default signal is slower than two minutes a round.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city import polyline
from citybrain.city.builder import SignalSpec
from citybrain.city.model import F64, City, Colour, NodeControl, Turn
from citybrain.city.stages import StageTable, add_stage_plan
from citybrain.city.streets import Streets

__all__ = ["Move", "add_default_plan", "add_default_signal", "check_plans", "yellow_time_s"]

REACTION_S, BRAKING_MPS2 = 1.0, 3.05
YELLOW_MIN_S, YELLOW_MAX_S = 3.0, 6.0
ALL_RED_MIN_S, ALL_RED_MAX_S = 1.0, 4.0
MIN_GREEN_S = 7.0
CYCLE_S = {1: 60.0, 2: 60.0, 3: 90.0}  # by number of stages; more: 120 s
LONG_CYCLE_S = 120.0
WALK_S = 15.0  # red for vehicles at a signal that only protects a crossing on foot
OPPOSITE_COSINE = math.cos(math.radians(135.0))
PROTECT_FROM_LANES = 2  # oncoming through lanes from which a left turn with its own lane gets its own stage


@dataclass(frozen=True)
class Move:
    """One exit of an approach: from link to link, and the lanes (0 = kerb) it may start from."""

    start: int
    end: int
    turn: Turn
    lanes: tuple[int, ...]


def yellow_time_s(speed_mps: float) -> float:
    """ITE yellow for an approach speed, rounded up to half seconds, within 3 to 6 s."""
    exact_s = REACTION_S + speed_mps / (2.0 * BRAKING_MPS2)
    return min(max(_half_up(exact_s), YELLOW_MIN_S), YELLOW_MAX_S)


def _half_up(time_s: float) -> float:
    return math.ceil(2.0 * time_s - 1e-9) / 2.0


def add_default_signal(streets: Streets, node: int, moves: Sequence[Move]) -> int:
    """Signal of a node with one group per (approach link, turn), and its movements. Returns the signal's index."""
    builder = streets.builder
    keys = _keys(moves)
    speed_mps = max(streets.specs[start].speed_mps for start, _ in keys)
    widest = max(streets.specs[m.start].n_lanes for m in moves)
    all_red_s = min(max(_half_up(2.0 * (3.2 * widest + 2.0) / speed_mps), ALL_RED_MIN_S), ALL_RED_MAX_S)
    names = [f"{streets.specs[start].link_id}-{turn.name.lower()}" for start, turn in keys]
    spec = SignalSpec(builder.nodes[node].node_id, node, names, MIN_GREEN_S, 60.0, yellow_time_s(speed_mps), all_red_s)
    signal = builder.add_signal(spec)
    builder.nodes[node] = replace(builder.nodes[node], control=NodeControl.SIGNAL)
    for move in moves:
        group = builder.group(signal, keys.index((move.start, move.turn)))
        major = move.turn is Turn.THROUGH
        streets.connect(move.start, move.lanes, move.end, move.turn, group=group, major=major)
    return signal


def _keys(moves: Sequence[Move]) -> list[tuple[int, Turn]]:
    return list(dict.fromkeys((m.start, m.turn) for m in moves))


def add_default_plan(streets: Streets, signal: int, moves: Sequence[Move], offset_s: float = 0.0) -> int:
    """Add the plan in force of a signal made by `add_default_signal`; call it after `add_conflicts`.

    One stage per axis (approaches that face each other) with lefts that yield; a stage of its own for lefts that
    have their own lane and cross two lanes or more. Splits follow the lanes of the busiest approach.
    """
    builder = streets.builder
    spec = builder.signals[signal]
    keys = _keys(moves)
    stages = _stages(streets, moves)
    if len(stages) == 1:
        stages.append([])  # nobody crosses but people on foot
    cycle_s = CYCLE_S.get(len(stages), LONG_CYCLE_S)
    green_s = _splits(streets, stages, cycle_s - len(stages) * (spec.yellow_s + spec.all_red_s))
    members = [frozenset(keys.index((m.start, m.turn)) for m in row) for row in stages]
    rows = tuple(zip(green_s, members, strict=True))
    table = StageTable(frozenset(), spec.yellow_s, spec.all_red_s, rows)
    plan = add_stage_plan(builder, signal, "0", table, streets.group_movements)
    builder.plans[plan] = replace(builder.plans[plan], offset_s=offset_s % cycle_s)
    return plan


def _stages(streets: Streets, moves: Sequence[Move]) -> list[list[Move]]:
    stages = []
    for axis in _axes(streets, moves):
        row = [m for m in moves if m.start in axis]
        lefts = [m for m in row if _needs_own_stage(m, row)]
        rest = [m for m in row if m not in lefts]
        stages += [part for part in (rest, lefts) if part]
    return stages


def _needs_own_stage(move: Move, axis: Sequence[Move]) -> bool:
    """A left turn with a lane of its own against two oncoming through lanes or more."""
    if move.turn is not Turn.LEFT:
        return False
    shared = {k for m in axis if m.start == move.start and m.turn is not Turn.LEFT for k in m.lanes}
    oncoming = max((len(m.lanes) for m in axis if m.start != move.start and m.turn is Turn.THROUGH), default=0)
    return not shared & set(move.lanes) and oncoming >= PROTECT_FROM_LANES


def _axes(streets: Streets, moves: Sequence[Move]) -> list[set[int]]:
    """Approaches that face each other, the widest and fastest first."""
    specs = streets.specs
    left = sorted({m.start for m in moves}, key=lambda k: (-specs[k].n_lanes * specs[k].speed_mps, k))
    heading = {k: polyline.heading(specs[k].points, at_end=True) for k in left}
    axes = []
    while left:
        first = left.pop(0)
        (ux, uy), axis = heading[first], {first}
        facing = min(left, key=lambda k: ux * heading[k][0] + uy * heading[k][1], default=None)
        if facing is not None and ux * heading[facing][0] + uy * heading[facing][1] < OPPOSITE_COSINE:
            axis.add(facing)
            left.remove(facing)
        axes.append(axis)
    return axes


def _splits(streets: Streets, stages: Sequence[Sequence[Move]], total_s: float) -> list[float]:
    """Whole seconds of green, by lanes of the widest approach, never below the minimum (the walk's where empty)."""
    least_s = [MIN_GREEN_S if row else WALK_S for row in stages]
    weight = [max((len(m.lanes) * streets.specs[m.start].speed_mps for m in row), default=0.0) for row in stages]
    spare_s = max(total_s - sum(least_s), 0.0)
    return [float(round(a + spare_s * w / sum(weight))) for a, w in zip(least_s, weight, strict=True)]


def check_plans(city: City) -> list[str]:
    """Problems of all plans, one line each; empty = every group is served, no two protected groups conflict, and
    each green ends with the signal's yellow and all red before a conflicting group starts.
    """
    pairs = _conflicting_groups(city)
    used = set(city.movements.group.tolist())
    return [line for plan in range(len(city.plans.plan_id)) for line in _check_plan(city, plan, pairs, used)]


def _conflicting_groups(city: City) -> set[tuple[int, int]]:
    rows = city.movements
    own = np.repeat(rows.group, np.diff(rows.foe_offset))
    other = rows.group[rows.foe]
    return set(zip(own.tolist(), other.tolist(), strict=True))


def _check_plan(city: City, plan: int, pairs: set[tuple[int, int]], used: set[int]) -> list[str]:
    name, signal = city.plans.plan_id[plan], int(city.plans.signal[plan])
    first, count = int(city.signals.first_group[signal]), int(city.signals.n_groups[signal])
    begin = int(city.plans.first_phase[plan])
    phases = range(begin, begin + int(city.plans.n_phases[plan]))
    offset = city.phases.colour_offset
    shown = np.array([city.phases.colours[offset[p] : offset[p] + count] for p in phases])
    ids = city.groups.group_id
    served = (shown >= Colour.PERMISSIVE).any(axis=0)
    problems = [f"{name}: {ids[first + g]} is never green" for g in np.flatnonzero(~served) if first + g in used]
    for a in range(count):
        for b in range(a + 1, count):
            both = ((shown[:, a] == Colour.PROTECTED) & (shown[:, b] == Colour.PROTECTED)).any()
            if both and (first + a, first + b) in pairs:
                problems.append(f"{name}: {ids[first + a]} and {ids[first + b]} are protected against each other")
    times_s = city.phases.duration_s[phases.start : phases.stop]
    clear_s = float(city.signals.yellow_s[signal] + city.signals.all_red_s[signal])
    return problems + _check_clearance(name, shown, times_s, clear_s)


def _check_clearance(name: str, shown: NDArray[np.uint8], times_s: F64, clear_s: float) -> list[str]:
    """Between a green that ends and the next phase that starts another green lies the clearance time."""
    problems, n = [], len(shown)
    green = shown >= Colour.PERMISSIVE
    for p in range(n):
        if not (green[p] & ~green[(p + 1) % n]).any():
            continue
        waited_s, q = 0.0, (p + 1) % n
        while not (green[q] & ~green[p]).any() and q != p:
            waited_s += float(times_s[q])
            q = (q + 1) % n
        if q != p and waited_s < clear_s - 1e-6:
            problems.append(f"{name}: {waited_s:g} s after phase {p}; expected {clear_s:g} s")
    return problems
