"""The city's event log over HTTP: everybody reads, operators write."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.hub.events import Event, EventLog, State
from citybrain.server.access import audited, principal
from citybrain.server.edge import answer, body_of, decoded, iso, parse_time
from citybrain.server.models import EventAnswer, EventPage, EventWithSteps
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import Limit, Offset, answers, body_of_kind
from citybrain.server.services import services

router = APIRouter(tags=["events"])
STATES = Annotated[str, Query(max_length=100, description="with commas; all when left out", examples=["proposed"])]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Proposal(msgspec.Struct, forbid_unknown_fields=True):
    """A new event."""

    kind: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,40}$")]
    title: Text
    who: Text
    why: Text
    link: str | None = None
    x_m: float | None = None
    y_m: float | None = None
    key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    details: dict[str, Any] = {}


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """An event is taken on."""

    state: State
    who: Text
    why: Text


A_PROPOSAL = {"kind": "obstacle", "title": "tree on the road", "who": "control room", "why": "a caller", "link": "a-b"}
A_STEP = {"state": "confirmed", "who": "control room", "why": "seen on camera 12"}


@router.get("/events", responses=answers(EventPage, 401, 404), summary="What happens in the city")
def events(
    request: Request,
    state: STATES = "",
    since: Annotated[str, Query(max_length=40, description="changed then or later")] = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Events, newest change first; with the head of the log's hash chain, for whoever wants to keep it."""
    served, log = services(request), _log(request)
    states = frozenset(_state(name.strip()) for name in state.split(",")) if state else None
    found = log.events(states, parse_time(since) if since else 0.0)
    head = log.head()
    page = found[offset : offset + min(limit, served.settings.api_rows_max)]
    told = {"total": len(found), "head_number": head.number, "head_mac": head.mac}
    return answer({**told, "events": [event_row(event, served.city) for event in page]})


@router.get("/events/{event}", responses=answers(EventWithSteps, 401, 404), summary="One event and its life")
def one_event(request: Request, event: int) -> Response:
    """An event as it stands, and who brought it there, when and why."""
    log = _log(request)
    found = _found(log, event)
    steps = [{"state": str(e.state), "time": iso(e.time_s), "who": e.who, "why": e.why} for e in log.entries(event)]
    return answer({"event": event_row(found, services(request).city), "steps": steps})


@router.post(
    "/events",
    responses=answers(EventAnswer, 401, 403, 404, 413),
    openapi_extra=body_of_kind(Proposal, A_PROPOSAL),
    summary="Propose an event (operators)",
)
async def propose(request: Request) -> Response:
    """Enter a new event. One of the same key that is open already is the answer instead."""
    served, log = services(request), _log(request)
    given: Proposal = decoded(await body_of(request, served.settings.api_body_max_bytes), Proposal)
    link = None if given.link is None else _row_of(served.city, given.link)
    now_s, details = served.now_s(), json.dumps(given.details)
    first = (0, given.kind, given.title, State.PROPOSED, now_s, now_s, _who(request, given.who), given.why)
    event = Event(*first, link, given.x_m, given.y_m, given.key, details)
    await audited(request, "event.propose", given.title, after={"kind": given.kind, "link": given.link}, why=given.why)
    return answer(event_row(await run_in_threadpool(log.propose, event), served.city))


@router.post(
    "/events/{event}",
    responses=answers(EventAnswer, 401, 403, 404, 409, 413),
    openapi_extra=body_of_kind(Step, A_STEP),
    summary="Take an event on (operators)",
)
async def take_on(request: Request, event: int) -> Response:
    """proposed → confirmed → handled → closed, or rejected; who does it and why is kept for good."""
    served, log = services(request), _log(request)
    given: Step = decoded(await body_of(request, served.settings.api_body_max_bytes), Step)
    before = _found(log, event).state
    after = {"state": given.state}
    await audited(request, "event.step", f"event {event}", before={"state": before}, after=after, why=given.why)
    try:
        who = _who(request, given.who)
        found = await run_in_threadpool(log.advance, event, given.state, served.now_s(), who, given.why)
    except InputError as error:
        raise ApiError(409, "conflict", str(error)) from None
    return answer(event_row(found, served.city))


def _who(request: Request, given: str) -> str:
    """A person is whom he logged in as; a program says on whose behalf it speaks."""
    asks = principal(request)
    return asks.name if asks.token else given


def event_row(event: Event, city: City | None) -> dict[str, Any]:
    """An event as JSON."""
    link = None if event.link is None or city is None else city.links.link_id[event.link]
    plain = {name: getattr(event, name) for name in ("event", "kind", "title", "who", "why", "x_m", "y_m")}
    times = {"begin": iso(event.begin_s), "changed": iso(event.changed_s)}
    return {**plain, **times, "state": str(event.state), "link": link, "details": json.loads(event.details)}


def _log(request: Request) -> EventLog:
    return there(services(request).events, "this brain keeps no event log")


def _found(log: EventLog, event: int) -> Event:
    try:
        return log.event(event)
    except InputError as error:
        raise ApiError(404, "not_found", str(error)) from None


def _state(name: str) -> State:
    if name not in State.__members__.values():
        raise InputError(f"state {name[:40]!r}: expected {', '.join(State)}")
    return State(name)


def _row_of(city: City | None, link_id: str) -> int:
    if city is None or link_id not in city.links.link_id:
        raise InputError(f"link {link_id[:80]!r}: the city has none of that name")
    return city.links.link_id.index(link_id)
