"""Generated plans: every move gets green, cycles are whole, splits follow flow, waves run at the platoon's speed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.builder import CityBuilder, NodeSpec, SignalSpec
from citybrain.city.conflicts import add_conflicts
from citybrain.city.generate import timing
from citybrain.city.generate.roads import RoadPlan
from citybrain.city.generate.turns import Crossing, crossings, lanes_of
from citybrain.city.model import CityMeta, Colour, Turn
from citybrain.city.streets import Streets, StreetSpec

KINDS = ["residential", "tertiary", "secondary", "primary"]
ANGLES = {3: [0.0, 180.0, 270.0], 4: [0.0, 90.0, 180.0, 270.0], 5: [0.0, 70.0, 145.0, 215.0, 290.0]}
LANES = st.lists(st.integers(1, 4), min_size=5, max_size=5)
SORTS = st.lists(st.sampled_from(KINDS), min_size=5, max_size=5)


def junction(arms: int, lanes: list[int], kinds: list[str]) -> tuple[Streets, Crossing]:
    builder = CityBuilder(CityMeta("t", "generated"))
    builder.add_node(NodeSpec("c", 0.0, 0.0))
    specs = []
    for k, bearing in enumerate(ANGLES[arms]):
        end = (300.0 * math.cos(math.radians(bearing)), 300.0 * math.sin(math.radians(bearing)))
        node = builder.add_node(NodeSpec(str(k), *end))
        specs.append(StreetSpec(f"in{k}", node, 0, lanes[k], 10.0, 300.0, [end, (0.0, 0.0)], kind=kinds[k]))
        specs.append(StreetSpec(f"out{k}", 0, node, lanes[k], 10.0, 300.0, [(0.0, 0.0), end], kind=kinds[k]))
    streets = Streets(builder, specs)
    return streets, crossings(streets, RoadPlan([]), {0})[0]


def planned(streets: Streets, row: Crossing, offset_s: float = 0.0) -> CityBuilder:
    """The junction with movements, conflicts and its default plan."""
    builder = streets.builder
    signal = builder.add_signal(SignalSpec("S", 0, [str(k) for k in range(len(row.moves))]))
    number = {move: k for k, move in enumerate(row.moves)}
    for start in dict.fromkeys(move.start for move in row.moves):
        for move, lanes in lanes_of(streets, row.of(start)):
            group = builder.group(signal, number[move])
            streets.connect(start, lanes, move.end, move.turn, group=group, major=start in row.major)
    add_conflicts(builder, streets.paths)
    timing.add_plan(builder, streets, signal, row, offset_s)
    return builder


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([3, 4, 5]), LANES, SORTS)
def test_every_move_has_a_stage(arms: int, lanes: list[int], kinds: list[str]) -> None:
    streets, row = junction(arms, lanes, kinds)
    rows = timing.stages(streets, row)
    assert all(rows)
    assert {move for stage in rows for move in stage} == set(row.moves)
    assert any(move.start in row.major for move in rows[0])
    for stage in rows:
        assert len({move.start in row.major for move in stage}) == 1


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([3, 4, 5]), LANES, SORTS, st.integers(-500, 500))
def test_plans_fill_their_cycle_and_serve_everybody(
    arms: int, lanes: list[int], kinds: list[str], offset_s: int
) -> None:
    builder = planned(*junction(arms, lanes, kinds), offset_s)
    (plan,) = builder.plans
    cycle_s = sum(phase.duration_s for phase in plan.phases)
    assert cycle_s in (timing.CYCLE_S, timing.SHORT_CYCLE_S)
    assert 0.0 <= plan.offset_s < cycle_s
    assert math.isclose(math.remainder(plan.offset_s - offset_s, cycle_s), 0.0, abs_tol=1e-9)
    for group in range(len(builder.signals[0].group_names)):
        assert any(phase.colours[group] >= Colour.PERMISSIVE for phase in plan.phases)
        assert any(phase.colours[group] < Colour.PERMISSIVE for phase in plan.phases)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([3, 4, 5]), LANES, SORTS)
def test_no_green_ends_without_yellow(arms: int, lanes: list[int], kinds: list[str]) -> None:
    builder = planned(*junction(arms, lanes, kinds))
    phases = builder.plans[0].phases
    for before, after in zip(phases, [*phases[1:], phases[0]], strict=True):
        for a, b in zip(before.colours, after.colours, strict=True):
            if a >= Colour.PERMISSIVE > b:
                assert b is Colour.YELLOW
                assert after.duration_s == timing.YELLOW_S
            if a is Colour.YELLOW:
                assert b is Colour.RED
                assert after.duration_s == timing.ALL_RED_S


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([3, 4, 5]), LANES, SORTS)
def test_crossing_paths_are_never_both_protected(arms: int, lanes: list[int], kinds: list[str]) -> None:
    builder = planned(*junction(arms, lanes, kinds))
    moves, first = builder.movements, builder.group(0, 0)
    for phase in builder.plans[0].phases:
        for m, spec in enumerate(moves):
            for foe in builder.foes(m):
                pair = phase.colours[spec.group - first], phase.colours[moves[foe].group - first]
                assert pair != (Colour.PROTECTED, Colour.PROTECTED)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([3, 4, 5]), LANES, SORTS, st.integers(40, 120))
def test_splits_are_whole_seconds_above_the_minimum(
    arms: int, lanes: list[int], kinds: list[str], total_s: int
) -> None:
    streets, row = junction(arms, lanes, kinds)
    rows = timing.stages(streets, row)
    green_s = timing._splits(streets, rows, float(total_s))
    assert sum(green_s) == total_s
    assert all(green == round(green) for green in green_s)
    assert min(green_s[1:], default=timing.GREEN_MIN_S) >= timing.GREEN_MIN_S
    assert green_s[0] >= timing.GREEN_MIN_S - len(rows)


def test_the_greater_road_has_the_longer_green() -> None:
    streets, row = junction(4, [2] * 5, ["primary", "residential", "primary", "residential"])
    main, side = timing._splits(streets, timing.stages(streets, row), 92.0)
    assert main > 3 * side


def test_equal_roads_share_the_green() -> None:
    streets, row = junction(4, [2] * 5, ["tertiary"] * 4)
    assert timing._splits(streets, timing.stages(streets, row), 42.0) == [21.0, 21.0]


def test_lefts_with_a_lane_of_their_own_have_a_stage_of_their_own() -> None:
    streets, row = junction(4, [3, 1, 3, 1, 1], ["primary", "residential"] * 2)
    rows = timing.stages(streets, row)
    assert [{move.turn for move in stage} for stage in rows] == [
        {Turn.THROUGH, Turn.RIGHT}, {Turn.LEFT}, {Turn.THROUGH, Turn.RIGHT, Turn.LEFT},
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "cycle_s"), [("residential", 50.0), ("tertiary", 50.0), ("primary", 100.0)])
def test_small_streets_have_half_the_cycle(kind: str, cycle_s: float) -> None:
    builder = planned(*junction(4, [1] * 5, [kind] * 4))
    assert sum(phase.duration_s for phase in builder.plans[0].phases) == cycle_s


@pytest.mark.parametrize("speed_mps", [8.3, 13.9, 16.7])
def test_a_wave_runs_down_a_street_at_the_platoon_s_speed(speed_mps: float) -> None:
    """Node k lies k blocks from the centre; its green starts that much driving time before the centre's."""
    n, block_m = 6, 250.0
    builder = CityBuilder(CityMeta("t", "generated"))
    for k in range(n):
        builder.add_node(NodeSpec(str(k), k * block_m, 0.0))
    specs = []
    for k in range(n - 1):
        a, b = (k * block_m, 0.0), ((k + 1) * block_m, 0.0)
        specs.append(StreetSpec(f"e{k}", k, k + 1, 1, speed_mps, block_m, [a, b], kind="primary"))
        specs.append(StreetSpec(f"w{k}", k + 1, k, 1, speed_mps, block_m, [b, a], kind="primary"))
    offset_s = timing.waves(Streets(builder, specs), 0)
    step_s = block_m / (timing.WAVE_SHARE * speed_mps)
    assert offset_s == [-round(k * step_s) for k in range(n)]


def test_a_node_that_cannot_reach_the_centre_has_no_offset() -> None:
    builder = CityBuilder(CityMeta("t", "generated"))
    for k in range(2):
        builder.add_node(NodeSpec(str(k), 100.0 * k, 0.0))
    away = StreetSpec("away", 0, 1, 1, 10.0, 100.0, [(0.0, 0.0), (100.0, 0.0)], kind="primary")
    assert timing.waves(Streets(builder, [away]), 0) == [0.0, 0.0]
