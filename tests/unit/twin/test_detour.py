"""Closures: nobody drives on a closed link, everybody who has a way takes it, and whoever has none is told."""

from __future__ import annotations

import numpy as np
import pytest
from test_live_routes import LONG, SHORT, every, exits

from _roads import Trip, demand
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.model import City, CityMeta, Turn
from citybrain.demand.generated import generate
from citybrain.errors import InputError
from citybrain.twin.arrays import FINISHED, NEXT_TRIP, RUNNING, WAITING
from citybrain.twin.detour import close_lanes
from citybrain.twin.twin import Twin
from citybrain.twin.variant import trips_ahead, with_trips_ahead

FORK_S, END_S = 600, 1500
NONE = np.zeros(0, np.int64)


@pytest.fixture(scope="module")
def twin() -> Twin:
    return Twin(*generate(9, 3), seed=3).run(FORK_S)


@pytest.fixture
def fork_road() -> City:
    """From link 0 to link 3 over link 1 (200 m) or link 2 (260 m)."""
    builder = CityBuilder(CityMeta("fork", "generated", end_s=3600.0))
    for name, x_m in (("a", 0.0), ("b", 100.0), ("c", 300.0), ("d", 400.0)):
        builder.add_node(NodeSpec(name, x_m, 0.0))
    bent = [(100.0, 0.0), (200.0, 83.0), (300.0, 0.0)]
    lines = [(0, 1, [(0.0, 0.0), (100.0, 0.0)]), (1, 2, [(100.0, 0.0), (300.0, 0.0)]), (1, 2, bent)]
    lines.append((2, 3, [(300.0, 0.0), (400.0, 0.0)]))
    for k, (start, end, line) in enumerate(lines):
        builder.add_link(LinkSpec(f"link{k}", start, end, [LaneSpec((90.0, 190.0, 250.0, 90.0)[k], 10.0)], line))
    for start, end, node in ((0, 1, 1), (0, 2, 1), (1, 3, 2), (2, 3, 2)):
        builder.add_movement(MovementSpec(start, end, node, Turn.THROUGH, 10.0, 10.0))
    return builder.build()


def lanes_of(twin: Twin, link: int) -> np.ndarray:
    return np.flatnonzero(twin.city.lanes.link == link)


def everybody(twin: Twin) -> int:
    return int(twin.counters[[RUNNING, WAITING, FINISHED]].sum())


def test_nothing_closed_is_nothing_changed(twin: Twin) -> None:
    closed = close_lanes(twin, NONE)
    assert closed.twin.run(END_S).digest() == twin.fork().run(END_S).digest()
    assert closed.detoured.size == closed.lost.size == closed.cut.size == 0


@pytest.mark.parametrize("rank", range(8))
def test_a_closed_link_carries_nobody(twin: Twin, rank: int) -> None:
    """Those on it, and those in the junction on their way to it, leave it; nobody comes after them."""
    link = int(np.argsort(-twin.memory.tables["links"]["exits"], kind="stable")[rank])
    lanes = lanes_of(twin, link)
    tables = twin.memory.tables
    inside = int(tables["tracks"]["count"][lanes].sum() + tables["lanes"]["inbox"][lanes].sum())
    fork = close_lanes(twin, lanes).twin
    before = int(fork.memory.tables["links"]["exits"][link])
    fork.run(END_S)
    after = fork.memory.tables
    assert int(after["links"]["exits"][link]) - before <= inside
    assert int(after["tracks"]["count"][lanes].sum()) == 0
    assert everybody(fork) == fork.counters[NEXT_TRIP]


def test_a_closed_lane_is_entered_by_nobody_whatever_he_had_in_mind(twin: Twin) -> None:
    """Drivers at the stop line have chosen their lane beyond it already: they choose anew."""
    wide = np.flatnonzero(twin.city.links.n_lanes > 1)
    moves = twin.city.movements
    entered = 0
    for link in wide[np.argsort(-twin.memory.tables["links"]["exits"][wide], kind="stable")[:12]].tolist():
        lane = int(lanes_of(twin, link)[0])
        into = moves.to_lane == lane
        inside = int(twin.memory.tables["lanes"]["inbox"][lane])
        passed = twin.memory.tables["moves"]["passed"][into].sum()
        fork = close_lanes(twin, np.array([lane])).twin.run(FORK_S + 120)
        assert int(fork.memory.tables["moves"]["passed"][into].sum() - passed) == 0, link
        alone = twin.fork().run(FORK_S + 120)
        entered += int(alone.memory.tables["moves"]["passed"][into].sum() - passed) + inside
    assert entered > 0


