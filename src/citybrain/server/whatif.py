"""What if, over HTTP: a change on a fork of the streets, run ahead beside a fork that is left alone.

The forks are the simulator's truth, which the brain never sees: they are answered to people, and go nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from citybrain.errors import BusyError, InputError
from citybrain.evaluate.whatif.change import Change, Closure, Retiming, check, stages_of
from citybrain.evaluate.whatif.paired import HORIZON_MAX_S, SEEDS_MAX, Question
from citybrain.server.access import principal
from citybrain.server.edge import answer, body_of, decoded, iso
from citybrain.server.models import TIME, Model
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import answers, body_of_kind
from citybrain.server.services import city_of, services
from citybrain.server.whatif_desk import Desk, Job

router = APIRouter(prefix="/whatif", tags=["whatif"])
BODY_MAX = 100_000
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Some = msgspec.Meta(max_length=200)
NOT_HERE = "this run answers no what-ifs"


class NewClosure(msgspec.Struct, forbid_unknown_fields=True):
    """A link, or one of its lanes (0 = at the kerb)."""

    link: Name
    lane: Annotated[int, msgspec.Meta(ge=0, le=64)] | None = None


class NewRetiming(msgspec.Struct, forbid_unknown_fields=True):
    """Green times of a signal's stages."""

    signal: Name
    greens_s: Annotated[list[float], msgspec.Meta(max_length=64)]


