"""Courses and corridors: ways that can be driven from stop line to stop line, the same whenever they are asked for."""

from __future__ import annotations

import os
from itertools import pairwise

import numpy as np
import pytest

from _source import ROOT
from citybrain.city.generate.city import generate_city
from citybrain.city.load import load
from citybrain.city.model import City
from citybrain.city.routing import route_cost_s, tree_to
from citybrain.control.retiming.corridors import Corridor, Leg
from citybrain.server.course import LEGS_MAX, Course, Ground, pieces


@pytest.fixture(scope="module")
def city() -> City:
    return generate_city(64, 3)[0]


@pytest.fixture(scope="module")
def ground(city: City) -> Ground:
    return Ground(city)


def courses(ground: Ground) -> list[Course]:
    return [course for street in ground.streets for course in street.courses]


def test_a_course_can_be_driven_from_link_to_link(ground: Ground) -> None:
    assert len(courses(ground)) > 20
    for course in courses(ground):
        for a, b in pairwise(course.links.tolist()):
            assert b in ground.graph.out_link[ground.graph.out_offset[a] : ground.graph.out_offset[a + 1]]
        assert len(set(course.links.tolist())) == course.links.size


def test_its_stop_lines_stand_where_its_links_end(ground: Ground, city: City) -> None:
    for course in courses(ground):
        ends_m = np.cumsum(course.inside_m + city.links.length_m[course.links])
        assert course.stations[0].at_m == 0.0
        assert course.length_m == pytest.approx(ends_m[-1])
        assert [s.at_m for s in course.stations[1:]] == pytest.approx(ends_m[course.first[1:] - 1].tolist())
        assert course.first[0] == 0
        assert course.first[-1] == course.links.size
        assert (np.diff(course.first) > 0).all(), "every section has a link"
        sections = zip(pairwise(course.stations), pairwise(course.first.tolist()), strict=True)
        for (before, after), (row, last) in sections:
            stretch_m = city.links.length_m[course.links[row:last]].sum() + course.inside_m[row:last].sum()
            assert after.at_m - before.at_m == pytest.approx(stretch_m)


def test_its_groups_are_those_that_let_it_go_on(ground: Ground, city: City) -> None:
    moves, lane_link = city.movements, city.lanes.link
    for course in courses(ground):
        for station, link, onto in zip(
            course.stations[1:-1],
            course.links[course.first[1:-1] - 1].tolist(),
            course.links[course.first[1:-1]].tolist(),
            strict=True,
        ):
            own = (lane_link[moves.from_lane] == link) & (lane_link[moves.to_lane] == onto) & (moves.group >= 0)
            assert set(station.groups) == set(moves.group[own].tolist())
            assert set(station.lanes) == set(moves.from_lane[own].tolist())
            assert {int(city.groups.signal[group]) for group in station.groups} == {station.signal}
        last = course.stations[-1]
        assert {int(lane_link[lane]) for lane in last.lanes} == {int(course.links[-1])}


def test_no_signal_of_a_city_is_passed_unseen(ground: Ground, city: City) -> None:
    moves, lane_link = city.movements, city.lanes.link
    steered = {
        (int(lane_link[a]), int(lane_link[b]))
        for a, b, group in zip(moves.from_lane, moves.to_lane, moves.group, strict=True)
        if group >= 0
    }
    for course in courses(ground):
        passed = sum(pair in steered for pair in pairwise(course.links.tolist()))
        assert passed == len(course.stations) - 2


# ---- corridors ----


def test_a_corridor_has_three_signals_to_twelve_and_an_address_of_its_own(ground: Ground) -> None:
    names = [street.corridor for street in ground.streets]
    assert len(set(names)) == len(names) > 10
    for street in ground.streets:
        assert 2 <= len(street.onward.stations) - 1 <= LEGS_MAX + 3  # a signal may have two stop lines on the way
        assert "~" not in street.corridor, "the sign of a route"
    assert sum(len(street.onward.stations) >= 3 for street in ground.streets) >= 0.9 * len(names)


def test_the_way_back_visits_the_same_signals(ground: Ground) -> None:
    both = [street for street in ground.streets if street.back is not None]
    assert len(both) > 0.5 * len(ground.streets)
    for street in both:
        assert street.back is not None
        there = [station.signal for station in street.onward.stations]
        back = [station.signal for station in street.back.stations]
        assert (there[0], there[-1]) == (back[-1], back[0])
        assert set(there) == set(back)
        assert not set(street.onward.links.tolist()) & set(street.back.links.tolist())


def test_corridors_are_the_same_in_every_life_of_the_brain(city: City, ground: Ground) -> None:
    again = Ground(generate_city(64, 3)[0])
    assert [street.corridor for street in again.streets] == [street.corridor for street in ground.streets]
    for one, other in zip(again.streets, ground.streets, strict=True):
        np.testing.assert_array_equal(one.onward.links, other.onward.links)