def test_those_under_way_go_round(fork_road: City) -> None:
    twin = Twin(fork_road, demand([Trip(20.0 * k, (0, SHORT, 3)) for k in range(20)])).run(45)
    closed = close_lanes(twin, np.array([SHORT]))
    assert closed.lost.size == closed.cut.size == 0
    assert closed.detoured.size >= 17
    closed.twin.run(900)
    assert closed.twin.counters[FINISHED] == 20
    assert exits(closed.twin)[LONG] == closed.detoured.size
    assert exits(twin.fork().run(900)) == {SHORT: 20, LONG: 0}, "the twin itself is as it was"


def test_the_way_that_was_driven_still_counts(fork_road: City) -> None:
    twin = Twin(fork_road, demand([Trip(0.0, (0, SHORT, 3))])).run(4)
    closed = close_lanes(twin, np.array([SHORT]))
    straight_s, round_s = twin.route_times_s()[0], closed.twin.route_times_s()[0]
    assert round_s - straight_s == pytest.approx(6.0, abs=0.1)  # 60 m more at 10 m/s
    delay_s = closed.twin.run(200).delays_s()[0]
    assert 0.0 <= delay_s < 8.0, "it drives as freely on the longer way"


def test_who_has_no_way_left_is_told_apart(fork_road: City) -> None:
    trips = [Trip(20.0 * k, (0, SHORT, 3)) for k in range(10)]
    twin = Twin(fork_road, demand(trips)).run(45)
    closed = close_lanes(twin, np.array([SHORT, LONG]))
    assert closed.detoured.size == 0
    assert closed.lost.tolist() == list(range(3, 10)), "those that have not begun"
    assert set(closed.cut.tolist()) <= {0, 1, 2}
    rows, depart_s = trips_ahead(closed.twin)
    kept = ~np.isin(rows, closed.lost)
    fork = with_trips_ahead(closed.twin, rows[kept], depart_s[kept]).run(600)
    assert (fork.counters[FINISHED], fork.counters[RUNNING], fork.counters[WAITING]) == (3, 0, 0)


def test_trips_from_and_to_a_closed_link_are_lost(twin: Twin) -> None:
    trips = twin.demand.trips
    rows, _ = trips_ahead(twin)
    link = int(trips.origin_link[rows[0]])
    ends = (trips.origin_link[rows] == link) | (trips.destination_link[rows] == link)
    lost = close_lanes(twin, lanes_of(twin, link)).lost
    assert set(rows[ends].tolist()) <= set(lost.tolist())


def test_a_lane_that_alone_leads_somewhere_bars_that_way(twin: Twin) -> None:
    """With the only lane for a turn closed, nobody waits for ever to make it."""
    moves, city = twin.city.movements, twin.city
    turn_of = twin.memory.tables["moves"]["turn"]
    single = np.flatnonzero(np.bincount(turn_of) == 1)
    wide = city.links.n_lanes[city.lanes.link[moves.from_lane]] > 1
    movement = int(np.flatnonzero(np.isin(turn_of, single) & wide)[0])
    closed = close_lanes(twin, np.array([moves.from_lane[movement]]))
    passed = int(closed.twin.memory.tables["moves"]["passed"][movement])
    closed.twin.run(END_S)
    assert int(closed.twin.memory.tables["moves"]["passed"][movement]) - passed <= 2
    assert closed.twin.counters[FINISHED] > 0.9 * twin.fork().run(END_S).counters[FINISHED]


def test_trips_that_choose_their_way_choose_an_open_one(fork_road: City) -> None:
    twin = Twin(fork_road, every(20.0, 20)).run(45)
    fork = close_lanes(twin, np.array([SHORT])).twin.run(900)
    assert fork.counters[FINISHED] == 20
    assert exits(fork)[SHORT] <= 3


def test_lanes_need_to_be_the_citys(twin: Twin) -> None:
    for bad in (-1, twin.city.lanes.link.size):
        with pytest.raises(InputError, match="the city has"):
            close_lanes(twin, np.array([bad]))


def test_detours_do_not_depend_on_what_else_is_asked(twin: Twin) -> None:
    link = int(np.argmax(twin.memory.tables["links"]["exits"]))
    first = close_lanes(twin, lanes_of(twin, link)).twin
    close_lanes(twin, lanes_of(twin, (link + 1) % twin.city.links.first_lane.size))
    again = close_lanes(twin.fork(), lanes_of(twin, link)).twin
    assert first.run(END_S).digest() == again.run(END_S).digest()
