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

from citybrain.city.model import F64, I32, City, VehicleClass
from citybrain.errors import InputError
from citybrain.estimate.candidates import LinkIndex, Near, build_link_index, nearest
from citybrain.estimate.jit import inlined, kernel
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
from citybrain.settings import Settings

IMPOSSIBLE = -np.inf
CANDIDATES_MAX = 32
TAIL = 2.5  # standard deviations; beyond, a position is more likely odd than a Gaussian would have it
LOST = 40.0  # a way e^40 less likely than none: it was not driven


@dataclass(frozen=True)
class MatchOptions:
    """What the matching expects of positions and drivers. Raises InputError for a value that makes no sense."""

    noise_m: float = 10.0  # standard deviation of a position in each of x and y
    radius_m: float = 60.0  # links farther from a position are not looked at
    candidates: int = 12  # links looked at for one position
    detour_m: float = 10.0  # scale of the difference between way and straight line, for reports of one moment
    detour_per_s: float = 1.0  # ... and how it grows with the time between two reports
    haste_frac: float = 1.3  # a way may be driven so much faster than its speed limits allow
    beam: float = 15.0  # ways e^15 less likely than the best are dropped
    silence_s: float = 600.0  # a vehicle not heard of for so long is forgotten
    vehicles_max: int = 50_000  # remembered at the same time

    def __post_init__(self) -> None:
        for option in fields(self):
            if not 0.0 < getattr(self, option.name) < 1e9:
                raise InputError(f"{option.name} = {getattr(self, option.name)!r}: expected a number above 0")
        if self.candidates > CANDIDATES_MAX:
            raise InputError(f"candidates = {self.candidates}: expected {CANDIDATES_MAX} or fewer")


def match_options(settings: Settings) -> MatchOptions:
    """What the settings say of the matching; the other options are those of the model."""
    return MatchOptions(
        noise_m=float(settings.match_noise_m),
        radius_m=float(settings.match_radius_m),
        candidates=settings.match_candidates,
        silence_s=float(settings.match_silence_s),
        vehicles_max=settings.match_vehicles_max,
    )


class Laws(NamedTuple):
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
    link: F64  # [n_links, 2] length (m) and free-flow seconds a metre, side by side for the CPU's cache
    laws: Laws


class Columns(NamedTuple):
    """Candidates of reports, best first: the links where a vehicle may have been. Arrays are [rows, candidates]."""

    n: I32  # [rows] how many; 0 = none
    link: I32
    position_m: F64  # beyond the link's length inside the junction at its end
    x_m: F64
    y_m: F64
    score: F64  # log-likelihood of the best way that ends here, less that of the best of all
    back: I32  # which candidate of the report before it came from; -1 = none


class Step(NamedTuple):
    """From one row of columns to another."""

    before: int
    row: int
    lapse_s: float


def build_match_map(
    city: City, options: MatchOptions | None = None, routes: RouteTable | None = None, bound_m: float = BOUND_M
) -> MatchMap:
    """The map of a city; `routes` are those kept from before (`from_bytes`), else they are worked out."""
    options = options or MatchOptions()
    graph = link_graph(city, VehicleClass.MOTOR, UTURN_M)
    if routes is None:
        routes = build_route_table(graph, bound_m, ENTRIES_MAX)
    laws = Laws(*(getattr(options, name) for name in Laws._fields))
    link = np.column_stack([graph.link_m, graph.link_s / np.maximum(graph.link_m, 1e-3)])
    return MatchMap(graph, routes, build_link_index(city, graph), link, laws)


def new_columns(rows: int, candidates: int) -> Columns:
    """Empty columns."""
    x, y, position, score = (np.zeros((rows, candidates)) for _ in range(4))
    link, back = np.zeros((rows, candidates), np.int32), np.full((rows, candidates), -1, np.int32)
    return Columns(np.zeros(rows, np.int32), link, position, x, y, score, back)


@inlined
def emit(city: MatchMap, columns: Columns, row: int, x_m: float, y_m: float, near: Near) -> int:
    """Fill a row with the links near a position, nearest first, scored by their distance alone; how many.

    Links so far behind the nearest that the beam would drop them are left out.
    """
    laws = city.laws
    n = nearest(city.near, x_m, y_m, laws.radius_m, laws.candidates, near)
    kept = 0
    for k in range(n):
        score = _closeness(laws, near.distance2_m2[k])
        if k > 0 and score < columns.score[row, 0] - laws.beam:
            break
        columns.link[row, k], columns.position_m[row, k] = near.link[k], near.position_m[k]
        columns.x_m[row, k], columns.y_m[row, k] = near.x_m[k], near.y_m[k]
        columns.score[row, k] = score
        columns.back[row, k] = -1
        kept += 1
    columns.n[row] = kept
    return kept


@inlined
def _closeness(laws: Laws, distance2_m2: float) -> float:
    """Log-likelihood of a distance: Gaussian, with the thin tail of a Gaussian made exponential (Huber) at TAIL."""
    z = np.sqrt(distance2_m2) / laws.noise_m
    return -0.5 * z * z if z < TAIL else -TAIL * (z - 0.5 * TAIL)


@inlined
def begin(city: MatchMap, columns: Columns, row: int) -> None:
    """Make a row the first of a way.

    A vehicle heard of for the first time has more often just come onto its link than is about to leave it; where two
    directions share a line nothing else tells them apart.
    """
    for k in range(columns.n[row]):
        length_m = city.graph.link_m[columns.link[row, k]]
        columns.score[row, k] -= 0.5 * min(columns.position_m[row, k] / max(length_m, 1.0), 1.0)
    settle(city, columns, row)