def test_they_follow_wide_straight_streets(ground: Ground, city: City) -> None:
    """The widest streets come first, and a corridor hardly ever turns where it could go straight on."""
    lanes = [float(city.links.n_lanes[street.onward.links].mean()) for street in ground.streets]
    assert np.mean(lanes[: len(lanes) // 3]) > np.mean(lanes[-len(lanes) // 3 :])
    bends = []
    for course in courses(ground):
        pairs = list(pairwise(course.links.tolist()))
        rows = ground.turns.find(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))
        bends += ground.bend_rad[rows].tolist()
    assert np.mean(np.array(bends) < np.pi / 4) > 0.9


DATA = ROOT / os.environ.get("CITYBRAIN_DATA", "../shared/data")


@pytest.mark.parametrize(
    ("path", "corridors", "signals"),
    [
        ("hangzhou_4x4/roadnet_4_4.json.gz", 8, 4),  # every row and every column
        ("jinan_3x4/roadnet_3_4.json.gz", 7, 4),
        ("misc_cityflow/atlanta_1x5/roadnet_atlanta.json.gz", 1, 5),  # Peachtree Street
        ("resco/ingolstadt7/ingolstadt7.net.xml", 1, 7),
    ],
)
def test_streets_that_others_coordinate_are_found(path: str, corridors: int, signals: int) -> None:
    """Cities that were published as corridors and grids: what is one to their authors is one here, both ways."""
    if not (DATA / path).exists():
        pytest.skip(f"{path} is not there")
    streets = Ground(load(DATA / path)).streets
    assert len(streets) == corridors
    assert len({station.signal for station in streets[0].onward.stations}) == signals
    assert all(street.back is not None for street in streets)


def chain(lengths_m: list[float]) -> Corridor:
    legs = tuple(Leg(k, k + 1, (k,), 10.0, length_m, 100.0) for k, length_m in enumerate(lengths_m))
    back = tuple(Leg(k + 1, k, (100 + k,), 10.0, 1.0, 100.0) for k in range(len(legs)))
    turns = tuple(range(len(legs) + 1))
    return Corridor(legs, back, turns, turns)


@pytest.mark.parametrize("n", [2, LEGS_MAX, LEGS_MAX + 1, 23, 60])
def test_a_long_chain_is_cut_and_nothing_of_it_is_lost(n: int) -> None:
    whole = chain(np.random.default_rng(n).uniform(80.0, 900.0, n).tolist())
    found = pieces(whole)
    assert [leg for legs, _ in found for leg in legs] == list(whole.legs)
    assert [leg for _, back in found for leg in back] == list(whole.back)
    assert all(2 <= len(legs) <= LEGS_MAX for legs, _ in found)


def test_it_is_cut_beside_a_long_leg() -> None:
    lengths_m = [200.0] * 14
    lengths_m[6] = 1500.0
    first, second = (legs for legs, _ in pieces(chain(lengths_m)))
    assert 1500.0 in (first[-1].length_m, second[0].length_m)


# ---- routes ----


def test_a_route_is_the_cheapest_of_all_that_leave_and_arrive(ground: Ground, city: City) -> None:
    chance = np.random.default_rng(1)
    time_s = (ground.graph.free_s * chance.uniform(1.0, 4.0, ground.graph.n_links)).astype(np.float64)
    moves, lane_link = city.movements, city.lanes.link
    signal = np.where(moves.group >= 0, city.groups.signal[np.maximum(moves.group, 0)], -1)
    for start, end in chance.integers(0, len(city.signals.signal_id), (12, 2)).tolist():
        if start == end:
            continue
        course = ground.route(start, end, time_s)
        assert course is not None
        assert (course.stations[0].signal, course.stations[-1].signal) == (start, end)
        cost_s = route_cost_s(ground.graph, course.links.tolist(), time_s)
        begins = np.unique(lane_link[moves.to_lane[signal == start]])
        ends = np.unique(lane_link[moves.from_lane[signal == end]])
        best = min(float(tree_to(ground.graph, int(last), time_s).cost_s[begins].min()) for last in ends)
        assert cost_s == pytest.approx(best, rel=1e-5)


def test_no_course_ends_where_no_signal_stands(ground: Ground, city: City) -> None:
    moves, lane_link = city.movements, city.lanes.link
    steered = set(lane_link[moves.from_lane[moves.group >= 0]].tolist())
    plain = next(link for link in range(len(city.links.link_id)) if link not in steered)
    assert ground.course([plain]) is None
    links = ground.streets[0].onward.links.tolist()
    assert ground.course([links[0], links[-1]]) is None, "one does not lead to the other"
