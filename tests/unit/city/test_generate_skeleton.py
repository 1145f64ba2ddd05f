"""Main roads: crossings meet brute force, loose ends go, distances hold, bridges are counted; cuts against geometry."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.generate import _chord, skeleton
from citybrain.city.generate.skeleton import HALF_RIVER_M, Line, Skeleton, beside, draw, is_land

SPOT = st.tuples(st.integers(-300, 300), st.integers(-300, 300))
SEGMENT = st.tuples(SPOT, SPOT).filter(lambda ends: ends[0] != ends[1])
QUICK = settings(max_examples=50, deadline=None)


def straight(*ends: tuple[float, float]) -> Line:
    return Line("radial", np.array(ends, np.float64))


@pytest.fixture(scope="module", params=[(4, 0), (25, 1), (60, 2), (300, 3)], ids=str)
def drawn(request: pytest.FixtureRequest) -> tuple[Skeleton, int]:
    n, seed = request.param
    return draw(n, np.random.default_rng(seed)), n


def test_lines_cross_at_the_point_of_geometry() -> None:
    points, edges = skeleton._arrange([straight((0, 0), (100, 100)), straight((0, 100), (100, 0))])
    assert (50.0, 50.0) in points
    assert len(edges) == 4
    assert {s for _, _, s in edges} == {0, 1}


@QUICK
@given(st.lists(SEGMENT, min_size=1, max_size=6))
def test_cutting_keeps_every_metre(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Pieces of a line add up to it (points that lie within 10 cm of each other become one)."""
    lines = [straight(*row) for row in rows]
    points, edges = skeleton._arrange(lines)
    length_m = [0.0] * len(lines)
    for u, v, s in edges:
        length_m[s] += math.dist(points[u], points[v])
    pieces = Counter(s for _, _, s in edges)
    for s, (a, b) in enumerate(rows):
        assert length_m[s] == pytest.approx(math.dist(a, b), abs=0.3 * (pieces[s] + 1))


