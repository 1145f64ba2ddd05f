"""How routes are declared: an answer's model for OpenAPI, the errors it may give, and bytes as what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import Query
from pydantic import BaseModel

from citybrain.server.models import Error

PREFIX = "/api/v1"
Match = Annotated[
    str,
    Query(description="addresses: city/area/name with * in a segment, several with commas", examples=["*/all/*"]),
]
Limit = Annotated[int, Query(ge=1, le=1_000_000, description="most rows; api_rows_max is the highest")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="rows to pass over")]


def answers(model: type[BaseModel], *errors: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: its answer, and the errors beside 400 and 500, which every route may give."""
    told = {400: "the request is not valid", 401: "the token is wrong", 403: "not allowed", 404: "there is none"}
    told |= {409: "not in this state", 413: "over a limit", 429: "too many at once", 500: "the server failed"}
    told |= {503: "not now"}
    failed: dict[int | str, dict[str, Any]] = {
        status: {"model": Error, "description": told[status]} for status in sorted({400, 500, *errors})
    }
    return {200: {"model": model, "description": "the answer"}, **failed}


def binary_answers(media: Sequence[str], *errors: int) -> dict[int | str, dict[str, Any]]:
    """The same for an answer that is no JSON, of one of these content types."""
    content = {kind.partition(";")[0]: {"example": "bytes"} for kind in media}
    failed = {status: told for status, told in answers(Error, *errors).items() if status != 200}
    return {200: {"description": "the bytes", "content": content}, **failed}


def body_of_kind(kind: type[msgspec.Struct], example: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI tells of a body."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="{name}")
    inside = _inlined(schema, parts)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": inside, "example": example}}}}


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(parts[schema["$ref"]], parts)
        return {name: _inlined(part, parts) for name, part in schema.items()}
    if isinstance(schema, list):
        return [_inlined(part, parts) for part in schema]
    return schema
