"""Which links are near a point: a grid of the links' geometry, and the nearest place on each of the nearest links."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, I64, Bool, City
from citybrain.estimate.jit import entry, inlined, kernel
from citybrain.estimate.route_table import LinkGraph

CELL_M = 50.0
CELLS_MAX = 4_000_000
NEAR_MAX = 64  # links looked at for one point; beyond, the farthest are left out
BRIDGE_MAX_M = 150.0  # a longer gap between two joined links is no junction
BRIDGE_MIN_M = 1.0


class LinkIndex(NamedTuple):
    """Straight pieces of all open links and of the ways across junctions, in a grid.

    A piece is `a + t·d` for t in 0..1 and stands for the positions `from_m + t·span_m` of its link. What joins the end
    of one link to the start of the next belongs to the first, with positions beyond its length: a vehicle inside a
    junction is at the end of the link that it leaves.
    """

    x_m: float  # the grid's lower left corner; pieces are relative to it
    y_m: float
    cell_m: float
    n_columns: int
    n_rows: int
    cell: I64  # [n_columns · n_rows + 1] into the two below: a piece lies in every cell that it crosses
    link: I32
    piece: F64  # [n, 8] ax_m, ay_m, dx_m, dy_m, 1 / (dx² + dy²), from_m, span_m, least t: one line of the CPU's cache


class Near(NamedTuple):
    """The links near one point, nearest first; arrays are [NEAR_MAX], as many as `nearest` said are filled."""

    link: I32
    position_m: F64  # along the link; beyond its length inside the junction at its end
    distance2_m2: F64
    x_m: F64  # the place on the link, relative to the index
    y_m: F64


def build_link_index(city: City, graph: LinkGraph, cell_m: float = CELL_M) -> LinkIndex:
    """The index of a city's open links; cells grow where the city would need more than CELLS_MAX of them."""
    pieces = [np.concatenate(parts) for parts in zip(_pieces(city, graph.is_open), _bridges(city, graph), strict=True)]
    ax, ay, dx, dy = pieces[:4]
    if ax.size == 0:
        x_m = y_m = width_m = height_m = 0.0
    else:
        x_m, y_m = float(min(ax.min(), (ax + dx).min())), float(min(ay.min(), (ay + dy).min()))
        width_m, height_m = float(max(ax.max(), (ax + dx).max())) - x_m, float(max(ay.max(), (ay + dy).max())) - y_m
    cell_m = max(cell_m, float(np.sqrt(width_m * height_m / CELLS_MAX)), max(width_m, height_m) / CELLS_MAX)
    n_columns, n_rows = int(width_m / cell_m) + 1, int(height_m / cell_m) + 1
    cell, piece = _fill(ax - x_m, ay - y_m, dx, dy, cell_m, n_columns, n_rows)
    square = dx * dx + dy * dy
    scale = np.where(square > 0.0, 1.0 / np.maximum(square, 1e-300), 0.0)
    whole = np.column_stack(
        [ax - x_m, ay - y_m, dx, dy, scale, pieces[5], pieces[6], _least(city, graph, pieces[4], pieces[5])]
    )
    return LinkIndex(x_m, y_m, cell_m, n_columns, n_rows, cell, pieces[4].astype(np.int32)[piece], whole[piece])


def nearest_links(index: LinkIndex, x_m: F64, y_m: F64, radius_m: float) -> I32:
    """The link nearest to each point [n], history and direction unheeded; -1 = none within the radius."""
    return _nearest_links(index, np.ascontiguousarray(x_m), np.ascontiguousarray(y_m), float(radius_m))


