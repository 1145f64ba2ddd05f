"""People and programs: who there is, and what each may do. Those who configure decide; those who manage may look."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.errors import InputError
from citybrain.hub.access import Rights, checked_name, parse_rights
from citybrain.hub.accounts import ProgramKey, User
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.hub.passwords import random_password
from citybrain.server.access import audited, door_of
from citybrain.server.edge import answer, body_of, decoded, iso
from citybrain.server.models import KeyMade, KeyPage, UserMade, UserPage
from citybrain.server.problems import ApiError
from citybrain.server.routing import answers, body_of_kind

router = APIRouter(tags=["access"])
BODY_MAX = 65_536
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
RoleWord = Literal["view", "operate", "manage", "configure"]
KeyRole = Literal["view", "operate", "manage"]
Areas = Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=200)]
Why = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Reason = Annotated[str, Query(min_length=1, max_length=2000, description="goes into the audit")]


class NewUser(msgspec.Struct, forbid_unknown_fields=True):
    """A person who may log in from now on; the password is made here."""

    name: Name
    role: RoleWord
    why: Why
    areas: Areas = []


class UserChange(msgspec.Struct, forbid_unknown_fields=True):
    """Another role, or another password, which is made here."""

    why: Why
    role: RoleWord | None = None
    areas: Areas = []
    new_password: bool = False


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    """A key for a program."""

    name: Name
    role: KeyRole
    why: Why
    areas: Areas = []
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 365


@router.get("/users", responses=answers(UserPage, 401, 403, 404), summary="Who may log in (manage)")
async def users(request: Request) -> Response:
    """Every user with role and areas."""
    found = door_of(request).accounts.users()
    return answer({"users": [user_row(user) for user in found]})


@router.post(
    "/users",
    responses=answers(UserMade, 401, 403, 404, 413),
    openapi_extra=body_of_kind(NewUser, {"name": "ann", "role": "operate", "why": "new in the control room"}),
    summary="Add a user (configure)",
)
async def add_user(request: Request) -> Response:
    """A new user, with a random password that is told here and never again."""
    door = door_of(request)
    given: NewUser = decoded(await body_of(request, BODY_MAX), NewUser)
    name, rights, password = checked_name(given.name), parse_rights(given.role, given.areas), random_password()
    if door.accounts.user(name) is not None:
        raise ApiError(400, "bad_request", f"user {name} is there already")
    await audited(request, "user.add", name, after=rights_row(rights), why=given.why)
    made = await run_in_threadpool(door.accounts.add, name, password, rights)
    return answer({"user": user_row(made), "password": password})


@router.post(
    "/users/{name}",
    responses=answers(UserMade, 401, 403, 404, 409, 413),
    openapi_extra=body_of_kind(UserChange, {"role": "manage", "areas": ["centre"], "why": "head of the shift"}),
    summary="Change a user (configure)",
)
async def change_user(request: Request, name: str) -> Response:
    """Another role, which counts at once, or a new random password, which ends all sessions."""
    door = door_of(request)
    given: UserChange = decoded(await body_of(request, BODY_MAX), UserChange)
    user = _user(door, name)
    rights = parse_rights(given.role, given.areas) if given.role else user.rights
    password = random_password() if given.new_password else None
    before, after = rights_row(user.rights), rights_row(rights) | {"new_password": given.new_password}
    await audited(request, "user.change", name, before=before, after=after, why=given.why)
    made = await _tried(door.accounts.change, name, rights)
    if password is not None:
        await run_in_threadpool(door.accounts.set_password, name, password)
    return answer({"user": user_row(made), "password": password})


@router.delete("/users/{name}", responses=answers(UserPage, 401, 403, 404, 409), summary="Remove a user (configure)")
async def remove_user(request: Request, name: str, why: Reason) -> Response:
    """He is logged out everywhere. The last who may configure stays."""
    door = door_of(request)
    user = _user(door, name)
    await audited(request, "user.remove", name, before=rights_row(user.rights), why=why)
    await _tried(door.accounts.remove, name)
    return await users(request)


@router.get("/keys", responses=answers(KeyPage, 401, 403, 404), summary="Keys of programs (manage)")
async def keys(request: Request) -> Response:
    """Every key with role, areas and end; the keys themselves are kept nowhere."""
    found = door_of(request).accounts.programs()
    return answer({"keys": [key_row(key) for key in found]})


@router.post(
    "/keys",
    responses=answers(KeyMade, 401, 403, 404, 413),
    openapi_extra=body_of_kind(NewKey, {"name": "grafana", "role": "view", "days": 365, "why": "screens in the hall"}),
    summary="Make a key for a program (configure)",
)
async def add_key(request: Request) -> Response:
    """NAME:KEY, which is told here and never again: `Authorization: Bearer NAME:KEY`."""
    door = door_of(request)
    given: NewKey = decoded(await body_of(request, BODY_MAX), NewKey)
    rights = parse_rights(given.role, given.areas)
    after = rights_row(rights) | {"days": given.days}
    await audited(request, "key.add", checked_name(given.name), after=after, why=given.why)
    shown = await run_in_threadpool(door.accounts.add_key, given.name, rights, given.days)
    return answer({"name": given.name, "key": shown})


@router.delete("/keys/{name}", responses=answers(KeyPage, 401, 403, 404), summary="Remove a key (configure)")
async def remove_key(request: Request, name: str, why: Reason) -> Response:
    """The key counts no longer."""
    door = door_of(request)
    if name not in {key.name for key in door.accounts.programs()}:
        raise ApiError(404, "not_found", f"no key {name[:80]!r}")
    await audited(request, "key.remove", name, why=why)
    await _tried(door.accounts.remove_key, name)
    return await keys(request)


def _user(door: Doorkeeper, name: str) -> User:
    user = door.accounts.user(name)
    if user is None:
        raise ApiError(404, "not_found", f"no user {name[:80]!r}")
    return user


async def _tried(change: Any, *given: Any) -> Any:
    """A change that the state of the accounts may forbid."""
    try:
        return await run_in_threadpool(change, *given)
    except InputError as error:
        raise ApiError(409, "conflict", str(error)) from None


def rights_row(rights: Rights) -> dict[str, Any]:
    """A role and its areas as JSON."""
    return {"role": rights.role.word, "areas": list(rights.areas)}


def user_row(user: User) -> dict[str, Any]:
    """A user as JSON."""
    times = {"created": iso(user.created_s), "password_changed": iso(user.changed_s)}
    return {"name": user.name, **rights_row(user.rights), **times}


def key_row(key: ProgramKey) -> dict[str, Any]:
    """A key as JSON."""
    return {"name": key.name, **rights_row(key.rights), "created": iso(key.created_s), "ends": iso(key.ends_s)}
