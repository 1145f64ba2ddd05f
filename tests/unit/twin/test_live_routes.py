"""Trips without a route choose one as they depart: by what the roads are like then, and the same way every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from _roads import Trip, demand
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.generate import generate_city
from citybrain.city.model import City, CityMeta, Turn
from citybrain.demand.model import Demand
from citybrain.demand.routes import servable
from citybrain.demand.synthesis import synthetic_demand
from citybrain.twin.arrays import STOP
from citybrain.twin.live_routes import ROUTE_S
from citybrain.twin.route_pool import RoutePool
from citybrain.twin.routes import fill
from citybrain.twin.twin import Twin

SHORT, LONG = 1, 2


@pytest.fixture
def two_ways() -> City:
    """From link 0 to link 3 over link 1 (200 m) or link 2 (260 m)."""
    builder = CityBuilder(CityMeta("two ways", "generated", end_s=3600.0))
    for name, x_m, y_m in (("a", 0, 0), ("b", 100, 0), ("c", 300, 0), ("d", 400, 0)):
        builder.add_node(NodeSpec(name, float(x_m), float(y_m)))
    rows = ((0, 1, [(0.0, 0.0), (100.0, 0.0)]), (1, 2, [(100.0, 0.0), (300.0, 0.0)]))
    rows += ((1, 2, [(100.0, 0.0), (200.0, 83.0), (300.0, 0.0)]), (2, 3, [(300.0, 0.0), (400.0, 0.0)]))
    for k, (start, end, geometry) in enumerate(rows):
        length_m = (90.0, 190.0, 250.0, 90.0)[k]
        builder.add_link(LinkSpec(f"link{k}", start, end, [LaneSpec(length_m, 10.0)], geometry))
    for start, end, node in ((0, 1, 1), (0, 2, 1), (1, 3, 2), (2, 3, 2)):
        builder.add_movement(MovementSpec(start, end, node, Turn.THROUGH, 10.0, 10.0))
    return builder.build()


def bare(trips: Sequence[Trip]) -> Demand:
    """A demand that knows origins and destinations only."""
    full = demand(trips)
    route = np.full(len(trips), -1, np.int32)
    none = {"route_offset": np.zeros(1, np.int64), "route_link": np.zeros(0, np.int32)}
    return replace(full, trips=replace(full.trips, route=route, **none))


def every(seconds: float, n: int, ends: tuple[int, int] = (0, 3)) -> Demand:
    return bare([Trip(seconds * k, ends) for k in range(n)])


def exits(twin: Twin) -> dict[int, int]:
    count = twin.memory.tables["links"]["exits"]
    return {SHORT: int(count[SHORT]), LONG: int(count[LONG])}


def test_an_empty_city_is_driven_through_on_the_shorter_way(two_ways: City) -> None:
    twin = Twin(two_ways, every(20.0, 10)).run(600.0)
    assert exits(twin) == {SHORT: 10, LONG: 0}


def test_trips_go_round_a_link_that_has_become_slow_and_back_when_it_is_fast_again(two_ways: City) -> None:
    twin = Twin(two_ways, every(20.0, 30))
    twin.set_speed_limit("link1", 3.0)
    twin.run(200.0)  # those that departed at 0, 20, ... 180 s have chosen
    twin.set_speed_limit("link1", 10.0)
    twin.run(1200.0)
    left = exits(twin)
    assert left[SHORT] + left[LONG] == 30
    assert 10 <= left[LONG] <= 20  # the mean of three minutes forgets the slow time within these


def test_trips_go_round_a_closed_link(two_ways: City) -> None:
    twin = Twin(two_ways, every(20.0, 10))
    twin.close_lane("link1", 0)
    twin.run(600.0)
    assert exits(twin) == {SHORT: 0, LONG: 10}


def test_a_queue_turns_trips_away(two_ways: City) -> None:
    """Trips that end on the short way at walking speed fill it: those that come after go round."""
    slow = [Trip(2.0 * k, (0, 1), speed_mps=0.0) for k in range(60)]
    through = [Trip(10.0 * k + 1.0, (0, 3)) for k in range(60)]
    mixed = bare(sorted([*slow, *through], key=lambda trip: trip.depart_s))
    free = Twin(two_ways, every(10.0, 60)).run(1200.0)
    twin = Twin(two_ways, mixed)
    twin.set_speed_limit("link1", 5.0)
    twin.run(1200.0)
    assert exits(free)[LONG] == 0
    assert exits(twin)[LONG] > 10


@pytest.fixture(scope="module")
def town() -> tuple[City, Demand]:
    city = generate_city(9, 2)[0]
    full = synthetic_demand(city, 1)
    route = np.full(full.trips.route.size, -1, np.int32)
    route[::3] = full.trips.route[::3]  # some bring their own
    return city, replace(full, trips=replace(full.trips, route=route))


def test_the_same_seed_gives_the_same_bits(town: tuple[City, Demand]) -> None:
    city = town[0]
    until = city.meta.begin_s + 300
    assert Twin(*town, 3).run(until).digest() == Twin(*town, 3).run(until).digest()


def test_it_does_not_matter_in_how_many_pieces_a_run_is_made(town: tuple[City, Demand]) -> None:
    begin = town[0].meta.begin_s
    whole, pieces = Twin(*town).run(begin + 130), Twin(*town)
    for until in (1, 3, 7, 12, 13, 60, 61, 119, 130):
        pieces.run(begin + until)
    assert whole.digest() == pieces.digest()


def test_forks_choose_for_themselves(town: tuple[City, Demand]) -> None:
    """Two forks stand on one shelf of routes: what one appends must not reach the other."""
    begin = town[0].meta.begin_s
    root = Twin(*town).run(begin + 120)
    alone = root.fork().run(begin + 400).digest()
    one, two = root.fork(), root.fork()
    two.set_speed_limit(two.city.links.link_id[0], 1.0)
    for until in range(140, 401, 20):
        one.run(begin + until)
        two.run(begin + until)
    assert one.digest() == alone
    assert two.digest() != alone
    assert root.run(begin + 400).digest() == alone


def test_save_and_restore_keep_the_routes_chosen(town: tuple[City, Demand]) -> None:
    begin = town[0].meta.begin_s
    twin = Twin(*town).run(begin + 203)
    saved = twin.save()
    other = Twin(*town).run(begin + 50).restore(saved)
    assert other.digest() == twin.digest()
    assert other.run(begin + 500).digest() == twin.run(begin + 500).digest()
    assert other.summary() == twin.summary()


def test_free_flow_times_of_chosen_routes_are_those_of_the_roads(two_ways: City) -> None:
    """A closed short way: who goes round has lost nothing against the way that was chosen."""
    twin = Twin(two_ways, every(30.0, 5))
    twin.close_lane("link1", 0)
    summary = twin.run(400.0).summary()
    assert summary.finished_trips == 5
    assert summary.mean_delay_s < 10.0


def test_trips_that_no_path_serves_are_left_out(two_ways: City) -> None:
    lost = bare([Trip(0.0, (3, 0)), Trip(1.0, (0, 3))])
    assert Twin(two_ways, lost).demand.trips.depart_s.tolist() == [1.0]
    kept, report = servable(two_ways, lost)
    assert kept.trips.route.tolist() == [-1]
    assert report.oddities[0].count == 1


def test_trips_from_before_the_beginning_choose_as_they_begin(two_ways: City) -> None:
    twin = Twin(two_ways, bare([Trip(-30.0, (0, 3)), Trip(-1.0, (0, 3)), Trip(0.0, (0, 3))]))
    twin.close_lane("link1", 0)
    twin.run(300.0)
    assert exits(twin) == {SHORT: 0, LONG: 3}


def test_routes_are_chosen_just_before_departure(two_ways: City) -> None:
    """Nobody knows of a closure that comes after: the trip of second 2 * ROUTE_S has chosen by then."""
    twin = Twin(two_ways, every(2.0 * ROUTE_S, 2))
    twin.run(2.0 * ROUTE_S - 1)
    assert twin.memory.tables["drives"]["first_stop"][1] < twin.demand.trips.route_link.size
    twin.run(2.0 * ROUTE_S + 1)
    assert twin.memory.tables["drives"]["first_stop"][1] >= twin.demand.trips.route_link.size


def rows(*turns: int) -> tuple[Any, Any, Any]:
    return fill(STOP, len(turns), turn=turns), np.array(turns, float), np.array(turns, float) + 0.5


def test_pools_grow_without_touching_each_other() -> None:
    base = RoutePool.of(*rows(1, 2, 3))
    one = base.plus(*rows(4, 5))
    two = base.plus(*rows(6))
    three = one.plus(*rows(7))
    for pool, expected in ((base, [1, 2, 3]), (one, [1, 2, 3, 4, 5]), (two, [1, 2, 3, 6]), (three, [1, 2, 3, 4, 5, 7])):
        assert pool.shelf.stops["turn"][: pool.used].tolist() == expected
        assert pool.shelf.before_s[: pool.used].tolist() == expected
        assert pool.shelf.on_link_s[: pool.used].tolist() == [value + 0.5 for value in expected]


def test_a_pool_with_room_is_not_copied() -> None:
    pool = RoutePool.of(*rows(1)).plus(*rows(2))
    assert pool.plus(*rows(3)).shelf is pool.shelf
