"""Server-sent events as they come over the wire (WHATWG HTML, section 9.2): bytes in, messages out. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field

from citybrain.errors import LimitError

LINE_MAX_BYTES = 64_000_000  # of one message


@dataclass(frozen=True)
class Message:
    """One event. `id` is the newest id that the stream has told, with this message or before."""

    id: str
    event: str
    data: str


@dataclass
class Parser:
    """Feeds on the stream in pieces of any size."""

    last_id: str = ""
    _rest: bytes = b""
    _event: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, piece: bytes) -> list[Message]:
        """The messages that end in this piece. Raises LimitError for a line without end."""
        self._rest += piece
        if len(self._rest) > LINE_MAX_BYTES:
            raise LimitError(f"a line of the stream is longer than {LINE_MAX_BYTES} bytes")
        *lines, self._rest = self._rest.replace(b"\r\n", b"\n").split(b"\n")
        found = [self._line(line.decode("utf-8", "replace")) for line in lines]
        return [message for message in found if message is not None]

    def _line(self, line: str) -> Message | None:
        """A line; an empty one ends a message."""
        if not line:
            return self._end()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
        return None

    def _end(self) -> Message | None:
        data, event = self._data, self._event
        self._data, self._event = [], ""
        return Message(self.last_id, event or "message", "\n".join(data)) if data else None
