"""The log's files together: which there are, which row counts, which may go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from citybrain.ingest.log_batch import Damage, Logged
from citybrain.ingest.log_segment import (
    UNKNOWN,
    SegmentReader,
    first_of,
    remove,
    segment_paths,
    size_of,
)


@dataclass(frozen=True)
class Retention:
    """How long and how much the log keeps."""

    keep_s: float = 168 * 3600.0
    keep_bytes: int = 50 << 30


def bound(folder: Path, path: Path) -> int | None:
    """Last sequence of a file that was acknowledged, as the file after it tells.

    Rows beyond it were written while the disk was failing, and were refused; None = no file after it tells.
    """
    after = next((other for other in segment_paths(folder) if first_of(other) > first_of(path)), None)
    if after is None:
        return None
    try:
        reader = SegmentReader(after)
    except sqlite3.Error:
        return None
    header = reader.header()
    reader.close()
    return None if header is None or header.follows == UNKNOWN else header.follows


def replay(folder: Path, after: int, until: int | None = None) -> Iterator[Logged | Damage]:
    """Rows beyond a sequence, up to another, in order, of all files; stretches of damage in their place."""
    done = -1
    while path := next((p for p in segment_paths(folder) if first_of(p) > done), None):
        done = first_of(path)
        last = bound(folder, path)
        if last is None and until is not None and path == segment_paths(folder)[-1]:
            last = until
        if last is None or last > after:
            yield from _merged(_rows(path, after, last))


def _rows(path: Path, after: int, last: int | None) -> Iterator[Logged | Damage]:
    try:
        reader = SegmentReader(path)
    except sqlite3.Error as error:
        if path.exists():  # else it was dropped meanwhile
            first = max(first_of(path), after + 1)
            yield Damage(path.name, first, first if last is None else max(first, last), f"unreadable: {error}")
        return
    try:
        if reader.header() is None:
            yield Damage(path.name, first_of(path), first_of(path) - 1, "its header does not match its checksum")
        yield from reader.rows(after, last)
    finally:
        reader.close()


def _merged(rows: Iterator[Logged | Damage]) -> Iterator[Logged | Damage]:
    """Neighbouring damage as one."""
    held: Damage | None = None
    for row in rows:
        if isinstance(row, Damage) and held is not None and (held.last + 1, held.found) == (row.first, row.found):
            held = Damage(held.segment, held.first, row.last, held.found)
            continue
        if held is not None:
            yield held
        held = row if isinstance(row, Damage) else None
        if isinstance(row, Logged):
            yield row
    if held is not None:
        yield held


def newest_s(path: Path) -> float | None:
    """When a file's last batch was received; None where that cannot be read."""
    try:
        reader = SegmentReader(path)
    except sqlite3.Error:
        return None
    found = reader.newest_s()
    reader.close()
    return found


def expired(folder: Path, active: Path | None, now_s: float, retention: Retention) -> list[Path]:
    """Files that may go, oldest first: too old, or beyond the size that the log may have. Never the active one."""
    paths = segment_paths(folder)
    total = sum(size_of(path) for path in paths)
    found = []
    for path in paths:
        if path == active:
            continue
        newest = newest_s(path)
        old = newest is not None and newest < now_s - retention.keep_s
        if not old and total <= retention.keep_bytes:
            continue
        found.append(path)
        total -= size_of(path)
    return found


def drop(paths: list[Path]) -> None:
    for path in paths:
        remove(path)
