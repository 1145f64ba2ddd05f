"""Polylines in metres: length, trimming, offset to a side, and the curve of a turn through a junction."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from citybrain.city.model import Turn

__all__ = ["curve", "heading", "length_m", "offset_right", "trim", "turn_of"]

Point = tuple[float, float]
CURVE_STEPS = 8
STRAIGHT_RAD = math.radians(1.0)
THROUGH_MAX_RAD = math.radians(45.0)
UTURN_MIN_RAD = math.radians(150.0)


def _bernstein(t: float) -> tuple[float, float, float, float]:
    """Weights of the four control points of a cubic Bézier."""
    return (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3


BERNSTEIN = [_bernstein(i / CURVE_STEPS) for i in range(CURVE_STEPS + 1)]


def length_m(points: Sequence[Point]) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(points))


def unit(start: Point, end: Point) -> Point:
    """Unit vector from start to end; (1, 0) where they coincide."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    size = math.hypot(dx, dy)
    return (dx / size, dy / size) if size > 0.0 else (1.0, 0.0)


def heading(points: Sequence[Point], *, at_end: bool) -> Point:
    """Unit vector of travel at the first or last stretch that has a length."""
    pairs = list(itertools.pairwise(points))
    for a, b in reversed(pairs) if at_end else pairs:
        if a != b:
            return unit(a, b)
    return (1.0, 0.0)


def trim(points: Sequence[Point], start_m: float, end_m: float) -> list[Point]:
    """Cut a length off both ends, along the line; keeps at least a stretch of 1/10 of the line in its middle."""
    total_m = length_m(points)
    room_m = 0.9 * total_m
    if start_m + end_m > room_m > 0.0:
        scale = room_m / (start_m + end_m)
        start_m, end_m = start_m * scale, end_m * scale
    forward = _drop(list(points), start_m)
    return _drop(forward[::-1], end_m)[::-1]


def _drop(points: list[Point], cut_m: float) -> list[Point]:
    """Cut `cut_m` off the head."""
    if cut_m <= 0.0:
        return points
    for i in range(1, len(points)):
        step_m = math.dist(points[i - 1], points[i])
        if cut_m < step_m:
            share = cut_m / step_m
            a, b = points[i - 1], points[i]
            return [(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share), *points[i:]]
        cut_m -= step_m
    return [points[-1], points[-1]]


def offset_right(points: Sequence[Point], shift_m: float) -> list[Point]:
    """Every point moved `shift_m` to the right of travel, at bends along the mean direction of both stretches."""
    last = len(points) - 1
    moved = []
    for i, (x, y) in enumerate(points):
        ahead = unit(points[i], points[i + 1]) if i < last else unit(points[i - 1], points[i])
        behind = unit(points[i - 1], points[i]) if i > 0 else ahead
        ux, uy = unit((0.0, 0.0), (ahead[0] + behind[0], ahead[1] + behind[1]))
        moved.append((x + uy * shift_m, y - ux * shift_m))
    return moved


def curve(start: Point, leaving: Point, end: Point, arriving: Point) -> list[Point]:
    """Cubic Bézier from `start` (unit heading `leaving`) to `end` (unit heading `arriving`).

    The control arm is 0.39 of the chord for a right angle, so a quarter circle is met within 0.1 % of its length.
    """
    chord_m = math.dist(start, end)
    cosine = max(-1.0, min(1.0, leaving[0] * arriving[0] + leaving[1] * arriving[1]))
    angle = math.acos(cosine)
    arm_m = chord_m * _arm_share(angle)
    b = (start[0] + leaving[0] * arm_m, start[1] + leaving[1] * arm_m)
    c = (end[0] - arriving[0] * arm_m, end[1] - arriving[1] * arm_m)
    if angle < STRAIGHT_RAD:
        return [start, end]
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = start, b, c, end
    return [(p * ax + q * bx + r * cx + s * dx, p * ay + q * by + r * cy + s * dy) for p, q, r, s in BERNSTEIN]


def _arm_share(angle: float) -> float:
    """Arm ÷ chord of the Bézier that follows a circular arc of this angle."""
    if angle < 1e-6:
        return 1.0 / 3.0
    angle = min(angle, math.radians(170.0))  # beyond, the arc's chord vanishes
    return (4.0 / 3.0) * math.tan(angle / 4.0) / (2.0 * math.sin(angle / 2.0))


def turn_angle(leaving: Point, arriving: Point) -> float:
    """Angle (rad) from one heading to the next, > 0 to the left."""
    cross = leaving[0] * arriving[1] - leaving[1] * arriving[0]
    return math.atan2(cross, leaving[0] * arriving[0] + leaving[1] * arriving[1])


def turn_of(leaving: Point, arriving: Point) -> Turn:
    """Turn by its angle: through within 45°, u-turn beyond 150°."""
    angle = turn_angle(leaving, arriving)
    if abs(angle) <= THROUGH_MAX_RAD:
        return Turn.THROUGH
    if abs(angle) >= UTURN_MIN_RAD:
        return Turn.UTURN
    return Turn.LEFT if angle > 0.0 else Turn.RIGHT
