"""From the buffers of an Arrow record batch to columns; no buffer is believed before it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest._kernels import gather
from citybrain.ingest.arrow_schema import Column, Type, Unsupported
from citybrain.ingest.cells import Numbers, Texts
from citybrain.ingest.flatbuffer import Damage, FlatTable

__all__ = ["Batch", "concatenate", "read_batch"]

_NO_ZONE = "1970-01-01T00:00:00"  # stands for a timestamp without zone, and is refused for that
_VIEW = np.dtype([("size", "<i4"), ("head", "V4"), ("buffer", "<i4"), ("offset", "<i4")])
_INLINE = 12  # bytes of a view that hold the text itself, when it is no longer
Dictionaries = dict[int, Texts]


@dataclass
class Batch:
    """A record batch while it is read: its nodes and buffers are taken in the order of the columns."""

    n: int
    nodes: list[tuple[int, ...]]
    buffers: list[NDArray[np.uint8]]
    views: list[int]  # further buffers of each column of views

    def node(self) -> int:
        """Nulls of the next column."""
        if not self.nodes:
            raise Damage("fewer columns than announced")
        n, nulls = self.nodes.pop(0)
        if n != self.n or not 0 <= nulls <= n:
            raise Damage("a column of another length")
        return nulls

    def bytes(self) -> NDArray[np.uint8]:
        """The next buffer."""
        if not self.buffers:
            raise Damage("fewer buffers than announced")
        return self.buffers.pop(0)

    def numbers(self, dtype: str, n: int) -> NDArray[Any]:
        """The next buffer as n numbers."""
        data, width = self.bytes(), np.dtype(dtype).itemsize
        if data.size < n * width:
            raise Damage("a buffer shorter than its column")
        return data[: n * width].view(dtype) if n else np.zeros(0, dtype)

    def valid(self, nulls: int) -> NDArray[np.bool_]:
        """The next buffer as bits of presence; it may be empty where nothing is null."""
        data = self.bytes()
        if data.size == 0 and nulls == 0:
            return np.ones(self.n, np.bool_)
        if 8 * data.size < self.n:
            raise Damage("a validity buffer shorter than its column")
        return np.unpackbits(data, count=self.n, bitorder="little").view(np.bool_)


def batch_of(table: FlatTable, body: NDArray[np.uint8], rows_max: int) -> Batch:
    """The parts of a record batch (format/Message.fbs). Raises Damage or Unsupported."""
    if table.table(3) is not None:
        raise Unsupported("compression")
    n = table.scalar(0, "q")
    if not 0 <= n <= rows_max:
        raise Damage("a strange number of rows")
    buffers = []
    for offset, size in table.longs(2, 2):
        if offset < 0 or size < 0 or offset + size > body.size:
            raise Damage("a buffer outside the message")
        buffers.append(body[offset : offset + size])
    return Batch(n, table.longs(1, 2), buffers, [count for (count,) in table.longs(4)])


def read_batch(batch: Batch, columns: tuple[Column, ...], dictionaries: Dictionaries) -> list[Numbers | Texts]:
    """The columns of a batch."""
    return [_column(batch, column, dictionaries) for column in columns]


def _column(batch: Batch, column: Column, dictionaries: Dictionaries) -> Numbers | Texts:
    nulls = batch.node()
    if column.type is Type.NULL:
        return Numbers(np.full(batch.n, np.nan), np.zeros(batch.n, np.bool_))
    present = batch.valid(nulls)
    if column.dictionary >= 0:
        return _from_dictionary(batch.numbers(column.dtype, batch.n), present, dictionaries.get(column.dictionary))
    if column.type is Type.UTF8_VIEW:
        return _views(batch, present)
    if column.type in (Type.UTF8, Type.LARGE_UTF8):
        return _texts(batch, present, "<i4" if column.type is Type.UTF8 else "<i8")
    with np.errstate(invalid="ignore"):  # a signalling nan becomes a quiet one, which is refused as any other
        values = batch.numbers(column.dtype, batch.n).astype(np.float64)
    if column.type is Type.TIMESTAMP:
        if not column.zone:
            return Texts.of([_NO_ZONE if there else None for there in present.tolist()])
        values /= column.units_per_s
    if not present.all():
        values[~present] = np.nan
    return Numbers(values, present)


def _texts(batch: Batch, present: NDArray[np.bool_], dtype: str) -> Texts:
    offset = batch.bytes()
    width = np.dtype(dtype).itemsize
    if batch.n and offset.size < width * (batch.n + 1):
        raise Damage("fewer offsets than rows")
    data = batch.bytes()
    ends = offset[: width * (batch.n + 1)].view(dtype).astype(np.int64) if batch.n else np.zeros(1, np.int64)
    if ends[0] < 0 or ends[-1] > data.size or bool((ends[1:] < ends[:-1]).any()):
        raise Damage("offsets that do not rise, or lead outside")
    return Texts(data, ends, present)


def _views(batch: Batch, present: NDArray[np.bool_]) -> Texts:
    """Strings of views: short ones inside the view, long ones in one of the further buffers."""
    raw = batch.numbers("V16", batch.n).view(np.uint8) if batch.n else np.zeros(0, np.uint8)
    views = raw.view(_VIEW)
    if not batch.views:
        raise Damage("views without a count of their buffers")
    n_more = batch.views.pop(0)
    if not 0 <= n_more <= len(batch.buffers):
        raise Damage("fewer buffers than announced")
    parts = [raw, *(batch.bytes() for _ in range(n_more))]
    size = np.where(present, views["size"], 0).astype(np.int64)
    long = size > _INLINE
    chosen = np.where(long, views["buffer"], 0).astype(np.int64)
    if bool((size < 0).any()) or bool((long & ((chosen < 0) | (chosen >= n_more))).any()):
        raise Damage("a view of no buffer")
    begins = np.cumsum([0, *(part.size for part in parts)])
    at = np.where(long, views["offset"], 16 * np.arange(batch.n) + 4).astype(np.int64)
    part = np.where(long, chosen + 1, 0)
    if bool((at < 0).any()) or bool((at + size > (begins[1:] - begins[:-1])[part]).any()):
        raise Damage("a view outside its buffer")
    if int(size.sum()) > sum(part.size for part in parts):  # views may overlap: no message unfolds to more than itself
        raise Damage("more text than bytes")
    return Texts(*gather(np.concatenate(parts), begins[part] + at, size), present)


def _from_dictionary(index: NDArray[Any], present: NDArray[np.bool_], values: Texts | None) -> Texts:
    if values is None:
        raise Damage("an unknown dictionary")
    chosen = np.where(present, index, 0).astype(np.int64)
    if bool((present & ((index < 0) | (chosen >= len(values)))).any()):
        raise Damage("an index outside its dictionary")
    if not len(values):
        return Texts(np.zeros(0, np.uint8), np.zeros(present.size + 1, np.int64), present)
    size = np.where(present, values.n_bytes[chosen], 0)
    if int(size.sum()) > TEXT_MAX:
        raise Damage("a dictionary that unfolds to too much text")
    return Texts(*gather(values.data, values.offset[chosen], size), present & values.present[chosen])


TEXT_MAX = 1 << 28  # bytes that the dictionaries of a message may unfold to


def concatenate(parts: list[Numbers | Texts]) -> Numbers | Texts:
    """Columns of one type, one after another."""
    first = parts[0]
    if len(parts) == 1:
        return first
    present = np.concatenate([part.present for part in parts])
    if isinstance(first, Numbers):
        return Numbers(np.concatenate([part.values for part in parts if isinstance(part, Numbers)]), present)
    texts = [part for part in parts if isinstance(part, Texts)]
    data = [part.data[part.offset[0] : part.offset[-1]] for part in texts]
    size = np.concatenate([part.n_bytes for part in texts])
    return Texts(np.concatenate(data), np.concatenate(([0], np.cumsum(size))), present)
