"""The bounded queue before the log: what is let in, what is refused, and how much of each."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass, field

from citybrain.errors import BusyError, StorageError
from citybrain.ingest.log_batch import Batch, Receipt, share


@dataclass(frozen=True)
class Waiting:
    """A batch and the promise that was made to its source."""

    batch: Batch
    receipt: Future[Receipt] = field(default_factory=Future)


@dataclass
class LogQueue:
    """First in, first out, bounded in bytes and in batches; both count until the commit has ended, not only until it
    began.

    When it fills, the kinds that matter least are refused first (`log_batch.SHARES`).
    """

    bytes_max: int
    batches_max: int
    refused: Counter[str] = field(default_factory=Counter)  # batches by kind
    refused_rows: Counter[str] = field(default_factory=Counter)
    n_bytes: int = 0
    n_batches: int = 0
    closed: bool = False
    _waiting: list[Waiting] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, batch: Batch) -> Waiting:
        """Let a batch in. Raises BusyError, and counts it, when its kind's share of the queue is taken."""
        with self._changed:
            if self.closed:
                raise StorageError("the log is closed")
            part = share(batch.kind)
            if (
                self.n_bytes + batch.size > part * self.bytes_max and self.n_batches
            ) or self.n_batches >= part * self.batches_max:
                self.refused[batch.kind] += 1
                self.refused_rows[batch.kind] += batch.n_rows
                raise BusyError(
                    f"the log's queue is full for {batch.kind}: {self.n_batches} batches, {self.n_bytes} of "
                    f"{self.bytes_max} bytes wait for their commit"
                )
            waiting = Waiting(batch)
            self._waiting.append(waiting)
            self.n_batches += 1
            self.n_bytes += batch.size
            self._changed.notify_all()
            return waiting

    def take(self, enough_bytes: int, linger_s: float, idle_s: float) -> list[Waiting] | None:
        """Wait for a batch, then at most `linger_s` for more up to `enough_bytes`; everything that waits.

        Nothing when none came in `idle_s`; None when the queue is closed and empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self.closed, idle_s)
            if self._waiting:
                self._changed.wait_for(lambda: self.n_bytes >= enough_bytes or self.closed, linger_s)
            elif self.closed:
                return None
            taken, self._waiting = self._waiting, []
            return taken

    def done(self, taken: list[Waiting]) -> None:
        """The places of these batches are free again."""
        with self._changed:
            self.n_batches -= len(taken)
            self.n_bytes -= sum(waiting.batch.size for waiting in taken)

    def pause(self, duration_s: float) -> None:
        """Wait, or less when the queue is closed meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed, duration_s)

    def close(self) -> None:
        """Nothing is let in any more; what waits is still taken."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()
