"""The main roads of a generated city: ring roads, radials and the quays of a river, as a planar set of edges."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from citybrain.city.generate import _chord
from citybrain.city.generate.mesh import Mesh, Point
from citybrain.city.model import F64
from citybrain.errors import InputError

ATTEMPTS = 300  # drawings of the skeleton until one keeps its distances
TRIES_PER_RADIAL = 8
LAND_SHARE_MIN = 0.86  # of the city's area; less means that a bank lost its quay and drowned
RIVER_FROM_SIGNALS = 40  # smaller towns lie beside the water
RIVER_POINTS = 721
HALF_RIVER_M = 75.0
BLOCKS_M2_PER_SIGNAL = 190_000.0  # land per signalised junction, with about as many unsignalised ones

Ring = Callable[[F64], F64]
Edges = list[tuple[int, int, int]]


@dataclass(frozen=True)
class Line:
    """One main road before it is cut at crossings: `points` [n, 2] metres."""

    kind: str  # "ring", "radial", "quay", "edge"
    points: F64


@dataclass(frozen=True)
class Skeleton:
    """`mesh` of the main roads; `river` is the middle line of the water [n, 2] (empty: no river)."""

    mesh: Mesh
    radius_m: float
    river: F64
    n_streets: int


def draw(n_signals: int, rng: np.random.Generator) -> Skeleton:
    """Draw main roads for a city of this size. Raises InputError when no drawing keeps its distances (never seen)."""
    radius_m = math.sqrt(n_signals * BLOCKS_M2_PER_SIGNAL / math.pi)
    for _ in range(ATTEMPTS):
        plot = _Plot(n_signals, *_base(n_signals, radius_m, rng))
        points, edges = plot.cut(plot.lines)
        if _fits(points, edges, plot.shortest_m) and _land_share(plot, points, edges) > LAND_SHARE_MIN:
            break
    else:
        raise InputError(f"no layout of main roads found for {n_signals} signals; try another seed")
    for slot in _slots(n_signals, len(plot.rings)):
        for _ in range(TRIES_PER_RADIAL):
            lines = [*plot.lines, slot(radius_m, plot.rings, rng)]
            if _fits(*plot.cut(lines), plot.shortest_m):
                plot.lines = lines
                break
    points, edges = plot.cut(plot.lines)
    rows = [(u, v, plot.lines[s].kind, s) for u, v, s in edges]
    return Skeleton(Mesh.from_edges(points, rows), radius_m, plot.river, len(plot.lines))


@dataclass
class _Plot:
    """A drawing in work."""

    n_signals: int
    lines: list[Line]
    rings: list[Ring]
    river: F64

    @property
    def shortest_m(self) -> float:
        return 140.0 if self.n_signals >= RIVER_FROM_SIGNALS else 110.0

    def cut(self, lines: list[Line]) -> tuple[list[Point], Edges]:
        points, edges = _arrange(lines)
        return points, _prune(points, _bridge(points, edges, lines, self.river, _n_bridges(self.n_signals)))


def is_land(mesh: Mesh, river: F64, face: int) -> bool:
    """Neither the world outside nor the river's face."""
    if mesh.area_m2(face) <= 0:
        return False
    corners = [mesh.origin[h] for h in mesh.around(mesh.handle[face])]
    x, y = np.array([mesh.x_m[v] for v in corners]), np.array([mesh.y_m[v] for v in corners])
    return not any(_chord.inside(x, y, px, py) for px, py in river[::3].tolist())


def _land_share(plot: _Plot, points: list[Point], edges: Edges) -> float:
    """Land between the main roads over the area within the city's edge."""
    mesh = Mesh.from_edges(points, [(u, v, "", 0) for u, v, _ in edges])
    land_m2 = sum(mesh.area_m2(f) for f in range(len(mesh.handle)) if is_land(mesh, plot.river, f))
    x, y = next(line.points.T for line in plot.lines if line.kind == "edge")
    return land_m2 / (0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))))


def _n_bridges(n_signals: int) -> int:
    return 2 + round(math.sqrt(n_signals) / 6)


def _wave(rng: np.random.Generator, size: float) -> Callable[[F64], F64]:
    """Smooth periodic noise of a few harmonics, of about the given size."""
    phase, weight = rng.uniform(0, 2 * math.pi, 4), rng.uniform(0.4, 1.0, 4) * size / np.array([1.2, 1.6, 2.4, 4.0])

    def value(angle: F64) -> F64:
        return np.asarray(
            sum(w * np.sin((k + 1) * angle + p) for k, (w, p) in enumerate(zip(weight, phase, strict=True)))
        )

    return value


