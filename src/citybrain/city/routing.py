"""Shortest routes on the city's links: turn restrictions and lane permissions respected, any live cost per link.

The graph is link-to-link: its nodes are the city's links, its arcs the pairs of links that a movement joins on lanes
open to the vehicle class. The cost of a route is the sum of its links' costs, the last one's included, and of its
arcs' fixed costs (time inside the junction and a small penalty for turning).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citybrain.city import _heap
from citybrain.city.model import F32, F64, I32, I64, Bool, City, Ids, Turn, VehicleClass
from citybrain.errors import InputError, RouteError

# Free-flow time inside the junction already counts; these stand for what it does not tell. The values are the defaults
# of SUMO's router (minor-penalty, turnaround-penalty), so that trips without a route take the same one there and here.
TURN_PENALTY_S: dict[Turn, float] = {Turn.THROUGH: 0.0, Turn.RIGHT: 0.0, Turn.LEFT: 0.0, Turn.UTURN: 5.0}
UNSIGNALISED_MINOR_S = 1.5  # a minor movement stops or nearly so
CLOSED_S = 1e9  # a cost this high or higher counts as closed


@dataclass(frozen=True, eq=False)
class RouteGraph:
    """Arcs between links for one vehicle class, by their start (`out_*`) and by their end (`in_*`).

    `out_link[out_offset[i]:out_offset[i + 1]]` [n_arcs] are the links that follow link i; `in_link` those before it.
    `arc_s` are the fixed seconds of an arc in either order; `free_s` [n_links] the free-flow time of each link.
    `is_open` [n_links] tells whether any lane of a link admits the class.
    """

    vehicle_class: VehicleClass
    link_id: Ids
    out_offset: I64
    out_link: I32
    out_arc_s: F32
    in_offset: I64
    in_link: I32
    in_arc_s: F32
    free_s: F32
    is_open: Bool

    @classmethod
    def from_city(cls, city: City, vehicle_class: VehicleClass = VehicleClass.CAR) -> RouteGraph:
        """The graph that a vehicle of this class may drive on (O(movements))."""
        start, end, seconds = _arcs(city, vehicle_class)
        n = city.links.length_m.size
        out_offset, out_order = _csr(start, n)
        in_offset, in_order = _csr(end, n)
        allowed = (city.lanes.allowed & np.uint16(vehicle_class)) != 0
        free_s, is_open = _free_flow(city, allowed)
        return cls(
            vehicle_class=vehicle_class,
            link_id=city.links.link_id,
            out_offset=out_offset,
            out_link=end[out_order],
            out_arc_s=seconds[out_order],
            in_offset=in_offset,
            in_link=start[in_order],
            in_arc_s=seconds[in_order],
            free_s=free_s,
            is_open=is_open,
        )

    @property
    def n_links(self) -> int:
        return self.out_offset.size - 1


@dataclass(frozen=True, eq=False)
class Tree:
    """Shortest paths between one root link and all others.

    `cost_s` [n_links] counts both end links (inf = unreachable); `step` [n_links] is the next link towards the root
    (-1 at the root and where unreachable).
    """

    root: int
    cost_s: F64
    step: I32


def _arcs(city: City, vehicle_class: VehicleClass) -> tuple[I32, I32, F32]:
    """Distinct (from link, to link) pairs of the open movements with the seconds of the cheapest of them."""
    moves, lanes = city.movements, city.lanes
    bit = np.uint16(vehicle_class)
    usable = ((lanes.allowed[moves.from_lane] & bit) != 0) & ((lanes.allowed[moves.to_lane] & bit) != 0)
    turn_s = np.array([TURN_PENALTY_S[Turn(t)] for t in range(len(Turn))])[moves.turn]
    minor_s = np.where((moves.group < 0) & ~moves.major, UNSIGNALISED_MINOR_S, 0.0)
    seconds = moves.length_m / np.maximum(moves.speed_mps, 0.1) + turn_s + minor_s
    start, end = lanes.link[moves.from_lane][usable], lanes.link[moves.to_lane][usable]
    order = np.lexsort((seconds[usable], end, start))
    start, end, seconds = start[order], end[order], seconds[usable][order]
    first = np.ones(start.size, np.bool_)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    return start[first].astype(np.int32), end[first].astype(np.int32), seconds[first].astype(np.float32)


def _csr(key: I32, n: int) -> tuple[I64, NDArray[np.intp]]:
    """Offsets [n + 1] and the stable order that groups equal keys."""
    offset = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=n), out=offset[1:])
    return offset, np.argsort(key, kind="stable")


def _free_flow(city: City, allowed: Bool) -> tuple[F32, Bool]:
    """Free-flow seconds and openness of each link, from the fastest lane that is open."""
    links, lanes = city.links, city.lanes
    speed_mps = np.zeros(links.length_m.size)
    np.maximum.at(speed_mps, lanes.link[allowed], lanes.speed_mps[allowed])
    is_open = speed_mps > 0
    free_s = np.where(is_open, links.length_m / np.maximum(speed_mps, 0.1), CLOSED_S)
    return free_s.astype(np.float32), is_open


def _cost(graph: RouteGraph, cost_s: ArrayLike | None) -> F32:
    """The live cost per link, closed links included; default is free flow."""
    if cost_s is None:
        return graph.free_s
    cost = np.ascontiguousarray(cost_s, np.float32)
    if cost.shape != (graph.n_links,):
        raise InputError(f"cost per link: shape {cost.shape}; expected ({graph.n_links},)")
    if not (cost >= 0).all():
        raise InputError("cost per link: negative or nan values; expected seconds >= 0")
    return np.where(graph.is_open, cost, np.float32(CLOSED_S)).astype(np.float32)


def tree_to(graph: RouteGraph, destination: int, cost_s: ArrayLike | None = None) -> Tree:
    """Shortest paths from every link to `destination`. `cost_s` [n_links] float32 seconds; default free flow."""
    _check_links(graph, np.array([destination]))
    nobody = np.zeros(graph.n_links, np.bool_)
    cost = _cost(graph, cost_s)
    total, step = _heap.tree(graph.in_offset, graph.in_link, graph.in_arc_s, cost, destination, nobody, -1)
    return Tree(destination, total, step)


def tree_from(graph: RouteGraph, origin: int, cost_s: ArrayLike | None = None) -> Tree:
    """Shortest paths from `origin` to every link; `step` points back towards the origin."""
    _check_links(graph, np.array([origin]))
    nobody = np.zeros(graph.n_links, np.bool_)
    cost = _cost(graph, cost_s)
    total, step = _heap.tree(graph.out_offset, graph.out_link, graph.out_arc_s, cost, origin, nobody, -1)
    return Tree(origin, total, step)


def route(graph: RouteGraph, origin: int, destination: int, cost_s: ArrayLike | None = None) -> I32:
    """Links of the cheapest route, both ends included. Raises RouteError where none exists."""
    return route_many(graph, [origin], [destination], cost_s)[1]


def route_many(
    graph: RouteGraph, origins: ArrayLike, destinations: ArrayLike, cost_s: ArrayLike | None = None
) -> tuple[I64, I32]:
    """Cheapest routes of many pairs: `(offset [n + 1], link)`, row k is `link[offset[k]:offset[k + 1]]`.

    One search per distinct destination, so group trips on few destinations. Raises RouteError naming the first pair
    (in order of destination) without a route.
    """
    origin, destination = np.asarray(origins, np.int32), np.asarray(destinations, np.int32)
    if origin.shape != destination.shape or origin.ndim != 1:
        raise InputError(f"origins {origin.shape} and destinations {destination.shape}; expected equal lengths")
    _check_links(graph, origin)
    _check_links(graph, destination)
    order = np.argsort(destination, kind="stable").astype(np.int64)
    cost = _cost(graph, cost_s)
    begin, pool, lost = _heap.many(graph.in_offset, graph.in_link, graph.in_arc_s, cost, origin, destination, order)
    if lost >= 0:
        pair = f"{graph.link_id[origin[lost]]} to {graph.link_id[destination[lost]]}"
        raise RouteError(f"no route from {pair} for {graph.vehicle_class.name}")
    return _reorder(begin, pool, order)


def _reorder(begin: I64, pool: I32, order: I64) -> tuple[I64, I32]:
    """Bring the rows of a pool that lie in `order`'s order back into the caller's order."""
    length = np.empty(order.size, np.int64)
    start = np.empty(order.size, np.int64)
    length[order], start[order] = np.diff(begin), begin[:-1]
    offset = np.zeros(order.size + 1, np.int64)
    np.cumsum(length, out=offset[1:])
    index = np.arange(offset[-1]) + np.repeat(start - offset[:-1], length)
    return offset, pool[index]


def route_cost_s(graph: RouteGraph, links: Sequence[int] | I32, cost_s: ArrayLike | None = None) -> float:
    """Cost of a given route. Raises RouteError where two consecutive links are not joined."""
    cost, total = _cost(graph, cost_s), 0.0
    for here, after in pairwise(links):
        row = slice(graph.out_offset[here], graph.out_offset[here + 1])
        found = np.flatnonzero(graph.out_link[row] == after)
        if found.size == 0:
            raise RouteError(f"{graph.link_id[here]} does not lead to {graph.link_id[after]}")
        total += float(graph.out_arc_s[row][found[0]])
    return total + float(cost[np.asarray(links)].sum(dtype=np.float64))


def _check_links(graph: RouteGraph, links: NDArray[np.integer]) -> None:
    if links.size and (links.min() < 0 or links.max() >= graph.n_links):
        raise InputError(f"link index out of range; expected 0..{graph.n_links - 1}")


def strongly_connected(graph: RouteGraph) -> Bool:
    """Mask [n_links] of the largest set of open links in which every link reaches every other."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    n = graph.n_links
    ones = np.ones(graph.out_link.size, np.int8)
    matrix = csr_matrix((ones, graph.out_link, graph.out_offset), shape=(n, n))
    _, label = connected_components(matrix, directed=True, connection="strong")
    if n == 0:
        return np.zeros(0, np.bool_)
    size = np.bincount(label, weights=graph.is_open.astype(np.float64))
    return np.asarray((label == size.argmax()) & graph.is_open, np.bool_)


def nearest_links(city: City, x_m: float, y_m: float, count: int = 1) -> I32:
    """The `count` links whose geometry comes nearest to a point, nearest first (metres of the city's projection)."""
    links = city.links
    first = np.delete(np.arange(links.geometry_x_m.size - 1), links.geometry_offset[1:-1] - 1)
    ax, ay = links.geometry_x_m[first], links.geometry_y_m[first]
    dx, dy = links.geometry_x_m[first + 1] - ax, links.geometry_y_m[first + 1] - ay
    along = ((x_m - ax) * dx + (y_m - ay) * dy) / np.maximum(dx * dx + dy * dy, 1e-9)
    along = np.clip(along, 0.0, 1.0)
    distance_m = np.hypot(ax + along * dx - x_m, ay + along * dy - y_m)
    owner = np.searchsorted(links.geometry_offset, first, side="right") - 1
    best = np.full(links.length_m.size, np.inf)
    np.minimum.at(best, owner, distance_m)
    return np.argsort(best, kind="stable")[:count].astype(np.int32)
