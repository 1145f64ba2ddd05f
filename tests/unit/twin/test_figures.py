"""Figures of a run against a census that somebody outside keeps second by second."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from _roads import Kind, Road, Trip, demand, road
from citybrain.demand.generated import generate
from citybrain.twin import figures
from citybrain.twin.arrays import FINISHED, RUNNING, WAITING
from citybrain.twin.routes import RouteTables
from citybrain.twin.twin import Twin

HALTED_MPS = 0.1


@dataclass
class Census:
    """What an observer wrote down: by trip, and by link."""

    present_s: int  # vehicle-seconds, in the network or waiting for it
    approach_s: np.ndarray  # [trips] seconds on lanes that the route leaves again
    longest_s: np.ndarray  # [trips] longest standstill
    exits: np.ndarray  # [links]
    ever: np.ndarray  # [trips] was seen in the network


@cache
def observed() -> tuple[Twin, Census]:
    """Ten minutes of a small town, watched every second."""
    city, trips = generate(9, seed=3, scale=3.0, duration_s=600.0)
    twin = Twin(city, trips)
    n = trips.trips.depart_s.size
    last_link = trips.trips.route_link[trips.trips.route_offset[trips.trips.route + 1] - 1]
    found = Census(0, np.zeros(n), np.zeros(n), np.zeros(len(city.links.link_id)), np.zeros(n, bool))
    stands, link_before = np.zeros(n), np.full(n, -1)
    for now in range(1, 601):
        twin.run(now)
        cars = twin.vehicles()
        found.present_s += int(twin.counters[RUNNING] + twin.counters[WAITING])
        found.ever[cars.trip] = True
        link = np.where(cars.lane >= 0, city.lanes.link[cars.lane], -1)
        leads_on = (cars.lane >= 0) & (link != last_link[cars.trip])
        found.approach_s[cars.trip[leads_on]] += 1
        standing = np.zeros(n, bool)
        standing[cars.trip[cars.speed_mps < HALTED_MPS]] = True
        stands = np.where(standing, stands + 1, 0)
        found.longest_s = np.maximum(found.longest_s, stands)
        here = np.full(n, -2)  # -2: no longer in the network, -1: inside a junction
        here[cars.trip] = link
        left = (link_before >= 0) & (here != link_before)
        np.add.at(found.exits, link_before[left], 1)
        link_before = here
    return twin, found


def test_the_sum_of_travel_times_is_the_number_of_vehicles_summed_over_time() -> None:
    """Little's law, exact to the second in which a trip begins."""
    twin, census = observed()
    summary = twin.summary()
    total_s = summary.mean_travel_time_s * summary.vehicles
    assert summary.vehicles > 100
    assert total_s == pytest.approx(census.present_s, abs=summary.vehicles)


def test_time_on_approach_lanes_is_what_the_census_says() -> None:
    twin, census = observed()
    told = figures.approach_times(twin.memory)
    loops = twin.memory.constants["trips"]["log"] >= 0  # counted otherwise, see the docstring
    seen = census.ever & ~loops
    assert seen.sum() > 100
    np.testing.assert_allclose(told[seen], census.approach_s[seen], atol=1.0)
    # a vehicle that is inserted and drives off within its first second is not seen there: no bias beyond that
    assert abs((told[seen] - census.approach_s[seen]).mean()) < 1.0


def test_the_longest_standstill_is_what_the_census_says() -> None:
    twin, census = observed()
    told = figures.longest_waits(twin.memory)
    assert twin.summary().longest_wait_s == told.max()
    np.testing.assert_allclose(told[census.ever], census.longest_s[census.ever], atol=1.0)
    assert census.longest_s.max() > 10


def test_every_vehicle_that_left_a_link_is_counted_there_once() -> None:
    twin, census = observed()
    exits = twin.memory.tables["links"]["exits"]
    lanes = twin.city.links.length_m > 15.0  # at most one second on a shorter link: the census may miss it
    assert exits[lanes].sum() > 300
    np.testing.assert_array_equal(exits[lanes], census.exits[lanes])
    flow = figures.link_history(twin.city, twin.memory).flow_vph
    np.testing.assert_allclose(flow * 600.0 / 3600.0, exits)


def test_a_link_takes_nobody_less_time_than_free_flow_and_speed_agrees_with_delay() -> None:
    twin, _ = observed()
    found, links = figures.link_history(twin.city, twin.memory), twin.city.links
    used = found.flow_vph > 0.0
    assert np.isnan(found.delay_s[~used]).all()
    assert (found.delay_s[used] >= 0.0).all()
    slow = used & (found.delay_s > 0.0)
    taken_s = links.length_m[slow] / links.speed_mps[slow] + found.delay_s[slow]
    np.testing.assert_allclose(found.speed_mps[slow], links.length_m[slow] / taken_s, rtol=1e-5)


