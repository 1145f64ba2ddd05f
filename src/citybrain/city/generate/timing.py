"""Believable fixed-time plans: stages by type of junction, splits by road class, green waves to the centre."""

from __future__ import annotations

import heapq
from dataclasses import replace

from citybrain.city.builder import CityBuilder
from citybrain.city.generate.turns import RANK_OF, Crossing, Move
from citybrain.city.model import Turn
from citybrain.city.stages import StageTable, add_stage_plan
from citybrain.city.streets import Streets

CYCLE_S = 100.0  # one cycle for the whole city, so that offsets hold
SHORT_CYCLE_S = 50.0  # half of it, where only small streets cross
YELLOW_S, ALL_RED_S = 3.0, 1.0
GREEN_MIN_S = 7.0
WAVE_SHARE = 0.85  # of the speed limit: what a platoon drives
FLOW_VPH = {5: 1700.0, 4: 1300.0, 3: 900.0, 2: 500.0, 1: 350.0, 0: 130.0}  # per approach, by rank of road
TURN_SHARE = {Turn.THROUGH: 0.66, Turn.LEFT: 0.17, Turn.RIGHT: 0.17, Turn.UTURN: 0.0}


def stages(streets: Streets, crossing: Crossing) -> list[list[Move]]:
    """Moves that go together, stage by stage: the main axis first.

    Lefts of an axis have their own stage when one of its approaches gives them a lane of their own; else they yield.
    """
    sides = [[m for m in crossing.moves if (m.start in crossing.major) is first] for first in (True, False)]
    rows: list[list[Move]] = []
    for side in sides:
        approaches = {m.start for m in side}
        if len(approaches) > 1 and any(_own_lane(streets, m) for m in side if m.turn is Turn.LEFT):
            lefts = [m for m in side if m.turn is Turn.LEFT]
            rows += [[m for m in side if m.turn is not Turn.LEFT], _with_flow(side, lefts)]
        else:
            rows.append(side)
    return [row for row in rows if row]


def _own_lane(streets: Streets, move: Move) -> bool:
    return streets.specs[move.start].n_lanes >= 3


def _with_flow(side: list[Move], lefts: list[Move]) -> list[Move]:
    """A left turn alone (T junction) runs together with the rest of its own approach."""
    starts = {m.start for m in lefts}
    return [m for m in side if m.start in starts] if len(starts) == 1 else lefts


def add_plan(builder: CityBuilder, streets: Streets, signal: int, crossing: Crossing, offset_s: float) -> None:
    """Add the default plan of a signal. Call it after the conflicts are known."""
    rows = stages(streets, crossing)
    group = {m: k for k, m in enumerate(crossing.moves)}
    best = max(RANK_OF[streets.specs[m.start].kind] for m in crossing.moves)
    cycle_s = CYCLE_S if best >= 2 or len(rows) > 2 else SHORT_CYCLE_S
    green_s = _splits(streets, rows, cycle_s - len(rows) * (YELLOW_S + ALL_RED_S))
    members = [frozenset(group[m] for m in row) for row in rows]
    table = StageTable(frozenset(), YELLOW_S, ALL_RED_S, tuple(zip(green_s, members, strict=True)))
    plan = add_stage_plan(builder, signal, "0", table, streets.group_movements)
    builder.plans[plan] = replace(builder.plans[plan], offset_s=offset_s % cycle_s)


def _splits(streets: Streets, rows: list[list[Move]], total_s: float) -> list[float]:
    """Whole seconds of green for each stage, by its busiest lane, never below the minimum."""
    weight = [max(_lane_flow(streets, m) for m in row) for row in rows]
    spare_s = total_s - GREEN_MIN_S * len(rows)
    green_s = [float(round(GREEN_MIN_S + spare_s * w / sum(weight))) for w in weight]
    green_s[0] += total_s - sum(green_s)
    return green_s


def _lane_flow(streets: Streets, move: Move) -> float:
    spec = streets.specs[move.start]
    lanes = max(1, spec.n_lanes - 1) if move.turn is Turn.THROUGH else 1
    return FLOW_VPH[RANK_OF[spec.kind]] * TURN_SHARE[move.turn] / lanes


def waves(streets: Streets, centre: int) -> list[float]:
    """Offset of each node (s): minus the platoon's time to the centre, along main roads where there are any.

    A platoon that leaves one junction at the start of green then meets the next one's start of green.
    """
    far = float("inf")
    time_s, cost = [far] * len(streets.incoming), [far] * len(streets.incoming)
    time_s[centre] = cost[centre] = 0.0
    heap = [(0.0, centre)]
    while heap:
        at, node = heapq.heappop(heap)
        if at > cost[node]:
            continue
        for link in streets.incoming[node]:
            spec = streets.specs[link]
            step_s = spec.length_m / (WAVE_SHARE * spec.speed_mps)
            detour = 1.0 + 0.5 * (5 - RANK_OF[spec.kind])
            if at + step_s * detour < cost[spec.from_node]:
                cost[spec.from_node] = at + step_s * detour
                time_s[spec.from_node] = time_s[node] + step_s
                heapq.heappush(heap, (cost[spec.from_node], spec.from_node))
    return [-round(t) if t < far else 0.0 for t in time_s]
