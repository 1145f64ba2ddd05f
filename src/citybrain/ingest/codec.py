"""Tables of observations to compact columnar bytes and back, exactly: what the durable log keeps of a batch.

Layout, little-endian, every part padded to 8 bytes:

    "CBT" version u8 | kind u8 | columns u8 | 0 u16 | rows u32 | 0 u32
    a column:  how u8 (0 plain, 1 the same value in all rows, 2 text) | 0 u8 × 3 | bytes u32 | its bytes, padded
    crc32 u32 of all before

Text is the offsets of its rows (u32, rows + 1) and then UTF-8. A column of one value costs one value.
"""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import FormatError, LimitError
from citybrain.ingest.kinds import KIND_OF, RECORDS, Kind
from citybrain.records.observations import DTYPES, ParkingCounts, ParkingState, columns

__all__ = ["ROWS_MAX", "VERSION", "decode", "encode"]

ROWS_MAX = 1 << 24  # of one table: a wrong number of rows must not ask for all the memory
VERSION = 1  # of the layout and of the records' columns: raised when either changes
_MAGIC = b"CBT"
_HEAD = struct.Struct("<3sBBBHII")
_COLUMN = struct.Struct("<B3xI")
_CRC = struct.Struct("<I")
_PLAIN, _SAME, _TEXT = 0, 1, 2
_KINDS = tuple(Kind)  # by their code: a new kind is appended
# Columns that were added to a kind after the first version: where they stand, and what tables without them say.
_ADDED: dict[type, tuple[int, int]] = {ParkingCounts: (5, ParkingState.OPEN)}


def encode(table: Any) -> bytes:
    """The bytes of a table of `records.observations`; `decode` gives the same table, bit for bit."""
    kind = KIND_OF[type(table)]
    if table.time_s.size > ROWS_MAX:
        raise LimitError(f"{table.time_s.size} rows exceed the limit {ROWS_MAX} of one table; split it")
    parts = [_HEAD.pack(_MAGIC, VERSION, _KINDS.index(kind), len(DTYPES[type(table)]), 0, table.time_s.size, 0)]
    for dtype, column in zip(DTYPES[type(table)], columns(table), strict=True):
        how, body = _encode_text(column) if dtype == "O" else _encode_numbers(column, dtype)
        parts += [_COLUMN.pack(how, len(body)), body, bytes(-len(body) % 8)]
    whole = b"".join(parts)
    return whole + _CRC.pack(zlib.crc32(whole))


def _encode_numbers(column: NDArray[Any], dtype: str) -> tuple[int, bytes]:
    plain = np.ascontiguousarray(column, np.dtype(dtype).newbyteorder("<"))
    bits = plain.view(f"u{plain.itemsize}")  # bits, for nan equals nothing
    if plain.size > 1 and bits[0] == bits[-1] and bool((bits == bits[0]).all()):
        return _SAME, plain[:1].tobytes()
    return _PLAIN, plain.tobytes()


def _encode_text(column: NDArray[np.object_]) -> tuple[int, bytes]:
    pieces = [text.encode("utf-8", "surrogatepass") for text in column.tolist()]
    offsets = np.zeros(len(pieces) + 1, "<u4")
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    return _TEXT, offsets.tobytes() + b"".join(pieces)


def decode(data: bytes) -> Any:
    """The table of some bytes of `encode`. Raises FormatError when they are damaged or of another version."""
    if len(data) < _HEAD.size + _CRC.size:
        raise _damage("length", f"{len(data)} bytes", f"at least {_HEAD.size + _CRC.size}")
    magic, version, code, n_columns, _, n, _ = _HEAD.unpack_from(data)
    if magic != _MAGIC or version != VERSION:
        raise _damage("head", f"{magic!r} version {version}", f"{_MAGIC!r} version {VERSION}")
    if zlib.crc32(memoryview(data)[: -_CRC.size]) != _CRC.unpack_from(data, len(data) - _CRC.size)[0]:
        raise _damage("checksum", "another one", "that of the bytes")
    if code >= len(_KINDS) or n_columns not in _widths(RECORDS[_KINDS[code]]):
        raise _damage("kind", f"code {code} with {n_columns} columns", "a kind of this version")
    if n > ROWS_MAX:
        raise _damage("rows", str(n), f"at most {ROWS_MAX}")
    return _table(data, RECORDS[_KINDS[code]], n, n_columns)


def _widths(records: type) -> tuple[int, ...]:
    """How many columns a table may have: all, or those before one was added."""
    whole = len(DTYPES[records])
    return (whole, whole - 1) if records in _ADDED else (whole,)


def _table(data: bytes, records: type, n: int, n_columns: int) -> Any:
    at, end = _HEAD.size, len(data) - _CRC.size
    arrays: list[NDArray[Any]] = []
    for i, dtype in enumerate(DTYPES[records]):
        if n_columns < len(DTYPES[records]) and i == _ADDED[records][0]:
            arrays.append(np.full(n, _ADDED[records][1], dtype))
            continue
        if at + _COLUMN.size > end:
            raise _damage(f"column {i}", "nothing", "its bytes")
        how, size = _COLUMN.unpack_from(data, at)
        at += _COLUMN.size
        if at + size > end:
            raise _damage(f"column {i}", f"{end - at} bytes", f"{size}")
        arrays.append(_column(data[at : at + size], how, dtype, n))
        at += size + -size % 8
    if at != end:
        raise _damage("end", f"{end - at} bytes more", "none")
    return records(*arrays)


def _column(body: bytes, how: int, dtype: str, n: int) -> NDArray[Any]:
    if (how == _TEXT) != (dtype == "O"):
        raise _damage("column", f"form {how}", "that of its type")
    if how == _TEXT:
        return _decode_text(body, n)
    width = np.dtype(dtype).itemsize
    if how not in (_PLAIN, _SAME) or len(body) != width * (1 if how == _SAME else n):
        raise _damage("column", f"{len(body)} bytes in form {how}", f"{n} rows of {width}")
    found = np.frombuffer(body, np.dtype(dtype).newbyteorder("<")).astype(dtype, copy=False)
    return np.full(n, found[0]) if how == _SAME else found


def _decode_text(body: bytes, n: int) -> NDArray[np.object_]:
    head = 4 * (n + 1)
    if len(body) < head:
        raise _damage("text", f"{len(body)} bytes", f"at least {head}")
    offsets = np.frombuffer(body, "<u4", n + 1).astype(np.int64)
    if offsets[0] != 0 or offsets[-1] != len(body) - head or bool((np.diff(offsets) < 0).any()):
        raise _damage("text", "offsets that do not rise to the end", "rising ones")
    found = np.empty(n, object)
    ends = (offsets + head).tolist()
    try:
        found[:] = [body[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(ends)]
    except UnicodeDecodeError:
        raise _damage("text", "bytes that are no UTF-8", "UTF-8") from None
    return found


def _damage(element: str, found: str, expected: str) -> FormatError:
    return FormatError("encoded batch", element, found, expected)
