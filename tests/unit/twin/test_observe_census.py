"""What the kernels read off the state, against a census that goes from vehicle to vehicle in plain Python."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from _roads import Road, Trip, demand, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import City, Colour
from citybrain.demand.generated import generate
from citybrain.records.readings import HALTED_MPS, NEAR_M
from citybrain.records.traffic import ENDS
from citybrain.twin import observe
from citybrain.twin.observe import STOP_LINE_M
from citybrain.twin.twin import Twin

SHORT_M, JOIN_M, N_LINKS = 30.0, 5.0, 8


@cache
def town() -> Twin:
    """A crowded small town after eight minutes: queues, vehicles inside junctions, empty links."""
    city, trips = generate(6, seed=11, scale=3.0, duration_s=600.0)
    return Twin(city, trips, seed=2).run(480.0)


@cache
def chain() -> Twin:
    """Links of 30 m in a row, a light that stays red at the end of the sixth: the queue reaches over many of them."""
    lengths = (400.0,) + (SHORT_M,) * (N_LINKS - 1)
    plan = Road(lengths, 10.0, signal_after=5, phases=[PhaseSpec(90.0, [Colour.RED])], join_m=JOIN_M)
    trips = [Trip(4.0 * k, tuple(range(N_LINKS))) for k in range(22)]
    return Twin(road(plan), demand(trips)).run(103.0)


def next_link(twin: Twin) -> np.ndarray:
    """Link after the one that each vehicle is on or enters, by its route; ENDS where the route ends."""
    city, cars, trips = twin.city, twin.vehicles(), twin.demand.trips
    lane = np.where(cars.lane >= 0, cars.lane, city.movements.to_lane[cars.movement])
    found = []
    for trip, link in zip(cars.trip.tolist(), city.lanes.link[lane].tolist(), strict=True):
        begin, end = trips.route_offset[trips.route[trip]], trips.route_offset[trips.route[trip] + 1]
        way = trips.route_link[begin:end].tolist()
        after = way[way.index(link) + 1 :]
        found.append(after[0] if after else ENDS)
    return np.array(found, np.int32)


def counted(city: City, lane: np.ndarray) -> np.ndarray:
    return np.bincount(lane, minlength=city.lanes.link.size)


def test_the_town_is_worth_counting() -> None:
    """Else the tests below would hold of empty streets."""
    cars = town().vehicles()
    assert (cars.lane < 0).any()
    assert (cars.speed_mps < HALTED_MPS).sum() > 10
    assert (cars.speed_mps > 5.0).sum() > 10


def test_lanes_hold_the_vehicles_that_are_on_them() -> None:
    twin, cars, seen = town(), town().vehicles(), town().readings()
    on = cars.lane >= 0
    np.testing.assert_array_equal(seen.lane_count, counted(twin.city, cars.lane[on]))
    stands = on & (cars.speed_mps < HALTED_MPS)
    np.testing.assert_array_equal(seen.lane_queue, counted(twin.city, cars.lane[stands]))


def test_a_movement_has_the_vehicles_of_its_lane_that_take_its_link_next() -> None:
    twin, cars, seen = town(), town().vehicles(), town().readings()
    moves, lanes, after = twin.city.movements, twin.city.lanes, next_link(twin)
    stands = cars.speed_mps < HALTED_MPS
    near = lanes.length_m[np.maximum(cars.lane, 0)] - cars.position_m <= NEAR_M
    for m in range(moves.from_lane.size):
        mine = (cars.lane == moves.from_lane[m]) & (after == lanes.link[moves.to_lane[m]])
        found = seen.movement_count[m], seen.movement_queue[m], seen.movement_moving_near[m]
        assert found == (mine.sum(), (mine & stands).sum(), (mine & near & ~stands).sum())


def test_single_vehicles_are_told_with_lane_way_to_go_and_next_link() -> None:
    twin, cars, told = town(), town().vehicles(), town().traffic()
    city, inside = twin.city, cars.lane < 0
    lane = np.where(inside, city.movements.to_lane[cars.movement], cars.lane)
    through_m = np.where(inside, city.movements.length_m[cars.movement], 0.0)
    np.testing.assert_array_equal(told.lane, lane)
    np.testing.assert_array_equal(told.next_link, next_link(twin))
    np.testing.assert_array_equal(told.speed_mps, cars.speed_mps)
    np.testing.assert_allclose(told.ahead_m, city.lanes.length_m[lane] + through_m - cars.position_m, atol=0.01)


def test_a_stop_line_is_covered_by_who_stands_within_reach_of_it() -> None:
    twin, cars = town(), town().vehicles()
    on = cars.lane >= 0
    ahead_m = twin.city.lanes.length_m[cars.lane[on]] - cars.position_m[on]
    covered = np.zeros(twin.city.lanes.link.size, bool)
    covered[cars.lane[on][ahead_m <= STOP_LINE_M]] = True
    assert covered.any()
    np.testing.assert_array_equal(twin.readings().occupied, covered)


def test_a_link_has_the_mean_speed_of_its_vehicles_and_its_limit_when_empty() -> None:
    twin, cars = town(), town().vehicles()
    links, on = twin.city.links, cars.lane >= 0
    link = twin.city.lanes.link[cars.lane[on]]
    total = np.bincount(link, cars.speed_mps[on], links.n_lanes.size)
    n = np.bincount(link, minlength=links.n_lanes.size)
    found = np.zeros(links.n_lanes.size, np.float32)
    observe.link_speeds(twin.memory.world, found)
    assert 0 < (n == 0).sum() < n.size
    np.testing.assert_allclose(found, np.where(n > 0, total / np.maximum(n, 1), links.speed_mps), rtol=1e-5)


def test_an_empty_link_follows_a_limit_that_was_set() -> None:
    twin = Twin(road(Road((100.0, 100.0), 15.0)), demand([]))
    twin.set_speed_limit("L1", 4.0)
    found = np.zeros(2, np.float32)
    observe.link_speeds(twin.memory.world, found)
    assert found.tolist() == [15.0, 4.0]


def test_standing_vehicles_and_speeds_are_summed_over_lanes_and_junctions() -> None:
    cars = town().vehicles()
    queued, total_mps = observe.count_queued(town().memory.world)
    assert queued == (cars.speed_mps < HALTED_MPS).sum()
    assert total_mps == pytest.approx(cars.speed_mps.astype(np.float64).sum(), rel=1e-6)


def along_m(twin: Twin) -> np.ndarray:
    """Metres from the beginning of the chain to each vehicle's front."""
    cars, length_m = twin.vehicles(), twin.city.links.length_m
    begin_m = np.concatenate([[0.0], np.cumsum(length_m + JOIN_M)])
    return np.where(cars.lane >= 0, begin_m[cars.lane], begin_m[cars.movement + 1] - JOIN_M) + cars.position_m


@pytest.mark.parametrize("link", range(N_LINKS))
def test_short_lanes_look_upstream_over_lanes_and_junctions(link: int) -> None:
    """On a single road the vehicles near a line are those whose front lies within NEAR_M before it."""
    twin, at_m, cars = chain(), along_m(chain()), chain().vehicles()
    line_m = float((twin.city.links.length_m + JOIN_M)[: link + 1].sum()) - JOIN_M
    before = np.where(cars.lane >= 0, cars.lane <= link, cars.movement < link)
    near = before & (at_m >= line_m - NEAR_M)
    assert np.abs(line_m - at_m - NEAR_M).min() > 0.01, "a vehicle on the edge would be decided by rounding"
    seen, stands = twin.readings(), cars.speed_mps < HALTED_MPS
    assert (seen.near_count[link], seen.near_queue[link]) == (near.sum(), (near & stands).sum())


def test_the_chain_has_a_queue_longer_than_its_last_lane() -> None:
    seen = chain().readings()
    assert seen.near_queue[5] > seen.lane_queue[5] > 0
    assert seen.near_count[7] < seen.near_count[5]
