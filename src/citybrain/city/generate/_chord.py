"""Where to cut a block in two: tries a family of straight cuts on one polygon and returns the best (compiled)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from citybrain.city.model import F64, I64

MIN_COS = 0.68  # a cut meets the block's sides at 47 degrees or more
BADLY = 1e9


@njit(cache=True)
def _room(x: F64, y: F64, degree: I64, corner: int, forward: int) -> float:
    """Metres along the boundary from a corner to the next junction (three streets or more), in one direction."""
    n, total, i = x.size, 0.0, corner
    while total < 2000.0:
        if degree[i] >= 3:
            return total
        j = (i + forward) % n
        total += math.hypot(x[j] - x[i], y[j] - y[i])
        i = j
    return total


@njit(cache=True)
def _anchor(x: F64, y: F64, degree: I64, room: F64, hit: tuple[int, float], limits: F64) -> tuple[int, float]:
    """Move a hit on a side to a junction close by (so that streets go on across), or keep it where there is room.

    Returns (corner, -1.0) to use a corner, (side, share) to cut the side, (-1, 0.0) where neither is possible.
    `room` [n] is the least distance between junctions along each side; `limits` = (shortest street m, snap m).
    """
    n = x.size
    side, share = hit
    a, b = side, (side + 1) % n
    length = math.hypot(x[b] - x[a], y[b] - y[a])
    back, ahead = share * length, (1.0 - share) * length
    near, gap = (a, back) if back <= ahead else (b, ahead)
    if degree[near] == 3 and gap < limits[1] and _straight(x, y, near):
        return near, -1.0
    room_back = back + _room(x, y, degree, a, -1)
    room_ahead = ahead + _room(x, y, degree, b, 1)
    if room_back < room[side] or room_ahead < room[side]:
        return -1, 0.0
    if degree[near] == 2 and gap < 0.5 * limits[0]:
        if _room(x, y, degree, near, -1) >= room[side] and _room(x, y, degree, near, 1) >= room[side]:
            return near, -1.0
        if gap < 15.0:
            return -1, 0.0
    return side, share


@njit(cache=True)
def _straight(x: F64, y: F64, i: int) -> bool:
    """Is corner i nearly flat, seen from inside the block?"""
    n = x.size
    a, b = i - 1 if i > 0 else n - 1, (i + 1) % n
    ux, uy, vx, vy = x[i] - x[a], y[i] - y[a], x[b] - x[i], y[b] - y[i]
    return bool(ux * vx + uy * vy > 0.85 * math.hypot(ux, uy) * math.hypot(vx, vy))


@njit(cache=True)
def _steep(x: F64, y: F64, at: int, share: float, ex: float, ey: float) -> bool:
    """Does a cut leaving in direction (ex, ey) stay clear of the two sides at its end?"""
    n = x.size
    b = (at + 1) % n
    a = at if share >= 0 else (at - 1 if at > 0 else n - 1)
    size = math.hypot(ex, ey)
    fx, fy = x[b] - x[at], y[b] - y[at]
    rx, ry = x[at] - x[a], y[at] - y[a]
    if share >= 0:
        rx, ry = fx, fy
    forward = (fx * ex + fy * ey) / (size * math.hypot(fx, fy))
    backward = -(rx * ex + ry * ey) / (size * math.hypot(rx, ry))
    return bool(forward < MIN_COS and backward < MIN_COS)


@njit(cache=True)
def _crosses(x: F64, y: F64, ends: F64, skip: tuple[int, int, float, float]) -> bool:
    """Does the cut (px, py, qx, qy) meet another side, or pass within 40 m of a corner it does not use?"""
    px, py, qx, qy = ends
    n = x.size
    dx, dy = qx - px, qy - py
    size = math.hypot(dx, dy)
    for i in range(n):
        j = (i + 1) % n
        si = (dx * (y[i] - py) - dy * (x[i] - px)) / size
        sj = (dx * (y[j] - py) - dy * (x[j] - px)) / size
        ti = (dx * (x[i] - px) + dy * (y[i] - py)) / size
        used = (skip[2] < 0 and i == skip[0]) or (skip[3] < 0 and i == skip[1])
        if not used and abs(si) < 40.0 and 45.0 < ti < size - 45.0:
            return True
        own = i in (skip[0], skip[1]) or (skip[2] < 0 and j == skip[0]) or (skip[3] < 0 and j == skip[1])
        if own or si * sj >= 0:
            continue
        along = si / (si - sj)
        t = (dx * (x[i] + along * (x[j] - x[i]) - px) + dy * (y[i] + along * (y[j] - y[i]) - py)) / size
        if 0.0 < t < size:
            return True
    return False


@njit(cache=True)
def _hits(x: F64, y: F64, ox: float, oy: float, ux: float, uy: float) -> tuple[int, float, int, float]:
    """The two sides that a line through (ox, oy), inside the block, meets first both ways; -1 where none."""
    n = x.size
    side_a, share_a, best_a, side_b, share_b, best_b = -1, 0.0, -BADLY, -1, 0.0, BADLY
    for i in range(n):
        j = (i + 1) % n
        si = ux * (y[i] - oy) - uy * (x[i] - ox)
        sj = ux * (y[j] - oy) - uy * (x[j] - ox)
        if (si >= 0) == (sj >= 0):
            continue
        share = si / (si - sj)
        t = ux * (x[i] + share * (x[j] - x[i]) - ox) + uy * (y[i] + share * (y[j] - y[i]) - oy)
        if best_a < t <= 0:
            side_a, share_a, best_a = i, share, t
        elif 0 < t < best_b:
            side_b, share_b, best_b = i, share, t
    return side_a, share_a, side_b, share_b


@njit(cache=True)
def inside(x: F64, y: F64, px: float, py: float) -> bool:
    n, odd = x.size, False
    for i in range(n):
        j = (i + 1) % n
        if (y[i] > py) != (y[j] > py) and px < x[i] + (py - y[i]) * (x[j] - x[i]) / (y[j] - y[i]):
            odd = not odd
    return odd


@njit(cache=True)
def _share_of_area(x: F64, y: F64, cut: tuple[int, float, int, float], ends: F64) -> float:
    """Part of the block's area on one side of the cut."""
    n, whole, part = x.size, 0.0, 0.0
    for i in range(n):
        j = (i + 1) % n
        whole += x[i] * y[j] - x[j] * y[i]
    px, py = ends[0], ends[1]
    lx, ly = px, py
    i = (cut[0] + 1) % n
    stop = (cut[2] + 1) % n if cut[3] >= 0 else cut[2]
    while i != stop:
        part += lx * y[i] - x[i] * ly
        lx, ly = x[i], y[i]
        i = (i + 1) % n
    part += lx * ends[3] - ends[2] * ly
    part += ends[2] * py - px * ends[3]
    return float(part / whole)


