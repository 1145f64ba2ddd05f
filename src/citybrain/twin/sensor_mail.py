"""Records on their way from a virtual sensor to the brain: each arrives at its `received_s`."""

from __future__ import annotations

from typing import Any

import numpy as np

from citybrain.records.observations import Records, empty, join, take


class Mailbox:
    """Records on their way, and those that arrived."""

    def __init__(self, *kinds: type) -> None:
        self._parts: dict[type, list[Any]] = {kind: [empty(kind)] for kind in kinds}

    def put(self, rows: Records) -> None:
        """Send records on their way; each arrives at its `received_s`."""
        if rows.time_s.size:
            self._parts[type(rows)].append(rows)

    def due(self, kind: type[Records], now_s: float) -> Records:
        """Take out what has arrived, in the order of arrival."""
        parts = self._parts[kind]
        rows: Records = join(parts) if len(parts) > 1 else parts[0]
        arrived = rows.received_s <= now_s
        self._parts[kind] = [take(rows, ~arrived)]
        order = np.flatnonzero(arrived)
        return take(rows, order[np.argsort(rows.received_s[order], kind="stable")])

    def copy(self) -> Mailbox:
        """An independent mailbox with the same records on their way."""
        other = Mailbox()
        other._parts = {kind: list(parts) for kind, parts in self._parts.items()}
        return other
