"""The shortest-path kernel: a heap that sorts, trees that meet Bellman's equations, paths that add up to their cost."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city import _heap
from citybrain.city.model import F32, F64, I32, I64

Graph = tuple[I64, I32, F32, F32]  # offset, head, arc_s, cost_s
QUICK = settings(max_examples=40, deadline=None)
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to 12 links, arcs at random (loops and doubles too), whole seconds so that sums are exact."""
    n = draw(st.integers(1, 12))
    link = st.integers(0, n - 1)
    arcs = sorted(draw(st.lists(st.tuples(link, link, st.integers(0, 9)), max_size=40)))
    offset = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(np.array([a for a, _, _ in arcs], np.int64), minlength=n), out=offset[1:])
    head = np.array([b for _, b, _ in arcs], np.int32)
    arc_s = np.array([seconds for _, _, seconds in arcs], np.float32)
    cost_s = np.array(draw(st.lists(st.integers(1, 20), min_size=n, max_size=n)), np.float32)
    return offset, head, arc_s, cost_s


def search(graph: Graph, root: int, wanted: list[int] | None = None) -> tuple[F64, I32]:
    mask = np.zeros(graph[0].size - 1, np.bool_)
    mask[wanted or []] = True
    return _heap.tree(*graph, root, mask, -1 if wanted is None else int(mask.sum()))


def relaxed(graph: Graph, root: int) -> F64:
    """Bellman and Ford: relax every arc as often as there are links."""
    offset, head, arc_s, cost_s = graph
    n = offset.size - 1
    start = np.repeat(np.arange(n), np.diff(offset))
    total = np.full(n, np.inf)
    total[root] = cost_s[root]
    for _ in range(n):
        np.minimum.at(total, head, total[start] + arc_s + cost_s[head])
    return total


@QUICK
@given(VALUES)
def test_what_is_pushed_comes_out_in_order(values: list[float]) -> None:
    key, item, size = np.empty(len(values) + 1), np.empty(len(values) + 1, np.int32), 0
    for i, value in enumerate(values):
        size = _heap._push(key, item, size, value, i)
    assert size == len(values)
    out = []
    while size:
        out.append((float(key[0]), int(item[0])))
        size = _heap._pop(key, item, size)
    assert [value for value, _ in out] == sorted(values)
    assert sorted(i for _, i in out) == list(range(len(values)))
    assert all(values[i] == value for value, i in out)


@QUICK
@given(VALUES)
def test_no_child_is_smaller_than_its_parent(values: list[float]) -> None:
    key, item, size = np.empty(len(values) + 1), np.empty(len(values) + 1, np.int32), 0
    for i, value in enumerate(values):
        size = _heap._push(key, item, size, value, i)
        assert all(key[(k - 1) >> 1] <= key[k] for k in range(1, size))
    while size:
        size = _heap._pop(key, item, size)
        assert all(key[(k - 1) >> 1] <= key[k] for k in range(1, size))


@QUICK
@given(graphs())
def test_trees_agree_with_bellman_and_ford(graph: Graph) -> None:
    for root in range(graph[0].size - 1):
        total, _ = search(graph, root)
        assert total.tolist() == relaxed(graph, root).tolist()


@QUICK
@given(graphs())
def test_every_step_explains_its_cost(graph: Graph) -> None:
    """A link's cost is its step's cost, the cheapest arc between them, and its own."""
    offset, head, arc_s, cost_s = graph
    total, step = search(graph, 0)
    assert step[0] == -1
    assert ((step >= 0) == (np.isfinite(total) & (np.arange(step.size) != 0))).all()
    for j in np.flatnonzero(step >= 0).tolist():
        row = slice(offset[step[j]], offset[step[j] + 1])
        arc = arc_s[row][head[row] == j].min()
        assert total[j] == total[step[j]] + arc + cost_s[j]


