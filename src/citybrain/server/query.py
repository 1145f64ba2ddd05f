"""SQL over the history, for operators."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.hub.sql import QUERY_MAX, SqlDoor
from citybrain.hub.sql import SqlAnswer as SqlRows
from citybrain.server.downloads import sent
from citybrain.server.edge import answer, body_of, decoded
from citybrain.server.files import MEDIA, FileKind, piece
from citybrain.server.models import SqlAnswer
from citybrain.server.problems import ApiError
from citybrain.server.routing import answers, body_of_kind
from citybrain.server.services import services

if TYPE_CHECKING:
    import polars as pl

router = APIRouter(tags=["query"])
AN_EXAMPLE = {"query": "SELECT address, avg(value) AS mean FROM indicators GROUP BY address"}


ANSWERS = answers(SqlAnswer, 401, 403, 404, 413)
ANSWERS[200]["content"] = {kind.partition(";")[0]: {"example": "bytes"} for kind in MEDIA.values()}


class SqlQuery(msgspec.Struct, forbid_unknown_fields=True):
    """One SELECT."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=QUERY_MAX)]
    format: Literal["json", "csv", "parquet", "arrow"] = "json"


@router.post(
    "/query",
    responses=ANSWERS,
    openapi_extra=body_of_kind(SqlQuery, AN_EXAMPLE),
    summary="One SELECT over the history (operators)",
)
async def query(request: Request) -> Response:
    """Read-only SQL over `indicators` and `tables`; within limits of time, memory and rows. Also as a file."""
    served = services(request)
    door: SqlDoor | None = request.app.state.sql
    if door is None:
        raise ApiError(404, "not_found", "this brain keeps no history")
    given: SqlQuery = decoded(await body_of(request, served.settings.api_body_max_bytes), SqlQuery)
    if given.format == "json":
        return answer(asdict(await run_in_threadpool(door.ask, given.query)))
    most = served.settings.download_sql_rows_max
    found = await run_in_threadpool(door.ask, given.query, most)
    if found.truncated:  # a file cannot say so
        raise ApiError(413, "too_large", f"more than {most} rows, the limit download_sql_rows_max")
    kind = FileKind(given.format)
    return sent(iter([await run_in_threadpool(piece, _frame(found), kind)]), kind, "query")


def _frame(found: SqlRows) -> pl.DataFrame:
    """Rows as columns; text where a column holds lists or values of several kinds."""
    import polars as pl

    columns: dict[str, pl.Series] = {}
    for k, name in enumerate(found.columns):
        values = [row[k] for row in found.rows]
        kinds = {type(value) for value in values if value is not None}
        if kinds <= {int, float} or (len(kinds) == 1 and kinds <= {bool, str}):
            columns[name] = pl.Series(values, strict=False)
        else:
            told = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
            columns[name] = pl.Series(told, dtype=pl.String)
    return pl.DataFrame(columns)
