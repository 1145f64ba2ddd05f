"""Trips between areas: every trip counts once, chains are followed exactly, what is not known is not said."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from citybrain.city.generate.city import generate_city
from citybrain.city.model import Areas, City
from citybrain.estimate import origins as of
from citybrain.estimate.area_layout import AreaLayout, lay_out
from citybrain.estimate.origins import LEAST_S, LIFE_S, SETTLE_S, SILENT_S, Books, Ways, Zones
from citybrain.estimate.turn_flows import Flows
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Passages, make


@cache
def city() -> City:
    return generate_city(4)[0]


@cache
def layout() -> AreaLayout:
    return lay_out(city(), city().sensors)


def zones(seed: int = 0) -> Zones:
    n = layout().n_links
    return Zones(("a", "b", of.OUTSIDE), np.random.default_rng(seed).integers(0, 3, n).astype(np.int32))


def flows(seed: int = 0) -> Flows:
    """Flows that conserve vehicles on every link: what is missing begins there, what is over ends there."""
    rng, plan = np.random.default_rng(seed), layout()
    turn = rng.uniform(0.01, 0.2, plan.turn_to.size)
    net = np.bincount(plan.turn_to, turn, plan.n_links) - np.bincount(plan.turn_from, turn, plan.n_links)
    more = rng.uniform(0.0, 0.05, plan.n_links)  # trips that begin and end on the link beside
    link = np.zeros(plan.n_links)
    return Flows(turn, turn, np.maximum(-net, 0.0) + more, link, np.maximum(net, 0.0) + more, link, link, link)


def areas_of(*members: list[int], kind: str = "district") -> Areas:
    ids = tuple(f"{kind}-{k}" for k in range(len(members)))
    offset = np.cumsum([0, *(len(part) for part in members)])
    none = np.zeros(len(members) + 1, np.int64)
    link = np.array([k for part in members for k in part], np.int32)
    return Areas(ids, ids, (kind,) * len(ids), offset, link, none, np.zeros(0), np.zeros(0))


def passages(*rows: tuple[float, int, int, int]) -> Passages:
    """(time, plate, lane, movement)."""
    time_s, plate, lane, move = (list(column) for column in zip(*rows, strict=True))
    return make(Passages, time_s, time_s, 0, lane, move, 0, np.array(plate, np.uint64), 0)


def fixes(*ways: tuple[float, int, list[int]]) -> Fixes:
    """(time, vehicle, links since the fix before)."""
    time_s = np.array([way[0] for way in ways], np.float64)
    vehicle = np.array([way[1] for way in ways], np.uint64)
    size = [len(way[2]) for way in ways]
    link = np.array([way[2][-1] for way in ways], np.int32)
    real = np.zeros(len(ways), np.float32)
    offset = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    way_link = np.array([k for way in ways for k in way[2]], np.int32)
    return Fixes(time_s, vehicle, link, real, real, np.full(len(ways), np.nan), real, offset, way_link)


# ---- chains ----


@pytest.mark.parametrize("read", [0.0, 0.5, 1.0])
def test_without_memory_all_trips_are_seen_or_unseen_and_each_once(read: float) -> None:
    """First seen somewhere + never seen = begun; and the same of ends. Conservation, whatever cameras read."""
    plan, flow, rng = layout(), flows(), np.random.default_rng(3)
    missed = 1.0 - read * (rng.random(plan.turn_to.size) < 0.4)
    ways = of.ways_of(plan, zones(), flow, 1.0, missed)
    first_seen = np.zeros(plan.n_links)  # solved on its own: who reaches a link unseen
    unseen = flow.turn * missed / (np.bincount(plan.turn_from, flow.turn, plan.n_links) + flow.end)[plan.turn_from]
    reach = flow.begin.copy()
    for _ in range(500):
        reach = flow.begin + np.bincount(plan.turn_to, reach[plan.turn_from] * unseen, plan.n_links)
    share = (
        flow.turn * (1.0 - missed) / (np.bincount(plan.turn_from, flow.turn, plan.n_links) + flow.end)[plan.turn_from]
    )
    first_seen = np.bincount(plan.turn_from, reach[plan.turn_from] * share, plan.n_links)
    assert first_seen.sum() + ways.unseen_vps.sum() == pytest.approx(flow.begin.sum(), rel=2e-3)
    begun = ways.begin.T @ first_seen + ways.unseen_vps.sum(axis=1)
    assert begun == pytest.approx(np.bincount(zones().of_link, flow.begin, 3), rel=2e-2)


def test_shares_are_shares() -> None:
    plan = layout()
    ways = of.ways_of(plan, zones(), flows(), 1.0, np.full(plan.turn_to.size, 0.3))
    for table in (ways.begin, ways.end):
        assert table.sum(axis=1) == pytest.approx(1.0)
        assert (table >= 0.0).all()


def test_under_cameras_everywhere_trips_begin_and_end_where_they_are_seen() -> None:
    plan, where = layout(), zones()
    ways = of.ways_of(plan, where, flows(), 1.0, np.zeros(plan.turn_to.size))
    here = np.eye(3)[where.of_link]
    assert ways.begin == pytest.approx(here)
    assert ways.end == pytest.approx(here)


def test_twice_the_traffic_is_twice_as_many_unseen() -> None:
    plan, missed = layout(), np.full(layout().turn_to.size, 0.5)
    one, two = (of.ways_of(plan, zones(), flows(), index, missed) for index in (1.0, 2.0))
    assert two.unseen_vps == pytest.approx(2.0 * one.unseen_vps)
    assert two.end == pytest.approx(one.end)


def test_without_any_flow_a_trip_begins_and_ends_where_it_was_seen() -> None:
    plan, where, link = layout(), zones(), np.zeros(layout().n_links)
    turn = np.zeros(plan.turn_to.size)
    ways = of.ways_of(plan, where, Flows(turn, turn, link, link, link, link, link, link), 1.0, turn)
    assert ways.begin == pytest.approx(np.eye(3)[where.of_link])
    assert not ways.unseen_vps.any()


# ---- books ----


def known_ways(where: Zones) -> Ways:
    here = np.eye(len(where.name))[where.of_link]
    return Ways(here, here, np.zeros((len(where.name), len(where.name))))


def heard(*rows: tuple[float, int, int, int]) -> of.Origins:
    state = of.begin(zones())
    none = fixes()
    state = of.settle(state, zones(), known_ways(zones()), 0.0)
    return of.hear(state, city(), layout(), passages(*rows), none, np.zeros(layout().turn_to.size, np.bool_))


def lane_on(link: int) -> int:
    return int(city().links.first_lane[link])


def test_a_plate_read_twice_is_one_trip_from_before_the_first_to_behind_the_last_camera() -> None:
    moves, lanes = city().movements, city().lanes
    move = next(
        m for m in range(moves.from_lane.size) if lanes.link[moves.from_lane[m]] != lanes.link[moves.to_lane[m]]
    )
    start, onto = 3, int(lanes.link[moves.to_lane[move]])
    state = heard((10.0, 5, lane_on(start), -1), (60.0, 5, int(moves.from_lane[move]), move))
    state = of.settle(state, zones(), known_ways(zones()), SILENT_S + 100.0)
    where = zones().of_link
    assert state.books.seen.sum() == pytest.approx(np.exp(-40.0 / LIFE_S))
    assert np.unravel_index(state.books.seen.argmax(), (3, 3)) == (where[start], where[onto])
    assert not state.plates.vehicle.size


def test_a_trip_is_booked_when_its_plate_was_silent_and_never_twice() -> None:
    state = heard((10.0, 5, lane_on(3), -1), (100.0, 6, lane_on(4), -1))
    early = of.settle(state, zones(), known_ways(zones()), SILENT_S + 5.0)
    assert not early.books.seen.any()
    once = of.settle(early, zones(), known_ways(zones()), SILENT_S + 50.0)
    assert once.books.seen.sum() == pytest.approx(np.exp(-40.0 / LIFE_S))
    later = of.settle(once, zones(), known_ways(zones()), SILENT_S + 5000.0)
    assert later.books.seen.sum() == pytest.approx(np.exp(-4990.0 / LIFE_S) + np.exp(-4900.0 / LIFE_S))
    assert later.watched_s == pytest.approx(5000.0, rel=0.5)


def test_plates_that_were_not_read_are_nobody() -> None:
    assert not of._gathered(heard((10.0, 0, lane_on(3), -1))).plates.vehicle.size


def test_probes_that_pass_a_camera_are_left_to_the_plates() -> None:
    plan, where = layout(), zones()
    a, b = int(plan.turn_from[0]), int(plan.turn_to[0])
    covered = np.zeros(plan.turn_to.size, np.bool_)
    covered[0] = True
    state = of.settle(of.begin(where), where, known_ways(where), 0.0)
    none = make(Passages, [], [], [], [], [], [], np.zeros(0, np.uint64), [])
    state = of.hear(state, city(), plan, none, fixes((5.0, 1, [a]), (5.0, 2, [b])), covered)
    state = of.hear(state, city(), plan, none, fixes((15.0, 1, [a, b]), (15.0, 2, [b])), covered)
    state = of.settle(state, where, known_ways(where), SILENT_S + 15.0 + 1.0)
    assert state.books.probes.sum() == pytest.approx(np.exp(-1.0 / LIFE_S))
    assert state.books.probes[where.of_link[b], where.of_link[b]] > 0.0


def test_probes_alone_are_scaled_by_their_share_and_the_chain_alone_is_believed() -> None:
    nothing, chain = np.zeros((3, 3)), np.array([[4.0, 1.0, 0.0], [2.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    many = np.array([[900.0, 0.0, 0.0], [0.0, 100.0, 0.0], [0.0, 0.0, 0.0]])
    found = of.remembered(Books(nothing, many, chain * 2000.0), 0.05)
    assert found.sum() == pytest.approx(20_000.0, rel=0.02)
    assert found[0, 0] == pytest.approx(18_000.0, rel=0.06)
    assert of.remembered(Books(nothing, nothing, chain), 0.0) == pytest.approx(chain)
    assert not of.remembered(Books(nothing, nothing, nothing), 0.05).any()
    assert of.remembered(Books(many, nothing, nothing), 0.05) == pytest.approx(many)


def test_nothing_is_said_of_a_short_time_and_then_of_all_zones_but_the_one_outside() -> None:
    state = heard((10.0, 5, lane_on(3), -1))
    assert of.trips(state, zones(), 0.05) is None
    state = of.settle(state, zones(), known_ways(zones()), SILENT_S + LEAST_S + 1.0)
    found = of.trips(state, zones(), 0.05)
    assert found is not None
    assert found.area == ("a", "b")
    assert found.vps.shape == (2, 2)
    assert found.watched_s == pytest.approx(LEAST_S + 1.0)


def test_it_is_due_at_once_and_then_now_and_then() -> None:
    state = of.begin(zones())
    assert of.is_due(state, 50.0)
    state = of.settle(state, zones(), known_ways(zones()), 50.0)
    assert not of.is_due(state, 50.0 + SILENT_S + SETTLE_S - 1.0)
    assert of.is_due(state, 50.0 + SILENT_S + SETTLE_S)


# ---- zones ----


def test_zones_are_the_areas_that_cover_most_and_do_not_overlap() -> None:
    districts, rings = areas_of([0, 1, 2], [3, 4]), areas_of([0, 1, 2, 3, 4, 5], [5, 6], kind="ring")
    where = of.zones_of(replace(city(), areas=districts))
    assert where.name == ("district-0", "district-1", of.OUTSIDE)
    assert where.of_link[:6].tolist() == [0, 0, 0, 1, 1, 2]
    assert of.zones_of(replace(city(), areas=rings)).name == (of.OUTSIDE,)
    assert set(of.zones_of(replace(city(), areas=rings)).of_link.tolist()) == {0}
