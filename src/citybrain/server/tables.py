"""Columns over HTTP: tables of the hub, the links' courses, the sensors with their health."""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import City, SensorKind
from citybrain.errors import LimitError
from citybrain.hub.address import LINKS, SENSORS
from citybrain.hub.catalogue import Entry, Kind
from citybrain.hub.hub import TableValue
from citybrain.records.observations import Quality
from citybrain.records.sensor_health import Health
from citybrain.server.catalogue import readable
from citybrain.server.edge import answer, encoded, iso, numbers, tag_of, unchanged
from citybrain.server.geometry import links_geojson
from citybrain.server.models import Columns, Links, Sensors
from citybrain.server.problems import ApiError
from citybrain.server.routing import Limit, Offset, answers
from citybrain.server.services import Services, audiences, services

router = APIRouter(tags=["tables"])
CACHE_S = 1
STATIC_S = 300  # a course does not change while a brain runs; a browser asks again with its tag
CELLS_MAX = 5_000_000  # of one answer
DECIMALS = 3
Ids = Annotated[bool, Query(description="name the rows, too")]


@router.get("/tables/{city}/{area}/{name}", responses=answers(Columns, 401, 404, 413), summary="One column")
def table(request: Request, city: str, area: str, name: str, ids: Ids = False) -> Response:
    """The latest value of every row of a table, in the city's order."""
    served = services(request)
    entry = readable(request, f"{city}/{area}/{name}")
    if entry.kind is not Kind.TABLE:
        raise ApiError(404, "not_found", f"{entry.address} is an indicator; it is under indicators/")
    return answer(_columns(served, [entry], ids), CACHE_S)


GEOJSON = "application/geo+json"
LINKS_ANSWERS = {
    **answers(Links, 404),
    304: {"description": "as it was"},
    200: {
        "description": "the answer",
        "content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/Links"}}},
        "model": Links,
    },
}


@router.get("/links", responses=LINKS_ANSWERS, summary="The links")
def links(request: Request) -> Response:
    """Every link with its course as GeoJSON. It is the same as long as the brain runs: ask with If-None-Match."""
    body, small, tag = _links(_city(services(request)))
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={STATIC_S}", "Vary": "Accept-Encoding"}
    if unchanged(request, tag):
        return Response(None, 304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(small, 200, {**headers, "Content-Encoding": "gzip"}, media_type="application/geo+json")
    return Response(body, 200, headers, media_type="application/geo+json")


@router.get("/links/values", responses=answers(Columns, 401, 404, 413), summary="Latest values of every link")
def link_values(
    request: Request,
    columns: Annotated[str, Query(max_length=500, description="names with commas, e.g. speed,count")] = "speed",
    ids: Ids = False,
) -> Response:
    """Columns of values in the order of the links: what a map draws."""
    served = services(request)
    names = list(dict.fromkeys(name.strip() for name in columns.split(",")))
    wanted = [entry for name in names for entry in _column_entries(request, LINKS, name)]
    return answer(_columns(served, wanted, ids), CACHE_S)


@router.get("/sensors", responses=answers(Sensors, 401, 404), summary="The sensors and how they are")
def sensors(
    request: Request,
    health: Annotated[str, Query(max_length=20, description="only those that are so, e.g. dead")] = "",
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """Every sensor, where it is, and whether it can be trusted."""
    served = services(request)
    city, now_s = _city(served), served.now_s()
    states = _health(request, city)
    if health and health.upper() not in Health.__members__:
        raise ApiError(
            400, "bad_request", f"health {health!r}: expected one of {', '.join(h.name.lower() for h in Health)}"
        )
    chosen = np.flatnonzero(states["health"] == Health[health.upper()]) if health else np.arange(states["health"].size)
    page = chosen[offset : offset + min(limit, served.settings.api_rows_max)].tolist()
    rows = [_sensor(city, states, row) for row in page]
    return answer({"total": int(chosen.size), "time": iso(now_s), "sensors": rows}, CACHE_S)


def _city(served: Services) -> City:
    if served.city is None:
        raise ApiError(404, "not_found", "this brain has no city")
    return served.city


@lru_cache(maxsize=2)
def _links(city: City) -> tuple[bytes, bytes, str]:
    body = encoded(links_geojson(city))
    return body, gzip.compress(body, 6, mtime=0), tag_of(body)


def _column_entries(request: Request, area: str, name: str) -> list[Entry]:
    hub = services(request).hub
    entries = hub.catalogue.find(f"*/{area}/{name}", audiences(request))
    found = [entry for entry in entries if entry.kind is Kind.TABLE]
    if not found:
        raise ApiError(404, "not_found", f"no column {name[:80]!r} of {area}")
    return found


def _columns(served: Services, entries: list[Entry], with_ids: bool) -> dict[str, Any]:
    cells = sum(entry.rows for entry in entries)
    if cells > CELLS_MAX:
        raise LimitError(f"{cells} cells; at most {CELLS_MAX} an answer")
    now_s, first = served.now_s(), entries[0]
    names = ids_of(served.city, first.axis) if with_ids else None
    found = {entry.name: _column(served.hub.table(entry.address, now_s)) for entry in entries}
    return {"axis": first.axis, "rows": first.rows, "ids": names, "columns": found}


def _column(found: TableValue) -> dict[str, Any]:
    entry = found.entry
    return {
        "address": entry.address,
        "unit": entry.unit,
        "time": iso(found.time_s),
        "sequence": found.sequence,
        "values": numbers(found.values, DECIMALS),
        "quality": found.quality.tolist(),
    }


def ids_of(city: City | None, axis: str) -> list[str] | None:
    """The names of the rows of a table, by what they are; None where they have none."""
    if city is None:
        return None
    if axis == "lanes":
        return [f"{city.links.link_id[k]}_{i}" for k, i in zip(city.lanes.link, city.lanes.index, strict=True)]
    known = {"links": city.links.link_id, "sensors": city.sensors.sensor_id, "signals": city.signals.signal_id}
    return list(known[axis]) if axis in known else None


def _health(request: Request, city: City) -> dict[str, Any]:
    """Columns health, age and factor of the sensors; UNKNOWN where the hub has none."""
    served, n = services(request), len(city.sensors.sensor_id)
    found = {"health": np.full(n, Health.UNKNOWN), "age": np.full(n, np.nan), "factor": np.full(n, np.nan)}
    for entry in served.hub.catalogue.find(f"*/{SENSORS}/*", audiences(request)):
        if entry.kind is Kind.TABLE and entry.name in found and entry.rows == n:
            column = served.hub.table(entry.address, served.now_s())
            known = column.quality != Quality.UNKNOWN
            found[entry.name] = np.where(known, column.values, found[entry.name])
    return found


def _sensor(city: City, states: dict[str, Any], row: int) -> dict[str, Any]:
    sensors, lane = city.sensors, int(city.sensors.lane[row])
    return {
        "row": row,
        "sensor": sensors.sensor_id[row],
        "kind": SensorKind(int(sensors.kind[row])).name.lower(),
        "link": city.links.link_id[int(city.lanes.link[lane])],
        "lane": int(city.lanes.index[lane]),
        "position_m": round(float(sensors.position_m[row]), 2),
        "health": Health(int(states["health"][row])).name.lower(),
        "age_s": float(states["age"][row]),
        "factor": float(states["factor"][row]),
    }
