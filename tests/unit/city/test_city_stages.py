"""Stages as a cyclic plan: colours follow right of way, a change takes away what ends and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec, SignalSpec
from citybrain.city.model import CityMeta, Colour, Turn
from citybrain.city.stages import StageTable, add_stage_plan

R, Y, P, G = Colour.RED, Colour.YELLOW, Colour.PERMISSIVE, Colour.PROTECTED


def junction(groups: int, yields: list[tuple[int, int]]) -> tuple[CityBuilder, dict[int, list[int]]]:
    """A signal whose group g steers movement g; `yields` are pairs (who, to whom)."""
    builder = CityBuilder(CityMeta("t", "generated"))
    for i in range(2):
        builder.add_node(NodeSpec(str(i), 100.0 * i, 0.0))
    lane = LaneSpec(100.0, 10.0)
    builder.add_link(LinkSpec("a", 0, 1, [lane] * groups, [(0, 0), (100, 0)]))
    builder.add_link(LinkSpec("b", 1, 0, [lane] * groups, [(100, 0), (0, 0)]))
    builder.add_signal(SignalSpec("other", 0, ["x"]))  # groups of the signal do not start at 0
    signal = builder.add_signal(SignalSpec("s", 1, [str(g) for g in range(groups)]))
    members = {}
    for g in range(groups):
        group = builder.group(signal, g)
        spec = MovementSpec(g, groups + g, 1, Turn.THROUGH, 10.0, 10.0, group)
        members[group] = [builder.add_movement(spec)]
    for a, b in yields:
        builder.add_foe(a, b, yields=True)
        builder.add_foe(b, a, yields=False)
    return builder, members


def plan(table: StageTable, groups: int, yields: list[tuple[int, int]]) -> list[tuple[float, list[Colour]]]:
    builder, members = junction(groups, yields)
    add_stage_plan(builder, 1, "file", table, members)
    assert builder.plans[-1].plan_id == "s:file"
    return [(phase.duration_s, list(phase.colours)) for phase in builder.plans[-1].phases]


def table(
    *stages: set[int], always: set[int] = frozenset(), yellow_s: float = 5.0, all_red_s: float = 0.0
) -> StageTable:
    rows = tuple((30.0, frozenset(stage) | frozenset(always)) for stage in stages)
    return StageTable(frozenset(always), yellow_s, all_red_s, rows)


def test_two_stages_alternate_with_yellow() -> None:
    phases = plan(table({0}, {1}), 2, [])
    assert phases == [(30.0, [G, R]), (5.0, [Y, R]), (30.0, [R, G]), (5.0, [R, Y])]


def test_all_red_follows_yellow() -> None:
    phases = plan(table({0}, {1}, yellow_s=3.0, all_red_s=2.0), 2, [])
    assert phases[1:3] == [(3.0, [Y, R]), (2.0, [R, R])]
    assert sum(time for time, _ in phases) == 70.0


def test_a_change_without_time_is_no_phase() -> None:
    assert len(plan(table({0}, {1}, yellow_s=0.0), 2, [])) == 2


def test_who_yields_to_a_green_foe_is_permissive() -> None:
    phases = plan(table({0, 1}, {0, 2}), 3, [(0, 1)])
    assert phases[0][1] == [P, G, R]
    assert phases[2][1] == [G, R, G]
    # it stays green through both changes, at the weaker colour
    assert phases[1][1] == [P, Y, R]
    assert phases[3][1] == [P, R, Y]


def test_what_is_never_stopped_is_permissive_and_makes_nobody_yield() -> None:
    phases = plan(table({0}, {1}, always={2}), 3, [(0, 2)])
    assert [colours[2] for _, colours in phases] == [P] * 4
    assert phases[0][1][0] is G


def test_one_stage_needs_no_change() -> None:
    assert plan(table({0}), 2, []) == [(30.0, [G, R])]


@given(
    st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=6, unique_by=frozenset),
    st.sets(st.integers(0, 5)),
)
def test_laws_of_every_plan(stages: list[set[int]], always: set[int]) -> None:
    phases = plan(table(*stages, always=always, yellow_s=3.0, all_red_s=2.0), 6, [])
    greens = [{g for g, c in enumerate(colours) if c >= P} for _, colours in phases]
    yellows = [{g for g, c in enumerate(colours) if c is Y} for _, colours in phases]
    for i in range(len(phases)):
        assert always <= greens[i]
        gained = greens[i] - greens[i - 1]
        assert not (gained and yellows[i]), "green begins in a stage, not in a change"
        ended = greens[i - 1] - greens[i]
        assert ended == yellows[i], "green always ends through yellow"
        assert not yellows[i - 1] & greens[i], "yellow is followed by red"


def test_the_plan_is_the_one_in_force() -> None:
    builder, members = junction(2, [])
    index = add_stage_plan(builder, 1, "file", table({0}, {1}), members)
    builder.add_plan(builder.plans[index].__class__("other:0", 0, builder.plans[index].phases[:1]))
    assert builder.build().signals.plan.tolist()[1] == index


@pytest.mark.parametrize("groups", [1, 7])
def test_colours_are_as_many_as_groups(groups: int) -> None:
    assert {len(colours) for _, colours in plan(table({0}), groups, [])} == {groups}
