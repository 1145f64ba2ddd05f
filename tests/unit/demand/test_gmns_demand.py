"""Demand in the native form comes back bit for bit beside its city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from _two_roads import city

from citybrain.city.gmns import read_gmns
from citybrain.city.gmns.frames import Format
from citybrain.city.model import VehicleClass
from citybrain.demand.gmns import has_gmns_demand, read_gmns_demand, save
from citybrain.demand.model import DEPART_FREE, SPEED_MAX, CarFollowing, Demand
from citybrain.demand.trip_list import TripList, TypeSpec
from citybrain.errors import FormatError

CAR = TypeSpec(5.0, 2.5, 2.0, 4.5, 9.0, 0.1 + 0.2, 11.0)
TRAM = replace(CAR, vehicle_class=VehicleClass.TRAM, model=CarFollowing.IDM, sigma=1 / 3)


def demand() -> Demand:
    trips = TripList(city())
    trips.add_flow('odd, "name"', np.array([0.1, 1 / 3, 1e6]), CAR, [0, 1])
    trips.add_flow("tram", np.array([5.0]), TRAM, [3])
    trips.add_flow("free", np.array([6.0, 7.0]), CAR, [0, 1, 2])
    built = trips.build()
    rows = built.trips
    route, lane = rows.route.copy(), rows.depart_lane.copy()
    route[3], lane[3] = -1, DEPART_FREE  # routed by the twin
    speed = rows.depart_speed_mps.copy()
    speed[3] = SPEED_MAX
    return replace(built, trips=replace(rows, route=route, depart_lane=lane, depart_speed_mps=speed))


def assert_same(a: Demand, b: Demand) -> None:
    for table in ("types", "trips"):
        for column in fields(getattr(a, table)):
            x, y = (getattr(getattr(side, table), column.name) for side in (a, b))
            if isinstance(x, tuple):
                assert x == y, column.name
            else:
                assert (x.dtype, x.shape, x.tobytes()) == (y.dtype, y.shape, y.tobytes()), column.name
                assert not y.flags.writeable


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_demand_comes_back_bit_for_bit(tmp_path: Path, file_format: Format) -> None:
    save(city(), tmp_path, demand(), file_format)
    back, report = read_gmns_demand(tmp_path, read_gmns(tmp_path))
    assert_same(demand(), back)
    assert report.oddities == ()


def test_an_empty_demand_comes_back(tmp_path: Path) -> None:
    empty = TripList(city()).build()
    save(city(), tmp_path, empty)
    assert_same(empty, read_gmns_demand(tmp_path, city())[0])


def test_a_city_alone_has_no_demand(tmp_path: Path) -> None:
    save(city(), tmp_path)
    assert not has_gmns_demand(tmp_path)
    with pytest.raises(FormatError, match="vehicle_type: no such table"):
        read_gmns_demand(tmp_path, city())


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("trip", lambda text: text.replace('"depart_s"', '"depart"'), 'no column "depart_s"'),
        ("trip", lambda text: text.replace("5.0,", "nan,", 1), "depart_s, row"),
        ("trip", lambda text: text.replace("5.0,", "0.0,", 1), "rising departures"),
        ("trip", lambda text: text.replace('"type_1"', '"type_9"'), "'type_9'"),
        ("trip", lambda text: text.replace('"c"', '"x"'), "'x'; expected a known id"),
        ("trip", lambda text: text.replace(',2,"a"', ',7,"a"'), "route_id, row"),
        ("trip", lambda text: text.replace(',-1,"a"', ',-1,""'), "o_link_id, row"),
        ("route", lambda text: text.replace("2,3", "2,4"), "not as many rows"),
        ("route_link", lambda text: text.replace('"d"', '"x"'), "'x'"),
        ("route_link", lambda text: text + '0,"a"\n', "not as many rows"),
        ("vehicle_type", lambda text: text.replace("krauss", "gipps"), "'gipps'"),
        ("vehicle_type", lambda text: text.replace("tram", "boat"), "'boat'"),
        ("vehicle_type", lambda text: text.replace("11.0", "fast"), "table"),
    ],
)
def test_a_damaged_table_is_one_line(tmp_path: Path, table: str, change: Callable[[str], str], message: str) -> None:
    save(city(), tmp_path, demand())
    path = tmp_path / f"{table}.csv"
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before
    with pytest.raises(FormatError, match=message) as caught:
        read_gmns_demand(tmp_path, city())
    assert "\n" not in str(caught.value)


def cell(text: str, row: int, column: str, value: str) -> str:
    """A table with one cell changed."""
    lines = [line.split(",") for line in text.splitlines()]
    lines[row][lines[0].index(f'"{column}"')] = value
    return "\n".join(map(",".join, lines)) + "\n"


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("length_m", "", "nan; expected a finite number > 0"),  # an empty cell would be a vehicle without length
        ("length_m", "0.0", "0; expected a finite number > 0"),
        ("accel_mps2", "-1.0", "-1; expected a finite number > 0"),
        ("decel_mps2", "0.0", "0; expected a finite number > 0"),
        ("emergency_decel_mps2", "inf", "inf; expected a finite number > 0"),
        ("max_speed_mps", "NaN", "nan; expected a finite number > 0"),
        ("speed_factor", "0.0", "0; expected a finite number > 0"),
        ("tau_s", "-0.5", "-0.5; expected a finite number >= 0"),
        ("sigma", "", "nan; expected a finite number >= 0"),
    ],
)
def test_a_vehicle_that_no_law_fits_is_refused(tmp_path: Path, column: str, value: str, found: str) -> None:
    save(city(), tmp_path, demand())
    path = tmp_path / "vehicle_type.csv"
    path.write_text(cell(path.read_text(), 2, column, value))
    with pytest.raises(FormatError) as caught:
        read_gmns_demand(tmp_path, city())
    assert str(caught.value) == f"{path}: {column}, row 2: {found}"


@pytest.mark.parametrize("column", ["min_gap_m", "tau_s", "sigma", "speed_deviation"])
def test_what_may_be_zero_may_be_zero(tmp_path: Path, column: str) -> None:
    save(city(), tmp_path, demand())
    path = tmp_path / "vehicle_type.csv"
    path.write_text(cell(path.read_text(), 2, column, "0.0"))
    types = read_gmns_demand(tmp_path, city())[0].types
    assert getattr(types, column)[1] == 0.0


@pytest.mark.parametrize(
    ("column", "value"), [("depart_lane", "-4"), ("depart_speed_mps", ""), ("depart_speed_mps", "-0.5")]
)
def test_a_start_that_means_nothing_is_refused(tmp_path: Path, column: str, value: str) -> None:
    save(city(), tmp_path, demand())
    path = tmp_path / "trip.csv"
    path.write_text(cell(path.read_text().replace('odd, ""name""', "odd"), 3, column, value))
    with pytest.raises(FormatError, match=f"{column}, row 3: a wrong value"):
        read_gmns_demand(tmp_path, city())


def test_a_trip_that_was_cut_off_is_named_by_its_line(tmp_path: Path) -> None:
    save(city(), tmp_path, demand())
    path = tmp_path / "trip.csv"
    path.write_text(path.read_text().rstrip("\n").rpartition(",")[0] + "\n")
    with pytest.raises(FormatError, match=r"trip\.csv: line 7: 7 cells; expected 8"):
        read_gmns_demand(tmp_path, city())