class NewWhatIf(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be changed, and how far to run ahead."""

    title: Annotated[str, msgspec.Meta(max_length=120)] = ""
    closures: Annotated[list[NewClosure], Some] = []
    demand_factor: float = 1.0
    demand_area: Annotated[str, msgspec.Meta(max_length=200)] = ""
    plans: Annotated[list[NewRetiming], Some] = []
    controller: Annotated[str, msgspec.Meta(max_length=100)] = ""
    signals: Annotated[list[Name], msgspec.Meta(max_length=5000)] = []
    minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 15
    seeds: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3

    def question(self) -> Question:
        """Raises InputError for what cannot be run."""
        closures = tuple(Closure(one.link, one.lane) for one in self.closures)
        plans = tuple(Retiming(one.signal, tuple(one.greens_s)) for one in self.plans)
        change = Change(closures, self.demand_factor, self.demand_area, plans, self.controller, tuple(self.signals))
        return Question(change, 60 * self.minutes, self.seeds)


AN_EXAMPLE = {"title": "bridge closed", "closures": [{"link": "L12"}], "demand_factor": 1.0, "minutes": 15, "seeds": 3}


class WhatIfSummary(Model):
    name: str = Field(examples=["5f0c2a9b"])
    title: str = Field(examples=["bridge closed"])
    who: str = Field(examples=["ann"])
    state: Literal["waiting", "running", "done", "failed", "cancelled"] = Field(examples=["running"])
    share: float = Field(description="done, 0 to 1", examples=[0.4])
    fork: str | None = Field(description="the city's time at the fork", examples=[TIME])
    took_s: float = Field(examples=[12.5])
    trouble: str = Field(examples=[""])


class WhatIfPage(Model):
    offered: bool = Field(examples=[True])
    why: str = Field(description="why it is not offered here", examples=[""])
    controllers: list[str] = Field(examples=[["fixed", "max-pressure"]])
    minutes_max: int = Field(examples=[60])
    seeds_max: int = Field(examples=[10])
    jobs: list[WhatIfSummary] = Field(description="newest first")


class WhatIfAnswer(WhatIfSummary):
    question: dict[str, Any] = Field(examples=[AN_EXAMPLE])
    result: dict[str, Any] | None = Field(
        description="figures, series and links of both courses (evaluate/whatif/compare.py); null until it is done",
        examples=[None],
    )


class WhatIfStage(Model):
    phase: int = Field(description="place in the signal's plan", examples=[0])
    green_s: float = Field(examples=[32.0])


class WhatIfSignal(Model):
    signal: str = Field(examples=["J7"])
    stages: list[WhatIfStage] = Field(description="in the order in which they come")


def _desk(request: Request) -> Desk:
    return there(services(request).whatif, NOT_HERE)


@router.get(
    "", responses=answers(WhatIfPage, 401, 403, 404), summary="What-ifs that are kept, and what can be asked (operate)"
)
async def whatifs(request: Request) -> Response:
    """Every what-if that runs, waits or is kept; why none can be asked, where that is so."""
    from citybrain.control.registry import controller_names

    desk = _desk(request)
    told = {"offered": not desk.why, "why": desk.why, "controllers": list(controller_names())}
    limits = {"minutes_max": HORIZON_MAX_S // 60, "seeds_max": SEEDS_MAX}
    return answer({**told, **limits, "jobs": [_summary(job) for job in desk.jobs()]})


@router.post(
    "",
    responses=answers(WhatIfAnswer, 401, 403, 404, 409, 413, 429),
    openapi_extra=body_of_kind(NewWhatIf, AN_EXAMPLE),
    summary="Ask what would be (operate)",
)
async def ask(request: Request) -> Response:
    """Fork the streets after the next beat, change one fork, and run both ahead. Nothing happens on the street."""
    desk, city = _desk(request), city_of(request)
    given: NewWhatIf = decoded(await body_of(request, BODY_MAX), NewWhatIf)
    if desk.why:
        raise ApiError(409, "conflict", desk.why)
    question = given.question()
    check(city, question.change)
    if question.change.is_empty:
        raise InputError("nothing is changed: name a closure, a demand factor, a plan or a controller")
    try:
        job = desk.ask(question, given.title, principal(request).name)
    except BusyError as error:
        raise ApiError(429, "too_many", str(error), {"Retry-After": "10"}) from None
    return answer(_whole(job))


@router.get("/{job}", responses=answers(WhatIfAnswer, 401, 403, 404), summary="One what-if and its result (operate)")
async def one_whatif(request: Request, job: str) -> Response:
    """How far it is, and what came out."""
    return answer(_whole(_found(request, job)))


@router.delete("/{job}", responses=answers(WhatIfAnswer, 401, 403, 404), summary="Call a what-if off (operate)")
async def call_off(request: Request, job: str) -> Response:
    """End it; one that is over stays as it is."""
    found = _found(request, job)
    _desk(request).cancel(found)
    return answer(_whole(found))


@router.get(
    "/signals/{signal}", responses=answers(WhatIfSignal, 401, 403, 404), summary="Stages that can be retimed (operate)"
)
async def signal_stages(request: Request, signal: str) -> Response:
    """The stages of a signal's own plan and their green times."""
    city = city_of(request)
    if signal not in city.signals.signal_id:
        raise ApiError(404, "not_found", "there is no such signal")
    row = city.signals.signal_id.index(signal)
    first = int(city.plans.first_phase[city.signals.plan[row]])
    stages = [
        {"phase": int(phase) - first, "green_s": float(city.phases.duration_s[phase])}
        for phase in stages_of(city, row).tolist()
    ]
    return answer({"signal": signal, "stages": stages})


def _found(request: Request, name: str) -> Job:
    job = _desk(request).get(name)
    if job is None:
        raise ApiError(404, "not_found", "no such what-if is kept")
    return job


def _summary(job: Job) -> dict[str, Any]:
    plain = {name: getattr(job, name) for name in ("name", "title", "who", "share", "took_s", "trouble")}
    return {**plain, "state": str(job.state), "fork": iso(job.fork_s)}


def _whole(job: Job) -> dict[str, Any]:
    change, question = job.question.change, job.question
    told = {
        "closures": [{"link": one.link, "lane": one.lane} for one in change.closures],
        "demand_factor": change.demand_factor,
        "demand_area": change.demand_area,
        "plans": [{"signal": one.signal, "greens_s": list(one.greens_s)} for one in change.plans],
        "controller": change.controller,
        "signals": list(change.signals),
        "minutes": question.horizon_s // 60,
        "seeds": question.seeds,
    }
    return {**_summary(job), "question": told, "result": job.result}
