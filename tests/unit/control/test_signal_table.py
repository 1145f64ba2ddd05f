"""The table of stages: what is a stage, what it serves, and in which order."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from _crossroads import Layout, crossroads

from citybrain.city.builder import CityBuilder, NodeSpec, PhaseSpec, PlanSpec, SignalSpec
from citybrain.city.model import City, CityMeta, Colour, PlanKind, Turn
from citybrain.control.table import SignalTable, _leading
from citybrain.errors import InputError

LETTERS = {
    "r": Colour.RED,
    "u": Colour.RED_YELLOW,
    "y": Colour.YELLOW,
    "o": Colour.OFF,
    "s": Colour.STOP_THEN_GO,
    "g": Colour.PERMISSIVE,
    "G": Colour.PROTECTED,
}


def signal_only(*phases: tuple[float, str], kind: PlanKind = PlanKind.FIXED) -> City:
    """One signal with a plan in SUMO's letters, and no road at all."""
    builder = CityBuilder(CityMeta("signal", "test"))
    builder.add_node(NodeSpec("J", 0.0, 0.0))
    names = [str(k) for k in range(len(phases[0][1]))] if phases else ["0"]
    signal = builder.add_signal(SignalSpec("J", 0, names))
    rows = [PhaseSpec(duration_s, [LETTERS[c] for c in text]) for duration_s, text in phases]
    if rows:
        builder.add_plan(PlanSpec("J:0", signal, rows, kind))
    return builder.build()


def row(values: np.ndarray, offset: np.ndarray, at: int) -> list[int]:
    return [int(v) for v in values[offset[at] : offset[at + 1]]]


def test_stages_are_the_green_phases_in_the_order_of_the_plan() -> None:
    table = SignalTable.from_city(signal_only((33, "Gr"), (3, "yr"), (2, "rr"), (20, "rG"), (3, "ry")))
    assert table.n_stages.tolist() == [2]
    assert row(table.colours, table.colour_offset, 0) == [6, 0]
    assert row(table.colours, table.colour_offset, 1) == [0, 6]
    assert table.sequence_stage.tolist() == [0, 1]
    assert table.sequence_green_s.tolist() == [33, 20]
    assert table.sequence_end_s.tolist() == [33, 58]
    assert table.cycle_s.tolist() == [61]


def test_a_stage_that_comes_twice_is_one_stage_and_two_steps() -> None:
    phases = [(10.0, "Grr"), (3, "yrr"), (20, "rGr"), (3, "ryr"), (12, "Grr"), (3, "yrr"), (5, "rrG"), (3, "rry")]
    table = SignalTable.from_city(signal_only(*phases))
    assert table.n_stages.tolist() == [3]
    assert table.sequence_stage.tolist() == [0, 1, 0, 2]
    assert table.sequence_green_s.tolist() == [10, 20, 12, 5]


@pytest.mark.parametrize(
    ("phases", "n_stages"),
    [
        ([(30.0, "GG")], 0),  # always green: nothing to choose
        ([(30.0, "oo")], 0),  # dark
        ([(30.0, "gG"), (5, "gy"), (5, "gr")], 1),  # green beyond what is green in all phases
        ([(30.0, "gG"), (5, "gr")], 1),  # `gr` shows nothing beyond
        ([(30.0, "Gr"), (2, "ur"), (30, "rG")], 2),  # red-yellow is between stages
        ([(30.0, "sG"), (3, "sy"), (30, "Gs"), (3, "ys")], 2),
        ([(30.0, "Grg"), (3, "yrg"), (9, "rrG"), (3, "rry"), (30.0, "rGg"), (3, "ryg")], 3),  # a protected arrow
        ([], 0),
    ],
)
def test_what_counts_as_a_stage(phases: list[tuple[float, str]], n_stages: int) -> None:
    assert SignalTable.from_city(signal_only(*phases)).n_stages.tolist() == [n_stages]


