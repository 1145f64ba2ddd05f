"""The one owner of time. Nothing else in the package asks the machine what time it is, or waits.

Every function that needs a time takes a `Clock`, so that tests and replays put a `ManualClock` in its place.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the package asks of time."""

    def now_s(self) -> float:
        """UTC seconds since the epoch."""

    def monotonic_s(self) -> float:
        """Seconds since some fixed moment; never runs backwards."""

    def cpu_s(self) -> float:
        """Processor seconds that this process has used."""

    def sleep(self, duration_s: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own time."""

    def now_s(self) -> float:
        return time.time()

    def monotonic_s(self) -> float:
        return time.perf_counter()

    def cpu_s(self) -> float:
        return time.process_time()

    def sleep(self, duration_s: float) -> None:
        time.sleep(max(0.0, duration_s))


@dataclass
class ManualClock:
    """Time that moves only when told to: `sleep` and `advance` jump ahead at once."""

    at_s: float = 0.0

    def now_s(self) -> float:
        return self.at_s

    def monotonic_s(self) -> float:
        return self.at_s

    def cpu_s(self) -> float:
        return self.at_s

    def sleep(self, duration_s: float) -> None:
        self.advance(max(0.0, duration_s))

    def advance(self, duration_s: float) -> None:
        """Move ahead. Raises ValueError for a negative duration: time never runs backwards."""
        if duration_s < 0.0:
            raise ValueError(f"time cannot run backwards by {-duration_s} s")
        self.at_s += duration_s


SYSTEM = SystemClock()


def iso_utc(at_s: float) -> str:
    """ISO 8601 with zone, to the second: the form of every time that leaves the package."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
