"""Tables of records: columns have their types, cutting and joining lose nothing, nobody shares what he may change."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.records.observations import (
    DTYPES,
    DetectorCounts,
    Observations,
    Passages,
    Probes,
    columns,
    empty,
    join,
    make,
    take,
)

KINDS = tuple(DTYPES)


def some(kind: Any, n: int, first: int = 0) -> Any:
    """`n` rows whose every column counts from `first` (modulo what a byte holds)."""
    return make(kind, *(np.arange(first, first + n) % 100 for _ in DTYPES[kind]))


def same(left: Any, right: Any) -> bool:
    pairs = zip(columns(left), columns(right), strict=True)
    return type(left) is type(right) and all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_its_type_whatever_is_given(kind: Any) -> None:
    given_lists = make(kind, *([1, 2, 3] for _ in DTYPES[kind]))
    given_one = make(kind, [1, 2, 3], *(1 for _ in DTYPES[kind][1:]))
    for rows in (given_lists, given_one, empty(kind), some(kind, 5)):
        assert [column.dtype for column in columns(rows)] == [np.dtype(dtype) for dtype in DTYPES[kind]]
        assert {column.shape for column in columns(rows)} == {(rows.time_s.size,)}
    assert len(fields(kind)) == len(DTYPES[kind])


@pytest.mark.parametrize("kind", KINDS)
@given(cuts=st.lists(st.integers(0, 20), max_size=4))
def test_what_is_cut_apart_and_joined_is_the_same(kind: Any, cuts: list[int]) -> None:
    rows = some(kind, 20)
    edges = [0, *sorted(cuts), 20]
    parts = [take(rows, slice(a, b)) for a, b in pairwise(edges)]
    assert same(join(parts), rows)
    assert sum(part.time_s.size for part in parts) == 20


@given(mask=st.lists(st.booleans(), min_size=12, max_size=12), seed=st.integers(0, 99))
def test_a_mask_its_numbers_and_their_order_choose_alike(mask: list[bool], seed: int) -> None:
    rows, chosen = some(Probes, 12, 7), np.array(mask)
    assert same(take(rows, chosen), take(rows, np.flatnonzero(chosen)))
    assert take(rows, chosen).time_s.size + take(rows, ~chosen).time_s.size == 12
    order = np.random.default_rng(seed).permutation(12)
    assert same(take(take(rows, order), np.argsort(order)), rows)


def test_nothing_joined_to_rows_is_the_rows() -> None:
    rows = some(Passages, 3)
    assert same(join([empty(Passages), rows, empty(Passages)]), rows)
    assert same(join([rows]), rows)


def test_what_is_joined_or_chosen_is_ones_own() -> None:
    rows = some(DetectorCounts, 4)
    mine = take(rows, np.arange(4))
    mine.time_s[0] = 99.0
    joined = join([rows, rows])
    joined.time_s[1] = 99.0
    assert rows.time_s.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_columns_of_different_length_are_refused() -> None:
    n = len(DTYPES[Probes])
    with pytest.raises(ValueError, match="broadcast"):
        make(Probes, np.zeros(3), np.zeros(2), *(0 for _ in range(n - 2)))
    with pytest.raises(ValueError, match="zip"):
        make(Probes, np.zeros(3))


def test_nothing_seen_is_no_rows_of_every_kind() -> None:
    seen = Observations(5.0)
    assert [type(table) for table in seen.tables()] == list(KINDS)
    assert (seen.rows, seen.time_s) == (0, 5.0)
    with pytest.raises(FrozenInstanceError):
        seen.time_s = 6.0  # type: ignore[misc]


def test_rows_are_counted_over_all_kinds() -> None:
    tables = [some(kind, n) for n, kind in enumerate(KINDS, 1)]
    seen = Observations(1.0, *tables)
    assert seen.rows == sum(range(1, len(KINDS) + 1))
    assert all(mine is given_table for mine, given_table in zip(seen.tables(), tables, strict=True))
