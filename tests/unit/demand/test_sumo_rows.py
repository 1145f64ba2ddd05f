"""Vehicles on their way to arrays: nobody is lost, order is kept, routes are shared, gaps are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Road, road
from citybrain.city.model import City, VehicleClass
from citybrain.demand.sumo_rows import Departure, OddityError, Rows
from citybrain.demand.trip_list import TypeSpec

CAR = TypeSpec(5.0, 2.5, 2.6, 4.5, 9.0, 1.0, 50.0)
BUS = TypeSpec(12.0, 2.5, 1.2, 4.0, 7.0, 1.0, 28.0, vehicle_class=VehicleClass.BUS)
BUS_LANE = [int(VehicleClass.BUS), int(VehicleClass.ALL)]
TIMES = st.integers(0, 5).map(float)
TRIPS = st.lists(st.tuples(TIMES, st.sampled_from(["car", "bus"]), st.integers(0, 3), st.integers(0, 3)), max_size=25)


@pytest.fixture(scope="module")
def city() -> City:
    return road(Road(lengths_m=(100.0,) * 4, n_lanes=2, allowed=BUS_LANE))


def rows_of(city: City) -> Rows:
    rows = Rows(city)
    rows.add_type("car", CAR)
    rows.add_type("bus", BUS)
    return rows


def departure(k: int, trip: tuple[float, str, int, int]) -> Departure:
    """Fixed where the links ascend; else origin and destination alone."""
    time_s, type_name, a, b = trip
    fixed = a <= b
    links = tuple(range(a, b + 1)) if fixed else (a, b)
    return Departure(f"v{k}", time_s, type_name, links, fixed, k % 3 - 1, float(k))


@settings(deadline=None, max_examples=60)
@given(trips=TRIPS)
def test_every_departure_comes_back(city: City, trips: list[tuple[float, str, int, int]]) -> None:
    rows = rows_of(city)
    departures = [departure(k, trip) for k, trip in enumerate(trips)]
    for row in departures:
        rows.add(row)
    demand = rows.build()
    table = demand.trips
    wanted = sorted(departures, key=lambda row: row.depart_s)
    assert table.trip_id == tuple(row.name for row in wanted)
    assert table.depart_s.tolist() == [row.depart_s for row in wanted]
    assert table.depart_lane.tolist() == [row.lane for row in wanted]
    assert table.depart_speed_mps.tolist() == [row.speed_mps for row in wanted]
    assert [demand.types.type_id[k] for k in table.vehicle_type] == [row.type_name for row in wanted]
    for row, r, a, b in zip(wanted, table.route, table.origin_link, table.destination_link, strict=True):
        assert (a, b) == (row.links[0], row.links[-1])
        assert (r >= 0) == row.fixed
        if row.fixed:
            assert tuple(table.route_link[table.route_offset[r] : table.route_offset[r + 1]]) == row.links


@settings(deadline=None, max_examples=30)
@given(trips=TRIPS)
def test_equal_routes_are_kept_once(city: City, trips: list[tuple[float, str, int, int]]) -> None:
    rows = rows_of(city)
    for k, trip in enumerate(trips):
        rows.add(departure(k, trip))
    table = rows.build().trips
    assert table.route_offset.size - 1 == len({(a, b) for _, _, a, b in trips if a <= b})
    assert table.route_offset[-1] == table.route_link.size


def test_arrays_cannot_be_changed(city: City) -> None:
    rows = rows_of(city)
    rows.add(departure(0, (1.0, "car", 0, 3)))
    demand = rows.build()
    with pytest.raises(ValueError, match="read-only"):
        demand.trips.depart_s[0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        demand.types.length_m[0] = 5.0


def test_types_keep_their_numbers(city: City) -> None:
    types = rows_of(city).build().types
    assert types.type_id == ("car", "bus")
    assert types.length_m.tolist() == [5.0, 12.0]
    assert types.vehicle_class.dtype == np.uint16
    assert types.vehicle_class.tolist() == [int(VehicleClass.CAR), int(VehicleClass.BUS)]


def test_the_later_type_of_a_name_holds_and_walkers_are_none(city: City) -> None:
    rows = rows_of(city)
    rows.add_type("car", BUS)
    rows.add_type("walker", None)
    types = rows.build().types
    assert types.type_id == ("car", "bus")
    assert types.length_m.tolist() == [12.0, 12.0]


@pytest.mark.parametrize(("links", "gap"), [([0, 2], "L0 to L2"), ([0, 1, 0], "L1 to L0"), ([3, 3], "L3 to L3")])
def test_a_gap_is_named(city: City, links: list[int], gap: str) -> None:
    with pytest.raises(OddityError, match=gap) as caught:
        rows_of(city).check_joined(links, "v")
    assert caught.value.what == "route with a gap"


@pytest.mark.parametrize("links", [[], [2], [0, 1], [0, 1, 2, 3]])
def test_a_route_without_gap_passes(city: City, links: list[int]) -> None:
    rows_of(city).check_joined(links, "v")


def test_roads_are_found_by_name(city: City) -> None:
    rows = rows_of(city)
    assert [rows.link(f"L{i}", "v") for i in range(4)] == [0, 1, 2, 3]
    with pytest.raises(OddityError, match="v: L9"):
        rows.link("L9", "v")


def test_lanes_are_open_by_class(city: City) -> None:
    rows = rows_of(city)
    assert rows.open_lanes(2, VehicleClass.BUS) == [0, 1]
    assert rows.open_lanes(2, VehicleClass.CAR) == [1]


def test_oddities_add_up(city: City) -> None:
    rows = rows_of(city)
    for k in range(30):
        rows.note("odd", "left out", f"v{k}")
    rows.note("strange", "kept", "w")
    first, second = rows.report().oddities
    assert (first.what, first.count, second.count) == ("odd", 30, 1)
    assert first.examples[0] == "v0"
    assert len(first.examples) < 30
