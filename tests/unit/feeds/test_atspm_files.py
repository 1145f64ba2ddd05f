"""Event logs as files: what is written is read again, exports of others are understood, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks._diagnose_synthetic import Approach, make_log, platoons, poisson

from citybrain.detect.diagnosis.diagnose import diagnose
from citybrain.errors import FormatError, InputError, LimitError
from citybrain.feeds.atspm.read import read_log
from citybrain.feeds.atspm.write import write_log
from citybrain.records.signal_events import SignalLog, Use

END_S = 3600.0
ROWS = 1_000_000
EVENTS = "TimeStamp,DeviceId,EventId,Parameter\n2026-11-20T07:00:00.100,A1,1,2\n2026-11-20T07:00:30.200,A1,8,2\n"
DETECTORS = "DeviceId,Phase,Parameter,Function\nA1,2,5,Presence\nA1,2,6,Advance\n"


def street() -> SignalLog:
    main = Approach(0, 2, platoons(12, 50.0, 90.0, END_S, 1), 24.0, link=0, exits=(1,), max_green_s=40.0)
    side = Approach(0, 4, poisson(0.05, END_S, 2), 40.0, offset_s=40.0)
    behind = Approach(1, 2, poisson(0.08, END_S, 3), feeder=0, link=1)
    return make_log([main, side, behind], END_S)


def files(folder: Path, events: str = EVENTS, detectors: str = DETECTORS) -> tuple[Path, Path]:
    (folder / "events.csv").write_text(events)
    (folder / "detectors.csv").write_text(detectors)
    return folder / "events.csv", folder / "detectors.csv"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_log_comes_back_as_it_was(tmp_path: Path, kind: str) -> None:
    log = street()
    again = read_log(*write_log(log, tmp_path, kind), ROWS)
    assert again.devices == log.devices
    assert again.events.time_s == pytest.approx(log.events.time_s, abs=1e-6)
    for name in ("device", "code", "parameter"):
        assert (getattr(again.events, name) == getattr(log.events, name)).all(), name
    for name in ("device", "number", "name", "lanes", "link", "feeder", "exit", "exit_offset"):
        assert list(getattr(again.phases, name)) == list(getattr(log.phases, name)), name
    assert again.phases.max_green_s == pytest.approx(log.phases.max_green_s, nan_ok=True)
    for name in ("device", "channel", "phase", "use", "distance_m", "length_m", "speed_mps"):
        assert (getattr(again.channels, name) == getattr(log.channels, name)).all(), name


def test_the_diagnosis_of_the_file_is_that_of_the_log(tmp_path: Path) -> None:
    log = street()
    ours, again = diagnose(log), diagnose(read_log(*write_log(log, tmp_path), ROWS))
    assert ours.findings
    told = [[(f.device, f.phase, f.cause, round(f.amount, 3)) for f in found.findings] for found in (ours, again)]
    assert str(told[0]) == str(told[1])


@pytest.mark.parametrize(
    "head",
    [
        "Timestamp,SignalID,EventCode,EventParam",
        "timestamp,locationIdentifier,eventCode,eventParam",
        "time,device,event,parameter",
    ],
)
def test_columns_of_other_exports_are_known(tmp_path: Path, head: str) -> None:
    log = read_log(*files(tmp_path, head + "\n" + EVENTS.split("\n", 1)[1]), ROWS)
    assert log.devices == ("A1",)
    assert log.events.code.tolist() == [1, 8]
    assert log.events.time_s[1] - log.events.time_s[0] == pytest.approx(30.1)


def test_times_may_be_seconds_and_rows_in_any_order(tmp_path: Path) -> None:
    log = read_log(*files(tmp_path, "time,device,event,parameter\n30.5,7,8,2\n2.25,7,1,2\n"), ROWS)
    assert log.events.time_s.tolist() == [2.25, 30.5]
    assert log.events.code.tolist() == [1, 8]
    assert "7" in log.devices


def test_times_with_a_zone_are_brought_to_utc(tmp_path: Path) -> None:
    east = "time,device,event,parameter\n2026-11-20T15:00:00+08:00,A1,1,2\n"
    west = "time,device,event,parameter\n2026-11-20T07:00:00+00:00,A1,1,2\n"
    times = [read_log(*files(tmp_path, text), ROWS).events.time_s[0] for text in (east, west)]
    assert times[0] == times[1]


def test_what_a_channel_is_has_usual_values_where_it_is_not_told(tmp_path: Path) -> None:
    channels = read_log(*files(tmp_path), ROWS).channels
    assert channels.use.tolist() == [Use.PRESENCE, Use.ADVANCE]
    assert channels.distance_m.tolist() == [0.0, 100.0]
    assert channels.length_m.tolist() == [12.0, 0.0]


def test_lanes_are_counted_at_the_stop_line(tmp_path: Path) -> None:
    table = "device,channel,phase,use,lane\nA1,5,2,Presence,1\nA1,6,2,Presence,2\nA1,7,2,Advance,1\nA1,8,4,Count,\n"
    log = read_log(*files(tmp_path, detectors=table), ROWS)
    assert log.phases.lanes.tolist() == [2, 1]
    assert log.channels.lane[3] == -1
    assert log.channels.lane[0] == log.channels.lane[2] != log.channels.lane[1]


@pytest.mark.parametrize(
    ("events", "detectors", "said"),
    [
        ("a,b\n1,2\n", DETECTORS, "column time"),
        (EVENTS + "yesterday,A1,1,2\n", DETECTORS, "row 3, time"),
        (EVENTS.replace(",8,", ",green,"), DETECTORS, "row 2, event"),
        (EVENTS.replace(",8,", ",99999,"), DETECTORS, "row 2, event"),
        (EVENTS.replace("A1,8,2", "A1,8,-2"), DETECTORS, "row 2, parameter"),
        (EVENTS, DETECTORS.replace("Advance", "Camera?"), "row 2, use"),
        (EVENTS, DETECTORS.replace(",6,", ",six,"), "row 2, channel"),
        (EVENTS, DETECTORS.replace("Phase,", "Phases,"), "column phase"),
        (EVENTS, "device,channel,phase,use,distance_m\nA1,5,2,Advance,-3\n", "row 1, distance_m"),
        (EVENTS, "device,channel,phase,use,speed_mps\nA1,5,2,Advance,fast\n", "row 1, speed_mps"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, events: str, detectors: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read_log(*files(tmp_path, events, detectors), ROWS)


def test_no_events_no_file_and_too_many_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no events"):
        read_log(*files(tmp_path, "time,device,event,parameter\n"), ROWS)
    with pytest.raises(InputError, match="no such file"):
        read_log(tmp_path / "none.csv", tmp_path / "detectors.csv", ROWS)
    with pytest.raises(LimitError, match="CITYBRAIN_EVENT_ROWS_MAX"):
        read_log(*files(tmp_path), 1)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no table")
    with pytest.raises(FormatError, match="Parquet"):
        read_log(tmp_path / "bad.parquet", tmp_path / "detectors.csv", ROWS)


def test_a_log_in_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="parquet or csv"):
        write_log(street(), tmp_path, "xlsx")


def test_times_are_kept_to_a_tenth_of_a_second_and_better(tmp_path: Path) -> None:
    log = street()
    again = read_log(*write_log(log, tmp_path), ROWS)
    assert np.abs(again.events.time_s - log.events.time_s).max() < 1e-5
