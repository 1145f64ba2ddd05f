"""Arrow IPC to columns: a reader of the few parts of the format that observations need, safe on any bytes.

Every length and offset is held against the bytes that are there before it is used, and no memory is taken on the word
of the message. (General readers trust such words: a flipped bit makes them panic, or ask for all the memory.)

Read: stream and file; columns of integers, floats, strings (utf8, large, view), dictionaries of strings, timestamps;
uncompressed. Format: arrow.apache.org/docs/format/Columnar.html; its metadata are Flatbuffers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest.arrow_columns import Dictionaries, batch_of, concatenate, read_batch
from citybrain.ingest.arrow_schema import Column, Type, Unsupported, columns_of
from citybrain.ingest.cells import Cells, Numbers, Texts
from citybrain.ingest.flatbuffer import Damage, FlatTable, root
from citybrain.ingest.json_rows import too_many_rows
from citybrain.ingest.json_strict import MESSAGE
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reason, Reject, describe
from citybrain.ingest.schema import SCHEMA
from citybrain.settings import Settings

__all__ = ["read_arrow"]

MAGIC = b"ARROW1"
_CONTINUES = 0xFFFFFFFF
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3  # MessageHeader
_VERSIONS = (3, 4)  # MetadataVersion V4, V5


@dataclass
class _Stream:
    """What a stream has said so far."""

    rows_max: int
    columns: tuple[Column, ...] | None = None
    dictionaries: Dictionaries = field(default_factory=dict)
    batches: list[list[Numbers | Texts]] = field(default_factory=list)
    n: int = 0

    def take(self, header: int, table: FlatTable, body: NDArray[np.uint8]) -> None:
        if header == _SCHEMA and self.columns is None:
            self.columns = columns_of(table)
        elif self.columns is None:
            raise Damage("rows before their schema")
        elif header == _DICTIONARY:
            self._take_dictionary(table, body)
        elif header == _BATCH:
            batch = batch_of(table, body, self.rows_max)
            self.n += batch.n
            self.batches.append(read_batch(batch, self.columns, self.dictionaries))
        else:
            raise Damage("a message that is no schema, dictionary or batch")

    def _take_dictionary(self, table: FlatTable, body: NDArray[np.uint8]) -> None:
        if table.scalar(2, "B"):
            raise Unsupported("dictionaries that grow")
        number, data = max(0, table.scalar(0, "q")), table.table(1)
        form = next((c.type for c in self.columns or () if c.dictionary == number), None)
        if data is None or form is None:
            raise Damage("a dictionary of no column")
        found = read_batch(batch_of(data, body, self.rows_max), (Column("", Type(form)),), {})[0]
        if not isinstance(found, Texts):
            raise Damage("a dictionary of no strings")
        self.dictionaries[number] = found


def read_arrow(kind: Kind, body: bytes, settings: Settings) -> tuple[Cells, list[Reject]]:
    """The rows of a stream, or of a file. Never raises."""
    stream = _Stream(8 * len(body))
    try:
        _take_all(stream, body)
        if stream.columns is None:
            raise Damage("no schema")
    except Damage as found:
        return _refused(Reason.MALFORMED, f"{len(body)} bytes with {found}", "an Arrow IPC stream or file")
    except Unsupported as found:
        expected = "integers, floats, strings, timestamps; uncompressed"
        return _refused(Reason.UNSUPPORTED, str(found), expected, _claimed_rows(body, settings.message_rows_max))
    if stream.n > settings.message_rows_max:
        return _nothing(), [too_many_rows(stream.n, settings)]
    return _cells(kind, stream.columns, stream)


def _take_all(stream: _Stream, body: bytes) -> None:
    (_take_file if body.startswith(MAGIC) else _take_stream)(stream, body)


def _take_stream(stream: _Stream, body: bytes) -> None:
    """Message after message, to the mark of the end or the end of the bytes."""
    at = 0
    while at < len(body):
        after = _take_message(stream, body, at)
        if after is None:
            return
        at = after


def _take_file(stream: _Stream, body: bytes) -> None:
    """The messages that the footer names (format/File.fbs): dictionaries first, then batches."""
    if len(body) < 18 or not body.endswith(MAGIC):
        raise Damage("a cut file")
    size = struct.unpack_from("<I", body, len(body) - 10)[0]
    if size > len(body) - 18:
        raise Damage("a footer longer than the file")
    footer = root(body[len(body) - 10 - size : len(body) - 10])
    schema = footer.table(1)
    if schema is None:
        raise Damage("no schema")
    stream.take(_SCHEMA, schema, np.zeros(0, np.uint8))
    blocks = footer.longs(2, 3) + footer.longs(3, 3)
    if len(blocks) > len(body) // 16:
        raise Damage("more blocks than bytes")
    for offset, _, _ in blocks:
        if _take_message(stream, body, offset) is None:
            raise Damage("a block without message")


def _take_message(stream: _Stream, body: bytes, at: int) -> int | None:
    """Take the message at a place and tell where it ends; None = the mark of the end stands there."""
    size, at = _u32(body, at), at + 4
    if size == _CONTINUES:
        size, at = _u32(body, at), at + 4
    if size == 0:
        return None
    if at + size > len(body):
        raise Damage("a cut message")
    message = root(body[at : at + size])
    header, data_size, at = message.table(2), message.scalar(3, "q"), at + size
    if message.scalar(0, "h") not in _VERSIONS or header is None:
        raise Damage("a message of another version")
    if not 0 <= data_size <= len(body) - at:
        raise Damage("cut data")
    stream.take(message.scalar(1, "B"), header, np.frombuffer(body, np.uint8, data_size, at))
    return at + data_size


def _u32(body: bytes, at: int) -> int:
    if not 0 <= at <= len(body) - 4:
        raise Damage("a cut message")
    return int(struct.unpack_from("<I", body, at)[0])


def _cells(kind: Kind, columns: tuple[Column, ...], stream: _Stream) -> tuple[Cells, list[Reject]]:
    names = [column.name for column in columns]
    known = {field.name for field in SCHEMA[kind]}
    fault = None
    if len(set(names)) < len(names):
        fault = Reject(Reason.DUPLICATE_KEY, MESSAGE, "", "a column twice", "every column once", stream.n)
    elif unknown := [name for name in names if name not in known]:
        expected = "only " + ", ".join(f.name for f in SCHEMA[kind])
        fault = Reject(
            Reason.UNKNOWN_FIELD, MESSAGE, "", f"a column named by {describe(unknown[0])}", expected, stream.n
        )
    if fault is not None:
        return _nothing(), [fault] if stream.n else []
    parts = zip(*stream.batches, strict=True) if stream.batches else ()
    whole = [concatenate(list(part)) for part in parts]
    return Cells(np.arange(stream.n), dict(zip(names, whole, strict=False))), []


def _nothing() -> Cells:
    return Cells(np.zeros(0, np.int64), {})


def _refused(reason: Reason, found: str, expected: str, rows: int = 1) -> tuple[Cells, list[Reject]]:
    return _nothing(), [Reject(reason, MESSAGE, "", found, expected, rows)]


class _Counter(_Stream):
    """Counts the rows of a stream that cannot be read."""

    def take(self, header: int, table: FlatTable, body: NDArray[np.uint8]) -> None:  # noqa: ARG002
        if header == _BATCH:
            self.n += max(0, table.scalar(0, "q"))


def _claimed_rows(body: bytes, rows_max: int) -> int:
    """How many rows an unread message says that it has; 1 when it says nothing that can be."""
    counter = _Counter(rows_max)
    try:
        _take_all(counter, body)
    except Damage:
        return 1
    return counter.n if 0 < counter.n <= min(rows_max, 8 * len(body)) else 1
