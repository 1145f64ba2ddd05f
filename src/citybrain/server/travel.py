"""How long it takes now: between the city's areas, and along its main roads; for everybody.

Between areas: the fastest way from the middle of one to the middle of the other on the links' times as they are, as
`city.routing` finds it. Along a road: its links of one name and direction, one after another, with the time inside the
junctions between them. A link of which no time is known counts with its free-flow time; `known_share` says how much of
the way's length was known.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import F32, I64, City
from citybrain.city.routing import RouteGraph, strongly_connected, tree_from
from citybrain.hub.address import LINKS, area_slugs
from citybrain.records.observations import Quality
from citybrain.server.car_graph import car_graph
from citybrain.server.columns import column
from citybrain.server.edge import answer, iso
from citybrain.server.models import TravelTimes
from citybrain.server.routing import answers
from citybrain.server.services import Services, city_of

router = APIRouter(tags=["public"])
EVERY_S = 15.0  # found anew, of the city's time
CACHE_S = 5
AREAS_MAX = 12  # those with most links: their pairs are shown as a table
ROADS_MAX = 16  # ways along main roads, longest first
ROAD_LEAST_M = 600.0
MAIN = ("motorway", "trunk", "primary", "secondary")
NO_AREA = frozenset(("water",))


@dataclass(frozen=True, eq=False)
class Road:
    """A main road in one direction."""

    name: str
    links: I64  # in the order of driving
    ring: bool  # it ends where it begins
    heading_deg: float  # from its beginning to its end, clockwise from north; nan for a ring


@dataclass(frozen=True, eq=False)
class Ways:
    """What does not change: the graph, the middles of the areas, the main roads."""

    graph: RouteGraph
    areas: list[int]  # rows of the city's areas
    middles: list[int]  # the link in the middle of each
    roads: list[Road]


class Travel:
    """Finds the times at most every EVERY_S, whoever asks."""

    def __init__(self, served: Services) -> None:
        self._served = served
        self._ways: Ways | None = None
        self._at_s, self._told = -math.inf, {}  # type: float, dict[str, Any]
        self._lock = threading.Lock()

    def told(self, city: City) -> dict[str, Any]:
        """The answer as it stands."""
        now_s = self._served.now_s()
        with self._lock:
            if self._ways is None:
                self._ways = ways_of(city)
            if not 0.0 <= now_s - self._at_s < EVERY_S:
                self._told = _times(self._served, city, self._ways, now_s)
                self._at_s = now_s
            return self._told


@router.get("/travel-times", responses=answers(TravelTimes, 404), summary="How long it takes now")
def travel_times(request: Request) -> Response:
    """Between areas and along main roads, beside what it would take on empty roads."""
    city = city_of(request)
    travel: Travel = request.app.state.travel
    return answer(travel.told(city), CACHE_S)


# ---- what does not change ----


def ways_of(city: City) -> Ways:
    """The middles and the main roads of a city."""
    graph = car_graph(city)
    sizes = np.diff(city.areas.link_offset)
    named = [row for row in np.argsort(-sizes, kind="stable").tolist() if sizes[row] and _is_area(city, row)]
    usable = graph.is_open & strongly_connected(graph)
    chosen = sorted(named[:AREAS_MAX])
    middles = [_middle(city, row, usable) for row in chosen]
    there_are = [(row, link) for row, link in zip(chosen, middles, strict=True) if link >= 0]
    return Ways(graph, [row for row, _ in there_are], [link for _, link in there_are], roads_of(city, graph))


def _is_area(city: City, row: int) -> bool:
    return city.areas.kind[row] not in NO_AREA


def _middle(city: City, area: int, usable: NDArray[np.bool_]) -> int:
    """The link nearest to the middle of an area's links, main roads first; -1 where none can be driven on."""
    first, last = city.areas.link_offset[area : area + 2]
    links = city.areas.link[first:last].astype(np.int64)
    links = links[usable[links]]
    if not links.size:
        return -1
    ends, x, y = city.links.geometry_offset, city.links.geometry_x_m, city.links.geometry_y_m
    at = ends[links] + (ends[links + 1] - ends[links]) // 2
    away_m = np.hypot(x[at] - x[at].mean(), y[at] - y[at].mean())
    minor = np.array([city.links.kind[link] not in MAIN for link in links])
    spread_m = max(float(away_m.mean()), 1.0)
    return int(links[np.argmin(away_m + 0.5 * spread_m * minor)])


def roads_of(city: City, graph: RouteGraph) -> list[Road]:
    """Main roads by name and direction, longest first."""
    links = city.links
    by_name: dict[str, list[int]] = {}
    for row, (name, kind) in enumerate(zip(links.name, links.kind, strict=True)):
        if name and kind in MAIN and graph.is_open[row]:
            by_name.setdefault(name, []).append(row)
    found = [(name, *chain) for name, rows in by_name.items() for chain in _chains(city, graph, rows)]
    long = [(name, chain, ring) for name, chain, ring in found if links.length_m[chain].sum() >= ROAD_LEAST_M]
    long.sort(key=lambda one: (-float(links.length_m[one[1]].sum()), one[0], int(one[1][0])))
    return [Road(name, chain, ring, _heading(city, chain, ring)) for name, chain, ring in long[:ROADS_MAX]]


