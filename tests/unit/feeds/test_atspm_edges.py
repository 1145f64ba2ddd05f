"""What a table of events or detectors may leave out, and what it may not: each refusal names row, value and range."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from _hand_log import Row, Setting, Zone, hand_log
from citybrain.errors import FormatError, LimitError
from citybrain.feeds.atspm.read import read_log
from citybrain.feeds.atspm.write import write_log
from citybrain.records.signal_events import SignalLog, Use

EVENTS = "time,device,event,parameter\n1.0,A1,1,2\n30.0,A1,8,2\n"
HEAD = "device,channel,phase,use"
DETECTORS = f"{HEAD}\nA1,5,2,Presence\n"
MOST = 2**31 - 1


def read(folder: Path, events: str = EVENTS, detectors: str = DETECTORS, rows: int = 100) -> SignalLog:
    (folder / "e.csv").write_text(events)
    (folder / "d.csv").write_text(detectors)
    return read_log(folder / "e.csv", folder / "d.csv", rows)


def table(column: str, value: str, use: str = "Advance") -> str:
    return f"{HEAD},{column}\nA1,5,2,{use},{value}\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("31.0,,1,2", "row 3, device: nothing; expected a name"),
        ("31.0,A1,8.5,2", "row 3, event: 8.5; expected a whole number"),
        ("31.0,A1,,2", "row 3, event: None; expected a whole number"),
        ("31.0,A1,32768,2", "row 3, event: 32768; expected 0 to 32767"),
        ("31.0,A1,1,2147483648", f"row 3, parameter: 2147483648; expected 0 to {MOST}"),
        ("31.0,A1,1,1e30", "row 3, parameter: 1e+30; expected a whole number"),
        ("31.0,A1,1,nan", "row 3, parameter: 'nan'; expected a whole number"),
        ("inf,A1,1,2", "row 3, time: inf; expected a time"),
        (",A1,1,2", "row 3, time: None; expected a time"),
    ],
)
def test_a_wrong_event_is_refused_for_its_reason(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, f"{EVENTS}{row}\n")
    assert str(caught.value) == f"{tmp_path / 'e.csv'}: {said}"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",6,2,Count", "row 2, device: nothing; expected a name"),
        ("A1,6,2,", "row 2, use: nothing; expected a name"),
        ("A1,-6,2,Count", f"row 2, channel: -6; expected 0 to {MOST}"),
        ("A1,6,4294967298,Count", f"row 2, phase: 4294967298; expected 0 to {MOST}"),
        ("A1,6,2.5,Count", "row 2, phase: 2.5; expected a whole number"),
    ],
)
def test_a_wrong_detector_is_refused_for_its_reason(tmp_path: Path, row: str, said: str) -> None:
    """None is taken for another: phase 2 is not 4294967298 in 32 bits, nor 2.5 cut off."""
    with pytest.raises(FormatError) as caught:
        read(tmp_path, detectors=f"{DETECTORS}{row}\n")
    assert str(caught.value) == f"{tmp_path / 'd.csv'}: {said}"


@pytest.mark.parametrize("column", ["distance_m", "length_m", "speed_mps", "min_green_s", "max_green_s"])
@pytest.mark.parametrize("value", ["-0.1", "inf", "-inf", "1e39", "1000000.1", "far"])
def test_a_length_or_time_out_of_bounds_is_refused(tmp_path: Path, column: str, value: str) -> None:
    with pytest.raises(FormatError, match=rf"row 1, {column}: .*; expected a number, 0 to 1,000,000$"):
        read(tmp_path, detectors=table(column, value))


@pytest.mark.parametrize("value", ["0", "1000000", "1e6"])
def test_the_bounds_themselves_are_good(tmp_path: Path, value: str) -> None:
    assert read(tmp_path, detectors=table("distance_m", value)).channels.distance_m.tolist() == [float(value)]


@pytest.mark.parametrize("value", ["", "nan"])
def test_a_gap_takes_the_usual_value(tmp_path: Path, value: str) -> None:
    rows = f"{HEAD},distance_m\nA1,5,2,Advance,{value}\nA1,6,2,Advance,42.5\n"
    assert read(tmp_path, detectors=rows).channels.distance_m.tolist() == [100.0, 42.5]


def test_whole_numbers_with_a_point_are_whole(tmp_path: Path) -> None:
    assert read(tmp_path, EVENTS.replace(",8,", ",8.0,")).events.code.tolist() == [1, 8]


def test_names_that_are_numbers_stay_names(tmp_path: Path) -> None:
    log = read(tmp_path, EVENTS.replace("A1", "10"), DETECTORS.replace("A1", "9"))
    assert log.devices == ("10", "9")
    assert log.events.device.tolist() == [0, 0]
    assert log.channels.device.tolist() == [1]


def test_the_limit_counts_rows_of_either_table(tmp_path: Path) -> None:
    assert read(tmp_path, rows=2).events.time_s.size == 2
    many = DETECTORS + "A1,6,2,Count\nA1,7,2,Count\n"
    with pytest.raises(LimitError, match=r"d\.csv: more than CITYBRAIN_EVENT_ROWS_MAX = 2 rows"):
        read(tmp_path, detectors=many, rows=2)


@pytest.mark.parametrize(("written", "use"), [(" Stop Bar Presence ", 0), ("YELLOW_RED", 1), ("Advanced Count", 2)])
def test_uses_are_known_by_the_names_of_others(tmp_path: Path, written: str, use: int) -> None:
    assert read(tmp_path, detectors=f"{HEAD}\nA1,5,2,{written}\n").channels.use.tolist() == [use]


def test_streets_and_feeders_are_rows_of_the_log(tmp_path: Path) -> None:
    rows = "A1,5,2,Count,west,B2,north;east\nB2,5,4,Count,north,nobody,\n"
    log = read(tmp_path, detectors=f"{HEAD},approach,feeder,exits\n{rows}")
    assert log.links == ("east", "north", "west")
    assert log.phases.link.tolist() == [2, 1]
    assert log.phases.feeder.tolist() == [1, -1]
    assert log.phases.exit_offset.tolist() == [0, 2, 2]
    assert log.phases.exit.tolist() == [1, 0]


def test_a_lane_is_of_its_device_and_a_shared_one_of_no_phase_alone(tmp_path: Path) -> None:
    rows = "A1,5,2,Count,1\nB2,5,2,Count,1\nA1,6,2,Count,shared 3\nA1,7,4,Count,Shared 3\nA1,8,4,Count,\n"
    lane = read(tmp_path, detectors=f"{HEAD},lane\n{rows}").channels.lane
    assert lane[0] >= 0
    assert lane[0] != lane[1]
    assert (lane[2:4] <= -2).all()
    assert lane[4] == -1


ROWS = st.tuples(st.integers(0, 10**9).map(lambda us: us / 1e6), st.integers(0, 32767), st.integers(0, MOST))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=15), st.sampled_from(["parquet", "csv"]))
def test_any_events_come_back_to_the_microsecond(tmp_path: Path, rows: list[Row], kind: str) -> None:
    log = hand_log(rows, Setting(zones=(Zone(5, lane=-2, use=Use.QUEUE),)))
    again = read_log(*write_log(log, tmp_path, kind), 100)
    assert np.abs(again.events.time_s - log.events.time_s).max() < 1e-6
    assert again.events.code.tolist() == log.events.code.tolist()
    assert again.events.parameter.tolist() == log.events.parameter.tolist()
    assert again.channels.lane[0] <= -2