@QUICK
@given(st.lists(SEGMENT, min_size=2, max_size=6))
def test_crossings_are_mutual(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Who is crossed, crosses; and the two shares name the same place."""
    start = np.array([a for a, _ in rows], np.float64)
    step = np.array([b for _, b in rows], np.float64) - start
    hits = skeleton._crossings(start, step, np.arange(len(rows)))
    places = sorted(tuple(np.round(start[i] + share * step[i], 3)) for i, row in hits.items() for share in row)
    assert len(places) % 2 == 0
    assert all(0.0 < share < 1.0 for row in hits.values() for share in row)
    for i, row in hits.items():
        for share in row:
            here = start[i] + share * step[i]
            others = [j for j in hits if j != i]
            gaps = [np.hypot(*(start[j] + s * step[j] - here)) for j in others for s in hits[j]]
            assert min(gaps) < 1e-6 * (1.0 + np.abs(here).max()) + 1e-6


def test_pieces_of_the_same_line_do_not_cut_each_other() -> None:
    bow = Line("ring", np.array([(0.0, 0.0), (100.0, 100.0), (100.0, 0.0), (0.0, 100.0)]))
    _, edges = skeleton._arrange([bow])
    assert len(edges) == 3


@QUICK
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda e: e[0] != e[1]), max_size=20))
def test_pruning_leaves_no_loose_end(pairs: list[tuple[int, int]]) -> None:
    edges = [(u, v, 0) for u, v in dict.fromkeys(tuple(sorted(pair)) for pair in pairs)]
    left = skeleton._prune([(0.0, 0.0)] * 10, edges)
    degree = Counter(w for u, v, _ in left for w in (u, v))
    assert all(count >= 2 for count in degree.values())
    assert set(left) <= set(edges)
    assert skeleton._prune([(0.0, 0.0)] * 10, left) == left


def test_pruning_keeps_rings_and_drops_trees() -> None:
    ring = [(0, 1, 0), (1, 2, 0), (2, 0, 0)]
    tail = [(2, 3, 1), (3, 4, 1)]
    assert skeleton._prune([(0.0, 0.0)] * 5, ring + tail) == ring
    assert skeleton._prune([(0.0, 0.0)] * 5, tail) == []


@pytest.mark.parametrize(("degrees", "fits"), [([0, 90, 180, 270], True), ([0, 35, 180], False), ([0, 40, 180], True)])
def test_arms_leave_at_thirty_six_degrees_or_more(degrees: list[float], fits: bool) -> None:
    points = [(0.0, 0.0)] + [(500 * math.cos(math.radians(d)), 500 * math.sin(math.radians(d))) for d in degrees]
    edges = [(0, k + 1, 0) for k in range(len(degrees))]
    assert skeleton._fits(points, edges, 100.0) is fits


def test_junctions_keep_their_distance() -> None:
    points = [(0.0, 0.0), (120.0, 0.0), (-500.0, 0.0), (0.0, 500.0), (120.0, 500.0), (600.0, 0.0)]
    edges = [(0, 1, 0), (0, 2, 0), (0, 3, 0), (1, 4, 0), (1, 5, 0)]
    assert skeleton._fits(points, edges, 110.0)
    assert not skeleton._fits(points, edges, 130.0)


@settings(deadline=None)
@given(st.floats(0.0, 6.2), st.floats(-200.0, 200.0))
def test_a_line_beside_a_straight_one_is_parallel(angle: float, offset_m: float) -> None:
    along = np.array([math.cos(angle), math.sin(angle)])
    line = np.linspace(0.0, 1000.0, 11)[:, None] * along
    gap = beside(line, offset_m) - line
    assert np.allclose(gap @ along, 0.0, atol=1e-9)
    assert np.allclose(gap @ np.array([-along[1], along[0]]), offset_m)


def test_skeletons_are_planar_with_two_to_four_arms(drawn: tuple[Skeleton, int]) -> None:
    mesh = drawn[0].mesh
    degrees = [d for d in mesh.degree if d]
    assert min(degrees) >= 2
    assert max(degrees) <= 4
    assert len(degrees) - len(mesh.kind) + len(mesh.handle) == 2  # Euler


def test_land_per_signal_is_what_was_planned(drawn: tuple[Skeleton, int]) -> None:
    bones, n = drawn
    land_m2 = sum(bones.mesh.area_m2(f) for f in range(len(bones.mesh.handle)) if is_land(bones.mesh, bones.river, f))
    assert math.pi * bones.radius_m**2 == pytest.approx(n * skeleton.BLOCKS_M2_PER_SIGNAL)
    assert 0.45 * n < land_m2 / skeleton.BLOCKS_M2_PER_SIGNAL < 1.3 * n


def test_the_river_comes_with_size_and_is_bridged(drawn: tuple[Skeleton, int]) -> None:
    bones, n = drawn
    assert (len(bones.river) > 0) == (n >= skeleton.RIVER_FROM_SIGNALS) == ("quay" in bones.mesh.kind)
    if len(bones.river):
        mesh, wet = bones.mesh, []
        for edge, kind in enumerate(mesh.kind):
            a, b = mesh.origin[2 * edge], mesh.origin[2 * edge + 1]
            x, y = (mesh.x_m[a] + mesh.x_m[b]) / 2, (mesh.y_m[a] + mesh.y_m[b]) / 2
            if kind != "quay" and np.hypot(bones.river[:, 0] - x, bones.river[:, 1] - y).min() < HALF_RIVER_M / 2:
                wet.append(mesh.street[edge])
        assert len(set(wet)) >= 1
        assert len(wet) <= 3 * skeleton._n_bridges(n)


@settings(deadline=None)
@given(st.integers(4, 5000))
def test_rings_end_with_the_edge_of_the_city(n: int) -> None:
    shares = skeleton._shares(n)
    assert shares[-1] == 1.0
    assert all(a < b for a, b in itertools.pairwise(shares))
    assert skeleton._n_bridges(n) >= 2


@QUICK
@given(st.lists(SPOT, min_size=3, max_size=8, unique=True), SPOT)
def test_inside_agrees_with_the_winding_angle(ring: list[tuple[int, int]], spot: tuple[int, int]) -> None:
    """Sorted by angle about the middle, corners are a simple polygon; seen from inside they make a full turn."""
    cx, cy = (sum(p[k] for p in ring) / len(ring) for k in (0, 1))
    ring = sorted(ring, key=lambda p: (math.atan2(p[1] - cy, p[0] - cx), p))
    px, py = spot[0] + 0.37, spot[1] + 0.41
    around = 0.0
    for (ax, ay), (bx, by) in itertools.pairwise([*ring, ring[0]]):
        ux, uy, vx, vy = ax - px, ay - py, bx - px, by - py
        around += math.atan2(ux * vy - uy * vx, ux * vx + uy * vy)
    x, y = np.array(ring, np.float64).T
    odd = round(around / (2 * math.pi)) % 2 == 1
    assert _chord.inside(x.copy(), y.copy(), px, py) is odd


@QUICK
@given(st.floats(0.0, math.pi), st.floats(-150.0, 150.0), st.floats(-150.0, 150.0))
def test_a_line_through_a_square_hits_two_sides(angle: float, ox: float, oy: float) -> None:
    x, y = np.array([(-200.0, -200.0), (200.0, -200.0), (200.0, 200.0), (-200.0, 200.0)]).T
    ux, uy = math.cos(angle), math.sin(angle)
    a, share_a, b, share_b = _chord._hits(x.copy(), y.copy(), ox, oy, ux, uy)
    assert a >= 0 <= b != a
    for at, share, way in ((a, share_a, -1), (b, share_b, 1)):
        hx, hy = _chord._place(x, y, at, share)
        assert max(abs(hx), abs(hy)) == pytest.approx(200.0)
        assert (hx - ox) * uy == pytest.approx((hy - oy) * ux, abs=1e-6)
        assert way * ((hx - ox) * ux + (hy - oy) * uy) >= 0


@settings(deadline=None)
@given(st.integers(0, 3), st.floats(0.05, 0.95), st.integers(1, 3), st.floats(0.05, 0.95))
def test_both_sides_of_a_cut_make_the_whole(a: int, share_a: float, away: int, share_b: float) -> None:
    x, y = np.array([(0.0, 0.0), (400.0, 0.0), (400.0, 300.0), (0.0, 300.0)]).T
    b = (a + away) % 4
    one = np.array([*_chord._place(x, y, a, share_a), *_chord._place(x, y, b, share_b)])
    left = _chord._share_of_area(x, y, (a, share_a, b, share_b), one)
    right = _chord._share_of_area(x, y, (b, share_b, a, share_a), np.roll(one, 2))
    assert 0.0 <= left <= 1.0
    assert left + right == pytest.approx(1.0)
