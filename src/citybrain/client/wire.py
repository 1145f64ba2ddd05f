"""What the two clients share: how a connection is set up, what an answer means, and when a request is tried again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import msgspec

from citybrain.client.answers import Update
from citybrain.client.calls import Call
from citybrain.client.retries import BUSY, Retries, told_wait_s
from citybrain.client.sse import Parser
from citybrain.errors import InputError, RemoteError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
TIMEOUT_S = 30.0
SILENCE_S = 45.0  # the server says every 15 s that a stream is still there
LOCAL = "http://127.0.0.1:8080"


class Problem(msgspec.Struct):
    """What went wrong."""

    code: str
    message: str


class Told(msgspec.Struct):
    """An error in the API's form, or in that of the ingest."""

    error: Problem | None = None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Options:
    """How a client speaks: to whom, as whom, how patiently. `key` is NAME:KEY of a program, or the operator's token."""

    url: str = LOCAL
    key: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S
    retries: Retries = field(default_factory=Retries)
    verify: bool | str = True  # TLS: True, or the file of the certificates that are trusted

    def http(self) -> dict[str, Any]:
        """As httpx takes them. Raises InputError for an address that is none."""
        if not self.url.startswith(("http://", "https://")):
            raise InputError(f"url {self.url[:80]!r}: expected http://HOST:PORT or https://...")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return {"base_url": self.url, "headers": headers, "timeout": self.timeout_s, "follow_redirects": False}


def request_of(call: Call[Any]) -> dict[str, Any]:
    """A call as httpx's `build_request` takes it."""
    found: dict[str, Any] = {"method": call.method, "url": call.path, "headers": dict(call.headers)}
    if call.params:
        found["params"] = dict(call.params)
    if call.body is not None:
        found["content"] = call.body
    return found


def fine(call: Call[Any], status: int) -> bool:
    """Whether the body is the answer."""
    return 200 <= status < 300 or status in call.also


def problem(call: Call[Any], status: int, body: bytes) -> RemoteError:
    """Why the server said no."""
    try:
        told = msgspec.json.decode(body, type=Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = body[:200].decode("utf-8", "replace") or "no explanation"
        return RemoteError(call.asked, status, "http", said)
    code, said = (told.reason, told.detail) if told.error is None else (told.error.code, told.error.message)
    return RemoteError(call.asked, status, code or "http", said or "no explanation")


def silent(call: Call[Any], error: Exception) -> RemoteError:
    """There was no answer."""
    return RemoteError(call.asked, 0, "no_answer", f"{type(error).__name__}: {error}".rstrip(": "))


def again_s(
    call: Call[Any], retries: Retries, failed: int, status: int = 0, headers: Mapping[str, str] | None = None
) -> float | None:
    """How long to wait before the call is made again; None = it failed for good."""
    if not call.repeatable or (status and status not in BUSY):
        return None
    return retries.wait_s(failed, told_wait_s(headers.get("retry-after") if headers else None))


@dataclass
class Reading:
    """A live stream over several connections: what was seen last, and how often it broke since."""

    call: Call[Update]
    retries: Retries
    last_id: str = ""
    broken: int = 0
    _parser: Parser = field(default_factory=Parser)

    def request(self, timeout: httpx.Timeout) -> dict[str, Any]:
        """The next connection's request: it resumes where the last one ended."""
        self._parser = Parser()
        found = request_of(self.call)
        if self.last_id:
            found["headers"]["Last-Event-ID"] = self.last_id
        return {**found, "timeout": timeout}

    def updates(self, piece: bytes) -> Iterator[Update]:
        """What a piece of the stream tells."""
        for message in self._parser.feed(piece):
            if message.event == "values":
                update = self.call.answer(message.data.encode())
                self.last_id, self.broken = message.id, 0
                yield msgspec.structs.replace(update, id=message.id)

    def pause_s(self, why: RemoteError) -> float:
        """How long to wait before the next connection. Raises `why` when it was tried often enough."""
        self.broken += 1
        wait_s = again_s(self.call, self.retries, self.broken, why.status)
        if wait_s is None:
            raise why
        return wait_s


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name when everything is in it; before that, and after an error, there is none."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def trusted(verify: bool | str) -> Any:
    """What httpx takes: True, or the certificates of a file."""
    if isinstance(verify, bool):
        return verify
    import ssl

    return ssl.create_default_context(cafile=verify)
