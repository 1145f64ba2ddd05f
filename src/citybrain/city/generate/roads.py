"""From layout to roads: junction-to-junction streets with class, lanes, direction, and which junctions have signals."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from citybrain.city.generate.layout import Layout
from citybrain.city.generate.mesh import Point

ONE_WAY_LANES = 2
LOOSE_EDGE_SHARE = 0.4  # of the streets along the city's edge that are left out: no town ends in an oval


@dataclass(frozen=True)
class RoadClass:
    """What a class of road looks like; `rank` orders them by importance."""

    kind: str  # word of OpenStreetMap, which maps and readers know
    name: str
    rank: int
    n_lanes: int
    speed_mps: float


CLASSES: dict[str, RoadClass] = {
    "ring": RoadClass("primary", "Ring", 5, 4, 16.7),
    "radial": RoadClass("primary", "Avenue", 4, 3, 16.7),
    "secondary": RoadClass("secondary", "Boulevard", 3, 3, 13.9),
    "quay": RoadClass("secondary", "Quay", 3, 3, 13.9),
    "edge": RoadClass("secondary", "Edge Road", 2, 2, 13.9),
    "collector": RoadClass("tertiary", "Street", 1, 2, 11.1),
    "local": RoadClass("residential", "Lane", 0, 1, 8.3),
}
SMALL_TOWN_LANES = {"radial": 2, "edge": 2, "secondary": 2}  # below SMALL_TOWN signals
SMALL_TOWN = 12


@dataclass
class Road:
    """Street between two junctions; `points` run from u to v. `forward`/`backward` tell which directions exist."""

    u: int
    v: int
    points: list[Point]
    road: str  # key of CLASSES
    street: int
    district: int
    forward: bool = True
    backward: bool = True

    @property
    def rank(self) -> int:
        return CLASSES[self.road].rank

    @property
    def n_lanes(self) -> int:
        """Lanes per direction."""
        own = CLASSES[self.road].n_lanes
        return own if self.forward and self.backward else max(own, ONE_WAY_LANES)

    @property
    def length_m(self) -> float:
        return sum(math.dist(a, b) for a, b in zip(self.points[:-1], self.points[1:], strict=True))


@dataclass
class RoadPlan:
    """Roads of a city. `arms[v]` are the roads at junction v; `signals` the junctions with a signal."""

    roads: list[Road]
    arms: dict[int, list[int]] = field(default_factory=dict)
    signals: set[int] = field(default_factory=set)
    place: dict[int, Point] = field(default_factory=dict)

    def index(self) -> None:
        self.arms, self.place = {}, {}
        for i, road in enumerate(self.roads):
            for w, point in ((road.u, road.points[0]), (road.v, road.points[-1])):
                self.arms.setdefault(w, []).append(i)
                self.place[w] = point


def lay(layout: Layout, n_signals: int, rng: np.random.Generator) -> RoadPlan:
    """Roads between junctions, an uneven edge, one-way pairs in the middle, and exactly `n_signals` signals."""
    plan = RoadPlan(_chains(layout))
    _drop_doubles(plan)
    plan.index()
    spare = len(plan.arms) - math.ceil(1.55 * n_signals)
    _loosen_edge(plan, spare, rng)
    plan.index()
    if n_signals >= 30:
        _one_way_pairs(plan, layout.radius_m, max(1, min(8, n_signals // 100)))
    plan.signals = _signalised(plan, n_signals, rng)
    return plan


def _chains(layout: Layout) -> list[Road]:
    """Join mesh edges through bends (two streets) into roads between junctions (three or more)."""
    mesh, roads = layout.mesh, []
    seen: set[int] = set()
    for h in range(len(mesh.origin)):
        if mesh.degree[mesh.origin[h]] < 3 or (h >> 1) in seen:
            continue
        chain = [h]
        while mesh.degree[mesh.origin[chain[-1] ^ 1]] == 2:
            chain.append(mesh.after[chain[-1]])
        seen.update(g >> 1 for g in chain)
        vertices = [mesh.origin[g] for g in chain] + [mesh.origin[chain[-1] ^ 1]]
        points = [(mesh.x_m[v], mesh.y_m[v]) for v in vertices]
        lowest = min(chain, key=lambda g: CLASSES[mesh.kind[g >> 1]].rank) >> 1
        district = max(layout.district[mesh.face[h]], layout.district[mesh.face[h ^ 1]])
        roads.append(Road(vertices[0], vertices[-1], points, mesh.kind[lowest], mesh.street[lowest], district))
    return roads


def _loosen_edge(plan: RoadPlan, spare: int, rng: np.random.Generator) -> None:
    """Leave out some roads of the city's edge; each turns two T junctions into bends."""
    degree = Counter(w for road in plan.roads for w in (road.u, road.v))
    touched: set[int] = set()
    for i in rng.permutation(len(plan.roads)).tolist():
        road = plan.roads[i]
        if road.road != "edge" or not road.points or spare < 2 or rng.random() > LOOSE_EDGE_SHARE:
            continue
        others = [j for w in (road.u, road.v) for j in plan.arms[w] if j != i]
        ends = {w for j in [i, *others] for w in (plan.roads[j].u, plan.roads[j].v)}
        if degree[road.u] != 3 or degree[road.v] != 3 or ends & touched or len(set(others)) < 4:
            continue
        if any(plan.roads[j].rank > CLASSES["edge"].rank for j in others) or _meets(plan, road, i):
            continue
        touched |= ends
        spare -= 2
        _take_out(plan, i)
    plan.roads = [road for road in plan.roads if road.points]


