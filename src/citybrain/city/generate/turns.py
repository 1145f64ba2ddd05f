"""What may be driven at each junction of a generated city, and from which lanes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from citybrain.city.generate.roads import CLASSES, RoadPlan
from citybrain.city.model import Bool, Turn
from citybrain.city.streets import Streets

THROUGH_RAD = math.radians(62.0)  # the straightest exit within this is the way on
DIVIDED_RANK = 4  # a road this important has a middle strip: side streets without signal only turn right
DEDICATED_FROM_LANES = 3  # approaches with so many lanes give the left turn one of its own


@dataclass(frozen=True)
class Move:
    """One exit of an approach: from link to link."""

    start: int
    end: int
    turn: Turn


@dataclass
class Crossing:
    """A junction: its moves, and the approaches of its main axis (`major`), straight across each other."""

    node: int
    moves: list[Move]
    major: set[int] = field(default_factory=set)

    def of(self, start: int) -> list[Move]:
        return [move for move in self.moves if move.start == start]


def crossings(streets: Streets, plan: RoadPlan, signals: set[int]) -> list[Crossing]:
    """Moves at every node (`signals`: node indices); side streets keep all turns where the city would fall apart."""
    free: set[int] = set(signals)
    rows = [_crossing(streets, node, free) for node in range(len(streets.incoming))]
    for _ in range(len(plan.roads)):
        linked = _linked(rows, len(streets.specs))
        if linked.all():
            break
        loose = [streets.specs[link] for link in np.flatnonzero(~linked).tolist()]
        more = {node for spec in loose for node in (spec.from_node, spec.to_node)} - free
        if not more:
            break
        free |= more
        for node in more:
            rows[node] = _crossing(streets, node, free)
    return rows


def _linked(rows: list[Crossing], n_links: int) -> Bool:
    """Links of the largest set in which each reaches each."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    start = [move.start for row in rows for move in row.moves]
    end = [move.end for row in rows for move in row.moves]
    matrix = coo_matrix((np.ones(len(start), np.int8), (start, end)), shape=(n_links, n_links))
    _, label = connected_components(matrix, directed=True, connection="strong")
    return np.asarray(label == np.bincount(label).argmax(), np.bool_)


def _rank(streets: Streets, link: int) -> int:
    return RANK_OF[streets.specs[link].kind]


RANK_OF: dict[str, int] = {}
for _row in sorted(CLASSES.values(), key=lambda row: row.rank):
    RANK_OF[_row.kind] = _row.rank


def _crossing(streets: Streets, node: int, free: set[int]) -> Crossing:
    moves = [move for start in streets.incoming[node] for move in _exits(streets, node, start)]
    row = Crossing(node, moves, _axis(streets, node, moves))
    best = max((_rank(streets, link) for link in streets.incoming[node]), default=0)
    if node in free or best < DIVIDED_RANK:
        return row
    side = {m.start for m in moves if m.start not in row.major}
    if any(_rank(streets, link) >= DIVIDED_RANK for link in side):
        return row
    kept = [m for m in moves if m.turn is Turn.RIGHT or (m.start in row.major and m.turn is Turn.THROUGH)]
    narrows = any(streets.specs[m.start].n_lanes > streets.specs[m.end].n_lanes for m in kept if m.turn is Turn.THROUGH)
    every = (
        not narrows
        and {m.start for m in kept} == {m.start for m in moves}
        and {m.end for m in kept} == {m.end for m in moves}
    )
    return Crossing(node, kept, row.major) if every else row


