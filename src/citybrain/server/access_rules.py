"""Which route is whose: the whole table, on one page. A route that is not in it cannot be served.

`least` is the role that a caller needs. PUBLIC is everybody, who is told of public data only; VIEW is lifted where
reading is open. Where a thing lies in an area, the role must count there (`hub.access`), which the route checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from citybrain.errors import InputError
from citybrain.hub.access import Role


class Who(Enum):
    """Whose keys a route knows."""

    PEOPLE = "people and programs"
    SOURCE = "sources of the register"  # their keys are their own (`ingest.sources`)


@dataclass(frozen=True)
class Rule:
    """What a route asks for, and whether it changes something: then the audit tells of it first."""

    least: Role
    audited: bool = False
    who: Who = Who.PEOPLE


_ALL, _SEE = Rule(Role.PUBLIC), Rule(Role.VIEW)
_ACT, _MANAGE, _CONFIGURE = Rule(Role.OPERATE, True), Rule(Role.MANAGE), Rule(Role.CONFIGURE, True)
_V1 = "/api/v1"

RULES: dict[str, Rule] = {
    # what everybody may know: open figures, and what this is
    f"GET {_V1}/health": _ALL,
    f"GET {_V1}/catalogue": _ALL,
    f"GET {_V1}/catalogue/{{city}}/{{area}}/{{name}}": _ALL,
    f"GET {_V1}/indicators": _ALL,
    f"GET {_V1}/indicators/{{city}}/{{area}}/{{name}}": _ALL,
    f"GET {_V1}/history/{{city}}/{{area}}/{{name}}": _ALL,
    f"GET {_V1}/download/{{city}}/{{area}}/{{name}}": _ALL,
    f"GET {_V1}/stream": _ALL,
    f"GET {_V1}/tables/{{city}}/{{area}}/{{name}}": _ALL,
    f"GET {_V1}/links": _ALL,
    f"GET {_V1}/links/values": _ALL,
    f"GET {_V1}/openapi.json": _ALL,
    f"GET {_V1}/geometry": _ALL,
    f"GET {_V1}/live": _ALL,
    f"GET {_V1}/tiles/{{layer}}": _ALL,
    f"GET {_V1}/tiles/links/{{z}}/{{x}}/{{y}}": _ALL,
    f"GET {_V1}/tiles/signals/{{z}}/{{x}}/{{y}}": _ALL,
    f"GET {_V1}/ngsi-ld/v1/types": _ALL,
    f"GET {_V1}/ngsi-ld/v1/entities": _ALL,  # a Device needs VIEW, which the route checks
    f"GET {_V1}/ngsi-ld/v1/entities/{{entity}}": _ALL,
    f"GET {_V1}/disruptions": _ALL,
    f"GET {_V1}/parking": _ALL,
    f"GET {_V1}/tiles/parking/{{z}}/{{x}}/{{y}}": _ALL,
    f"GET {_V1}/travel-times": _ALL,
    f"GET {_V1}/corridors": _ALL,
    f"GET {_V1}/corridors/{{corridor}}": _ALL,
    f"GET {_V1}/routes": _ALL,
    f"GET {_V1}/gtfs-realtime/alerts": _ALL,
    f"GET {_V1}/recent": _ALL,
    f"GET {_V1}/recent/signals/{{signal}}": _ALL,
    # the cockpit's own files
    "GET /": _ALL,
    "GET /assets/{name}": _ALL,
    "GET /{view}": _ALL,
    # the control room
    f"GET {_V1}/ingestion": _SEE,
    f"GET {_V1}/sensors": _SEE,
    f"GET {_V1}/tiles/sensors/{{z}}/{{x}}/{{y}}": _SEE,
    f"GET {_V1}/events": _SEE,
    f"GET {_V1}/events/{{event}}": _SEE,
    f"GET {_V1}/replay": _SEE,
    f"GET {_V1}/replay/frames": _SEE,
    f"GET {_V1}/steering": _SEE,
    f"GET {_V1}/actions": _SEE,
    f"GET {_V1}/actions/{{action}}": _SEE,
    f"GET {_V1}/proposals/{{signal}}": _SEE,
    f"GET {_V1}/effects/{{signal}}": _SEE,
    f"GET {_V1}/performance/{{signal}}": _SEE,
    "GET /metrics": _SEE,
    # acting
    f"POST {_V1}/events": _ACT,
    f"POST {_V1}/events/{{event}}": _ACT,
    f"POST {_V1}/actions": _ACT,  # some need more: `brain.directives.LEAST`
    f"POST {_V1}/actions/{{action}}/undo": _ACT,
    f"POST {_V1}/query": Rule(Role.OPERATE),
    f"GET {_V1}/whatif": Rule(Role.OPERATE),
    f"POST {_V1}/whatif": Rule(Role.OPERATE),  # on a fork: nothing happens on the street
    f"GET {_V1}/whatif/{{job}}": Rule(Role.OPERATE),
    f"DELETE {_V1}/whatif/{{job}}": Rule(Role.OPERATE),
    f"GET {_V1}/whatif/signals/{{signal}}": Rule(Role.OPERATE),
    # people, keys, audit
    f"GET {_V1}/session": _ALL,
    f"POST {_V1}/session": Rule(Role.PUBLIC, True),
    f"DELETE {_V1}/session": Rule(Role.PUBLIC, True),
    f"GET {_V1}/session/oidc": _ALL,
    f"GET {_V1}/session/oidc/callback": Rule(Role.PUBLIC, True),
    f"POST {_V1}/session/password": Rule(Role.PUBLIC, True),
    f"GET {_V1}/audit": _MANAGE,
    f"GET {_V1}/users": _MANAGE,
    f"POST {_V1}/users": _CONFIGURE,
    f"POST {_V1}/users/{{name}}": _CONFIGURE,
    f"DELETE {_V1}/users/{{name}}": _CONFIGURE,
    f"GET {_V1}/webhooks": _MANAGE,
    f"POST {_V1}/webhooks": Rule(Role.MANAGE, True),
    f"DELETE {_V1}/webhooks/{{hook}}": Rule(Role.MANAGE, True),  # another one's: configure
    f"GET {_V1}/keys": _MANAGE,
    f"POST {_V1}/keys": _CONFIGURE,
    f"DELETE {_V1}/keys/{{name}}": _CONFIGURE,
    # sources
    f"POST {_V1}/ingest/{{kind}}": Rule(Role.PUBLIC, who=Who.SOURCE),
}


@dataclass(frozen=True)
class Place:
    """A route of an app: `METHOD /template` (WS for a WebSocket, MOUNT for a folder of files), and what answers it."""

    name: str
    endpoint: Any
    gated: bool  # it has dependencies, so the gate stands before it; a folder of files, or a plain route, has none


def rules_of(app: Any) -> dict[tuple[Any, str], Rule]:
    """The rule of every route, by what answers it and its method.

    Raises InputError for a route without one, and for one that cannot be kept from anybody.
    """
    places = list(places_of(app))
    nobodys = sorted(place.name for place in places if place.name not in RULES)
    if nobodys:
        raise InputError(f"routes without a rule in server/access_rules.py: {', '.join(nobodys)}")
    open_ones = [p.name for p in places if not p.gated and RULES[p.name].least is not Role.PUBLIC]
    if open_ones:
        raise InputError(f"no gate stands before these, so they can only be for everybody: {', '.join(open_ones)}")
    return {(place.endpoint, place.name.split(" ")[0]): RULES[place.name] for place in places}


def places_of(app: Any) -> Iterator[Place]:
    """Every route of an app."""
    yield from _walk(app.routes, "")


def _walk(routes: Iterable[Any], prefix: str) -> Iterator[Place]:
    for route in routes:
        included = getattr(route, "original_router", None)  # as FastAPI keeps a router since 0.120
        path, endpoint = f"{prefix}{getattr(route, 'path', '')}", getattr(route, "endpoint", None)
        gated = hasattr(route, "dependant")
        if included is not None:
            yield from _walk(included.routes, f"{prefix}{route.include_context.prefix}")
        elif methods := getattr(route, "methods", None):
            yield from (Place(f"{method} {path}", endpoint, gated) for method in sorted(methods) if method != "HEAD")
        else:
            yield Place(f"{'WS' if 'WebSocket' in type(route).__name__ else 'MOUNT'} {path}", endpoint, gated)
