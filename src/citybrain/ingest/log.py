"""The durable log: what was acknowledged is there after a crash, a power cut or a repetition, once.

A folder of SQLite files in WAL mode with `synchronous=FULL`, a row per batch with a checksum over all of it. `append`
promises; the promise is kept after the commit that holds the batch, made for all that came within `log_commit_ms`
together. The same (source, key) twice is answered with the first one's sequence and stored once. Files follow each
other by day and by size, so that old days are dropped as whole files.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from citybrain.clock import SYSTEM, Clock
from citybrain.errors import InputError, LimitError, StorageError
from citybrain.ingest import log_files
from citybrain.ingest.log_batch import Batch, Damage, Logged, Receipt
from citybrain.ingest.log_queue import LogQueue
from citybrain.ingest.log_segment import segment_paths, size_of
from citybrain.ingest.log_writer import LogOptions, LogTally, LogWriter, WriterLock
from citybrain.settings import Settings


@dataclass(frozen=True)
class LogHealth:
    """How the log is. `error` is None while it acknowledges; else why it does not, since `since_s` (UTC)."""

    error: str | None
    since_s: float
    last: int  # highest acknowledged sequence
    queue_bytes: int
    queue_batches: int
    refused: dict[str, int]  # batches by kind, for want of room in the queue
    refused_rows: dict[str, int]
    tally: LogTally

    @property
    def ok(self) -> bool:
        return self.error is None


def log_options(settings: Settings) -> LogOptions:
    """The limits that an operator has set."""
    return LogOptions(
        linger_s=settings.log_commit_ms / 1000,
        enough_bytes=settings.log_commit_kib << 10,
        queue_bytes=settings.log_queue_mib << 20,
        queue_batches=settings.log_queue_batches,
        batch_bytes=settings.log_batch_mib << 20,
        segment_bytes=settings.log_segment_mib << 20,
        retention=log_files.Retention(settings.log_keep_h * 3600.0, settings.log_keep_mib << 20),
        duplicate_s=settings.log_duplicate_h * 3600.0,
        stall_s=settings.log_stall_ms / 1000,
        retry_s=settings.log_retry_ms / 1000,
    )


class DurableLog:
    """The log of one folder, open for writing by this process alone; thread-safe.

    `on_commit` is called by the writing thread with what a commit added, in the log's order, before anybody is
    answered: it must be quick and must not raise. Raises InputError when another process has the folder, StorageError
    when the disk refuses.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock = SYSTEM,
        options: LogOptions | None = None,
        on_commit: Callable[[list[Logged]], None] | None = None,
    ) -> None:
        self.folder = folder
        self.options = options or LogOptions()
        self._clock = clock
        self._queue = LogQueue(self.options.queue_bytes, self.options.queue_batches)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{folder}: the log's folder cannot be made: {error}") from error
        self._lock = WriterLock(folder)
        self._writer = LogWriter(folder, clock, self.options, self._queue, on_commit or _ignore)
        try:
            self._writer.open()
        except StorageError:
            self._lock.release()
            raise
        self._thread = threading.Thread(target=self._writer.run, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def last(self) -> int:
        """Highest acknowledged sequence; 0 = none yet."""
        return self._writer.last

    def append(self, batch: Batch) -> Future[Receipt]:
        """Promise to log a batch: the future ends after the commit, or with StorageError when there is none.

        Raises at once: BusyError when its kind's share of the queue is taken, StorageError while the disk fails or a
        commit hangs, LimitError for a batch that is too large, InputError for one that cannot be stored.
        """
        self._check(batch)
        error = self._failing()
        if error is not None:
            raise StorageError(f"the log cannot be written, nothing is acknowledged: {error}")
        return self._queue.put(batch).receipt

    async def append_async(self, batch: Batch) -> Receipt:
        """`append`, awaited."""
        return await asyncio.wrap_future(self.append(batch))

    def _check(self, batch: Batch) -> None:
        if batch.size > self.options.batch_bytes:
            raise LimitError(f"a batch of {batch.size} bytes exceeds the log's limit of {self.options.batch_bytes}")
        if not math.isfinite(batch.received_s) or not 0 <= batch.n_rows < 1 << 62:
            raise InputError(f"a batch of {batch.n_rows} rows received at {batch.received_s} cannot be logged")
        try:
            "".join((batch.source, batch.kind, batch.key or "")).encode()
        except UnicodeEncodeError as error:
            raise InputError(f"a batch's source, kind and key must be text: {error}") from None

    def _failing(self) -> str | None:
        busy_s = self._writer.busy_since_s
        if self._writer.error is None and busy_s is not None:
            waited_s = self._clock.monotonic_s() - busy_s
            if waited_s > self.options.stall_s:
                return f"a commit has been running for {waited_s:.1f} s"
        return self._writer.error

    def health(self) -> LogHealth:
        """How the log is at this moment."""
        queue, writer = self._queue, self._writer
        return LogHealth(
            error=self._failing(),
            since_s=writer.since_s,
            last=writer.last,
            queue_bytes=queue.n_bytes,
            queue_batches=queue.n_batches,
            refused=dict(queue.refused),
            refused_rows=dict(queue.refused_rows),
            tally=writer.tally,
        )

    def replay(self, after: int = 0) -> Iterator[Logged | Damage]:
        """What was acknowledged beyond a sequence, in order; damaged stretches are told in their place."""
        return log_files.replay(self.folder, after, self._writer.last)

    def sweep(self) -> None:
        """Drop now what is past its time; done by itself every few minutes."""
        self._writer.sweep()

    @property
    def size_bytes(self) -> int:
        """What the log's files take on the disk."""
        return sum(size_of(path) for path in segment_paths(self.folder))

    def close(self) -> None:
        """Commit what waits, then let go of the folder."""
        self._queue.close()
        self._thread.join()
        self._writer.close()
        self._lock.release()

    def __enter__(self) -> DurableLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_log(folder: Path, after: int = 0) -> Iterator[Logged | Damage]:
    """`DurableLog.replay` without opening the log for writing."""
    return log_files.replay(folder, after)


def _ignore(_: list[Logged]) -> None:
    return None