def _shares(n_signals: int) -> list[float]:
    """Radii of the rings as shares of the city's radius, the city's edge last."""
    if n_signals < 30:
        return [1.0]
    if n_signals < 250:
        return [0.42, 1.0]
    return [0.2, 0.52, 1.0] if n_signals < 900 else [0.15, 0.42, 0.7, 1.0]


def _base(n_signals: int, radius_m: float, rng: np.random.Generator) -> tuple[list[Line], list[Ring], F64]:
    """Rings, the city's edge and the river's quays."""
    squash, turn = rng.uniform(0.78, 0.92), rng.uniform(0, math.pi)
    common, shares = _wave(rng, 0.07), _shares(n_signals)
    rings: list[Ring] = [_ring(share * radius_m, squash, turn, common, _wave(rng, 0.05)) for share in shares]
    angle = np.linspace(0, 2 * math.pi, 121)
    kinds = ["ring"] * (len(rings) - 1) + ["edge"]
    lines = [Line(kind, _polar(angle, ring(angle))) for kind, ring in zip(kinds, rings, strict=True)]
    river = np.zeros((0, 2))
    if n_signals >= RIVER_FROM_SIGNALS:
        river = _river(radius_m, shares[0], rng)
        lines += [Line("quay", beside(river[::8], side * HALF_RIVER_M)) for side in (-1, 1)]
    return lines, rings, river


def _ring(radius_m: float, squash: float, turn: float, common: Callable[[F64], F64], own: Callable[[F64], F64]) -> Ring:
    def radius(angle: F64) -> F64:
        ellipse = 1.0 / np.sqrt(np.cos(angle - turn) ** 2 + (np.sin(angle - turn) / squash) ** 2)
        return np.asarray(radius_m * ellipse * (1 + common(angle) + own(angle)))

    return radius


def _polar(angle: F64, radius_m: F64) -> F64:
    return np.column_stack([radius_m * np.cos(angle), radius_m * np.sin(angle)])


def _river(radius_m: float, core: float, rng: np.random.Generator) -> F64:
    """A meandering line that passes the old town on one side, far out of the city at both ends."""
    t = np.linspace(-1.7, 1.7, RIVER_POINTS)
    offset = (core * 0.45 + rng.uniform(0.02, 0.1)) * radius_m
    bend = 0.17 * radius_m * np.sin(t * rng.uniform(2.4, 4.0) + rng.uniform(0, 6.28))
    bend = (bend - np.interp(0.0, t, bend)) * np.minimum(1.0, np.abs(t) * 2.5)
    across = offset + bend + 0.16 * radius_m * t * rng.uniform(-1, 1)
    turn = rng.uniform(0, 2 * math.pi)
    x, y = t * radius_m, across
    return np.column_stack([x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)])


def beside(line: F64, offset_m: float) -> F64:
    """A line parallel to another, to its left where the offset is positive."""
    along = np.gradient(line, axis=0)
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    return np.asarray(line + offset_m * np.column_stack([-along[:, 1], along[:, 0]]))


def _slots(n_signals: int, n_rings: int) -> list[partial[Line]]:
    """How to draw each radial (again and again, until it keeps its distances)."""
    if n_rings == 1:
        return [partial(_avenue, 0.4 + k * math.pi / 2) for k in range(1 if n_signals < 8 else 2)]
    n = 5 if n_signals < 250 else 7 if n_signals < 900 else 9
    slots = [partial(_radial, 2 * math.pi * k / n, 0) for k in range(n)]
    extra = n if n_rings >= 4 else 0
    return slots + [partial(_radial, 2 * math.pi * (k + 0.5) / n, n_rings - 3) for k in range(extra)]


def _avenue(angle: float, radius_m: float, _: list[Ring], rng: np.random.Generator) -> Line:
    """Main street of a small town: right across, near the middle."""
    t, a = np.linspace(-1.5, 1.5, 13), angle + rng.uniform(-0.2, 0.2)
    x, bend = t * radius_m, rng.uniform(-0.12, 0.12) * radius_m * t**2 + rng.uniform(-0.15, 0.15) * radius_m
    return Line("radial", np.column_stack([x * np.cos(a) - bend * np.sin(a), x * np.sin(a) + bend * np.cos(a)]))


def _radial(slot: float, start: int, radius_m: float, rings: list[Ring], rng: np.random.Generator) -> Line:
    """Curved radial from inside a ring to beyond the city's edge; its loose ends are cut back later."""
    t = np.linspace(0.0, 1.0, 16 + round(3 * math.sqrt(radius_m / 100)))
    base, twist = slot + rng.uniform(-0.2, 0.2), rng.uniform(-0.16, 0.16)
    angle = base + twist * np.sin(t * rng.uniform(2.0, 4.0))
    inner, outer = rings[start](angle) * 0.92, rings[-1](angle) * 1.08
    return Line("radial", _polar(angle, inner + (outer - inner) * t))


