"""NGSI-LD over HTTP, to be read: types, entities by type and name, one entity. Writing goes by ingestion."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from citybrain.hub.access import Role
from citybrain.server.access import check_role
from citybrain.server.edge import encoded
from citybrain.server.models import EntityTypes
from citybrain.server.ngsi import CONTEXTS, CORE, DEVICE, Entity, View, kind_of, simplified
from citybrain.server.problems import ApiError
from citybrain.server.routing import answers
from citybrain.server.services import city_of, services

router = APIRouter(prefix="/ngsi-ld/v1", tags=["ngsi-ld"])
LD = "application/ld+json"
CACHE_S = 1
NAMES_MAX = 100  # of one request
EXAMPLE: Entity = {
    "id": "urn:ngsi-ld:TrafficFlowObserved:demo:link:a-b",
    "type": "TrafficFlowObserved",
    "averageVehicleSpeed": {"type": "Property", "value": 38.5, "unitCode": "KMH", "observedAt": "2026-05-01T07:30:00Z"},
}
Kinds = Literal["TrafficFlowObserved", "Device", "OffStreetParking", "OnStreetParking"]
Options = Annotated[
    Literal["normalized", "keyValues"], Query(description="normalized, or keyValues: names and values alone")
]


def _answers(example: Any, *errors: int) -> dict[int | str, dict[str, Any]]:
    content = {media: {"example": example} for media in ("application/json", LD)}
    told = {status: one for status, one in answers(EntityTypes, *errors).items() if status != 200}
    return {200: {"description": "as NGSI-LD tells it", "content": content}, **told}


@router.get("/types", responses=answers(EntityTypes, 404), summary="Types of NGSI-LD entities")
def types(request: Request) -> Response:
    """Which types of entities there are."""
    view = _view(request)
    told = {"id": f"urn:ngsi-ld:EntityTypeList:{view.name}", "type": "EntityTypeList", "typeList": list(CONTEXTS)}
    return Response(encoded(told), 200, {"Cache-Control": "no-store"}, media_type="application/json")


@router.get("/entities", responses=_answers([EXAMPLE], 401, 403, 404), summary="NGSI-LD entities of a type")
def entities(
    request: Request,
    type: Annotated[Kinds, Query(description="of the entities")],  # noqa: A002 (the name that the standard gives it)
    id: Annotated[str, Query(max_length=20_000, description="names, with commas")] = "",  # noqa: A002
    limit: Annotated[int, Query(ge=0, le=1000, description="most entities")] = 20,
    offset: Annotated[int, Query(ge=0, le=2**31, description="entities to pass over")] = 0,
    count: Annotated[bool, Query(description="tell their number in NGSILD-Results-Count")] = False,
    options: Options = "normalized",
) -> Response:
    """Links and areas as TrafficFlowObserved, sensors as Device (role view), places to park, page by page."""
    _allowed(request, type)
    view = _view(request)
    names = [name for name in id.split(",") if name]
    if len(names) > NAMES_MAX:
        raise ApiError(400, "bad_request", f"{len(names)} names; at most {NAMES_MAX} a request")
    rows = view.rows(type, names) if names else range(view.count(type))
    found = view.entities(type, rows[offset : offset + limit])
    headers = {"NGSILD-Results-Count": str(len(rows))} if count else {}
    if limit and offset + limit < len(rows):
        address = request.url.include_query_params(limit=limit, offset=offset + limit)
        headers["Link"] = f'<{address.path}?{address.query}>; rel="next"; type="application/json"'
    return _sent(request, [_in_form(entity, options) for entity in found], type, headers)


@router.get("/entities/{entity}", responses=_answers(EXAMPLE, 401, 403, 404), summary="One NGSI-LD entity")
def one_entity(request: Request, entity: str, options: Options = "normalized") -> Response:
    """An entity by its name."""
    kind = kind_of(entity)
    if kind:
        _allowed(request, kind)
    view = _view(request)
    rows = view.rows(kind, [entity]) if kind else []
    if not rows:
        raise ApiError(404, "not_found", "no entity of that name")
    (found,) = view.entities(kind, rows)
    return _sent(request, _in_form(found, options), kind, {})


def _allowed(request: Request, kind: str) -> None:
    """Sensors are no business of the public, here as elsewhere (`GET /sensors`)."""
    if kind == DEVICE:
        check_role(request, Role.VIEW)


def _view(request: Request) -> View:
    served = services(request)
    city, now_s = city_of(request), served.now_s()
    return View(served.hub, city, now_s, request.app.state.parking.now(now_s))


def _in_form(entity: Entity, options: str) -> Entity:
    return simplified(entity) if options == "keyValues" else entity


def _sent(request: Request, content: Any, kind: str, headers: dict[str, str]) -> Response:
    """JSON-LD with the context inside where the caller asks for it, else JSON with a link to it (section 6.3.15)."""
    cache = "no-store" if kind == DEVICE else f"public, max-age={CACHE_S}"
    headers = {**headers, "Cache-Control": cache, "Vary": "Accept"}
    if LD in request.headers.get("accept", ""):
        context = [CONTEXTS[kind], CORE]
        every = content if isinstance(content, list) else [content]
        inside = [{"@context": context, **entity} for entity in every]
        body = encoded(inside if isinstance(content, list) else inside[0])
        return Response(body, 200, headers | {"Cache-Control": "no-store"}, media_type=LD)
    link = f'<{CONTEXTS[kind]}>; rel="http://www.w3.org/ns/json-ld#context"; type="{LD}"'
    headers["Link"] = ", ".join(part for part in (link, headers.get("Link", "")) if part)
    return Response(encoded(content), 200, headers, media_type="application/json")