def _pieces(city: City, is_open: Bool) -> tuple[NDArray[Any], ...]:
    """Start, extent, link and positions of every straight piece of the open links' geometry."""
    links = city.links
    offset, x, y = links.geometry_offset, links.geometry_x_m, links.geometry_y_m
    owner = np.repeat(np.arange(offset.size - 1), np.diff(offset))
    first = np.flatnonzero(owner[:-1] == owner[1:])
    owner = owner[first]
    dx, dy = x[first + 1] - x[first], y[first + 1] - y[first]
    drawn = np.hypot(dx, dy)
    whole = np.bincount(owner, drawn, offset.size - 1)
    scale = links.length_m / np.maximum(whole, 1e-9)
    run = np.cumsum(drawn) - drawn
    begin = np.full(offset.size - 1, np.inf)
    np.minimum.at(begin, owner, run)
    keep = is_open[owner]
    columns: tuple[NDArray[Any], ...] = (
        x[first],
        y[first],
        dx,
        dy,
        owner,
        (run - begin[owner]) * scale[owner],
        drawn * scale[owner],
    )
    return tuple(column[keep] for column in columns)


def _bridges(city: City, graph: LinkGraph) -> tuple[NDArray[Any], ...]:
    """The straight across the junction for every arc that does not turn round."""
    links = city.links
    tail, x, y, dx, dy = _gaps(city, graph)
    size = np.hypot(dx, dy)
    keep = graph.straight & (size >= BRIDGE_MIN_M) & (size <= BRIDGE_MAX_M)
    columns: tuple[NDArray[Any], ...] = (x, y, dx, dy, tail, links.length_m[tail], graph.arc_m)
    return tuple(column[keep] for column in columns)


def _gaps(city: City, graph: LinkGraph) -> tuple[I64, F64, F64, F64, F64]:
    """For every arc the link it leaves, where that ends, and how far off the next begins."""
    links = city.links
    tail = np.repeat(np.arange(graph.link_m.size), np.diff(graph.offset))
    last, first = links.geometry_offset[1:][tail] - 1, links.geometry_offset[:-1][graph.head]
    x, y = links.geometry_x_m[last], links.geometry_y_m[last]
    return tail, x, y, links.geometry_x_m[first] - x, links.geometry_y_m[first] - y


def _least(city: City, graph: LinkGraph, link: I64, from_m: F64) -> F64:
    """The least `t` that counts on each piece: what lies before the start of a link that others lead into is not on it.

    The end of the link before is as near, and every way that begins on this link begins there as well: to follow both
    costs twice the look-ups, and takes the places of links that differ.
    """
    _, _, _, dx, dy = _gaps(city, graph)
    entered = np.zeros(graph.link_m.size, np.bool_)
    entered[graph.head[graph.straight & (np.hypot(dx, dy) <= BRIDGE_MAX_M)]] = True
    return np.where((from_m <= 0.0) & entered[link], 0.0, -np.inf)


@entry
def _fill(ax: F64, ay: F64, dx: F64, dy: F64, cell_m: float, n_columns: int, n_rows: int) -> tuple[I64, I32]:
    """Pieces by the cells that they cross."""
    offset = np.zeros(n_columns * n_rows + 1, np.int64)
    piece = np.empty(0, np.int32)
    for fill in (False, True):
        for k in range(ax.size):
            low, high = min(ax[k], ax[k] + dx[k]), max(ax[k], ax[k] + dx[k])
            for column in range(int(low / cell_m), min(int(high / cell_m), n_columns - 1) + 1):
                begin, end = _rows_crossed(ax[k], ay[k], dx[k], dy[k], column * cell_m, cell_m)
                for r in range(max(begin, 0), min(end, n_rows - 1) + 1):
                    c = r * n_columns + column
                    if fill:
                        piece[offset[c]] = k
                        offset[c] += 1
                    else:
                        offset[c + 1] += 1
        if not fill:
            offset = np.cumsum(offset)
            piece = np.empty(offset[-1], np.int32)
    offset[1:] = offset[:-1].copy()
    offset[0] = 0
    return offset, piece