def _arrange(lines: list[Line]) -> tuple[list[Point], Edges]:
    """Cut all lines where they cross: points, and edges (u, v, line)."""
    start = np.concatenate([line.points[:-1] for line in lines])
    step = np.concatenate([np.diff(line.points, axis=0) for line in lines])
    owner = np.repeat(np.arange(len(lines)), [len(line.points) - 1 for line in lines])
    hits = _crossings(start, step, owner)
    points: list[Point] = []
    edges: Edges = []
    index: dict[tuple[int, int], int] = {}

    def vertex(x: float, y: float) -> int:
        key = (round(x * 10), round(y * 10))
        if key not in index:
            index[key] = len(points)
            points.append((x, y))
        return index[key]

    for s in range(len(start)):
        shares = sorted([0.0, 1.0, *hits.get(s, [])])
        chain = [vertex(*(start[s] + share * step[s]).tolist()) for share in shares]
        edges += [(u, v, int(owner[s])) for u, v in pairwise(chain) if u != v]
    return points, edges


def _crossings(start: F64, step: F64, owner: NDArray[np.integer]) -> dict[int, list[float]]:
    """Shares along each segment at which segments of other lines cross it."""
    x, y = step.T
    cross = x[:, None] * y[None, :] - y[:, None] * x[None, :]
    gap = start[None, :, :] - start[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (gap[..., 0] * y[None, :] - gap[..., 1] * x[None, :]) / cross
    inside = (share > 0) & (share < 1)
    hits: dict[int, list[float]] = {}
    for i, j in np.argwhere(inside & inside.T & (owner[:, None] != owner[None, :])).tolist():
        hits.setdefault(i, []).append(float(share[i, j]))
    return hits


def _bridge(points: list[Point], edges: Edges, lines: list[Line], river: F64, n_bridges: int) -> Edges:
    """Take away what crosses the river, but for the bridges; the city's edge never crosses."""
    if len(river) == 0:
        return edges
    xy = np.array(points)
    middle = np.array([(xy[u] + xy[v]) / 2 for u, v, _ in edges])
    distance = np.hypot(middle[:, None, 0] - river[None, :, 0], middle[:, None, 1] - river[None, :, 1])
    wet = [i for i in range(len(edges)) if lines[edges[i][2]].kind != "quay" and distance[i].min() < HALF_RIVER_M + 8]
    spans: list[list[int]] = []
    for i in wet:
        if spans and spans[-1][-1] == i - 1 and edges[i - 1][2] == edges[i][2]:
            spans[-1].append(i)
        else:
            spans.append([i])
    spans.sort(key=lambda span: (lines[edges[span[0]][2]].kind != "ring", float(np.hypot(*middle[span[0]]))))
    bridges = [span for span in spans if lines[edges[span[0]][2]].kind != "edge"][:n_bridges]
    gone = {i for span in spans if span not in bridges for i in span}
    return [edge for i, edge in enumerate(edges) if i not in gone]


def _prune(points: list[Point], edges: Edges) -> Edges:
    """Cut loose ends back until every point has two neighbours or more."""
    while True:
        degree = np.bincount([w for u, v, _ in edges for w in (u, v)], minlength=len(points))
        kept = [(u, v, s) for u, v, s in edges if degree[u] > 1 and degree[v] > 1]
        if len(kept) == len(edges):
            return edges
        edges = kept


def _fits(points: list[Point], edges: Edges, shortest_m: float) -> bool:
    """Are junctions far enough apart, with at most 4 arms that leave at 36 degrees or more from each other?"""
    xy, arms = np.array(points), _arms(edges)
    hubs = [v for v, row in arms.items() if len(row) >= 3]
    if not hubs:
        return True
    if max(len(arms[v]) for v in hubs) > 4:
        return False
    spots = xy[hubs]
    gap = np.hypot(spots[:, None, 0] - spots[None, :, 0], spots[:, None, 1] - spots[None, :, 1])
    np.fill_diagonal(gap, np.inf)
    if gap.min() < shortest_m:
        return False
    for v in hubs:
        angle = np.sort([math.atan2(*(xy[w] - xy[v])[::-1]) for w in arms[v]])
        if np.diff(angle, append=angle[0] + 2 * math.pi).min() < math.radians(36):
            return False
    return True


def _arms(edges: Edges) -> dict[int, list[int]]:
    arms: dict[int, list[int]] = {}
    for u, v, _ in edges:
        arms.setdefault(u, []).append(v)
        arms.setdefault(v, []).append(u)
    return arms
