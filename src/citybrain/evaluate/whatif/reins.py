"""Processes that stand still while a beat is under way: two on one processor's core slow each other down."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress

from citybrain.clock import Clock

_STOP, _GO = getattr(signal, "SIGSTOP", None), getattr(signal, "SIGCONT", None)


class Reins:
    """Holds processes for the time of a beat, where the system can; never for more than half of the time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pids: set[int] = set()
        self._held = False
        self._turn_s = clock.monotonic_s()  # when they were last held, or let go
        self._rest_s = 0.0  # how long they were held the last time

    def take(self, pid: int) -> None:
        """A process has begun."""
        with self._lock:
            self._pids.add(pid)

    def drop(self, pid: int) -> None:
        """It is to end: it goes, held or not."""
        with self._lock:
            self._pids.discard(pid)
            _send(pid, _GO)

    def hold(self) -> None:
        """A beat begins. Where beats leave no time between them, the processes go on all the same."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._held or not self._pids or now_s - self._turn_s < self._rest_s:
                return
            self._held, self._turn_s = True, now_s
            for pid in self._pids:
                _send(pid, _STOP)

    def go(self) -> None:
        """The beat has ended."""
        with self._lock:
            if not self._held:
                return
            now_s = self._clock.monotonic_s()
            self._held, self._rest_s, self._turn_s = False, now_s - self._turn_s, now_s
            for pid in self._pids:
                _send(pid, _GO)


def _send(pid: int, what: signal.Signals | None) -> None:
    if what is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, what)
