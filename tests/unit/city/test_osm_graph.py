"""OSM ways as a graph: metres are kept, bends vanish, signals and signs reach their junction, clusters become one."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city import polyline
from citybrain.city.model import VehicleClass
from citybrain.city.osm.graph import APPROACH_M, JOIN_M, Graph, Segment, length_of, segments_of
from citybrain.city.osm.parse import OsmFile, OsmWay
from citybrain.city.osm.signs import place_signs
from citybrain.city.osm.ways import Carriageway, Road

ALL = int(VehicleClass.ALL)
TWO_WAY = Road("secondary", Carriageway(1, speed_mps=14.0), Carriageway(1, speed_mps=14.0), ALL)
ONE_WAY = Road("secondary", Carriageway(2, speed_mps=14.0), Carriageway(0), ALL)
WIDE = Road("secondary", Carriageway(2, speed_mps=14.0), Carriageway(2, speed_mps=14.0), ALL)
SIGNAL = {"highway": "traffic_signals"}
Places = dict[int, tuple[float, float]]


def graph_of(
    places: Places,
    ways: list[list[int]],
    tags: dict[int, dict[str, str]] | None = None,
    roads: dict[int, Road] | None = None,
) -> tuple[Graph, OsmFile]:
    """Way k (from 0) runs over the given nodes; places are metres already."""
    rows = [OsmWay(k, tuple(nodes), {"name": f"street {k}"}) for k, nodes in enumerate(ways)]
    osm = OsmFile(dict(places), dict(tags or {}), rows)
    return segments_of(osm, dict.fromkeys(range(len(ways)), TWO_WAY) | (roads or {}), dict(places)), osm


def total_m(graph: Graph) -> float:
    return sum(length_of(segment) for segment in graph.segments.values())


def check(graph: Graph) -> None:
    """`at` and `segments` tell the same, and segments begin and end where they say."""
    found: dict[int, list[int]] = {node: [] for node in graph.at}
    for key, segment in graph.segments.items():
        for node in (segment.a, segment.b):
            found[node].append(key)
    assert {node: sorted(keys) for node, keys in found.items()} == {n: sorted(k) for n, k in graph.at.items()}


def line(*stops: float) -> Places:
    """Nodes 1, 2, ... on the x axis."""
    return {i + 1: (x, 0.0) for i, x in enumerate(stops)}


def cross(arm_m: float = 200.0, signal_at: float | None = None) -> Places:
    """Node 5 in the middle, arms 1 (west), 2 (east), 3 (south), 4 (north); node 6 lies on the western arm."""
    at = {1: (-arm_m, 0.0), 2: (arm_m, 0.0), 3: (0.0, -arm_m), 4: (0.0, arm_m), 5: (0.0, 0.0)}
    return at | {6: (-(signal_at or arm_m / 2), 0.0)}


CROSS = [[1, 6, 5, 2], [3, 5, 4]]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=6), min_size=1, max_size=5))
def test_cutting_and_contracting_keep_every_metre(ways: list[list[int]]) -> None:
    ways = [[a for a, b in itertools.pairwise([*way, -1]) if a != b] for way in ways]
    ways = [way for way in ways if len(way) >= 2]
    places = {n: (100.0 * math.cos(n), 100.0 * math.sin(n)) for n in range(10)}
    graph, _ = graph_of(places, ways)
    drawn_m = sum(math.dist(places[a], places[b]) for way in ways for a, b in itertools.pairwise(way))
    check(graph)
    assert total_m(graph) == pytest.approx(drawn_m)
    graph.contract()
    check(graph)
    assert total_m(graph) == pytest.approx(drawn_m)
    for segment in graph.segments.values():
        assert segment.points[0] == places[segment.a]
        assert segment.points[-1] == places[segment.b]


def test_ways_are_cut_where_they_meet() -> None:
    graph, _ = graph_of(cross(), CROSS)
    pairs = sorted((s.a, s.b) for s in graph.segments.values())
    assert pairs == [(1, 5), (3, 5), (5, 2), (5, 4)]
    assert graph.degree(5) == 4


def test_a_chain_of_ways_becomes_one_road() -> None:
    places = line(0.0, 50.0, 120.0, 300.0)
    for ways in ([[1, 2], [2, 3], [3, 4]], [[2, 1], [2, 3], [4, 3]]):
        graph, _ = graph_of(places, ways)
        graph.contract()
        (segment,) = graph.segments.values()
        assert {segment.a, segment.b} == {1, 4}
        assert length_of(segment) == 300.0
        check(graph)


def test_a_change_of_lanes_is_kept() -> None:
    graph, _ = graph_of(line(0.0, 50.0, 120.0), [[1, 2], [2, 3]], roads={1: WIDE})
    graph.contract()
    assert len(graph.segments) == 2


def test_one_way_roads_join_only_head_to_tail() -> None:
    one_way = {0: ONE_WAY, 1: ONE_WAY}
    along, _ = graph_of(line(0.0, 50.0, 120.0), [[1, 2], [2, 3]], roads=one_way)
    along.contract()
    assert len(along.segments) == 1
    against, _ = graph_of(line(0.0, 50.0, 120.0), [[1, 2], [3, 2]], roads=one_way)
    against.contract()
    assert len(against.segments) == 2


def test_turning_twice_gives_the_segment_back() -> None:
    segment = Segment(1, 2, ((0.0, 0.0), (1.0, 0.0)), ONE_WAY, "n", 3, 4, "stop", "give_way")
    back = segment.turned()
    assert (back.a, back.b, back.first_way, back.last_way) == (2, 1, 4, 3)
    assert (back.sign_a, back.sign_b) == ("give_way", "stop")
    assert (back.road.ahead.lanes, back.road.back.lanes) == (0, 2)
    assert back.turned() == segment


@pytest.mark.parametrize(("away_m", "home"), [(10.0, 5), (APPROACH_M, 5), (APPROACH_M + 1.0, 6)])
def test_a_signal_on_an_approach_belongs_to_the_junction_ahead(away_m: float, home: int) -> None:
    graph, _ = graph_of(cross(signal_at=away_m), CROSS, {6: SIGNAL})
    graph.place_signals()
    assert graph.signals == {home}


def test_a_signal_at_a_dead_end_is_told_and_left_out() -> None:
    graph, _ = graph_of(cross(), CROSS, {1: SIGNAL})
    graph.place_signals()
    assert graph.signals == set()
    assert [note[0] for note in graph.notes] == ["signal at a dead end"]


def test_a_signal_for_people_on_foot_is_none() -> None:
    tags = {**SIGNAL, "crossing": "traffic_signals", "traffic_signals": "pedestrian_crossing"}
    graph, _ = graph_of(cross(), CROSS, {6: tags})
    assert graph.signals == set()
    assert len(graph.notes) == 1


def twin(gap_m: float) -> tuple[Places, list[list[int]]]:
    """Two crossings on one street, `gap_m` apart: nodes 1 and 2 with side streets."""
    places = {1: (0.0, 0.0), 2: (gap_m, 0.0), 3: (-200.0, 0.0), 4: (gap_m + 200.0, 0.0)}
    places |= {5: (0.0, 200.0), 6: (0.0, -200.0), 7: (gap_m, 200.0), 8: (gap_m, -200.0)}
    return places, [[3, 1, 2, 4], [6, 1, 5], [8, 2, 7]]


@pytest.mark.parametrize(
    ("gap_m", "lit", "joined"),
    [(20.0, True, True), (JOIN_M, True, True), (JOIN_M + 1, True, False), (20.0, False, False)],
)  # fmt: skip
def test_junctions_under_one_signal_become_one(gap_m: float, lit: bool, joined: bool) -> None:
    graph, _ = graph_of(*twin(gap_m), {2: SIGNAL} if lit else {})
    before_m = total_m(graph)
    graph.join_clusters()
    check(graph)
    assert (graph.root(1) == graph.root(2)) is joined
    assert total_m(graph) == pytest.approx(before_m - gap_m * joined)
    assert graph.signals == ({1} if joined else {2} if lit else set())


def test_a_road_that_ends_where_it_begins_is_cut_in_three() -> None:
    places = {1: (0.0, 0.0), 2: (50.0, 0.0), 3: (50.0, 50.0), 4: (0.0, 50.0)}
    graph, _ = graph_of(places, [[1, 2, 3, 4, 1]])
    assert len(graph.segments) == 3
    assert total_m(graph) == 200.0
    graph.join_clusters()
    assert len(graph.segments) == 3


def test_streets_side_by_side_are_cut_at_a_bend() -> None:
    """Two two-way roads between the same nodes: the bent one gets a node in its middle."""
    places = {1: (0.0, 0.0), 2: (100.0, 0.0), 3: (50.0, 60.0), 4: (-100.0, 0.0), 5: (200.0, 0.0)}
    graph, _ = graph_of(places, [[1, 2], [1, 3, 2], [4, 1], [2, 5]])
    before_m = total_m(graph)
    graph.split_doubles({places[3]: 3})
    check(graph)
    pairs = sorted(tuple(sorted((s.a, s.b))) for s in graph.segments.values())
    assert pairs == [(1, 2), (1, 3), (1, 4), (2, 3), (2, 5)]
    assert total_m(graph) == pytest.approx(before_m)


def test_two_carriageways_of_one_street_stay() -> None:
    places = {1: (0.0, 0.0), 2: (100.0, 0.0), 3: (50.0, 10.0)}
    graph, _ = graph_of(places, [[1, 2], [2, 3, 1]], roads={0: ONE_WAY, 1: ONE_WAY})
    graph.split_doubles({places[3]: 3})
    assert len(graph.segments) == 2


@pytest.mark.parametrize(("away_m", "marked"), [(5.0, True), (APPROACH_M, True), (APPROACH_M + 1.0, False)])
@pytest.mark.parametrize("sign", ["stop", "give_way"])
def test_a_sign_binds_those_who_drive_to_the_junction(away_m: float, marked: bool, sign: str) -> None:
    graph, osm = graph_of(cross(signal_at=away_m), CROSS, {6: {"highway": sign, "direction": "forward"}})
    place_signs(graph, osm)
    west = next(s for s in graph.segments.values() if s.a == 1)
    assert (west.sign_a, west.sign_b) == ("", sign if marked else "")
    others = [s for s in graph.segments.values() if s.a != 1]
    assert not any(s.sign_a or s.sign_b for s in others)
    assert [note[0] for note in graph.notes] == ([] if marked else ["sign far from a junction"])


@pytest.mark.parametrize("way", [[1, 6, 5], [5, 6, 1]])
def test_an_untagged_sign_is_meant_for_the_nearer_junction(way: list[int]) -> None:
    graph, osm = graph_of(cross(signal_at=8.0), [way, [5, 2], [3, 5, 4]], {6: {"highway": "stop"}})
    place_signs(graph, osm)
    west = next(s for s in graph.segments.values() if 1 in (s.a, s.b))
    assert (west.sign_a if west.a == 5 else west.sign_b) == "stop"
    assert (west.sign_b if west.a == 5 else west.sign_a) == ""


def test_stop_all_at_the_junction_binds_everybody() -> None:
    graph, osm = graph_of(cross(), CROSS, {5: {"highway": "stop", "stop": "all"}})
    place_signs(graph, osm)
    assert graph.all_stop == {5}
    assert graph.notes == []


def test_a_sign_on_the_junction_itself_binds_nobody() -> None:
    graph, osm = graph_of(cross(), CROSS, {5: {"highway": "give_way"}})
    place_signs(graph, osm)
    assert not any(s.sign_a or s.sign_b for s in graph.segments.values())
    assert [note[0] for note in graph.notes] == ["sign on a junction itself"]


def test_signs_survive_contraction() -> None:
    """A sign stands on a short piece before the junction; the piece is joined to the rest of the street."""
    graph, osm = graph_of(cross(signal_at=20.0), [[1, 6], [6, 5], [5, 2], [3, 5, 4]], {6: {"highway": "stop"}})
    place_signs(graph, osm)
    graph.contract()
    west = next(s for s in graph.segments.values() if 1 in (s.a, s.b))
    assert {west.a, west.b} == {1, 5}
    assert (west.sign_a if west.a == 5 else west.sign_b) == "stop"
    assert polyline.length_m(west.points) == pytest.approx(200.0)
