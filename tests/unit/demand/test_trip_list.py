"""Trips: nobody is lost, departures are sorted, types and routes are shared, a route with a gap is counted."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from _two_roads import city
from hypothesis import given
from hypothesis import strategies as st

from citybrain.demand.model import DEPART_BEST, CarFollowing
from citybrain.demand.trip_list import TripList, TypeSpec

CAR = TypeSpec(5.0, 2.5, 2.0, 4.5, 9.0, 1.5, 11.0)
ROUTES = ([0], [0, 1], [0, 1, 2], [3])


@given(st.lists(st.tuples(st.lists(st.floats(0, 100), max_size=5), st.integers(0, 3), st.booleans()), max_size=8))
def test_laws_of_every_demand(flows: list[tuple[list[float], int, bool]]) -> None:
    trips = TripList(city())
    for i, (times, route, long) in enumerate(flows):
        spec = replace(CAR, length_m=12.0) if long else CAR
        assert trips.add_flow(f"f{i}", np.array(times), spec, ROUTES[route])
    demand = trips.build()
    rows = demand.trips
    assert len(rows.trip_id) == sum(len(times) for times, _, _ in flows)
    assert len(set(rows.trip_id)) == len(rows.trip_id)
    assert (np.diff(rows.depart_s) >= 0).all()
    assert len(demand.types.type_id) <= 2
    assert len(rows.route_offset) - 1 == len({route for _, route, _ in flows})
    for i, trip_id in enumerate(rows.trip_id):
        flow, k = trip_id[1:].split("_")
        times, route, long = flows[int(flow)]
        links = rows.route_link[rows.route_offset[rows.route[i]] : rows.route_offset[rows.route[i] + 1]]
        assert links.tolist() == ROUTES[route]
        assert rows.depart_s[i] == times[int(k)]
        assert demand.types.length_m[rows.vehicle_type[i]] == (12.0 if long else 5.0)
        assert (rows.origin_link[i], rows.destination_link[i]) == (ROUTES[route][0], ROUTES[route][-1])


def test_equal_times_keep_the_order_of_the_flows() -> None:
    trips = TripList(city())
    for name in range(200):  # enough that an unstable sort would show
        trips.add_flow(str(name), np.array([5.0, 4.0 + name % 2]), CAR, [0])
    rows = trips.build().trips
    for time_s in (4.0, 5.0):
        ids = [
            tuple(map(int, trip_id.split("_")))
            for trip_id, t in zip(rows.trip_id, rows.depart_s, strict=False)
            if t == time_s
        ]
        assert ids == sorted(ids)


def test_a_route_with_a_gap_is_quarantined_and_counted() -> None:
    trips = TripList(city())
    assert not trips.add_flow("f", np.arange(7.0), CAR, [0, 2])
    assert not trips.add_flow("g", np.arange(3.0), CAR, [1, 0])
    assert trips.add_flow("h", np.arange(2.0), CAR, [0, 1])
    (oddity,) = trips.report().oddities
    assert (oddity.what, oddity.count, oddity.action) == ("route with a gap", 10, "vehicles left out")
    assert oddity.examples == ("f: no movement from a to c", "g: no movement from b to a")
    assert len(trips.build().trips.trip_id) == 2


def test_examples_are_few() -> None:
    trips = TripList(city())
    for i in range(20):
        trips.note("odd", "kept", str(i))
    assert trips.report().oddities[0].count == 20
    assert trips.report().oddities[0].examples == ("0", "1", "2", "3", "4")


def test_columns_have_the_types_of_the_model_and_are_read_only() -> None:
    trips = TripList(city())
    trips.add_flow("f", np.array([1.0]), CAR, [0])
    demand = trips.build()
    kinds = {"F64": np.float64, "I16": np.int16, "I32": np.int32, "I64": np.int64, "U8": np.uint8, "U16": np.uint16}
    for table in (demand.types, demand.trips):
        for column in fields(table):
            values = getattr(table, column.name)
            if column.type == "Ids":
                assert isinstance(values, tuple)
            else:
                assert values.dtype == kinds[str(column.type)], column.name
                assert not values.flags.writeable, column.name
    assert demand.types.model.tolist() == [CarFollowing.KRAUSS]
    assert demand.trips.depart_lane.tolist() == [DEPART_BEST]
    assert demand.trips.depart_speed_mps.tolist() == [0.0]


def test_no_flow_is_an_empty_demand() -> None:
    demand = TripList(city()).build()
    assert demand.trips.trip_id == ()
    assert demand.trips.route_offset.tolist() == [0]
    assert len(demand.types.length_m) == 0
