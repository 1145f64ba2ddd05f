"""Beats of a run as chunks of bytes, and back, exactly: what a recording's file consists of.

A *beat* is what one look gave and the commands that followed it. A chunk holds some beats as columns: rows of a kind
from all its beats one after another, and how many belong to each. In the file, little-endian:

    "CBC" version u8 | bytes u32 | crc32 of the bytes u32 | the bytes, packed by zlib

Unpacked they are parts, each `bytes u32 | bytes`: the beats' times (f64), commands by beat (u32), rows by beat and
kind (u32 [beats, 8]), signal (i32), stage (i32) and end (f64) of all commands, and for each kind its table
(`ingest.codec`), or nothing where there is no row.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.errors import FormatError
from citybrain.ingest.codec import decode, encode
from citybrain.ingest.kinds import RECORDS
from citybrain.records.command import Commands
from citybrain.records.observations import Observations, empty, join, take

__all__ = ["HEAD_BYTES", "VERSION", "Beat", "pack", "scan", "unpack"]

VERSION = 1
LEVEL = 1  # of zlib: four times faster than its default, and a tenth larger
_MAGIC = b"CBC"
_HEAD = struct.Struct("<3sBII")
_PART = struct.Struct("<I")
HEAD_BYTES = _HEAD.size
UNPACKED_MAX = 1 << 30  # of one chunk: a wrong number must not ask for all the memory
_TABLES = tuple(type(table) for table in Observations(0.0).tables())


@dataclass(frozen=True, eq=False)
class Beat:
    """One look, and the commands between it and the next."""

    seen: Observations
    commands: tuple[Commands, ...] = ()


def pack(beats: Sequence[Beat]) -> bytes:
    """A chunk of some beats, as it stands in the file."""
    asked = [commands for beat in beats for commands in beat.commands]
    counts = np.array([[table.time_s.size for table in beat.seen.tables()] for beat in beats], "<u4")
    parts = [
        np.array([beat.seen.time_s for beat in beats], "<f8").tobytes(),
        np.array([len(beat.commands) for beat in beats], "<u4").tobytes(),
        counts.tobytes(),
        np.array([commands.signal.size for commands in asked], "<u4").tobytes(),
        *(_column(asked, name, dtype) for name, dtype in _COMMANDS),
    ]
    for k, rows in enumerate(zip(*(beat.seen.tables() for beat in beats), strict=True)):
        parts.append(encode(join([table for table in rows if table.time_s.size])) if counts[:, k].any() else b"")
    body = zlib.compress(b"".join(_PART.pack(len(part)) + part for part in parts), LEVEL)
    return _HEAD.pack(_MAGIC, VERSION, len(body), zlib.crc32(body)) + body


_COMMANDS = (("signal", "<i4"), ("stage", "<i4"), ("expires_s", "<f8"))


def _column(asked: list[Commands], name: str, dtype: str) -> bytes:
    return b"".join(np.ascontiguousarray(getattr(commands, name), dtype).tobytes() for commands in asked)


def scan(data: memoryview, name: str) -> Iterator[tuple[int, int] | FormatError]:
    """(begin, end) of the body of each whole chunk; then the error if what follows is none, and nothing after it."""
    at = 0
    while at < len(data):
        if at + HEAD_BYTES > len(data):
            yield FormatError(name, f"byte {at}", f"{len(data) - at} bytes", f"a chunk's head of {HEAD_BYTES}")
            return
        magic, version, size, crc = _HEAD.unpack_from(data, at)
        begin, end = at + HEAD_BYTES, at + HEAD_BYTES + size
        if magic != _MAGIC or version != VERSION:
            yield FormatError(name, f"byte {at}", f"{magic!r} version {version}", f"{_MAGIC!r} version {VERSION}")
            return
        if end > len(data):
            yield FormatError(name, f"byte {at}", f"a chunk cut off after {len(data) - begin} bytes", f"{size}")
            return
        if zlib.crc32(data[begin:end]) != crc:
            yield FormatError(name, f"byte {at}", "a chunk whose checksum is another one", "that of its bytes")
            return
        yield begin, end
        at = end


def unpack(body: bytes | memoryview, name: str) -> list[Beat]:
    """The beats of a chunk's body. Raises FormatError where it does not fit together."""
    try:
        parts = _split(_inflate(body))
        times = np.frombuffer(parts[0], "<f8")
        n = times.size
        n_commands, rows = np.frombuffer(parts[1], "<u4", n), np.frombuffer(parts[2], "<u4").reshape(n, len(_TABLES))
        commands = iter(_commands(parts[3:7]))
        tables = [_cut(part, kind, rows[:, k]) for k, (part, kind) in enumerate(zip(parts[7:], _TABLES, strict=True))]
        return [
            Beat(
                Observations(float(times[i]), *(table[i] for table in tables)),
                tuple(next(commands) for _ in range(n_commands[i])),
            )
            for i in range(n)
        ]
    except (zlib.error, ValueError, IndexError, StopIteration, RuntimeError, struct.error) as error:
        raise FormatError(name, "chunk", " ".join(str(error).split()) or type(error).__name__, "whole parts") from error


def _inflate(body: bytes | memoryview) -> bytes:
    unpacker = zlib.decompressobj()
    whole = unpacker.decompress(body, UNPACKED_MAX)
    if not unpacker.eof:
        raise ValueError(f"more than {UNPACKED_MAX} bytes, or cut off")
    return whole


def _split(whole: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(whole):
        (size,) = _PART.unpack_from(whole, at)
        at += _PART.size
        if at + size > len(whole):
            raise ValueError(f"a part of {size} bytes at {at}")
        parts.append(whole[at : at + size])
        at += size
    return parts


def _commands(parts: list[bytes]) -> list[Commands]:
    ends = np.cumsum(np.frombuffer(parts[0], "<u4"))[:-1]
    columns = [
        np.split(np.frombuffer(part, dtype).astype(dtype[1:]), ends)
        for part, (_, dtype) in zip(parts[1:], _COMMANDS, strict=True)
    ]
    return [] if not len(parts[0]) else [Commands(*row) for row in zip(*columns, strict=True)]


def _cut(part: bytes, kind: Any, n_rows: Any) -> list[Any]:
    """The table of each beat."""
    none = empty(kind)
    if not part:
        return [none] * len(n_rows)
    whole: Any = decode(part)
    ends = np.cumsum(n_rows, dtype=np.int64)
    if type(whole) is not kind or whole.time_s.size != ends[-1]:
        raise ValueError(f"{whole.time_s.size} rows of {type(whole).__name__}; expected {ends[-1]} of {kind.__name__}")
    starts = ends - n_rows
    return [take(whole, slice(int(a), int(b))) if b > a else none for a, b in zip(starts, ends, strict=True)]


assert set(_TABLES) == set(RECORDS.values())
