"""Indicators over HTTP: the latest values, and how they were."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from citybrain.hub.catalogue import Audience, Entry, Kind
from citybrain.hub.hub import Hub, Values
from citybrain.hub.series import Question, Series, series
from citybrain.records.indicator import IndicatorValue
from citybrain.server.catalogue import readable
from citybrain.server.edge import QUALITY, answer, iso, numbers, parse_time, qualities
from citybrain.server.models import SeriesAnswer, Value, ValuePage
from citybrain.server.problems import ApiError
from citybrain.server.routing import Limit, Match, Offset, answers
from citybrain.server.services import audiences, services

router = APIRouter(tags=["indicators"])
CACHE_S = 1  # a beat
HOUR_S = 3600.0


class Span(BaseModel):
    """A span of time of an indicator or a row of a table."""

    since: str = Field("", alias="from", max_length=40, description="ISO 8601 with zone, or seconds; an hour before to")
    to: str = Field("", max_length=40, description="ISO 8601 with zone, or seconds; now")
    step: float = Field(0.0, ge=0, description="seconds; 0 = every value as it was kept")
    aggregate: str = Field("mean", max_length=20, description="of a step: mean, min, max, sum, count, first, last")
    row: int = Field(0, ge=0, description="of a table")


@router.get("/indicators", responses=answers(ValuePage, 401), summary="Latest values of many indicators")
async def indicators(request: Request, match: Match = "*", limit: Limit = 1000, offset: Offset = 0) -> Response:
    """The latest value of every indicator that the pattern selects."""
    served = services(request)
    now_s = served.now_s()
    entries = selected(served.hub, match, audiences(request))
    page = entries[offset : offset + min(limit, served.settings.api_rows_max)]
    values = served.hub.values(served.hub.rows_of(page), now_s)
    found = {"time": iso(now_s), "sequence": served.hub.sequence, "total": len(entries)}
    return answer({**found, "values": value_rows(page, values)}, CACHE_S)


@router.get("/indicators/{city}/{area}/{name}", responses=answers(Value, 401, 404), summary="Latest value of one")
async def indicator(request: Request, city: str, area: str, name: str) -> Response:
    """The latest value: never zero for unknown; stale when it is older than its freshness."""
    served = services(request)
    entry = readable(request, f"{city}/{area}/{name}")
    if entry.kind is not Kind.INDICATOR:
        raise ApiError(404, "not_found", f"{entry.address} is a table; it is under tables/")
    return answer(value_row(entry, served.hub.latest(entry.address, served.now_s())), CACHE_S)


@router.get("/history/{city}/{area}/{name}", responses=answers(SeriesAnswer, 401, 404, 413), summary="How it was")
def history(request: Request, city: str, area: str, name: str, span: Annotated[Span, Query()]) -> Response:
    """An indicator, or a row of a table, over time: from <= time < to, as it was kept or in steps."""
    served = services(request)
    entry = readable(request, f"{city}/{area}/{name}")
    if served.history is None:
        raise ApiError(404, "not_found", "this brain keeps no history")
    to_s = parse_time(span.to) if span.to else served.now_s() + 1e-3
    from_s = parse_time(span.since) if span.since else max(0.0, to_s - HOUR_S)
    question = Question(entry, from_s, to_s, span.step, span.aggregate, span.row)
    return answer(series_columns(question, series(served.history, question)), CACHE_S)


def selected(hub: Hub, match: str, who: frozenset[Audience]) -> list[Entry]:
    """The indicators that a pattern selects."""
    return [entry for entry in hub.catalogue.find(match, who) if entry.kind is Kind.INDICATOR]


def value_row(entry: Entry, value: IndicatorValue) -> dict[str, Any]:
    """A value as JSON; nan becomes null when it is encoded."""
    return {
        "address": entry.address,
        "time": iso(value.time_s),
        "value": value.value,
        "low": value.low,
        "high": value.high,
        "quality": QUALITY[value.quality],
        "unit": entry.unit,
        "source": entry.source,
    }


def value_rows(entries: list[Entry], values: Values) -> list[dict[str, Any]]:
    """Values as JSON, in the order of the entries."""
    times = {at_s: iso(at_s) for at_s in np.unique(values.time_s).tolist()}
    columns = zip(
        entries,
        values.time_s.tolist(),
        values.value.tolist(),
        values.low.tolist(),
        values.high.tolist(),
        values.quality.tolist(),
        strict=True,
    )
    return [
        {
            "address": entry.address,
            "time": times.get(at_s),
            "value": value,
            "low": low,
            "high": high,
            "quality": QUALITY[quality],
            "unit": entry.unit,
            "source": entry.source,
        }
        for entry, at_s, value, low, high, quality in columns
    ]


def series_columns(question: Question, found: Series) -> dict[str, Any]:
    """A series as JSON columns."""
    entry = question.entry
    return {
        "address": entry.address,
        "unit": "" if question.aggregate == "count" and question.step_s else entry.unit,
        "row": question.row if entry.kind is Kind.TABLE else None,
        "step_s": question.step_s,
        "aggregate": question.aggregate if question.step_s else "none",
        "times": [iso(at_s) for at_s in found.time_s.tolist()],
        "values": numbers(found.value),
        "low": numbers(found.low),
        "high": numbers(found.high),
        "quality": qualities(found.quality),
    }
