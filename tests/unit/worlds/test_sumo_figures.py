"""SUMO's trip information becomes a summary; files that it is started with."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from _sumo_files import write_net
from citybrain.city.model import Colour
from citybrain.city.sumo import lane_ids, read_sumo
from citybrain.errors import FormatError
from citybrain.worlds.sumo_figures import RunFacts, read_trips, summarise
from citybrain.worlds.sumo_files import LETTERS, letters, write_detectors, write_programs

TRIP = (
    '<tripinfo id="{}" depart="{}" departDelay="{}" arrival="{}" duration="{}" timeLoss="{}" waitingTime="{}" '
    'waitingCount="{}"/>'
)
DONE = TRIP.format("done", 12, 2, 112, 100, 30, 20, 3)
DRIVING = TRIP.format("driving", 500, 0, -1, 100, 10, 5, 1)
OUTSIDE = TRIP.format("outside", -1, 250, -1, 0, 0, 0, 0)
LATER = TRIP.format("later", -1, 0, -1, 0, 0, 0, 0)  # read ahead by SUMO, departs at the end or later
FACTS = RunFacts(seed=4, begin_s=0.0, end_s=600.0, longest_wait_s=17.0, vehicle_steps=200, step_wall_s=0.5)


def write(folder: Path, *rows: str) -> Path:
    path = folder / "trips.xml"
    path.write_text(f"<tripinfos>{''.join(rows)}</tripinfos>")
    return path


def test_all_who_wanted_to_depart_count(tmp_path: Path) -> None:
    summary = summarise(read_trips(write(tmp_path, DONE, DRIVING, OUTSIDE, LATER)), FACTS, "plan")
    assert (summary.vehicles, summary.finished_trips, summary.never_inserted) == (3, 1, 1)
    assert summary.mean_travel_time_s == pytest.approx((102 + 100 + 250) / 3)
    assert summary.mean_delay_s == pytest.approx((32 + 10 + 250) / 3)
    assert summary.mean_trip_duration_s == 100.0
    assert summary.mean_stops == 2.0
    assert summary.p95_delay_s == pytest.approx(np.percentile([32, 10, 250], 95))
    assert (summary.longest_wait_s, summary.vehicle_steps, summary.seed) == (17.0, 200, 4)


def test_an_empty_run(tmp_path: Path) -> None:
    summary = summarise(read_trips(write(tmp_path)), FACTS, "plan")
    assert summary.vehicles == 0
    assert math.isnan(summary.mean_delay_s)
    assert math.isnan(summary.p95_delay_s)
    assert '"mean_delay_s": null' in summary.to_json()


def test_a_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="arrival"):
        read_trips(write(tmp_path, '<tripinfo id="a" depart="1"/>'))


def test_letters_name_every_colour() -> None:
    assert len(LETTERS) == len(Colour)
    assert letters([Colour.RED, Colour.YELLOW, Colour.PERMISSIVE, Colour.PROTECTED]) == "rygG"


def test_a_detector_on_every_lane_before_a_signal(tmp_path: Path) -> None:
    net = write_net(tmp_path)
    watched = write_detectors(tmp_path / "d.xml", read_sumo(net), lane_ids(net))
    rows = list(ElementTree.parse(tmp_path / "d.xml").getroot())
    assert watched == [0, 1, 4]
    assert [row.get("lane") for row in rows] == ["in_1", "in_2", "side_0"]
    assert float(rows[0].get("pos", "")) == pytest.approx(-2 * 13.89, abs=0.01)


def test_a_detector_stays_on_a_lane_shorter_than_its_distance(tmp_path: Path) -> None:
    net = write_net(tmp_path, ('length="91.00"', 'length="1.00"'))
    write_detectors(tmp_path / "d.xml", read_sumo(net), lane_ids(net))
    place_m = float(list(ElementTree.parse(tmp_path / "d.xml").getroot())[2].get("pos", ""))
    assert -1.0 <= place_m <= 0.0


def test_actuation_bounds_greens_alone(tmp_path: Path) -> None:
    write_programs(tmp_path / "a.xml", read_sumo(write_net(tmp_path)), ("J",), (5.0, 50.0))
    logic = ElementTree.parse(tmp_path / "a.xml").getroot()[0]
    assert (logic.get("id"), logic.get("type"), logic.get("offset")) == ("J", "actuated", "7")
    assert [phase.get("minDur") for phase in logic] == ["5", None, "5", None]
    assert [phase.get("state") for phase in logic] == ["GGr", "yyr", "rrg", "rry"]
