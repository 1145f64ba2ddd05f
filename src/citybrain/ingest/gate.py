"""How many bytes of messages may be inside at once: the memory of the doors is bounded, whatever is sent."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from citybrain.errors import BusyError
from citybrain.ingest.log_batch import share


@dataclass
class Gate:
    """Messages enter before they are read and leave when they are answered. What matters least is shed first."""

    bytes_max: int
    n_bytes: int = 0
    n_messages: int = 0
    shed: Counter[str] = field(default_factory=Counter)  # messages by kind
    shed_bytes: Counter[str] = field(default_factory=Counter)  # as far as they were announced
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, kind: str, n_bytes: int) -> None:
        """Raises BusyError, and counts it, when the share of the kind is taken."""
        with self._lock:
            if self.n_messages and self.n_bytes + n_bytes > share(kind) * self.bytes_max:
                self.shed[kind] += 1
                self.shed_bytes[kind] += n_bytes
                raise BusyError(f"{self.n_bytes} bytes of messages are being taken in; no room for {n_bytes} of {kind}")
            self.n_bytes += n_bytes
            self.n_messages += 1

    def grow(self, kind: str, n_bytes: int) -> None:
        """A message that is inside turns out longer. Raises BusyError, and counts it; the message must leave then."""
        with self._lock:
            if self.n_messages > 1 and self.n_bytes + n_bytes > share(kind) * self.bytes_max:
                self.shed[kind] += 1
                raise BusyError(f"{self.n_bytes} bytes of messages are being taken in; no room for more of {kind}")
            self.n_bytes += n_bytes

    def leave(self, n_bytes: int) -> None:
        with self._lock:
            self.n_bytes -= n_bytes
            self.n_messages -= 1
