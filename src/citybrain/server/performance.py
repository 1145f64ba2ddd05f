"""How well a signal serves those who come: arrivals on green, split failures, cycles, over HTTP.

The measures are those of `citybrain diagnose`, by the same functions; the events are those of the running brain.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import City, Turn
from citybrain.estimate.performance.logbook import Logbook
from citybrain.estimate.performance.measures import PERIOD_S, Measures, Periods, measure, sums_by
from citybrain.records.signal_events import Use
from citybrain.server.edge import answer, iso, parse_time
from citybrain.server.performance_models import Performance
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import answers
from citybrain.server.services import city_of, services

router = APIRouter(tags=["performance"])
NOT_KEPT = "this brain does not keep the events of its signals (CITYBRAIN_PERFORMANCE_KEEP_S)"
COLOURS = ("green", "yellow", "red")
TURNS = {Turn.THROUGH: "through", Turn.LEFT: "left", Turn.RIGHT: "right", Turn.UTURN: "uturn"}
Bools = NDArray[np.bool_]


class Stretch(BaseModel):
    """A stretch of time."""

    since: str = Field("", alias="from", max_length=40, description="ISO 8601 with zone, or seconds; the first kept")
    to: str = Field("", max_length=40, description="ISO 8601 with zone, or seconds; now")


@router.get(
    "/performance/{signal}",
    responses=answers(Performance, 401, 403, 404),
    summary="How well a signal serves those who come",
)
def performance(request: Request, signal: str, stretch: Annotated[Stretch, Query()]) -> Response:
    """Arrivals by their second in the cycle, greens, and measures by phase, of the last hour or a stretch of it."""
    city, logbook = city_of(request), there(services(request).logbook, NOT_KEPT)
    if signal not in city.signals.signal_id:
        raise ApiError(404, "not_found", "there is no such signal")
    from_s = parse_time(stretch.since) if stretch.since else -np.inf
    to_s = parse_time(stretch.to) if stretch.to else np.inf
    if to_s < from_s:
        raise ApiError(400, "bad_request", "query: to lies before from")
    return answer(told(logbook, city.signals.signal_id.index(signal), from_s, to_s))


def told(logbook: Logbook, signal: int, from_s: float = -np.inf, to_s: float = np.inf) -> dict[str, Any]:
    """The answer for a row of the city's signals."""
    log = logbook.log(signal, from_s, to_s)
    found = measure(log)
    recent = found.cycles.red_s > log.end_s - PERIOD_S
    sides = {"quarter": recent, "whole": np.ones(found.cycles.n, np.bool_)}
    sums = {name: sums_by(found, among.astype(np.float64)) for name, among in sides.items()}
    first = logbook.rows_of(signal).start
    return {
        "time": iso(log.end_s),
        "since": iso(log.begin_s),
        "signal": logbook.city.signals.signal_id[signal],
        "arrivals": _known(logbook, found),
        "phases": [
            _about(logbook, found, first, row)
            | {name: _sums(found, row, sums[name], among) for name, among in sides.items()}
            | {"cycles": _cycles(found, row)}
            for row in range(log.phases.device.size)
        ],
    }


def _known(logbook: Logbook, found: Measures) -> str:
    """Whether arrivals are known by the second, and why not."""
    if found.has_arrivals.any():
        return "known" if found.cycles.n else "early"
    return "minutes" if logbook.coarse else "none" if found.cycles.n else "early"


def _about(logbook: Logbook, found: Measures, first: int, row: int) -> dict[str, Any]:
    """What the phase in a row of the log is; the log's rows begin with the city's `first`."""
    city, phases, channels = logbook.city, found.log.phases, found.log.channels
    groups = np.flatnonzero(logbook.recorder.map.group_phase == first + row)
    ahead = channels.sensor[(channels.phase == row) & (channels.use == Use.ADVANCE)]
    return {
        "phase": int(phases.number[row]),
        "name": phases.name[row],
        "groups": [city.groups.group_id[group] for group in groups],
        "link": int(phases.link[row]),
        "turns": _turns(city, groups),
        "lanes": int(phases.lanes[row]),
        "seen_by": None if not ahead.size else "loop" if (ahead >= 0).any() else "camera",
    }


