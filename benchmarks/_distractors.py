"""Roads that nobody drove, put into a map of driven roads by a seed: to make matching as hard as on a full map."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Segment = tuple[int, int]
DENSITY = {"none": 0.0, "normal": 1.0, "dense": 3.0}  # metres of distractors per metre of driven road
CLEAR_M = {"none": 0.0, "normal": 20.0, "dense": 10.0}  # their middle half keeps so far from every driven road
PARALLEL_WIDE = 4.0  # a parallel street lies up to so many times farther off
PARALLEL_RUN_M = (80.0, 400.0)
DIVIDED_M = 25.0  # the sides of a divided road lie no farther apart
STUB_M = (30.0, 150.0)
CROSSING_M = (60.0, 250.0)


class Map:
    """Points and two-way stretches, to which roads are added."""

    def __init__(self, x: F64, y: F64, stretches: set[Segment], clear_m: float, seed: int) -> None:
        from scipy.spatial import cKDTree

        self._clear_m = clear_m
        self._driven = cKDTree(_samples(x, y, stretches))
        self.xy = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        self.stretches = set(stretches)
        self._rng = np.random.default_rng(seed)
        self._next: dict[int, list[int]] = {}
        for a, b in sorted(stretches):
            self._next.setdefault(a, []).append(b)
        self._points = np.array(sorted({p for pair in stretches for p in pair}))
        self._where = np.column_stack([x, y])

    def add(self, points: list[int | tuple[float, float]]) -> float:
        """A two-way road through points of the map (numbers) and new ones (places); its length (m)."""
        if not self._is_clear(np.array([self.xy[p] if not isinstance(p, tuple) else p for p in points])):
            return 0.0
        nodes = []
        for point in points:
            if isinstance(point, tuple):
                self.xy.append(point)
            nodes.append(len(self.xy) - 1 if isinstance(point, tuple) else int(point))
        for a, b in pairwise(nodes):
            self.stretches |= {(a, b), (b, a)}
        return sum(float(np.hypot(*np.subtract(self.xy[a], self.xy[b]))) for a, b in pairwise(nodes))

    def _is_clear(self, line: F64) -> bool:
        """The middle half of a line keeps its distance from all driven roads."""
        run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        at = np.linspace(0.25, 0.75, 20) * run[-1]
        middle = np.column_stack([np.interp(at, run, line[:, 0]), np.interp(at, run, line[:, 1])])
        return bool(self._driven.query(middle)[0].min() >= self._clear_m)

    def parallel(self) -> float:
        """A street beside a road, joined to it at both ends."""
        rng = self._rng
        run = self._run(rng.uniform(*PARALLEL_RUN_M))
        if len(run) < 2:
            return 0.0
        line = np.array([self.xy[p] for p in run])
        ahead = np.gradient(line, axis=0)
        ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)[:, None]
        side = rng.uniform(1.0, PARALLEL_WIDE) * self._clear_m * rng.choice([-1.0, 1.0])
        beside = line + side * np.column_stack([ahead[:, 1], -ahead[:, 0]])
        return self.add([run[0], *((float(a), float(b)) for a, b in beside), run[-1]])

    def _run(self, length_m: float) -> list[int]:
        """Points of a road from a random one on, without coming back."""
        run = [int(self._rng.choice(self._points))]
        while length_m > 0.0:
            ahead = [p for p in self._next.get(run[-1], []) if p not in run]
            if not ahead:
                break
            run.append(int(self._rng.choice(ahead)))
            length_m -= float(np.hypot(*np.subtract(self.xy[run[-1]], self.xy[run[-2]])))
        return run

    def stub(self) -> float:
        """A dead end."""
        point, angle, size = int(self._rng.choice(self._points)), self._rng.uniform(0, 2 * np.pi), 0.0
        size = self._rng.uniform(*STUB_M)
        x, y = self.xy[point]
        return self.add([point, (x + size * float(np.cos(angle)), y + size * float(np.sin(angle)))])

    def crossing(self) -> float:
        """A link between two points of roads nearby."""
        a = int(self._rng.choice(self._points))
        away = np.hypot(*(self._where[self._points] - self._where[a]).T)
        near = self._points[(away > CROSSING_M[0]) & (away < CROSSING_M[1])]
        return self.add([a, int(self._rng.choice(near))]) if near.size else 0.0


def _samples(x: F64, y: F64, stretches: set[Segment], step_m: float = 3.0) -> F64:
    """Points along all stretches."""
    parts = []
    for a, b in sorted(stretches):
        t = np.linspace(0.0, 1.0, int(np.hypot(x[a] - x[b], y[a] - y[b]) / step_m) + 2)
        parts.append(np.column_stack([x[a] + t * (x[b] - x[a]), y[a] + t * (y[b] - y[a])]))
    return np.concatenate(parts)


def _other_ways(x: F64, y: F64, stretches: set[Segment]) -> set[Segment]:
    """The other direction of all stretches but those beside which another road is driven that way."""
    from scipy.spatial import cKDTree

    pairs = np.array(sorted(stretches))
    ax, ay, bx, by = x[pairs[:, 0]], y[pairs[:, 0]], x[pairs[:, 1]], y[pairs[:, 1]]
    parts, owner = [], []
    for k in range(pairs.shape[0]):
        t = np.linspace(0.0, 1.0, int(np.hypot(bx[k] - ax[k], by[k] - ay[k]) / 5.0) + 2)
        parts.append(np.column_stack([ax[k] + t * (bx[k] - ax[k]), ay[k] + t * (by[k] - ay[k])]))
        owner.append(np.full(t.size, k))
    tree, of = cKDTree(np.concatenate(parts)), np.concatenate(owner)
    ahead = np.column_stack([bx - ax, by - ay])
    ahead /= np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
    found = set()
    for k, beside in enumerate(tree.query_ball_point(np.column_stack([ax + bx, ay + by]) / 2.0, DIVIDED_M)):
        others = np.unique(of[beside])
        against = others[ahead[others] @ ahead[k] < -0.9]
        same = {int(pairs[k, 0]), int(pairs[k, 1])}
        if all({int(pairs[o, 0]), int(pairs[o, 1])} == same for o in against):
            found.add((int(pairs[k, 1]), int(pairs[k, 0])))
    return found


def with_distractors(
    x: F64, y: F64, stretches: set[Segment], name: str, seed: int = 1
) -> tuple[F64, F64, set[Segment]]:
    """The map with distractors: for each kind a third of DENSITY[name] metres per metre of driven road.

    Every road gets its other direction too, but for one side of a divided road. "none" leaves the map as it is.
    """
    density = DENSITY[name]
    if density == 0.0:
        return x, y, stretches
    both = stretches | _other_ways(x, y, stretches)
    city = Map(x, y, both, CLEAR_M[name], seed)
    driven_m = sum(float(np.hypot(x[a] - x[b], y[a] - y[b])) for a, b in both) / 2.0
    for kind in (city.parallel, city.stub, city.crossing):
        left_m = density * driven_m / 3.0
        while left_m > 0.0:
            left_m -= kind()
    where = np.array(city.xy)
    return where[:, 0], where[:, 1], city.stretches
