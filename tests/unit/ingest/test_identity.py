"""What makes two rows the same: the identity of its kind and nothing else, whatever the order and the company."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.ingest.identity import IDENTITY, content_of, keys_of
from citybrain.ingest.kinds import FIELD_OF, KIND_OF, RECORDS, Kind, kind_of
from citybrain.records.observations import DTYPES, Observations, Passages, WeatherReadings, make, take

KINDS = pytest.mark.parametrize("kind", list(Kind))


def table_of(kind: Kind, n: int = 6) -> Any:
    """Rows of which no two agree in any column."""
    columns = []
    for k, dtype in enumerate(DTYPES[RECORDS[kind]]):
        values = np.arange(n) + 10 * k
        columns.append(np.array([f"t{v}" for v in values], object) if dtype == "O" else values.astype(dtype))
    return make(RECORDS[kind], *columns)


def changed(table: Any, name: str) -> Any:
    column = getattr(table, name)
    other = np.array([f"{v}!" for v in column], object) if column.dtype == object else column + column.dtype.type(1)
    return replace(table, **{name: other})


def test_kinds_records_and_fields_are_one_to_one() -> None:
    assert set(RECORDS) == set(FIELD_OF) == set(IDENTITY) == set(Kind)
    assert len(set(RECORDS.values())) == len(set(FIELD_OF.values())) == len(KIND_OF) == len(Kind)
    none = Observations(0.0)
    for kind in Kind:
        assert type(getattr(none, FIELD_OF[kind])) is RECORDS[kind]
        assert kind_of(getattr(none, FIELD_OF[kind])) is kind


@KINDS
def test_only_what_a_kind_is_told_apart_by_changes_the_key(kind: Kind) -> None:
    table = table_of(kind)
    known = keys_of("office", table)
    for field in fields(table):
        same = keys_of("office", changed(table, field.name)) == known
        assert same.all() if field.name not in IDENTITY[kind] else not same.any(), field.name


@KINDS
def test_everything_but_the_arrival_changes_the_content(kind: Kind) -> None:
    table = table_of(kind)
    known = content_of(table)
    for field in fields(table):
        same = content_of(changed(table, field.name)) == known
        assert same.all() if field.name == "received_s" else not same.any(), field.name


@KINDS
def test_a_row_has_its_hashes_wherever_it_stands(kind: Kind) -> None:
    table, order = table_of(kind), np.array([4, 0, 5, 1, 3, 2])
    for hashes in (content_of, lambda rows: keys_of("office", rows)):
        np.testing.assert_array_equal(hashes(take(table, order)), hashes(table)[order])
        np.testing.assert_array_equal(hashes(take(table, slice(2, 3))), hashes(table)[2:3])
        assert hashes(take(table, slice(0, 0))).size == 0


def test_another_source_sends_other_events() -> None:
    tables = [table_of(kind) for kind in Kind]
    keys = np.concatenate([keys_of(source, table) for source in ("a", "b", "a|b", "") for table in tables])
    assert np.unique(keys).size == keys.size


@settings(deadline=None)
@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_equal_numbers_have_equal_hashes_and_others_have_not(a: float, b: float) -> None:
    """+0.0 and -0.0 are one number."""
    rows = make(WeatherReadings, np.array([a, b]), 0.0, np.array(["s", "s"], object), 1.0, 1.0, 1.0, 1.0, 0)
    one, other = keys_of("x", rows).tolist()
    assert (one == other) == (a == b)


def test_what_was_not_measured_is_a_value_like_any_other() -> None:
    rows = make(WeatherReadings, np.zeros(3), 0.0, np.array(["s"] * 3, object), [np.nan, np.nan, 0.0], 1, 1, 1, 0)
    found = content_of(rows).tolist()
    assert found[0] == found[1] != found[2]


def test_the_order_of_columns_matters() -> None:
    """Sensor 3 with plate 5 is not sensor 5 with plate 3."""
    rows = make(Passages, np.zeros(2), 0.0, [3, 5], 0, 0, 1, [5, 3], 0)
    a, b = keys_of("x", rows).tolist()
    assert a != b
