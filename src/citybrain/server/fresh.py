"""Answers that are the same for everybody are made once a beat: the same question within it gets the same bytes.

An answer is kept when the route says that it is public (Cache-Control: public), until something is published, the
catalogue or the event log changes or a second of the city's clock has gone by, whichever is first: never is an older
value told than the hub holds, nor a stale one as fresh. Requests that carry a token or a condition pass by.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from citybrain.hub.catalogue import Audience, Kind
from citybrain.server.edge import answer
from citybrain.server.indicators import CACHE_S, value_row
from citybrain.server.routing import PREFIX
from citybrain.server.services import Services

ANSWERS_MAX = 5000
LATEST = f"{PREFIX}/indicators/"
LATEST_ROUTE = "/indicators/{city}/{area}/{name}"
LINKED = b"application/ld+json"
BYTES_MAX = 100_000_000
_PASS_BY = frozenset((b"authorization", b"if-none-match", b"range", b"cookie"))
Key = tuple[str, bytes, bytes]


@dataclass
class _Kept:
    start: Message
    body: Message
    route: str


@dataclass
class _Heard:
    """An answer on its way."""

    start: Message = field(default_factory=dict)
    bodies: list[Message] = field(default_factory=list)


class Fresh:
    """Middleware that keeps the public answers of a beat."""

    def __init__(self, app: ASGIApp, served: Services) -> None:
        self._app = app
        self._served, self._moment = served, _moment(served)
        self._at: tuple[int, int, int, int] | None = None
        self._kept: dict[Key, _Kept] = {}
        self._bytes = 0
        self.hits = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        accepts = form = b""
        for name, value in scope["headers"]:
            if name in _PASS_BY:
                await self._app(scope, receive, send)
                return
            if name == b"accept-encoding":
                accepts = value
            elif name == b"accept" and LINKED in value:  # the one other form that an answer may have (`ngsi_routes`)
                form = LINKED
        at = self._moment()
        if at != self._at:
            self._kept, self._bytes, self._at = {}, 0, at
        key = (scope["path"], scope["query_string"], accepts + form)
        kept = self._kept.get(key)
        if kept is not None:
            self.hits += 1
        else:
            kept = self._latest(scope["path"])
        if kept is None:
            await self._ask(key, scope, receive, send)
            return
        scope["citybrain.route"] = kept.route
        await send(kept.start)
        await send(kept.body)

    def _latest(self, path: str) -> _Kept | None:
        """The latest value of one public indicator, the most frequent question, made without the way through the app.

        The bytes are those that the app would give; whatever is not that simple is None, and the app's to answer.
        """
        if not path.startswith(LATEST):
            return None
        hub, address = self._served.hub, path[len(LATEST) :]
        if address not in hub.catalogue:
            return None
        entry = hub.catalogue.get(address)
        if entry.kind is not Kind.INDICATOR or entry.audience is not Audience.PUBLIC:
            return None
        made = answer(value_row(entry, hub.latest(address, self._served.now_s())), CACHE_S)
        start = {"type": "http.response.start", "status": made.status_code, "headers": made.raw_headers}
        return _Kept(start, {"type": "http.response.body", "body": made.body}, LATEST_ROUTE)

    async def _ask(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        heard, at = _Heard(), self._at

        async def overheard(message: Message) -> None:
            if message["type"] == "http.response.start":
                heard.start = message
            elif len(heard.bodies) < 2:
                heard.bodies.append(message)
            await send(message)

        await self._app(scope, receive, overheard)
        if self._at == at == self._moment() and _public(heard):
            size = len(heard.bodies[0].get("body", b""))
            if len(self._kept) < ANSWERS_MAX and self._bytes + size <= BYTES_MAX:
                self._bytes += size
                self._kept[key] = _Kept(heard.start, heard.bodies[0], getattr(scope.get("route"), "path", "none"))


def _moment(served: Services) -> Callable[[], tuple[int, int, int, int]]:
    """What an answer depends on beside its question."""
    hub, now_s, events = served.hub, served.now_s, served.events

    def found() -> tuple[int, int, int, int]:
        return hub.sequence, hub.catalogue.version, 0 if events is None else events.changes, math.floor(now_s())

    return found


def _public(heard: _Heard) -> bool:
    if heard.start.get("status") != 200 or len(heard.bodies) != 1 or heard.bodies[0].get("more_body"):
        return False
    return any(name == b"cache-control" and value.startswith(b"public") for name, value in heard.start["headers"])
