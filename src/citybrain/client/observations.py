"""Observations on their way to the ingest: rows become JSON lines, frames become an Arrow stream."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from citybrain.errors import InputError

NDJSON = "application/x-ndjson"
ARROW = "application/vnd.apache.arrow.stream"


def message_of(rows: Any) -> tuple[bytes, str]:
    """Content and content type of a message: of dicts (JSON lines), of a Polars frame or anything with Arrow's
    `__arrow_c_stream__` (an Arrow stream), or of bytes, which are an Arrow stream already.

    Raises InputError for anything else.
    """
    if isinstance(rows, bytes):
        return rows, ARROW
    if hasattr(rows, "__arrow_c_stream__"):
        return _arrow(rows), ARROW
    if isinstance(rows, Iterable) and not isinstance(rows, (str, Mapping)):
        return _lines(rows), NDJSON
    raise InputError(f"observations: found {type(rows).__name__}; expected dicts, a frame, or bytes of an Arrow stream")


def _lines(rows: Iterable[Any]) -> bytes:
    parts = []
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputError(f"observations, row {number}: found {type(row).__name__}; expected a dict")
        naive = [name for name, value in row.items() if isinstance(value, datetime) and value.tzinfo is None]
        if naive:
            raise InputError(f"observations, row {number}, {naive[0]}: a time without a zone")
        parts.append(msgspec.json.encode(dict(row)) + b"\n")
    return b"".join(parts)


def _arrow(frame: Any) -> bytes:
    import polars as pl

    made = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    into = io.BytesIO()
    made.write_ipc_stream(into, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    return into.getvalue()
