"""Turns of generated junctions: one way on at most, no lane without exit, side streets of big roads only turn right."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from citybrain.city.builder import CityBuilder, NodeSpec
from citybrain.city.generate.roads import CLASSES, RoadPlan
from citybrain.city.generate.turns import DEDICATED_FROM_LANES, RANK_OF, Crossing, Move, crossings, lanes_of
from citybrain.city.model import CityMeta, Turn
from citybrain.city.streets import Streets, StreetSpec

ORDER = [Turn.RIGHT, Turn.THROUGH, Turn.LEFT]
ARMS = st.lists(st.integers(0, 11), min_size=3, max_size=5, unique=True)


def star(bearings: list[float], lanes: list[int], kinds: list[str] | None = None) -> Streets:
    """Two-way arms from node 0; link 2 k leads in along arm k, link 2 k + 1 leads out."""
    builder = CityBuilder(CityMeta("t", "generated"))
    builder.add_node(NodeSpec("c", 0.0, 0.0))
    specs = []
    for k, bearing in enumerate(bearings):
        end = (300.0 * math.cos(math.radians(bearing)), 300.0 * math.sin(math.radians(bearing)))
        node = builder.add_node(NodeSpec(str(k), *end))
        kind = (kinds or ["residential"] * len(bearings))[k]
        specs.append(StreetSpec(f"in{k}", node, 0, lanes[k], 10.0, 300.0, [end, (0.0, 0.0)], kind=kind))
        specs.append(StreetSpec(f"out{k}", 0, node, lanes[k], 10.0, 300.0, [(0.0, 0.0), end], kind=kind))
    return Streets(builder, specs)


def crossing(streets: Streets, *, lit: bool = True) -> Crossing:
    """The junction in the middle. Arms are dead ends, where one can only turn back."""
    rows = crossings(streets, RoadPlan([]), {0} if lit else set())
    assert [move.turn for row in rows[1:] for move in row.moves] == [Turn.UTURN] * (len(rows) - 1)
    return rows[0]


def spread(slots: list[int]) -> list[float]:
    return [30.0 * slot + 3.0 * i for i, slot in enumerate(sorted(slots))]


@settings(max_examples=40, deadline=None)
@given(ARMS)
def test_every_approach_has_each_exit_once_and_one_way_on(slots: list[int]) -> None:
    streets = star(spread(slots), [2] * len(slots))
    row = crossing(streets)
    for start in streets.incoming[0]:
        mine = row.of(start)
        assert sorted(move.end for move in mine) == [end for end in streets.outgoing[0] if end != start + 1]
        assert sum(move.turn is Turn.THROUGH for move in mine) <= 1
        angles = [streets.angle(start, move.end) for move in mine]
        assert angles == sorted(angles)
        ranks = [ORDER.index(move.turn) for move in mine]
        assert ranks == sorted(ranks)


@settings(max_examples=40, deadline=None)
@given(ARMS, st.lists(st.integers(1, 4), min_size=5, max_size=5))
def test_no_lane_is_without_exit_and_no_exit_without_lane(slots: list[int], lanes: list[int]) -> None:
    streets = star(spread(slots), lanes[: len(slots)])
    row = crossing(streets)
    for start in streets.incoming[0]:
        shared = lanes_of(streets, row.of(start))
        n = streets.specs[start].n_lanes
        assert {move for move, _ in shared} == set(row.of(start))
        assert {lane for _, rows in shared for lane in rows} == set(range(n))
        for _, rows in shared:
            assert rows == sorted(set(rows))
            assert rows


@settings(max_examples=150, deadline=None)
@given(ARMS, st.lists(st.integers(1, 4), min_size=5, max_size=5))
def test_paths_of_one_approach_do_not_cross(slots: list[int], lanes: list[int]) -> None:
    """Who turns farther to the left starts from a lane no nearer the kerb."""
    streets = star(spread(slots), lanes[: len(slots)])
    row = crossing(streets)
    for start in streets.incoming[0]:
        shared = dict(lanes_of(streets, row.of(start)))
        for a, b in itertools.combinations(row.of(start), 2):
            assert max(shared[a]) <= min(shared[b])


@pytest.mark.parametrize("turn", [Turn.LEFT, Turn.RIGHT])
def test_two_turns_to_the_same_side_lie_side_by_side(turn: Turn) -> None:
    """Four lanes, of which two go straight on; one exit of the side is narrow, the other wide."""
    sign = 1.0 if turn is Turn.LEFT else -1.0
    for lanes in ([4, 1, 3, 2, 2], [4, 3, 1, 2, 2]):
        streets = star([180.0, 180.0 + sign * 230.0, 180.0 + sign * 290.0, 0.0, 180.0 + sign * 100.0], lanes)
        moves = crossing(streets).of(0)
        shared = dict(lanes_of(streets, moves))
        mine = [shared[move] for move in moves if move.turn is turn]
        assert len(mine) == 2
        assert max(mine[0]) <= min(mine[1])


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_lanes_of_a_plain_crossroads(n: int) -> None:
    streets = star([0.0, 90.0, 180.0, 270.0], [n] * 4)
    shared = {move.turn: lanes for move, lanes in lanes_of(streets, crossing(streets).of(0))}
    own_left = n >= DEDICATED_FROM_LANES
    assert shared[Turn.RIGHT] == [0]
    assert shared[Turn.LEFT] == [n - 1]
    assert shared[Turn.THROUGH] == list(range(n - own_left))


@pytest.mark.parametrize(("n", "right", "left"), [(1, [0], [0]), (2, [0], [1]), (3, [0, 1], [2]), (4, [0, 1], [2, 3])])
def test_the_stem_of_a_t_forks(n: int, right: list[int], left: list[int]) -> None:
    streets = star([0.0, 180.0, 270.0], [n] * 3)
    shared = {move.turn: lanes for move, lanes in lanes_of(streets, crossing(streets).of(4))}
    assert shared == {Turn.RIGHT: right, Turn.LEFT: left}


def test_the_main_axis_is_the_more_important_road() -> None:
    kinds = ["residential", "primary", "residential", "primary"]
    row = crossing(star([0.0, 90.0, 180.0, 270.0], [1] * 4, kinds))
    assert row.major == {2, 6}


def test_of_equal_roads_the_straighter_is_the_main_axis() -> None:
    row = crossing(star([0.0, 95.0, 180.0, 240.0], [1] * 4))
    assert row.major == {0, 4}


def test_a_side_street_of_a_divided_road_only_turns_right() -> None:
    """Main road east to west, two side streets; nobody crosses the strip in the middle, and nobody turns left."""
    kinds = ["primary", "residential", "primary", "residential"]
    streets = star([0.0, 90.0, 180.0, 270.0], [3, 1, 3, 1], kinds)
    row = crossing_without_repair(streets)
    assert {(move.start, move.turn) for move in row.moves} == {
        (0, Turn.RIGHT), (0, Turn.THROUGH), (2, Turn.RIGHT), (4, Turn.RIGHT), (4, Turn.THROUGH), (6, Turn.RIGHT),
    }  # fmt: skip
    assert {move.end for move in row.moves} == {1, 3, 5, 7}


def crossing_without_repair(streets: Streets) -> Crossing:
    return crossings(streets, RoadPlan([]), set())[0]


def test_a_signal_allows_all_turns() -> None:
    kinds = ["primary", "residential", "primary", "residential"]
    row = crossing(star([0.0, 90.0, 180.0, 270.0], [3, 1, 3, 1], kinds))
    assert len(row.moves) == 12


@settings(max_examples=40, deadline=None)
@given(ARMS, st.lists(st.sampled_from(sorted({row.kind for row in CLASSES.values()})), min_size=5, max_size=5))
def test_restrictions_never_close_a_street(slots: list[int], kinds: list[str]) -> None:
    """Also with banned turns every approach leads on and every exit is reached."""
    bearings = spread(slots)
    assume(min(b - a for a, b in itertools.pairwise(bearings)) >= 30.0)
    streets = star(bearings, [2] * len(slots), kinds[: len(slots)])
    row = crossing_without_repair(streets)
    assert {move.start for move in row.moves} == set(streets.incoming[0])
    assert {move.end for move in row.moves} == set(streets.outgoing[0])
    free = crossing(streets)
    assert set(row.moves) <= set(free.moves)
    assert row.major == free.major


def test_ranks_are_those_of_the_classes() -> None:
    for row in CLASSES.values():
        assert RANK_OF[row.kind] >= row.rank
    assert RANK_OF["primary"] == 5
    assert Move(0, 1, Turn.LEFT) == Move(0, 1, Turn.LEFT)
