"""One file of the log: an SQLite database with write-ahead log and `synchronous=FULL`, a row per batch.

A file is named by the first sequence that it may hold. Whole files are dropped, so that an old day goes without a long
transaction beside the running ones and leaves nothing behind in free pages. Rows of a file are numbered without gaps;
`follows` says what had been acknowledged before its first row, so that a lost end of the file before it is noticed.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citybrain.ingest.log_batch import Batch, Damage, Logged, checksum

SUFFIX = ".log.sqlite"
MAKING = "making.sqlite"  # a file until it is whole
UNKNOWN = -1  # `follows` where the file before could not be read
_PAGE_BYTES = 16_384
_CHUNK = 64  # most rows fetched at once while reading
_CHUNK_BYTES = 8 << 20  # no more rows are fetched at once beyond these
_TABLES = (
    "CREATE TABLE segment (first INTEGER NOT NULL, follows INTEGER NOT NULL, made_s REAL NOT NULL,"
    " crc INTEGER NOT NULL)",
    "CREATE TABLE batch (sequence INTEGER PRIMARY KEY, source TEXT NOT NULL, key TEXT, kind TEXT NOT NULL,"
    " received_s REAL NOT NULL, n_rows INTEGER NOT NULL, crc INTEGER NOT NULL, payload BLOB NOT NULL)",
    # Not UNIQUE: a damaged row must not keep its undamaged repetition out.
    "CREATE INDEX batch_by_key ON batch (source, key) WHERE key IS NOT NULL",
)
_COLUMNS = "sequence, source, key, kind, received_s, n_rows, crc, payload"
_HEADER = struct.Struct("<qqd")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class FileOptions:
    """How SQLite treats a file. All but the first two are for the log's tests."""

    ballast_bytes: int = 1 << 20  # of free pages in a new file
    checkpoint_pages: int = 1000  # of write-ahead log, after which it is moved into the database
    synchronous: str = "FULL"
    uri: str = ""  # parameters of SQLite's URI


@dataclass(frozen=True)
class Header:
    """What a file says about itself."""

    first: int
    follows: int
    made_s: float

    def crc(self) -> int:
        return zlib.crc32(_HEADER.pack(self.first, self.follows, self.made_s + 0.0))  # SQLite keeps no -0.0


def segment_path(folder: Path, first: int) -> Path:
    return folder / f"{first:019d}{SUFFIX}"


def segment_paths(folder: Path) -> list[Path]:
    """The log's files, oldest first."""
    return sorted(path for path in folder.glob("*" + SUFFIX) if path.name.removesuffix(SUFFIX).isdigit())


def first_of(path: Path) -> int:
    """The first sequence that a file may hold."""
    return int(path.name.removesuffix(SUFFIX))


def parts_of(path: Path) -> list[Path]:
    """A file and those that SQLite keeps beside it."""
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]


def size_of(path: Path) -> int:
    """Bytes on disk, what SQLite keeps beside the file included."""
    return sum(part.stat().st_size for part in parts_of(path) if part.exists())


def remove(path: Path) -> None:
    """Drop a file and what SQLite keeps beside it, the write-ahead log first: it must never outlive its database."""
    for part in reversed(parts_of(path)):
        part.unlink(missing_ok=True)


