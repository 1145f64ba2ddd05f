"""Where things lie on the map: lanes beside the line of their link, and vehicles on lanes and inside junctions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F32, F64, I64, City
from citybrain.records.truth import Moving

SHARED_M = 2.0  # lines of two directions that lie nearer than this are one centre line


class Ground:
    """The lines of a city, ready to be asked for many places at once."""

    def __init__(self, city: City) -> None:
        links, lanes = city.links, city.lanes
        self._city = city
        self.shift_m = lane_shifts_m(city)
        self._x, self._y = links.geometry_x_m, links.geometry_y_m
        step = np.hypot(np.diff(self._x, prepend=self._x[:1]), np.diff(self._y, prepend=self._y[:1]))
        self._run = np.cumsum(step)  # along all lines, one after another: rises within each
        self._first, self._last = links.geometry_offset[:-1], links.geometry_offset[1:] - 1
        every, one = np.arange(lanes.link.size), np.ones(lanes.link.size)
        self._starts, self._ends = self.on_lanes(every, 0.0 * one), self.on_lanes(every, one)

    def on_lanes(self, lane: NDArray[np.integer], share: F64) -> F64:
        """Places at a share (0 to 1) of lanes, and the way ahead there: [4, n], x and y in m, unit vector."""
        link = self._city.lanes.link[lane]
        first, last = self._first[link], self._last[link]
        target = self._run[first] + np.clip(share, 0.0, 1.0) * (self._run[last] - self._run[first])
        i = np.clip(np.searchsorted(self._run, target, side="right") - 1, first, np.maximum(last - 1, first))
        j = np.minimum(i + 1, last)
        dx, dy = self._x[j] - self._x[i], self._y[j] - self._y[i]
        size = np.maximum(np.hypot(dx, dy), 1e-6)
        along, shift = np.clip(target - self._run[i], 0.0, size) / size, self.shift_m[lane]
        ux, uy = dx / size, dy / size
        return np.stack([self._x[i] + along * dx + shift * uy, self._y[i] + along * dy - shift * ux, ux, uy])

    def inside(self, movement: NDArray[np.integer], share: F64) -> F64:
        """As `on_lanes`, on movements: a cubic Bézier curve from the end of one lane to the start of the next."""
        moves = self._city.movements
        a, b = self._ends[:, moves.from_lane[movement]], self._starts[:, moves.to_lane[movement]]
        arm = 0.4 * np.hypot(b[0] - a[0], b[1] - a[1])
        p = np.stack([a[:2], a[:2] + arm * a[2:], b[:2] - arm * b[2:], b[:2]])
        t, s = np.clip(share, 0.0, 1.0), 1.0 - np.clip(share, 0.0, 1.0)
        at = s**3 * p[0] + 3 * t * s**2 * p[1] + 3 * t**2 * s * p[2] + t**3 * p[3]
        ahead = s**2 * (p[1] - p[0]) + 2 * s * t * (p[2] - p[1]) + t**2 * (p[3] - p[2])
        return np.concatenate([at, ahead / np.maximum(np.hypot(*ahead), 1e-6)])

    def vehicles(self, seen: Moving) -> F64:
        """Where vehicles are and where they head: [4, n] as above."""
        places = np.zeros((4, seen.vehicle.size))
        on = seen.lane >= 0
        lane, movement = seen.lane[on], seen.movement[~on]
        length_m = self._city.lanes.length_m[lane]
        places[:, on] = self.on_lanes(lane, seen.position_m[on] / np.maximum(length_m, 0.1))
        length_m = self._city.movements.length_m[movement]
        places[:, ~on] = self.inside(movement, seen.position_m[~on] / np.maximum(length_m, 0.1))
        return places


def lane_shifts_m(city: City) -> F32:
    """How far each lane's middle lies to the right of its link's line (left where traffic keeps left) [n_lanes].

    Where the two directions of a street share one line it is the street's middle, and lanes lie beside it; else it is
    the middle of the carriageway.
    """
    links, lanes = city.links, city.lanes
    shared = _shared(city)[lanes.link]
    n = links.n_lanes[lanes.link].astype(np.float64)
    from_kerb = lanes.index.astype(np.float64)
    shift = lanes.width_m * np.where(shared, n - from_kerb - 0.5, (n - 1.0) / 2.0 - from_kerb)
    return (shift * (-1.0 if city.meta.left_hand else 1.0)).astype(np.float32)


def _shared(city: City) -> NDArray[np.bool_]:
    """Links whose line is that of the way back, too [n_links]."""
    links = city.links
    n = len(city.nodes.node_id)
    ahead = links.from_node.astype(np.int64) * n + links.to_node
    back = links.to_node.astype(np.int64) * n + links.from_node
    order = np.argsort(ahead, kind="stable")
    found = order[np.searchsorted(ahead[order], back).clip(max=max(ahead.size - 1, 0))] if ahead.size else order
    first, last = links.geometry_offset[:-1], links.geometry_offset[1:] - 1
    x, y = links.geometry_x_m, links.geometry_y_m
    middle: I64 = first + (last - first) // 2
    near = np.minimum(*(_distance_m(x[middle], y[middle], x, y, ends[found]) for ends in (first, last)))
    near = np.minimum(near, _off_line_m(x, y, (first[found], last[found]), middle))
    return np.asarray((ahead[found] == back) & (near < SHARED_M))


def _distance_m(x_m: F64, y_m: F64, line_x: F64, line_y: F64, at: I64) -> F64:
    return np.hypot(line_x[at] - x_m, line_y[at] - y_m)


def _off_line_m(x: F64, y: F64, ends: tuple[I64, I64], middle: I64) -> F64:
    """How far places lie from other links' lines: [n], from the stretches of each line in turn."""
    first, last = ends
    least = np.full(middle.size, np.inf)
    px, py = x[middle], y[middle]
    for k in range(int((last - first).max(initial=0))):
        a = np.minimum(first + k, last)
        b = np.minimum(a + 1, last)
        dx, dy = x[b] - x[a], y[b] - y[a]
        share = np.clip(((px - x[a]) * dx + (py - y[a]) * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
        least = np.minimum(least, np.hypot(x[a] + share * dx - px, y[a] + share * dy - py))
    return least
