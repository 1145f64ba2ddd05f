"""`citybrain diagnose`: a city, a recorded day and an event log give findings; what cannot be used is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from _program import Read, program, result
from benchmarks._diagnose_synthetic import Approach, make_log, platoons, poisson

from citybrain.demand.generated import generate
from citybrain.demand.gmns import save
from citybrain.feeds.atspm.write import write_log
from citybrain.twin.sensor_options import PERFECT
from citybrain.worlds.recording import Recording
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.twin_streets import twin_streets

END_S = 5400.0


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "city"
    city, demand = generate(4, seed=3, scale=2.0, duration_s=900.0)
    save(city, folder, demand)
    return folder


@pytest.fixture(scope="module")
def log_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    main = Approach(0, 2, platoons(15, 43.0, 90.0, END_S, 2), 24.0, offset_s=40.0)
    side = Approach(0, 4, poisson(0.06, END_S, 50), 51.0, offset_s=70.0)
    return write_log(make_log([main, side], END_S), tmp_path_factory.mktemp("log"))


def test_an_event_log_is_diagnosed(capsys: Read, log_files: tuple[Path, Path]) -> None:
    found = result(capsys, "diagnose", log_files[0], "--detectors", log_files[1])
    first = found["findings"][0]
    assert (first["device"], first["phase"], first["other"]) == ("J0", 2, 4)
    assert first["cause"] == "green on the wrong phase"
    assert first["amount"] > 5.0
    assert found["junctions"][0]["device"] == "J0"


def test_the_table_names_place_cause_measure_and_evidence(capsys: Read, log_files: tuple[Path, Path]) -> None:
    code, out, _ = program(capsys, "diagnose", log_files[0], "--detectors", log_files[1])
    assert code == 0
    for word in ("Worst junctions", "J0", "green on the wrong phase", "Move ", "split failures: ", " to 01:30"):
        assert word in out, word


def test_a_city_is_run_and_its_log_gives_the_same_again(capsys: Read, town: Path, tmp_path: Path) -> None:
    options = ("--duration", 600, "--seed", 1)
    page, table, log = tmp_path / "page.html", tmp_path / "findings.csv", tmp_path / "log"
    code, out, said = program(capsys, "diagnose", town, *options, "--report", page, "--csv", table, "--log", log)
    assert code == 0, said
    assert "4 junctions" in out
    assert page.read_text().startswith("<!doctype html>")
    assert table.read_text().startswith("rank,device")
    again = result(capsys, "diagnose", log / "events.parquet", "--detectors", log / "detectors.csv")
    first = result(capsys, "diagnose", town, *options)
    assert again["cycles"] == first["cycles"] > 0
    assert [rank["device"] for rank in again["junctions"]] == [rank["device"] for rank in first["junctions"]]


def test_a_city_under_a_controller_is_diagnosed(capsys: Read, town: Path) -> None:
    assert result(capsys, "diagnose", town, "--duration", 300, "--controller", "actuated")["cycles"] > 0


def test_a_recorded_day_is_diagnosed(capsys: Read, tmp_path: Path) -> None:
    city, demand = generate(4, seed=3, scale=2.0, duration_s=900.0)
    world, _ = twin_streets(city, demand, 0, Sensing(replace(PERFECT, interval_s=60), 1))
    recording = Recording(world, tmp_path / "day")
    while recording.time_s < 600.0:
        recording.observe(recording.time_s + 1.0)
    recording.close()
    found = result(capsys, "diagnose", tmp_path / "day")
    assert found["cycles"] > 0
    assert sum(rank["vehicles"] for rank in found["junctions"]) > 50


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--top", 0), "--top 0"),
        (("--duration", -5), "--duration -5"),
        (("--controller", "nobody"), "nobody"),
        (("--detectors", "none.csv"), "--detectors"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(
    capsys: Read, town: Path, options: tuple[object, ...], said: str
) -> None:
    code, out, told = program(capsys, "diagnose", town, *options)
    assert code == 2
    assert not out
    assert said in told
    assert len(told.splitlines()) == 1


def test_an_event_log_needs_its_detectors(capsys: Read, log_files: tuple[Path, Path]) -> None:
    code, _, told = program(capsys, "diagnose", log_files[0])
    assert code == 2
    assert "--detectors" in told
