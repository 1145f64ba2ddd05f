"""From city and demand to the kernels' tables: every number where it belongs, what cannot be driven is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Kind, Road, Trip, demand, meeting, road
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.model import City, CityMeta, Turn
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.errors import InputError, LimitError
from citybrain.twin.net import MAX_LANES, MIN_TRACK_M, Tables, compile_tables
from citybrain.twin.routes import HARD_WITHIN_M, PREFER_WITHIN_M, RouteTables

BIG_CITY = generate(9, seed=1, scale=0.5, duration_s=300.0)


def fork_in_the_road(middle_m: float = 60.0) -> City:
    """L0 (3 lanes) to L1 (2 lanes, `middle_m` long) to L2 from lane 0 or L3 from lane 1.

    L0's lanes 0 and 1 lead to L1's lane 0, lane 2 to lane 1.
    """
    builder = CityBuilder(CityMeta("fork", "test"))
    for i in range(5):
        builder.add_node(NodeSpec(f"n{i}", 100.0 * i, 0.0))
    ends = [(0, 1, 3, 400.0), (1, 2, 2, middle_m), (2, 3, 1, 300.0), (2, 4, 1, 300.0)]
    for i, (a, b, n, length_m) in enumerate(ends):
        builder.add_link(LinkSpec(f"L{i}", a, b, [LaneSpec(length_m, 10.0)] * n, [(0.0, 0.0), (1.0, 0.0)]))
    lanes = [((0, 0), (1, 0), 1), ((0, 1), (1, 0), 1), ((0, 2), (1, 1), 1), ((1, 0), (2, 0), 2), ((1, 1), (3, 0), 2)]
    for start, end, node in lanes:
        builder.add_movement(MovementSpec(builder.lane(*start), builder.lane(*end), node, Turn.THROUGH, 5.0, 10.0))
    return builder.build()


def compiled(city: City, trips: Demand, seed: int) -> Tables:
    return compile_tables(city, trips, seed, RouteTables(city, 0.0), np.zeros(0, np.intp))


def tables(city: City, *routes: tuple[int, ...], seed: int = 0) -> Tables:
    return compiled(city, demand([Trip(float(i), route) for i, route in enumerate(routes)]), seed)


def test_a_turn_holds_exactly_the_lanes_that_have_a_movement() -> None:
    city, trips = BIG_CITY
    found = compiled(city, trips, 0)
    moves, lane = city.movements, city.lanes
    expected: dict[tuple[int, int], int] = {}
    for a, b in zip(moves.from_lane, moves.to_lane, strict=True):
        key = int(lane.link[a]), int(lane.link[b])
        expected[key] = expected.get(key, 0) | 1 << int(lane.index[a])
    turn = found["moves"]["turn"]
    assert found["turns"].size == len(expected)
    for m, (a, b) in enumerate(zip(moves.from_lane, moves.to_lane, strict=True)):
        row = found["turns"][turn[m]]
        assert row["to"] == lane.link[b]
        assert row["mask"] == expected[int(lane.link[a]), int(lane.link[b])]


def test_stops_lead_from_link_to_link_and_end() -> None:
    city, trips = BIG_CITY
    found, pool = compiled(city, trips, 0), trips.trips
    last = np.zeros(pool.route_link.size, bool)
    last[pool.route_offset[1:] - 1] = True
    turn = found["stops"]["turn"]
    assert (turn[last] == -1).all()
    onward = np.flatnonzero(~last)
    np.testing.assert_array_equal(found["turns"]["to"][turn[onward]], pool.route_link[onward + 1])
    np.testing.assert_array_equal(found["trips"]["first_link"], pool.origin_link)


@pytest.mark.parametrize(
    ("middle_m", "route", "before"),
    [
        (60.0, (0, 1, 2), 0b011),  # the next link is short: be on a lane that leads to its lane 0
        (60.0, (0, 1, 3), 0b100),
        (60.0, (0, 1), 0b111),  # the trip ends there: any lane
        (PREFER_WITHIN_M + 1.0, (0, 1, 3), 0b111),  # long enough to change lanes there
    ],
)
def test_lanes_are_chosen_one_link_ahead_of_a_short_one(middle_m: float, route: tuple[int, ...], before: int) -> None:
    stops = tables(fork_in_the_road(middle_m), route)["stops"]
    assert stops["pref"][0] == before
    assert not stops["hard"].any()


@pytest.mark.parametrize(("middle_m", "hard"), [(HARD_WITHIN_M - 1.0, True), (HARD_WITHIN_M, False)])
def test_a_link_too_short_for_any_lane_change_must_be_entered_on_the_right_one(middle_m: float, hard: bool) -> None:
    assert bool(tables(fork_in_the_road(middle_m), (0, 1, 3))["stops"]["hard"][0]) is hard


def test_on_the_last_link_every_lane_will_do() -> None:
    assert tables(fork_in_the_road(), (0,), (0, 1))["stops"]["pref"].tolist() == [0b111, 0b111, 0b11]


def test_a_route_that_no_movement_joins_is_named() -> None:
    with pytest.raises(InputError, match=r"no movement joins link L0 to link L2 \(2 such places\)"):
        tables(fork_in_the_road(), (0, 1), (0, 2), (0, 3))


def test_the_end_of_one_route_is_not_joined_to_the_begin_of_the_next() -> None:
    assert tables(fork_in_the_road(), (0, 1, 2), (0, 1, 3), (3,))["stops"]["turn"].tolist().count(-1) == 3


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=9), min_size=1, max_size=4))
def test_returns_to_a_junction_are_counted_from_the_last_visit(turns: list[list[bool]]) -> None:
    """A square of two junctions: link 0 leads from A to B and link 1 back; routes go to and fro, or round at B."""
    builder = CityBuilder(CityMeta("two", "test"))
    for name in "AB":
        builder.add_node(NodeSpec(name, 0.0, 0.0))
    for i, (a, b) in enumerate([(0, 1), (1, 0), (1, 1)]):
        builder.add_link(LinkSpec(f"L{i}", a, b, [LaneSpec(100.0, 10.0)], [(0.0, 0.0), (1.0, 0.0)]))
    for a, b, node in [(0, 1, 1), (1, 0, 0), (0, 2, 1), (2, 1, 1), (2, 2, 1)]:
        builder.add_movement(MovementSpec(a, b, node, Turn.THROUGH, 5.0, 10.0))
    city = builder.build()
    routes = []
    for choice in turns:
        route = [0]
        for stay in choice:
            route.append({0: 2 if stay else 1, 1: 0, 2: 2 if stay else 1}[route[-1]])
        routes.append(tuple(route))
    found, at = tables(city, *routes), 0
    for i, route in enumerate(routes):
        nodes = [int(city.links.to_node[link]) for link in route]
        for k in range(len(route)):
            earlier = [j for j in range(k) if nodes[j] == nodes[k]]
            expected = k - earlier[-1] if earlier and k < len(route) - 1 else 0  # nobody passes the last one's end
            assert found["stops"]["again"][at + k] == expected
        again = found["stops"]["again"][at : at + len(route)].any()
        assert (found["trips"]["log"][i] >= 0) == again
        at += len(route)


def test_logs_of_trips_that_return_do_not_overlap() -> None:
    city, trips = BIG_CITY
    found = compiled(city, trips, 0)
    log, size = found["trips"]["log"], np.diff(trips.trips.route_offset)[trips.trips.route]
    mine = np.flatnonzero(log >= 0)
    begin = log[mine]
    assert (begin[1:] >= begin[:-1] + size[mine][:-1]).all()
    assert found["log"].size == size[mine].sum()


def test_a_conflict_knows_where_it_lies_on_the_other_path() -> None:
    city = meeting()
    moves = replace(city.movements, foe_at_m=np.array([4.0, 15.0], np.float32))
    found = compiled(replace(city, movements=moves), demand([]), 0)["foes"]
    assert found["at"].tolist() == [4.0, 15.0]
    assert found["far"].tolist() == [15.0, 4.0]
    assert found["yields"].tolist() == [1, 0]


def test_a_conflict_without_a_place_lies_at_the_end_of_the_path() -> None:
    city = meeting()
    moves = replace(city.movements, foe_at_m=np.full(2, np.nan, np.float32))
    found = compiled(replace(city, movements=moves), demand([]), 0)["foes"]
    assert found["at"].tolist() == found["far"].tolist() == [20.0, 20.0]


def test_lanes_list_their_movements_once_and_no_others() -> None:
    city, trips = BIG_CITY
    found, lanes, moves = compiled(city, trips, 0), city.lanes.link.size, city.movements
    for name, key in (("out", moves.from_lane), ("in", moves.to_lane)):
        listed = found[f"{name}s"]
        for lane in range(0, lanes, 7):
            row = found["lanes"][lane]
            mine = listed[row[f"{name}_begin"] : row[f"{name}_end"]]
            assert sorted(mine.tolist()) == np.flatnonzero(key == lane).tolist()
        assert sorted(listed.tolist()) == list(range(key.size))


def test_windows_of_tracks_do_not_overlap_and_hold_a_full_lane() -> None:
    city, trips = BIG_CITY
    tracks = compiled(city, trips, 0)["tracks"]
    assert (tracks["base"][1:] > tracks["base"][:-1] + tracks["span"][:-1]).all()
    standing_m = float((trips.types.length_m + trips.types.min_gap_m).min())
    assert (tracks["cap"] * standing_m >= tracks["length"]).all()  # a lane full of the shortest vehicles, standing
    assert (tracks["span"] >= tracks["cap"]).all()
    assert (tracks["length"] >= 0.5 * MIN_TRACK_M).all()


def test_speed_factors_follow_the_seed_and_stay_within_bounds() -> None:
    city = road(Road())
    trips = demand([Trip(float(i), (0, 1)) for i in range(4000)], [Kind(speed_factor=1.1, speed_deviation=0.4)])
    first = compiled(city, trips, 1)["trips"]["factor"]
    np.testing.assert_array_equal(first, compiled(city, trips, 1)["trips"]["factor"])
    assert not np.array_equal(first, compiled(city, trips, 2)["trips"]["factor"])
    assert first.min() >= np.float32(0.2)
    assert first.max() <= 2.0
    assert float(np.median(first)) == pytest.approx(1.1, abs=0.03)
    assert float(first.std()) == pytest.approx(0.4, abs=0.03)


def test_departures_count_from_the_begin_of_the_window() -> None:
    found = compiled(road(Road(begin_s=3600.0)), demand([Trip(3600.0, (0,)), Trip(3725.5, (0,))]), 0)
    assert found["trips"]["depart"].tolist() == [0.0, 125.5]


def test_trips_without_a_route_are_refused() -> None:
    told = demand([Trip(0.0, (0,))])
    told = replace(told, trips=replace(told.trips, route=np.array([-1], np.int32)))
    with pytest.raises(InputError, match="without a route"):
        compiled(road(Road()), told, 0)


def test_a_link_wider_than_the_masks_is_refused() -> None:
    compiled(road(Road((100.0,), n_lanes=MAX_LANES)), demand([Trip(0.0, (0,))]), 0)
    with pytest.raises(LimitError, match=f"link L0: more than {MAX_LANES} lanes"):
        compiled(road(Road((100.0,), n_lanes=MAX_LANES + 1)), demand([]), 0)


def test_all_lanes_of_the_widest_link_may_be_used() -> None:
    """32 lanes are all bits of the mask: no bit may be lost to its sign."""
    found = compiled(road(Road((100.0,), n_lanes=MAX_LANES)), demand([Trip(0.0, (0,))]), 0)
    assert found["stops"]["pref"].tolist() == [2**32 - 1]