def _turns(city: City, groups: NDArray[np.int64]) -> list[str]:
    turns = city.movements.turn[np.isin(city.movements.group, groups)]
    return [TURNS[Turn(turn)] for turn in np.unique(turns)]


def _sums(found: Measures, row: int, sums: Periods, among: Bools) -> dict[str, Any]:
    """Sums of a phase over the cycles `among` which they were made as part 1; None where there is nothing to sum."""
    cycles, mine = found.cycles, among & (found.cycles.phase == row)
    at = np.flatnonzero((sums.phase == row) & (sums.begin_s == 1.0))

    def value(name: str, decimals: int) -> float | None:
        return _plain(float(getattr(sums, name)[at[0]]), decimals) if at.size else None

    seen, counted = bool(found.has_arrivals[row]), bool(found.has_departures[row])
    red_s, span_s = (cycles.green_s - cycles.red_s)[mine], float((cycles.end_s - cycles.red_s)[mine].sum())
    return {
        "cycles": int(mine.sum()),
        "cycle_s": value("cycle_s", 1),
        "green_s": value("green_s", 1),
        "longest_red_s": _plain(float(red_s.max()), 1) if red_s.size else None,
        **(_colours(found, mine) if seen else dict.fromkeys(("arrivals", *(f"on_{c}" for c in COLOURS)))),
        "platoon": value("platoon", 3),
        "volume_vph": _plain(3600.0 * float(found.departures.all[mine].sum()) / span_s, 1)
        if counted and span_s
        else None,
        "saturation": value("saturation", 3),
        "green_used": value("green_ratio", 3),
        "splits_known": int(sums.known[at[0]]) if at.size else 0,
        "splits_failed": int(sums.failures[at[0]]) if at.size else 0,
        "delay_s": value("delay_s", 1),
        "queue_reaches": _plain(float(found.reached[row]), 3) if seen else None,
    }


def _colours(found: Measures, mine: Bools) -> dict[str, float | None]:
    """How many came in these cycles, and the share that met each colour."""
    came = int(found.arrivals.all[mine].sum())
    met = {colour: int(getattr(found.arrivals, colour)[mine].sum()) for colour in COLOURS}
    return {"arrivals": came} | {f"on_{colour}": _plain(n / came, 4) if came else None for colour, n in met.items()}


def _cycles(found: Measures, row: int) -> dict[str, Any]:
    """The cycles of a phase and who came in each."""
    cycles, known = found.cycles, found.occupancy.known
    mine = np.flatnonzero(cycles.phase == row)
    red_s = cycles.red_s[mine]
    here = found.arrive.cycle >= 0
    at, time_s = found.arrive.cycle[here], found.arrive.time_s[here]
    second = np.round(time_s - cycles.red_s[at], 1)
    first, last = np.searchsorted(at, mine), np.searchsorted(at, mine, side="right")
    return {
        "begin_s": np.round(red_s - found.log.end_s, 1).tolist(),
        "green_s": np.round(cycles.green_s[mine] - red_s, 1).tolist(),
        "yellow_s": np.round(cycles.yellow_s[mine] - red_s, 1).tolist(),
        "length_s": np.round(cycles.end_s[mine] - red_s, 1).tolist(),
        "arrivals": [second[a:b].tolist() for a, b in zip(first, last, strict=True)],
        "on_green": found.arrivals.green[mine].tolist(),
        "failed": [bool(f) if k else None for f, k in zip(found.occupancy.failed[mine], known[mine], strict=True)],
    }


def _plain(value: float, decimals: int) -> float | None:
    return round(value, decimals) if np.isfinite(value) else None
