"""The one thread that writes the log: collects batches, commits them together, and only then answers their sources.

After any error of the disk the file in use is left as it is and never written again: after a failed sync nobody knows
what reached the disk. The next file says up to where the one before it was acknowledged. Until a next file could be
made and synced, everything is refused at once.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from citybrain.clock import Clock
from citybrain.errors import InputError, StorageError
from citybrain.ingest import log_files
from citybrain.ingest.log_batch import Batch, Logged, Receipt
from citybrain.ingest.log_queue import LogQueue, Waiting
from citybrain.ingest.log_segment import (
    MAKING,
    UNKNOWN,
    FileOptions,
    Header,
    Segment,
    SegmentReader,
    first_of,
    remove,
    segment_path,
    segment_paths,
    size_of,
)

DAY_S = 86_400
_OLDER_MAX = 64  # files before the active one in which repetitions are looked for


@dataclass(frozen=True)
class LogOptions:
    """The limits of a log; `settings.py` says what they mean."""

    linger_s: float = 0.02
    enough_bytes: int = 8 << 20
    queue_bytes: int = 64 << 20
    queue_batches: int = 10_000
    batch_bytes: int = 64 << 20
    segment_bytes: int = 1 << 30
    retention: log_files.Retention = field(default_factory=log_files.Retention)
    duplicate_s: float = 86_400.0
    stall_s: float = 1.0
    retry_s: float = 0.25
    sweep_s: float = 300.0
    file: FileOptions = field(default_factory=FileOptions)


@dataclass
class LogTally:
    """What a log did since it was opened."""

    commits: int = 0
    batches: int = 0
    rows: int = 0
    n_bytes: int = 0
    duplicates: int = 0
    failures: int = 0  # times that the disk began to fail
    dropped_files: int = 0
    commit_s: deque[float] = field(default_factory=lambda: deque(maxlen=4096))  # durations of the latest commits


@dataclass
class LogWriter:
    """Owner of the active file; `lock` guards it and everything below it."""

    folder: Path
    clock: Clock
    options: LogOptions
    queue: LogQueue
    on_commit: Callable[[list[Logged]], None]
    tally: LogTally = field(default_factory=LogTally)
    lock: threading.RLock = field(default_factory=threading.RLock)
    error: str | None = None  # why nothing is acknowledged at present
    since_s: float = 0.0  # since when
    busy_since_s: float | None = None  # monotonic time at which the running commit began
    last: int = 0  # highest acknowledged sequence
    _next: int = 1
    _follows: int = 0  # what a new file would follow; UNKNOWN after a file that could not be read
    _segment: Segment | None = None
    _written: int = 0  # bytes of the active file
    _day: int = 0
    _older: list[tuple[SegmentReader, int | None]] = field(default_factory=list)
    _swept_s: float = 0.0

    def open(self) -> None:
        """Go on in the newest file, or in a new one. Raises StorageError when the disk refuses."""
        remove(self.folder / MAKING)
        paths = segment_paths(self.folder)
        try:
            if paths:
                self._continue(paths[-1])
            self._look_back(paths[:-1])
            if self._segment is None:
                self._start()
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{self.folder}: the log cannot be opened: {error}") from error
        self._swept_s = self.clock.monotonic_s()

    def _continue(self, path: Path) -> None:
        """Take the newest file when it is sound; else leave it, and go on beyond any number that it may hold."""
        reader = None
        try:
            reader = SegmentReader(path)
            header, last = reader.header(), reader.last()
            if header is not None:
                self._segment = Segment(path, self.options.file)
                self.last = first_of(path) - 1 if last is None else last
                self._follows = header.follows if last is None else last
                self._next = self.last + 1
                self._written, self._day = size_of(path), int(header.made_s // DAY_S)
                return
        except sqlite3.DatabaseError:
            self._segment = None
        finally:
            if reader is not None:
                reader.close()
        self.last = first_of(path) + size_of(path)  # a row takes more than a byte
        self._next, self._follows = self.last + 1, UNKNOWN

    def _look_back(self, paths: list[Path]) -> None:
        """Open the files in which a repetition may be found."""
        since_s = self.clock.now_s() - self.options.duplicate_s
        for path in paths[-_OLDER_MAX:]:
            self._remember(path, since_s)

    def _remember(self, path: Path, since_s: float) -> None:
        try:
            reader = SegmentReader(path)
        except sqlite3.Error:
            return
        newest = reader.newest_s()
        if newest is not None and newest < since_s:
            reader.close()
        else:
            self._older.append((reader, log_files.bound(self.folder, path)))

    def _start(self) -> None:
        """A new file. Raises sqlite3.Error or OSError."""
        now_s = self.clock.now_s()
        path = segment_path(self.folder, self._next)
        header = Header(self._next, self._follows, now_s)
        self._segment = Segment.create(path, header, self.options.file)
        self._written, self._day = 0, int(now_s // DAY_S)

    def run(self) -> None:
        """The thread: until the queue is closed and empty."""
        options = self.options
        while True:
            if self.error is not None:
                self.queue.pause(options.retry_s)
                self._refuse_waiting()
                self.resume()
                if self.error is not None and self.queue.closed:
                    return
                continue
            taken = self.queue.take(options.enough_bytes, options.linger_s, options.sweep_s)
            if taken is None:
                return
            if taken:
                self.write(taken)
                self.queue.done(taken)
            if self.clock.monotonic_s() - self._swept_s >= options.sweep_s:
                self.sweep()

    def write(self, taken: list[Waiting]) -> None:
        """Commit batches together and answer them; on any error refuse them and leave the file."""
        with self.lock:
            begin_s = self.busy_since_s = self.clock.monotonic_s()
            try:
                self._roll_when_due()
                receipts, logged = self._commit(taken)
            except (sqlite3.Error, OSError) as error:
                self._leave(error)
                _refuse(taken, self.refusal())
                return
            finally:
                self.busy_since_s = None
            self._count(logged, len(taken), self.clock.monotonic_s() - begin_s)
            self.on_commit(logged)
        for waiting, receipt in zip(taken, receipts, strict=True):
            if waiting.receipt.set_running_or_notify_cancel():
                waiting.receipt.set_result(receipt)

    def _commit(self, taken: list[Waiting]) -> tuple[list[Receipt], list[Logged]]:
        segment = self._active()
        receipts, logged = [], []
        segment.begin()
        for waiting in taken:
            known = self._find(segment, waiting.batch)
            if known is not None:
                receipts.append(Receipt(known, duplicate=True))
                continue
            sequence, self._next = self._next, self._next + 1
            segment.insert(sequence, waiting.batch)
            receipts.append(Receipt(sequence, duplicate=False))
            logged.append(Logged(sequence, waiting.batch))
        segment.commit()
        if logged:
            self.last = self._follows = logged[-1].sequence
        return receipts, logged

    def _active(self) -> Segment:
        if self._segment is None:
            raise StorageError("the log has no active file")
        return self._segment

    def _find(self, segment: Segment, batch: Batch) -> int | None:
        """Where the same batch of the same source is already, in this file or in those before."""
        if batch.key is None:
            return None
        known = segment.find(batch.source, batch.key)
        for reader, last in reversed(self._older):
            known = reader.find(batch.source, batch.key, last) if known is None else known
        return known

    def _count(self, logged: list[Logged], n_taken: int, duration_s: float) -> None:
        tally = self.tally
        tally.commits += 1
        tally.batches += len(logged)
        tally.duplicates += n_taken - len(logged)
        tally.rows += sum(row.batch.n_rows for row in logged)
        n_bytes = sum(row.batch.size for row in logged)
        tally.n_bytes += n_bytes
        tally.commit_s.append(duration_s)
        self._written += n_bytes

    def _roll_when_due(self) -> None:
        """A new day or a full file begins the next one."""
        day = int(self.clock.now_s() // DAY_S)
        if self._written and (day != self._day or self._written >= self.options.segment_bytes):
            self._roll()

    def _roll(self) -> None:
        old, self._segment = self._active(), None
        old.close()
        self._start()
        self._remember(old.path, self.clock.now_s() - self.options.duplicate_s)
        for reader, _ in self._older[:-_OLDER_MAX]:
            reader.close()
        self._older = self._older[-_OLDER_MAX:]

    def _leave(self, error: Exception) -> None:
        """The disk failed: nothing is acknowledged until a new file could be made."""
        self.tally.failures += 1
        self.since_s = self.clock.now_s()
        self.error = str(error) or type(error).__name__
        segment, self._segment = self._segment, None
        if segment is not None:
            _close_quietly(segment)

    def resume(self) -> None:
        """Try a new file after a failure of the disk; on success batches are let in again."""
        with self.lock:
            try:
                self._forget_empty()
                self._start()
            except (sqlite3.Error, OSError) as error:
                self.error = str(error) or type(error).__name__
                self._segment = None
                return
            paths = segment_paths(self.folder)
            if len(paths) > 1 and not any(reader.path == paths[-2] for reader, _ in self._older):
                self._remember(paths[-2], self.clock.now_s() - self.options.duplicate_s)
            self.error = None

    def _forget_empty(self) -> None:
        """A file that was left before anything in it was acknowledged is none."""
        for path in segment_paths(self.folder)[-1:]:
            if first_of(path) > self.last:
                remove(path)

    def refusal(self) -> StorageError:
        return StorageError(f"the log cannot be written, nothing is acknowledged: {self.error}")

    def _refuse_waiting(self) -> None:
        taken = self.queue.take(0, 0.0, 0.0)
        if taken:
            _refuse(taken, self.refusal())
            self.queue.done(taken)

    def sweep(self) -> None:
        """Drop the files that are past their time or beyond the log's size."""
        with self.lock:
            self._swept_s = self.clock.monotonic_s()
            now_s, retention = self.clock.now_s(), self.options.retention
            segment = self._segment
            if segment is not None and self._written:
                newest = log_files.newest_s(segment.path)
                if newest is not None and newest < now_s - retention.keep_s:
                    self._roll_quietly()
            active = None if self._segment is None else self._segment.path
            gone = log_files.expired(self.folder, active, now_s, retention) if active else []
            for reader, _ in self._older:
                if reader.path in gone:
                    reader.close()
            self._older = [held for held in self._older if held[0].path not in gone]
            log_files.drop(gone)
            self.tally.dropped_files += len(gone)

    def _roll_quietly(self) -> None:
        try:
            self._roll()
        except (sqlite3.Error, OSError) as error:
            self._leave(error)

    def close(self) -> None:
        """After the thread has ended."""
        if self._segment is not None:
            _close_quietly(self._segment)
            self._segment = None
        for reader, _ in self._older:
            reader.close()
        self._older = []


class WriterLock:
    """One process writes a log: an SQLite file that stays locked as long as this process lives."""

    def __init__(self, folder: Path) -> None:
        try:
            self._db = sqlite3.connect(
                folder / "writer.lock", isolation_level=None, check_same_thread=False, timeout=0.0
            )
        except sqlite3.OperationalError as error:
            raise StorageError(f"{folder}: the log's lock cannot be made: {error}") from None
        try:
            self._db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._db.close()
            if "locked" in str(error):
                raise InputError(f"{folder}: another process writes this log") from None
            raise StorageError(f"{folder}: the log's lock cannot be made: {error}") from None

    def release(self) -> None:
        self._db.close()


def _refuse(taken: list[Waiting], error: StorageError) -> None:
    for waiting in taken:
        if waiting.receipt.set_running_or_notify_cancel():
            waiting.receipt.set_exception(error)


def _close_quietly(segment: Segment) -> None:
    """A disk that fails may refuse the tidying that a close does; nothing depends on it."""
    try:
        segment.close()
    except sqlite3.Error:
        return