def test_what_the_stages_of_a_crossroads_serve() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    movements, lanes = city.movements, city.lanes
    assert table.n_stages.tolist() == [4]
    for stage, (turn, arms) in enumerate(
        [(Turn.THROUGH, "EW"), (Turn.THROUGH, "NS"), (Turn.LEFT, "EW"), (Turn.LEFT, "NS")]
    ):
        served = row(table.lane, table.lane_offset, stage)
        assert sorted(city.links.link_id[lanes.link[lane]] for lane in served) == [f"J0{a}in" for a in arms]
        turns = row(table.turn, table.turn_offset, stage)
        assert {int(movements.turn[m]) for m in turns} == {turn}
        assert sorted(movements.from_lane[turns]) == served
        exits = row(table.exit_link, table.exit_offset, stage)
        assert sorted(exits) == sorted(int(lanes.link[movements.to_lane[m]]) for m in turns)


def test_free_right_turns_are_nobodys() -> None:
    city = crossroads()
    table = SignalTable.from_city(city)
    assert Turn.RIGHT not in city.movements.turn[table.turn]
    assert len(table.lane) == 8


def test_group_movements_are_the_inverse_of_the_movements_group() -> None:
    city = crossroads(Layout(n=2))
    table = SignalTable.from_city(city)
    group = np.repeat(np.arange(table.n_groups), np.diff(table.group_movement_offset))
    assert (city.movements.group[table.group_movement] == group).all()
    assert len(table.group_movement) == len(city.movements.group)


def test_limits_are_the_plans_own_where_it_is_actuated() -> None:
    own = SignalTable.from_city(crossroads(Layout(kind=PlanKind.ACTUATED, limits_s=(7.0, 44.0))))
    assert set(own.sequence_min_s) == {7.0}
    assert set(own.sequence_max_s) == {44.0}
    general = SignalTable.from_city(crossroads(Layout(min_green_s=6.0, max_green_s=50.0)))
    assert set(general.sequence_min_s) == {6.0}
    assert set(general.sequence_max_s) == {50.0}


def test_times_are_rounded_up_to_whole_seconds() -> None:
    table = SignalTable.from_city(crossroads(Layout(yellow_s=3.2, all_red_s=0.5, min_green_s=4.001)))
    assert (table.yellow_s[0], table.all_red_s[0], table.min_green_s[0]) == (4, 1, 5)


def test_many_signals_are_the_single_one_repeated() -> None:
    one, many = SignalTable.from_city(crossroads()), SignalTable.from_city(crossroads(Layout(n=3)))
    assert many.stage_offset.tolist() == [0, 4, 8, 12]
    assert many.colours.tolist() == one.colours.tolist() * 3
    assert many.first_group.tolist() == [0, 12, 24, 36]
    assert many.stage_signal.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_with_timing_sets_all_signals() -> None:
    table = SignalTable.from_city(crossroads(Layout(n=2))).with_timing(0, 5, 0)
    assert table.yellow_s.tolist() == [5, 5]
    assert table.min_green_s.tolist() == table.all_red_s.tolist() == [0, 0]
    with pytest.raises(InputError, match="none below 0"):
        table.with_timing(-1, 5, 0)


def test_with_first_stages_cuts_every_ragged_column() -> None:
    whole = SignalTable.from_city(crossroads(Layout(n=2)))
    cut = whole.with_first_stages(2)
    assert cut.n_stages.tolist() == [2, 2]
    for name in ("colour", "lane", "turn", "exit"):
        values = {"colour": "colours", "exit": "exit_link"}.get(name, name)
        offset, before = getattr(cut, f"{name}_offset"), getattr(whole, f"{name}_offset")
        for ours, theirs in zip(range(4), (0, 1, 4, 5), strict=True):
            assert row(getattr(cut, values), offset, ours) == row(getattr(whole, values), before, theirs)
    assert cut.sequence_stage.tolist() == [0, 1, 0, 1]
    assert cut.sequence_offset.tolist() == [0, 2, 4]
    with pytest.raises(InputError, match="1 or more"):
        whole.with_first_stages(0)


