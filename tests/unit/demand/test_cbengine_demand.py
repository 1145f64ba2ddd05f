"""CBEngine flows: departures by closed form, the contest's vehicle counts, damage in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _two_roads import city

from citybrain.city.cbengine import read_cbengine
from citybrain.city.model import ImportReport
from citybrain.demand.cbengine import CAR, read_cbengine_demand
from citybrain.demand.model import CarFollowing, Demand
from citybrain.errors import FormatError

ROOT = Path(__file__).parents[3]
DATA = ROOT / os.environ.get("CITYBRAIN_DATA", "../shared/data") / "kddcup2021"


def read(tmp_path: Path, text: str) -> tuple[Demand, ImportReport]:
    path = tmp_path / "flow.txt"
    path.write_text(text)
    return read_cbengine_demand(path, city())


def test_a_block_sends_a_vehicle_each_interval_end_included(tmp_path: Path) -> None:
    demand, report = read(tmp_path, "2\n0 100 40\n2\na b\n10 90 80\n1\nd\n")
    assert demand.trips.depart_s.tolist() == [0.0, 10.0, 40.0, 80.0, 90.0]
    assert demand.trips.trip_id == ("flow_0_0", "flow_1_0", "flow_0_1", "flow_0_2", "flow_1_1")
    assert demand.trips.destination_link.tolist() == [1, 3, 1, 1, 3]
    assert report.oddities == ()


def test_vehicles_are_krauss_cars_at_rest(tmp_path: Path) -> None:
    demand, _ = read(tmp_path, "1\n0 0 1\n1\na\n")
    assert demand.types.model.tolist() == [CarFollowing.KRAUSS]
    assert demand.types.length_m.tolist() == [CAR.length_m] == [5.0]
    assert demand.types.min_gap_m.tolist() == [2.0]
    assert demand.types.accel_mps2.tolist() == [2.0]
    assert demand.types.decel_mps2.tolist() == [4.5]
    assert demand.trips.depart_speed_mps.tolist() == [0.0]


def test_a_gap_is_reported(tmp_path: Path) -> None:
    demand, report = read(tmp_path, "1\n0 10 5\n2\na c\n")
    assert len(demand.trips.trip_id) == 0
    assert report.oddities[0].count == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "end of file"),
        ("x\n", "line 1: 'x'; expected an integer"),
        ("1\n0 100\n1\na\n", "line 2: 2 words; expected 3"),
        ("1\n9 1 1\n1\na\n", "start <= end"),
        ("1\n0 1 0\n1\na\n", "interval > 0"),
        ("1\n0 nan 1\n1\na\n", "line 2: nan"),
        ("1\n0 1e12 1\n1\na\n", "at most 50000000"),
        ("1\n0 1 1\n2\na\n", "line 4: 1 words; expected 2"),
        ("1\n0 1 1\n0\n\n", ">= 1"),
        ("1\n0 1 1\n1\nx\n", "line 4: unknown road x of flow 0"),
        ("2\n0 1 1\n1\na\n", "nothing after line 4"),
        ("1\n0 1 1\n1\na\nb\n", "1 more lines"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("net", "flow", "vehicles"),
    [
        ("roadnet_1x1", "flow_1x1", 445),
        ("roadnet_warm_up", "flow_warm_up_1000", 1047),
        ("roadnet_round2", "flow_round2", 126_669),
        ("roadnet_round3", "flow_round3_flow0_datadir", 75_072),
    ],
)
def test_contest_demand(net: str, flow: str, vehicles: int) -> None:
    if not (DATA / f"{net}.txt.gz").exists():
        pytest.skip(f"no data at {DATA}")
    demand, report = read_cbengine_demand(DATA / f"{flow}.txt.gz", read_cbengine(DATA / f"{net}.txt.gz"))
    assert len(demand.trips.trip_id) == vehicles
    assert report.oddities == ()
