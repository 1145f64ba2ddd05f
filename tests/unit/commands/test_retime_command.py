"""`citybrain retime` from a folder to a folder: plans that a city loads again, a report, clear refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from _program import Read, program, refused, result

from _retime_street import street, traffic
from citybrain.city.load import load
from citybrain.city.plans import check_plans
from citybrain.demand.gmns import save

QUICK = ("--runs", "16", "--seeds", "2")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = street(3, greens_s=(20.0, 45.0))
    folder = tmp_path_factory.mktemp("retime") / "town"
    save(place.city, folder, traffic(place, 500.0, 250.0, 150.0))
    return folder


def test_the_new_plans_are_in_force_in_what_is_written(town: Path, tmp_path: Path, capsys: Read) -> None:
    found = result(capsys, "retime", town, tmp_path / "out", *QUICK)
    (period,) = found["periods"]
    rows = {row["controller"]: row for row in period["table"] if row["metric"] == "mean_delay_s"}
    assert rows["proposed"]["mean"] < 0.8 * rows["current plans"]["mean"]
    city = load(tmp_path / "out")
    assert [city.plans.plan_id[p] for p in city.signals.plan] == ["S1:retimed", "S2:retimed", "S3:retimed"]
    assert check_plans(city) == []
    again = result(capsys, "evaluate", tmp_path / "out", "--controllers", "fixed", "--seeds", "2")
    (delay,) = [row for row in again["table"] if row["metric"] == "mean_delay_s"]
    assert delay["mean"] == pytest.approx(rows["proposed"]["mean"]), "the folder runs as the report says"
    assert "Release" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_table_of_plans_adds_up(town: Path, tmp_path: Path, capsys: Read) -> None:
    result(capsys, "retime", town, tmp_path / "out", *QUICK)
    with (tmp_path / "out" / "plans.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for signal in ("S1", "S2", "S3"):
        mine = [row for row in rows if row["signal_id"] == signal]
        assert sum(float(row["duration_s"]) for row in mine) == float(mine[0]["cycle_s"])
        assert [int(row["phase"]) for row in mine] == list(range(1, len(mine) + 1))
    city = load(tmp_path / "out")
    offsets = [city.plans.offset_s[p] for p in city.signals.plan]
    assert offsets == [float(next(r for r in rows if r["signal_id"] == s)["offset_s"]) for s in ("S1", "S2", "S3")]


def test_each_period_has_a_folder_of_its_own(town: Path, tmp_path: Path, capsys: Read) -> None:
    periods = ("--period", "0:00-0:05", "--period", "0:05-0:15")
    found = result(capsys, "retime", town, tmp_path / "out", *periods, *QUICK)
    assert [row["period"] for row in found["periods"]] == ["0000 to 0005", "0005 to 0015"]
    for name in ("0000-0005", "0005-0015"):
        city = load(tmp_path / "out" / name)
        assert city.plans.plan_id[city.signals.plan[0]] == f"S1:retimed-{name}"


def test_counts_decide_the_splits(town: Path, tmp_path: Path, capsys: Read) -> None:
    city = load(town)
    ids, lane, moves = city.links.link_id, city.lanes.link, city.movements
    turns = [(ids[lane[a]], ids[lane[b]]) for a, b in zip(moves.from_lane, moves.to_lane, strict=True)]
    greens = []
    for main, side in ((600, 60), (100, 500)):
        flows = [(a, b, side if a.startswith("s") else main) for a, b in turns]
        lines = ["from_link,to_link,vehicles_per_hour", *(f"{a},{b},{v}" for a, b, v in flows)]
        path = tmp_path / f"counts{main}.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        out = tmp_path / f"out{main}"
        result(capsys, "retime", town, out, "--counts", path, *QUICK)
        with (out / "plans.csv").open(encoding="utf-8", newline="") as file:
            first = [float(row["duration_s"]) for row in csv.DictReader(file) if row["signal_id"] == "S2"]
        greens.append(first[0] / (first[0] + first[3]))
    assert greens[0] > 0.6 > 0.45 > greens[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--period", "nine"), "07:00-09:00"),
        (("--period", "7:00-8:00"), "no trip departs"),
        (("--period", "0:00-0:05", "--period", "00:00-00:05"), "named twice"),
        (("--runs", "0"), "1 or more"),
        (("--runs", "99999999"), "CITYBRAIN_RETIME_RUNS_MAX"),
        (("--cycle-max", "10"), "30 to 240"),
        (("--world", "moon"), "twin, sumo"),
        (("--counts", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    town: Path, tmp_path: Path, capsys: Read, words: tuple[str, ...], said: str
) -> None:
    assert said in refused(capsys, "retime", town, tmp_path / "out", *words)


def test_help_has_an_example(capsys: Read) -> None:
    code, out, _ = program(capsys, "retime", "--help")
    assert code == 0
    assert "citybrain retime out/city" in " ".join(out.split())
