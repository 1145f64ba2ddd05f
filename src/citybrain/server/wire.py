"""How requests are read off the line: by a parser in C, with a limit on what comes before the body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_MAX_BYTES = 65_536  # request line and headers; the parser itself has no limit
ENDLESS = 1 << 62  # bytes of an answer whose length is not known
TOO_LARGE = f"the request line and headers are over {HEAD_MAX_BYTES} bytes"


class Line(HttpToolsProtocol):
    """A connection. A head that is too large, or does not end, is answered with 400, and the connection closed."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = True
        self._come = self._parsed = 0  # bytes of the head that have come, and that the parser has told of

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._in_head:
            self._come += len(data)
        super().data_received(data)
        if self._in_head and self._come > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.send_400_response(TOO_LARGE)  # perhaps one header without end, of which the parser tells nothing yet

    def on_url(self, url: bytes) -> None:
        self._parse(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._parse(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, before = False, self.cycle
        super().on_headers_complete()
        if self.cycle is not before and self.scope.get("http_version") == "1.0":
            self.cycle.send = without_chunks(self.cycle)  # type: ignore[method-assign, assignment]

    def on_message_complete(self) -> None:
        self._in_head, self._come, self._parsed = True, 0, 0
        super().on_message_complete()

    def _parse(self, n_bytes: int) -> None:
        """A head may come whole, in one piece of data. Raises ValueError: the parser makes a refusal of it."""
        self._parsed += n_bytes
        if self._parsed > HEAD_MAX_BYTES:
            raise ValueError(TOO_LARGE)


def without_chunks(cycle: RequestResponseCycle) -> Callable[[Any], Awaitable[None]]:
    """The way out of an answer for a client of HTTP/1.0, who knows no chunks: its end is that of the connection."""
    send = cycle.send

    async def plain(message: Any) -> None:
        if message["type"] == "http.response.start":
            if not any(name.lower() == b"content-length" for name, _ in message.get("headers", [])):
                cycle.chunked_encoding, cycle.expected_content_length = False, ENDLESS
        elif cycle.expected_content_length >= ENDLESS // 2 and not message.get("more_body", False):
            cycle.expected_content_length = len(message.get("body", b""))  # what is said with it is the last
        await send(message)

    return plain
