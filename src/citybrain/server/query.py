"""SQL over the history, for operators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.hub.sql import QUERY_MAX, SqlDoor
from citybrain.server.edge import answer, body_of, decoded
from citybrain.server.models import SqlAnswer
from citybrain.server.problems import ApiError
from citybrain.server.routing import answers, body_of_kind
from citybrain.server.services import services

router = APIRouter(tags=["query"])
AN_EXAMPLE = {"query": "SELECT address, avg(value) AS mean FROM indicators GROUP BY address"}


class SqlQuery(msgspec.Struct, forbid_unknown_fields=True):
    """One SELECT."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=QUERY_MAX)]


@router.post(
    "/query",
    responses=answers(SqlAnswer, 401, 403, 404, 413),
    openapi_extra=body_of_kind(SqlQuery, AN_EXAMPLE),
    summary="One SELECT over the history (operators)",
)
async def query(request: Request) -> Response:
    """Read-only SQL over `indicators` and `tables`; within limits of time, memory and rows."""
    served = services(request)
    door: SqlDoor | None = request.app.state.sql
    if door is None:
        raise ApiError(404, "not_found", "this brain keeps no history")
    given: SqlQuery = decoded(await body_of(request, served.settings.api_body_max_bytes), SqlQuery)
    return answer(asdict(await run_in_threadpool(door.ask, given.query)))
