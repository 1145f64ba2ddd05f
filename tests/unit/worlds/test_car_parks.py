"""Car parks of the twin hold who parked there: nobody is lost, none holds more than it has, a seed decides."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from citybrain.city.model import City, no_parking
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.records.observations import Observations, ParkingState
from citybrain.worlds.car_parks import REACH_M, CarParks, ParkingWays
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.twin_streets import TwinTraffic, shown_streets


@cache
def town() -> tuple[City, Demand]:
    return generate(9, seed=3, scale=2.0, duration_s=600.0)


@cache
def day(seed: int = 0) -> tuple[TwinTraffic, list[Observations]]:
    city, demand = town()
    world, traffic = shown_streets(city, demand, 0, Sensing(seed=seed))
    return traffic, [world.observe(float(second)) for second in range(1, 601)]


def test_who_parks_where_follows_from_where_the_trip_ends() -> None:
    city, demand = town()
    ways, trips, parking = ParkingWays.of(city, demand, 0), demand.trips, city.parking
    last = trips.route_link[trips.route_offset[trips.route + 1] - 1]
    chosen = np.flatnonzero(ways.parks >= 0)
    assert 0 < chosen.size < trips.route.size, "some, not all"
    first_x, first_y = (v[city.links.geometry_offset[:-1]] for v in (city.links.geometry_x_m, city.links.geometry_y_m))
    for trip in chosen.tolist():
        place = int(ways.parks[trip])
        away_m = np.hypot(first_x[last[trip]] - parking.x_m[place], first_y[last[trip]] - parking.y_m[place])
        assert away_m <= max(REACH_M.values()) + city.links.length_m[last[trip]]
    assert np.array_equal(ways.parks, ParkingWays.of(city, demand, 0).parks)
    assert not np.array_equal(ways.parks, ParkingWays.of(city, demand, 1).parks)


def test_everybody_who_came_and_left_is_counted_once() -> None:
    """taken = taken at first + who parked - who left, from the twin's own trips; none holds more than it has."""
    traffic, _ = day()
    city, demand = traffic.city, traffic.twin.demand
    ways, drives = ParkingWays.of(city, demand, 0), traffic.twin.memory.tables["drives"]
    first = CarParks(city, demand, 0).taken
    n = first.size
    came = np.bincount(ways.parks[(drives["arrived"] >= 0) & (ways.parks >= 0)], minlength=n)
    left = np.bincount(ways.leaves[(drives["inserted"] >= 0) & (ways.leaves >= 0)], minlength=n)
    found = traffic.car_parks
    assert came.sum() >= 10
    assert left.sum() >= 10
    quiet = (found.turned_away == 0) & (first >= left)  # where nobody met a full or an empty one
    assert quiet.any()
    assert np.array_equal(found.taken[quiet], (first + came - left)[quiet])
    assert (found.taken >= 0).all()
    assert (found.taken <= city.parking.spaces).all()


def parks(spaces: int, n_trips: int) -> CarParks:
    """One place, and trips that all end beside it."""
    city, demand = town()
    found = CarParks(city, demand, 0)
    small = replace(city.parking, spaces=np.full(city.parking.spaces.size, spaces, np.int32))
    found._parking, found.taken = small, np.zeros(small.spaces.size, np.int64)
    found._ways = ParkingWays(np.zeros(n_trips, np.int32), np.full(n_trips, -1, np.int32))
    found._begun, found._ended = np.zeros((2, n_trips), np.bool_)
    return found


def test_who_finds_it_full_parks_elsewhere() -> None:
    found = parks(spaces=3, n_trips=5)
    ended = np.arange(5, dtype=np.float32)
    found.second(60, 60.0, ended, ended)
    assert (found.taken[0], found.turned_away[0]) == (3, 2)
    rows = found.collect(65.0)
    assert (rows.free[0], rows.capacity[0], rows.state[0]) == (0, 3, ParkingState.FULL)
    found.second(120, 120.0, ended, ended)
    assert (found.taken[0], found.turned_away[0]) == (3, 2), "nobody arrives twice"


def test_an_empty_one_cannot_be_left() -> None:
    found = parks(spaces=3, n_trips=2)
    found._ways = ParkingWays(np.full(2, -1, np.int32), np.zeros(2, np.int32))
    found.second(60, 60.0, np.zeros(2, np.float32), np.full(2, -1.0, np.float32))
    assert found.taken[0] == 0


def test_reports_come_each_minute_a_little_late_and_say_what_is_taken() -> None:
    traffic, seen = day()
    city = traffic.city
    looks = [(look.time_s, look.parking) for look in seen if look.parking.time_s.size]
    assert [time_s for time_s, _ in looks] == [60.0 * k + 5.0 for k in range(1, 10)]
    for time_s, rows in looks:
        assert (rows.time_s == time_s - 5.0).all()
        assert (rows.received_s == time_s).all()
        assert set(rows.facility.tolist()) <= set(city.parking.parking_id)
        assert ((rows.free >= 0) & (rows.free <= rows.capacity)).all()
    assert len({tuple(rows.free.tolist()) for _, rows in looks}) > 1, "they fill and empty"


def test_the_same_seed_parks_the_same_cars() -> None:
    _, seen = day()
    city, demand = town()
    world, _ = shown_streets(city, demand, 0, Sensing(seed=0))
    for look in seen[:130]:
        again = world.observe(look.time_s).parking
        assert (again.facility.tolist(), again.free.tolist()) == (
            look.parking.facility.tolist(),
            look.parking.free.tolist(),
        )


@pytest.mark.parametrize("seconds", [61, 125])
def test_a_city_without_places_to_park_reports_none(seconds: int) -> None:
    city, demand = town()
    world, _ = shown_streets(replace(city, parking=no_parking()), demand, 0, Sensing())
    assert world.observe(float(seconds)).parking.time_s.size == 0
