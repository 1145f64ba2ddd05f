"""What the guard tells the engineer of a city: every pair once, with the level that the table has."""

from __future__ import annotations

import csv
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "control"))
from test_signal_table import signal_only

from citybrain.city.generate import generate_city
from citybrain.errors import InputError
from citybrain.guard.account import COLUMNS, account, conflict_rows, write_conflicts
from citybrain.guard.conflicts import Level
from citybrain.guard.desk import DeskTables

CITY = generate_city(12, 3)[0]
TABLES = DeskTables.of(CITY)


def test_every_pair_is_told_once_and_lies_at_its_signal() -> None:
    rows = list(conflict_rows(CITY, TABLES))
    row_of = {name: row for row, name in enumerate(CITY.groups.group_id)}
    pairs = [frozenset((g, h)) for _, g, h, _ in rows]
    assert len(set(pairs)) == len(pairs) > 0
    for signal, g, h, _ in rows:
        owners = {CITY.signals.signal_id[CITY.groups.signal[row_of[name]]] for name in (g, h)}
        assert (g != h, owners) == (True, {signal})


def test_the_pairs_are_those_of_the_table() -> None:
    rows = {(s, g, h): level for s, g, h, level in conflict_rows(CITY, TABLES)}
    for signal, name in enumerate(CITY.signals.signal_id):
        first, level = int(TABLES.conflicts.first_group[signal]), TABLES.conflicts.of(signal)
        names = CITY.groups.group_id[first : first + len(level)]
        for g, h in combinations(range(len(level)), 2):
            told = rows.get((name, names[g], names[h]), "none")
            assert told == ("none" if level[g, h] == 0 else Level(int(level[g, h])).name.lower())


def test_the_sums_are_those_of_the_rows() -> None:
    told, levels = account(CITY, TABLES), [level for *_, level in conflict_rows(CITY, TABLES)]
    assert told["pairs_never_together"] == levels.count("never")
    assert told["pairs_that_yield"] == levels.count("yield")
    assert (told["signals"], told["steerable"]) == (len(CITY.signals.signal_id), TABLES.limits.steerable.sum())
    assert min(levels.count("never"), levels.count("yield")) > 0


def test_the_limits_are_those_that_the_rules_keep() -> None:
    limits, table = account(CITY, TABLES)["limits"], TABLES.table
    assert tuple(row["signal"] for row in limits) == CITY.signals.signal_id
    for signal, row in enumerate(limits):
        own = slice(int(table.first_group[signal]), int(table.first_group[signal + 1]))
        assert row["max_red_s"] == 2 * int(TABLES.limits.turn_back_s[own].max())
        assert row["stages"] == table.n_stages[signal]
        for name in ("min_green_s", "yellow_s", "all_red_s", "max_green_s"):
            assert row[name] == getattr(TABLES.limits, name)[signal]


@pytest.mark.parametrize(("phases", "max_red_s"), [("rr", None), ("Gr", 300), ("GG", 300)])
def test_a_group_that_is_never_green_has_no_longest_red(phases: str, max_red_s: int | None) -> None:
    city = signal_only((30.0, phases))
    (row,) = account(city, DeskTables.of(city))["limits"]
    assert (row["steerable"], row["max_red_s"]) == (False, max_red_s)


def test_the_file_has_a_head_and_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    n = write_conflicts(path, CITY, TABLES)
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == COLUMNS
    assert [tuple(row) for row in rows] == list(conflict_rows(CITY, TABLES))
    assert n == len(rows)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "pairs.csv"
    with pytest.raises(InputError, match=r"pairs\.csv: cannot be written \(No such file or directory\)"):
        write_conflicts(path, CITY, TABLES)


def test_levels_are_the_same_both_ways() -> None:
    for signal in range(len(CITY.signals.signal_id)):
        level = TABLES.conflicts.of(signal)
        assert np.array_equal(level, level.T)
        assert not np.diag(level).any()
