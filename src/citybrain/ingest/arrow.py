"""Arrow IPC to columns: a reader of the few parts of the format that observations need, safe on any bytes.

Every length and offset is held against the bytes that are there before it is used, and no memory is taken on the word
of the message. (General readers trust such words: a flipped bit makes them panic, or ask for all the memory.)

Read: stream and file; columns of integers, floats, strings (utf8, large, view), dictionaries of strings, timestamps;
uncompressed. Format: arrow.apache.org/docs/format/Columnar.html; its metadata are Flatbuffers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
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
        for header, table, data in _messages(body):
            stream.take(header, table, data)
        if stream.columns is None:
            raise Damage("no schema")
    except Damage as found:
        return _refused(Reason.MALFORMED, f"{len(body)} bytes with {found}", "an Arrow IPC stream or file")
    except Unsupported as found:
        return _refused(Reason.UNSUPPORTED, str(found), "integers, floats, strings, timestamps; uncompressed")
    if stream.n > settings.message_rows_max:
        return _nothing(), [too_many_rows(stream.n, settings)]
    return _cells(kind, stream.columns, stream)


def _messages(body: bytes) -> Iterator[tuple[int, FlatTable, NDArray[np.uint8]]]:
    """Header type, header and data of each message."""
    at, end = 0, len(body)
    if body.startswith(MAGIC):
        at, end = 8, _end_of_file(body)
    while at + 4 <= end:
        size = struct.unpack_from("<I", body, at)[0]
        at += 4
        if size == _CONTINUES:
            if at + 4 > end:
                raise Damage("a cut message")
            size = struct.unpack_from("<I", body, at)[0]
            at += 4
        if size == 0:
            return
        if at + size > end:
            raise Damage("a cut message")
        message = root(body[at : at + size])
        at += size
        header, data_size = _look(message), message.scalar(3, "q")
        if data_size < 0 or at + data_size > end:
            raise Damage("cut data")
        yield message.scalar(1, "B"), header, np.frombuffer(body, np.uint8, data_size, at)
        at += data_size
    if at != end:
        raise Damage("bytes left over")


def _look(message: FlatTable) -> FlatTable:
    header = message.table(2)
    if message.scalar(0, "h") not in _VERSIONS or header is None:
        raise Damage("a message of another version")
    return header


def _end_of_file(body: bytes) -> int:
    """Where the messages of a file end and its footer begins."""
    if len(body) < 18 or not body.endswith(MAGIC):
        raise Damage("a cut file")
    size = struct.unpack_from("<I", body, len(body) - 10)[0]
    if size > len(body) - 18:
        raise Damage("a footer longer than the file")
    return len(body) - 10 - int(size)


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


def _refused(reason: Reason, found: str, expected: str) -> tuple[Cells, list[Reject]]:
    return _nothing(), [Reject(reason, MESSAGE, "", found, expected)]
