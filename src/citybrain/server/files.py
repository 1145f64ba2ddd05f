"""Frames as files on their way: CSV, Parquet or an Arrow stream, a piece at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

PIECE_ROWS = 50_000
PIECE_BYTES = 1 << 20
_END_BYTES = 8  # of an Arrow stream: the marker FFFFFFFF and a length of 0
_ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"


class FileKind(StrEnum):
    """In which form."""

    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


MEDIA = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.PARQUET: "application/vnd.apache.parquet",
    FileKind.ARROW: "application/vnd.apache.arrow.stream",
}


def pieces(path: Path, kind: FileKind) -> Iterator[bytes]:
    """A Parquet file in another form, or as it is."""
    if kind is FileKind.PARQUET:
        yield from _bytes_of(path)
        return
    import polars as pl

    rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    for first in range(0, max(rows, 1), PIECE_ROWS):
        frame = pl.scan_parquet(path).slice(first, PIECE_ROWS).collect()
        yield piece(frame, kind, first=first == 0, last=first + PIECE_ROWS >= rows)


def _bytes_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while found := file.read(PIECE_BYTES):
            yield found


def piece(frame: pl.DataFrame, kind: FileKind, *, first: bool = True, last: bool = True) -> bytes:
    """Rows of a file; the first piece has its head, the last its end."""
    into = io.BytesIO()
    if kind is FileKind.CSV:
        frame.write_csv(into, include_header=first, datetime_format=_ISO)
        return into.getvalue()
    if kind is FileKind.PARQUET:
        frame.write_parquet(into, compression="zstd")
        return into.getvalue()
    import polars as pl

    frame.write_ipc_stream(into, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    body = into.getvalue()
    return body[0 if first else _head_bytes(body) : None if last else -_END_BYTES]


def _head_bytes(stream: bytes) -> int:
    """The length of an Arrow stream's first message, its schema: a marker, a length, and as many bytes."""
    return 8 + int.from_bytes(stream[4:8], "little")
