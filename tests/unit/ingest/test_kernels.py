"""Loops over bytes, held against what the same says in plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.ingest._kernels import build_slots, find_rows, gather, has_control
from citybrain.ingest.cells import Texts
from citybrain.ingest.ids import IdTable

SHORT = st.text(st.characters(codec="utf-8"), max_size=6)


@settings(deadline=None)
@given(st.lists(SHORT, max_size=12), st.booleans())
def test_control_characters_are_found_where_they_are(values: list[str], lines: bool) -> None:
    texts = Texts.of(values)
    allowed = set("\t\n\r") if lines else set()
    expected = [any((c < " " or c == "\x7f") and c not in allowed for c in value) for value in values]
    assert has_control(texts.data, texts.offset, lines).tolist() == expected


@settings(deadline=None)
@given(st.binary(max_size=40), st.data())
def test_pieces_are_gathered_in_their_order(data: bytes, draw: st.DataObject) -> None:
    ends = draw.draw(st.lists(st.tuples(st.integers(0, len(data)), st.integers(0, len(data))), max_size=8))
    begin = np.array([min(pair) for pair in ends], np.int64)
    size = np.array([max(pair) - min(pair) for pair in ends], np.int64)
    out, offset = gather(np.frombuffer(data, np.uint8), begin, size)
    pieces = [data[b : b + n] for b, n in zip(begin.tolist(), size.tolist(), strict=True)]
    assert out.tobytes() == b"".join(pieces)
    assert np.diff(offset).tolist() == [len(piece) for piece in pieces]


@settings(max_examples=60, deadline=None)
@given(st.lists(SHORT, unique=True, max_size=40), st.lists(st.one_of(SHORT, st.none()), max_size=40))
def test_a_table_of_ids_is_a_dictionary(ids: list[str], asked: list[str | None]) -> None:
    table = IdTable.of(ids)
    known = {text: row for row, text in enumerate(ids)}
    asked += [*ids[::-1], *(text + "x" for text in ids[:5])]
    expected = [-1 if text is None else known.get(text, -1) for text in asked]
    assert table.find(Texts.of(asked)).tolist() == expected


def test_a_crowded_table_still_ends() -> None:
    """Half full at most, by `IdTable`; here it has one free place only, and what is not there is still told."""
    texts = Texts.of([f"id {k}" for k in range(15)])
    slots = np.full(16, -1, np.int32)
    build_slots(texts.data, texts.offset, slots)
    assert sorted(slots.tolist()) == [-1, *range(15)]
    asked = Texts.of([*(f"id {k}" for k in range(15)), "id 15", ""])
    found = find_rows(texts.data, texts.offset, slots, asked.data, asked.offset)
    assert found.tolist() == [*range(15), -1, -1]


def test_a_table_is_at_most_half_full() -> None:
    for n in (0, 1, 3, 4, 5, 7, 8, 9, 63, 64, 65, 1000):
        table = IdTable.of([f"s{k}" for k in range(n)])
        assert table.slots.size >= 2 * n
        assert table.slots.size & (table.slots.size - 1) == 0, "a power of two"
        assert int((table.slots >= 0).sum()) == n


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=10))
def test_texts_of_anything_keep_their_places(values: list[str | None]) -> None:
    """Half surrogates become a mark: the length of a row is that of what it holds."""
    texts = Texts.of(values)
    plain = [None if v is None else v.encode("utf-8", "replace").decode() for v in values]
    assert [texts.value(i) for i in range(len(texts))] == plain
    assert texts.n_bytes.sum() == texts.data.size
    assert not texts.broken.any()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=6), max_size=8))
def test_broken_rows_are_those_that_do_not_decode(rows: list[bytes]) -> None:
    def wrong(piece: bytes) -> bool:
        try:
            piece.decode()
        except UnicodeDecodeError:
            return True
        return False

    offset = np.cumsum([0, *(len(piece) for piece in rows)])
    texts = Texts(np.frombuffer(b"".join(rows), np.uint8), offset, np.ones(len(rows), np.bool_))
    assert texts.broken.tolist() == [wrong(piece) for piece in rows]
