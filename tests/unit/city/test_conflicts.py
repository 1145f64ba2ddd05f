"""Conflicts: both directions, exactly one of each pair yields, turns give way as the law of the road says."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.builder import CityBuilder, NodeSpec
from citybrain.city.conflicts import add_conflicts
from citybrain.city.junction import moves_at, share_by_turn, turn_speed_mps
from citybrain.city.model import CityMeta, Turn
from citybrain.city.plans import add_default_plan, add_default_signal, check_plans, yellow_time_s
from citybrain.city.streets import Streets, StreetSpec

ARMS = [(200.0, 0.0), (0.0, 200.0), (-200.0, 0.0), (0.0, -200.0), (150.0, 150.0)]


def lit_junction(arms: int, lanes: list[int]) -> CityBuilder:
    builder = CityBuilder(CityMeta("t", "generated"))
    builder.add_node(NodeSpec("c", 0.0, 0.0))
    specs = []
    for k, (end, n) in enumerate(zip(ARMS[:arms], lanes, strict=False)):
        node = builder.add_node(NodeSpec(str(k), *end))
        specs.append(StreetSpec(f"in{k}", node, 0, n, 14.0, 200.0, [end, (0.0, 0.0)]))
        specs.append(StreetSpec(f"out{k}", 0, node, n, 14.0, 200.0, [(0.0, 0.0), end]))
    streets = Streets(builder, specs)
    moves = moves_at(streets, 0)
    signal = add_default_signal(streets, 0, moves)
    add_conflicts(builder, streets.paths)
    add_default_plan(streets, signal, moves, offset_s=10.0)
    return builder


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.lists(st.integers(1, 4), min_size=5, max_size=5))
def test_laws_hold_at_any_junction(arms: int, lanes: list[int]) -> None:
    builder = lit_junction(arms, lanes)
    for m, spec in enumerate(builder.movements):
        for foe, yields in builder.foes(m).items():
            assert builder.foes(foe)[m] is not yields
            assert builder.movements[foe].from_lane != spec.from_lane
    assert check_plans(builder.build()) == []


def test_lefts_yield_to_oncoming_through() -> None:
    builder = lit_junction(4, [1, 1, 1, 1])
    met = 0
    for m, spec in enumerate(builder.movements):
        for foe, yields in builder.foes(m).items():
            if (spec.turn, builder.movements[foe].turn) == (Turn.LEFT, Turn.THROUGH):
                met += 1
                assert yields
    assert met >= 8


@pytest.mark.parametrize("n", range(1, 7))
def test_every_lane_has_an_exit(n: int) -> None:
    for turns in ([Turn.RIGHT, Turn.THROUGH, Turn.LEFT], [Turn.RIGHT, Turn.LEFT], [Turn.THROUGH], [Turn.LEFT]):
        rows = share_by_turn(n, turns)
        assert {k for row in rows for k in row} == set(range(n))
        assert all(rows)


def test_times_and_speeds() -> None:
    assert yellow_time_s(13.9) == 3.5
    assert yellow_time_s(5.0) == 3.0
    assert turn_speed_mps(9.0 * 1.5708, 1.5708) == pytest.approx(5.61, abs=0.01)


def test_a_plan_without_red_is_reported() -> None:
    from dataclasses import replace

    from citybrain.city.model import Colour

    builder = lit_junction(4, [1, 1, 1, 1])
    plan = builder.plans[0]
    shown = [Colour.PROTECTED] * len(plan.phases[0].colours)
    builder.plans[0] = replace(plan, phases=[replace(plan.phases[0], colours=shown)])
    assert any("protected against each other" in line for line in check_plans(builder.build()))


def test_conflicts_are_fast() -> None:
    lit_junction(4, [3, 3, 3, 3])  # compiles
    begin = time.perf_counter()
    for _ in range(20):
        lit_junction(4, [3, 3, 3, 3])
    assert time.perf_counter() - begin < 2.0
