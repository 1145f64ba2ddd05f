"""The audit over HTTP, for those who manage."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from citybrain.hub.audit import AuditEntry
from citybrain.server.access import door_of
from citybrain.server.edge import answer, iso
from citybrain.server.models import AuditPage
from citybrain.server.routing import Offset, answers

router = APIRouter(tags=["access"])
PAGE_MAX = 1000
PageSize = Annotated[int, Query(ge=1, le=PAGE_MAX, description="most rows")]


@router.get("/audit", responses=answers(AuditPage, 401, 403, 404), summary="Who did what (manage)")
def audit(request: Request, limit: PageSize = 100, offset: Offset = 0) -> Response:
    """Newest first; with the head of the hash chain, for whoever wants to keep it, and what was wrong at the start."""
    log = door_of(request).audit
    page = log.page(limit, offset)
    head = {"total": len(log), "head_number": log.head.number, "head_mac": log.head.mac, "trouble": log.trouble[:20]}
    return answer({**head, "entries": [audit_row(entry) for entry in page]})


def audit_row(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON."""
    told = entry.told()
    at_s = told.pop("time_s")
    return {**told, "time": iso(at_s), "mac": entry.mac}