def test_more_first_stages_than_there_are_changes_nothing() -> None:
    whole = SignalTable.from_city(crossroads())
    assert whole.with_first_stages(9).colours.tolist() == whole.colours.tolist()


def test_hangzhou_has_the_eight_stages_of_the_tables() -> None:
    data = Path(__file__).parents[3] / os.environ.get("CITYBRAIN_DATA", "../shared/data") / "hangzhou_4x4"
    if not data.exists():
        pytest.skip("no data: set CITYBRAIN_DATA")
    cityflow = pytest.importorskip("citybrain.city.cityflow")
    city = cityflow.read_cityflow(data / "roadnet_4_4.json.gz")
    table = SignalTable.from_city(city)
    assert table.n_stages.tolist() == [8] * 16
    four = table.with_first_stages(4)
    turns = city.movements.turn[four.turn].reshape(16, 4, 2)
    assert (turns == np.array([Turn.THROUGH, Turn.THROUGH, Turn.LEFT, Turn.LEFT])[:, None]).all()
    assert (np.diff(four.lane_offset) == 2).all()
    assert (np.diff(four.exit_offset) == 2).all()


def led(*stages: str) -> list[list[bool]]:
    """`leading` of each stage, for one approach whose single lane has a through (group 0) and a left turn (group 1)."""
    city = crossroads()
    movements = city.movements
    lane = int(movements.from_lane[0])
    own = movements.from_lane == lane
    group = np.full(len(own), -1, np.int32)
    group[np.flatnonzero(own)[:2]] = (0, 1)
    signal = signal_only(*((20.0, text) for text in stages))
    mixed = replace(signal, links=city.links, lanes=city.lanes, movements=replace(movements, group=group))
    table = SignalTable.from_city(mixed)
    rows = range(len(table.lane_offset) - 1)
    return [[bool(v) for v in table.leading[table.lane_offset[r] : table.lane_offset[r + 1]]] for r in rows]


def test_a_lane_leads_unless_one_of_its_turns_is_red() -> None:
    assert led("GGr", "rrG") == [[True], []]
    assert led("Ggr", "rrG") == [[True], []]
    assert led("Grr", "rGr", "rrG") == [[False], [False], []]


def test_who_waits_for_a_stage_of_his_own_does_not_hold_this_one() -> None:
    """A left turn that yields now and has right of way later: its queue says nothing of this stage's flow."""
    city = crossroads()
    lanes = np.flatnonzero(city.lanes.link == city.lanes.link[city.movements.from_lane[0]]).astype(np.int32)[:2]
    through, left = (np.flatnonzero(city.movements.from_lane == lane).astype(np.int32)[:1] for lane in lanes)
    none, both = np.zeros(0, np.int32), np.concatenate([through, left])
    wide = replace(city, links=replace(city.links, n_lanes=np.full_like(city.links.n_lanes, 2)))
    narrow = replace(city, links=replace(city.links, n_lanes=np.full_like(city.links.n_lanes, 1)))
    assert _leading(wide, lanes, (both, none, left)).tolist() == [True, False]
    assert _leading(wide, lanes, (both, none, none)).tolist() == [True, True]  # it never has right of way: it counts
    assert _leading(narrow, lanes, (both, none, left)).tolist() == [True, True]  # through traffic waits behind it
    assert _leading(wide, lanes[1:], (left, none, left)).tolist() == [True]  # nobody else leads: better this than none
    assert led("Ggr", "rGr", "rrG") == [[True], [False], []]


def test_yielding_lanes_lead_only_where_all_yield() -> None:
    assert led("ggr", "rrG") == [[True], []]
    city = crossroads()
    table = SignalTable.from_city(city)
    assert table.leading.all()
    assert len(table.leading) == len(table.lane)