def _drop_doubles(plan: RoadPlan) -> None:
    """Of two roads between the same junctions keep the more important one (the shorter, if equal)."""
    found = True
    while found:
        plan.index()
        best: dict[frozenset[int], int] = {}
        found = False
        for i in sorted(range(len(plan.roads)), key=lambda i: (-plan.roads[i].rank, plan.roads[i].length_m)):
            ends = frozenset((plan.roads[i].u, plan.roads[i].v))
            if best.setdefault(ends, i) != i:
                _take_out(plan, i)
                found = True
                break
        plan.roads = [road for road in plan.roads if road.points]


def _take_out(plan: RoadPlan, i: int) -> None:
    """Remove a road; where only two are left at one of its ends, they become one."""
    road = plan.roads[i]
    plan.roads[i] = Road(-1, -1, [], "edge", -1, -1)
    for w in (road.u, road.v):
        plan.arms[w] = [j for j in plan.arms[w] if j != i]
        if len(plan.arms[w]) == 2:
            _merge(plan, w, plan.arms[w])


def _meets(plan: RoadPlan, road: Road, i: int) -> bool:
    """Would a merge at either end of the road make a loop, or a second road between the same junctions?"""
    for w in (road.u, road.v):
        far = {plan.roads[j].u + plan.roads[j].v - w for j in plan.arms[w] if j != i}
        if len(far) < 2 or any({plan.roads[j].u, plan.roads[j].v} == far for j in plan.arms[min(far)]):
            return True
    return False


def _merge(plan: RoadPlan, w: int, pair: list[int]) -> None:
    """Join the two roads that are left at w into the first; the lesser class holds for both."""
    a, b = (plan.roads[j] for j in pair)
    head = a.points if a.v == w else a.points[::-1]
    tail = b.points if b.u == w else b.points[::-1]
    start, end = (a.u if a.v == w else a.v), (b.v if b.u == w else b.u)
    lesser = min((a, b), key=lambda road: road.rank)
    joined = Road(start, end, head + tail[1:], lesser.road, lesser.street, lesser.district)
    keep, drop = pair
    plan.roads[keep] = joined
    plan.roads[drop] = Road(-1, -1, [], "edge", -1, -1)
    if end in plan.arms:
        plan.arms[end] = [keep if j == drop else j for j in plan.arms[end]]


def _one_way_pairs(plan: RoadPlan, radius_m: float, n_pairs: int) -> None:
    """Make neighbouring parallel streets near the middle one-way, in opposite directions."""
    streets: dict[int, list[int]] = {}
    for i, road in enumerate(plan.roads):
        if road.road in ("collector", "local") and math.hypot(*road.points[0]) < 0.4 * radius_m:
            streets.setdefault(road.street, []).append(i)
    rows = [_bearing(plan, key, row) for key, row in streets.items() if len(row) >= 2]
    rows.sort(key=lambda row: row[1])
    used: set[int] = set()
    for k, (first, near_m, angle, x, y) in enumerate(rows):
        for second, _, other, x2, y2 in rows[k + 1 :]:
            turned = abs((angle - other + math.pi / 2) % math.pi - math.pi / 2)
            across = abs((x2 - x) * -math.sin(angle) + (y2 - y) * math.cos(angle))
            if turned > 0.25 or not 90 < across < 350 or math.hypot(x2 - x, y2 - y) > 500 or {first, second} & used:
                continue
            used |= {first, second}
            _make_one_way(plan, streets[first], angle)
            _make_one_way(plan, streets[second], angle + math.pi)
            break
        if len(used) >= 2 * n_pairs or near_m > radius_m:
            return


def _bearing(plan: RoadPlan, key: int, row: list[int]) -> tuple[int, float, float, float, float]:
    """Street, distance of its middle from the city's, direction (rad), middle (m)."""
    points = [p for i in row for p in (plan.roads[i].points[0], plan.roads[i].points[-1])]
    x, y = (sum(p[k] for p in points) / len(points) for k in (0, 1))
    far = max(points, key=lambda p: math.hypot(p[0] - x, p[1] - y))
    return key, math.hypot(x, y), math.atan2(far[1] - y, far[0] - x), x, y


def _make_one_way(plan: RoadPlan, row: list[int], angle: float) -> None:
    for i in row:
        (ax, ay), (bx, by) = plan.roads[i].points[0], plan.roads[i].points[-1]
        along = (bx - ax) * math.cos(angle) + (by - ay) * math.sin(angle) > 0
        plan.roads[i].forward, plan.roads[i].backward = along, not along


def _signalised(plan: RoadPlan, n_signals: int, rng: np.random.Generator) -> set[int]:
    """The `n_signals` most important junctions, by the ranks of the roads that cross there."""
    score: dict[int, float] = {}
    for w, arms in plan.arms.items():
        ranks = sorted((plan.roads[i].rank for i in arms), reverse=True)
        crossing = ranks[2]  # of a through road and one more, the lesser
        score[w] = 2.0 * crossing + ranks[0] + 0.7 * (len(arms) - 3) + rng.uniform(0, 0.5)
    return set(sorted(score, key=lambda w: (-score[w], w))[:n_signals])
