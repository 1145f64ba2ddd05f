"""Closed forms of the manual and of linear programmes: delay, splits, whole seconds, capacities, lane flows."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from _crossroads import crossroads
from hypothesis import given, settings
from hypothesis import strategies as st

from _retime_street import street
from citybrain.city.builder import (
    CityBuilder,
    LaneSpec,
    LinkSpec,
    MovementSpec,
    NodeSpec,
    PhaseSpec,
    PlanSpec,
    SignalSpec,
)
from citybrain.city.model import City, CityMeta, Colour, NodeControl, Turn
from citybrain.control.retiming.capacity import LEAST_VPH, Junction, gap_rate_vph, junctions_of, saturation_vph
from citybrain.control.retiming.flows import TurnFlows, lane_flows, turn_flows, turns_of
from citybrain.control.retiming.skeleton import skeleton_of
from citybrain.control.retiming.start import common_cycle, cycles_worth_a_run, delay_of, webster
from citybrain.control.retiming.webster import (
    best_split,
    delay_vehicles,
    in_whole_seconds,
    saturations,
    webster_cycle_s,
)

GREENS = st.lists(st.tuples(st.integers(3, 12), st.floats(0.0, 60.0)), min_size=1, max_size=6)


def lanes(*flow_vph: float) -> Junction:
    """One lane a step, 1,800 vehicles an hour of green each."""
    return Junction(0, np.arange(len(flow_vph)), np.array(flow_vph) / 3600.0, np.diag([0.5] * len(flow_vph)))


@pytest.mark.parametrize(
    ("vph", "green_s", "cycle_s", "hours"), [(400, 30, 60, 1), (900, 41, 80, 0.25), (90, 10, 120, 2)]
)
def test_delay_is_that_of_the_manual(vph: float, green_s: float, cycle_s: float, hours: float) -> None:
    """HCM 2010, equations 18-20 and 18-45 with k = 0.5 and I = 1, for one lane."""
    share, capacity = green_s / cycle_s, 1800.0 * (green_s - 1.0) / cycle_s
    x = vph / capacity
    uniform_s = 0.5 * cycle_s * (1.0 - share) ** 2 / (1.0 - min(x, 1.0) * share)
    random_s = 900.0 * hours * ((x - 1.0) + math.sqrt((x - 1.0) ** 2 + 4.0 * x / (capacity * hours)))
    found = delay_vehicles(lanes(vph), np.array([float(green_s)]), float(cycle_s), float(hours))
    assert found == pytest.approx(vph / 3600.0 * (uniform_s + random_s), rel=1e-9)


def test_far_over_capacity_the_delay_is_half_the_time_for_the_share_that_waits() -> None:
    """The incremental term tends to 1,800 T (X - 1): a queue that grows all the time."""
    green, hours = np.array([31.0]), 4.0
    x = 3600.0 / (1800.0 * 30.0 / 60.0)
    delay_s = delay_vehicles(lanes(3600.0), green, 60.0, hours)
    assert delay_s == pytest.approx(1800.0 * hours * (x - 1.0), rel=0.01)


def test_a_junction_without_flow_has_no_delay_and_gets_equal_shares() -> None:
    none = Junction(0, np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2)))
    assert delay_vehicles(none, np.array([9.0, 9.0]), 26.0, 1.0) == 0.0
    skeleton = skeleton_of(street(1).city)
    split = best_split(skeleton, none, 68.0, drop=False)
    assert split is not None
    assert split.green_s.tolist() == [30.0, 30.0]
    assert split.saturation == 0.0


@settings(max_examples=150)
@given(GREENS)
def test_whole_seconds_keep_sum_and_minima_and_move_none_by_more_than_one(rows: list[tuple[int, float]]) -> None:
    least = np.array([float(low) for low, _ in rows])
    green = least + np.array([more for _, more in rows])
    whole = in_whole_seconds(green, least)
    assert whole.sum() == pytest.approx(green.sum(), abs=1e-3)
    assert (whole >= least).all()
    others = np.arange(len(rows)) != int(whole.argmax())
    assert (np.abs(whole - green)[others] <= 1.0 + 1e-6).all()
    assert (whole[others] == np.round(whole[others])).all()


@settings(deadline=None, max_examples=30)
@given(st.floats(100.0, 900.0), st.floats(100.0, 900.0), st.integers(40, 110))
def test_no_other_split_is_better_by_more_than_rounding_costs(one: float, other: float, cycle_s: int) -> None:
    """Whole seconds may lie a second beside the optimum: then the lane that is short of it is that much fuller."""
    skeleton, junction = skeleton_of(street(1).city), lanes(one, other)
    split = best_split(skeleton, junction, float(cycle_s), drop=False)
    assert split is not None
    first = np.arange(5.0, cycle_s - 8 - 4)
    tried = np.array([saturations(junction, np.array([g, cycle_s - 8 - g]), cycle_s).max() for g in first])
    best = first[tried.min() == tried]
    assert np.abs(best - split.green_s[0]).min() <= 1.0
    assert split.saturation == pytest.approx(tried[first == split.green_s[0]][0])


@pytest.mark.parametrize(
    ("vph", "most_s"), list(product([(100.0, 100.0), (800.0, 700.0), (1750.0, 40.0)], [40.0, 90.0]))
)
def test_websters_cycle_stays_between_its_limits(vph: tuple[float, float], most_s: float) -> None:
    skeleton = skeleton_of(street(1).city)
    found = webster_cycle_s(skeleton, lanes(*vph), most_s)
    assert 40.0 <= found <= most_s
    assert webster_cycle_s(skeleton, lanes(*vph), 10.0) == 20.0, "what minima and changes need is never cut"


def test_the_second_that_a_start_takes_is_given_to_the_short_green_too() -> None:
    """(g - 1) in proportion to the flows: 179.2 and 20.8 s of 200; without the loss it would be 180 and 20."""
    split = best_split(skeleton_of(street(1).city), lanes(900.0, 100.0), 208.0, drop=False)
    assert split is not None
    assert split.green_s.tolist() == [179.0, 21.0]


def test_saturation_is_flow_over_capacity_less_a_second_of_start() -> None:
    x = saturations(lanes(600.0, 300.0), np.array([31.0, 0.0]), 60.0)
    assert x[0] == pytest.approx(600.0 / (1800.0 * 30.0 / 60.0))
    assert x[1] > 1e4, "a lane without green serves nobody"


@settings(max_examples=60)
@given(st.floats(0.0, 4000.0), st.floats(1.0, 500.0))
def test_more_opposing_flow_leaves_fewer_gaps(vph: float, more: float) -> None:
    assert 0.0 < gap_rate_vph(vph + more) < gap_rate_vph(vph) + 1e-9
    assert gap_rate_vph(vph) <= 3600.0 / 2.5 + 1e-6


SHOWN = (Colour.PROTECTED, Colour.PERMISSIVE, Colour.STOP_THEN_GO)


def shared_lane(shown: Colour, other: Colour = Colour.PROTECTED) -> City:
    """One lane from which group 0 goes through and group 1 turns left, against movement 2 (group 2)."""
    builder = CityBuilder(CityMeta("shared", "test"))
    ends = [builder.add_node(NodeSpec(f"n{k}", 100.0 * k, 0.0)) for k in range(5)]
    builder.nodes[0] = NodeSpec("n0", 0.0, 0.0, control=NodeControl.SIGNAL)
    pairs = [(ends[1], 0), (0, ends[2]), (0, ends[3]), (ends[4], 0)]
    for k, (a, b) in enumerate(pairs):
        builder.add_link(LinkSpec(f"l{k}", a, b, [LaneSpec(100.0, 10.0)], ((0.0, 0.0), (1.0, 0.0))))
    signal = builder.add_signal(SignalSpec("S", 0, ["a", "b", "c"], 5.0, 60.0, 3.0, 1.0))
    for group, (a, b, turn) in enumerate([(0, 1, Turn.THROUGH), (0, 2, Turn.LEFT), (3, 1, Turn.THROUGH)]):
        builder.add_movement(MovementSpec(a, b, 0, turn, 10.0, 8.0, group))
    builder.add_foe(1, 2, True)
    builder.add_foe(2, 1, False)
    phases = [PhaseSpec(20.0, [Colour.PROTECTED, shown, other]), PhaseSpec(4.0, [Colour.RED] * 3)]
    builder.add_plan(PlanSpec("S:0", signal, phases))
    return builder.build()


def rates_vph(city: City, *flow_vph: float) -> list[float]:
    """Discharge of each lane while the only step is green."""
    turns = turns_of(city)
    flow = np.zeros(turns.from_link.size)
    flow[turns.of_movement] = flow_vph
    return (junctions_of(skeleton_of(city), TurnFlows(turns, flow))[0].rate_vps[:, 0] * 3600.0).tolist()


@pytest.mark.parametrize("shown", SHOWN)
def test_a_shared_lane_moves_at_the_mean_headway_of_its_turns(shown: Colour) -> None:
    left_vph = {SHOWN[0]: 1900.0 * 0.95, SHOWN[1]: gap_rate_vph(500.0), SHOWN[2]: 0.6 * gap_rate_vph(500.0)}[shown]
    found = rates_vph(shared_lane(shown), 300.0, 100.0, 500.0)
    assert found[0] == pytest.approx(400.0 / (300.0 / 1900.0 + 100.0 / left_vph))
    assert found[1] == pytest.approx(1900.0)


def test_a_turn_at_red_holds_up_those_behind_it_in_proportion() -> None:
    assert rates_vph(shared_lane(Colour.RED), 300.0, 100.0, 500.0)[0] == pytest.approx(1900.0 * 0.75)


def test_who_waits_for_gaps_waits_for_nobody_at_red_and_gets_through_at_the_end_of_green() -> None:
    free = rates_vph(shared_lane(Colour.PERMISSIVE, Colour.RED), 0.0, 100.0, 500.0)[0]
    assert free == pytest.approx(3600.0 / 2.5)
    assert rates_vph(shared_lane(Colour.PERMISSIVE), 0.0, 100.0, 9000.0)[0] == pytest.approx(LEAST_VPH)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.floats(0.0, 1500.0), min_size=12, max_size=12))
def test_spread_over_lanes_every_turn_keeps_its_flow(vph: list[float]) -> None:
    city = crossroads()
    turns = turns_of(city)
    found = lane_flows(city, TurnFlows(turns, np.array(vph)), saturation_vph(city))
    assert np.allclose(np.bincount(turns.of_movement, found.movement_vph), vph)
    assert np.allclose(found.lane_vph[found.lane_vph > 0.0].sum(), sum(vph))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 4), max_size=12), st.sampled_from([0.25, 1.0, 3.0]))
def test_flows_of_routes_are_counted_by_hand(sizes: list[int], hours: float) -> None:
    """Routes of the first so many links of the street, empty ones too: a route of n links has n - 1 turns."""
    place = street(3)
    link = np.array([e for n in sizes for e in place.east[:n]], np.int32)
    flows = turn_flows(place.city, (np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), link), hours)
    for k in range(3):
        row = int(flows.turns.find(np.array([place.east[k]]), np.array([place.east[k + 1]]))[0])
        assert flows.flow_vph[row] * hours == pytest.approx(sum(n > k + 1 for n in sizes))
    assert flows.flow_vph.sum() * hours == pytest.approx(sum(max(n - 1, 0) for n in sizes))


FLOWS = ((800.0, 600.0), (30.0, 30.0), (700.0, 700.0))


def three() -> dict[int, Junction]:
    """A busy junction, an idle one, a busy one."""
    return {s: Junction(s, np.arange(2), np.array(f) / 3600.0, np.diag([0.5, 0.5])) for s, f in enumerate(FLOWS)}


def test_a_common_cycle_is_one_half_of_it_where_that_pays() -> None:
    skeleton = skeleton_of(street(3).city)
    found = common_cycle(skeleton, three(), 80.0, 0.5, drop=False)
    assert found is not None
    assert [skeleton.cycle_s(s, found) for s in range(3)] == [80.0, 40.0, 80.0]
    assert found.offset_s.tolist() == [0.0] * 3


def test_a_cycle_that_most_can_keep_only_doubled_is_none() -> None:
    skeleton, junctions = skeleton_of(street(3).city), three()
    assert common_cycle(skeleton, junctions, 17.0, 0.5, drop=False) is None, "minima and changes need 18 s"
    assert common_cycle(skeleton, junctions, 8.0, 0.5, drop=False) is None, "not even doubled"


def test_cycles_are_ranked_by_the_delay_of_the_model() -> None:
    skeleton, junctions = skeleton_of(street(3).city), three()
    ranked = cycles_worth_a_run(skeleton, junctions, 90.0, 0.5, drop=False)
    delays = [delay_of(skeleton, junctions, timing, 0.5) for _, timing in ranked]
    assert delays == sorted(delays)
    kept = [c for c in range(30, 91, 10) if common_cycle(skeleton, junctions, float(c), 0.5, drop=False)]
    assert sorted(cycle_s for cycle_s, _ in ranked) == kept
    assert kept[0] > 30, "the busy ones would double the shortest"
    assert kept[-1] == 90


def test_websters_plans_have_each_junctions_own_cycle_and_no_offset() -> None:
    skeleton, junctions = skeleton_of(street(3).city), three()
    found = webster(skeleton, junctions, 120.0)
    for s, junction in junctions.items():
        assert skeleton.cycle_s(s, found) == webster_cycle_s(skeleton, junction, 120.0)
    assert found.offset_s.tolist() == [0.0] * 3
    assert skeleton.given().green_s.tolist() == [30.0] * 6, "the plan in force is not touched"
