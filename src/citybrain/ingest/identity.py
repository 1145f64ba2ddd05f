"""What makes two rows the same event, as 64-bit hashes: made from values only, so the same in every process."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest.kinds import Kind, kind_of

__all__ = ["IDENTITY", "content_of", "keys_of", "text_keys"]

U64 = NDArray[np.uint64]

IDENTITY: dict[Kind, tuple[str, ...]] = {
    Kind.PASSAGE: ("time_s", "sensor", "plate"),
    Kind.COUNT: ("time_s", "sensor", "interval_s"),
    Kind.PROBE: ("time_s", "vehicle"),
    Kind.SIGNAL: ("time_s", "group"),
    Kind.TRANSIT: ("time_s", "vehicle"),
    Kind.PARKING: ("time_s", "facility"),
    Kind.REPORT: ("time_s", "report"),
    Kind.WEATHER: ("time_s", "station"),
    Kind.EMERGENCY: ("time_s", "vehicle"),
}
_ARRIVAL = "received_s"  # when a row came is no part of what it says


def keys_of(source: str, table: Any) -> U64:
    """Identity [n] of the rows: the source, the kind, and what the kind is told apart by."""
    kind = kind_of(table)
    return _hash(_seed(f"{source}|{kind}"), [getattr(table, name) for name in IDENTITY[kind]])


def content_of(table: Any) -> U64:
    """Hash [n] of everything that the rows say."""
    names = [column.name for column in fields(table) if column.name != _ARRIVAL]
    return _hash(_seed(kind_of(table)), [getattr(table, name) for name in names])


def text_keys(texts: NDArray[np.object_]) -> U64:
    """Hash [n] of each text."""
    known = {text: _seed(text) for text in set(texts.tolist())}
    return np.array([known[text] for text in texts.tolist()], np.uint64)


def _seed(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def _hash(seed: np.uint64, parts: list[NDArray[Any]]) -> U64:
    found = np.full(parts[0].size, seed, np.uint64)
    for part in parts:
        found = _mix(found ^ _bits(part))
    return found


def _bits(column: NDArray[Any]) -> U64:
    if column.dtype == object:
        return text_keys(column)
    if column.dtype.kind == "f":  # +0.0 makes one zero of two
        return (column.astype(np.float64) + 0.0).view(np.uint64)
    return column.astype(np.int64).view(np.uint64) if column.dtype.kind == "i" else column.astype(np.uint64)


def _mix(x: U64) -> U64:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output."""
    x = x + _GOLDEN
    x = (x ^ (x >> _SHIFTS[0])) * _FACTORS[0]
    x = (x ^ (x >> _SHIFTS[1])) * _FACTORS[1]
    return x ^ (x >> _SHIFTS[2])


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
