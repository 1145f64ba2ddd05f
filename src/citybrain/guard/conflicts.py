"""Which signal groups may be green together: from the geometry, held against the plans, and what is odd about both.

Two movements from different roads whose paths meet are of one of two kinds. `YIELD`: one of them turns to the kerb,
turns round, or turns across the oncoming stream; one may yield, so both may be green, but only one may have right of
way. `NEVER`: all others, e.g. two roads that cross. Movements from one road never conflict: vehicles follow each other.

The plans are the word of those who have stood at the junction. Where a plan gives right of way to both of a YIELD pair
(two streams that merge), the pair is released and noted. Where it lets a NEVER pair go, the signal is not steered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from citybrain.city.model import F64, I64, U8, Bool, City, Colour, Oddity, Turn

OPPOSITE = math.cos(math.radians(120.0))  # cosine of the headings of streams from opposite sides
EXAMPLES = 5


class Level(IntEnum):
    """How far two groups get in each other's way."""

    FREE = 0
    YIELD = 1  # not both with right of way
    NEVER = 2  # not both green


@dataclass(frozen=True, eq=False)
class ConflictTable:
    """Levels of all pairs of groups of a signal: `level[offset[s] :]` is a square of its n groups, row by row."""

    offset: I64  # [n_signals + 1]
    level: U8
    first_group: I64  # [n_signals + 1]
    steerable: Bool  # [n_signals]: no plan of it lets a NEVER pair go
    oddities: tuple[Oddity, ...]

    def of(self, signal: int) -> U8:
        """Levels of a signal's groups [n, n]."""
        n = int(self.first_group[signal + 1] - self.first_group[signal])
        return self.level[self.offset[signal] : self.offset[signal + 1]].reshape(n, n)


def conflict_table(city: City) -> ConflictTable:
    """Levels of all pairs of groups of each signal of a city."""
    n = city.signals.n_groups.astype(np.int64)
    offset, first = _offsets(n * n), _offsets(n)
    level = np.zeros(int(offset[-1]), np.uint8)
    signal, a, b, kind = _pairs(city)
    own, foe = a - first[signal], b - first[signal]
    np.maximum.at(level, offset[signal] + own * n[signal] + foe, kind)
    released, crossing = _against_plans(city, offset, level)
    steerable = np.ones(n.size, np.bool_)
    steerable[list({s for s, _, _ in crossing})] = False
    oddities = (
        *_oddity(city, "groups that meet and both have right of way by the plan", "released", released),
        *_oddity(city, "groups that a plan lets cross each other", "the signal keeps its own plan", crossing),
    )
    return ConflictTable(offset, level, first, steerable, oddities)


def _offsets(sizes: I64) -> I64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _pairs(city: City) -> tuple[I64, I64, I64, U8]:
    """Every conflict of two groups of a signal: (signal, group, other group, level); both directions are there."""
    moves, link = city.movements, city.lanes.link
    own = np.repeat(np.arange(moves.node.size), np.diff(moves.foe_offset))
    foe = moves.foe.astype(np.int64)
    a, b = moves.group[own].astype(np.int64), moves.group[foe].astype(np.int64)
    signal = np.where(a >= 0, city.groups.signal[np.maximum(a, 0)], -1)
    other = np.where(b >= 0, city.groups.signal[np.maximum(b, 0)], -2)
    from_a, from_b = link[moves.from_lane[own]], link[moves.from_lane[foe]]
    kept = (signal == other) & (a != b) & (from_a != from_b)
    own, foe, from_a, from_b = own[kept], foe[kept], from_a[kept], from_b[kept]
    heading = link_headings(city)
    facing = (heading[from_a] * heading[from_b]).sum(axis=1) < OPPOSITE
    kerb, across = (Turn.LEFT, Turn.RIGHT) if city.meta.left_hand else (Turn.RIGHT, Turn.LEFT)
    turns = np.stack([moves.turn[own], moves.turn[foe]])
    mild = ((turns == kerb) | (turns == Turn.UTURN)).any(axis=0) | ((turns == across).any(axis=0) & facing)
    kind = np.where(mild, Level.YIELD, Level.NEVER).astype(np.uint8)
    return signal[kept].astype(np.int64), a[kept], b[kept], kind


def link_headings(city: City) -> F64:
    """Unit vectors in which links reach their ends [n_links, 2]; 0 where a link has no extent."""
    links = city.links
    dx, dy = np.diff(links.geometry_x_m), np.diff(links.geometry_y_m)
    length = np.hypot(dx, dy)
    # The last piece of each link that has a length: pieces between two links are none.
    piece = np.arange(dx.size)
    piece[length == 0.0] = -1
    piece[links.geometry_offset[1:-1] - 1] = -1
    last = np.maximum.reduceat(piece, links.geometry_offset[:-1]) if dx.size else piece
    unit = np.stack([dx[last], dy[last]], axis=1) / np.maximum(length[last], 1e-12)[:, None]
    return np.where((last >= 0)[:, None], unit, 0.0)


_Found = list[tuple[int, int, int]]  # signal and two of its groups


def _against_plans(city: City, offset: I64, level: U8) -> tuple[_Found, _Found]:
    """Release what plans give right of way together; which were released, and which NEVER pairs a plan lets go."""
    released: set[tuple[int, int, int]] = set()
    crossing: set[tuple[int, int, int]] = set()
    phases = city.phases
    for phase, plan in enumerate(phases.plan.tolist()):
        if phases.duration_s[phase] <= 0.0:
            continue
        signal = int(city.plans.signal[plan])
        shown = phases.colours[phases.colour_offset[phase] : phases.colour_offset[phase + 1]]
        square = level[offset[signal] : offset[signal + 1]].reshape(shown.size, shown.size)
        green, strong = shown >= Colour.PERMISSIVE, shown == Colour.PROTECTED
        both = (square == Level.YIELD) & strong[:, None] & strong
        if both.any():
            square[both] = Level.FREE
            released.update((signal, int(g), int(h)) for g, h in np.argwhere(both) if g < h)
        cross = (square == Level.NEVER) & green[:, None] & green
        if cross.any():
            crossing.update((signal, int(g), int(h)) for g, h in np.argwhere(cross) if g < h)
    return sorted(released), sorted(crossing)


def _oddity(city: City, what: str, action: str, found: _Found) -> tuple[Oddity, ...]:
    if not found:
        return ()
    names = tuple(f"{city.signals.signal_id[s]}: groups {g} and {h}" for s, g, h in found[:EXAMPLES])
    return (Oddity(what, len(found), action, names),)
