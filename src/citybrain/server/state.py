"""Health and ingestion counts over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import citybrain
from citybrain.hub.address import INGEST
from citybrain.server.edge import answer, iso
from citybrain.server.indicators import selected, value_rows
from citybrain.server.models import Health, ValuePage
from citybrain.server.routing import answers
from citybrain.server.services import Services, audiences, services

router = APIRouter(tags=["state"])


@router.get("/health", responses=answers(Health, 503), summary="Whether the brain is alive")
async def health(request: Request) -> Response:
    """200 while values come; 503, with the same body, before the first value and when none has come for some time."""
    served = services(request)
    now_s, hub = served.now_s(), served.hub
    age_s = now_s - hub.newest_s
    status = "starting" if not hub.sequence else "silent" if age_s > served.silent_after_s else "ok"
    found = {
        "status": status,
        "version": citybrain.__version__,
        "city": None if served.city is None else served.city.meta.name,
        "time": iso(now_s),
        "newest": iso(hub.newest_s),
        "age_s": age_s,
        "epoch": hub.epoch,
        "sequence": hub.sequence,
        "troubles": _troubles(served),
    }
    return answer(found, status=200 if status == "ok" else 503)


def _troubles(served: Services) -> list[str]:
    """What is wrong without stopping the brain."""
    found = []
    if served.history is not None and served.history.trouble:
        found.append(f"history: {served.history.trouble}")
    if served.history is not None and served.history.lost_rows:
        found.append(f"history: {served.history.lost_rows} rows lost")
    if served.events is not None and served.events.trouble:
        found.append(f"events: {served.events.trouble[0]}")
    if served.film is not None and served.film.trouble:
        found.append(f"replay: {served.film.trouble}")
    return found


@router.get("/ingestion", responses=answers(ValuePage, 401), summary="What came in, and what became of it")
async def ingestion(request: Request) -> Response:
    """Every count of the ingest: accepted, quarantined, doubles, ... (addresses city/ingest/name)."""
    served = services(request)
    now_s = served.now_s()
    entries = selected(served.hub, f"*/{INGEST}/*", audiences(request))
    page = entries[: served.settings.api_rows_max]
    values = served.hub.values(served.hub.rows_of(page), now_s)
    found = {"time": iso(now_s), "sequence": served.hub.sequence, "total": len(entries)}
    return answer({**found, "values": value_rows(page, values)}, 1)
