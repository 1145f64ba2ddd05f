"""The edge: times become ISO 8601, arrays become lists, nan becomes null, and entity tags are compared."""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from citybrain.errors import InputError
from citybrain.records.observations import Quality
from citybrain.server.problems import ApiError

QUALITY = tuple(quality.name.lower() for quality in Quality)
_TIME_MAX_S = 253_402_300_799.0  # the last second of the year 9999


def iso(at_s: float) -> str | None:
    """ISO 8601 in UTC, milliseconds where the time has any; None for a time that is not known."""
    if not math.isfinite(at_s) or not 0.0 <= at_s <= _TIME_MAX_S:
        return None
    seconds, thousandths = divmod(round(at_s * 1000.0), 1000)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{thousandths:03d}Z" if thousandths else f"{whole}Z"


def parse_time(text: str) -> float:
    """UTC seconds of an ISO 8601 time with zone, or of a plain number of seconds. Raises InputError for others."""
    try:
        at_s = float(text)
    except ValueError:
        at_s = _parse_iso(text)
    if not (math.isfinite(at_s) and 0.0 <= at_s <= _TIME_MAX_S):
        raise InputError(f"time {text[:40]!r}: expected 1970 to 9999")
    return at_s


def _parse_iso(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a + that was not escaped in the address
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(f"time {text[:40]!r}: expected ISO 8601 with zone, e.g. 2026-05-01T07:30:00Z, or seconds")
    return moment.timestamp()


def numbers(array: NDArray[np.floating], decimals: int = 6) -> list[float | None]:
    """A list whose unknown values are null."""
    return [None if value != value else value for value in np.round(array.astype(np.float64), decimals).tolist()]  # noqa: PLR0124


def qualities(array: NDArray[np.uint8]) -> list[str]:
    """Names of qualities."""
    return [QUALITY[mark] for mark in array.tolist()]


def encoded(content: Any) -> bytes:
    """JSON; nan and infinity become null."""
    return msgspec.json.encode(content)


def answer(content: Any, cache_s: int = 0, status: int = 200) -> Response:
    """A JSON answer. With `cache_s` it is the same for everybody, and may be kept for so long."""
    headers = {"Cache-Control": f"public, max-age={cache_s}" if cache_s else "no-store"}
    return Response(encoded(content), status, headers, media_type="application/json")


def tag_of(body: bytes) -> str:
    """A strong entity tag of a body."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def unchanged(request: Request, tag: str) -> bool:
    """Whether the caller has this body already (If-None-Match, weak comparison)."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in given.split(",")]


async def body_of(request: Request, bytes_max: int) -> bytes:
    """The request's body; it is read no further than its limit."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > bytes_max:
            raise ApiError(413, "too_large", f"the body is larger than {bytes_max} bytes")
        parts.append(part)
    return b"".join(parts)


def decoded(body: bytes, kind: type[Any]) -> Any:
    """A JSON body as a msgspec struct. Raises InputError that names the field."""
    try:
        return msgspec.json.decode(body, type=kind, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"body: {error}") from None
