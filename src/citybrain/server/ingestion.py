"""The HTTP door: `POST /api/v1/ingest/{kind}` takes a message and answers after the commit that holds it.

Headers: `Authorization: Bearer NAME:KEY` says who sends, `Content-Type` in which format, `Idempotency-Key` the
source's own number of the message: the same twice is stored once and answered alike. A source repeats a message until
it has an answer of 2xx or 4xx (but 408 and 429); after 429 and 503 it waits for `Retry-After`.
"""

# No lazy annotations here: FastAPI looks at those of the routes, and its names are local to `router`.

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from citybrain.errors import BusyError, InputError, LimitError, StorageError
from citybrain.ingest.ingestor import Ingestor, Message, Outcome
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.schema import FORMATS
from citybrain.ingest.sources import Meter, Source, Sources
from citybrain.server.body import Body

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["Refusal", "router"]

KEY_LENGTH_MAX = 200
STATUS = {  # of a message that was refused whole
    Reason.UNKNOWN_SOURCE: 401,
    Reason.KIND_NOT_ALLOWED: 403,
    Reason.UNKNOWN_KIND: 404,
    Reason.TOO_MANY_BYTES: 413,
    Reason.TOO_MANY_ROWS: 413,
    Reason.UNKNOWN_FORMAT: 415,
    Reason.MALFORMED: 400,
    Reason.UNSUPPORTED: 400,
}


class Refusal(Exception):  # noqa: N818 (an answer, not an error)
    """An answer that takes nothing in: status, reason code and one line that says what was expected."""

    def __init__(self, status: int, reason: str, detail: str, retry_s: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.reason, self.detail = status, reason, detail
        self.headers = {} if retry_s is None else {"Retry-After": str(math.ceil(retry_s))}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"


def router(ingestor: Ingestor, sources: Sources) -> "APIRouter":
    """The routes of the door, for the sources of a register."""
    from fastapi import APIRouter, Request
    from fastapi.responses import JSONResponse

    routes = APIRouter(prefix="/api/v1", tags=["ingestion"])
    door = Door(ingestor, sources)

    @routes.post("/ingest/{kind}", summary="Take in a message of observations, durably", responses=RESPONSES)
    async def ingest(kind: str, request: Request) -> JSONResponse:
        try:
            outcome = await door.take(kind, request)
        except Refusal as refusal:
            said = {"reason": refusal.reason, "detail": refusal.detail}
            return JSONResponse(said, refusal.status, refusal.headers)
        return JSONResponse(answer(outcome), status_of(outcome))

    return routes


class Door:
    """One request after the other: who, what, how much, and then the ingestor."""

    def __init__(self, ingestor: Ingestor, sources: Sources) -> None:
        self._ingestor, self._sources = ingestor, sources
        self._settings = ingestor.settings
        self._meter = Meter()

    async def take(self, kind_name: str, request: Any) -> Outcome:
        """The outcome of a message, or Refusal."""
        kind, source, content_type, key = self._head(kind_name, request.headers)
        retry_s = float(self._settings.retry_after_s)
        try:
            with Body(self._ingestor.gate, kind, _length(request.headers), self._settings.message_bytes_max) as body:
                content = await body.read(request.stream(), self._settings.ingest_body_s)
                outcome = await self._ingestor.receive(Message(source.name, kind, content_type, content, key))
                if not outcome.duplicate:
                    rows = outcome.accepted + outcome.quarantined
                    self._meter.charge(source, rows, self._ingestor.clock.monotonic_s())
                return outcome
        except BusyError as error:
            raise Refusal(503, "busy", str(error), retry_s) from None
        except StorageError as error:
            raise Refusal(503, "storage", str(error), retry_s) from None
        except LimitError as error:
            raise Refusal(413, Reason.TOO_MANY_BYTES, str(error)) from None
        except InputError as error:
            raise Refusal(400, Reason.BAD_TEXT, str(error)) from None
        except TimeoutError:
            late = f"the body did not arrive within {self._settings.ingest_body_s} s"
            raise Refusal(408, "timeout", late) from None

    def _who(self, kind: Kind, headers: Any) -> Source:
        """The source, when it may send this kind now."""
        found = self._sources.authenticate(headers.get("authorization", ""))
        if isinstance(found, Reject):
            raise self._turned_away("", kind, found)
        reject = self._sources.allowed(found, kind)
        if reject is not None:
            raise self._turned_away(found.name, kind, reject)
        wait_s = self._meter.wait_s(found, self._ingestor.clock.monotonic_s())
        if wait_s > 0.0:
            raise Refusal(429, "rate", f"{found.name} may send {found.rows_per_s} rows/s; wait {wait_s:.1f} s", wait_s)
        return found

    def _turned_away(self, name: str, kind: Kind, reject: Reject) -> Refusal:
        self._ingestor.intake.turn_away(name, kind, self._ingestor.clock.now_s(), reject)
        return Refusal(STATUS[reject.reason], reject.reason, str(reject))

    def _head(self, kind_name: str, headers: Any) -> tuple[Kind, Source, str, str | None]:
        """What the head of a request says, checked before any of its body is taken in."""
        if kind_name not in set(Kind):
            raise Refusal(404, Reason.UNKNOWN_KIND, f"no such kind; expected one of {', '.join(Kind)}")
        kind = Kind(kind_name)
        source = self._who(kind, headers)
        content_type = headers.get("content-type", "")
        if content_type.split(";", 1)[0].strip().lower() not in FORMATS or "content-encoding" in headers:
            expected = "expected a Content-Type of " + ", ".join(FORMATS) + ", and no Content-Encoding"
            raise Refusal(415, Reason.UNKNOWN_FORMAT, expected)
        key = headers.get("idempotency-key")
        if key is not None and not (0 < len(key) <= KEY_LENGTH_MAX and key.isprintable()):
            raise Refusal(400, Reason.BAD_TEXT, f"Idempotency-Key: expected 1 to {KEY_LENGTH_MAX} printable characters")
        return kind, source, content_type, key


def _length(headers: Any) -> int | None:
    """Bytes that the head announces; None for a body that comes in chunks."""
    text = headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refusal(400, Reason.MALFORMED, "Content-Length: expected a number of bytes")
    return int(text)


def answer(outcome: Outcome) -> dict[str, Any]:
    """The body of an answer."""
    return {
        "accepted": outcome.accepted,
        "quarantined": outcome.quarantined,
        "duplicate": outcome.duplicate,
        "sequence": outcome.sequence,
        "rejects": [asdict(reject) for reject in outcome.rejects],
    }


def status_of(outcome: Outcome) -> int:
    """200 when any row was accepted or there was none; else why nothing was: 422, or the status of the whole message's
    fault.
    """
    if outcome.accepted or not outcome.rejects:
        return 200
    first = outcome.rejects[0]
    return STATUS.get(first.reason, 422) if first.row < 0 else 422


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "durable: accepted, quarantined, duplicate, sequence, rejects"},
    400: {"description": "the bytes are not of the format that they claim, or a header is wrong"},
    401: {"description": "unknown source, or wrong key"},
    403: {"description": "the source may not send this kind"},
    404: {"description": "no such kind of observation"},
    408: {"description": "the body took too long to arrive"},
    413: {"description": "too many bytes or rows: send smaller messages"},
    415: {"description": "not a format that is understood"},
    422: {"description": "no row could be accepted; rejects say why"},
    429: {"description": "the source sends more than it may: wait for Retry-After"},
    503: {"description": "no room, or the disk fails: nothing was acknowledged, wait for Retry-After"},
}
