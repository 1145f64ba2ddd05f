"""Accounts of what was accepted and refused, and a bounded memory of examples. No row is ever kept, only its shape."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from threading import Lock

from citybrain.ingest.admission import Admission
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reason, Reject

__all__ = ["Account", "Example", "Quarantine"]


@dataclass(frozen=True)
class Example:
    """One refused row."""

    time_s: float  # of its arrival
    source: str
    kind: Kind
    reject: Reject


@dataclass(frozen=True)
class Account:
    """Rows in = accepted + quarantined."""

    rows: int
    accepted: int
    quarantined: int


class Quarantine:
    """Counts by source, kind and reason; safe to use from several threads.

    Sources are those of a closed register, so that the counts are bounded; a door gives "" for an unknown one.
    """

    def __init__(self, examples_max: int) -> None:
        self._lock = Lock()
        self._accepted: Counter[tuple[str, Kind]] = Counter()
        self._refused: Counter[tuple[str, Kind, Reason]] = Counter()
        self._rows = 0
        self._examples: deque[Example] = deque(maxlen=examples_max)

    def note(self, admission: Admission, rows: int) -> None:
        """Enter a message of so many `rows`."""
        with self._lock:
            self._rows += rows
            self._accepted[admission.source, admission.kind] += admission.accepted
            for reject in admission.rejects:
                self._refused[admission.source, admission.kind, reject.reason] += reject.rows
                self._examples.append(Example(admission.received_s, admission.source, admission.kind, reject))

    def account(self) -> Account:
        """The whole since the start."""
        with self._lock:
            return Account(self._rows, self._accepted.total(), self._refused.total())

    def accepted(self) -> dict[tuple[str, Kind], int]:
        """Rows by source and kind."""
        with self._lock:
            return dict(self._accepted)

    def refused(self) -> dict[tuple[str, Kind, Reason], int]:
        """Rows by source, kind and reason."""
        with self._lock:
            return dict(self._refused)

    def examples(self) -> list[Example]:
        """The newest refused rows, oldest first."""
        with self._lock:
            return list(self._examples)
