"""Which movements of a junction get in each other's way, where, and who yields.

Two movements conflict when their paths cross or end on the same lane. Movements that begin on the same lane never do:
one follows the other. Of each pair exactly one yields (`yields_to`), so no two wait for each other by rule.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from citybrain.city.builder import CityBuilder, MovementSpec
from citybrain.city.model import NodeControl, Turn

Path = Sequence[tuple[float, float]]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

# Who gives way among movements of equal roads: an earlier rank goes first.
TURN_RANK = {Turn.THROUGH: 0, Turn.RIGHT: 1, Turn.LEFT: 2, Turn.UTURN: 3}
SIDE_SINE = 0.5  # approaches whose headings differ by 30 to 150 degrees count as crossing roads


def add_conflicts(builder: CityBuilder, paths: Mapping[int, Path]) -> None:
    """Fill `builder` with the conflicts of all movements in `paths` (movement -> polyline through its junction).

    Both directions of each pair are added, each with the distance along its own path. O(pairs of movements that share
    a node); 5,000 junctions take a few seconds.
    """
    by_node: dict[int, list[int]] = defaultdict(list)
    for movement in paths:
        by_node[builder.movements[movement].node].append(movement)
    for movements in by_node.values():
        _add_node_conflicts(builder, movements, [np.array(paths[m], np.float64) for m in movements])


def _add_node_conflicts(builder: CityBuilder, movements: list[int], lines: list[F64]) -> None:
    if len(movements) < 2:
        return
    points = np.concatenate(lines)
    offset = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    specs = [builder.movements[m] for m in movements]
    starts = np.array([spec.from_lane for spec in specs], np.int64)
    ends = np.array([spec.to_lane for spec in specs], np.int64)
    first, second, at_first, at_second = _meetings(points, offset, starts, ends)
    headings = [_heading(line) for line in lines]
    for a, b, at_a, at_b in zip(first.tolist(), second.tolist(), at_first.tolist(), at_second.tolist(), strict=True):
        a_yields = yields_to(builder, specs[a], specs[b], headings[a], headings[b])
        builder.add_foe(movements[a], movements[b], a_yields, at_a)
        builder.add_foe(movements[b], movements[a], not a_yields, at_b)


def yields_to(
    builder: CityBuilder, own: MovementSpec, foe: MovementSpec, heading: tuple[float, float], other: tuple[float, float]
) -> bool:
    """Must `own` give way to `foe`? Antisymmetric: for two different movements exactly one of them does.

    Without signals the minor road yields, then, between crossing roads of equal rank, whoever has the other on the
    near side (right where traffic keeps right). Else, and at signals, turns yield to those who go straight: left to
    oncoming through and right, U-turns to all. What still ties is settled by the order of the lanes.
    """
    signals = own.group >= 0 or foe.group >= 0 or builder.nodes[own.node].control == NodeControl.SIGNAL
    if not signals:
        if own.major != foe.major:
            return foe.major
        sine = heading[0] * other[1] - heading[1] * other[0]
        if abs(sine) > SIDE_SINE:
            # The foe drives towards our left (sine > 0) when it comes from our right.
            return (sine > 0.0) != builder.meta.left_hand
    rank, foe_rank = _rank(own.turn, builder.meta.left_hand), _rank(foe.turn, builder.meta.left_hand)
    if rank != foe_rank:
        return rank > foe_rank
    return (own.from_lane, own.to_lane) > (foe.from_lane, foe.to_lane)


def _rank(turn: Turn, left_hand: bool) -> int:
    """Where traffic keeps left the right turn crosses the oncoming stream, so the two change their ranks."""
    if left_hand and turn in {Turn.LEFT, Turn.RIGHT}:
        turn = Turn.RIGHT if turn == Turn.LEFT else Turn.LEFT
    return TURN_RANK[turn]


def _heading(line: F64) -> tuple[float, float]:
    """Unit vector in which a path begins."""
    dx, dy = line[1] - line[0]
    norm = math.hypot(dx, dy) or 1.0
    return dx / norm, dy / norm


@njit(cache=True)
def _meetings(points: F64, offset: I64, starts: I64, ends: I64) -> tuple[I64, I64, F64, F64]:
    """Pairs of polylines that meet: (first, second, metres along the first, metres along the second)."""
    n = starts.size
    first, second = np.empty(n * n, np.int64), np.empty(n * n, np.int64)
    at_first, at_second = np.empty(n * n), np.empty(n * n)
    found = 0
    for a in range(n):
        for b in range(a + 1, n):
            if starts[a] == starts[b]:
                continue
            line_a, line_b = points[offset[a] : offset[a + 1]], points[offset[b] : offset[b + 1]]
            at_a, at_b = _crossing(line_a, line_b)
            if at_a < 0.0 and ends[a] == ends[b]:
                at_a, at_b = _length(line_a), _length(line_b)
            if at_a >= 0.0:
                first[found], second[found], at_first[found], at_second[found] = a, b, at_a, at_b
                found += 1
    return first[:found], second[:found], at_first[:found], at_second[:found]


@njit(cache=True)
def _length(line: F64) -> float:
    total = 0.0
    for i in range(len(line) - 1):
        total += math.hypot(line[i + 1, 0] - line[i, 0], line[i + 1, 1] - line[i, 1])
    return total


@njit(cache=True)
def _crossing(a: F64, b: F64) -> tuple[float, float]:
    """First place where two polylines cross, as metres along each; (-1, -1) when they do not."""
    if (
        a[:, 0].max() < b[:, 0].min()
        or b[:, 0].max() < a[:, 0].min()
        or a[:, 1].max() < b[:, 1].min()
        or b[:, 1].max() < a[:, 1].min()
    ):
        return -1.0, -1.0
    at_a = 0.0
    for i in range(len(a) - 1):
        ax, ay = a[i + 1, 0] - a[i, 0], a[i + 1, 1] - a[i, 1]
        length_a = math.hypot(ax, ay)
        at_b = 0.0
        for j in range(len(b) - 1):
            bx, by = b[j + 1, 0] - b[j, 0], b[j + 1, 1] - b[j, 1]
            length_b = math.hypot(bx, by)
            cross = ax * by - ay * bx
            if cross != 0.0:
                dx, dy = b[j, 0] - a[i, 0], b[j, 1] - a[i, 1]
                s, t = (dx * by - dy * bx) / cross, (dx * ay - dy * ax) / cross
                if 0.0 <= s <= 1.0 and 0.0 <= t <= 1.0:
                    return at_a + s * length_a, at_b + t * length_b
            at_b += length_b
        at_a += length_a
    return -1.0, -1.0