def test_summary_counts_agree_with_each_other() -> None:
    twin, _ = observed()
    found, c = twin.summary(), twin.counters
    assert found.vehicles == c[FINISHED] + c[RUNNING] + c[WAITING]
    assert found.never_inserted == c[WAITING]
    assert 0.0 <= found.mean_delay_s <= found.mean_travel_time_s
    assert found.p95_delay_s >= found.mean_delay_s


def free_times(twin: Twin) -> tuple[figures.F64, figures.F64]:
    trips = twin.demand.trips
    routes = RouteTables(twin.city, float(twin.demand.types.max_speed_mps.max()))
    return routes.free_times(trips.route_offset, trips.route_link, twin.memory.constants["stops"])


def test_free_flow_of_a_finished_trip_is_its_links_and_junctions() -> None:
    """Three links of 100, 200 and 50 m at 10 m/s, two junctions of 5 m."""
    city = road(Road((100.0, 200.0, 50.0), 10.0, join_m=5.0))
    twin = Twin(city, demand([Trip(0.0, (0, 1, 2)), Trip(3.0, (1, 2))])).run(120)
    free = free_times(twin)
    np.testing.assert_allclose(figures.free_flow_driven(twin.memory, *free), [36.0, 25.5])
    assert free[0].tolist() == pytest.approx([0.0, 10.5, 31.0, 0.0, 20.5])
    assert free[1].tolist() == pytest.approx([10.0, 20.0, 5.0, 20.0, 5.0])


def test_free_flow_of_a_trip_on_its_way_is_what_it_has_driven() -> None:
    city = road(Road((100.0, 200.0), 10.0))
    twin = Twin(city, demand([Trip(0.0, (0, 1))]))
    free = free_times(twin)
    for now in range(1, 25):
        twin.run(now)
        done = figures.free_flow_driven(twin.memory, *free)[0]
        car = twin.vehicles()
        if car.lane.size and car.lane[0] >= 0:
            expected = car.position_m[0] / 10.0 + (10.5 if car.lane[0] == 1 else 0.0)
            assert done == pytest.approx(expected, abs=1e-3)


def test_the_slowest_type_does_not_lengthen_the_free_flow_of_the_others() -> None:
    city = road(Road((100.0,), 20.0))
    kinds = [Kind(max_speed_mps=5.0), Kind(max_speed_mps=10.0)]
    twin = Twin(city, demand([Trip(0.0, (0,)), Trip(1.0, (0,), 1)], kinds))
    assert free_times(twin)[1].tolist() == [10.0, 10.0]


def test_before_anything_there_is_nothing_to_tell() -> None:
    found = Twin(road(Road()), demand([Trip(50.0, (0,))])).summary()
    assert (found.vehicles, found.finished_trips, found.never_inserted, found.vehicle_steps) == (0, 0, 0, 0)
    assert np.isnan([found.mean_travel_time_s, found.mean_delay_s, found.p95_delay_s, found.mean_stops]).all()
    assert found.longest_wait_s == 0.0


def test_a_vehicle_that_still_stands_counts_up_to_now() -> None:
    red = np.zeros(1, np.uint8)
    twin = Twin(road(Road((100.0, 100.0), 10.0, signal_after=0)), demand([Trip(0.0, (0, 1))]))
    for now in (60, 90, 120):
        twin.step(red, now - int(twin.time_s))
        stood = now - twin.summary().longest_wait_s
        assert stood == pytest.approx(11.0, abs=3.0)  # it stands since about then
        assert twin.summary().mean_travel_time_s == now


def test_the_delays_of_trips_are_those_of_the_summary() -> None:
    twin, _ = observed()
    delay_s = twin.delays_s()
    assert delay_s.shape == (twin.summary().vehicles,)
    assert (delay_s >= 0.0).all()
    assert delay_s.mean() == pytest.approx(twin.summary().mean_delay_s)
    assert np.percentile(delay_s, 95) == pytest.approx(twin.summary().p95_delay_s)


def test_a_trip_alone_on_a_free_road_has_hardly_any_delay() -> None:
    city, trips = generate(6, seed=4)
    twin = Twin(city, trips)
    assert twin.delays_s().size == 0
    first = int(np.ceil(trips.trips.depart_s[0])) + 2
    twin.run(until_s=float(first))
    assert 0.0 <= twin.delays_s()[0] <= 2.0 + 1.0
