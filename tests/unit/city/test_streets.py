"""Layout by geometry: distances stay the source's, lanes are shared without crossing, the major road goes straight."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.city.builder import CityBuilder, NodeSpec
from citybrain.city.model import CityMeta, Turn
from citybrain.city.streets import (
    JOINT_SETBACK_M,
    LANE_WIDTH_M,
    SETBACK_MARGIN_M,
    Streets,
    StreetSpec,
    share_lanes,
    target_lanes,
)


def star(angles_deg: list[float], lanes: int = 2, arm_m: float = 200.0, speeds: list[float] | None = None) -> Streets:
    """Two-way arms from node 0; link 2 k leads in along arm k, link 2 k + 1 leads out."""
    builder = CityBuilder(CityMeta("t", "generated"))
    builder.add_node(NodeSpec("c", 0.0, 0.0))
    specs = []
    for k, angle in enumerate(angles_deg):
        end = (arm_m * math.cos(math.radians(angle)), arm_m * math.sin(math.radians(angle)))
        node = builder.add_node(NodeSpec(str(k), *end))
        speed = speeds[k] if speeds else 10.0
        specs.append(StreetSpec(f"in{k}", node, 0, lanes, speed, arm_m, [end, (0.0, 0.0)]))
        specs.append(StreetSpec(f"out{k}", 0, node, lanes, speed, arm_m, [(0.0, 0.0), end]))
    return Streets(builder, specs)


def connected(streets: Streets) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """(link in, link out) -> pairs of lane indices."""
    first = streets.builder._first_lane
    result: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for spec in streets.builder.movements:
        a = max(i for i in range(len(streets.specs)) if first[i] <= spec.from_lane)
        b = max(i for i in range(len(streets.specs)) if first[i] <= spec.to_lane)
        result.setdefault((a, b), []).append((spec.from_lane - first[a], spec.to_lane - first[b]))
    return result


def test_the_distance_through_a_crossing_stays_the_source_s() -> None:
    streets = star([0, 90, 180, 270])
    streets.connect_by_geometry(0, turn_back=False)
    setback = 2 * LANE_WIDTH_M + SETBACK_MARGIN_M
    assert streets.builder.links[0].lanes[0].length_m == pytest.approx(200.0 - setback)
    through = [m for m in streets.builder.movements if m.turn is Turn.THROUGH]
    assert len(through) == 4
    for spec in through:
        assert spec.length_m == pytest.approx(2 * setback)


def test_short_links_keep_most_of_their_length() -> None:
    streets = star([0, 120, 240], arm_m=10.0)
    assert streets.builder.links[0].lanes[0].length_m == pytest.approx(7.0)


def test_a_joint_is_short_and_keeps_lanes() -> None:
    streets = star([0, 180], lanes=3)
    streets.connect_by_geometry(0, turn_back=False)
    assert connected(streets) == {(0, 3): [(0, 0), (1, 1), (2, 2)], (2, 1): [(0, 0), (1, 1), (2, 2)]}
    assert {round(m.length_m, 6) for m in streets.builder.movements} == {2 * JOINT_SETBACK_M}


def test_a_dead_end_turns_back_only_where_allowed() -> None:
    streets = star([0])
    streets.connect_by_geometry(0, turn_back=False)
    assert streets.builder.movements == []
    streets.connect_by_geometry(0, turn_back=True)
    assert [m.turn for m in streets.builder.movements] == [Turn.UTURN] * 2


@pytest.mark.parametrize("lanes", [1, 2, 3, 5])
def test_every_approach_of_a_crossing_has_left_through_right(lanes: int) -> None:
    streets = star([0, 90, 180, 270], lanes)
    streets.connect_by_geometry(0, turn_back=True)
    pairs = connected(streets)
    for k in range(4):
        assert {(2 * k, 2 * ((k + step) % 4) + 1) for step in (1, 2, 3)} <= set(pairs)
        assert streets.turn(2 * k, 2 * ((k + 1) % 4) + 1) is Turn.RIGHT  # arms run anticlockwise
        assert streets.turn(2 * k, 2 * ((k + 2) % 4) + 1) is Turn.THROUGH
        assert streets.turn(2 * k, 2 * ((k + 3) % 4) + 1) is Turn.LEFT
    assert len(pairs) == 12


def test_no_lane_is_dead() -> None:
    for angles in ([0, 90], [0, 90, 180], [0, 45, 90, 200, 300]):
        streets = star(list(map(float, angles)), lanes=3)
        streets.connect_by_geometry(0, turn_back=False)
        used = {spec.from_lane for spec in streets.builder.movements}
        starts = streets.builder._first_lane
        assert used == {starts[link] + i for link in streets.incoming[0] for i in range(3)}


def test_paths_begin_and_end_at_the_lanes() -> None:
    streets = star([0, 90, 180, 270], lanes=1)
    streets.connect_by_geometry(0, turn_back=False)
    setback, half = LANE_WIDTH_M + SETBACK_MARGIN_M, LANE_WIDTH_M / 2
    path = streets.paths[next(i for i, m in enumerate(streets.builder.movements) if m.turn is Turn.THROUGH)]
    assert path[0] == pytest.approx((setback, half))  # from the east, driving west on the right side
    assert path[-1] == pytest.approx((-setback, half))


def test_the_faster_road_is_major_and_goes_straight_on() -> None:
    streets = star([0, 90, 180], speeds=[10.0, 5.0, 10.0])
    streets.connect_by_geometry(0, turn_back=False)
    first = streets.builder._first_lane
    major = {spec.from_lane for spec in streets.builder.movements if spec.major}
    assert major == {first[0], first[0] + 1, first[4], first[4] + 1}


def test_a_hairpin_into_another_street_is_a_turn() -> None:
    streets = star([0, 10, 180])
    assert streets.turn(0, 3) in (Turn.LEFT, Turn.RIGHT)
    assert streets.turn(0, 1) is Turn.UTURN


@given(st.integers(1, 8), st.lists(st.floats(0, 3), min_size=1, max_size=6))
def test_shared_lanes_cover_the_approach_in_order(n_lanes: int, bends: list[float]) -> None:
    shares = share_lanes(n_lanes, bends)
    assert len(shares) == len(bends)
    assert all(share == list(range(share[0], share[-1] + 1)) for share in shares)
    assert sorted({lane for share in shares for lane in share}) == list(range(n_lanes))
    for right, left in itertools.pairwise(shares):
        assert right[-1] <= left[0], "paths of neighbouring exits do not cross"


@given(st.sampled_from(list(Turn)), st.integers(1, 6), st.integers(1, 4), st.integers(0, 3))
def test_target_lanes_exist_and_keep_their_order(turn: Turn, n_targets: int, count: int, first: int) -> None:
    targets = target_lanes(turn, list(range(first, first + count)), n_targets)
    assert len(targets) == count
    assert all(0 <= lane < n_targets for lane in targets)
    assert targets == sorted(targets)
    if count <= n_targets:
        assert len(set(targets)) == count


def test_turns_keep_to_their_side() -> None:
    assert target_lanes(Turn.RIGHT, [0], 3) == [0]
    assert target_lanes(Turn.LEFT, [2], 3) == [2]
    assert target_lanes(Turn.THROUGH, [1], 3) == [1]
    assert target_lanes(Turn.THROUGH, [1, 2], 2) == [0, 1]
