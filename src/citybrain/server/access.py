"""Who asks: the person behind a cookie, the program behind a key; and the gate that every route lies behind.

Nothing is allowed but what `access_rules` allows. A key or token that is shown and wrong is refused, never taken for
none. A request that changes something and carries a cookie must come from our own page (`X-Requested-With`, `Origin`).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from citybrain.hub.access import NO_RIGHTS, Rights, Role
from citybrain.hub.audit import AuditEntry
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.server.access_rules import Rule, Who
from citybrain.server.problems import ApiError, there
from citybrain.server.services import Services

COOKIE = "citybrain_session"
OURS = "citybrain"  # what our page says in X-Requested-With
SAFE = frozenset(("GET", "HEAD", "OPTIONS", "WS"))
OPERATOR = Rights(Role.OPERATE)
_KEPT = "citybrain.principal"


@dataclass(frozen=True)
class Principal:
    """Who asks. `token` is that of a session; "" for a program and for nobody."""

    name: str = ""
    rights: Rights = NO_RIGHTS
    token: str = ""

    @property
    def known(self) -> bool:
        return bool(self.name)


NOBODY = Principal()


def served_by(connection: HTTPConnection) -> Services:
    """The brain behind a connection."""
    found = connection.app.state.services
    assert isinstance(found, Services)
    return found


def principal(connection: HTTPConnection) -> Principal:
    """Who asks; found once a request. Raises ApiError for a key or token that is wrong."""
    found = connection.scope.get(_KEPT)
    if not isinstance(found, Principal):
        found = connection.scope[_KEPT] = _found(connection)
    return found


def still_there(connection: HTTPConnection) -> bool:
    """Whether whoever asked some time ago may still do what he might then: for answers that do not end."""
    try:
        now = _found(connection)
    except ApiError:
        return False
    before = principal(connection)
    return now.name == before.name and now.rights == before.rights


def _found(connection: HTTPConnection) -> Principal:
    served = served_by(connection)
    shown = connection.headers.get("authorization")
    if shown is not None:
        return _program(shown, served)
    token = connection.cookies.get(cookie_name(connection), "")
    if served.door is None or not token:
        return NOBODY
    session = served.door.accounts.session(token)
    return NOBODY if session is None else Principal(session.user.name, session.user.rights, token)


def _program(shown: str, served: Services) -> Principal:
    """Whose key it is: the operator's token, or NAME:KEY of a program."""
    scheme, _, key = shown.partition(" ")
    if scheme.lower() == "bearer" and key:
        token = served.operator_token
        if token and hmac.compare_digest(key.encode(), token.encode()):
            return Principal("operator's token", OPERATOR)
        program = None if served.door is None else served.door.accounts.program(key)
        if program is not None:
            return Principal(f"key:{program.name}", program.rights)
    raise ApiError(401, "unauthorized", "the bearer token is not the operator's, nor the key of a program")


async def enforce(connection: HTTPConnection) -> None:
    """The gate: every route's dependency. Raises ApiError."""
    method = "WS" if connection.scope["type"] == "websocket" else str(connection.scope["method"])
    rule = connection.app.state.rules.get((connection.scope.get("endpoint"), method))
    if rule is None:
        raise ApiError(403, "forbidden", "this route has no rule, so nobody may use it")
    if rule.who is Who.SOURCE:
        return  # the door of ingestion asks for the key of a source by itself
    asks = principal(connection)
    if asks.token and (method not in SAFE or method == "WS"):
        _from_our_page(connection, method)
    try:
        _allow(asks, rule, served_by(connection))
    except ApiError:
        await tell_denied(connection, method, asks)
        raise


async def tell_denied(connection: HTTPConnection, method: str, asks: Principal) -> None:
    """The audit knows who tried to change what he may not."""
    door = served_by(connection).door
    if door is not None and asks.known and method not in SAFE:
        what = f"{method} {connection.scope.get('path', '')}"[:200]
        await run_in_threadpool(door.denied, asks.name, where_from(connection), what)


def _allow(asks: Principal, rule: Rule, served: Services) -> None:
    least = rule.least
    if least is Role.VIEW and (served.door is None or served.door.open_reading):
        least = Role.PUBLIC
    if asks.rights.role >= least:
        return
    if asks.known:
        raise ApiError(403, "forbidden", f"needs the role {least.word}; {asks.name} has {asks.rights.role.word}")
    if served.door is None and not served.operator_token:
        raise ApiError(403, "forbidden", "no operator token is set up, so nobody may do this")
    raise ApiError(401, "unauthorized", f"log in first, or show a key; it needs the role {least.word}")


def check_role(connection: HTTPConnection, least: Role) -> None:
    """Raise ApiError unless the caller has a role: for routes of which only a part is for everybody."""
    _allow(principal(connection), Rule(least), served_by(connection))


def _from_our_page(connection: HTTPConnection, method: str) -> None:
    """A browser sends its cookie whoever wrote the page; only ours knows the header, and only ours has our origin."""
    check_origin(connection)
    if method != "WS" and connection.headers.get("x-requested-with") != OURS:
        raise ApiError(403, "forbidden", f"a change with a cookie needs the header X-Requested-With: {OURS}")


def check_origin(connection: HTTPConnection) -> None:
    """Raise ApiError for a request that a page of another origin has made."""
    origin, host = connection.headers.get("origin"), connection.headers.get("host", "")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
    if foreign or connection.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise ApiError(403, "forbidden", "the request was made by a page of another origin")


def check_areas(asks: Principal, least: Role, areas: frozenset[str], about: str) -> None:
    """Raise ApiError unless the role counts for a thing in these areas."""
    inside = asks.rights.inside(areas)
    if inside < least:
        where = f"in {', '.join(sorted(areas))}" if areas else "outside all areas"
        raise ApiError(403, "forbidden", f"{about}: needs the role {least.word} {where}; {asks.name} has {inside.word}")


def door_of(request: Request) -> Doorkeeper:
    """The doorkeeper. Raises ApiError where there is none."""
    return there(served_by(request).door, "this brain keeps no accounts")


def where_from(connection: HTTPConnection) -> str:
    """The address that a request comes from, as far as the server can know."""
    return "" if connection.client is None else connection.client.host


async def audited(request: Request, what: str, about: str = "", **told: Any) -> AuditEntry | None:
    """Enter what is about to be done; None where no audit is kept. Raises StorageError: then it is not done."""
    return await audited_as(principal(request).name, request, what, about, **told)


async def audited_as(who: str, request: Request, what: str, about: str = "", **told: Any) -> AuditEntry | None:
    """The same for somebody whom the request does not name yet."""
    door = served_by(request).door
    if door is None:
        return None
    return await run_in_threadpool(door.note, who, where_from(request), what, about, **told)


def cookie_name(connection: HTTPConnection) -> str:
    """Under TLS browsers take it from this host alone, and send it nowhere else."""
    return f"__Host-{COOKIE}" if secure(connection) else COOKIE


def secure(connection: HTTPConnection) -> bool:
    """Whether the request came by TLS, to us or to the proxy before us."""
    return connection.scope.get("scheme") in ("https", "wss")


def set_cookie(request: Request, response: Response, token: str, longest_s: int) -> None:
    """Give the browser its token, which no script can read; "" takes it away."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=longest_s if token else 0,
        path="/",
        secure=secure(request),
        httponly=True,
        samesite="strict",
    )
