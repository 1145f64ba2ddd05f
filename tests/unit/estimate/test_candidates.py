from __future__ import annotations

import numpy as np
import pytest
from _tracks import on_link, town, town_graph

from citybrain.city import routing
from citybrain.estimate.candidates import LinkIndex, build_link_index, nearest, nearest_links, new_near

RADIUS_M = 80.0


@pytest.fixture(scope="module", params=[7.0, 50.0, 400.0])
def index(request: pytest.FixtureRequest) -> LinkIndex:
    return build_link_index(town(), town_graph(), request.param)


def brute(x: float, y: float) -> np.ndarray:
    """Distance of every link, its ways across junctions included, by sampling each decimetre."""
    city, graph = town(), town_graph()
    links, out = city.links, np.empty(town_graph().link_m.size)
    for k in range(out.size):
        px, py = on_link(city, k, np.linspace(0.0, 1.0, int(links.length_m[k] * 10)))
        best = np.hypot(px - x, py - y).min()
        ex, ey = px[-1], py[-1]
        for a in range(graph.offset[k], graph.offset[k + 1]):
            if graph.straight[a]:
                sx, sy = (v[0] for v in on_link(city, int(graph.head[a]), np.zeros(1)))
                t = np.linspace(0.0, 1.0, 500)
                best = min(best, np.hypot(ex + t * (sx - ex) - x, ey + t * (sy - ey) - y).min())
        out[k] = best
    return out


def leads_to(link: int) -> list[int]:
    """Links that follow without turning round."""
    graph = town_graph()
    arcs = range(graph.offset[link], graph.offset[link + 1])
    return [int(graph.head[a]) for a in arcs if graph.straight[a]]


def test_the_same_links_as_by_looking_at_all(index: LinkIndex) -> None:
    city, rng, near, seen = town(), np.random.default_rng(0), new_near(), 0
    left_out = 0
    for _ in range(25):
        x, y = (rng.uniform(v.min() - 50, v.max() + 50) for v in (city.nodes.x_m, city.nodes.y_m))
        distance_m = brute(x, y)
        n = nearest(index, x, y, RADIUS_M, 64, near)
        found_m = np.sqrt(near.distance2_m2[:n])
        assert (np.diff(found_m) >= 0).all()
        told = dict(zip(near.link[:n].tolist(), found_m.tolist(), strict=True))
        for link in np.flatnonzero(distance_m < RADIUS_M - 0.1).tolist():
            if told.get(link, np.inf) > distance_m[link] + 0.1:  # then it is its start that is near ...
                sx, sy = (v[0] for v in on_link(city, link, np.zeros(1)))
                assert np.hypot(sx - x, sy - y) == pytest.approx(distance_m[link], abs=0.1)
                before = [k for k in told if link in leads_to(k)]  # ... and a link that leads there tells of it
                assert min(told[k] for k in before) <= distance_m[link] + 0.1
                left_out += 1
        assert (found_m >= distance_m[near.link[:n]] - 0.1).all()
        assert (found_m <= RADIUS_M).all()
        few = nearest(index, x, y, RADIUS_M, 3, near)
        assert few == min(n, 3)
        seen += n
    assert seen > 25
    assert left_out > 3


def test_a_point_on_a_link_is_at_its_place(index: LinkIndex) -> None:
    city, near = town(), new_near()
    for link in range(0, town_graph().link_m.size, 5):
        x, y = on_link(city, link, np.array([0.37]))
        n = nearest(index, x[0], y[0], RADIUS_M, 12, near)
        k = near.link[:n].tolist().index(link)
        assert near.distance2_m2[k] < 1e-6
        assert near.position_m[k] == pytest.approx(0.37 * city.links.length_m[link], abs=0.5)
        assert near.x_m[k] + index.x_m == pytest.approx(x[0], abs=1e-3)


def test_nothing_is_near_a_point_far_away_or_none(index: LinkIndex) -> None:
    for x, y in ((1e9, 0.0), (-1e300, 1e300), (np.nan, 0.0), (0.0, np.inf)):
        assert nearest(index, x, y, RADIUS_M, 12, new_near()) == 0


def test_the_nearest_link_is_that_of_the_router_away_from_junctions(index: LinkIndex) -> None:
    city = town()
    at = [on_link(city, k, np.array([0.5])) for k in range(town_graph().link_m.size)]
    x, y = np.array([p[0][0] + 3.0 for p in at]), np.array([p[1][0] + 2.0 for p in at])
    mine = nearest_links(index, x, y, RADIUS_M)
    for k in range(x.size):  # both directions of a road lie on one line: either will do
        other = int(routing.nearest_links(city, x[k], y[k])[0])
        ends = {int(city.links.from_node[other]), int(city.links.to_node[other])}
        assert {int(city.links.from_node[mine[k]]), int(city.links.to_node[mine[k]])} == ends
    assert nearest_links(index, np.array([1e9]), np.array([0.0]), RADIUS_M).tolist() == [-1]


def test_a_link_that_nothing_leads_into_counts_before_its_start() -> None:
    """A vehicle that enters the city is near its first link, though noise puts it before the start."""
    city, near, graph = town(), new_near(), town_graph()
    n_links, none = graph.link_m.size, np.zeros(0)
    alone = graph._replace(
        offset=np.zeros(n_links + 1, np.int64),
        head=np.zeros(0, np.int32),
        arc_m=none,
        arc_s=none,
        straight=np.zeros(0, np.bool_),
    )
    among, apart = build_link_index(city, graph), build_link_index(city, alone)
    for link in range(0, n_links, 5):
        x, y = on_link(city, link, np.array([0.0, 0.01]))
        step = np.hypot(x[1] - x[0], y[1] - y[0])
        back = x[0] - 5.0 * (x[1] - x[0]) / step, y[0] - 5.0 * (y[1] - y[0]) / step
        n = nearest(among, *back, RADIUS_M, 64, near)
        told = dict(zip(near.link[:n].tolist(), near.position_m[:n].tolist(), strict=True))
        assert told.get(link, 1.0) > 0.0  # at most where it comes back to
        k = near.link[: nearest(apart, *back, RADIUS_M, 64, near)].tolist().index(link)
        assert near.position_m[k] == pytest.approx(0.0, abs=1e-6)
        assert near.distance2_m2[k] == pytest.approx(25.0)
