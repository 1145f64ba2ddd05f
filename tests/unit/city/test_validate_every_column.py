"""Every column of a city is guarded: a reference that leads nowhere, a number that is none or a row too few is named
by table and column, whichever it is."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from citybrain.city import model
from citybrain.city.generate import generate_city
from citybrain.city.model import City
from citybrain.city.validate import NULLABLE, check
from citybrain.errors import InputError

REFERENCES = {
    "links": ("from_node", "to_node", "first_lane"),
    "lanes": ("link",),
    "movements": ("from_lane", "to_lane", "node", "group", "foe"),
    "groups": ("signal",),
    "signals": ("node", "first_group", "plan"),
    "plans": ("signal", "first_phase"),
    "phases": ("plan",),
    "sensors": ("lane",),
    "areas": ("link",),
    "parking": ("link",),
}
# a child that names another parent is found where the parent lists its children
FOUND_AT = {"lanes.link": "links.first_lane", "groups.signal": "signals.first_group", "plans.signal": "signals.plan",
            "phases.plan": "plans.first_phase"}  # fmt: skip
ENUMS = {
    "nodes": ("control",),
    "movements": ("turn",),
    "plans": ("kind",),
    "phases": ("colours",),
    "sensors": ("kind",),
    "parking": ("kind",),
}
ABOVE_ZERO = {"links": ("length_m", "speed_mps"), "lanes": ("length_m", "speed_mps", "width_m"),
              "movements": ("length_m", "speed_mps")}  # fmt: skip


@cache
def town() -> City:
    return generate_city(9, seed=4)[0]


def changed(table: str, column: str, row: int, value: Any) -> City:
    """The town with one cell changed."""
    city = town()
    values = getattr(getattr(city, table), column).copy()
    values[row] = value
    return replace(city, **{table: replace(getattr(city, table), **{column: values})})


def cases(columns: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(table, column) for table, names in columns.items() for column in names]


def refused(city: City, *words: str) -> None:
    with pytest.raises(InputError) as caught:
        check(city)
    said = str(caught.value)
    assert said.startswith("city: ")
    assert "\n" not in said
    assert any(word in said for word in words), said


def real_columns() -> list[tuple[str, str]]:
    """All columns of numbers with a fraction that may not be nan."""
    every = [(table, column) for table in model.TABLES for column in fields(getattr(model, table.capitalize()))]
    real = [(table, column.name) for table, column in every if str(column.type) in ("F64", "F32")]
    return [(table, name) for table, name in real if name not in NULLABLE]


def test_the_town_itself_is_sound_and_has_rows_everywhere() -> None:
    check(town())
    for table in model.TABLES:
        first = fields(getattr(town(), table))[0].name
        assert len(getattr(getattr(town(), table), first)) > 0, table


@pytest.mark.parametrize("row", [0, -1])
@pytest.mark.parametrize(("table", "column"), cases(REFERENCES))
def test_a_reference_beyond_the_last_row_is_refused(table: str, column: str, row: int) -> None:
    name = f"{table}.{column}"
    refused(changed(table, column, row, 2**30), f"city: {FOUND_AT.get(name, name)}")


@pytest.mark.parametrize(("table", "column"), cases(REFERENCES))
def test_a_reference_below_the_first_row_is_refused(table: str, column: str) -> None:
    name = f"{table}.{column}"
    refused(changed(table, column, 0, -2), f"city: {FOUND_AT.get(name, name)}")


@pytest.mark.parametrize(("table", "column"), cases(ENUMS))
def test_a_value_that_an_enum_does_not_know_is_refused(table: str, column: str) -> None:
    refused(changed(table, column, 1, 200), f"{table}.{column}[1]: 200 is no ")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("table", "column"), real_columns())
def test_a_number_that_is_none_is_refused(table: str, column: str, value: float) -> None:
    refused(changed(table, column, 0, value), f"{table}.{column}[0]: not finite")


@pytest.mark.parametrize("value", [0.0, -1.0])
@pytest.mark.parametrize(("table", "column"), cases(ABOVE_ZERO))
def test_lengths_speeds_and_widths_are_above_zero(table: str, column: str, value: float) -> None:
    refused(changed(table, column, 2, value), f"{table}.{column}")


@pytest.mark.parametrize("table", model.TABLES)
def test_a_column_that_is_a_row_short_is_refused(table: str) -> None:
    rows = getattr(town(), table)
    for column in fields(rows)[1:]:
        values = getattr(rows, column.name)
        short = replace(town(), **{table: replace(rows, **{column.name: values[:-1]})})
        refused(short, f"{table}.", table)


@pytest.mark.parametrize("table", ["nodes", "links", "groups", "signals", "plans", "sensors", "areas"])
def test_an_id_that_stands_twice_is_refused(table: str) -> None:
    rows = getattr(town(), table)
    key = fields(rows)[0].name
    ids = getattr(rows, key)
    twice = replace(town(), **{table: replace(rows, **{key: (*ids[:-1], ids[0])})})
    refused(twice, f"{table}.{key}: an id appears twice")


def test_a_conflict_in_one_direction_is_refused() -> None:
    moves = town().movements
    first = int(np.flatnonzero(np.diff(moves.foe_offset) > 0)[0])
    others = [
        m for m in range(len(moves.from_lane)) if m not in moves.foe[moves.foe_offset[first] :][:40] and m != first
    ]
    refused(changed("movements", "foe", int(moves.foe_offset[first]), others[-1]), "one direction")


def test_a_plan_of_another_signal_is_refused() -> None:
    plans = town().plans
    other = int(np.flatnonzero(plans.signal != 0)[0])
    refused(changed("signals", "plan", 0, other), "plan of another signal")
