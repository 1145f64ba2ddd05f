"""Pools of routes and routes chosen on the way, against plain lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.demand.generated import generate
from citybrain.twin.arrays import STOP
from citybrain.twin.live_routes import Chosen, LiveRoutes, joined
from citybrain.twin.route_pool import RoutePool
from citybrain.twin.routes import fill

Routes = dict[int, list[int]]


def rows(values: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    column = np.array(values, np.float64)
    return fill(STOP, len(values), turn=np.array(values, np.int64)), column, column + 0.5


def held(pool: RoutePool) -> list[int]:
    n, shelf = pool.used, pool.shelf
    assert (shelf.on_link_s[:n] == shelf.before_s[:n] + 0.5).all()
    assert shelf.stops["turn"][:n].tolist() == shelf.before_s[:n].tolist()
    return shelf.stops["turn"][:n].tolist()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from([0, 1, 2, 400, 1100])), max_size=9))
def test_a_tree_of_pools_holds_what_lists_would(grown: list[tuple[int, int]]) -> None:
    """Any pool may be grown at any time, also one whose shelf another has used: all keep their rows."""
    pools, lists, fresh = [RoutePool.of(*rows([7, 8]))], [[7, 8]], 10
    for parent, n in grown:
        more, k = list(range(fresh, fresh + n)), parent % len(pools)
        fresh += n
        pools.append(pools[k].plus(*rows(more)))
        lists.append(lists[k] + more)
    assert [held(pool) for pool in pools] == lists


def test_growing_a_pool_row_by_row_moves_it_seldom() -> None:
    """Each shelf has twice the room of what it was made for, so a thousand rows more need two."""
    pool, shelves = RoutePool.of(*rows([])), set()
    for k in range(1500):
        pool = pool.plus(*rows([k]))
        shelves.add(id(pool.shelf.stops))
    assert held(pool) == list(range(1500))
    assert len(shelves) <= 3


def chosen(routes: Routes) -> Chosen:
    link = [k for route in routes.values() for k in route]
    offset = np.cumsum([0, *map(len, routes.values())]).astype(np.int64)
    return Chosen(np.array(list(routes), np.int64), offset, np.array(link, np.int32))


def by_trip(of: Chosen) -> list[tuple[int, list[int]]]:
    pairs = zip(of.trip.tolist(), of.offset[:-1], of.offset[1:], strict=True)
    return [(trip, of.link[a:b].tolist()) for trip, a, b in pairs]


@given(st.lists(st.dictionaries(st.integers(0, 99), st.lists(st.integers(0, 9), max_size=4), max_size=4), max_size=5))
def test_choices_one_after_another_are_those_of_the_parts(parts: list[Routes]) -> None:
    whole = joined([chosen(part) for part in parts])
    assert by_trip(whole) == [pair for part in parts for pair in part.items()]
    assert [whole.trip.dtype, whole.offset.dtype, whole.link.dtype] == [np.int64, np.int64, np.int32]


def live() -> LiveRoutes:
    city, trips = generate(4, seed=1, duration_s=60.0)
    return LiveRoutes(city, trips, np.arange(3))


def test_what_is_restored_has_the_same_digest_and_no_tie_to_the_saved() -> None:
    first, other = live(), live()
    first._speeds[2] *= 0.5
    first._chosen.append(chosen({4: [1, 2], 5: [3]}))
    assert first.digest() != other.digest()
    state = first.state()
    other.restore(state)
    assert other.digest() == first.digest()
    state["live_speeds"][0] = 0.0
    assert other._speeds[0].min() > 0.0


def test_a_fork_learns_for_itself() -> None:
    first = live()
    fork, before = first.fork(), first.digest()
    fork._speeds[0] = 1.0
    fork._chosen.append(chosen({1: [2]}))
    assert first.digest() == before != fork.digest()
    assert first.chosen.trip.size == 0
