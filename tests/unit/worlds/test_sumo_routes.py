"""A demand as SUMO's route file: what is written is what our own reader of SUMO's files reads back."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from _roads import Kind, Road, Trip, demand, road
from citybrain.city.model import City, VehicleClass
from citybrain.demand.model import (
    DEPART_BEST,
    DEPART_FREE,
    DEPART_RANDOM,
    SPEED_MAX,
    SPEED_RANDOM,
    CarFollowing,
    Demand,
)
from citybrain.demand.sumo import read_sumo_demand
from citybrain.worlds.sumo_export import CLASSES
from citybrain.worlds.sumo_routes import write_routes

REAL = st.floats(0.1, 50.0)
KINDS = st.builds(
    Kind,
    model=st.sampled_from([CarFollowing.KRAUSS, CarFollowing.IDM]),
    length_m=REAL, min_gap_m=REAL, accel_mps2=REAL, decel_mps2=REAL, tau_s=REAL, max_speed_mps=REAL,
    emergency_decel_mps2=st.floats(50.0, 60.0), sigma=st.just(0.5), vehicle_class=st.sampled_from(sorted(CLASSES)),
    speed_factor=st.floats(0.5, 1.5), speed_deviation=st.floats(0.0, 0.2),
)  # fmt: skip
TRIPS = st.builds(
    Trip,
    depart_s=st.floats(0.0, 1e5),
    route=st.sampled_from([(0,), (0, 1), (1, 2), (0, 1, 2)]),
    lane=st.sampled_from([DEPART_BEST, DEPART_RANDOM, DEPART_FREE, 0]),
    speed_mps=st.one_of(st.sampled_from([SPEED_MAX, SPEED_RANDOM]), st.floats(0.0, 40.0)),
)


def named(city: City) -> City:
    """The city under the names that it has in SUMO's files."""
    names = tuple(f"e{i}" for i in range(len(city.links.link_id)))
    return replace(city, links=replace(city.links, link_id=names))


def round_trip(folder: Path, given_demand: Demand) -> Demand:
    path = folder / "city.rou.xml"
    write_routes(path, given_demand, CLASSES)
    back, report = read_sumo_demand(path, named(road(Road((100.0, 100.0, 100.0)))))
    assert report.oddities == ()
    return back


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(KINDS, min_size=1, max_size=3), st.lists(TRIPS, min_size=1, max_size=6), st.data())
def test_what_is_written_is_read_back(
    tmp_path: Path, kinds: list[Kind], trips: list[Trip], data: st.DataObject
) -> None:
    trips = [
        replace(t, kind=data.draw(st.integers(0, len(kinds) - 1))) for t in sorted(trips, key=lambda t: t.depart_s)
    ]
    told = demand(trips, kinds)
    back = round_trip(tmp_path, told)
    assert back.trips.trip_id == tuple(f"v{i}" for i in range(len(trips)))
    for name in ("depart_s", "depart_lane", "depart_speed_mps", "origin_link", "destination_link"):
        np.testing.assert_array_equal(getattr(back.trips, name), getattr(told.trips, name), err_msg=name)
    for i, trip in enumerate(trips):
        route = int(back.trips.route[i])
        span = slice(int(back.trips.route_offset[route]), int(back.trips.route_offset[route + 1]))
        assert tuple(back.trips.route_link[span].tolist()) == trip.route
        for column in fields(told.types):
            if column.name == "sigma" and kinds[trip.kind].model is CarFollowing.IDM:
                continue  # IDM has none
            if column.name != "type_id":
                ours, theirs = getattr(told.types, column.name), getattr(back.types, column.name)
                assert theirs[back.trips.vehicle_type[i]] == ours[trip.kind], column.name


def test_a_trip_without_route_names_its_ends(tmp_path: Path) -> None:
    told = demand([Trip(3.0, (0, 2))])
    told = replace(told, trips=replace(told.trips, route=np.array([-1], np.int32)))
    back = round_trip(tmp_path, told)
    assert back.trips.route.tolist() == [-1]
    assert (back.trips.origin_link.tolist(), back.trips.destination_link.tolist()) == ([0], [2])


def test_a_vehicle_of_cityflow_follows_krauss_with_its_own_numbers(tmp_path: Path) -> None:
    back = round_trip(tmp_path, demand([Trip(0.0, (0,))], [Kind(model=CarFollowing.CITYFLOW, accel_mps2=2.0)]))
    kind = int(back.trips.vehicle_type[0])
    assert (back.types.model[kind], back.types.accel_mps2[kind]) == (CarFollowing.KRAUSS, 2.0)


def test_nobody_brakes_less_in_an_emergency_than_for_comfort(tmp_path: Path) -> None:
    """SUMO refuses such a type."""
    back = round_trip(tmp_path, demand([Trip(0.0, (0,))], [Kind(decel_mps2=6.0, emergency_decel_mps2=4.0)]))
    assert back.types.emergency_decel_mps2[back.trips.vehicle_type].tolist() == [6.0]


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_classes_are_words_that_sumo_knows(tmp_path: Path, kind: VehicleClass) -> None:
    path = tmp_path / "r.xml"
    write_routes(path, demand([], [Kind(vehicle_class=kind)]), CLASSES)
    (row,) = ElementTree.parse(path).getroot()
    assert row.get("vClass") == CLASSES[kind]


def test_idm_has_no_sigma(tmp_path: Path) -> None:
    path = tmp_path / "r.xml"
    write_routes(path, demand([], [Kind(model=CarFollowing.IDM), Kind(sigma=0.3)]), CLASSES)
    idm, krauss = ElementTree.parse(path).getroot()
    assert (idm.get("sigma"), krauss.get("sigma")) == (None, "0.3")
