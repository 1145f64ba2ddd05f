"""Who wants to hear of changes: each look gives what is new since the look before, however long that was.

Nothing is queued, so a slow reader costs nothing and is never told anything that is not the newest: values between
two looks are passed over, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.hub.hub import Hub, Values

I64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Changes:
    """What is new. `whole` = all rows are told, not only those that changed: the reader starts from here."""

    sequence: int
    values: Values
    whole: bool
    passed_over: int  # values published since the look before that were not the newest any more


class Subscription:
    """Rows of a hub, and how far their reader has seen. One reader a subscription."""

    def __init__(self, hub: Hub, rows: I64, last_event: str | None = None) -> None:
        """`last_event` is the `event_id` of what the reader saw last; of another life of the hub it means nothing."""
        self._hub, self._rows = hub, rows
        self.seen = _sequence(last_event, hub)  # sequence number up to which its reader knows; None = nothing
        self._published: I64 | None = None
        self.passed_over = 0

    def take(self, now_s: float) -> Changes | None:
        """What is new since the look before, as it stands at `now_s`; None when nothing is."""
        whole = self.seen is None
        newer, published, sequence = self._hub.changed(self._rows, -1 if self.seen is None else self.seen)
        if not newer.size:
            return None
        missed = 0 if self._published is None else int((published - self._published).sum()) - newer.size
        self.seen, self._published = sequence, published
        self.passed_over += missed
        return Changes(sequence, self._hub.values(newer, now_s), whole, missed)


def event_id(hub: Hub, sequence: int) -> str:
    """What a reader sends back to go on from there."""
    return f"{hub.epoch}-{sequence}"


def _sequence(last_event: str | None, hub: Hub) -> int | None:
    epoch, _, number = (last_event or "").rpartition("-")
    if epoch != hub.epoch or not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    return int(number) if int(number) <= hub.sequence else None
