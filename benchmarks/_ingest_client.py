"""Sources that push messages over real sockets, each on a connection of its own and as fast as it is answered."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._ingest_server import KEY
from benchmarks._messages import Message


@dataclass
class Tally:
    """What the sources saw."""

    rows: int = 0  # acknowledged
    statuses: Counter[int] = field(default_factory=Counter)
    offered_rows: int = 0
    waits_s: list[float] = field(default_factory=list)  # of acknowledged messages
    duration_s: float = 0.0
    errors: int = 0

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.duration_s

    def wait_s(self, quantile: float) -> float:
        waits = sorted(self.waits_s) or [0.0]
        return waits[min(len(waits) - 1, int(quantile * len(waits)))]


@dataclass(frozen=True)
class Server:
    """The door's process."""

    process: subprocess.Popen[str]
    port: int

    def rss_mib(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024

    def stats(self) -> dict[str, Any]:
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(b"GET /stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            text = b"".join(iter(lambda: sock.recv(65536), b""))
        found: dict[str, Any] = json.loads(text.partition(b"\r\n\r\n")[2])
        return found


@contextmanager
def server(folder: Path, **environ: str) -> Iterator[Server]:
    """Start the door, wait until it listens, stop it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._ingest_server", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )
    assert process.stdout is not None
    try:
        yield Server(process, int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(30)


def push(port: int, messages: Sequence[Message], n_sources: int, duration_s: float) -> Tally:
    """All sources push for a while; what they saw together."""
    tally, lock, start = Tally(), threading.Lock(), threading.Event()
    ends = [
        threading.Thread(target=_source, args=(port, messages, k, n_sources, duration_s, (tally, lock, start)))
        for k in range(n_sources)
    ]
    for end in ends:
        end.start()
    begin = time.perf_counter()
    start.set()
    for end in ends:
        end.join()
    tally.duration_s = time.perf_counter() - begin
    return tally


def _source(
    port: int,
    messages: Sequence[Message],
    k: int,
    n: int,
    duration_s: float,
    shared: tuple[Tally, threading.Lock, threading.Event],
) -> None:
    tally, lock, start = shared
    own = messages[k % len(messages) :: max(1, min(n, len(messages)))]
    sock = _connect(port)
    start.wait()
    until, i = time.perf_counter() + duration_s, 0
    while time.perf_counter() < until:
        message = own[i % len(own)]
        i += 1
        begin = time.perf_counter()
        try:
            status = _post(sock, message, f"{k}-{i}-{begin}")
        except OSError:
            sock.close()
            sock = _connect(port)
            status = 0
        waited = time.perf_counter() - begin
        with lock:
            tally.statuses[status] += 1
            tally.offered_rows += message.n_rows
            if status == 200:
                tally.rows += message.n_rows
                tally.waits_s.append(waited)
    sock.close()


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), 60.0)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _post(sock: socket.socket, message: Message, key: str) -> int:
    head = (
        f"POST /api/v1/ingest/{message.kind} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bench:{KEY}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: {message.content_type}\r\nContent-Length: {len(message.body)}\r\n\r\n"
    )
    sock.sendall(head.encode())
    sock.sendall(message.body)
    return _answer(sock)


def _answer(sock: socket.socket) -> int:
    text = b""
    while b"\r\n\r\n" not in text:
        part = sock.recv(65536)
        if not part:
            raise ConnectionError("closed")
        text += part
    head, _, body = text.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(65536)
    if b"connection: close" in head.lower():
        raise ConnectionError("the server closes")
    return int(head.split(b" ", 2)[1])
