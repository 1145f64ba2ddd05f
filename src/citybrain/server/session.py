"""Logging in and out."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.errors import BusyError, InputError
from citybrain.hub.access import NO_RIGHTS, Rights
from citybrain.hub.accounts import User
from citybrain.hub.doorkeeper import Login, WaitError
from citybrain.hub.passwords import LENGTH_MAX
from citybrain.server.access import audited, check_origin, door_of, principal, set_cookie, where_from
from citybrain.server.edge import answer, body_of, decoded
from citybrain.server.models import SessionAnswer
from citybrain.server.problems import ApiError
from citybrain.server.routing import answers, body_of_kind
from citybrain.server.services import services

router = APIRouter(tags=["access"])
BODY_MAX = 4096
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=LENGTH_MAX)]


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """Who wants to come in."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    password: Password


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """Another password, by one who knows the old one."""

    old: Password
    new: Password


@router.get("/session", responses=answers(SessionAnswer, 401), summary="Who is logged in")
async def who(request: Request) -> Response:
    """The caller's name, role and areas; a name of null where nobody is logged in."""
    asks = principal(request)
    return _told(request, asks.name or None, asks.rights)


@router.post(
    "/session",
    responses=answers(SessionAnswer, 401, 403, 404, 413, 429, 503),
    openapi_extra=body_of_kind(Credentials, {"name": "ann", "password": "a long one"}),
    summary="Log in",
)
async def login(request: Request) -> Response:
    """A cookie that no script can read. After some failures the name, and the address, must wait."""
    check_origin(request)
    door = door_of(request)
    given: Credentials = decoded(await body_of(request, BODY_MAX), Credentials)
    made = await _let_in(door.login, given.name, given.password, where_from(request))
    old = principal(request).token
    if old:
        door.accounts.end_session(old)
    return _with_cookie(request, made.user, made.token)


@router.delete("/session", responses=answers(SessionAnswer, 401, 403), summary="Log out")
async def logout(request: Request) -> Response:
    """The session ends, here and on the server."""
    asks, door = principal(request), services(request).door
    if asks.token and door is not None:
        await audited(request, "session.end", asks.name)
        door.accounts.end_session(asks.token)
    response = _told(request, None, NO_RIGHTS)
    set_cookie(request, response, "", 0)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.post(
    "/session/password",
    responses=answers(SessionAnswer, 401, 403, 404, 413, 429, 503),
    openapi_extra=body_of_kind(NewPassword, {"old": "a long one", "new": "another long one"}),
    summary="Change one's own password",
)
async def renew(request: Request) -> Response:
    """Every session of the user ends but this one."""
    asks, door = principal(request), door_of(request)
    if not asks.token:
        raise ApiError(401, "unauthorized", "log in first")
    given: NewPassword = decoded(await body_of(request, BODY_MAX), NewPassword)
    user = door.accounts.user(asks.name)
    if user is None:
        raise ApiError(401, "unauthorized", "log in first")
    made = await _let_in(door.renew, Login(user, asks.token), given.old, given.new, where_from(request))
    return _with_cookie(request, made.user, made.token)


async def _let_in(how: Any, *given: Any) -> Login:
    """The login, or why not."""
    try:
        found = await run_in_threadpool(how, *given)
    except WaitError as error:
        raise ApiError(429, "too_many", str(error), {"Retry-After": str(int(error.wait_s) + 1)}) from None
    except BusyError as error:
        raise ApiError(503, "unavailable", str(error), {"Retry-After": "1"}) from None
    except InputError as error:
        poor = str(error).startswith("password")
        raise ApiError(400 if poor else 401, "bad_request" if poor else "unauthorized", str(error)) from None
    assert isinstance(found, Login)
    return found


def _with_cookie(request: Request, user: User, token: str) -> Response:
    response = _told(request, user.name, user.rights)
    set_cookie(request, response, token, services(request).settings.session_max_s)
    return response


def _told(request: Request, name: str | None, rights: Rights) -> Response:
    door = services(request).door
    reading = "open" if door is None or door.open_reading else "login"
    areas = list(rights.areas) if name else []
    provider = services(request).oidc is not None
    told = {"user": name, "role": rights.role.word, "areas": areas}
    return answer({**told, "reading": reading, "provider": provider})
