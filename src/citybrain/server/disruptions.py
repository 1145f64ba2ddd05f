"""What residents are told of events: that something is on the street, where and since when; and nothing else.

Told are events that a person has confirmed and not yet closed, of kinds that concern who is on the street. The title,
who reported it and why stay inside; words for the public are the proposer's own `details.public`. The same as alerts
of GTFS-Realtime for journey planners.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.hub.address import slug
from citybrain.hub.events import Event, State
from citybrain.server.edge import answer, iso, parse_time
from citybrain.server.geometry import degrees_of
from citybrain.server.models import DisruptionPage
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import answers, binary_answers
from citybrain.server.services import services

router = APIRouter(tags=["public"])
CACHE_S = 5
TOLD = frozenset((State.CONFIRMED, State.HANDLED))
WORDS_MAX = 300  # characters of `details.public`
DISRUPTIONS_MAX = 1000  # of one answer, newest change first
GTFS_VERSION = "2.0"
MEDIA = "application/x-protobuf"
# kind of an event -> cause and effect of GTFS-Realtime
KINDS = {
    "accident": ("ACCIDENT", "SIGNIFICANT_DELAYS"),
    "breakdown": ("TECHNICAL_PROBLEM", "SIGNIFICANT_DELAYS"),
    "broken_light": ("TECHNICAL_PROBLEM", "OTHER_EFFECT"),
    "closure": ("OTHER_CAUSE", "DETOUR"),
    "congestion": ("OTHER_CAUSE", "SIGNIFICANT_DELAYS"),
    "demonstration": ("DEMONSTRATION", "DETOUR"),
    "event": ("SPECIAL_EVENT", "OTHER_EFFECT"),
    "flood": ("WEATHER", "DETOUR"),
    "obstacle": ("OTHER_CAUSE", "SIGNIFICANT_DELAYS"),
    "works": ("CONSTRUCTION", "SIGNIFICANT_DELAYS"),
}


@dataclass(frozen=True)
class Disruption:
    """What may be told of an event. Times are UTC seconds; nan where not known."""

    number: int
    kind: str
    text: str  # "" = nothing but the kind is told
    begin_s: float
    changed_s: float
    until_s: float  # as its proposer expects; nan = not said
    link: int | None  # row of the city's links
    x_m: float | None
    y_m: float | None


def told_of(event: Event) -> Disruption | None:
    """What the public is told of an event; None where it is not its business."""
    if event.state not in TOLD or event.kind not in KINDS:
        return None
    details = _details(event.details)
    text, until = details.get("public", ""), details.get("until", "")
    text = text if isinstance(text, str) and len(text) <= WORDS_MAX else ""
    place = (event.link, event.x_m, event.y_m)
    return Disruption(event.event, event.kind, text, event.begin_s, event.changed_s, _time(until), *place)


def _details(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _time(until: object) -> float:
    try:
        return parse_time(str(until)) if until else math.nan
    except InputError:
        return math.nan


def disruptions_of(request: Request) -> list[Disruption]:
    """Everything that is told now, newest change first."""
    log = there(services(request).events, "this brain keeps no event log")
    every = (told_of(event) for event in log.events(TOLD))
    return [found for found in every if found is not None][:DISRUPTIONS_MAX]


@router.get("/disruptions", responses=answers(DisruptionPage), summary="What disturbs the traffic now")
def disruptions(request: Request) -> Response:
    """Confirmed closures, accidents, works and the like, for everybody."""
    served = services(request)
    kept = served.events is not None
    found = disruptions_of(request) if kept else []
    told = {"time": iso(served.now_s()), "kept": kept, "total": len(found)}
    return answer({**told, "disruptions": [_row(one, served.city) for one in found]}, CACHE_S)


def _row(found: Disruption, city: City | None) -> dict[str, Any]:
    link = None if city is None else found.link
    x_m, y_m = (None, None) if city is None else _point(found, city)
    lon, lat = (None, None) if city is None or x_m is None or y_m is None else _degrees(city, x_m, y_m)
    return {
        "number": found.number,
        "kind": found.kind,
        "text": found.text,
        "begin": iso(found.begin_s),
        "changed": iso(found.changed_s),
        "until": iso(found.until_s),
        "link": None if link is None or city is None else city.links.link_id[link],
        "street": _street(found, city),
        "x_m": x_m,
        "y_m": y_m,
        "lon": lon,
        "lat": lat,
    }


def _street(found: Disruption, city: City | None) -> str:
    return "" if city is None or found.link is None else city.links.name[found.link]


def _point(found: Disruption, city: City) -> tuple[float | None, float | None]:
    """Where it was reported, or the middle of its link; in the city's plane."""
    if found.x_m is not None and found.y_m is not None:
        return round(found.x_m, 2), round(found.y_m, 2)
    if found.link is None:
        return None, None
    first, last = city.links.geometry_offset[found.link : found.link + 2]
    middle = int(first + (last - first) // 2)
    return round(float(city.links.geometry_x_m[middle]), 2), round(float(city.links.geometry_y_m[middle]), 2)


def _degrees(city: City, x_m: float, y_m: float) -> tuple[float | None, float | None]:
    found = degrees_of(city.meta.projection, np.array([x_m]), np.array([y_m]))
    return (None, None) if found is None else (round(float(found[0][0]), 7), round(float(found[1][0]), 7))


@router.get(
    "/gtfs-realtime/alerts", responses=binary_answers([MEDIA], 404), summary="Disruptions as GTFS-Realtime alerts"
)
def gtfs_alerts(
    request: Request,
    agency: Annotated[str, Query(max_length=64, description="agency_id in the reader's GTFS; the city's name")] = "",
) -> Response:
    """A FeedMessage with one alert for each disruption; it concerns the agency, for the brain knows no timetable."""
    served = services(request)
    found = disruptions_of(request)
    known = agency or ("city" if served.city is None else slug(served.city.meta.name))
    body = feed_message(found, known, served.now_s(), served.city)
    return Response(body, 200, {"Cache-Control": f"public, max-age={CACHE_S}"}, media_type=MEDIA)


def feed_message(found: list[Disruption], agency: str, now_s: float, city: City | None) -> bytes:
    """GTFS-Realtime 2.0. Raises ApiError where its bindings are not installed."""
    try:
        from google.transit import gtfs_realtime_pb2 as gtfs
    except ImportError:
        told = "GTFS-Realtime needs its bindings: pip install 'opencitybrain[gtfs]'"
        raise ApiError(404, "not_found", told) from None
    feed = gtfs.FeedMessage()
    feed.header.gtfs_realtime_version = GTFS_VERSION
    feed.header.incrementality = gtfs.FeedHeader.FULL_DATASET
    feed.header.timestamp = max(0, int(now_s))
    for one in found:
        entity = feed.entity.add(id=f"event-{one.number}")
        cause, effect = KINDS[one.kind]
        entity.alert.cause = gtfs.Alert.Cause.Value(cause)
        entity.alert.effect = gtfs.Alert.Effect.Value(effect)
        period = entity.alert.active_period.add(start=max(0, int(one.begin_s)))
        if math.isfinite(one.until_s):
            period.end = max(0, int(one.until_s))
        entity.alert.informed_entity.add(agency_id=agency)
        street = _street(one, city)
        head = f"{one.kind.replace('_', ' ').capitalize()}{f': {street}' if street else ''}"
        entity.alert.header_text.translation.add(text=head, language="en")
        if one.text:
            entity.alert.description_text.translation.add(text=one.text)
    return bytes(feed.SerializeToString())
