"""Routes for trips that have none: fastest for the class, what was given stays, what cannot be served is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Kind, Road, Trip, demand, road
from citybrain.city.generate import generate_city
from citybrain.city.model import City, VehicleClass
from citybrain.city.routing import RouteGraph, route_cost_s, strongly_connected, tree_to
from citybrain.demand.model import Demand
from citybrain.demand.routes import EXAMPLES, servable, with_routes

CAR, TRUCK = Kind(), Kind(vehicle_class=VehicleClass.TRUCK)


@pytest.fixture(scope="module")
def town() -> City:
    return generate_city(12, 3)[0]


@pytest.fixture(scope="module")
def graph(town: City) -> RouteGraph:
    return RouteGraph.from_city(town)


def unrouted(trips: Sequence[Trip], keep: Sequence[int] = (), kinds: Sequence[Kind] = (CAR, TRUCK)) -> Demand:
    """A demand whose trips have no route but origin and destination, except those in `keep`."""
    full = demand(trips, kinds)
    stays = np.isin(np.arange(len(trips)), keep)
    full.trips.route[:] = np.where(stays, full.trips.route, -1)
    return full


def links_of(result: Demand, trip: int) -> list[int]:
    row = int(result.trips.route[trip])
    return result.trips.route_link[result.trips.route_offset[row] : result.trips.route_offset[row + 1]].tolist()


def check(city: City, result: Demand) -> None:
    """Every trip has a route from its origin to its destination, and the pool is sound."""
    trips = result.trips
    columns = (trips.depart_s, trips.vehicle_type, trips.route, trips.origin_link, trips.destination_link)
    assert {column.size for column in columns} == {len(trips.trip_id)}
    assert trips.route_offset[0] == 0
    assert trips.route_offset[-1] == trips.route_link.size
    assert (np.diff(trips.route_offset) > 0).all()
    assert ((trips.route >= 0) & (trips.route < trips.route_offset.size - 1)).all()
    for k in range(len(trips.trip_id)):
        links = links_of(result, k)
        assert (links[0], links[-1]) == (trips.origin_link[k], trips.destination_link[k])
        kind = VehicleClass(int(result.types.vehicle_class[trips.vehicle_type[k]]))
        route_cost_s(RouteGraph.from_city(city, kind), links)  # raises where two links are not joined


def test_a_demand_with_all_its_routes_is_returned_as_it_is() -> None:
    full = demand([Trip(0.0, (0, 1))])
    result, report = with_routes(road(Road()), full)
    assert result is full
    assert report.oddities == ()


def test_the_only_way_is_found() -> None:
    city = road(Road(lengths_m=(50.0,) * 5))
    result, report = with_routes(city, unrouted([Trip(0.0, (0, 4)), Trip(1.0, (2, 2)), Trip(2.0, (1, 3))]))
    assert [links_of(result, k) for k in range(3)] == [[0, 1, 2, 3, 4], [2], [1, 2, 3]]
    assert report.oddities == ()
    check(city, result)


def test_routes_that_were_given_stay() -> None:
    city = road(Road(lengths_m=(50.0,) * 4))
    before = unrouted([Trip(0.0, (0, 1, 2)), Trip(1.0, (0, 3)), Trip(2.0, (2, 3))], keep=[0, 2])
    result, _ = with_routes(city, before)
    assert [links_of(result, k) for k in range(3)] == [[0, 1, 2], [0, 1, 2, 3], [2, 3]]
    assert result.trips.route[[0, 2]].tolist() == before.trips.route[[0, 2]].tolist()
    assert before.trips.route.tolist() == [0, -1, 2]


def test_against_the_traffic_nobody_gets_through() -> None:
    city = road(Road(lengths_m=(50.0,) * 3))
    rows = [Trip(float(k), (2, 0) if k % 2 else (0, 2)) for k in range(20)]
    result, report = with_routes(city, unrouted(rows))
    assert result.trips.trip_id == tuple(f"t{k}" for k in range(0, 20, 2))
    assert result.trips.depart_s.tolist() == list(range(0, 20, 2))
    (odd,) = report.oddities
    assert (odd.count, odd.action) == (10, "left out")
    assert odd.examples == tuple(f"t{k}" for k in range(1, 2 * EXAMPLES, 2))
    check(city, result)


def test_a_demand_that_cannot_be_served_at_all_is_empty() -> None:
    result, report = with_routes(road(Road()), unrouted([Trip(0.0, (1, 0)), Trip(3.0, (1, 0))]))
    assert result.trips.trip_id == ()
    assert result.trips.route.size == result.trips.depart_lane.size == result.trips.depart_speed_mps.size == 0
    assert report.oddities[0].count == 2


def test_classes_have_their_own_ways() -> None:
    """On a road for cars alone the truck is left out, whichever of the two stands first."""
    city = road(Road(allowed=[int(VehicleClass.CAR)]))
    for kinds in ((0, 1), (1, 0)):
        result, report = with_routes(city, unrouted([Trip(float(k), (0, 1), kind) for k, kind in enumerate(kinds)]))
        assert result.trips.vehicle_type.tolist() == [0]
        assert report.oddities[0].examples == (f"t{kinds.index(1)}",)
        check(city, result)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_routes_cost_what_the_trees_say(town: City, graph: RouteGraph, data: st.DataObject) -> None:
    """Trips of two classes, some routed before, in a town where all links are joined."""
    link = st.integers(0, graph.n_links - 1)
    pairs = data.draw(st.lists(st.tuples(link, link, st.integers(0, 1)), min_size=1, max_size=12))
    cost_s = np.array(data.draw(st.lists(st.integers(1, 99), min_size=8, max_size=8)), np.float64)
    cost_s = np.resize(cost_s, graph.n_links)
    assert strongly_connected(graph).all()
    trips = [Trip(float(k), (a, b), kind) for k, (a, b, kind) in enumerate(pairs)]
    result, report = with_routes(town, unrouted(trips), cost_s)
    assert report.oddities == ()
    check(town, result)
    for k, (a, b, _) in enumerate(pairs):
        assert route_cost_s(graph, links_of(result, k), cost_s) == pytest.approx(tree_to(graph, b, cost_s).cost_s[a])


def test_trips_between_the_same_links_share_a_route(town: City, graph: RouteGraph) -> None:
    trips = [Trip(float(k), (k % 3, graph.n_links - 1)) for k in range(30)]
    result, _ = with_routes(town, unrouted(trips))
    new = result.trips.route_offset.size - 1 - len(trips)
    assert new == 3
    assert (result.trips.route[:3] == result.trips.route[3:6]).all()


def test_live_times_change_the_way(town: City, graph: RouteGraph) -> None:
    free, _ = with_routes(town, unrouted([Trip(0.0, (0, graph.n_links - 1))]))
    jammed = np.array(graph.free_s, np.float64)
    jammed[links_of(free, 0)[1:-1]] = 1e4
    around, _ = with_routes(town, unrouted([Trip(0.0, (0, graph.n_links - 1))]), jammed)
    cost = [route_cost_s(graph, links_of(result, 0), jammed) for result in (free, around)]
    assert cost[1] < cost[0]
    assert route_cost_s(graph, links_of(free, 0)) <= route_cost_s(graph, links_of(around, 0))


def test_servable_leaves_out_those_whom_with_routes_leaves_out_and_routes_nobody(town: City) -> None:
    """The same trips stay, in the same order; routes that were given are as they were."""
    rng = np.random.default_rng(4)
    n = town.links.length_m.size
    rows = [Trip(float(k), (int(rng.integers(n)), int(rng.integers(n))), k % 2) for k in range(200)]
    before = unrouted(rows)
    asked, report = servable(town, before)
    full, same = with_routes(town, before)
    assert asked.trips.trip_id == full.trips.trip_id
    assert report == same
    assert (asked.trips.route == -1).all()
    assert asked.trips.route_link is before.trips.route_link


def test_servable_leaves_out_who_cannot_get_there() -> None:
    asked, report = servable(road(Road()), unrouted([Trip(0.0, (0, 1)), Trip(1.0, (1, 0))]))
    assert asked.trips.depart_s.tolist() == [0.0]
    assert report.oddities[0].count == 1
