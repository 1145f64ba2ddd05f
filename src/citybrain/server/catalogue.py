"""The catalogue over HTTP."""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from citybrain.errors import InputError
from citybrain.hub.catalogue import Entry
from citybrain.server.edge import answer
from citybrain.server.models import CatalogueEntry, CataloguePage
from citybrain.server.problems import ApiError
from citybrain.server.routing import Limit, Match, Offset, answers
from citybrain.server.services import audiences, services

router = APIRouter(tags=["catalogue"])
CACHE_S = 1


@router.get("/catalogue", responses=answers(CataloguePage, 401), summary="What data sets and indicators there are")
async def catalogue(request: Request, match: Match = "*", limit: Limit = 1000, offset: Offset = 0) -> Response:
    """Every data set and indicator that the caller may read: address, unit, definition, source, owner, freshness."""
    served = services(request)
    found = served.hub.catalogue.find(match, audiences(request))
    page = found[offset : offset + min(limit, served.settings.api_rows_max)]
    return answer({"total": len(found), "entries": [entry_row(entry) for entry in page]}, CACHE_S)


@router.get("/catalogue/{city}/{area}/{name}", responses=answers(CatalogueEntry, 401, 404), summary="One entry")
async def catalogue_entry(request: Request, city: str, area: str, name: str) -> Response:
    """What is promised of one address."""
    return answer(entry_row(readable(request, f"{city}/{area}/{name}")), CACHE_S)


def readable(request: Request, address: str) -> Entry:
    """The entry of an address that the caller may read; to others it is not there."""
    try:
        entry = services(request).hub.catalogue.get(address)
    except InputError as error:
        raise ApiError(404, "not_found", str(error)) from None
    if entry.audience not in audiences(request):
        raise ApiError(404, "not_found", f"no data set or indicator at {address}")
    return entry


def entry_row(entry: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    plain = (
        "address",
        "unit",
        "definition",
        "source",
        "owner",
        "period_s",
        "stale_after_s",
        "rows",
        "axis",
        "k_min",
        "about",
    )
    row = {name: getattr(entry, name) for name in plain}
    bounds = {
        side: bound if math.isfinite(bound) else None for side, bound in (("low", entry.low), ("high", entry.high))
    }
    return {**row, **bounds, "kind": str(entry.kind), "audience": str(entry.audience), "access": str(entry.access)}
