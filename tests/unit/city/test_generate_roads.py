"""From layout to roads: planar graphs without loops or doubles, streets that are one-way in pairs, exact signals."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from citybrain.city.generate import roads
from citybrain.city.generate.layout import Layout
from citybrain.city.generate.layout import plan as plan_layout
from citybrain.city.generate.roads import CLASSES, ONE_WAY_LANES, Road, RoadPlan, lay

SIZES = [(4, 0), (30, 1), (120, 2)]


@pytest.fixture(scope="module", params=SIZES, ids=str)
def laid(request: pytest.FixtureRequest) -> tuple[Layout, RoadPlan, int]:
    n, seed = request.param
    layout = plan_layout(n, np.random.default_rng(seed))
    return layout, lay(layout, n, np.random.default_rng(seed + 1)), n


def plan_of(*rows: tuple[int, int, str], place: dict[int, tuple[float, float]] | None = None) -> RoadPlan:
    """Straight roads between numbered junctions; junctions lie on a circle unless told."""
    at = place or {w: (math.cos(w) * 500.0, math.sin(w) * 500.0) for row in rows for w in row[:2]}
    plan = RoadPlan([Road(u, v, [at[u], at[v]], kind, i, 0) for i, (u, v, kind) in enumerate(rows)])
    plan.index()
    return plan


def test_the_rank_of_a_class_orders_lanes_and_speed() -> None:
    rows = sorted(CLASSES.values(), key=lambda row: row.rank)
    for low, high in itertools.pairwise(rows):
        assert low.n_lanes <= high.n_lanes
        assert low.speed_mps <= high.speed_mps


def test_exactly_the_signals_asked_for(laid: tuple[Layout, RoadPlan, int]) -> None:
    _, plan, n = laid
    assert len(plan.signals) == n
    assert plan.signals <= plan.arms.keys()


def test_no_loops_and_no_doubles(laid: tuple[Layout, RoadPlan, int]) -> None:
    _, plan, _ = laid
    pairs = [frozenset((road.u, road.v)) for road in plan.roads]
    assert all(len(pair) == 2 for pair in pairs)
    assert len(set(pairs)) == len(pairs)


def test_junctions_have_three_arms_or_more(laid: tuple[Layout, RoadPlan, int]) -> None:
    _, plan, _ = laid
    degree = Counter(w for road in plan.roads for w in (road.u, road.v))
    assert min(degree.values()) >= 3
    assert {w: len(arms) for w, arms in plan.arms.items()} == degree


def test_roads_begin_and_end_at_their_junctions(laid: tuple[Layout, RoadPlan, int]) -> None:
    layout, plan, _ = laid
    mesh = layout.mesh
    for road in plan.roads:
        assert road.points[0] == plan.place[road.u] == (mesh.x_m[road.u], mesh.y_m[road.u])
        assert road.points[-1] == plan.place[road.v] == (mesh.x_m[road.v], mesh.y_m[road.v])
        assert road.forward or road.backward
        assert road.length_m >= math.dist(road.points[0], road.points[-1]) - 1e-9


def test_no_metre_is_made_out_of_nothing(laid: tuple[Layout, RoadPlan, int]) -> None:
    """Roads run along edges of the mesh, each edge at most once."""
    layout, plan, _ = laid
    mesh = layout.mesh
    place = {(x, y): v for v, (x, y) in enumerate(zip(mesh.x_m, mesh.y_m, strict=True))}
    edges = {frozenset((mesh.origin[h], mesh.origin[h ^ 1])) for h in range(0, len(mesh.origin), 2)}
    used = [frozenset((place[a], place[b])) for road in plan.roads for a, b in itertools.pairwise(road.points)]
    assert len(set(used)) == len(used)
    assert set(used) <= edges


def test_signals_stand_where_the_important_roads_cross(laid: tuple[Layout, RoadPlan, int]) -> None:
    """Lesser of the two roads that cross: no junction without signal beats all that have one."""
    _, plan, _ = laid
    cross = {w: sorted((plan.roads[i].rank for i in arms), reverse=True)[2] for w, arms in plan.arms.items()}
    lit = [cross[w] for w in plan.signals]
    dark = [rank for w, rank in cross.items() if w not in plan.signals]
    assert np.mean(lit) >= np.mean(dark)
    assert max(lit) == max(cross.values())


def test_one_way_streets_come_only_in_towns_of_some_size(laid: tuple[Layout, RoadPlan, int]) -> None:
    _, plan, n = laid
    one_way = [road for road in plan.roads if not (road.forward and road.backward)]
    if n < 30:
        assert one_way == []
    assert all(road.n_lanes >= ONE_WAY_LANES for road in one_way)


def test_one_way_streets_go_both_ways_about_evenly() -> None:
    """Two parallel streets, 200 m apart, each of three roads: one gets each direction."""
    place = {10 * k + i: (200.0 * i - 300.0, 200.0 * k) for k in range(2) for i in range(4)}
    plan = plan_of(*((10 * k + i, 10 * k + i + 1, "local") for k in range(2) for i in range(3)), place=place)
    for i, road in enumerate(plan.roads):
        road.street = i // 3
    roads._one_way_pairs(plan, 1000.0, 1)
    ways = [(road.forward, road.backward) for road in plan.roads]
    assert len(set(ways[:3])) == len(set(ways[3:])) == 1
    assert {ways[0], ways[3]} == {(True, False), (False, True)}


@pytest.mark.parametrize("gap_m", [50.0, 400.0])
def test_streets_too_near_or_too_far_stay_two_way(gap_m: float) -> None:
    place = {10 * k + i: (200.0 * i - 300.0, gap_m * k) for k in range(2) for i in range(4)}
    plan = plan_of(*((10 * k + i, 10 * k + i + 1, "local") for k in range(2) for i in range(3)), place=place)
    for i, road in enumerate(plan.roads):
        road.street = i // 3
    roads._one_way_pairs(plan, 1000.0, 1)
    assert all(road.forward and road.backward for road in plan.roads)


@pytest.mark.parametrize("flip", list(itertools.product([False, True], repeat=2)))
def test_a_merge_joins_two_roads_whichever_way_they_run(flip: tuple[bool, bool]) -> None:
    """1 - 2 - 3 becomes 1 - 3 with the points in order and the lesser of both classes."""
    place = {1: (0.0, 0.0), 2: (100.0, 50.0), 3: (200.0, 0.0)}
    rows = [(2, 1, "radial") if flip[0] else (1, 2, "radial"), (3, 2, "local") if flip[1] else (2, 3, "local")]
    plan = plan_of(*rows, place=place)
    before_m = sum(road.length_m for road in plan.roads)
    roads._merge(plan, 2, plan.arms[2])
    (left,) = [road for road in plan.roads if road.points]
    assert (left.u, left.v) == (1, 3)
    assert left.points == [place[1], place[2], place[3]]
    assert left.road == "local"
    assert left.length_m == pytest.approx(before_m)


def test_of_two_roads_between_the_same_junctions_the_greater_stays() -> None:
    plan = plan_of((1, 2, "local"), (1, 2, "ring"), (2, 3, "local"), (3, 1, "local"), (1, 4, "local"), (2, 4, "local"))
    plan.roads.append(Road(3, 4, [plan.place[3], plan.place[4]], "local", 9, 0))
    roads._drop_doubles(plan)
    between = [road.road for road in plan.roads if {road.u, road.v} == {1, 2}]
    assert between == ["ring"]
    pairs = [frozenset((road.u, road.v)) for road in plan.roads]
    assert len(set(pairs)) == len(pairs)


def test_the_same_seed_lays_the_same_roads() -> None:
    def shape(seed: int) -> list[tuple[int, int, str, bool, bool]]:
        layout = plan_layout(30, np.random.default_rng(5))
        plan = lay(layout, 30, np.random.default_rng(seed))
        return [(road.u, road.v, road.road, road.forward, road.backward) for road in plan.roads]

    assert shape(1) == shape(1)
    assert shape(1) != shape(2)
