"""Which lanes lead to which exit of a junction, where a source gives only links (and perhaps arrows on lanes)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from citybrain.city import polyline
from citybrain.city.model import Turn
from citybrain.city.plans import Move
from citybrain.city.streets import Streets

__all__ = ["limit_turn_speeds", "moves_at", "share_by_turn", "turn_speed_mps"]

# Our choice: with it a right turn of 9 m radius is driven at 5.6 m/s (20 km/h) and a left one of 18 m at 7.9 m/s.
LATERAL_MPS2 = 3.5
SLOWEST_TURN_MPS = 3.0
BACKWARD_RAD = math.radians(160.0)
OWN_LEFT_FROM_LANES = 3
Arrows = Sequence[frozenset[Turn]]  # per lane, kerb first; empty set = any


def moves_at(
    streets: Streets,
    node: int,
    arrows: Mapping[int, Arrows] | None = None,
    banned: Iterable[tuple[int, int]] = (),
) -> list[Move]:
    """Every exit of every approach of a node with its lanes.

    `arrows` maps a link to the turns marked on its lanes; `banned` holds pairs (link in, link out). A way back is
    given only where there is no other exit.
    """
    forbidden = set(banned)
    moves = []
    for start in streets.incoming[node]:
        exits = [end for end in streets.outgoing[node] if (start, end) not in forbidden]
        onward = [end for end in exits if not _is_back(streets, start, end)]
        moves += _of_approach(streets, start, onward or exits[:1], (arrows or {}).get(start))
    return moves


def _is_back(streets: Streets, start: int, end: int) -> bool:
    return streets.turn(start, end) is Turn.UTURN or abs(streets.angle(start, end)) > BACKWARD_RAD


def _of_approach(streets: Streets, start: int, exits: list[int], arrows: Arrows | None) -> list[Move]:
    """Moves of one approach, from right to left; arrows that leave an exit without lane are not followed."""
    exits.sort(key=lambda end: streets.angle(start, end))
    turns = [streets.turn(start, end) for end in exits]
    n_lanes = streets.specs[start].n_lanes
    rows = share_by_turn(n_lanes, turns)
    if arrows is not None and len(arrows) == n_lanes:
        marked = [[k for k in range(n_lanes) if not arrows[k] or turn in arrows[k]] for turn in turns]
        served = {k for lanes in marked for k in lanes}
        if all(marked) and len(served) == n_lanes:
            rows = marked
        else:
            name = streets.specs[start].link_id
            streets.builder.note("arrows on lanes do not fit the exits", "lanes shared out by geometry", name)
    return [Move(start, end, turn, tuple(lanes)) for end, turn, lanes in zip(exits, turns, rows, strict=True)]


def share_by_turn(n_lanes: int, turns: Sequence[Turn]) -> list[list[int]]:
    """Lanes (kerb first) of each exit: rights from the kerb lane, lefts from the inner one, through from the rest.

    With three lanes or more the left turn has its lane for itself. No lane is left without an exit.
    """
    lefts = {Turn.LEFT, Turn.UTURN}
    has_left = any(turn in lefts for turn in turns)
    has_through = Turn.THROUGH in turns
    has_right = Turn.RIGHT in turns
    own = int(has_left and n_lanes >= OWN_LEFT_FROM_LANES)
    if has_through:
        rights, inner, through = [0], [n_lanes - 1], list(range(n_lanes - own))
    elif has_left and has_right:
        half = max(n_lanes // 2, 1)
        rights, inner, through = list(range(half)), list(range(min(half, n_lanes - 1), n_lanes)), []
    else:
        rights, inner, through = list(range(n_lanes)), list(range(n_lanes)), []
    return [rights if t is Turn.RIGHT else through if t is Turn.THROUGH else inner for t in turns]


def turn_speed_mps(length_m: float, angle_rad: float) -> float:
    """Speed at which an arc of this length and angle asks for `LATERAL_MPS2` to the side."""
    radius_m = length_m / max(abs(angle_rad), 1e-3)
    return max(math.sqrt(LATERAL_MPS2 * radius_m), SLOWEST_TURN_MPS)


def limit_turn_speeds(streets: Streets) -> None:
    """Slow all movements that turn down to what their curve allows."""
    rows = streets.builder.movements
    for movement, path in streets.paths.items():
        spec = rows[movement]
        if spec.turn is not Turn.THROUGH:
            ends = polyline.heading(path[:2], at_end=False), polyline.heading(path[-2:], at_end=True)
            if path[0] == path[1] or path[-2] == path[-1]:
                ends = polyline.heading(path, at_end=False), polyline.heading(path, at_end=True)
            limit_mps = turn_speed_mps(spec.length_m, polyline.turn_angle(*ends))
            if limit_mps < spec.speed_mps:
                rows[movement] = replace(spec, speed_mps=limit_mps)