@inlined
def _rows_crossed(ax: float, ay: float, dx: float, dy: float, left_m: float, cell_m: float) -> tuple[int, int]:
    """First and last row that a piece crosses inside one column; a hair's breadth more, for rounding."""
    t0, t1 = 0.0, 1.0
    if dx != 0.0:
        t0, t1 = (left_m - ax) / dx, (left_m + cell_m - ax) / dx
        t0, t1 = max(min(t0, t1), 0.0), min(max(t0, t1), 1.0)
    y0, y1 = ay + t0 * dy, ay + t1 * dy
    return int(np.floor((min(y0, y1) - 1e-6) / cell_m)), int(np.floor((max(y0, y1) + 1e-6) / cell_m))


@kernel
def new_near() -> Near:
    """Room for the links near one point."""
    f = np.zeros((4, NEAR_MAX))
    return Near(np.zeros(NEAR_MAX, np.int32), f[0], f[1], f[2], f[3])


@inlined
def nearest(index: LinkIndex, x_m: float, y_m: float, radius_m: float, count: int, out: Near) -> int:
    """Put the `count` nearest links within the radius into `out`, nearest first, equals by number; how many.

    A point that is no number has none. A link is not near a point that lies before its start: see `_least`.
    """
    x, y, size = x_m - index.x_m, y_m - index.y_m, index.cell_m
    wide, high = index.n_columns * size + radius_m, index.n_rows * size + radius_m
    if not (-radius_m <= x <= wide and -radius_m <= y <= high):
        return 0
    left, right = max(int((x - radius_m) / size), 0), min(int((x + radius_m) / size), index.n_columns - 1)
    n, limit = 0, radius_m * radius_m
    for row in range(max(int((y - radius_m) / size), 0), min(int((y + radius_m) / size), index.n_rows - 1) + 1):
        base = row * index.n_columns
        for k in range(index.cell[base + left], index.cell[base + right + 1]):
            piece = index.piece[k]
            t = ((x - piece[0]) * piece[2] + (y - piece[1]) * piece[3]) * piece[4]
            if t < piece[7]:
                continue
            t = min(max(t, 0.0), 1.0)
            px, py = piece[0] + t * piece[2], piece[1] + t * piece[3]
            gap = (x - px) * (x - px) + (y - py) * (y - py)
            if gap <= limit:
                at, n = _place(out, n, index.link[k], gap)
                if at >= 0:
                    out.link[at], out.distance2_m2[at], out.x_m[at], out.y_m[at] = index.link[k], gap, px, py
                    out.position_m[at] = piece[5] + t * piece[6]
    _sort(out, n, count)
    return min(n, count)


@entry
def _nearest_links(index: LinkIndex, x_m: F64, y_m: F64, radius_m: float) -> I32:
    found, near = np.full(x_m.size, -1, np.int32), new_near()
    for k in range(x_m.size):
        if nearest(index, x_m[k], y_m[k], radius_m, 1, near) > 0:
            found[k] = near.link[0]
    return found


@inlined
def _place(out: Near, n: int, link: int, gap: float) -> tuple[int, int]:
    """Where in the list a place of a link belongs, -1 = the list has a nearer one; and the length of the list then."""
    for i in range(n):
        if out.link[i] == link:
            return (i if gap < out.distance2_m2[i] else -1), n
    if n < NEAR_MAX:
        return n, n + 1
    worst = 0
    for i in range(1, n):
        worst = i if out.distance2_m2[i] > out.distance2_m2[worst] else worst
    return (worst if gap < out.distance2_m2[worst] else -1), n


@inlined
def _sort(out: Near, n: int, count: int) -> None:
    """Bring the first `count` of the list to its front, in order of distance and number."""
    for i in range(min(n, count)):
        best = i
        for k in range(i + 1, n):
            nearer = out.distance2_m2[k] < out.distance2_m2[best]
            if nearer or (out.distance2_m2[k] == out.distance2_m2[best] and out.link[k] < out.link[best]):
                best = k
        if best != i:
            out.link[i], out.link[best] = out.link[best], out.link[i]
            for column in (out.position_m, out.distance2_m2, out.x_m, out.y_m):
                column[i], column[best] = column[best], column[i]
