"""Many readers of the live picture in one event loop, which read of each frame nothing but its head."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.errors import InputError
from citybrain.server.frames import HEAD, VERSION, FrameKind

LENGTH_BYTES = 4
HEAD_END = b"\r\n\r\n"
WAIT_MAX_S = 30.0
OF_BEATS = (FrameKind.KEY, FrameKind.DELTA)


@dataclass(frozen=True)
class Head:
    """What leads a frame."""

    kind: int
    sequence: int
    time_s: float
    size: int  # bytes of the whole frame, the length before it included


class FrameHeads:
    """Finds the frames in a stream that comes in pieces of any size; their bodies are passed over."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._head: Head | None = None
        self._left = 0  # bytes of the body that are still to come

    def feed(self, data: bytes) -> list[Head]:
        """Heads of the frames whose last byte is in `data`. Raises InputError for another version."""
        found, at = [], 0
        while at < len(data):
            if self._head is None:
                missing = LENGTH_BYTES + HEAD.size - len(self._held)
                self._held += data[at : at + missing]
                at += missing
                if len(self._held) < LENGTH_BYTES + HEAD.size:
                    break
                self._begin()
            step = min(self._left, len(data) - at)
            self._left, at = self._left - step, at + step
            if self._left == 0 and self._head is not None:
                found.append(self._head)
                self._head = None
        return found

    def _begin(self) -> None:
        size = int.from_bytes(self._held[:LENGTH_BYTES], "little")
        kind, version, _, sequence, time_s = HEAD.unpack_from(self._held, LENGTH_BYTES)
        if version != VERSION:
            raise InputError(f"frame version {version}; expected {VERSION}")
        self._head, self._left = Head(kind, sequence, time_s, LENGTH_BYTES + size), size - HEAD.size
        self._held.clear()


@dataclass(frozen=True, eq=False)
class Heard:
    """What one reader got: arrays [n] of key and delta frames, oldest first; `arrived_s` is of CLOCK_MONOTONIC."""

    time_s: Any
    arrived_s: Any
    bytes_read: int
    lost: int  # frames whose sequence was passed over


class _Reader(asyncio.Protocol):
    """One connection. HTTP/1.0, so that frames follow each other without chunks between them."""

    def __init__(self) -> None:
        self._before: bytes | None = b""  # of the body; None = it has begun
        self._heads = FrameHeads()
        self._rows: list[tuple[float, float]] = []
        self._sequence = self._lost = self._bytes = 0
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"GET /api/v1/live HTTP/1.0\r\nHost: x\r\n\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()
        if not self.begun.done():
            self.begun.set_exception(exc or ConnectionError("the server closed a live stream before its first frame"))

    def data_received(self, data: bytes) -> None:
        now_s = time.perf_counter()
        if self._before is not None:
            self._before += data
            if HEAD_END not in self._before:
                return
            status, data = self._before.split(HEAD_END, 1)
            if b" 200 " not in status.split(b"\r\n")[0] and not self.begun.done():
                self.begun.set_exception(ConnectionError(status.decode(errors="replace")))
                return
            self._before = None
        self._bytes += len(data)
        for head in self._heads.feed(data):
            if head.kind in OF_BEATS:
                self._take(head, now_s)

    def _take(self, head: Head, now_s: float) -> None:
        if self._sequence:
            self._lost += max(head.sequence - self._sequence - 1, 0)
        self._sequence = head.sequence
        self._rows.append((head.time_s, now_s))
        if not self.begun.done():
            self.begun.set_result(None)

    def heard(self) -> Heard:
        rows = np.array(self._rows).reshape(-1, 2)
        return Heard(rows[:, 0], rows[:, 1], self._bytes, self._lost)


@dataclass(frozen=True)
class Listening:
    """Readers of some time; `begin_s` is when the last of them had its key frame."""

    readers: list[Heard]
    begin_s: float
    end_s: float


async def listen(port: int, clients: int, lasts_s: float) -> Listening:
    """So many readers for so long, or until the server ends them. Raises ConnectionError where one is refused."""
    loop = asyncio.get_running_loop()
    open_ = [await loop.create_connection(_Reader, "127.0.0.1", port) for _ in range(clients)]
    await asyncio.wait_for(asyncio.gather(*(reader.begun for _, reader in open_)), WAIT_MAX_S)
    begin_s = time.perf_counter()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(reader.ended.wait() for _, reader in open_)), lasts_s)
    end_s = time.perf_counter()
    for transport, _ in open_:
        transport.abort()
    await asyncio.sleep(0)
    return Listening([reader.heard() for _, reader in open_], begin_s, end_s)
