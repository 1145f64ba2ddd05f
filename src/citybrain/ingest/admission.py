"""What became of one message: the rows that are believed, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reject


@dataclass(frozen=True, eq=False)
class Admission:
    """`table` holds the accepted rows (records of the kind); rows in = accepted + quarantined, exactly.

    A message that cannot be read at all counts as one row.
    """

    source: str
    kind: Kind
    received_s: float
    table: Any
    rejects: tuple[Reject, ...]

    @property
    def accepted(self) -> int:
        return int(self.table.time_s.size)

    @property
    def quarantined(self) -> int:
        return sum(reject.rows for reject in self.rejects)

    @property
    def rows(self) -> int:
        return self.accepted + self.quarantined
