"""Columns of text: what goes in comes out; ids are found."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.ingest.cells import Numbers, Texts
from citybrain.ingest.ids import IdTable

COLUMNS: list[list[str | None]] = [
    [],
    [""],
    ["a"],
    ["", ""],
    [None],
    ["a", None, "ß\0x", ""],
    ["浙", "b", "🚗" * 9],
    ["\0", "a"],
]


@pytest.mark.parametrize("values", COLUMNS)
def test_texts_come_back(values: list[str | None]) -> None:
    texts = Texts.of(values)
    assert [texts.value(i) for i in range(len(texts))] == values
    rows = np.arange(len(values))[::-1].copy()
    assert texts.strings(rows) == [value or "" for value in reversed(values)]
    assert texts.n_bytes.tolist() == [len((value or "").encode()) for value in values]


def test_numbers_know_what_is_missing() -> None:
    numbers = Numbers(np.array([1.5, np.nan]), np.array([True, False]))
    assert [numbers.value(i) for i in range(2)] == [1.5, None]


def test_broken_rows_are_found_even_when_the_whole_is_whole() -> None:
    """A character cut in two by an offset: both halves are broken though the bytes together are UTF-8."""
    data = np.frombuffer("aßb".encode(), np.uint8)
    cut = Texts(data, np.array([0, 2, 4]), np.ones(2, np.bool_))
    assert cut.broken.tolist() == [True, True]
    whole = Texts(data, np.array([0, 1, 4]), np.ones(2, np.bool_))
    assert not whole.broken.any()
    bad = Texts(np.array([0x61, 0xFF, 0x62], np.uint8), np.array([0, 1, 2, 3]), np.ones(3, np.bool_))
    assert bad.broken.tolist() == [False, True, False]
    assert bad.value(1) == "\ufffd"


@pytest.mark.parametrize("n", [0, 1, 3, 5000])
def test_every_id_is_found_and_no_other(n: int) -> None:
    ids = [f"S{i * 7919 % 100_003}:cam" for i in range(n)]
    table = IdTable.of(ids)
    assert table.find(Texts.of(ids)).tolist() == list(range(n))
    others = ["", "S", "S1:ca", "S1:camx", None, "浙", *(f"T{i}" for i in range(500))]
    assert (table.find(Texts.of(others)) == -1).all()
