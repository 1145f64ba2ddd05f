"""What the log holds: batches, each a row with a checksum over all of it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

# From what must arrive to what is missed least. A kind is refused while more than its share of the queue is taken, so
# that the last places are kept for those before it. Kinds that are not named come last.
SHARES: dict[str, float] = {
    "signal": 1.00,
    "emergency": 0.98,
    "count": 0.95,
    "passage": 0.90,
    "probe": 0.80,
    "transit": 0.75,
    "report": 0.70,
    "parking": 0.65,
    "weather": 0.60,
}
LAST_SHARE = 0.50
_HEAD = struct.Struct("<qdqIIQ")  # sequence, received_s, rows, lengths of the three texts and of the payload


@dataclass(frozen=True)
class Batch:
    """What a source sent at once.

    `key` is the source's own number or idempotency key; None = the source has none, and the batch may come twice.
    """

    source: str
    kind: str
    received_s: float  # UTC seconds since the epoch
    n_rows: int
    payload: bytes
    key: str | None = None
    content: Any = field(default=None, compare=False, repr=False)  # what the payload says, while it is in memory

    @property
    def size(self) -> int:
        """Bytes that it takes in the queue, nearly."""
        held = len(self.payload) if self.content is None else 2 * len(self.payload)
        return held + len(self.source) + len(self.kind) + len(self.key or "") + 128


@dataclass(frozen=True)
class Logged:
    """A batch with its place in the log."""

    sequence: int
    batch: Batch


@dataclass(frozen=True)
class Damage:
    """A stretch of the log, both ends included, that was written and can no longer be read as it was written."""

    segment: str
    first: int
    last: int
    found: str

    @property
    def n_batches(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Receipt:
    """The log's answer after the commit; `sequence` is the first one's when the batch was there already."""

    sequence: int
    duplicate: bool


def share(kind: str) -> float:
    """Part of the queue up to which a kind is let in."""
    return SHARES.get(kind, LAST_SHARE)


def checksum(sequence: int, batch: Batch) -> int:
    """CRC-32 over every field, lengths included: any change of up to 32 neighbouring bits is seen for certain."""
    source, kind = batch.source.encode(), batch.kind.encode()
    key = b"" if batch.key is None else b"=" + batch.key.encode()
    received_s = batch.received_s + 0.0  # SQLite keeps no minus of a zero
    head = _HEAD.pack(sequence, received_s, batch.n_rows, len(source), len(kind), len(key) << 32 | len(batch.payload))
    return zlib.crc32(batch.payload, zlib.crc32(head + source + kind + key))
