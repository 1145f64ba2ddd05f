from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from _tracks import town, town_graph

from citybrain.city.model import F64, Turn, VehicleClass
from citybrain.errors import InputError, LimitError
from citybrain.estimate.route_table import (
    LinkGraph,
    RouteTable,
    build_route_table,
    cost_m,
    from_bytes,
    link_graph,
    path,
    to_bytes,
)

BOUND_M = 900.0
CITIES = [(4, 1), (9, 1), (9, 2), (16, 3)]


def peer(graph: LinkGraph) -> F64:
    """Metres between the end of each link and the start of each other by SciPy's Dijkstra."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    n = graph.link_m.size
    tail = np.repeat(np.arange(n), np.diff(graph.offset))
    weight = graph.arc_m + graph.link_m[graph.head]  # to the end of the link that is entered
    to_end = dijkstra(csr_matrix((weight, (tail, graph.head)), shape=(n, n)))
    round_trip = [
        min((weight[a] + to_end[graph.head[a], i] for a in _arcs(graph, i)), default=np.inf) for i in range(n)
    ]
    np.fill_diagonal(to_end, round_trip)
    return to_end - graph.link_m


def _arcs(graph: LinkGraph, link: int) -> range:
    return range(int(graph.offset[link]), int(graph.offset[link + 1]))


def found(table: RouteTable, n: int) -> F64:
    """The whole table as a matrix."""
    return np.array([[cost_m(table, i, j) for j in range(n)] for i in range(n)])


@pytest.mark.parametrize("city", CITIES)
def test_ways_are_as_long_as_those_of_scipy_up_to_the_bound(city: tuple[int, int]) -> None:
    graph = town_graph(*city)
    true, mine = peer(graph), found(build_route_table(graph, BOUND_M), graph.link_m.size)
    near = true <= BOUND_M - 0.01
    assert near.sum() > graph.link_m.size
    assert mine[near] == pytest.approx(true[near], rel=1e-5, abs=1e-3)
    assert np.isinf(mine[true > BOUND_M + 0.01]).all()


def test_no_detour_over_a_third_link_is_shorter() -> None:
    graph = town_graph(9, 2)
    metres = found(build_route_table(graph, 3000.0), graph.link_m.size)
    over = (metres + graph.link_m[None, :])[:, :, None] + metres[None, :, :]
    assert (metres[:, None, :] <= over + 0.05)[over < 2999.0].all()


def test_a_way_is_joined_by_movements_and_as_long_as_told() -> None:
    graph = town_graph(9, 1)
    table = build_route_table(graph, 2000.0)
    arcs = {(i, int(graph.head[a])): float(graph.arc_m[a]) for i in range(graph.link_m.size) for a in _arcs(graph, i)}
    seen = 0
    for i in range(graph.link_m.size):
        for j in range(graph.link_m.size):
            way = path(table, i, j).tolist()
            if not way:
                assert np.isinf(cost_m(table, i, j))
                continue
            assert (way[0], way[-1]) == (i, j)
            metres = sum(arcs[pair] for pair in pairwise(way)) + float(graph.link_m[way[1:-1]].sum())
            assert metres == pytest.approx(cost_m(table, i, j), rel=1e-5, abs=1e-3)
            seen += len(way) > 2
    assert seen > 100
    assert table.n_ways >= seen


def test_turning_round_costs_more_and_closed_lanes_are_left_out() -> None:
    moves = town().movements
    turn = np.where(np.arange(moves.turn.size) % 5 == 0, np.uint8(Turn.UTURN), moves.turn)
    city = replace(town(), movements=replace(moves, turn=turn))
    free, dear = link_graph(city, uturn_m=0.0), link_graph(city, uturn_m=500.0)
    assert 0 < (~dear.straight).sum() < dear.straight.size
    assert (dear.arc_m[~dear.straight] >= 500.0).all()
    assert (dear.arc_m - free.arc_m <= 500.0 + 1e-9).all()
    assert (dear.arc_m[dear.straight] < 500.0).all()
    assert link_graph(town(), VehicleClass(0)).head.size == 0


def test_bytes_bring_the_table_back_and_damaged_or_foreign_ones_are_refused() -> None:
    graph = town_graph()
    table = build_route_table(graph, BOUND_M)
    data = to_bytes(table, graph)
    again = from_bytes(data, graph)
    assert again.bound_m == BOUND_M
    assert np.array_equal(again.row, table.row)
    assert np.array_equal(again.entry, table.entry)
    assert to_bytes(again, graph) == data
    with pytest.raises(InputError, match="another city"):
        from_bytes(data, town_graph(9, 2))
    for bad in (data[:-1], data[:40], b"", data + b"x", data[:200] + bytes([data[200] ^ 1]) + data[201:]):
        with pytest.raises(InputError):
            from_bytes(bad, graph)


def test_limits() -> None:
    graph = town_graph()
    with pytest.raises(LimitError, match="entries_max = 10"):
        build_route_table(graph, BOUND_M, 10)
    for bound_m in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InputError, match="bound_m"):
            build_route_table(graph, bound_m)
    assert (
        build_route_table(graph, BOUND_M).nbytes
        <= 24 * build_route_table(graph, BOUND_M).n_ways + 32 * graph.link_m.size
    )
