"""The commands with nothing made up: a small city through generate, import, simulate and evaluate."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from _fakes import fake_city, fake_demand
from citybrain.city.load import load
from citybrain.cli import main
from citybrain.commands.files import can_write, fit_window, open_scenario
from citybrain.commands.output import city_line, import_lines, to_json
from citybrain.demand.load import load_demand
from citybrain.demand.model import Demand
from citybrain.errors import InputError

PERIOD_S = "300"
KEPT = (
    "vehicles",
    "finished_trips",
    "mean_travel_time_s",
    "mean_delay_s",
    "p95_delay_s",
    "mean_stops",
    "vehicle_steps",
)


def run(*arguments: object) -> None:
    """A command that must succeed."""
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code == 0


def result(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    capsys.readouterr()
    run(*arguments, "--json")
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "city"
    run("generate", folder, "--signals", 4, "--seed", 3, "--scale", 2)
    return folder


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_writes_the_same_files(town: Path, tmp_path: Path) -> None:
    run("generate", tmp_path / "again", "--signals", 4, "--seed", 3, "--scale", 2)
    assert tables(tmp_path / "again") == tables(town)
    run("generate", tmp_path / "other", "--signals", 4, "--seed", 4, "--scale", 2)
    assert tables(tmp_path / "other")["link.csv"] != tables(town)["link.csv"]


def test_evening_trips_run_against_morning_trips(town: Path, tmp_path: Path) -> None:
    """Same streets, other trips: who went from A to B in the morning goes from B to A."""
    run("generate", tmp_path / "evening", "--signals", 4, "--seed", 3, "--scale", 2, "--period", "evening")
    assert tables(tmp_path / "evening")["link.csv"] == tables(town)["link.csv"]
    assert tables(tmp_path / "evening")["trip.csv"] != tables(town)["trip.csv"]


def test_an_imported_copy_is_the_same_city_and_demand(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("import", town, tmp_path / "copy")
    assert tables(tmp_path / "copy") == tables(town)
    trips = len(load_demand(town, load(town))[0].trips.trip_id)
    assert f"Demand: {trips:,} trips" in capsys.readouterr().out


def test_a_city_alone_is_imported_without_demand(town: Path, tmp_path: Path) -> None:
    for name in ("trip.csv", "route.csv", "route_link.csv", "vehicle_type.csv"):
        assert name in tables(town)
    alone = tmp_path / "alone"
    alone.mkdir()
    for name, text in tables(town).items():
        if name not in ("trip.csv", "route.csv", "route_link.csv", "vehicle_type.csv"):
            (alone / name).write_bytes(text)
    run("import", alone, tmp_path / "copy")
    assert "trip.csv" not in tables(tmp_path / "copy")
    run("import", alone, tmp_path / "joined", "--demand", town)
    assert tables(tmp_path / "joined") == tables(town)


def test_a_run_is_a_function_of_its_seed(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ("simulate", town, "--controller", "max-pressure", "--duration", PERIOD_S)
    first, again, other = (result(capsys, *ask, "--seed", seed) for seed in (5, 5, 6))
    assert [first[key] for key in KEPT] == [again[key] for key in KEPT]
    assert [first[key] for key in KEPT] != [other[key] for key in KEPT]
    assert first["vehicles"] == other["vehicles"]  # who travels is the city's, not the seed's
    assert (first["controller"], first["seed"], first["world"]) == ("max-pressure", 5, "twin")


def test_evaluate_makes_the_runs_that_simulate_makes(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("fixed", "actuated")
    found = result(capsys, "evaluate", town, "--controllers", ",".join(names), "--seeds", 2, "--duration", PERIOD_S)
    runs = {(row["controller"], row["seed"]): row for row in found["runs"]}  # type: ignore[attr-defined]
    for name, seed in runs:
        alone = result(capsys, "simulate", town, "--controller", name, "--seed", seed, "--duration", PERIOD_S)
        assert [alone[key] for key in KEPT] == [runs[name, seed][key] for key in KEPT]
    table = {(row["metric"], row["controller"]): row for row in found["table"]}  # type: ignore[attr-defined]
    for name in names:
        values = [runs[name, seed]["mean_delay_s"] for seed in (0, 1)]
        assert table["mean_delay_s", name]["mean"] == pytest.approx(np.mean(values))
    differences = [runs["actuated", s]["mean_delay_s"] - runs["fixed", s]["mean_delay_s"] for s in (0, 1)]
    assert table["mean_delay_s", "actuated"]["difference_mean"] == pytest.approx(np.mean(differences))


def test_a_report_of_a_real_run_is_whole(town: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    run("simulate", town, "--duration", PERIOD_S, "--report", page)
    text = page.read_text(encoding="utf-8")
    assert "5 min simulated" in text
    assert text.count('<figure class="chart"') >= 4
    assert "<canvas" in text
    assert not re.search(r"\b(nan|None|inf)\b", text.split("<script", 1)[0])


def late(demand: Demand, shift_s: float) -> Demand:
    return replace(demand, trips=replace(demand.trips, depart_s=demand.trips.depart_s + shift_s))


def test_the_window_moves_to_the_demand_only_where_none_departs_in_it() -> None:
    city = fake_city()  # 0 to 600 s, trips at 0, 60 and 120 s
    assert fit_window(city, fake_demand()) == (city, ())
    assert fit_window(city, late(fake_demand(), 599.0))[1] == ()
    moved, (oddity,) = fit_window(city, late(fake_demand(), 25_201.5))
    assert (moved.meta.begin_s, moved.meta.end_s) == (25_200.0, 25_380.0)
    assert oddity.what == "no trip departs between 0 and 600 s"
    assert oddity.action == "simulated from 25200 to 25380 s"
    for depart_s in (25_201.5, 25_261.5, 25_321.5):
        assert moved.meta.begin_s <= depart_s < moved.meta.end_s


def test_a_trip_at_the_end_of_the_window_is_outside_of_it() -> None:
    assert fit_window(fake_city(), late(fake_demand(1), 600.0))[0].meta.begin_s == 600.0


def test_nobody_at_all_leaves_the_window_alone() -> None:
    city = fake_city()
    assert fit_window(city, fake_demand(0)) == (city, ())


def test_a_single_file_needs_a_demand(tmp_path: Path) -> None:
    (tmp_path / "town.json").write_text("{}")
    with pytest.raises(InputError, match="name a demand with --demand"):
        open_scenario(tmp_path / "town.json", None)


@pytest.mark.parametrize("place", ["", "file/report.html"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        can_write(tmp_path / place if place else tmp_path)
    can_write(tmp_path / "new" / "deep" / "report.html")
    can_write(None)


def test_json_holds_no_number_that_is_none() -> None:
    given = {"a": float("nan"), "b": [1.5, float("inf"), (2, -float("inf"))], "c": {"d": "naïve"}}
    text = to_json(given)
    assert json.loads(text, parse_constant=pytest.fail) == {"a": None, "b": [1.5, None, [2, None]], "c": {"d": "naïve"}}
    assert "\n" not in text


def test_the_city_and_its_oddities_in_a_line() -> None:
    city = fake_city(3)
    km = 24 * 0.28
    assert city_line(city) == f"Grid <test>: 9 nodes, 24 links ({km:,.1f} km), 34 lanes, 1 signals, 0 sensors"
    assert import_lines(city.report) == ["      1 × two lanes <overlap>: kept both (e.g. 0-1)"]
    assert import_lines(replace(city.report, oddities=())) == ["        nothing unusual in the source"]