@QUICK
@given(graphs(), st.data())
def test_a_search_that_ends_early_knows_those_it_was_asked_for(graph: Graph, data: st.DataObject) -> None:
    full, _ = search(graph, 0)
    reached = np.flatnonzero(np.isfinite(full)).tolist()
    wanted = data.draw(st.lists(st.sampled_from(reached), min_size=1, unique=True))
    part, step = search(graph, 0, wanted)
    assert part[wanted].tolist() == full[wanted].tolist()
    assert (part >= full).all()
    for link in wanted:
        assert (_heap.count_links(step, link, 0)) >= 1


@QUICK
@given(graphs())
def test_paths_end_at_the_root_and_are_as_long_as_counted(graph: Graph) -> None:
    total, step = search(graph, 0)
    out = np.full(2 * step.size + 1, -7, np.int32)
    for start in range(step.size):
        count = _heap.count_links(step, start, 0)
        end = _heap.follow(step, start, 0, out, 1)
        if not np.isfinite(total[start]):
            assert (count, end) == (0, -1)
            continue
        path = out[1:end].tolist()
        assert len(path) == count == len(set(path))
        assert (path[0], path[-1]) == (start, 0)
        assert out[0] == -7
        assert [int(step[i]) for i in path[:-1]] == path[1:]
        assert np.all(np.diff(total[path]) < 0)


@QUICK
@given(graphs(), st.data())
def test_many_routes_are_the_single_ones(graph: Graph, data: st.DataObject) -> None:
    n = graph[0].size - 1
    pairs = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=15))
    origin, destination = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    order = np.argsort(destination, kind="stable").astype(np.int64)
    begin, pool, lost = _heap.many(*graph, origin, destination, order)
    cost = [search(graph, root)[0] for root in range(n)]
    if lost >= 0:
        assert not np.isfinite(cost[destination[lost]][origin[lost]])
        earlier = order[: order.tolist().index(lost)]
        assert all(np.isfinite(cost[destination[k]][origin[k]]) for k in earlier)
        return
    assert begin[-1] == pool.size
    for row, k in enumerate(order.tolist()):
        path = pool[begin[row] : begin[row + 1]].tolist()
        assert (path[0], path[-1]) == pairs[k]
        assert price(graph, path) == cost[destination[k]][origin[k]]


def price(graph: Graph, path: list[int]) -> float:
    """Cost of a path from a link back to the root, with the cheapest arc of each pair."""
    offset, head, arc_s, cost_s = graph
    total = float(cost_s[path].sum())
    for after, here in pairwise(path):
        row = slice(offset[here], offset[here + 1])
        total += float(arc_s[row][head[row] == after].min())
    return total


def chain(n: int) -> Graph:
    """Link i + 1 follows link i."""
    offset = np.minimum(np.arange(n + 1), n - 1).astype(np.int64)
    return offset, np.arange(1, n, dtype=np.int32), np.zeros(n - 1, np.float32), np.ones(n, np.float32)


def test_the_pool_grows_for_long_routes() -> None:
    """3000 links a route are more than the pool has room for at first."""
    n, trips = 3000, 5
    origin, destination = np.full(trips, n - 1, np.int32), np.zeros(trips, np.int32)
    begin, pool, lost = _heap.many(*chain(n), origin, destination, np.arange(trips, dtype=np.int64))
    assert lost == -1
    assert begin.tolist() == [k * n for k in range(trips + 1)]
    assert (pool.reshape(trips, n) == np.arange(n)[::-1]).all()


@pytest.mark.parametrize("n", [2, 5, 100])
def test_a_chain_costs_its_length(n: int) -> None:
    total, step = search(chain(n), 0)
    assert total.tolist() == list(range(1, n + 1))
    assert step.tolist() == list(range(-1, n - 1))


def test_nobody_wanted_means_no_search() -> None:
    total, step = _heap.tree(*chain(4), 0, np.zeros(4, np.bool_), 0)
    assert total.tolist() == [1.0, np.inf, np.inf, np.inf]
    assert (step == -1).all()
