"""How long it takes: ways that can be driven, times that are the links', and nothing told of what is not known."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _brain import Brain, make_brain, network

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.city.routing import RouteGraph, route, route_cost_s
from citybrain.hub.board import CityBoard
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality
from citybrain.server.services import Services
from citybrain.server.travel import EVERY_S, MAIN, ROAD_LEAST_M, Travel, roads_of, ways_of

PATH = "/api/v1/travel-times"


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(64, 3)[0]


@pytest.fixture(scope="module")
def graph(city: City) -> RouteGraph:
    return RouteGraph.from_city(city)


class Told:
    """The times of a city at links of a share of their speed."""

    def __init__(self, city: City) -> None:
        self.city, self.hub, self.now_s = city, Hub(), 1000.0
        self.board = CityBoard(self.hub, city)
        self.travel = Travel(Services(self.hub, lambda: self.now_s, city))

    def beat(self, share: float, unknown: Any = ()) -> dict[str, Any]:
        self.now_s += EVERY_S
        state = network(self.city, self.now_s, share)
        links = state.links
        links.quality[:] = Quality.ESTIMATED
        links.travel_time_s[:] = self.city.links.length_m / (self.city.links.speed_mps * share)
        links.quality[np.array(unknown, int)] = Quality.UNKNOWN
        self.board.network(state)
        return self.travel.told(self.city)


# ---- roads ----


def test_a_road_is_driven_from_link_to_link(city: City, graph: RouteGraph) -> None:
    roads = roads_of(city, graph)
    assert len(roads) > 4
    taken: set[int] = set()
    for road in roads:
        rows = road.links.tolist()
        assert len(set(rows)) == len(rows)
        assert not taken & set(rows), "no link lies on two roads"
        taken |= set(rows)
        assert {city.links.name[row] for row in rows} == {road.name}
        assert {city.links.kind[row] for row in rows} <= set(MAIN)
        assert city.links.length_m[rows].sum() >= ROAD_LEAST_M
        for a, b in pairwise(rows):
            out = graph.out_link[graph.out_offset[a] : graph.out_offset[a + 1]]
            assert b in out, "one can drive from each link to the next"
            assert city.links.to_node[b] != city.links.from_node[a], "and does not turn back"
        first, last = rows[0], rows[-1]
        assert road.ring == (first in graph.out_link[graph.out_offset[last] : graph.out_offset[last + 1]])
        assert np.isnan(road.heading_deg) == road.ring
    lengths = [city.links.length_m[road.links].sum() for road in roads]
    assert lengths == sorted(lengths, reverse=True)


def test_both_directions_of_a_street_are_roads(city: City, graph: RouteGraph) -> None:
    straight = [road for road in roads_of(city, graph) if not road.ring]
    names = [road.name for road in straight]
    assert any(names.count(name) == 2 for name in names)
    for name in {name for name in names if names.count(name) == 2}:
        one, other = (road.heading_deg for road in straight if road.name == name)
        assert abs((one - other) % 360.0 - 180.0) < 30.0


# ---- times ----


def test_on_empty_roads_it_takes_what_it_takes_on_empty_roads(city: City) -> None:
    found = Told(city).beat(1.0)
    assert found["roads"]
    for one in [*found["roads"], *found["between"]]:
        assert one["time_s"] == pytest.approx(one["free_s"], rel=0.02, abs=0.5)
        assert one["known_share"] == 1.0


def test_between_areas_it_is_the_cheapest_way(city: City, graph: RouteGraph) -> None:
    told = Told(city)
    found, ways = told.beat(0.5), ways_of(city)
    names = [area["area"] for area in found["areas"]]
    assert len(found["between"]) == len(names) * (len(names) - 1)
    cost_s = (city.links.length_m / (city.links.speed_mps * 0.5)).astype(np.float32)
    for one in found["between"][::7]:
        a, b = (ways.middles[names.index(one[end])] for end in ("origin", "destination"))
        links = route(graph, a, b, cost_s)
        assert one["time_s"] == pytest.approx(route_cost_s(graph, links, cost_s), abs=0.2)
        assert one["length_m"] == pytest.approx(city.links.length_m[links].sum(), abs=0.2)
        assert one["time_s"] > one["free_s"]


def test_slower_links_take_longer(city: City) -> None:
    told = Told(city)
    times = [{(r["name"], r["rows"][0]): r["time_s"] for r in told.beat(share)["roads"]} for share in (1.0, 0.5, 0.25)]
    for road in times[0]:
        assert times[0][road] < times[1][road] < times[2][road]
        assert times[2][road] - times[1][road] == pytest.approx(2.0 * (times[1][road] - times[0][road]), rel=0.02)


def test_what_is_not_known_is_not_told(city: City, graph: RouteGraph) -> None:
    told, roads = Told(city), roads_of(city, graph)
    half = roads[0].links[: roads[0].links.size // 2]
    some = told.beat(0.5, [*half, *roads[1].links])["roads"]
    share = 1.0 - city.links.length_m[half].sum() / city.links.length_m[roads[0].links].sum()
    assert some[0]["known_share"] == pytest.approx(share, abs=1e-3)
    assert some[0]["free_s"] < some[0]["time_s"]
    assert (some[1]["time_s"], some[1]["known_share"]) == (None, 0.0)
    told.now_s += 1000.0
    stale = told.travel.told(city)
    assert {one["time_s"] for one in [*stale["roads"], *stale["between"]]} == {None}, "old values are not told as new"


def test_it_is_found_once_for_all(city: City) -> None:
    told = Told(city)
    first = told.beat(0.5)
    told.now_s += EVERY_S - 1.0
    assert told.travel.told(city) is first
    told.now_s += 1.0
    assert told.travel.told(city) is not first


# ---- over HTTP ----


def test_everybody_may_ask(tmp_path: Path) -> None:
    brain: Brain = make_brain(tmp_path, guarded=True)
    answer = brain.public.get(PATH)
    assert answer.status == 200
    assert set(answer.json()) == {"time", "areas", "between", "roads"}
    assert answer.headers["cache-control"] == "public, max-age=5"
