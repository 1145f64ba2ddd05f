"""The street layout of a generated city: main roads, then districts, then blocks, cut until there are enough junctions.

Each cut of a block is one straight street. Its ends are drawn to junctions on the block's sides, so that streets go
on across main roads; where there is none, it ends in a T. Streets therefore never cross except at junctions.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

import numpy as np

from citybrain.city.generate import _chord, skeleton
from citybrain.city.generate.mesh import Mesh, Point
from citybrain.city.model import F64

JUNCTIONS_PER_SIGNAL = 1.95
SHORTEST_M = 85.0  # between junctions; junctions take up to 25 m of it at each end
SHORTEST_MAIN_M = 150.0  # along main roads, so that vehicles can cross their lanes between two junctions
SMALL_KINDS = ("collector", "local")
BLOCK_CENTRE_M, BLOCK_EDGE_M = 190.0, 450.0  # side of a block in the old town and at the city's edge
DISTRICT_BLOCKS = 22  # blocks of a district, about
COLLECTOR_BLOCKS = 6  # a cut through more blocks than this is a collector street


@dataclass
class Layout:
    """Streets of a city. `district` gives each mesh face its district (-1: water and the world outside)."""

    mesh: Mesh
    radius_m: float
    river: F64
    district: list[int]
    n_districts: int
    n_streets: int
    district_outline: list[list[Point]] = field(default_factory=list)

    def block_m(self, x_m: float, y_m: float) -> float:
        """Side of a block that suits this place: denser towards the middle."""
        share = min(1.0, math.hypot(x_m, y_m) / self.radius_m)
        return BLOCK_CENTRE_M + (BLOCK_EDGE_M - BLOCK_CENTRE_M) * share


def plan(n_signals: int, rng: np.random.Generator) -> Layout:
    """Lay out streets with about `JUNCTIONS_PER_SIGNAL` junctions for each signal."""
    bones = skeleton.draw(n_signals, rng)
    mesh = bones.mesh
    layout = Layout(mesh, bones.radius_m, bones.river, [], 0, bones.n_streets)
    land = [f for f in range(len(mesh.handle)) if skeleton.is_land(mesh, bones.river, f)]
    angle = {f: _grain(mesh, f) for f in land}
    _cut_districts(layout, land, angle, rng)
    land = list(angle)
    layout.district = [-1] * len(mesh.handle)
    for k, f in enumerate(land):
        layout.district[f] = k
        angle[f] += rng.normal(0.0, 0.22)
        layout.district_outline.append(
            [(mesh.x_m[mesh.origin[h]], mesh.y_m[mesh.origin[h]]) for h in mesh.around(mesh.handle[f])]
        )
    layout.n_districts = len(land)
    _cut_blocks(layout, land, angle, math.ceil(JUNCTIONS_PER_SIGNAL * n_signals), rng)
    return warp(layout, rng)


def _grain(mesh: Mesh, face: int) -> float:
    """Direction that most of a face's outline runs in (or across), radians: mean of the fourfold angle."""
    total = 0j
    for h in mesh.around(mesh.handle[face]):
        total += mesh.length_m(h) * np.exp(4j * mesh.heading(h))
    return float(np.angle(total)) / 4


def _cut_districts(layout: Layout, land: list[int], angle: dict[int, float], rng: np.random.Generator) -> None:
    """Cut the land between main roads into districts by secondary roads."""
    queue = list(land)
    while queue:
        face = queue.pop()
        size = layout.block_m(*layout.mesh.centre(face)) ** 2
        if layout.mesh.area_m2(face) > 1.6 * DISTRICT_BLOCKS * size:
            new = _cut(layout, face, angle[face], "secondary", rng)
            if new >= 0:
                angle[new] = angle[face]
                queue += [face, new]


def _cut_blocks(
    layout: Layout, land: list[int], angle: dict[int, float], n_junctions: int, rng: np.random.Generator
) -> None:
    """Cut the block that is largest for its place, until there are enough junctions."""
    mesh = layout.mesh

    def size(face: int) -> float:
        return mesh.area_m2(face) / layout.block_m(*mesh.centre(face)) ** 2

    queue = [(-size(face), face) for face in land]
    heapq.heapify(queue)
    n = mesh.junctions()
    while queue and n < n_junctions:
        blocks, face = heapq.heappop(queue)
        kind = "collector" if -blocks > COLLECTOR_BLOCKS else "local"
        new = _cut(layout, face, angle[face], kind, rng)
        if new < 0:
            continue
        n += sum(mesh.degree[v] == 3 for v in mesh.origin[-2:])  # the ends that became junctions by this cut
        angle[new] = angle[face]
        layout.district.append(layout.district[face])
        for f in (face, new):
            heapq.heappush(queue, (-size(f), f))


def _cut(layout: Layout, face: int, angle: float, kind: str, rng: np.random.Generator) -> int:
    """Cut a face by one street; returns the new face or -1 where no cut fits."""
    mesh = layout.mesh
    sides = list(mesh.around(mesh.handle[face]))
    corners = [mesh.origin[h] for h in sides]
    x = np.array([mesh.x_m[v] for v in corners])
    y = np.array([mesh.y_m[v] for v in corners])
    degree = np.array([mesh.degree[v] for v in corners])
    room = np.array([SHORTEST_M if mesh.kind[h >> 1] in SMALL_KINDS else SHORTEST_MAIN_M for h in sides])
    snap = min(110.0, 0.42 * layout.block_m(*mesh.centre(face)))
    cost, a, share_a, b, share_b = _chord.best_chord(
        x, y, degree, room, np.array([angle, rng.random()]), np.array([SHORTEST_M, snap])
    )
    if cost >= _chord.BADLY:
        return -1
    g = sides[a] if share_a < 0 else mesh.cut_edge(sides[a], share_a)
    h = sides[b] if share_b < 0 else mesh.cut_edge(sides[b], share_b)
    layout.n_streets += 1
    return mesh.cut_face(g, h, kind, layout.n_streets - 1)


def warp(layout: Layout, rng: np.random.Generator) -> Layout:
    """Bend the whole plan gently, so that no street runs dead straight for kilometres (angles change by < 12 degrees).

    The displacement's slope stays below 0.2, which keeps it one-to-one: what did not cross before does not after.
    """
    length_m = min(2400.0, 1.1 * layout.radius_m)
    size_m = 0.1 * length_m / (2 * math.pi)
    phase, turn = rng.uniform(0, 2 * math.pi, 4), rng.uniform(0, math.pi)
    ux, uy = math.cos(turn), math.sin(turn)

    def moved(x: F64, y: F64) -> tuple[F64, F64]:
        u, v = 2 * math.pi / length_m * (x * ux + y * uy), 2 * math.pi / length_m * (y * ux - x * uy)
        dx = size_m * (np.sin(v + phase[0]) + 0.6 * np.sin(1.6 * u + phase[1]))
        dy = size_m * (np.sin(u + phase[2]) + 0.6 * np.sin(1.6 * v + phase[3]))
        return x + dx, y + dy

    x, y = moved(np.array(layout.mesh.x_m), np.array(layout.mesh.y_m))
    layout.mesh.x_m, layout.mesh.y_m = x.tolist(), y.tolist()
    if len(layout.river):
        layout.river = np.column_stack(moved(layout.river[:, 0], layout.river[:, 1]))
    for outline in layout.district_outline:
        ox, oy = moved(*np.array(outline).T)
        outline[:] = list(zip(ox.tolist(), oy.tolist(), strict=True))
    return layout