def _exits(streets: Streets, node: int, start: int) -> list[Move]:
    """Exits of an approach from right to left, with at most one way on."""
    back = streets.specs[start].from_node
    ends = [end for end in streets.outgoing[node] if streets.specs[end].to_node != back]
    if not ends:
        return [Move(start, end, Turn.UTURN) for end in streets.outgoing[node]]
    angle = {end: streets.angle(start, end) for end in ends}
    ends.sort(key=angle.__getitem__)
    straight = min(ends, key=lambda end: abs(angle[end]))
    if abs(angle[straight]) > THROUGH_RAD:
        return [Move(start, end, Turn.LEFT if angle[end] > 0 else Turn.RIGHT) for end in ends]
    at = ends.index(straight)
    turns = [Turn.RIGHT] * at + [Turn.THROUGH] + [Turn.LEFT] * (len(ends) - at - 1)
    return [Move(start, end, turn) for end, turn in zip(ends, turns, strict=True)]


def _axis(streets: Streets, node: int, moves: list[Move]) -> set[int]:
    """Approaches of the most important way across: a through move's start, and the approach that faces it."""
    ways = [m for m in moves if m.turn is Turn.THROUGH]
    if not ways:
        return {max(streets.incoming[node], key=lambda link: _rank(streets, link), default=-1)} - {-1}

    def weight(m: Move) -> tuple[int, float]:
        return _rank(streets, m.start) + _rank(streets, m.end), -abs(streets.angle(m.start, m.end))

    best = max(ways, key=weight)
    far = streets.specs[best.end].to_node
    return {best.start} | {link for link in streets.incoming[node] if streets.specs[link].from_node == far}


def lanes_of(streets: Streets, moves: list[Move]) -> list[tuple[Move, list[int]]]:
    """Share an approach's lanes (0 = kerb) out to its moves: rights from the kerb, lefts from the middle.

    With `DEDICATED_FROM_LANES` lanes or more the left turn has a lane of its own. No move gets more lanes than its
    exit has, so that two lanes of one approach never merge inside the junction.
    """
    n = streets.specs[moves[0].start].n_lanes
    lefts = [m for m in moves if m.turn in (Turn.LEFT, Turn.UTURN)]
    ways = [m for m in moves if m.turn is Turn.THROUGH]
    rights = [m for m in moves if m.turn is Turn.RIGHT]
    if not ways:
        return _fork(streets, rights, lefts, n)
    room = streets.specs[ways[0].end].n_lanes
    last = n - 1 if lefts and (n >= DEDICATED_FROM_LANES or n > room) else n
    first = max(0, last - room)
    if first > 0 and not rights:  # nobody turns right from the kerb lanes: more lanes turn left
        first, last = 0, room
    rows = [(ways[0], list(range(first, min(last, first + room))))]
    rows += _side_by_side(streets, rights, list(range(max(1, first))))
    rows += _side_by_side(streets, lefts, list(range(min(last, n - 1), n)))
    return _serve_all(rows, n)


def _serve_all(rows: list[tuple[Move, list[int]]], n: int) -> list[tuple[Move, list[int]]]:
    """Let a lane without any move share its neighbour's (they merge inside the junction): no lane is a dead end."""
    for lane in range(n):
        if not any(lane in lanes for _, lanes in rows):
            _, lanes = min(rows, key=lambda row: min(abs(lane - k) for k in row[1]))
            lanes.append(lane)
            lanes.sort()
    return rows


def _side_by_side(streets: Streets, moves: list[Move], lanes: list[int]) -> list[tuple[Move, list[int]]]:
    """Share `lanes` out to moves to one side (from right to left), so that their paths do not cross."""
    n, count = len(lanes), len(moves)
    if count > n:
        return [(m, [lanes[i * n // count]]) for i, m in enumerate(moves)]
    rows = []
    for i, m in enumerate(moves):
        mine = lanes[round(i * n / count) : round((i + 1) * n / count)]
        room = streets.specs[m.end].n_lanes
        rows.append((m, mine[:room] if m.turn is Turn.RIGHT else mine[-room:]))
    return rows


def _fork(streets: Streets, rights: list[Move], lefts: list[Move], n: int) -> list[tuple[Move, list[int]]]:
    """End of a stem: the kerb half turns right, the rest left; a single lane does both."""
    moves = [*rights, *lefts]
    return _serve_all(_side_by_side(streets, moves, list(range(n))), n)
