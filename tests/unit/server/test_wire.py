"""Requests as they come over the line: whole, in pieces, many at once, too large, without end, or nonsense."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from citybrain.server.run import serve
from citybrain.server.wire import HEAD_MAX_BYTES

WAIT_S = 10.0


async def echo(request: Request) -> PlainTextResponse:
    body = await request.body()
    return PlainTextResponse(f"{request.url.path} {len(body)} {request.headers.get('x-told', '')[:10]}")


async def count(_: Request) -> StreamingResponse:
    async def numbers() -> AsyncIterator[bytes]:
        for k in range(3):
            yield f"{k};".encode()

    return StreamingResponse(numbers())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    routes = [Route("/count", count), Route("/{path:path}", echo, methods=["GET", "POST"])]
    handle = serve(Starlette(routes=routes), port=0)
    yield handle.port
    handle.stop()


class Line:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: Any) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, str]:
        """Status and body of the next answer; status 0 where the line was closed without one."""
        first = self.file.readline()
        if not first:
            return 0, ""
        length = 0
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return int(first.split()[1]), self.file.read(length).decode()


def head(path: str = "/a", *more: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: x", *more, "", "")).encode()


def test_one_after_another_and_many_at_once(port: int) -> None:
    with Line(port) as line:
        line.send(head("/a"))
        assert line.answer() == (200, "/a 0 ")
        line.send(head("/b") + head("/c", "Content-Length: 3", method="POST") + b"xyz" + head("/d"))
        assert [line.answer() for _ in range(3)] == [(200, "/b 0 "), (200, "/c 3 "), (200, "/d 0 ")]


def test_a_stream_is_in_chunks_for_those_who_know_them(port: int) -> None:
    """A proxy may well ask in HTTP/1.0; for it the stream ends with the connection."""
    with Line(port) as line:
        line.send(b"GET /count HTTP/1.0\r\nHost: x\r\n\r\n")
        told, body = line.file.read().split(b"\r\n\r\n", 1)
        assert b"chunked" not in told
        assert body == b"0;1;2;"
    with Line(port) as line:
        line.send(head("/count", "Connection: close"))
        told, body = line.file.read().split(b"\r\n\r\n", 1)
        assert b"transfer-encoding: chunked" in told.lower()
        assert body == b"2\r\n0;\r\n2\r\n1;\r\n2\r\n2;\r\n0\r\n\r\n"
    with Line(port) as line:
        line.send(b"GET /a HTTP/1.0\r\nHost: x\r\n\r\n")
        assert line.answer() == (200, "/a 0 "), "a length that is known is told"
        assert line.answer() == (0, "")


def test_in_the_smallest_pieces(port: int) -> None:
    with Line(port) as line:
        for byte in head("/slow", "X-Told: pieces"):
            line.send(bytes([byte]))
        assert line.answer() == (200, "/slow 0 pieces")


def test_a_body_is_not_part_of_the_head(port: int) -> None:
    size = 5 * HEAD_MAX_BYTES
    with Line(port) as line:
        for _ in range(3):
            line.send(head("/body", f"Content-Length: {size}", method="POST") + bytes(size))
            assert line.answer() == (200, f"/body {size} ")


def test_heads_of_many_requests_do_not_add_up(port: int) -> None:
    with Line(port) as line:
        for _ in range(5):
            line.send(head("/a", "X-Told: " + "y" * (HEAD_MAX_BYTES // 2)))
            assert line.answer() == (200, "/a 0 " + "y" * 10)


@pytest.mark.parametrize(
    "told",
    [
        head("/a", "X-Told: " + "y" * HEAD_MAX_BYTES),
        head("/a", *(f"X-{k}: {'y' * 100}" for k in range(HEAD_MAX_BYTES // 100))),
        head("/" + "y" * HEAD_MAX_BYTES),
        b"GET /a HTTP/1.1\r\nX-Told: " + b"y" * (HEAD_MAX_BYTES + 1000),  # it never ends
        b"GET /" + b"y" * (HEAD_MAX_BYTES + 1000),
    ],
    ids=["one header", "many headers", "a path", "a header without end", "a path without end"],
)
@pytest.mark.parametrize("piece", [1 << 20, 1000], ids=["at once", "in pieces"])
def test_too_large_a_head_is_refused(port: int, told: bytes, piece: int) -> None:
    with Line(port) as line:
        try:
            for at in range(0, len(told), piece):
                line.send(told[at : at + piece])
            status, _ = line.answer()
        except OSError:  # closed while we still sent
            status = 0
        assert status in (0, 400)
    with Line(port) as line:
        line.send(head("/a"))
        assert line.answer() == (200, "/a 0 "), "the server goes on"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        head("/a", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n",
        head("/a", "Content-Length: 3", "Content-Length: 4", method="POST") + b"xyz",
        head("/a", "Content-Length: -1", method="POST"),
        head("/a", "Transfer-Encoding: chunked", method="POST") + b"zz\r\n",
        b"GET /a HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
    ],
    ids=["tls", "no path", "two lengths", "two sizes", "negative", "bad chunk", "blank in name", "folded"],
)
def test_nonsense_is_refused(port: int, nonsense: bytes) -> None:
    """What one server takes for one request and the next for two lets one person speak for another."""
    with Line(port) as line:
        line.send(nonsense)
        assert line.answer()[0] in (0, 400)
