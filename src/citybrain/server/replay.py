"""The past over HTTP: which hours are kept, and the frames of a stretch of them, as the live picture sent them."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.server.edge import answer, iso, parse_time
from citybrain.server.film import Film, vitals_of
from citybrain.server.film_store import Kept
from citybrain.server.models import TIME, Error, Model
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import answers
from citybrain.server.services import services

router = APIRouter(prefix="/replay", tags=["replay"])
POINTS = 720
NOT_KEPT = "this brain keeps no film of its picture"
BINARY = "application/octet-stream"


class ReplaySpan(Model):
    since: str | None = Field(alias="from", examples=[TIME])
    to: str | None = Field(examples=["2026-05-01T08:30:00Z"])


class ReplayAnswer(Model):
    time: str | None = Field(description="now, on the city's clock", examples=[TIME])
    step_s: float = Field(description="between two frames", examples=[1.0])
    gap_s: float = Field(description="frames farther apart than this have a gap between them", examples=[5.0])
    on_disk: bool = Field(description="false: only the newest reels, in memory", examples=[True])
    bytes: int = Field(examples=[52428800])
    damaged: int = Field(description="reels that could not be read: gaps now", examples=[0])
    missed: int = Field(description="frames that there was no time for", examples=[0])
    spans: list[ReplaySpan] = Field(description="what is kept, without gaps, oldest first")
    vital_time: list[str | None] = Field(description="a minute apart, or more", examples=[[TIME]])
    vitals: dict[str, list[float | None]] = Field(
        description="vital signs at these times", examples=[{"in_transit": [1834.0]}]
    )


class Stretch(BaseModel):
    """A stretch of time."""

    since: str = Field("", alias="from", max_length=40, description="ISO 8601 with zone, or seconds; the first kept")
    to: str = Field("", max_length=40, description="ISO 8601 with zone, or seconds; now")


def _film(request: Request) -> Film:
    return there(services(request).film, NOT_KEPT)


@router.get("", responses=answers(ReplayAnswer, 401, 403, 404), summary="Which hours can be seen again")
def replay(
    request: Request,
    stretch: Annotated[Stretch, Query()],
    points: Annotated[int, Query(ge=1, le=10_000, description="most times that vital signs are given for")] = POINTS,
) -> Response:
    """What is kept of the live picture, the gaps in it, and the vital signs along it."""
    film, now_s = _film(request), services(request).now_s()
    from_s, to_s = _times(stretch, now_s)
    spans = film.spans(from_s, to_s)
    told: dict[str, Any] = {
        "time": iso(now_s),
        "step_s": film.step_s,
        "gap_s": film.gap_s,
        "on_disk": film.on_disk,
        "bytes": film.store.bytes,
        "damaged": film.damaged,
        "missed": film.missed,
        "spans": [{"from": iso(span.from_s), "to": iso(span.to_s)} for span in spans],
    }
    return answer(told | _along(film.reels(from_s, to_s), points))


def _times(stretch: Stretch, now_s: float) -> tuple[float, float]:
    from_s = parse_time(stretch.since) if stretch.since else 0.0
    to_s = parse_time(stretch.to) if stretch.to else max(now_s, from_s)
    if to_s < from_s:
        raise ApiError(400, "bad_request", "query: to lies before from")
    return from_s, to_s


def _along(reels: list[Kept], points: int) -> dict[str, Any]:
    """The vital signs at the first moment of every reel, or of every so many."""
    every = math.ceil(len(reels) / points) or 1
    chosen = sorted(reels[::every], key=lambda kept: kept.head.first_s)
    told = [vitals_of(kept) for kept in chosen]
    names = sorted({name for one in told for name in one})
    return {
        "vital_time": [iso(kept.head.first_s) for kept in chosen],
        "vitals": {name: [one.get(name) for one in told] for name in names},
    }


@router.get(
    "/frames",
    responses={
        **answers(Error, 401, 403, 404, 413),
        200: {"description": "frames, see server/frames.py", "content": {BINARY: {"example": "(bytes)"}}},
    },
    summary="The picture as it was",
)
async def frames(request: Request, stretch: Annotated[Stretch, Query()]) -> Response:
    """Frames of the whole reels (a minute each) that meet the stretch, each led by its length (u32).

    Each reel begins with a key frame. No frame tells of a gap: the times of the frames do. A reel that tells of an
    earlier time than the one before takes its place from there on. Nothing is kept of the stretch: an empty body.
    """
    film, served = _film(request), services(request)
    from_s, to_s = _times(stretch, served.now_s())
    most = served.settings.replay_span_max_s
    if to_s - from_s > most:
        raise ApiError(413, "too_large", f"{to_s - from_s:.0f} s; at most {most} s at once (replay_span_max_s)")
    packed = "gzip" in request.headers.get("accept-encoding", "")
    body, encoding = await run_in_threadpool(_body, film, film.frames(from_s, to_s), packed)
    headers = {"Cache-Control": "no-store", "Content-Encoding": encoding, "Vary": "Accept-Encoding"}
    return Response(body, 200, headers, media_type=BINARY)


def _body(film: Film, found: list[Kept | bytes], packed: bool) -> tuple[bytes, str]:
    """The bytes and their encoding: a single reel goes out as it lies."""
    parts: list[bytes] = []
    for one in found:
        if isinstance(one, bytes):
            parts.append(one)
            continue
        reel = one.read()
        if reel is None:
            film.spoilt(one)
        elif packed and len(found) == 1:
            return reel.body, "gzip"
        else:
            parts.append(reel.plain())
    return b"".join(parts), "identity"
