"""How much may be inside at once: the memory of the doors is bounded, and so is the time until an answer.

Bytes inside are limited, and below that limit there is room for what can be answered in time: while answers take
longer than `wait_s` the room shrinks by a tenth, while they do not it grows by what was answered (AIMD, as in TCP's
congestion control).
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from citybrain.errors import BusyError
from citybrain.ingest.log_batch import share

_SHRINK = 0.9
_SMALLEST = 1 << 20  # bytes: there is always room for this much


@dataclass
class Gate:
    """Messages enter before they are read and leave when they are answered. What matters least is shed first."""

    bytes_max: int
    wait_s: float = float("inf")
    n_bytes: int = 0
    n_messages: int = 0
    shed: Counter[str] = field(default_factory=Counter)  # messages by kind
    shed_bytes: Counter[str] = field(default_factory=Counter)  # as far as they were announced
    _room: float = float("inf")
    _shrunk_s: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def room(self) -> float:
        """Bytes that may be inside now, for the kind that matters most."""
        return min(self._room, self.bytes_max)

    def enter(self, kind: str, n_bytes: int) -> None:
        """Raises BusyError, and counts it, when the share of the kind is taken."""
        with self._lock:
            if self.n_messages and self.n_bytes + n_bytes > share(kind) * self.room:
                self.shed[kind] += 1
                self.shed_bytes[kind] += n_bytes
                raise BusyError(f"{self.n_bytes} bytes of messages are being taken in; no room for {n_bytes} of {kind}")
            self.n_bytes += n_bytes
            self.n_messages += 1

    def grow(self, kind: str, n_bytes: int) -> None:
        """A message that is inside turns out longer. Raises BusyError, and counts it; the message must leave then."""
        with self._lock:
            if self.n_messages > 1 and self.n_bytes + n_bytes > share(kind) * self.room:
                self.shed[kind] += 1
                raise BusyError(f"{self.n_bytes} bytes of messages are being taken in; no room for more of {kind}")
            self.n_bytes += n_bytes

    def leave(self, n_bytes: int) -> None:
        with self._lock:
            self.n_bytes -= n_bytes
            self.n_messages -= 1

    def answered(self, n_bytes: int, waited_s: float, now_s: float) -> None:
        """A message was answered after so long since its body was there."""
        with self._lock:
            if waited_s <= self.wait_s:
                self._room = min(self.room + n_bytes, self.bytes_max)
            elif now_s - self._shrunk_s >= self.wait_s / 2:  # until then the shrinking before shows no effect yet
                self._room, self._shrunk_s = max(_SMALLEST, _SHRINK * min(self.room, self.n_bytes)), now_s
