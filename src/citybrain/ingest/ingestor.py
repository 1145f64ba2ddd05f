"""What every door calls: a message becomes observations that are durable, acknowledged, and on their way to the brain.

    ingestor = Ingestor(Intake(context), folder, clock, settings)
    outcome = await ingestor.receive(Message("north-office", Kind.COUNT, "application/json", body, key="17"))
    seen = ingestor.drain(until_s)          # the brain, each beat

The brain gets a batch after its commit and in the log's order, so that a replay of the log gives it the same. Only
while the disk fails it gets what comes straight from memory, for control must go on; the source is refused then, and
sends it again later.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from citybrain.clock import Clock
from citybrain.errors import StorageError
from citybrain.ingest.admission import Admission
from citybrain.ingest.codec import decode, encode
from citybrain.ingest.gate import Gate
from citybrain.ingest.inbox import Inbox, Parcel, observations
from citybrain.ingest.kinds import Kind
from citybrain.ingest.log import DurableLog, LogHealth, log_options
from citybrain.ingest.log_batch import Batch, Damage, Logged, Receipt
from citybrain.ingest.pipeline import Intake
from citybrain.ingest.reject import Reject
from citybrain.records.observations import Observations
from citybrain.settings import Settings

_REMEMBERED = 10_000  # batches that the brain got without the log and that may still come again


@dataclass(frozen=True)
class Message:
    """What came through a door, from a source that the door knows and that may send this kind."""

    source: str
    kind: Kind
    content_type: str
    body: bytes
    key: str | None = None  # the source's own number of it; the same twice is stored once


@dataclass(frozen=True)
class Outcome:
    """The answer to a message. `sequence` is its place in the log; None when no row of it was accepted."""

    accepted: int
    quarantined: int
    duplicate: bool
    sequence: int | None
    rejects: tuple[Reject, ...]


@dataclass(frozen=True)
class IngestHealth:
    """How the entry side is. `shed` counts what was refused or dropped for want of room, by kind."""

    log: LogHealth
    shed_messages: dict[str, int]  # at the gate, unread
    shed_bytes: dict[str, int]
    shed_rows: dict[str, int]  # from the inbox: the brain did not come
    unlogged_rows: int  # that the brain got while the disk failed
    inside_bytes: int
    inbox_rows: int


@dataclass(frozen=True)
class Pending:
    """A message that was read; its receipt comes with the commit. None = there is nothing to keep."""

    admission: Admission
    receipt: Future[Receipt] | None


class Ingestor:
    """The entry side as one object: doors call `receive` from one event loop, the brain calls `drain` from anywhere."""

    def __init__(self, intake: Intake, folder: Path, clock: Clock, settings: Settings) -> None:
        self.intake = intake
        self.gate = Gate(settings.ingest_inside_mib << 20, settings.ingest_wait_ms / 1000)
        self.inbox = Inbox(settings.inbox_rows_max)
        self.settings = settings
        self.unlogged_rows = 0
        self.clock = clock
        self._stall_s = settings.log_stall_ms / 1000
        self._unlogged: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._pool = ThreadPoolExecutor(settings.ingest_threads, "ingest")
        self.log = DurableLog(folder, clock, log_options(settings), self._hand_over)
        self.inbox.offset = self.log.last

    async def receive(self, message: Message) -> Outcome:
        """Read a message and keep it; returns after the commit that holds it.

        Raises BusyError when there is no room for it, StorageError when the disk fails: nothing is acknowledged then.
        """
        begin_s = self.clock.monotonic_s()
        pending = await asyncio.get_running_loop().run_in_executor(self._pool, self.begin, message)
        admission, receipt = pending.admission, None
        if pending.receipt is not None:
            receipt = await self._committed(pending.receipt, message, admission)
        end_s = self.clock.monotonic_s()
        self.gate.answered(len(message.body), end_s - begin_s, end_s)
        return Outcome(
            admission.accepted,
            admission.quarantined,
            receipt is not None and receipt.duplicate,
            None if receipt is None else receipt.sequence,
            admission.rejects,
        )

    def begin(self, message: Message) -> Pending:
        """Read a message and put it before the log. Raises BusyError, StorageError."""
        received_s = self.clock.now_s()
        admission = self.intake.admit(message.source, message.kind, message.content_type, message.body, received_s)
        if not admission.accepted:
            return Pending(admission, None)
        payload, key = encode(admission.table), _stored_key(message.key)
        batch = Batch(
            *(message.source, message.kind.value, received_s, admission.accepted, payload, key), admission.table
        )
        try:
            return Pending(admission, self.log.append(batch))
        except StorageError:
            self._hand_over_unlogged(message, admission)
            raise

    async def _committed(self, promise: Future[Receipt], message: Message, admission: Admission) -> Receipt:
        """Wait for the commit, but no longer than a sound disk takes."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(promise), self._stall_s)
        except TimeoutError:
            self._hand_over_unlogged(message, admission)
            raise StorageError(f"the commit takes longer than {self._stall_s:g} s: not acknowledged") from None
        except StorageError:
            self._hand_over_unlogged(message, admission)
            raise

    def _hand_over(self, rows: list[Logged]) -> None:
        """What a commit added goes to the brain; not again what it got while the disk failed."""
        for row in rows:
            batch = row.batch
            if batch.key is not None and self._unlogged.pop((batch.source, batch.key), self) is None:
                continue
            self.inbox.put(Parcel(row.sequence, batch.source, batch.received_s, Kind(batch.kind), batch.content))

    def _hand_over_unlogged(self, message: Message, admission: Admission) -> None:
        key = _stored_key(message.key)
        if key is not None:
            known = (message.source, key)
            if known in self._unlogged:
                return
            self._unlogged[known] = None
            if len(self._unlogged) > _REMEMBERED:
                self._unlogged.popitem(last=False)
        if self.inbox.put(Parcel(0, message.source, admission.received_s, message.kind, admission.table)):
            self.unlogged_rows += admission.accepted

    def take(self, until_s: float) -> list[Parcel]:
        """The tables behind `drain`, with their sources: what puts rows into the order of their events needs them."""
        return self.inbox.take(until_s)

    def drain(self, until_s: float) -> Observations:
        """Everything that was received up to `until_s` and is committed, in the log's order; `inbox.offset` says how
        far.
        """
        return observations(until_s, self.take(until_s))

    def health(self) -> IngestHealth:
        """How the entry side is at this moment."""
        return IngestHealth(
            log=self.log.health(),
            shed_messages=dict(self.gate.shed),
            shed_bytes=dict(self.gate.shed_bytes),
            shed_rows=dict(self.inbox.shed_rows),
            unlogged_rows=self.unlogged_rows,
            inside_bytes=self.gate.n_bytes,
            inbox_rows=self.inbox.n_rows,
        )

    def close(self) -> None:
        """Commit what waits, then let go of the log."""
        self._pool.shutdown()
        self.log.close()


def _stored_key(key: str | None) -> str | None:
    """A source's key as the log keeps it: whatever a careless source puts into it, its text is not written anywhere."""
    return None if key is None else blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def stored(rows: Iterator[Logged | Damage]) -> Iterator[Parcel | Damage]:
    """Rows of the log as tables again: `stored(log.replay(after))`."""
    for row in rows:
        if isinstance(row, Damage):
            yield row
        else:
            batch = row.batch
            yield Parcel(row.sequence, batch.source, batch.received_s, Kind(batch.kind), decode(batch.payload))
