"""Acting on the street: what each signal's mode is and what is recommended; change it, and take it back.

Every action says what it changes, is written into the audit before anything happens, is checked by the guard now and
once more when the loop takes it between two beats, and can be undone.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from citybrain.brain.acting import Acting
from citybrain.brain.directives import Directive, Kind
from citybrain.brain.plans import CYCLE_MAX_S, STEPS_MAX, Plan
from citybrain.brain.steering import MODES
from citybrain.errors import BusyError, InputError
from citybrain.hub.actions import Action, ActionLog, Change, Intent
from citybrain.server.access import check_areas, principal, tell_denied, where_from
from citybrain.server.edge import answer, body_of, decoded, iso
from citybrain.server.models import ActionAnswer, ActionPage, SteeringPage
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import Limit, Offset, answers, body_of_kind
from citybrain.server.services import acting_of, services

router = APIRouter(tags=["actions"])
BODY_MAX = 1_000_000
LATE = "no beat has taken it in time; it was called back"
Why = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Word = Literal["mode", "apply", "stop", "decline", "allow", "release", "plan"]
ModeWord = Literal["", "observe", "recommend", "control"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class PlanStep(msgspec.Struct, forbid_unknown_fields=True):
    """A stage (place within the signal) and how long its green lasts."""

    stage: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    green_s: Annotated[int, msgspec.Meta(ge=1, le=CYCLE_MAX_S)]


class PlanBody(msgspec.Struct, forbid_unknown_fields=True):
    """A fixed plan; `cycle_s`, where it is given, must be that of its greens and the changes between them."""

    steps: Annotated[list[PlanStep], msgspec.Meta(min_length=2, max_length=STEPS_MAX)]
    offset_s: Annotated[int, msgspec.Meta(ge=0, le=CYCLE_MAX_S)] = 0
    cycle_s: Annotated[int, msgspec.Meta(ge=1, le=CYCLE_MAX_S)] | None = None


class NewAction(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be done to some signals, and why."""

    kind: Word
    signals: Annotated[list[Name], msgspec.Meta(min_length=1)]
    why: Why
    mode: ModeWord = ""
    plan: PlanBody | None = None  # of the kind plan; none = the signal's own again
    preview: bool = False
    stages: list[int] | None = None  # that the person saw recommended, a signal each; another one by now is refused


class Undo(msgspec.Struct, forbid_unknown_fields=True):
    """Why an action is taken back."""

    why: Why


AN_ACTION = {"kind": "mode", "signals": ["J7", "J8"], "mode": "recommend", "why": "road works end", "preview": False}


