"""Mapbox Vector Tiles, version 2.1, written directly: what is in a tile, cut at its edge, as the bytes of the standard.

Courses are projected to Web Mercator and cut by Liang and Barsky's method (ACM Transactions on Graphics 3, 1984), all
stretches at once; the shapes of a tile stay the same from beat to beat, only the values beside them change.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I64

EXTENT = 4096
MARGIN = 64.0  # beyond the edge, so that wide lines meet
ZOOM_MAX = 22
POINT, LINE = 1, 2
_MOVE, _DRAW = 1, 2
LATITUDE_MAX = 85.0511287798066  # where Web Mercator is cut to a square
Tag = str | float | int | bool


@dataclass(frozen=True)
class Tile:
    """z/x/y as of a slippy map."""

    z: int
    x: int
    y: int

    @property
    def there(self) -> bool:
        return 0 <= self.z <= ZOOM_MAX and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    def places(self, x: F64, y: F64) -> tuple[F64, F64]:
        """Units of the tile, 0 to EXTENT inside it, of places of the unit square."""
        scale = float(1 << self.z)
        return (x * scale - self.x) * EXTENT, (y * scale - self.y) * EXTENT


@dataclass(frozen=True)
class Shape:
    """What stands in a tile: the row that it is of, and its commands."""

    row: int
    geometry: bytes


def mercator(lon: F64, lat: F64) -> tuple[F64, F64]:
    """Web Mercator in the unit square: x eastwards from 180° west, y southwards."""
    radians = np.radians(np.clip(lat, -LATITUDE_MAX, LATITUDE_MAX))
    return (lon + 180.0) / 360.0, (1.0 - np.arcsinh(np.tan(radians)) / math.pi) / 2.0


# ---- shapes ----


def points_of(tile: Tile, x: F64, y: F64) -> list[Shape]:
    """Places of the unit square that lie in a tile."""
    px, py = tile.places(x, y)
    inside = np.flatnonzero((px >= 0.0) & (px < EXTENT) & (py >= 0.0) & (py < EXTENT))
    return [Shape(int(i), _commands([[(round(px[i]), round(py[i]))]], POINT)) for i in inside]


def lines_of(tile: Tile, x: F64, y: F64, offset: I64, chosen: I64) -> list[Shape]:
    """Of the joined courses (line i has the points offset[i] : offset[i + 1]), those of `chosen`, cut at the edge."""
    counts = np.diff(offset)[chosen]
    stretch = np.repeat(offset[chosen], np.maximum(counts - 1, 0)) + _within(np.maximum(counts - 1, 0))
    owner = np.repeat(chosen, np.maximum(counts - 1, 0))
    px, py = tile.places(x, y)
    begin, end = _cut(px[stretch], py[stretch], px[stretch + 1], py[stretch + 1])
    kept = np.flatnonzero(begin < end)
    dx, dy = px[stretch + 1] - px[stretch], py[stretch + 1] - py[stretch]
    ends = np.rint(
        [px[stretch] + begin * dx, py[stretch] + begin * dy, px[stretch] + end * dx, py[stretch] + end * dy]
    )[:, kept]
    joined = (begin[kept] == 0.0) & (np.roll(end[kept], 1) == 1.0) & (np.roll(kept, 1) == kept - 1)
    joined &= np.roll(owner[kept], 1) == owner[kept]
    return _chained(owner[kept].tolist(), ends.T.astype(int).tolist(), joined.tolist())


def _within(counts: I64) -> I64:
    """0, 1, ... in each of some groups, one after another."""
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(first.size) - first


def _cut(x0: F64, y0: F64, x1: F64, y1: F64) -> tuple[F64, F64]:
    """Which part of stretches lies within the tile and its margin: shares 0 to 1; begin >= end where none does."""
    begin, end = np.zeros(x0.size), np.ones(x0.size)
    low, high = -MARGIN, EXTENT + MARGIN
    for delta, gap in ((x0 - x1, x0 - low), (x1 - x0, high - x0), (y0 - y1, y0 - low), (y1 - y0, high - y0)):
        share = np.divide(gap, delta, out=np.zeros(gap.size), where=delta != 0.0)
        begin = np.where(delta < 0.0, np.maximum(begin, share), begin)
        end = np.where(delta > 0.0, np.minimum(end, share), end)
        end = np.where((delta == 0.0) & (gap < 0.0), -1.0, end)
    return begin, end


def _chained(owners: list[int], ends: list[list[int]], joined: list[bool]) -> list[Shape]:
    """Stretches that follow one another become lines, and the lines of one row a shape."""
    parts: dict[int, list[list[tuple[int, int]]]] = {}
    for owner, (x0, y0, x1, y1), goes_on in zip(owners, ends, joined, strict=True):
        lines = parts.setdefault(owner, [])
        if not (goes_on and lines):
            lines.append([(x0, y0)])
        if lines[-1][-1] != (x1, y1):  # nothing is drawn where both ends fall on the same unit
            lines[-1].append((x1, y1))
    shapes = ((row, [line for line in lines if len(line) > 1]) for row, lines in parts.items())
    return [Shape(row, _commands(lines, LINE)) for row, lines in shapes if lines]


def _commands(lines: Sequence[Sequence[tuple[int, int]]], kind: int) -> bytes:
    """Commands of section 4.3: a move to the first point, a draw through the others, in steps from point to point."""
    numbers: list[int] = []
    x = y = 0
    for line in lines:
        for k, (to_x, to_y) in enumerate(line):
            if k == 0:
                numbers.append(_MOVE | 1 << 3)
            elif k == 1:
                numbers.append(_DRAW | (len(line) - 1) << 3)
            numbers += (_zigzag(to_x - x), _zigzag(to_y - y))
            x, y = to_x, to_y
    assert kind == LINE or len(numbers) == 3
    return b"".join(map(varint, numbers))


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


# ---- bytes ----


def varint(value: int) -> bytes:
    """Seven bits a byte, lowest first."""
    if value < 0x80:
        return bytes((value,))
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _sized(number: int, body: bytes) -> bytes:
    """A field of protobuf that carries its length."""
    return varint(number << 3 | 2) + varint(len(body)) + body


@dataclass(frozen=True, eq=False)
class Known:
    """A column of values of some shapes: `values` [n_kinds] are those that there are, `which` [n] the one of each.

    -1 = not known, and the shape has no such tag then.
    """

    values: Sequence[Tag]
    which: NDArray[np.integer]

    @classmethod
    def of_numbers(cls, numbers: NDArray[np.floating], decimals: int) -> Known:
        """Numbers with so many decimals; nan = not known."""
        known = np.isfinite(numbers)
        values, inverse = np.unique(np.round(numbers[known].astype(np.float64), decimals), return_inverse=True)
        which = np.full(numbers.size, -1)
        which[known] = inverse
        return cls(values.tolist(), which)


class Sheet:
    """The shapes of a tile with what never changes of them: made once, filled with values as often as is asked.

    `tags` are the lasting ones of each shape. What can be encoded before is encoded here, for there may be thousands of
    shapes and a tile is made at every beat.
    """

    def __init__(
        self, name: str, kind: int, shapes: Sequence[Shape], tags: Iterable[Iterable[tuple[str, Tag]]]
    ) -> None:
        self.rows: I64 = np.array([shape.row for shape in shapes], np.int64)
        self._name = name
        self._keys: dict[str, int] = {}
        values: dict[tuple[type, Tag], int] = {}
        self._parts: list[tuple[bytes, bytes, bytes]] = []  # of each shape: its number, its lasting tags, its geometry
        for shape, known in zip(shapes, tags, strict=True):
            numbers = b"".join(
                varint(self._key(key)) + varint(values.setdefault((type(value), value), len(values)))
                for key, value in known
            )
            geometry = b"\x18" + varint(kind) + _sized(4, shape.geometry)
            self._parts.append((b"\x08" + varint(shape.row), numbers, geometry))
        self._n_values = len(values)
        self._values = b"".join(_sized(4, _value_bytes(value)) for _, value in values)

    def _key(self, name: str) -> int:
        return self._keys.setdefault(name, len(self._keys))

    def encoded(self, columns: dict[str, Known]) -> bytes:
        """The tile with these values; nothing at all where no shape is in it, which is a valid tile too."""
        if not self._parts:
            return b""
        keys, told, n_values, values = dict(self._keys), [], self._n_values, [self._values]
        for name, known in columns.items():
            key = varint(keys.setdefault(name, len(keys)))
            pairs = [key + varint(n_values + k) for k in range(len(known.values))]
            pairs.append(b"")  # of -1
            told.append([pairs[k] for k in known.which.tolist()])
            n_values += len(known.values)
            values += [_sized(4, _value_bytes(value)) for value in known.values]
        rows = zip(*told, strict=True) if told else iter([()] * len(self._parts))
        features = []
        for (number, lasting, geometry), changing in zip(self._parts, rows, strict=True):
            tags = lasting + b"".join(changing)
            body = number + (b"\x12" + varint(len(tags)) + tags if tags else b"") + geometry
            features.append(b"\x12" + varint(len(body)) + body)
        head = _sized(1, self._name.encode()) + b"".join(features)
        named = b"".join(_sized(3, key.encode()) for key in keys)
        end = varint(5 << 3) + varint(EXTENT) + varint(15 << 3) + varint(2)
        return _sized(3, b"".join([head, named, *values, end]))


def _value_bytes(value: Tag) -> bytes:
    if isinstance(value, bool):
        return b"\x38" + (b"\x01" if value else b"\x00")
    if isinstance(value, str):
        return _sized(1, value.encode())
    if isinstance(value, int):
        return b"\x30" + varint(_zigzag(value))
    return b"\x19" + np.float64(value).tobytes()
