"""Live values over HTTP: server-sent events, first everything, then what changed.

A reader that was cut off sends the id of the last message that it saw (Last-Event-ID) and goes on from there. A reader
that is slow is told the newest values only: nothing is queued for it. Readers of the same pattern share one encoding.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Annotated, Any, cast

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from citybrain.errors import LimitError
from citybrain.hub.hub import Hub
from citybrain.hub.subscription import Changes, Subscription, event_id
from citybrain.server.access import still_there
from citybrain.server.edge import encoded, iso
from citybrain.server.indicators import selected, value_rows
from citybrain.server.models import ValuePage
from citybrain.server.problems import ApiError
from citybrain.server.routing import Match, answers
from citybrain.server.services import Services, audiences, services

router = APIRouter(tags=["indicators"])
LOOK_EVERY_S = 10.0
HEARTBEAT_S = 15.0  # a line that says nothing, so that neither side takes the silence for the end
EXAMPLE = 'id: 1777620000-86400\nevent: values\ndata: {"values":[]}\n\n'
SHARED_MAX = 64  # encoded messages that are kept for readers of the same pattern


class Wake:
    """Wakes the readers of one event loop when something is published, from whatever thread that was."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._event = asyncio.Event()
        self._leave: Callable[[], None] | None = None
        self._shared: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self.readers = 0

    def join(self) -> None:
        """A reader comes; the first one makes this listen to the hub."""
        self.readers += 1
        if self._leave is None:
            loop, event = asyncio.get_running_loop(), asyncio.Event()
            self._event = event

            def told() -> None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to wake
                    loop.call_soon_threadsafe(event.set)

            self._leave = self._hub.listen(told)

    def part(self) -> None:
        """A reader goes; the last one ends the listening."""
        self.readers -= 1
        if self.readers == 0 and self._leave is not None:
            self._leave()
            self._leave = None
            self._shared.clear()

    async def wait(self, most_s: float) -> bool:
        """Until something is published; False when nothing was for so long."""
        self._event.clear()
        try:
            await asyncio.wait_for(self._event.wait(), most_s)
        except TimeoutError:
            return False
        return True

    def message(self, key: tuple[Any, ...], make: Callable[[], bytes]) -> bytes:
        """The message of a key, made once for all readers that ask for the same."""
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = make()
            if len(self._shared) > SHARED_MAX:
                self._shared.popitem(last=False)
        return found


@router.get(
    "/stream",
    responses={
        **answers(ValuePage, 401, 413, 503),
        200: {
            "description": "server-sent events: first all values, then changes; data as in /indicators, and `whole`",
            "content": {
                "text/event-stream": {"example": 'id: 1777620000-86400\nevent: values\ndata: {"values":[]}\n\n'}
            },
        },
    },
    summary="Live values",
)
async def stream(
    request: Request, match: Match = "*", last_event_id: Annotated[str | None, Header(max_length=100)] = None
) -> Response:
    """Every indicator that the pattern selects, as it changes; at most one message each api_stream_period_ms."""
    served = services(request)
    wake: Wake = request.app.state.wake
    entries = selected(served.hub, match, audiences(request))
    if len(entries) > served.settings.api_rows_max:
        raise LimitError(
            f"the pattern selects {len(entries)} indicators; at most {served.settings.api_rows_max} a stream"
        )
    if wake.readers >= served.settings.api_streams_max:
        raise ApiError(503, "unavailable", "too many live streams are open", {"Retry-After": "30"})
    rows = served.hub.rows_of(entries)
    reader = Subscription(served.hub, rows, last_event_id)
    watched = _while(_messages(served, wake, reader, (match, audiences(request), len(entries))), request)
    return StreamingResponse(watched, headers={"Cache-Control": "no-store"}, media_type="text/event-stream")


async def _while(told: AsyncIterator[bytes], request: Request) -> AsyncIterator[bytes]:
    """The messages, as long as the reader's login or key holds: it is looked at every few seconds."""
    clock = services(request).clock
    looked_s = clock.monotonic_s()
    async with contextlib.aclosing(cast(AsyncGenerator[bytes, None], told)) as messages:
        async for message in messages:
            if clock.monotonic_s() - looked_s >= LOOK_EVERY_S:
                looked_s = clock.monotonic_s()
                if not still_there(request):
                    return
            yield message


async def _messages(served: Services, wake: Wake, reader: Subscription, who: tuple[Any, ...]) -> AsyncIterator[bytes]:
    period_s = served.settings.api_stream_period_ms / 1000.0
    wake.join()
    try:
        yield b"retry: 2000\n\n"
        while True:
            now_s = served.now_s()
            since, changes = reader.seen, reader.take(now_s)
            if changes is None:
                if not await wake.wait(HEARTBEAT_S):
                    yield b": still here\n\n"
                continue
            key = (*who, since, changes.sequence)
            yield wake.message(key, lambda: _message(served.hub, changes, now_s))  # noqa: B023
            await asyncio.sleep(period_s)
    finally:
        wake.part()


def _message(hub: Hub, changes: Changes, now_s: float) -> bytes:
    entries = [hub.entry(row) for row in changes.values.rows.tolist()]
    told = {"time": iso(now_s), "sequence": changes.sequence, "whole": changes.whole, "total": len(entries)}
    data = encoded({**told, "values": value_rows(entries, changes.values)})
    return b"id: " + event_id(hub, changes.sequence).encode() + b"\nevent: values\ndata: " + data + b"\n\n"