@router.get("/steering", responses=answers(SteeringPage, 401, 403, 404), summary="Modes and recommendations")
async def steering(
    request: Request,
    advised: Annotated[bool, Query(description="only signals for which a stage is recommended")] = False,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """Every signal: its mode, whether it may be steered, what it shows, what is recommended, whether it is latched."""
    acting, served = acting_of(request), services(request)
    gate = acting.steering.gate
    chosen = np.flatnonzero(gate.advised >= 0) if advised else np.arange(gate.mode.size)
    page = chosen[offset : offset + min(limit, served.settings.api_rows_max)].tolist()
    told: dict[str, Any] = {
        "time": iso(acting.time_s),
        "controller": acting.steering.options.controller,
        "controllable": acting.controllable,
        "modes": {mode: int((gate.mode == k).sum()) for k, mode in enumerate(MODES)},
        "total": int(chosen.size),
    }
    faults = acting.faults()
    return answer({**told, "signals": [_signal(acting, row, faults) for row in page]})


@router.get("/actions", responses=answers(ActionPage, 401, 403, 404), summary="What people have done to the street")
async def actions(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Newest first: who, when, why, what it changed, and whether it was taken back."""
    page, total = _log(request).page(min(limit, services(request).settings.api_rows_max), offset)
    return answer({"total": total, "actions": [action_row(action) for action in page]})


@router.get("/actions/{action}", responses=answers(ActionAnswer, 401, 403, 404), summary="One action")
async def one_action(request: Request, action: int) -> Response:
    """What became of it."""
    return answer(action_row(_found(request, action)))


@router.post(
    "/actions",
    responses=answers(ActionAnswer, 401, 403, 404, 409, 413, 503),
    openapi_extra=body_of_kind(NewAction, AN_ACTION),
    summary="Act on signals (operate; control needs manage, release needs configure)",
)
async def act(request: Request) -> Response:
    """Change modes, apply or decline what is recommended, release latches. With `preview` it says what would be."""
    acting = acting_of(request)
    given: NewAction = decoded(await body_of(request, BODY_MAX), NewAction)
    most = services(request).settings.action_signals_max
    if len(given.signals) > most:
        raise ApiError(413, "too_large", f"{len(given.signals)} signals; at most {most} an action (action_signals_max)")
    try:
        directive = _wished(acting, given)
    except InputError as error:
        known = str(error).endswith("is recommended now")
        raise ApiError(409 if known else 400, "conflict" if known else "bad_request", str(error)) from None
    return await _carry_out(request, directive, given.why, given.preview)


@router.post(
    "/actions/{action}/undo",
    responses=answers(ActionAnswer, 401, 403, 404, 409, 413, 503),
    openapi_extra=body_of_kind(Undo, {"why": "the wrong junction"}),
    summary="Take an action back",
)
async def undo(request: Request, action: int) -> Response:
    """Everything as it was before, where it still is as the action left it; this is an action of its own."""
    acting, before = acting_of(request), _found(request, action)
    given: Undo = decoded(await body_of(request, BODY_MAX), Undo)
    if before.state != "done" or before.undone_by:
        told = f"was undone by {before.undone_by}" if before.undone_by else f"is {before.state}"
        raise ApiError(409, "conflict", f"action {action} {told}: there is nothing to undo")
    try:
        directive = acting.reverse(before)
    except InputError as error:
        raise ApiError(409, "conflict", str(error)) from None
    return await _carry_out(request, directive, given.why, undoes=action)


def _as_seen(directive: Directive, stages: list[int] | None, acting: Acting) -> None:
    """What is done is what was seen: recommendations change while one types why. Raises ApiError, InputError."""
    if stages is None:
        return
    if directive.kind not in (Kind.APPLY, Kind.DECLINE) or len(stages) != len(directive.signals):
        raise InputError(
            f"stages [{len(stages)}] with the kind {directive.kind}; expected one a signal, to apply or decline"
        )
    for row, was, now in zip(directive.signals, stages, directive.values, strict=True):
        if was != now:
            raise ApiError(409, "conflict", f"{acting.ids[row]}: stage {now} is recommended by now, not {was}")


def _wished(acting: Acting, given: NewAction) -> Directive:
    """What is asked of the loop. Raises InputError."""
    rows, kind = acting.rows(given.signals), Kind(given.kind)
    if given.plan is not None and kind is not Kind.PLAN:
        raise InputError(f"a plan with the kind {given.kind}; expected the kind plan")
    if kind is not Kind.PLAN:
        directive = acting.directive(kind, rows, given.mode)
        _as_seen(directive, given.stages, acting)
        return directive
    if given.plan is None:
        return acting.plan_directive(rows, None)
    plan = Plan(given.plan.offset_s, tuple((step.stage, step.green_s) for step in given.plan.steps))
    directive = acting.plan_directive(rows, plan)
    why = acting.steering.plan_rules.objection(rows[0], directive.plans[0])
    cycle_s = given.plan.cycle_s if why or given.plan.cycle_s is None else acting.cycle_s(rows[0], plan)
    if given.plan.cycle_s != cycle_s:
        raise InputError(f"plan.cycle_s = {given.plan.cycle_s}: its greens and changes last {cycle_s} s")
    return directive


async def _carry_out(
    request: Request, directive: Directive, why: str, preview: bool = False, undoes: int = 0
) -> Response:
    """From a wish to a deed: rights, guard, audit, loop."""
    acting, asks, log = acting_of(request), principal(request), _log(request)
    least = acting.least(directive)
    try:
        for row in directive.signals:
            check_areas(asks, least, acting.areas(row), acting.ids[row])
    except ApiError:
        await tell_denied(request, request.method, asks)
        raise
    objection = acting.objection(directive)
    if objection:
        raise ApiError(409, "conflict", objection)
    kind = str(directive.kind)
    intent = Intent(kind, asks.name, where_from(request), why, acting.changes(directive), undoes)
    if preview:
        return answer({**_intent_row(intent), "number": 0, "state": "preview"})
    asked = await run_in_threadpool(log.begin, intent)
    refused = await _answered(request, acting, replace(directive, number=asked.number, by=asks.name))
    settled = await run_in_threadpool(log.settle, asked, refused)
    if refused:
        raise ApiError(503 if refused == LATE else 409, "unavailable" if refused == LATE else "conflict", refused)
    return answer(action_row(settled))


async def _answered(request: Request, acting: Acting, directive: Directive) -> str:
    """What the loop says: "" when it was done, else why not."""
    try:
        future: Future[str] = acting.ask(directive)
    except (BusyError, InputError) as error:
        return str(error)
    waited = asyncio.wrap_future(future)
    done, _ = await asyncio.wait([waited], timeout=services(request).settings.action_wait_s)
    if not done and future.cancel():
        return LATE
    return await waited  # a beat has it: it ends with the beat


def _log(request: Request) -> ActionLog:
    return there(services(request).actions, "this brain keeps no accounts, so nobody acts")


def _found(request: Request, number: int) -> Action:
    found = _log(request).get(number)
    if found is None:
        raise ApiError(404, "not_found", f"no action {number}, or it is too long ago")
    return found


def _signal(acting: Acting, row: int, faults: dict[str, str]) -> dict[str, Any]:
    gate, name = acting.steering.gate, acting.ids[row]
    stages = {
        "stage": acting.steering.stands[row],
        "advised_stage": gate.advised[row],
        "applied_stage": -1 if row in acting.steering.plans else gate.applied[row],
        "declined_stage": gate.declined[row],
    }
    return {
        "row": row,
        "signal": name,
        "areas": sorted(acting.areas(row)),
        "mode": MODES[gate.mode[row]],
        "steerable": bool(gate.steerable[row]),
        "in_sight": bool(acting.steering.in_sight[row]),
        **{what: None if stage < 0 else int(stage) for what, stage in stages.items()},
        "latched": bool(gate.latched[row]),
        "fault": faults.get(name) if gate.latched[row] else None,
        "plan": acting.plan_told(row),
    }


def action_row(action: Action) -> dict[str, Any]:
    """An action as JSON."""
    plain = ("number", "state", "detail", "undone_by")
    intent = Intent(action.kind, action.who, action.where, action.why, action.changes, action.undoes)
    return _intent_row(intent) | {name: getattr(action, name) for name in plain} | {"time": iso(action.time_s)}


def _intent_row(intent: Intent) -> dict[str, Any]:
    told = {"kind": intent.kind, "who": intent.who, "why": intent.why, "undoes": intent.undoes}
    return {**told, "time": None, "detail": "", "undone_by": 0, "changes": [_change(c) for c in intent.changes]}


def _change(change: Change) -> dict[str, Any]:
    return asdict(change)
