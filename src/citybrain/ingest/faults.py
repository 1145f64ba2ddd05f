"""Which rows are refused and why, as arrays: the first fault of a row counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest.reject import Reason, Reject, describe

__all__ = ["Faults", "bounded"]

REASONS = tuple(Reason)
_CODE = {reason: i + 1 for i, reason in enumerate(REASONS)}


@dataclass(frozen=True, eq=False)
class Faults:
    """`reason` [n] is 0 for a row without fault, else 1 + its place in REASONS; `field` [n] numbers a field."""

    reason: NDArray[np.uint8]
    field: NDArray[np.int16]
    expected: dict[tuple[Reason, int], str]

    @classmethod
    def none(cls, n: int) -> Faults:
        return cls(np.zeros(n, np.uint8), np.full(n, -1, np.int16), {})

    def mark(self, rows: NDArray[np.bool_], reason: Reason, field: int, expected: str) -> None:
        """Refuse the rows of a mask that have no fault yet."""
        if rows.any():
            fresh = rows & (self.reason == 0)
            self.reason[fresh] = _CODE[reason]
            self.field[fresh] = field
            self.expected[reason, field] = expected

    @property
    def good(self) -> NDArray[np.bool_]:
        good: NDArray[np.bool_] = self.reason == 0
        return good

    def rejects(
        self, row: NDArray[np.int64], names: tuple[str, ...], value: Callable[[str, int], object]
    ) -> list[Reject]:
        """One for each refused row; `row` [n] is its number in the message, `value(name, i)` what it said."""
        found = []
        for i in np.flatnonzero(self.reason).tolist():
            reason, at = REASONS[self.reason[i] - 1], int(self.field[i])
            name = names[at] if at >= 0 else ""
            said = describe(value(name, i)) if name else "neither or both"
            found.append(Reject(reason, int(row[i]), name, said, self.expected[reason, at]))
        return found


def bounded(rejects: list[Reject], limit: int) -> tuple[Reject, ...]:
    """The first `limit` by row, each for itself; the rest as one for each reason and field."""
    rejects.sort(key=lambda reject: reject.row)
    head, rest = rejects[:limit], rejects[limit:]
    many = Counter((reject.reason, reject.field) for reject in rest)
    first = {(reject.reason, reject.field): reject for reject in reversed(rest)}
    more = [
        Reject(reason, first[reason, name].row, name, "the same in more rows", first[reason, name].expected, rows=n)
        for (reason, name), n in many.items()
    ]
    return (*head, *more)