def _chains(city: City, graph: RouteGraph, rows: list[int]) -> list[tuple[I64, bool]]:
    """Links of one name joined in the order of driving, never back where they came from; and which are rings."""
    links, left = city.links, set(rows)
    follows: dict[int, list[int]] = {}
    for row in rows:
        out = graph.out_link[graph.out_offset[row] : graph.out_offset[row + 1]].tolist()
        follows[row] = [to for to in out if to in left and links.to_node[to] != links.from_node[row]]
    led = {to for following in follows.values() for to in following}
    found = []
    for start in [*(row for row in rows if row not in led), *rows]:  # beginnings first; what is left then are rings
        if start not in left:
            continue
        chain = [start]
        left.discard(start)
        while following := [to for to in follows[chain[-1]] if to in left]:
            chain.append(min(following, key=lambda to: _bend(city, chain[-1], to)))
            left.discard(chain[-1])
        found.append((np.array(chain, np.int64), start in follows[chain[-1]] and len(chain) > 2))
    return found


def _bend(city: City, link: int, to: int) -> float:
    """How far one turns from a link to the next (radians)."""
    turn = _direction(city, to, first=True) - _direction(city, link, first=False)
    return abs(math.remainder(turn, 2.0 * math.pi))


def _direction(city: City, link: int, *, first: bool) -> float:
    begin, end = city.links.geometry_offset[link : link + 2]
    a, b = (begin, begin + 1) if first else (end - 2, end - 1)
    x, y = city.links.geometry_x_m, city.links.geometry_y_m
    return math.atan2(y[b] - y[a], x[b] - x[a])


def _heading(city: City, chain: I64, ring: bool) -> float:
    if ring:
        return math.nan
    x, y, ends = city.links.geometry_x_m, city.links.geometry_y_m, city.links.geometry_offset
    a, b = ends[chain[0]], ends[chain[-1] + 1] - 1
    return math.degrees(math.atan2(x[b] - x[a], y[b] - y[a])) % 360.0


# ---- what changes ----


def _times(served: Services, city: City, ways: Ways, now_s: float) -> dict[str, Any]:
    time_s, known = _link_times(served, city, ways.graph, now_s)
    slugs = area_slugs(city.areas.area_id)
    areas = [{"area": slugs[row], "name": city.areas.name[row] or city.areas.area_id[row]} for row in ways.areas]
    return {
        "time": iso(now_s),
        "areas": areas,
        "between": _between(city, ways, [slugs[row] for row in ways.areas], time_s, known),
        "roads": [_along(city, ways.graph, road, time_s, known) for road in ways.roads],
    }


def _link_times(served: Services, city: City, graph: RouteGraph, now_s: float) -> tuple[F32, NDArray[np.bool_]]:
    """Seconds of every link, and of which they are known: not stale, not unknown."""
    table = column(served.hub, city, LINKS, "travel_time", now_s)
    if table is None:
        return graph.free_s, np.zeros(graph.n_links, np.bool_)
    known = (table.quality != Quality.UNKNOWN) & (table.quality != Quality.STALE) & np.isfinite(table.values)
    return np.where(known, np.maximum(table.values, 0.0), graph.free_s).astype(np.float32), known


def _between(city: City, ways: Ways, names: list[str], time_s: F32, known: NDArray[np.bool_]) -> list[dict[str, Any]]:
    found = []
    for name, origin in zip(names, ways.middles, strict=True):
        now, free = tree_from(ways.graph, origin, time_s), tree_from(ways.graph, origin)
        for other, end in zip(names, ways.middles, strict=True):
            if other == name or not math.isfinite(now.cost_s[end]) or now.cost_s[end] >= 1e8:
                continue
            way = [end]
            while now.step[way[-1]] >= 0:
                way.append(int(now.step[way[-1]]))
            rows = np.array(way, np.int64)
            told = _told(city, rows, float(now.cost_s[end]), float(free.cost_s[end]), known)
            found.append({"origin": name, "destination": other, **told})
    return found


def _along(city: City, graph: RouteGraph, road: Road, time_s: F32, known: NDArray[np.bool_]) -> dict[str, Any]:
    inside_s = sum(_arc_s(graph, int(a), int(b)) for a, b in zip(road.links, road.links[1:], strict=False))
    now_s, free_s = float(time_s[road.links].sum()) + inside_s, float(graph.free_s[road.links].sum()) + inside_s
    told = _told(city, road.links, now_s, free_s, known)
    heading = round(road.heading_deg, 1) if math.isfinite(road.heading_deg) else None
    return {"name": road.name, "ring": road.ring, "heading_deg": heading, "rows": road.links.tolist(), **told}


def _arc_s(graph: RouteGraph, link: int, to: int) -> float:
    """Seconds inside the junction between two links that follow one another."""
    first, last = graph.out_offset[link : link + 2]
    return float(graph.out_arc_s[first:last][graph.out_link[first:last] == to][0])


def _told(city: City, rows: I64, now_s: float, free_s: float, known: NDArray[np.bool_]) -> dict[str, Any]:
    length_m = city.links.length_m[rows]
    whole_m = float(length_m.sum())
    share = float(length_m[known[rows]].sum()) / whole_m if whole_m else 0.0
    return {
        "time_s": round(now_s, 1) if share > 0.0 else None,
        "free_s": round(free_s, 1),
        "length_m": round(whole_m, 1),
        "known_share": round(share, 3),
    }
