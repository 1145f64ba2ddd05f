"""Who meets whom at a junction and who yields, from the request rows of a SUMO network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from citybrain.city.builder import CityBuilder
from citybrain.city.polyline import length_m
from citybrain.city.sumo.net import Junction, Net, Request
from citybrain.city.sumo.turns import Path, Turns
from citybrain.city.sumo.xml import Point
from citybrain.errors import FormatError

__all__ = ["add_right_of_way", "meeting_share"]

Pairs = dict[tuple[int, int], list[bool]]  # movements a < b: does a yield to b, does b yield to a


def add_right_of_way(builder: CityBuilder, net: Net, turns: Turns) -> None:
    """Add the foes of all movements, both directions.

    Row i of a junction speaks of its i-th connection; bit j, counted from the right, of `foes` tells that it meets
    connection j, of `response` that it yields to it. Either is enough to make two movements foes.
    """
    for junction in net.junctions:
        movements = _movements(junction, turns)
        pairs: Pairs = {}
        for request in junction.requests:
            _add_row(net, junction, request, movements, pairs)
        for (a, b), (a_yields, b_yields) in sorted(pairs.items()):
            a_at_m, b_at_m = _meeting(turns, a, b)
            builder.add_foe(a, b, a_yields, a_at_m)
            builder.add_foe(b, a, b_yields, b_at_m)


def _movements(junction: Junction, turns: Turns) -> list[int]:
    """Movement of each request row; -1 for crossings and what was left out.

    Networks without lanes inside junctions number the rows by incoming lane, then in the order of the connections.
    """
    if junction.inside:
        rows = [turns.inside.get(lane, -1) for lane in junction.inside]
        return [turns.movement[row] if row >= 0 else -1 for row in rows]
    return [turns.movement[row] for lane in junction.incoming for row in turns.start.get(lane, ())]


def _add_row(net: Net, junction: Junction, request: Request, movements: Sequence[int], pairs: Pairs) -> None:
    if request.index >= len(movements):
        if not movements:
            return  # nothing but crossings
        place = f'<junction id="{junction.junction_id}">'
        raise FormatError(net.file, place, f"request {request.index}", f"at most {len(movements)} rows")
    own = movements[request.index]
    for key, bits in (("foes", request.foes), ("response", request.response)):
        for j, bit in enumerate(reversed(bits)):
            foe = movements[j] if j < len(movements) else -1
            if bit != "1" or own < 0 or foe < 0 or foe == own:
                continue
            pair = pairs.setdefault((min(own, foe), max(own, foe)), [False, False])
            if key == "response":
                pair[0 if own < foe else 1] = True


def _meeting(turns: Turns, a: int, b: int) -> tuple[float, float]:
    """Distance along a and along b where their paths meet; nan where they do not touch."""
    first, second = turns.path[a], turns.path[b]
    return _at_m(first, meeting_share(first.points, second.points)), _at_m(
        second, meeting_share(second.points, first.points)
    )


def _at_m(path: Path, share: float) -> float:
    return path.length_m * share


def meeting_share(points: Sequence[Point], other: Sequence[Point]) -> float:
    """Share 0..1 of a polyline where it first meets another one; nan where it does not."""
    total_m = length_m(points)
    if total_m <= 0.0:
        return math.nan
    done_m = 0.0
    for a, b in pairwise(points):
        step_m = math.dist(a, b)
        shares = [share for c, d in pairwise(other) if not math.isnan(share := _crossing(a, b, c, d))]
        if shares:
            return min(1.0, (done_m + min(shares) * step_m) / total_m)
        done_m += step_m
    return math.nan


def _crossing(a: Point, b: Point, c: Point, d: Point) -> float:
    """Share of a-b where c-d crosses it; nan where it does not (or runs along it)."""
    rx, ry, sx, sy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    cross = rx * sy - ry * sx
    if abs(cross) < 1e-9:
        return 1.0 if math.dist(b, d) < 1e-6 else math.nan  # the usual end of two paths that merge
    qx, qy = c[0] - a[0], c[1] - a[1]
    t, u = (qx * sy - qy * sx) / cross, (qx * ry - qy * rx) / cross
    slack = 1e-6
    return min(max(t, 0.0), 1.0) if -slack <= t <= 1.0 + slack and -slack <= u <= 1.0 + slack else math.nan
