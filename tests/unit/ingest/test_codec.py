"""Laws of the codec: what goes in comes out, bit for bit; no damage goes unseen or escapes as another error."""

from __future__ import annotations

import random
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from citybrain.errors import FormatError
from citybrain.ingest.codec import decode, encode
from citybrain.ingest.kinds import RECORDS, Kind
from citybrain.records.observations import DTYPES, columns, empty, take

STRINGS = ("", "a", "Zürich", "湖滨 7", "x" * 300, "line\nbreak", "\x00", "🚌", "\ud800")


def random_table(kind: Kind, n: int, seed: int) -> Any:
    """Any bits in any column."""
    rng = np.random.default_rng(seed)
    arrays: list[Any] = []
    for dtype in DTYPES[RECORDS[kind]]:
        if dtype == "O":
            column = np.empty(n, object)
            column[:] = [STRINGS[i] for i in rng.integers(0, len(STRINGS), n)]
        else:
            width = np.dtype(dtype).itemsize
            column = np.frombuffer(rng.bytes(width * n), dtype)
        arrays.append(column)
    return RECORDS[kind](*arrays)


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, types included."""
    pairs = list(zip(columns(one), columns(other), strict=True))
    return type(one) is type(other) and all(
        a.dtype == b.dtype and (a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes())
        for a, b in pairs
    )


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("n", [0, 1, 2, 7, 1000])
def test_a_table_comes_back_bit_for_bit(kind: Kind, n: int) -> None:
    table = random_table(kind, n, seed=n)
    assert same(decode(encode(table)), table)


def test_a_part_of_a_table_is_a_table_of_its_own() -> None:
    table = random_table(Kind.PASSAGE, 100, seed=1)
    assert same(decode(encode(take(table, slice(3, 90, 7)))), take(table, slice(3, 90, 7)))


def test_a_column_of_one_value_costs_one_value() -> None:
    table = random_table(Kind.PROBE, 1000, seed=2)
    flat = type(table)(*(np.full_like(column, column[0]) for column in columns(table)))
    assert same(decode(encode(flat)), flat)
    assert len(encode(flat)) < 200 < len(encode(table))
    nans = type(table)(*(np.full(5, np.nan, c.dtype) if c.dtype.kind == "f" else c[:5] for c in columns(table)))
    assert same(decode(encode(nans)), nans)


def test_minus_zero_is_not_zero() -> None:
    table = random_table(Kind.PROBE, 3, seed=3)
    x_m = np.array([0.0, -0.0, 0.0])
    mixed = type(table)(*(x_m if i == 3 else column for i, column in enumerate(columns(table))))
    assert same(decode(encode(mixed)), mixed)


@pytest.mark.parametrize("kind", [Kind.PASSAGE, Kind.TRANSIT])
def test_every_single_flipped_bit_is_seen(kind: Kind) -> None:
    data = encode(random_table(kind, 3, seed=4))
    for i in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[i // 8] ^= 1 << i % 8
        with pytest.raises(FormatError, match="encoded batch"):
            decode(bytes(damaged))


def test_every_cut_is_seen() -> None:
    data = encode(random_table(Kind.REPORT, 4, seed=5))
    for n in range(len(data)):
        with pytest.raises(FormatError):
            decode(data[:n])
    with pytest.raises(FormatError):
        decode(data + b"\0")


def test_damage_under_a_good_checksum_is_a_clear_error_or_a_table() -> None:
    """A liar who makes the checksum too can lie in values, never break the reader."""
    rng = random.Random(6)
    tables = [encode(random_table(kind, 5, seed=6)) for kind in Kind]
    refused = 0
    for _ in range(4000):
        damaged = bytearray(rng.choice(tables)[:-4])
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice((0, 1, 255, rng.randrange(256)))
        try:
            table = decode(bytes(damaged) + struct.pack("<I", zlib.crc32(damaged)))
            assert len({column.size for column in columns(table)}) == 1
        except FormatError:
            refused += 1
    assert refused > 400


def test_another_version_is_named() -> None:
    data = bytearray(encode(empty(RECORDS[Kind.COUNT])))
    data[3] = 9
    with pytest.raises(FormatError, match="version 9; expected b'CBT' version 1"):
        decode(bytes(data))


def test_a_wrong_number_of_rows_does_not_ask_for_all_the_memory() -> None:
    body = bytearray(encode(empty(RECORDS[Kind.COUNT]))[:-4])
    body[8:12] = b"\xff\xff\xff\xff"
    with pytest.raises(FormatError, match="at most 16777216"):
        decode(bytes(body) + struct.pack("<I", zlib.crc32(body)))
