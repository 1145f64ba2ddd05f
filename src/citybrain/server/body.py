"""The body of a request, taken in within limits while it arrives: bytes, time, and what is inside at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from citybrain.errors import LimitError
from citybrain.ingest.gate import Gate
from citybrain.ingest.kinds import Kind


class Body:
    """A place at the gate and what came in on it; leaving the context gives the place back."""

    def __init__(self, gate: Gate, kind: Kind, announced: int | None, bytes_max: int) -> None:
        self._gate, self._kind, self._max = gate, kind, bytes_max
        self._announced, self._held = announced or 0, 0

    def __enter__(self) -> Body:
        """Raises LimitError for a body that is announced too long, BusyError when there is no room."""
        self._check(self._announced)
        self._gate.enter(self._kind, self._announced)
        self._held = self._announced
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.leave(self._held)

    def _check(self, n_bytes: int) -> None:
        if n_bytes > self._max:
            raise LimitError(f"the message has {n_bytes} bytes or more; expected at most {self._max}")

    async def read(self, stream: AsyncIterator[bytes], within_s: float) -> bytes:
        """The whole body. Raises LimitError, BusyError, TimeoutError."""
        parts: list[bytes] = []
        n_bytes = 0
        async with asyncio.timeout(within_s):
            async for part in stream:
                n_bytes += len(part)
                self._check(n_bytes)
                if n_bytes > self._held:
                    self._gate.grow(self._kind, n_bytes - self._held)
                    self._held = n_bytes
                parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
