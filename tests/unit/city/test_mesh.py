"""The street mesh: Euler's formula, area and degrees survive every cut; chords cut blocks as promised."""

from __future__ import annotations

import math

import numpy as np
import pytest

from citybrain.city.generate._chord import BADLY, best_chord
from citybrain.city.generate.layout import JUNCTIONS_PER_SIGNAL, plan
from citybrain.city.generate.mesh import Mesh

SQUARE = [(0.0, 0.0), (400.0, 0.0), (400.0, 400.0), (0.0, 400.0)]
SIDES = [(0, 1, "edge", 0), (1, 2, "edge", 0), (2, 3, "edge", 0), (3, 0, "edge", 0)]


def square() -> Mesh:
    return Mesh.from_edges(SQUARE, SIDES)


def euler(mesh: Mesh) -> int:
    used = sum(d > 0 for d in mesh.degree)
    return used - len(mesh.kind) + len(mesh.handle)


def inner(mesh: Mesh) -> int:
    return max(range(len(mesh.handle)), key=mesh.area_m2)


def check_links(mesh: Mesh) -> None:
    for h in range(len(mesh.origin)):
        assert mesh.before[mesh.after[h]] == h
        assert mesh.origin[mesh.after[h]] == mesh.origin[h ^ 1]
        assert mesh.face[mesh.after[h]] == mesh.face[h]


def test_a_square_has_two_faces() -> None:
    mesh = square()
    assert euler(mesh) == 2
    assert sorted(mesh.area_m2(f) for f in range(2)) == [-160_000.0, 160_000.0]
    assert mesh.junctions() == 0
    assert mesh.centre(inner(mesh)) == (200.0, 200.0)
    check_links(mesh)


def test_cutting_an_edge_adds_a_bend() -> None:
    mesh = square()
    h = mesh.cut_edge(0, 0.25)
    assert (mesh.x_m[mesh.origin[h]], mesh.y_m[mesh.origin[h]]) == (100.0, 0.0)
    assert mesh.degree[mesh.origin[h]] == 2
    assert mesh.degree[:4] == [2, 2, 2, 2]
    assert mesh.length_m(h) == 300.0
    assert euler(mesh) == 2
    check_links(mesh)


def test_cutting_a_face_shares_its_area() -> None:
    mesh = square()
    old = inner(mesh)
    sides = list(mesh.around(mesh.handle[old]))
    low, high = mesh.cut_edge(sides[0], 0.25), mesh.cut_edge(sides[2], 0.75)
    new = mesh.cut_face(low, high, "local", 5)
    assert sorted([mesh.area_m2(old), mesh.area_m2(new)]) == [40_000.0, 120_000.0]
    assert mesh.junctions() == 2
    assert mesh.kind[-1] == "local"
    assert mesh.street[-1] == 5
    assert euler(mesh) == 2
    check_links(mesh)


def chord(degree: list[int], angle: float = 0.0, shortest_m: float = 85.0) -> tuple[float, int, float, int, float]:
    x, y = np.array(SQUARE).T
    room = np.full(4, shortest_m)
    frame, limits = np.array([angle, 0.5]), np.array([shortest_m, 60.0])
    return best_chord(x.copy(), y.copy(), np.array(degree), room, frame, limits)


def test_the_best_cut_of_a_square_halves_it() -> None:
    cost, a, share_a, b, share_b = chord([3, 3, 3, 3])
    assert cost < 1.0
    assert {a, b} in ({0, 2}, {1, 3})
    assert share_a == pytest.approx(0.5, abs=0.05)
    assert share_b == pytest.approx(0.5, abs=0.05)


def test_no_cut_where_there_is_no_room() -> None:
    assert chord([3, 3, 3, 3], shortest_m=250.0)[0] >= BADLY


def test_cuts_never_leave_along_a_side() -> None:
    for angle in np.linspace(0.0, math.pi, 9).tolist():
        cost, a, share_a, b, share_b = chord([3, 3, 3, 3], angle)
        if cost < BADLY:
            assert a != b
            assert share_a < 0 or 0.2 < share_a < 0.8
            assert share_b < 0 or 0.2 < share_b < 0.8


@pytest.mark.parametrize(("n", "seed"), [(4, 0), (30, 1), (120, 2)])
def test_layouts_are_sound_meshes_with_enough_junctions(n: int, seed: int) -> None:
    layout = plan(n, np.random.default_rng(seed))
    mesh = layout.mesh
    check_links(mesh)
    assert euler(mesh) == 2
    assert mesh.junctions() >= JUNCTIONS_PER_SIGNAL * n
    assert max(mesh.degree) <= 4
    assert len(layout.district) == len(mesh.handle)
    assert all(mesh.area_m2(f) > 0 for f, k in enumerate(layout.district) if k >= 0)


def test_districts_cover_the_land_once() -> None:
    layout = plan(120, np.random.default_rng(2))
    land = [f for f, k in enumerate(layout.district) if k >= 0]
    blocks_m2 = sum(layout.mesh.area_m2(f) for f in land)
    outline_m2 = 0.0
    for ring in layout.district_outline:
        x, y = np.array(ring).T
        outline_m2 += 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    assert blocks_m2 == pytest.approx(outline_m2, rel=0.01)
