"""Logging in by an identity provider (`server.oidc_client`)."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from citybrain.server.access import audited_as, door_of, secure, set_cookie
from citybrain.server.models import Error
from citybrain.server.oidc_client import CALLBACK, PENDING_S, OidcClient, OidcError
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import answers
from citybrain.server.services import services

router = APIRouter(tags=["access"])
STATE_COOKIE = "citybrain_oidc"
Short = Annotated[str, Query(max_length=4096)]
SENT_ON = {
    **{status: told for status, told in answers(Error, 401, 403, 404).items() if status != 200},
    303: {"description": "the browser is sent on"},
}


@router.get("/session/oidc", status_code=303, responses=SENT_ON, summary="Log in by the city's identity provider")
async def begin(request: Request) -> Response:
    """Sends the browser to the provider; it comes back to the callback."""
    client, _ = _client(request), door_of(request)
    try:
        state, address = await client.begin()
    except OidcError as error:
        raise ApiError(403, "forbidden", str(error)) from None
    response = RedirectResponse(address, 303)
    # Lax, not Strict: the browser comes back from another site.
    response.set_cookie(
        STATE_COOKIE, state, int(PENDING_S), path=CALLBACK, secure=secure(request), httponly=True, samesite="lax"
    )
    return response


@router.get("/session/oidc/callback", status_code=303, responses=SENT_ON, summary="Where the provider sends browsers")
async def callback(request: Request, state: Short = "", code: Short = "", error: Short = "") -> Response:
    """Checks what the provider says, and logs the person in with the role of the first of his groups that has one."""
    client, door = _client(request), door_of(request)
    kept = request.cookies.get(STATE_COOKIE, "")
    if error or not state or not hmac.compare_digest(state.encode(), kept.encode()):
        raise ApiError(403, "forbidden", "the provider refused, or the login was begun in another browser")
    try:
        person = await client.finish(state, code)
    except OidcError as wrong:
        await audited_as("", request, "session.refused", why=str(wrong))
        raise ApiError(403, "forbidden", str(wrong)) from None
    rights = {"role": person.rights.role.word, "areas": list(person.rights.areas)}
    await audited_as(person.name, request, "session.begin", person.name, after=rights, why="identity provider")
    await run_in_threadpool(door.accounts.admit, person.name, person.rights)
    response = RedirectResponse("/", 303)
    response.delete_cookie(STATE_COOKIE, path=CALLBACK)
    token = await run_in_threadpool(door.accounts.begin_session, person.name)
    set_cookie(request, response, token, door.settings.session_max_s)
    return response


def _client(request: Request) -> OidcClient:
    return there(services(request).oidc, "no identity provider is configured ([oidc] of citybrain.toml)")
