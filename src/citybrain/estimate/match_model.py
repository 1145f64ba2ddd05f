"""How likely a way through the streets is for the positions that a vehicle reported: one column of candidates a report.

A hidden Markov model after Newson & Krumm, "Hidden Markov map matching through noise and sparseness" (SIGSPATIAL 2009):
the distance of a position from a link is Gaussian; the difference between the way driven and the straight line is
exponential. Ours differs in what it asks of a way: movements must exist, turning round costs, a way faster than its
streets allow costs, and going back along a link is taken for what it is, noise of a vehicle that hardly moves.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numba import njit

from citybrain.city.model import F64, I32, City, VehicleClass
from citybrain.errors import InputError
from citybrain.estimate.candidates import LinkIndex, Near, build_link_index, nearest
from citybrain.estimate.route_table import (
    BOUND_M,
    ENTRIES_MAX,
    UTURN_M,
    LinkGraph,
    RouteTable,
    build_route_table,
    find,
    link_graph,
)

IMPOSSIBLE = -np.inf
CANDIDATES_MAX = 32


@dataclass(frozen=True)
class MatchOptions:
    """What the matching expects of positions and drivers. Raises InputError for a value that makes no sense."""

    noise_m: float = 10.0  # standard deviation of a position in each of x and y
    radius_m: float = 60.0  # links farther from a position are not looked at
    candidates: int = 12  # links looked at for one position
    detour_m: float = 10.0  # scale of the difference between way and straight line, for reports of one moment
    detour_per_s: float = 1.0  # ... and how it grows with the time between two reports
    haste_frac: float = 1.3  # a way may be driven so much faster than its speed limits allow
    beam: float = 30.0  # ways e^30 less likely than the best are dropped
    silence_s: float = 600.0  # a vehicle not heard of for so long is forgotten
    vehicles_max: int = 50_000  # remembered at the same time

    def __post_init__(self) -> None:
        for option in fields(self):
            if not 0.0 < getattr(self, option.name) < 1e9:
                raise InputError(f"{option.name} = {getattr(self, option.name)!r}: expected a number above 0")
        if self.candidates > CANDIDATES_MAX:
            raise InputError(f"candidates = {self.candidates}: expected {CANDIDATES_MAX} or fewer")


class _Laws(NamedTuple):
    """The options as the kernels read them."""

    noise_m: float
    radius_m: float
    candidates: int
    detour_m: float
    detour_per_s: float
    haste_frac: float
    beam: float
    silence_s: float


class MatchMap(NamedTuple):
    """Everything the matching knows of a city; made once, only read afterwards."""

    graph: LinkGraph
    routes: RouteTable
    near: LinkIndex
    laws: _Laws


class Columns(NamedTuple):
    """Candidates of reports, best first: the links where a vehicle may have been. Arrays are [rows, candidates]."""

    n: I32  # [rows] how many; 0 = none
    link: I32
    position_m: F64  # beyond the link's length inside the junction at its end
    x_m: F64
    y_m: F64
    score: F64  # log-likelihood of the best way that ends here, less that of the best of all
    back: I32  # which candidate of the report before it came from; -1 = none


def build_match_map(
    city: City, options: MatchOptions | None = None, routes: RouteTable | None = None, bound_m: float = BOUND_M
) -> MatchMap:
    """The map of a city; `routes` are those kept from before (`from_bytes`), else they are worked out."""
    options = options or MatchOptions()
    graph = link_graph(city, VehicleClass.MOTOR, UTURN_M)
    if routes is None:
        routes = build_route_table(graph, bound_m, ENTRIES_MAX)
    laws = _Laws(*(getattr(options, name) for name in _Laws._fields))
    return MatchMap(graph, routes, build_link_index(city, graph), laws)


def new_columns(rows: int, candidates: int) -> Columns:
    """Empty columns."""
    x, y, position, score = (np.zeros((rows, candidates)) for _ in range(4))
    link, back = np.zeros((rows, candidates), np.int32), np.full((rows, candidates), -1, np.int32)
    return Columns(np.zeros(rows, np.int32), link, position, x, y, score, back)


@njit(cache=True, nogil=True)
def emit(city: MatchMap, columns: Columns, row: int, x_m: float, y_m: float, near: Near) -> int:
    """Fill a row with the links near a position, scored by their distance alone; how many."""
    laws = city.laws
    n = nearest(city.near, x_m, y_m, laws.radius_m, laws.candidates, near)
    columns.n[row] = n
    for k in range(n):
        columns.link[row, k], columns.position_m[row, k] = near.link[k], near.position_m[k]
        columns.x_m[row, k], columns.y_m[row, k] = near.x_m[k], near.y_m[k]
        columns.score[row, k] = -0.5 * near.distance2_m2[k] / (laws.noise_m * laws.noise_m)
        columns.back[row, k] = -1
    return n


@njit(cache=True, nogil=True)
def begin(city: MatchMap, columns: Columns, row: int) -> None:
    """Make a row the first of a way.

    A vehicle heard of for the first time has more often just come onto its link than is about to leave it; where two
    directions share a line nothing else tells them apart.
    """
    for k in range(columns.n[row]):
        length_m = city.graph.link_m[columns.link[row, k]]
        columns.score[row, k] -= 0.5 * min(columns.position_m[row, k] / max(length_m, 1.0), 1.0)
    settle(city, columns, row)


@njit(cache=True, nogil=True)
def extend(city: MatchMap, columns: Columns, before: int, row: int, lapse_s: float) -> bool:
    """Join a row to the row before it by the likeliest ways; False (nothing changed) where no way joins them."""
    n = columns.n[row]
    best, origin = np.full(n, IMPOSSIBLE), np.full(n, -1, np.int32)
    for a in range(columns.n[before]):
        base = columns.score[before, a]
        for b in range(n):
            if base > best[b]:  # no way adds likelihood
                value = base + passage(city, columns, before, a, row, b, lapse_s)
                if value > best[b]:
                    best[b], origin[b] = value, a
    if n == 0 or best.max() < -4.0 * city.laws.beam:
        return False
    for b in range(n):
        columns.score[row, b] += best[b]
        columns.back[row, b] = origin[b]
    settle(city, columns, row)
    return True


@njit(cache=True, nogil=True)
def passage(city: MatchMap, columns: Columns, before: int, a: int, row: int, b: int, lapse_s: float) -> float:
    """Log-likelihood of driving from candidate a of one row to candidate b of the next in `lapse_s` seconds."""
    laws, graph = city.laws, city.graph
    i, j = columns.link[before, a], columns.link[row, b]
    p, q = columns.position_m[before, a], columns.position_m[row, b]
    dx, dy = columns.x_m[row, b] - columns.x_m[before, a], columns.y_m[row, b] - columns.y_m[before, a]
    straight_m = np.sqrt(dx * dx + dy * dy)
    if stays(city, i, p, j, q):
        if q < p:
            return -0.25 * (p - q) * (p - q) / (laws.noise_m * laws.noise_m)
        way_m, way_s = q - p, (q - p) * graph.link_s[i] / max(graph.link_m[i], 1e-3)
    else:
        entry = find(city.routes, i, j)
        if entry < 0:
            return IMPOSSIBLE
        way_m = max(graph.link_m[i] - p + city.routes.cost_m[entry] + q, 0.0)
        way_s = city.routes.time_s[entry] + (1.0 - p / max(graph.link_m[i], 1e-3)) * graph.link_s[i]
        way_s += q / max(graph.link_m[j], 1e-3) * graph.link_s[j]
    detour = abs(way_m - straight_m) / (laws.detour_m + laws.detour_per_s * lapse_s)
    slack_s = 3.0 * laws.noise_m * way_s / max(way_m, 1.0)
    haste_s = max(way_s - slack_s - laws.haste_frac * lapse_s, 0.0)
    return -detour - haste_s / (1.0 + 0.1 * lapse_s)


@njit(cache=True, nogil=True)
def stays(city: MatchMap, i: int, p: float, j: int, q: float) -> bool:
    """The way between two places is along one link: forward, or so little back that it is noise."""
    return i == j and p - q <= 6.0 * city.laws.noise_m


@njit(cache=True, nogil=True)
def settle(city: MatchMap, columns: Columns, row: int) -> None:
    """Best first, scores less the best, the hopeless dropped."""
    score, n = columns.score[row], columns.n[row]
    for i in range(n):
        best = i
        for k in range(i + 1, n):
            if score[k] > score[best] or (score[k] == score[best] and columns.link[row, k] < columns.link[row, best]):
                best = k
        if best != i:
            _swap(columns, row, i, best)
    top = score[0] if n else 0.0
    keep = 0
    for k in range(n):
        score[k] -= top
        if score[k] >= -city.laws.beam:
            keep = k + 1
    columns.n[row] = keep


@njit(cache=True, nogil=True)
def _swap(columns: Columns, row: int, i: int, k: int) -> None:
    for ints in (columns.link, columns.back):
        ints[row, i], ints[row, k] = ints[row, k], ints[row, i]
    for floats in (columns.position_m, columns.x_m, columns.y_m, columns.score):
        floats[row, i], floats[row, k] = floats[row, k], floats[row, i]


@njit(cache=True, nogil=True)
def copy_row(columns: Columns, source: int, target: int) -> None:
    """Copy a row's candidates."""
    n = columns.n[source]
    columns.n[target] = n
    for k in range(n):
        columns.link[target, k], columns.back[target, k] = columns.link[source, k], columns.back[source, k]
        columns.position_m[target, k] = columns.position_m[source, k]
        columns.x_m[target, k], columns.y_m[target, k] = columns.x_m[source, k], columns.y_m[source, k]
        columns.score[target, k] = columns.score[source, k]


__all__ = ["Columns", "MatchMap", "MatchOptions", "begin", "build_match_map", "emit", "extend", "new_columns"]
