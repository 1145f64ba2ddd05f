"""How requests are read off the line: by a parser in C, with a limit on what comes before the body."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX_BYTES = 65_536  # request line and headers; the parser itself has no limit
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
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._come, self._parsed = True, 0, 0
        super().on_message_complete()

    def _parse(self, n_bytes: int) -> None:
        """A head may come whole, in one piece of data. Raises ValueError: the parser makes a refusal of it."""
        self._parsed += n_bytes
        if self._parsed > HEAD_MAX_BYTES:
            raise ValueError(TOO_LARGE)
