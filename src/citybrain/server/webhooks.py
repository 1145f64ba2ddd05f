"""Webhooks over HTTP: who is called, and what became of it. Only hosts of the configuration can be named."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.errors import InputError
from citybrain.hub.access import Role
from citybrain.hub.webhooks import URL_MAX, Hook, Webhooks
from citybrain.server.access import audited, check_role, principal
from citybrain.server.edge import answer, body_of, decoded
from citybrain.server.models import WebhookMade, WebhookPage
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import answers, body_of_kind
from citybrain.server.services import services

router = APIRouter(tags=["webhooks"])
BODY_MAX = 16_384
Kind = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,40}$")]


class NewHook(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to call, and when."""

    url: Annotated[str, msgspec.Meta(min_length=8, max_length=URL_MAX)]
    address: Annotated[str, msgspec.Meta(max_length=200)] = ""
    above: float | None = None
    below: float | None = None
    kinds: Annotated[list[Kind], msgspec.Meta(max_length=50)] = []


A_HOOK = {"url": "https://dispatch.city.example/brain", "address": "demo/all/in_transit", "above": 2000.0}


@router.get("/webhooks", responses=answers(WebhookPage, 401, 403, 404), summary="Whom the brain calls (manage)")
async def webhooks(request: Request) -> Response:
    """Every webhook, without its secret."""
    hooks = _hooks(request)
    return answer({"webhooks": [_row(hooks, hook) for hook in hooks.hooks()]})


@router.post(
    "/webhooks",
    responses=answers(WebhookMade, 401, 403, 404, 413, 503),
    openapi_extra=body_of_kind(NewHook, A_HOOK),
    summary="Be called (manage)",
)
async def add(request: Request) -> Response:
    """When an indicator crosses a threshold, or when events change. The secret that signs the calls is told once."""
    hooks = _hooks(request)
    given: NewHook = decoded(await body_of(request, BODY_MAX), NewHook)
    hook = Hook(0, principal(request).name, given.url, "", given.address, given.above, given.below, tuple(given.kinds))
    after = {"address": given.address, "above": given.above, "below": given.below, "kinds": given.kinds}
    await audited(request, "webhook.add", given.url, after=after)
    made = await run_in_threadpool(hooks.add, hook)
    return answer({"webhook": _row(hooks, made), "secret": made.secret})


@router.delete(
    "/webhooks/{hook}",
    responses=answers(WebhookMade, 401, 403, 404, 503),
    summary="Be called no more (manage)",
)
async def remove(request: Request, hook: Annotated[int, Path(ge=1, le=2**53)]) -> Response:
    """By its owner, or by somebody who may configure."""
    hooks = _hooks(request)
    found = next((one for one in hooks.hooks() if one.number == hook), None)
    if found is None:
        raise ApiError(404, "not_found", f"no webhook {hook}")
    if found.owner != principal(request).name:
        check_role(request, Role.CONFIGURE)
    row = _row(hooks, found)
    await audited(request, "webhook.remove", found.url)
    try:
        await run_in_threadpool(hooks.remove, hook)
    except InputError as error:
        raise ApiError(404, "not_found", str(error)) from None
    return answer({"webhook": row, "secret": None})


def _hooks(request: Request) -> Webhooks:
    return there(services(request).webhooks, "nobody is called: the configuration names no [webhooks] hosts")


def _row(hooks: Webhooks, hook: Hook) -> dict[str, Any]:
    account = hooks.accounts.get(hook.number)
    counts = {name: 0 if account is None else getattr(account, name) for name in ("delivered", "failed", "dead")}
    plain = {name: getattr(hook, name) for name in ("owner", "url", "address", "above", "below")}
    now = {"waiting": hooks.waiting(hook.number), "last": "" if account is None else account.last}
    return {"hook": hook.number, **plain, "kinds": list(hook.kinds), **counts, **now}