class Segment:
    """A file open for writing. Used by one thread at a time; raises sqlite3.Error as SQLite does."""

    def __init__(self, path: Path, options: FileOptions) -> None:
        self.path = path
        self._db = sqlite3.connect(
            f"{path.resolve().as_uri()}?{options.uri}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=0.5,
        )
        try:
            self._db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {options.synchronous}")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {options.checkpoint_pages}")
            self._db.execute("PRAGMA journal_size_limit = 16777216")
        except sqlite3.Error:
            self._db.close()
            raise

    @classmethod
    def create(cls, path: Path, header: Header, options: FileOptions) -> Segment:
        """A new file with its tables, and with free pages so that the first batches fit on a full disk.

        It gets its name only when it is whole and synced: a file of the log is never half made.
        """
        making = path.with_name(MAKING)
        remove(making)
        segment = cls(making, options)
        try:
            segment._set_up(header, options.ballast_bytes)
        finally:
            segment.close()
        publish(making, path)
        return cls(path, options)

    def _set_up(self, header: Header, ballast_bytes: int) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            self._db.execute(table)
        self._db.execute(
            "INSERT INTO segment VALUES (?, ?, ?, ?)", (header.first, header.follows, header.made_s, header.crc())
        )
        self._db.execute("COMMIT")
        self._db.execute("CREATE TABLE ballast (bytes BLOB)")
        self._db.execute("INSERT INTO ballast VALUES (zeroblob(?))", (ballast_bytes,))
        self._db.execute("DROP TABLE ballast")
        self.checkpoint()

    def begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._db.execute("COMMIT")

    def insert(self, sequence: int, batch: Batch) -> None:
        """Add a row to the open transaction."""
        self._db.execute(
            f"INSERT INTO batch ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            (
                *(sequence, batch.source, batch.key, batch.kind, batch.received_s, batch.n_rows),
                *(checksum(sequence, batch), batch.payload),
            ),
        )

    def find(self, source: str, key: str) -> int | None:
        """Sequence of an undamaged row of this source and key."""
        return _find(self._db, source, key)

    @property
    def last(self) -> int | None:
        """Highest sequence, None in an empty file."""
        found = self._db.execute("SELECT max(sequence) FROM batch").fetchone()[0]
        return None if found is None else int(found)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database as far as no reader is in the way."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """The last connection to close moves the write-ahead log into the database."""
        self._db.close()


class SegmentReader:
    """A file open for reading, beside its writer or after it. Raises sqlite3.Error only from the constructor."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.first = first_of(path)
        # Read and write, because a file that was not closed in order is recovered by its first reader.
        self._db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=5.0
        )
        try:
            self._db.execute("PRAGMA query_only = 1")
            self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error:
            self._db.close()
            raise

    def header(self) -> Header | None:
        """None when it cannot be read as it was written."""
        try:
            first, follows, made_s, crc = self._db.execute("SELECT first, follows, made_s, crc FROM segment").fetchone()
            header = Header(int(first), int(follows), float(made_s))
            return header if header.crc() == crc else None
        except (sqlite3.Error, struct.error, TypeError, ValueError):
            return None

    def last(self) -> int | None:
        """Highest sequence; None in an empty file or where it cannot be read."""
        try:
            found = self._db.execute("SELECT max(sequence) FROM batch").fetchone()[0]
            return None if found is None else int(found)
        except (sqlite3.Error, TypeError, ValueError):
            return None

    def newest_s(self) -> float | None:
        """When the last batch was received; None in an empty file or where it cannot be read."""
        last = self.last()
        row = None if last is None else self._read(last)
        return row.batch.received_s if isinstance(row, Logged) else None

    def find(self, source: str, key: str, last: int | None) -> int | None:
        """Sequence, up to `last`, of an undamaged row of this source and key."""
        try:
            found = _find(self._db, source, key)
        except sqlite3.Error:
            return None
        return None if found is None or (last is not None and found > last) else found

    def rows(self, after: int, last: int | None) -> Iterator[Logged | Damage]:
        """Rows beyond `after` up to `last` (None = up to what there is), in order, with what is damaged in its
        place.
        """
        at = max(after + 1, self.first)
        end = self.last() if last is None else last
        while end is not None and at <= end:
            found, reached = self._fetch(at, min(at + _CHUNK - 1, end))
            for sequence in range(at, reached + 1):
                whole = _parse(found[sequence]) if sequence in found else None
                row = self._read(sequence) if whole is None else whole
                yield Damage(self.path.name, sequence, sequence, row) if isinstance(row, str) else row
            at = reached + 1

    def _fetch(self, low: int, high: int) -> tuple[dict[int, Row], int]:
        """Rows between two sequences and up to where they reach; none, to be sought one by one, where that fails."""
        query = f"SELECT {_COLUMNS} FROM batch WHERE sequence BETWEEN ? AND ? ORDER BY sequence"  # noqa: S608
        found: dict[int, Row] = {}
        n_bytes = 0
        try:
            cursor = self._db.execute(query, (low, high))
            for row in cursor:
                found[row[0]] = row
                n_bytes += len(row[-1]) if isinstance(row[-1], bytes) else 0
                if n_bytes > _CHUNK_BYTES:
                    cursor.close()  # so that the writer's file can be tidied up meanwhile
                    return found, min(max(int(row[0]), low), high)
        except (sqlite3.Error, OverflowError, UnicodeError):
            return {}, high
        return found, high

    def _read(self, sequence: int) -> Logged | str:
        """One row, or what is wrong with it."""
        try:
            row = self._db.execute(
                f"SELECT {_COLUMNS} FROM batch WHERE sequence = ?",  # noqa: S608 - our own names
                (sequence,),
            ).fetchone()
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            return f"unreadable: {error}"
        if row is None:
            return "missing"
        return _parse(row) or "checksum does not match"

    def close(self) -> None:
        self._db.close()


def _parse(row: Row) -> Logged | None:
    """The row as it was written; None when its checksum, or the kind of any value, says that it is not."""
    sequence, source, key, kind, received_s, n_rows, crc, payload = row
    whole = (
        isinstance(sequence, int)
        and isinstance(source, str)
        and isinstance(key, str | None)
        and isinstance(kind, str)
        and isinstance(received_s, float)
        and isinstance(n_rows, int)
        and isinstance(payload, bytes)
    )
    if not whole:
        return None
    batch = Batch(source, kind, received_s, n_rows, payload, key)
    try:
        good = checksum(sequence, batch) == crc
    except (struct.error, ValueError):
        return None
    return Logged(sequence, batch) if good else None


def _find(db: sqlite3.Connection, source: str, key: str) -> int | None:
    """The index may lie: a row counts only when its own checksum holds and it says the same source and key."""
    query = f"SELECT {_COLUMNS} FROM batch WHERE source = ? AND key = ?"  # noqa: S608 - our own names
    for row in db.execute(query, (source, key)):
        found = _parse(row)
        if found is not None and (found.batch.source, found.batch.key) == (source, key):
            return found.sequence
    return None


def publish(making: Path, path: Path) -> None:
    """Give a whole file its name, durably."""
    os.replace(making, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A new file's name is durable only when its folder is synced. Where folders cannot be opened there is no need."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
