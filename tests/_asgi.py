"""A client without sockets: one request at a time, and streams that are left after a few messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

ENDLESS = ("/live", "/stream")  # left as soon as they begin


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Talks to an ASGI app in the test's own thread: with a bearer token, or with a cookie as our page does."""

    def __init__(self, app: Any, token: str = "", cookie: str = "", scheme: str = "http") -> None:
        self.app, self.token, self.cookie, self.scheme = app, token, cookie, scheme

    def get(self, path: str, **headers: str) -> Answer:
        return asyncio.run(self._request("GET", path, b"", headers))

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return asyncio.run(self._request("POST", path, data, headers))

    def delete(self, path: str, **headers: str) -> Answer:
        return asyncio.run(self._request("DELETE", path, b"", headers))

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        return asyncio.run(self._request(method, path, body, headers))

    def head(self, path: str) -> Answer:
        return asyncio.run(self._request("HEAD", path, b"", {}))

    def stream(self, path: str, messages: int, between: Callable[[int], None], **headers: str) -> list[str]:
        """The first messages of a live stream; `between(k)` is called when k have come."""
        return asyncio.run(self._stream(path, messages, between, headers))

    def _scope(self, method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
        path, _, query = path.partition("?")
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given["authorization"] = f"Bearer {self.token}"
        if self.cookie:
            given = {"cookie": self.cookie, "host": "test", "origin": f"{self.scheme}://test"} | given
            given = {"x-requested-with": "citybrain"} | given
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("test", 1),
            "server": ("test", 80),
            "state": {},
        }

    async def _request(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> Answer:
        parts: list[dict[str, Any]] = [{"type": "http.request", "body": data, "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = self._scope(method, path, headers)
        if not scope["path"].endswith(ENDLESS):
            scope["asgi"] = {"version": "3.0", "spec_version": "2.4"}  # an answer in pieces is heard to its end
        try:
            await self.app(scope, receive, send)
        except Exception:
            if not sent:  # the app answers with an error and raises it again, for the log
                raise
        told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))

    async def _stream(
        self, path: str, messages: int, between: Callable[[int], None], headers: dict[str, str]
    ) -> list[str]:
        found: list[str] = []
        left = asyncio.Event()
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message.get("body"):
                found.append(message["body"].decode())
                between(len(found))
            if len(found) >= messages or message.get("status", 200) >= 400:
                left.set()

        await asyncio.wait_for(self.app(self._scope("GET", path, headers), receive, send), 20)
        return found
