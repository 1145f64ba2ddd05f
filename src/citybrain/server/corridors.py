"""Corridors and routes: how long their signals take now, in each direction, and how well they work together."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import City
from citybrain.server.corridor_figures import Figures, roads_now
from citybrain.server.corridor_models import CorridorAnswer, CorridorPage, RouteAnswer
from citybrain.server.course import Course, Ground, Street, street_name
from citybrain.server.edge import answer, iso
from citybrain.server.link_times import LinkTimes
from citybrain.server.problems import ApiError
from citybrain.server.recent import Recent
from citybrain.server.routing import Limit, Offset, answers
from citybrain.server.services import Services, city_of, services
from citybrain.server.wave import Shown

router = APIRouter(tags=["corridors"])
CACHE_S = 1  # a beat
ROUTES_KEPT, ROUTE_S = 256, 15.0  # a way is searched anew after so many seconds of the city's time
SignalId = Annotated[str, Query(min_length=1, max_length=200, description="a signal", examples=["S1"])]


class Corridors:
    """What is known of a city's corridors: made at the first question, whoever asks."""

    def __init__(self, served: Services, recent: Recent) -> None:
        self._served, self._recent = served, recent
        self._past = LinkTimes(served.hub, served.city)
        self._ground: Ground | None = None
        self._routes: OrderedDict[tuple[int, int], tuple[float, Course | None]] = OrderedDict()
        self._lock = threading.Lock()

    def ground(self, city: City) -> Ground:
        """The corridors of the city and what ways are searched on."""
        with self._lock:
            if self._ground is None:
                self._ground = Ground(city)
            return self._ground

    def figures(self, city: City) -> Figures:
        """Figures of this moment."""
        return Figures(self.ground(city), roads_now(self._served.hub, city, self._served.now_s()))

    def whole(self, figures: Figures, courses: Iterable[Course]) -> list[dict[str, Any]]:
        """Each direction in full."""
        shown = self._shown(figures.n_groups)
        return [figures.whole(course, shown, self._past) for course in courses]

    def _shown(self, n_groups: int) -> Shown:
        samples = list(self._recent.colours)
        colours = np.array([sample.values for sample in samples], np.uint8).reshape(len(samples), n_groups)
        return Shown(np.array([sample.time_s for sample in samples], np.float64), colours)

    def route(self, figures: Figures, start: int, end: int) -> Course | None:
        """The fastest way now; what was found is kept for some seconds, for whoever asks again."""
        ground, now_s = self.ground(figures.city), figures.roads.time_s
        with self._lock:
            at_s, course = self._routes.get((start, end), (-np.inf, None))
            if not 0.0 <= now_s - at_s < ROUTE_S:
                link_s = figures.roads.link_s
                course = ground.route(start, end, np.where(np.isnan(link_s), ground.graph.free_s, link_s))
                self._routes[start, end] = now_s, course
                self._routes.move_to_end((start, end))
                while len(self._routes) > ROUTES_KEPT:
                    self._routes.popitem(last=False)
            return course


@router.get("/corridors", responses=answers(CorridorPage, 404), summary="The corridors, the worst one first")
def corridors(request: Request, limit: Limit = 1000, offset: Offset = 0) -> Response:
    """Chains of three signals to twelve along wide and straight streets, by the vehicles that stand still on them."""
    known, city = _known(request)
    figures = known.figures(city)
    rows = [figures.row(street) for street in known.ground(city).streets]
    rows.sort(key=lambda row: -1.0 if row["lost"] is None else float(row["lost"]), reverse=True)
    page = rows[offset : offset + min(limit, services(request).settings.api_rows_max)]
    return answer({"time": iso(figures.roads.time_s), "total": len(rows), "corridors": page}, CACHE_S)


@router.get("/corridors/{corridor}", responses=answers(CorridorAnswer, 404), summary="One corridor")
def corridor(request: Request, corridor: str) -> Response:
    """Both directions: times now and in the last hour, sections, queues, and what its signals have shown."""
    known, city = _known(request)
    street = next((one for one in known.ground(city).streets if one.corridor == corridor), None)
    if street is None:
        raise ApiError(404, "not_found", "there is no such corridor")
    figures = known.figures(city)
    courses = known.whole(figures, street.courses)
    about = {"time": iso(figures.roads.time_s), "corridor": street.corridor, "name": street.name}
    return answer({**about, "courses": courses}, CACHE_S)


@router.get("/routes", responses=answers(RouteAnswer, 404), summary="The fastest way between two signals")
def route(request: Request, start: Annotated[SignalId, Query(alias="from")], to: SignalId) -> Response:
    """The same figures as of a corridor, for the way that is the fastest now."""
    known, city = _known(request)
    ends = [_signal(city, name) for name in (start, to)]
    if ends[0] == ends[1]:
        raise ApiError(400, "invalid", "a way needs two different signals")
    figures = known.figures(city)
    course = known.route(figures, ends[0], ends[1])
    if course is None:
        raise ApiError(404, "not_found", "no way leads from the one signal to the other")
    used = [street.corridor for street in known.ground(city).streets if _uses(course, street)]
    about = {"time": iso(figures.roads.time_s), "name": street_name(city, course)}
    return answer({**about, "courses": known.whole(figures, (course,)), "corridors": used}, CACHE_S)


def _known(request: Request) -> tuple[Corridors, City]:
    known = request.app.state.corridors
    assert isinstance(known, Corridors)
    return known, city_of(request)


def _signal(city: City, name: str) -> int:
    if name not in city.signals.signal_id:
        raise ApiError(404, "not_found", "there is no such signal")
    return city.signals.signal_id.index(name)


def _uses(course: Course, street: Street) -> bool:
    """Whether a whole section of the corridor lies on the course."""
    own = set(course.links.tolist())
    return any(own.issuperset(part.tolist()) for one in street.courses for part in np.split(one.links, one.first[1:-1]))
