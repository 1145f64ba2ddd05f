"""CityFlow flows: vehicles per entry by closed form, templates become types, damage is one line naming the entry."""

from __future__ import annotations

import gzip
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _two_roads import city
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citybrain.city.cityflow import read_cityflow
from citybrain.city.model import ImportReport
from citybrain.demand.cityflow import read_cityflow_demand
from citybrain.demand.model import CarFollowing, Demand
from citybrain.errors import FormatError, InputError

ROOT = Path(__file__).parents[3]
DATA = ROOT / os.environ.get("CITYBRAIN_DATA", "../shared/data")
VEHICLE = {
    "length": 5.0,
    "width": 2.0,
    "maxPosAcc": 2.5,
    "maxNegAcc": 6.0,
    "usualPosAcc": 2.0,
    "usualNegAcc": 4.5,
    "minGap": 2.5,
    "maxSpeed": 11.111,
    "headwayTime": 1.5,
}


def flow(start: float = 0, end: float | None = None, interval: float = 1.0, **other: Any) -> dict[str, Any]:
    """One entry; `other` may give `route` and values of the vehicle."""
    route = list(other.pop("route", ("a", "b")))
    times = {"startTime": start, "endTime": start if end is None else end, "interval": interval}
    return {"vehicle": VEHICLE | other, "route": route, **times}


def read(tmp_path: Path, flows: Any) -> tuple[Demand, ImportReport]:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(flows))
    return read_cityflow_demand(path, city())


@pytest.mark.parametrize(
    ("start", "end", "interval", "times"),
    [
        (7, 7, 1, [7]),
        (7, 7, 0, [7]),
        (0, 10, 5, [0, 5, 10]),
        (0, 9.9, 5, [0, 5]),
        (1, 2, 0.25, [1, 1.25, 1.5, 1.75, 2]),
        (0, 0.3, 0.1, [0, 0.1, 0.2, 0.3]),
    ],
)
def test_an_entry_sends_a_vehicle_each_interval(
    tmp_path: Path, start: float, end: float, interval: float, times: list[float]
) -> None:
    demand, report = read(tmp_path, [flow(start, end, interval)])
    assert demand.trips.depart_s == pytest.approx(times)
    assert demand.trips.trip_id == tuple(f"flow_0_{k}" for k in range(len(times)))
    assert report.oddities == ()


def test_an_open_end_is_the_end_of_the_city_and_noted(tmp_path: Path) -> None:
    demand, report = read(tmp_path, [flow(3500, -1, 50)])
    assert demand.trips.depart_s.tolist() == [3500.0, 3550.0, 3600.0]
    assert report.oddities[0].what == "flow without end"


def test_a_template_is_a_type(tmp_path: Path) -> None:
    demand, _ = read(tmp_path, [flow(), flow(1), flow(2, length=12.0), flow(3)])
    types = demand.types
    assert demand.trips.vehicle_type.tolist() == [0, 0, 1, 0]
    assert types.length_m.tolist() == [5.0, 12.0]
    assert types.model.tolist() == [CarFollowing.CITYFLOW] * 2
    first = (types.accel_mps2, types.decel_mps2, types.emergency_decel_mps2, types.tau_s, types.min_gap_m)
    assert [column[0] for column in first] == [2.0, 4.5, 6.0, 1.5, 2.5]
    assert (types.sigma[0], types.speed_factor[0], types.speed_deviation[0]) == (0.0, 1.0, 0.0)


def test_equal_routes_are_stored_once(tmp_path: Path) -> None:
    demand, _ = read(tmp_path, [flow(2), flow(1), flow(0, route=["a"])])
    assert demand.trips.depart_s.tolist() == [0.0, 1.0, 2.0]
    assert demand.trips.route.tolist() == [1, 0, 0]
    assert demand.trips.route_link.tolist() == [0, 1, 0]


