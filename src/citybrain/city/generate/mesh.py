"""Half-edge mesh of streets: planar by construction, since it only grows by cutting edges and faces."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass
class Mesh:
    """Half-edges h and h ^ 1 are the two sides of edge h >> 1; a face lies to the left of its half-edges.

    `kind` and `street` belong to edges: the class of road, and the street (one cut, ring or radial) it is part of.
    """

    x_m: list[float] = field(default_factory=list)
    y_m: list[float] = field(default_factory=list)
    degree: list[int] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    face: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    street: list[int] = field(default_factory=list)
    handle: list[int] = field(default_factory=list)  # per face: one of its half-edges

    @classmethod
    def from_edges(cls, points: Sequence[Point], edges: Sequence[tuple[int, int, str, int]]) -> Mesh:
        """Build faces from a planar set of edges `(u, v, kind, street)`; unused points keep degree 0."""
        mesh = cls([p[0] for p in points], [p[1] for p in points], [0] * len(points))
        for u, v, kind, street in edges:
            mesh._new_edge(u, v, kind, street)
        leaving: dict[int, list[int]] = {}
        for h, u in enumerate(mesh.origin):
            leaving.setdefault(u, []).append(h)
        for row in leaving.values():
            row.sort(key=mesh.heading)
            for k, h in enumerate(row):
                # Arriving along h's twin, the face on the left goes on with the next edge clockwise.
                mesh._join(h ^ 1, row[k - 1])
        mesh._find_faces()
        return mesh

    def _new_edge(self, u: int, v: int, kind: str, street: int) -> int:
        h = len(self.origin)
        self.origin += [u, v]
        self.after += [-1, -1]
        self.before += [-1, -1]
        self.face += [-1, -1]
        self.kind.append(kind)
        self.street.append(street)
        self.degree[u] += 1
        self.degree[v] += 1
        return h

    def _join(self, h: int, then: int) -> None:
        self.after[h] = then
        self.before[then] = h

    def _find_faces(self) -> None:
        for h in range(len(self.origin)):
            if self.face[h] < 0:
                for g in self.around(h):
                    self.face[g] = len(self.handle)
                self.handle.append(h)

    def heading(self, h: int) -> float:
        """Direction of a half-edge, radians counter-clockwise from east."""
        u, v = self.origin[h], self.origin[h ^ 1]
        return math.atan2(self.y_m[v] - self.y_m[u], self.x_m[v] - self.x_m[u])

    def length_m(self, h: int) -> float:
        u, v = self.origin[h], self.origin[h ^ 1]
        return math.hypot(self.x_m[v] - self.x_m[u], self.y_m[v] - self.y_m[u])

    def around(self, h: int) -> Iterator[int]:
        """Half-edges of the face to the left of h, h first."""
        g = h
        while True:
            yield g
            g = self.after[g]
            if g == h:
                return

    def area_m2(self, face: int) -> float:
        """Signed area: positive, but for the outer face."""
        total = 0.0
        for h in self.around(self.handle[face]):
            u, v = self.origin[h], self.origin[h ^ 1]
            total += self.x_m[u] * self.y_m[v] - self.x_m[v] * self.y_m[u]
        return total / 2

    def centre(self, face: int) -> Point:
        """Mean of a face's corners."""
        corners = [self.origin[h] for h in self.around(self.handle[face])]
        n = len(corners)
        return sum(self.x_m[v] for v in corners) / n, sum(self.y_m[v] for v in corners) / n

    def cut_edge(self, h: int, share: float) -> int:
        """Insert a vertex on h, `share` of the way along; returns the half-edge that leaves it in h's direction."""
        u, v = self.origin[h], self.origin[h ^ 1]
        w = len(self.x_m)
        self.x_m.append(self.x_m[u] + share * (self.x_m[v] - self.x_m[u]))
        self.y_m.append(self.y_m[u] + share * (self.y_m[v] - self.y_m[u]))
        self.degree.append(0)
        new = self._new_edge(w, v, self.kind[h >> 1], self.street[h >> 1])
        self.degree[v] -= 1
        self.degree[w] += 1
        twin = h ^ 1
        self.origin[twin] = w
        self.face[new], self.face[new ^ 1] = self.face[h], self.face[twin]
        self._join(new, self.after[h] if self.after[h] != twin else new ^ 1)
        self._join(self.before[twin] if self.before[twin] != h else new, new ^ 1)
        self._join(h, new)
        self._join(new ^ 1, twin)
        return new

    def cut_face(self, g: int, h: int, kind: str, street: int) -> int:
        """Join the origins of two half-edges of one face by a new edge; returns the new face."""
        old = self.face[g]
        e = self._new_edge(self.origin[g], self.origin[h], kind, street)
        before_g, before_h = self.before[g], self.before[h]
        self._join(before_g, e)
        self._join(e, h)
        self._join(before_h, e ^ 1)
        self._join(e ^ 1, g)
        self.face[e] = old
        self.handle[old] = e
        new = len(self.handle)
        self.handle.append(e ^ 1)
        for k in self.around(e ^ 1):
            self.face[k] = new
        return new

    def junctions(self) -> int:
        """Number of vertices where three or more streets meet."""
        return sum(d >= 3 for d in self.degree)