@kernel
def extend(city: MatchMap, columns: Columns, step: Step) -> bool:
    """Join a row to the row before it by the likeliest ways; False (nothing changed) where no way joins them.

    Both rows come best first, so the first pairs tried set a mark, and what cannot come near it is not looked up.
    """
    n = columns.n[step.row]
    best, origin = np.empty(n), np.empty(n, np.int32)
    mark = IMPOSSIBLE
    for b in range(n):
        best[b], origin[b] = IMPOSSIBLE, -1
        seen = columns.score[step.row, b]
        for a in range(columns.n[step.before]):
            base = columns.score[step.before, a]
            if base <= best[b] or base + seen < mark:  # no way adds likelihood
                break
            value = base + passage(city, columns, step, a, b)
            if value > best[b]:
                best[b], origin[b] = value, a
                mark = max(mark, value + seen - city.laws.beam)
    return join(city, columns, step.row, best, origin)


@inlined
def join(city: MatchMap, columns: Columns, row: int, best: F64, origin: I32) -> bool:
    """Take the likeliest ways to a row's candidates; False (nothing changed) where none is likely at all."""
    n, top = columns.n[row], IMPOSSIBLE
    for b in range(n):
        top = max(top, best[b])
    if top < -LOST:
        return False
    for b in range(n):
        columns.score[row, b] += best[b]
        columns.back[row, b] = origin[b]
    settle(city, columns, row)
    return True


@inlined
def passage(city: MatchMap, columns: Columns, step: Step, a: int, b: int) -> float:
    """Log-likelihood of driving from candidate a of one row to candidate b of the next."""
    i, j = columns.link[step.before, a], columns.link[step.row, b]
    p, q = columns.position_m[step.before, a], columns.position_m[step.row, b]
    if stays(city, i, p, j, q):
        if q < p:
            return -0.25 * (p - q) * (p - q) / (city.laws.noise_m * city.laws.noise_m)
        return _judge(city.laws, q - p, (q - p) * city.link[i, 1], straight_m(columns, step, a, b), step.lapse_s)
    entry = find(city.routes, i, j)
    if entry < 0:
        return IMPOSSIBLE
    return across(city, columns, step, a, b, city.routes.entry[entry].cost_m, city.routes.entry[entry].time_s)


@inlined
def across(city: MatchMap, columns: Columns, step: Step, a: int, b: int, cost_m: float, time_s: float) -> float:
    """Log-likelihood of a way over several links, given what lies between the first and the last."""
    i, j = columns.link[step.before, a], columns.link[step.row, b]
    rest_m = city.link[i, 0] - columns.position_m[step.before, a]  # below 0 inside the junction
    q = columns.position_m[step.row, b]
    way_m = max(rest_m + cost_m + q, 0.0)
    way_s = max(rest_m * city.link[i, 1] + time_s + q * city.link[j, 1], 0.0)
    return _judge(city.laws, way_m, way_s, straight_m(columns, step, a, b), step.lapse_s)


@inlined
def straight_m(columns: Columns, step: Step, a: int, b: int) -> float:
    """Metres between two candidates as the crow flies."""
    dx = columns.x_m[step.row, b] - columns.x_m[step.before, a]
    dy = columns.y_m[step.row, b] - columns.y_m[step.before, a]
    return np.sqrt(dx * dx + dy * dy)


@inlined
def _judge(laws: Laws, way_m: float, way_s: float, straight_m: float, lapse_s: float) -> float:
    """Log-likelihood of a way by its length, beside the straight line, and its time, beside the time that passed."""
    detour = abs(way_m - straight_m) / (laws.detour_m + laws.detour_per_s * lapse_s)
    haste_s = way_s - laws.haste_frac * lapse_s
    if haste_s <= 0.0:
        return -detour
    slack_s = 3.0 * laws.noise_m * way_s / max(way_m, 1.0)  # noise alone can make a way look so much longer
    return -detour - max(haste_s - slack_s, 0.0)


@inlined
def stays(city: MatchMap, i: int, p: float, j: int, q: float) -> bool:
    """The way between two places is along one link: forward, or so little back that it is noise."""
    return i == j and p - q <= 6.0 * city.laws.noise_m


@inlined
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


@inlined
def _swap(columns: Columns, row: int, i: int, k: int) -> None:
    for ints in (columns.link, columns.back):
        ints[row, i], ints[row, k] = ints[row, k], ints[row, i]
    for floats in (columns.position_m, columns.x_m, columns.y_m, columns.score):
        floats[row, i], floats[row, k] = floats[row, k], floats[row, i]


@inlined
def copy_row(columns: Columns, source: int, target: int) -> None:
    """Copy a row's candidates."""
    n = columns.n[source]
    columns.n[target] = n
    for k in range(n):
        columns.link[target, k], columns.back[target, k] = columns.link[source, k], columns.back[source, k]
        columns.position_m[target, k] = columns.position_m[source, k]
        columns.x_m[target, k], columns.y_m[target, k] = columns.x_m[source, k], columns.y_m[source, k]
        columns.score[target, k] = columns.score[source, k]


__all__ = [
    "Columns",
    "MatchMap",
    "MatchOptions",
    "begin",
    "build_match_map",
    "emit",
    "extend",
    "match_options",
    "new_columns",
]