def test_a_gap_in_a_route_is_reported_not_driven(tmp_path: Path) -> None:
    demand, report = read(tmp_path, [flow(0, 3, 1, route=["a", "d"]), flow()])
    assert len(demand.trips.trip_id) == 1
    assert report.oddities[0].count == 4
    assert report.oddities[0].examples == ("flow_0: no movement from a to d",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f["route"].append("x"), r"root\[1\]\.route\[2\]: unknown road 'x'"),
        (lambda f: f.update(route=[]), "one road or more"),
        (lambda f: f.update(route="ab"), "a list"),
        (lambda f: f.update(route=[1]), "a string"),
        (lambda f: f.pop("vehicle"), 'no "vehicle"'),
        (lambda f: f["vehicle"].pop("minGap"), 'no "minGap"'),
        (lambda f: f["vehicle"].update(length=0), ">= 0.1"),
        (lambda f: f["vehicle"].update(maxSpeed=math.nan), "finite"),
        (lambda f: f.update(startTime=-1), ">= 0"),
        (lambda f: f.update(startTime=5, endTime=4), "startTime 5 or later"),
        (lambda f: f.update(endTime=9, interval=0), "more than 0 s"),
        (lambda f: f.update(endTime=1e9, interval=1e-3), "at most 50000000"),
        (lambda f: f.update(interval=None), "a number"),
    ],
)
def test_damage_names_the_entry(tmp_path: Path, change: Callable[[dict[str, Any]], Any], message: str) -> None:
    bad = json.loads(json.dumps(flow()))
    change(bad)
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, [flow(), bad])
    assert "root[1]" in str(caught.value)
    assert "\n" not in str(caught.value)


WRONG = st.sampled_from([None, -1, 0, 1e308, math.inf, "", "a", True, [], {}])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*flow(), *VEHICLE]), WRONG)
def test_any_wrong_value_gives_a_demand_or_one_line(tmp_path: Path, key: str, wrong: Any) -> None:
    bad = flow()
    (bad["vehicle"] if key in VEHICLE else bad)[key] = wrong
    complaint = ""
    try:
        read(tmp_path, [bad])
    except InputError as error:
        complaint = str(error)
    assert "\n" not in complaint


def test_a_file_that_is_no_list_or_cut_is_a_format_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a list"):
        read(tmp_path, {"a": 1})
    path = tmp_path / "flow.json.gz"
    path.write_bytes(gzip.compress(json.dumps([flow()] * 50).encode())[:-12])
    with pytest.raises(FormatError, match="gzip"):
        read_cityflow_demand(path, city())


@pytest.mark.parametrize(
    ("net", "flows", "vehicles", "free_s"),
    [
        ("hangzhou_4x4/roadnet_4_4", "hangzhou_4x4/anon_4_4_hangzhou_real", 2983, 287.4),
        ("hangzhou_4x4/roadnet_4_4", "hangzhou_4x4/anon_4_4_hangzhou_real_5734", 6538, 290.0),
        ("jinan_3x4/roadnet_3_4", "jinan_3x4/anon_3_4_jinan_real", 6295, 228.8),
    ],
)
def test_benchmark_demand(net: str, flows: str, vehicles: int, free_s: float) -> None:
    if not (DATA / f"{net}.json.gz").exists():
        pytest.skip(f"no data at {DATA / net}")
    roads = read_cityflow(DATA / f"{net}.json.gz")
    demand, report = read_cityflow_demand(DATA / f"{flows}.json.gz", roads)
    assert len(demand.trips.trip_id) == vehicles
    assert report.oddities == ()
    assert len(demand.types.type_id) == 1
    # the data's README gives the mean free-flow time at 11.111 m/s over whole roads, cut at 3600 s
    rows = demand.trips
    road_m = np.ceil(roads.links.length_m / 100.0) * 100.0
    route_m = np.add.reduceat(road_m[rows.route_link], rows.route_offset[:-1])
    time_s = np.minimum(route_m[rows.route] / 11.111, 3600.0 - rows.depart_s)
    assert time_s.mean() == pytest.approx(free_s, abs=0.06)
