"""`citybrain guard` says what may be steered and what is odd, lists latches, and releases them by name alone."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from _program import Read, program, refused, result

from citybrain.city.generate import generate_city
from citybrain.city.gmns import write_gmns
from citybrain.city.load import load
from citybrain.guard.conflicts import Level, conflict_table
from citybrain.guard.latches import LatchBook
from citybrain.guard.monitor import Fault, Trip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guarded") / "city"
    write_gmns(generate_city(12, 3)[0], folder)
    return folder


def test_the_account_is_that_of_the_tables(town: Path, capsys: Read, tmp_path: Path) -> None:
    found = result(capsys, "guard", town, "--conflicts", tmp_path / "pairs.csv")
    table = conflict_table(load(town))
    assert found["signals"] == len(found["limits"]) == 12
    assert found["steerable"] == sum(row["steerable"] for row in found["limits"])
    assert found["pairs_never_together"] == int((table.level == Level.NEVER).sum()) // 2
    with (tmp_path / "pairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found["pairs_never_together"] + found["pairs_that_yield"] > 100
    assert {row["level"] for row in rows} == {"yield", "never"}
    assert all(row["max_red_s"] >= 300 and row["max_green_s"] >= 180 for row in found["limits"] if row["steerable"])


def test_people_get_lines(town: Path, capsys: Read) -> None:
    code, out, _ = program(capsys, "guard", town)
    assert code == 0
    assert "of 12 signals may be steered" in out


def test_latches_are_listed_and_released_by_name(town: Path, capsys: Read, tmp_path: Path) -> None:
    book = LatchBook(tmp_path)
    book.latch([Trip("S1", 7.0, Fault.CONFLICT, "group 0 with [1]")])
    book.close()
    assert (
        "latched: S1 at 7 s, conflicting greens: group 0 with [1]"
        in program(capsys, "guard", town, "--book", tmp_path)[1]
    )
    assert "needs the name" in refused(capsys, "guard", town, "--book", tmp_path, "--release", "S1")
    assert "is not latched" in refused(capsys, "guard", town, "--book", tmp_path, "--release", "S2", "--by", "Li Wei")
    assert "latched" not in program(capsys, "guard", town, "--book", tmp_path, "--release", "S1", "--by", "Li Wei")[1]
    assert not LatchBook(tmp_path).latched


def test_wrong_folders_are_told(town: Path, capsys: Read, tmp_path: Path) -> None:
    assert "no such folder" in refused(capsys, "guard", town, "--book", tmp_path / "none")
    assert "needs --book" in refused(capsys, "guard", town, "--release", "S1")
    assert "cannot be written" in refused(capsys, "guard", town, "--conflicts", tmp_path)
