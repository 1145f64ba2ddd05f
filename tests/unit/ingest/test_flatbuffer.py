"""Flatbuffers tables: what was written is read, defaults stand for what was not, and no position leads outside."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.ingest.flatbuffer import Damage, FlatTable, root


def buffer_of(fields: list[bytes | None], trailing: bytes = b"") -> bytes:
    """A table with inline fields of 8 bytes each: u32 root | vtable | table | `trailing` (8-byte aligned)."""
    vtable = struct.pack("<HH", 4 + 2 * len(fields), 4 + 8 * len(fields))
    inline, at = b"", 4
    for value in fields:
        vtable += struct.pack("<H", 0 if value is None else at)
        if value is not None:
            inline += value.ljust(8, b"\0")
            at += 8
    begin = 4 + len(vtable)
    return struct.pack("<I", begin) + vtable + struct.pack("<i", len(vtable)) + inline + trailing


def far(fields_before: int, at: int, n_fields: int) -> bytes:
    """A reference from the field behind `fields_before` others to `at` bytes into what trails the table."""
    return struct.pack("<I", 8 * (n_fields - fields_before) + at)


def vector(items: bytes, n: int | None = None, width: int = 1) -> bytes:
    return struct.pack("<I", len(items) // width if n is None else n) + items


@settings(deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**32 - 1), st.integers(-(2**15), 2**15 - 1))
def test_numbers_are_read_and_what_is_not_there_has_its_default(a: int, b: int, c: int) -> None:
    data = buffer_of([struct.pack("<q", a), None, struct.pack("<I", b), struct.pack("<h", c)])
    table = root(data)
    assert table.scalar(0, "q") == a
    assert table.scalar(1, "q", 77) == 77
    assert table.scalar(2, "I") == b
    assert table.scalar(3, "h") == c
    assert table.scalar(4, "q", 5) == 5, "a slot that an older writer did not know"
    assert table.scalar(10_000, "q") == 0


def test_texts_vectors_and_tables_are_followed() -> None:
    trailing = vector("Straße".encode())
    longs_at = len(trailing)
    trailing += vector(struct.pack("<4q", 1, -2, 3, 2**62), width=16)
    inner = buffer_of([struct.pack("<q", 42)])
    inner_at = len(trailing)
    data = buffer_of([far(0, 0, 3), far(1, longs_at, 3), far(2, inner_at + 4 + 6, 3)], trailing + inner)
    table = root(data)
    assert table.text(0) == "Straße"
    assert table.longs(1, 2) == [(1, -2), (3, 2**62)]
    found = table.table(2)
    assert found is not None
    assert found.scalar(0, "q") == 42


def test_a_vector_of_tables_is_followed_from_each_place() -> None:
    inner = [buffer_of([struct.pack("<q", value)]) for value in (10, 20)]
    head = struct.pack("<I", 2)
    first, second = 12, 12 + len(inner[0])  # where they begin, from the vector's begin
    refs = struct.pack("<II", first + 10 - 4, second + 10 - 8)
    data = buffer_of([far(0, 0, 1)], head + refs + inner[0] + inner[1])
    assert [table.scalar(0, "q") for table in root(data).tables(0)] == [10, 20]


def test_nothing_is_where_nothing_was_written() -> None:
    table = root(buffer_of([None]))
    assert table.table(0) is None
    assert table.tables(0) == []
    assert table.longs(0) == []
    assert table.text(0) == ""


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "outside"),
        (b"\x00\x00\x00", "outside"),
        (struct.pack("<I", 4), "outside"),
        (struct.pack("<I", 2**32 - 1), "outside"),
        (struct.pack("<Ii", 4, 1000), "outside"),  # its vtable lies before the buffer
        (struct.pack("<Ii", 4, -1000), "outside"),
    ],
)
def test_a_position_outside_is_damage(data: bytes, told: str) -> None:
    with pytest.raises(Damage, match=told):
        root(data).scalar(0, "q")


@pytest.mark.parametrize("n", [5, 1000, 2**31, 2**32 - 1])
def test_a_vector_longer_than_the_message_is_damage(n: int) -> None:
    data = buffer_of([far(0, 0, 1)], vector(b"abcd", n))
    for ask in (lambda t: t.text(0), lambda t: t.longs(0), lambda t: t.tables(0)):
        with pytest.raises(Damage, match="longer than the message"):
            ask(root(data))


def test_a_vector_may_end_with_the_message_and_not_behind_it() -> None:
    assert root(buffer_of([far(0, 0, 1)], vector(b"abcd", 4))).text(0) == "abcd"
    exact = buffer_of([far(0, 0, 1)], vector(struct.pack("<2q", 7, 8), width=8))
    assert root(exact).longs(0) == [(7,), (8,)]
    with pytest.raises(Damage):
        root(exact[:-1]).longs(0)


def test_a_name_that_is_no_text_is_damage() -> None:
    with pytest.raises(Damage, match="no UTF-8"):
        root(buffer_of([far(0, 0, 1)], vector(b"\xff\xfe"))).text(0)


def test_a_table_may_refer_to_itself_and_no_walk_is_endless() -> None:
    """A reference of 0 leads to its own place: what is read there is bounded by the bytes, and never recursive."""
    data = buffer_of([struct.pack("<I", 0)])
    inner = root(data).table(0)
    assert isinstance(inner, FlatTable)
    with pytest.raises(Damage):  # noqa: PT012 (where in the walk it shows does not matter)
        for _ in range(10_000):
            following = inner.table(0)
            if following is None or following.at <= inner.at:
                raise Damage("it stands still")
            inner = following


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 8))
def test_any_bytes_are_read_or_refused(data: bytes, slot: int) -> None:
    asked = (
        lambda t: t.scalar(slot, "q"),
        lambda t: t.table(slot),
        lambda t: t.tables(slot),
        lambda t: t.longs(slot, 2),
        lambda t: t.text(slot),
    )
    for ask in asked:
        try:
            found = ask(root(data))
        except Damage:
            continue
        assert len(found) <= len(data) if isinstance(found, list | str) else True
