"""Plans that the brain proposes, and what the last change of a signal's plan or mode has done: before beside after."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from citybrain.brain.acting import Acting
from citybrain.brain.proposals import Outlook, Proposal
from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.hub.address import LANES, LINKS
from citybrain.hub.approach_tally import MINUTE_S, ApproachTally, Minutes, side_of, verdict
from citybrain.hub.hub import Hub
from citybrain.server.columns import column
from citybrain.server.edge import answer, iso, numbers
from citybrain.server.models import EffectAnswer, ProposalAnswer
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import answers
from citybrain.server.services import acting_of, city_of

router = APIRouter(tags=["actions"])
WINDOW_S = 900.0
SETTLE_S = 300.0  # flows are means of so long, and the queues of before must go first


class Effects:
    """Listens to the hub from the thread that publishes, and keeps what stood before each signal's last change."""

    def __init__(self, hub: Hub, city: City | None, acting: Acting | None) -> None:
        self._hub, self._city, self._acting = hub, city, acting
        self.tally = None if city is None or acting is None else ApproachTally(city)
        self._before: dict[int, tuple[float, Minutes]] = {}
        self._seen_s = -math.inf
        if self.tally is not None:
            hub.listen(self._told)

    def before(self, signal: int) -> tuple[float, Minutes]:
        """When the signal was last changed (nan = never), and the minutes before that."""
        assert self._acting is not None
        assert self.tally is not None
        changes = self._acting.changed(signal)
        if not changes:
            return math.nan, self.tally.minutes(signal).between(math.inf, math.inf)
        at_s, kept = changes[-1][0], self._before.get(signal)
        if kept is None or kept[0] != at_s:
            settled_s = changes[-2][0] + SETTLE_S if len(changes) > 1 else -math.inf
            kept = at_s, self.tally.minutes(signal).between(max(at_s - WINDOW_S - MINUTE_S, settled_s), at_s)
            self._before[signal] = kept  # while the tally still reaches back so far
        return kept

    def _told(self) -> None:
        now_s = self._hub.newest_s
        if self._city is None or self.tally is None or self._seen_s <= now_s < self._seen_s + 1.0:
            return
        self._seen_s = now_s
        columns = [self._column(area, name) for area, name in ((LINKS, "count"), (LINKS, "flow"), (LANES, "queue"))]
        if all(column is not None for column in columns):
            count, flow, queue = (np.asarray(column, np.float64) for column in columns)
            self.tally.look(now_s, count, flow, queue)

    def _column(self, area: str, name: str) -> Any:
        assert self._city is not None
        table = column(self._hub, self._city, area, name, self._hub.newest_s)
        return None if table is None else table.values


@router.get(
    "/proposals/{signal}", responses=answers(ProposalAnswer, 401, 403, 404, 409), summary="A plan proposed for a signal"
)
def proposal(request: Request, signal: str) -> Response:
    """The fixed plan in force beside a better one, from the turning flows measured; with the delay expected of both.

    `POST /api/v1/actions` with the kind `plan` applies it. 409 says why none can be made.
    """
    acting = acting_of(request)
    row = _row(acting, signal)
    try:
        found = acting.proposal(row)
    except InputError as error:
        raise ApiError(409, "conflict", f"{signal}: {error}") from None
    city = city_of(request)
    return answer(_told(acting, city, found))


@router.get(
    "/effects/{signal}", responses=answers(EffectAnswer, 401, 403, 404), summary="Before and after the last change"
)
def effect(request: Request, signal: str) -> Response:
    """Delay and queue of a signal's approaches minute by minute, and their means before and after its last change.

    The first five minutes after a change belong to neither side: they still hold what was before.
    """
    acting, found = acting_of(request), request.app.state.effects
    row = _row(acting, signal)
    assert isinstance(found, Effects)
    at_s, before = found.before(row)
    minutes = there(found.tally, "this brain has no city").minutes(row)
    begin_s = at_s + SETTLE_S
    after = minutes.between(begin_s, begin_s + WINDOW_S + MINUTE_S) if math.isfinite(at_s) else before
    sides, number = (side_of(before), side_of(after)), acting.changed(row)[-1][1] if math.isfinite(at_s) else 0
    settling_s = max(0.0, begin_s - acting.time_s) if math.isfinite(at_s) else 0.0
    told = {
        "signal": signal,
        "time": iso(acting.time_s),
        "changed": iso(at_s),
        "action": number,
        "settling_s": settling_s,
        "window_s": WINDOW_S,
        "verdict": verdict(*sides),
        "before": asdict(sides[0]),
        "after": asdict(sides[1]),
        "minutes": _minutes(minutes),
    }
    return answer(told)


def _row(acting: Acting, signal: str) -> int:
    try:
        return acting.rows([signal])[0]
    except InputError as error:
        raise ApiError(404, "not_found", str(error)) from None


def _minutes(minutes: Minutes) -> dict[str, Any]:
    with np.errstate(invalid="ignore", divide="ignore"):
        delay_s = np.where(minutes.flow_vps > 0.0, minutes.waiting / minutes.flow_vps, np.nan)
    return {
        "time": [iso(at_s) for at_s in minutes.begin_s.tolist()],
        "delay_s": numbers(delay_s, 1),
        "queue": numbers(minutes.queue, 2),
        "flow_vph": numbers(minutes.flow_vps * 3600.0, 1),
    }


def _told(acting: Acting, city: City, found: Proposal) -> dict[str, Any]:
    lanes = [
        {
            "lane": int(lane),
            "link": city.links.link_id[int(city.lanes.link[lane])],
            "flow_vph": round(float(found.lane_vph[k]), 1),
            "saturation": round(float(found.now.saturation[k]), 3),
            "proposed_saturation": round(float(found.proposed.saturation[k]), 3),
        }
        for k, lane in enumerate(found.lanes.tolist())
    ]
    return {
        "signal": acting.ids[found.signal],
        "time": iso(acting.time_s),
        "flow_vph": round(found.flow_vph, 1),
        "worth": found.worth,
        "saved_share": round(found.saved_frac, 4),
        "saved_low": round(found.saved_low, 4),
        "saved_high": round(found.saved_high, 4),
        "applied": found.signal in acting.steering.plans,
        "now": _outlook(acting, found.signal, found.now),
        "proposed": _outlook(acting, found.signal, found.proposed),
        "lanes": lanes,
    }


def _outlook(acting: Acting, signal: int, outlook: Outlook) -> dict[str, Any]:
    return {
        "plan": acting.steering.plan_rules.told(signal, outlook.plan.encoded()),
        "changes_s": acting.steering.plan_rules.changes_s(signal, outlook.plan),
        "step_saturation": numbers(outlook.step_saturation, 3),
        "delay_s": round(outlook.delay_s, 2),
        "low_s": round(outlook.low_s, 2),
        "high_s": round(outlook.high_s, 2),
    }