@njit(cache=True)
def _place(x: F64, y: F64, at: int, share: float) -> tuple[float, float]:
    if share < 0:
        return x[at], y[at]
    j = (at + 1) % x.size
    return x[at] + share * (x[j] - x[at]), y[at] + share * (y[j] - y[at])


@njit(cache=True)
def _try(x: F64, y: F64, degree: I64, room: F64, line: F64, limits: F64) -> tuple[float, int, float, int, float]:
    """Cost (lower is better, BADLY = impossible) and both ends of the cut along a line (ox, oy, ux, uy)."""
    ox, oy, ux, uy = line
    a, sa, b, sb = _hits(x, y, ox, oy, ux, uy)
    if a < 0 or b < 0:
        return BADLY, -1, 0.0, -1, 0.0
    a, sa = _anchor(x, y, degree, room, (a, sa), limits)
    b, sb = _anchor(x, y, degree, room, (b, sb), limits)
    if a < 0 or b < 0 or a == b:
        return BADLY, -1, 0.0, -1, 0.0
    px, py = _place(x, y, a, sa)
    qx, qy = _place(x, y, b, sb)
    ends = np.array([px, py, qx, qy])
    dx, dy = qx - px, qy - py
    size = math.hypot(dx, dy)
    if size < limits[0] or not _steep(x, y, a, sa, dx, dy) or not _steep(x, y, b, sb, -dx, -dy):
        return BADLY, -1, 0.0, -1, 0.0
    if _crosses(x, y, ends, (a, b, sa, sb)):
        return BADLY, -1, 0.0, -1, 0.0
    share = _share_of_area(x, y, (a, sa, b, sb), ends)
    if not 0.15 < share < 0.85:
        return BADLY, -1, 0.0, -1, 0.0
    turned = abs(dx * uy - dy * ux) / size
    ends_free = (0.12 if sa >= 0 else 0.0) + (0.12 if sb >= 0 else 0.0)
    return abs(share - 0.5) + 1.2 * turned + ends_free, a, sa, b, sb


@njit(cache=True)
def best_chord(x: F64, y: F64, degree: I64, room: F64, frame: F64, limits: F64) -> tuple[float, int, float, int, float]:
    """The best cut of a block.

    `x`/`y`/`degree` [n] are its corners, counter-clockwise; `room` [n] the least distance between junctions on the
    side after each corner; `frame` = (angle of the streets rad, jitter 0..1);
    `limits` = (shortest street m, snap distance m). Returns (cost, corner, share, corner, share) with share < 0 where
    the cut starts at the corner itself, else that far along the side after it; cost >= BADLY where no cut fits.
    """
    best = (BADLY, -1, 0.0, -1, 0.0)
    for axis in range(2):
        angle = frame[0] + axis * math.pi / 2
        ux, uy = math.cos(angle), math.sin(angle)
        along, across = x * ux + y * uy, y * ux - x * uy
        # Prefer the cut across the block's long side.
        extent, width = along.max() - along.min(), across.max() - across.min()
        unfit = 0.6 * max(0.0, extent / width - 1.0)
        for k in range(9):
            for turn in range(3):
                tilt = angle + 0.14 * (turn - 1)
                vx, vy = math.cos(tilt), math.sin(tilt)
                level = across.min() + width * (0.5 + 0.075 * (k - 4) + 0.06 * (frame[1] - 0.5))
                middle = 0.5 * (along.max() + along.min())
                ox, oy = middle * ux - level * uy, middle * uy + level * ux
                if not inside(x, y, ox, oy):
                    continue
                found = _try(x, y, degree, room, np.array([ox, oy, vx, vy]), limits)
                cost = found[0] + unfit + (0.03 if turn != 1 else 0.0)
                if cost < best[0]:
                    best = (cost, found[1], found[2], found[3], found[4])
    return best
