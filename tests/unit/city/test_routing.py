"""Routes: laws on a hand-made town, then the same answers as SciPy's Dijkstra on generated ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.generate import generate_city
from citybrain.city.model import City, CityMeta, Turn, VehicleClass
from citybrain.city.routing import (
    TURN_PENALTY_S,
    RouteGraph,
    nearest_links,
    route,
    route_cost_s,
    route_many,
    strongly_connected,
    tree_from,
    tree_to,
)
from citybrain.errors import InputError, RouteError

CAR_ONLY = int(VehicleClass.CAR)
#   a --in--> b --short--> c --out--> d      the short way is closed to trucks;
#              \--long1--> e --long2--> c    from long2 a left turn leads out
TOWN = {
    "in": ("a", "b", 100.0, 10.0, int(VehicleClass.ALL)),
    "short": ("b", "c", 100.0, 10.0, CAR_ONLY),
    "long1": ("b", "e", 200.0, 10.0, int(VehicleClass.ALL)),
    "long2": ("e", "c", 200.0, 10.0, int(VehicleClass.ALL)),
    "out": ("c", "d", 100.0, 10.0, int(VehicleClass.ALL)),
    "alone": ("d", "a", 100.0, 10.0, int(VehicleClass.ALL)),
}
PLACES = {"a": (0.0, 0.0), "b": (100.0, 0.0), "c": (200.0, 0.0), "d": (300.0, 0.0), "e": (150.0, 180.0)}
JOINTS = [
    ("in", "short", Turn.THROUGH),
    ("in", "long1", Turn.LEFT),
    ("long1", "long2", Turn.RIGHT),
    ("long2", "out", Turn.LEFT),
    ("short", "out", Turn.THROUGH),
]
IN, SHORT, LONG1, LONG2, OUT, ALONE = range(6)
INSIDE_S = 1.0  # each movement is 10 m at 10 m/s


def town(joints: list[tuple[str, str, Turn]] = JOINTS) -> City:
    builder = CityBuilder(CityMeta("town", "test"))
    node = {name: builder.add_node(NodeSpec(name, *PLACES[name])) for name in PLACES}
    link = {}
    for name, (start, end, length_m, speed_mps, allowed) in TOWN.items():
        lanes = [LaneSpec(length_m, speed_mps, allowed=allowed)] * 2
        link[name] = builder.add_link(LinkSpec(name, node[start], node[end], lanes, [PLACES[start], PLACES[end]]))
    for before, after, turn in joints:
        for lane in (0, 1):
            ends = builder.lane(link[before], lane), builder.lane(link[after], lane)
            builder.add_movement(MovementSpec(*ends, node[TOWN[before][1]], turn, 10.0, 10.0))
    return builder.build()


@pytest.fixture(scope="module")
def graph() -> RouteGraph:
    return RouteGraph.from_city(town())


@pytest.fixture(scope="module")
def grown() -> tuple[City, RouteGraph]:
    city, _ = generate_city(30, 3)
    return city, RouteGraph.from_city(city)


def test_the_cheapest_route_is_found(graph: RouteGraph) -> None:
    assert route(graph, IN, OUT).tolist() == [IN, SHORT, OUT]


def test_its_cost_is_the_closed_form(graph: RouteGraph) -> None:
    assert tree_to(graph, OUT).cost_s[IN] == pytest.approx(30.0 + 2 * INSIDE_S)
    assert route_cost_s(graph, [IN, SHORT, OUT]) == pytest.approx(30.0 + 2 * INSIDE_S)
    turns_s = 2 * TURN_PENALTY_S[Turn.LEFT] + TURN_PENALTY_S[Turn.RIGHT]
    assert route_cost_s(graph, [IN, LONG1, LONG2, OUT]) == pytest.approx(60.0 + 3 * INSIDE_S + turns_s)


def test_several_lanes_make_one_arc(graph: RouteGraph) -> None:
    assert graph.out_link.size == len(JOINTS)


def test_a_live_cost_leads_round(graph: RouteGraph) -> None:
    cost_s = graph.free_s.copy()
    cost_s[SHORT] = 500.0
    assert route(graph, IN, OUT, cost_s).tolist() == [IN, LONG1, LONG2, OUT]


def test_a_class_keeps_to_its_lanes() -> None:
    trucks = RouteGraph.from_city(town(), VehicleClass.TRUCK)
    assert route(trucks, IN, OUT).tolist() == [IN, LONG1, LONG2, OUT]
    assert not trucks.is_open[SHORT]
    with pytest.raises(RouteError, match="TRUCK"):
        route(trucks, SHORT, OUT)


def test_a_turn_that_no_movement_makes_is_never_taken() -> None:
    joints = [row for row in JOINTS if row[:2] != ("short", "out")]
    graph = RouteGraph.from_city(town(joints))
    assert route(graph, IN, OUT).tolist() == [IN, LONG1, LONG2, OUT]
    with pytest.raises(RouteError, match="does not lead"):
        route_cost_s(graph, [SHORT, OUT])


def test_a_trip_may_end_where_it_starts(graph: RouteGraph) -> None:
    assert route(graph, LONG1, LONG1).tolist() == [LONG1]


def test_no_route_is_an_error_that_names_the_pair(graph: RouteGraph) -> None:
    with pytest.raises(RouteError, match="out to alone"):
        route_many(graph, [IN, OUT], [OUT, ALONE])
    assert np.isinf(tree_to(graph, ALONE).cost_s[OUT])


@pytest.mark.parametrize("links", [[99], [-1]])
def test_links_out_of_range_are_refused(graph: RouteGraph, links: list[int]) -> None:
    with pytest.raises(InputError, match="out of range"):
        route_many(graph, [IN], links)


@pytest.mark.parametrize("cost_s", [np.ones(3), np.full(6, -1.0), np.full(6, np.nan)])
def test_costs_that_make_no_sense_are_refused(graph: RouteGraph, cost_s: np.ndarray) -> None:
    with pytest.raises(InputError, match="cost per link"):
        route(graph, IN, OUT, cost_s)


def test_unequal_lists_are_refused(graph: RouteGraph) -> None:
    with pytest.raises(InputError, match="equal lengths"):
        route_many(graph, [IN, IN], [OUT])


def test_no_pairs_give_no_routes(graph: RouteGraph) -> None:
    offset, link = route_many(graph, [], [])
    assert offset.tolist() == [0]
    assert link.size == 0


def test_both_directions_agree(grown: tuple[City, RouteGraph]) -> None:
    _, graph = grown
    rng = np.random.default_rng(1)
    for a, b in rng.integers(0, graph.n_links, (20, 2)).tolist():
        assert tree_to(graph, b).cost_s[a] == pytest.approx(tree_from(graph, a).cost_s[b], rel=1e-6)


def test_every_route_is_joined_and_costs_what_the_tree_says(grown: tuple[City, RouteGraph]) -> None:
    _, graph = grown
    rng = np.random.default_rng(2)
    cost_s = (graph.free_s * rng.uniform(0.5, 3.0, graph.n_links)).astype(np.float32)
    origin, destination = rng.integers(0, graph.n_links, (2, 200))
    offset, link = route_many(graph, origin, destination, cost_s)
    for k in range(200):
        row = link[offset[k] : offset[k + 1]]
        assert (row[0], row[-1]) == (origin[k], destination[k])
        assert np.unique(row).size == row.size
        tree_s = tree_to(graph, int(destination[k]), cost_s).cost_s[origin[k]]
        assert route_cost_s(graph, row, cost_s) == pytest.approx(tree_s, rel=1e-5)


def test_costs_are_those_of_scipy(grown: tuple[City, RouteGraph]) -> None:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    _, graph = grown
    start = np.repeat(np.arange(graph.n_links), np.diff(graph.out_offset))
    weight = graph.out_arc_s.astype(np.float64) + graph.free_s[graph.out_link]
    matrix = csr_matrix((weight, (start, graph.out_link)), shape=(graph.n_links, graph.n_links))
    theirs = dijkstra(matrix, indices=[0, 7]) + graph.free_s[[0, 7]][:, None]
    ours = np.array([tree_from(graph, 0).cost_s, tree_from(graph, 7).cost_s])
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_movements_and_arcs_say_the_same(grown: tuple[City, RouteGraph]) -> None:
    city, graph = grown
    moves, lane_link = city.movements, city.lanes.link
    pairs = set(zip(lane_link[moves.from_lane].tolist(), lane_link[moves.to_lane].tolist(), strict=True))
    start = np.repeat(np.arange(graph.n_links), np.diff(graph.out_offset))
    assert set(zip(start.tolist(), graph.out_link.tolist(), strict=True)) == pairs
    end = np.repeat(np.arange(graph.n_links), np.diff(graph.in_offset))
    assert set(zip(graph.in_link.tolist(), end.tolist(), strict=True)) == pairs


def test_strongly_connected_is_the_largest_loop() -> None:
    loop = [*JOINTS, ("out", "alone", Turn.THROUGH), ("alone", "in", Turn.THROUGH)]
    assert strongly_connected(RouteGraph.from_city(town(loop))).all()
    broken = [row for row in loop if row[:2] != ("in", "short")]
    assert strongly_connected(RouteGraph.from_city(town(broken))).tolist() == [True, False, True, True, True, True]


def test_nearest_links_by_their_geometry() -> None:
    city = town()
    assert nearest_links(city, 250.0, 5.0)[0] == OUT
    assert nearest_links(city, 120.0, 170.0)[0] == LONG1
    assert nearest_links(city, 50.0, 1.0, count=3).size == 3


def test_consecutive_links_meet_at_nodes(grown: tuple[City, RouteGraph]) -> None:
    city, graph = grown
    for before, after in pairwise(route(graph, 0, graph.n_links - 1).tolist()):
        assert city.links.to_node[before] == city.links.from_node[after]
