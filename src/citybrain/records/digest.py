"""One number that says whether two states are the same, bit for bit."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

_DEPTH_MAX = 32


def digest(state: Any) -> str:
    """64 hexadecimal digits over a tree of dataclasses, dicts, lists, tuples, arrays and plain values.

    Types, names, shapes and array types count; the order of a dict's keys does not. Nans of arrays are the
    same when their bits are; 0.0 and -0.0 are not. Raises TypeError for anything else (a set, a function).
    """
    found = hashlib.blake2b(digest_size=32)
    for part in _parts(state, 0):
        found.update(part)
    return found.hexdigest()


def _parts(value: Any, depth: int) -> Iterator[bytes | memoryview]:
    if depth > _DEPTH_MAX:
        raise TypeError(f"digest: more than {_DEPTH_MAX} levels")
    plain = _plain(value)
    if plain is not None:
        yield _headed(type(value).__name__, plain)
    elif isinstance(value, np.ndarray):
        yield from _array(value, depth)
    elif isinstance(value, np.random.Generator):
        yield from _named("Generator", [("state", value.bit_generator.state)], depth)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _named(type(value).__name__, [(f.name, getattr(value, f.name)) for f in fields(value)], depth)
    elif isinstance(value, Mapping):
        yield from _named("dict", sorted(value.items(), key=lambda item: repr(item[0])), depth)
    elif isinstance(value, list | tuple):
        yield _headed(type(value).__name__, struct.pack("<q", len(value)))
        for item in value:
            yield from _parts(item, depth + 1)
    else:
        raise TypeError(f"digest: a {type(value).__name__} has no digest")


def _plain(value: Any) -> bytes | None:
    """Bytes of a plain value; None for anything else."""
    if isinstance(value, Enum):
        return repr(value.value).encode()
    if isinstance(value, np.generic):
        return value.dtype.str.encode() + value.tobytes()
    if isinstance(value, float):
        return struct.pack("<d", math.nan if math.isnan(value) else value)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if value is None or isinstance(value, bool | int):
        return repr(value).encode()
    return None


def _headed(kind: str, body: bytes) -> bytes:
    """Kind, length, body: no two different sequences of values give the same bytes."""
    return kind.encode() + struct.pack("<xq", len(body)) + body


def _array(array: np.ndarray[Any, Any], depth: int) -> Iterator[bytes | memoryview]:
    yield _headed("ndarray", f"{array.dtype.descr if array.dtype.names else array.dtype.str}{array.shape}".encode())
    if array.dtype.hasobject:
        for item in array.ravel().tolist():
            yield from _parts(item, depth + 1)
    else:
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _named(kind: str, items: list[tuple[Any, Any]], depth: int) -> Iterator[bytes | memoryview]:
    yield _headed(kind, struct.pack("<q", len(items)))
    for name, value in items:
        yield from _parts(name, depth + 1)
        yield from _parts(value, depth + 1)
