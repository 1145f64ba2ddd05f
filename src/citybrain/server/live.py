"""The live picture: a stream of binary frames over plain HTTP, encoded once for everybody.

Each frame is led by its length (u32). A reader gets a key frame and then deltas. One that was cut off says which frame
it saw last (`since`) and goes on from there without loss, as far as the last FRAMES_KEPT frames reach; one that is
slower than the frames are made finds itself too far behind, and starts again from a fresh key frame. Nothing is queued
for anybody: what is kept is shared.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from citybrain.records.truth import Moving
from citybrain.server.drawing import Drawing, centre_m, draw
from citybrain.server.edge import encoded, unchanged
from citybrain.server.frames import Array, Plane, delta_frame, key_frame, still_frame, vehicle_frame
from citybrain.server.ground import Ground
from citybrain.server.models import Error
from citybrain.server.picture import Picture
from citybrain.server.problems import ApiError
from citybrain.server.routing import answers
from citybrain.server.services import Services, services
from citybrain.worlds.screen import Screen

router = APIRouter(tags=["live"])
FRAMES_KEPT = 64
STILL_S = 5.0  # a frame that says nothing, so that neither side takes the silence for the end
SETTLE_S = 0.03  # a beat publishes one thing after another: its frame is made when they all are there
STATIC_S = 300
BINARY = "application/octet-stream"


class Live:
    """Makes the frames while somebody reads. Everything runs in the server's event loop."""

    def __init__(self, served: Services) -> None:
        self._served = served
        self.screen: Screen | None = None
        self.readers = 0
        self.sequence = 0
        self._frames: deque[bytes] = deque(maxlen=FRAMES_KEPT)  # the last of them is `sequence`
        self._planes: dict[Plane, Array] = {}
        self._key: tuple[int, bytes] = (-1, b"")
        self._vehicles: tuple[Moving | None, bytes] = (None, b"")
        self._seen = -1  # sequence of the hub that the last frame shows
        self._told = asyncio.Event()  # a frame was made
        self._maker: asyncio.Task[None] | None = None
        self._picture: Picture | None = None
        self._drawing: Drawing | None = None
        self._ground: Ground | None = None

    @property
    def ground(self) -> Ground:
        """The city's lines. Raises ApiError where there is no city."""
        if self._ground is None:
            if self._served.city is None:
                raise ApiError(404, "not_found", "no city is loaded")
            self._ground = Ground(self._served.city)
            self._picture = Picture(self._served.hub, self._served.city)
        return self._ground

    def drawing(self) -> Drawing:
        """What the map draws; made once."""
        if self._drawing is None:
            ground = self.ground
            assert self._served.city is not None
            self._drawing = draw(self._served.city, ground)
        return self._drawing

    # ---- making frames ----

    def make(self) -> bool:
        """Make the next frame; False when nothing was published since the last one."""
        hub, picture, now_s = self._served.hub, self._picture, self._served.now_s()
        if picture is None or hub.sequence == self._seen:
            return False
        self._seen = hub.sequence
        picture.look()
        planes = picture.planes(now_s)
        sizes = {plane: values.size for plane, values in self._planes.items()}
        self.sequence += 1
        if sizes == {plane: values.size for plane, values in planes.items()}:
            self._frames.append(delta_frame(self.sequence, now_s, planes, self._planes))
        else:
            self._frames.clear()  # other rows: nobody can go on from before
            self._frames.append(key_frame(self.sequence, now_s, planes, encoded(picture.text())))
        self._planes = planes
        return True

    def key(self) -> bytes:
        """Everything as the newest frame left it."""
        if self._key[0] != self.sequence:
            assert self._picture is not None
            frame = key_frame(self.sequence, self._served.now_s(), self._planes, encoded(self._picture.text()))
            self._key = self.sequence, frame
        return self._key[1]

    def since(self, seen: int) -> list[bytes]:
        """Frames after the one that was seen last: the deltas, or one key frame where they are not kept."""
        behind = self.sequence - seen
        if 0 <= behind <= len(self._frames) and seen > 0:
            return list(self._frames)[len(self._frames) - behind :] if behind else []
        return [self.key()]

    def vehicles(self, before: Moving | None) -> tuple[Moving | None, bytes]:
        """The newest vehicles and their frame, where they are others than `before`."""
        seen = None if self.screen is None else self.screen.newest
        if seen is None or seen is before:
            return before, b""
        if self._vehicles[0] is not seen:
            assert self._served.city is not None
            self._vehicles = seen, vehicle_frame(seen, self.ground.vehicles(seen), centre_m(self._served.city))
        return self._vehicles

    async def _run(self) -> None:
        """Frame after frame, until the last reader has gone."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def told() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to wake
                loop.call_soon_threadsafe(woken.set)

        leave = self._served.hub.listen(told)
        woken.set()  # for what was published before this listened
        try:
            while True:
                await woken.wait()
                await asyncio.sleep(SETTLE_S)
                woken.clear()
                if self.make():
                    told_now, self._told = self._told, asyncio.Event()
                    told_now.set()
                await asyncio.sleep(self._served.settings.api_stream_period_ms / 1000.0)
        finally:
            leave()

    # ---- readers ----

    def join(self, vehicles: bool) -> None:
        """A reader comes; the first one starts the making."""
        self.readers += 1
        if self.screen is not None:
            self.screen.wanted += vehicles
        if self._maker is None or self._maker.done():
            self.make()
            self._told = asyncio.Event()
            self._maker = asyncio.get_running_loop().create_task(self._run())

    def part(self, vehicles: bool) -> None:
        """A reader goes; the last one ends it."""
        self.readers -= 1
        if self.screen is not None:
            self.screen.wanted -= vehicles
        if self.readers == 0 and self._maker is not None:
            self._maker.cancel()
            self._maker = None

    async def read(self, seen: int, with_vehicles: bool) -> AsyncIterator[bytes]:
        """Frames for one reader, each led by its length."""
        self.join(with_vehicles)
        moving: Moving | None = None
        try:
            while True:
                frames = self.since(seen)
                seen = self.sequence
                if with_vehicles:
                    moving, frame = self.vehicles(moving)
                    frames += [frame] if frame else []
                if frames:
                    yield b"".join(len(frame).to_bytes(4, "little") + frame for frame in frames)
                    await asyncio.sleep(0)  # others have their turn, however fast this one is served
                elif not await self._more():
                    frame = still_frame(self.sequence, self._served.now_s())
                    yield len(frame).to_bytes(4, "little") + frame
        finally:
            self.part(with_vehicles)

    async def _more(self) -> bool:
        """Until a frame is made; False when none was for some time."""
        try:
            await asyncio.wait_for(self._told.wait(), STILL_S)
        except TimeoutError:
            return False
        return True


def _binary(description: str, *errors: int) -> dict[int | str, dict[str, Any]]:
    told = answers(Error, *errors)
    return {**told, 200: {"description": description, "content": {BINARY: {"example": "(bytes)"}}}}


def _live(request: Request) -> Live:
    live = request.app.state.live
    assert isinstance(live, Live)
    return live


@router.get(
    "/geometry",
    responses={**_binary("see server/drawing.py", 404), 304: {"description": "as it was"}},
    summary="What the map draws",
)
def geometry(request: Request) -> Response:
    """Links, lanes, signals, plans, sensors and areas in one binary file, the same as long as the brain runs."""
    drawing = _live(request).drawing()
    headers = {"ETag": drawing.tag, "Cache-Control": f"public, max-age={STATIC_S}", "Vary": "Accept-Encoding"}
    if unchanged(request, drawing.tag):
        return Response(None, 304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(drawing.packed, 200, {**headers, "Content-Encoding": "gzip"}, media_type=BINARY)
    return Response(drawing.plain, 200, headers, media_type=BINARY)


@router.get("/live", responses=_binary("frames, see server/frames.py", 404, 503), summary="The live picture")
async def live(
    request: Request,
    since: Annotated[
        str, Query(max_length=100, description="epoch-sequence of the last frame seen", examples=["0-17"])
    ] = "",
    vehicles: Annotated[bool, Query(description="with every vehicle, where the world is a simulator")] = False,
) -> Response:
    """A key frame, then what changes, as binary frames led by their length (u32); it never ends by itself."""
    served, found = services(request), _live(request)
    found.ground  # noqa: B018 - answers 404 where there is no city
    if found.readers >= served.settings.api_streams_max:
        raise ApiError(503, "unavailable", "too many live streams are open", {"Retry-After": "30"})
    headers = {"Cache-Control": "no-store", "Content-Encoding": "identity", "X-Accel-Buffering": "no"}
    seen = _sequence(since, served.hub.epoch)
    return StreamingResponse(found.read(seen, vehicles), headers=headers, media_type=BINARY)


def _sequence(since: str, epoch: str) -> int:
    """The frame that a reader saw last; 0 = none, or one of another life of the brain."""
    life, _, number = since.rpartition("-")
    return int(number) if life == epoch and number.isascii() and number.isdigit() and len(number) < 10 else 0
