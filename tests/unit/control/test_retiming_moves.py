"""Laws of the search's moves, and of the search itself with a judge whose verdicts are known in closed form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from _crossroads import Layout, crossroads

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
from citybrain.control.retiming.corridors import HOPS as LEG_HOPS
from citybrain.control.retiming.corridors import legs_of
from citybrain.control.retiming.flows import TurnFlows, turns_of
from citybrain.control.retiming.judge import HOPS, Verdict, owners_of
from citybrain.control.retiming.moves import Mover
from citybrain.control.retiming.search import Search, neighbours_of
from citybrain.control.retiming.skeleton import Skeleton, Timing, skeleton_of


class Known:
    """Delay 10 s and the squared distance of every offset from its target; seeds add what is the same for all."""

    def __init__(self, skeleton: Skeleton, target_s: Sequence[float], luck_s: float = 0.0) -> None:
        self.skeleton, self.target_s, self.luck_s, self.runs = skeleton, np.array(target_s), luck_s, 0
        self.asked: list[int] = []

    def __call__(self, asked: Sequence[tuple[Timing, int]]) -> list[Verdict]:
        self.runs += len(asked)
        self.asked += [seed for _, seed in asked]
        return [self._verdict(timing, seed) for timing, seed in asked]

    def _verdict(self, timing: Timing, seed: int) -> Verdict:
        away_s = (timing.offset_s - self.target_s + 34.0) % 68.0 - 34.0
        cost = away_s**2
        return Verdict(10.0 + float(cost.sum()) + self.luck_s * (seed % 3), np.append(cost, 0.0))


def searching(n: int, target_s: Sequence[float], budget: int, seeds: Sequence[int] = (1,)) -> tuple[Search, Known]:
    skeleton = skeleton_of(street(n).city)
    judge = Known(skeleton, target_s)
    return Search(judge, seeds, budget, Mover(skeleton, 1, may_drop=False)), judge  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [1, 7])
def test_the_search_finds_offsets_that_are_known_to_be_best(n: int) -> None:
    target_s = [float(11 * k % 68 + 5) for k in range(n)]
    search, judge = searching(n, target_s, 900)
    (start,) = search.measured([judge.skeleton.given()])
    found = search.improve(start)
    assert found.delay_s <= 10.0 + 2.0 * n < start.delay_s


@pytest.mark.parametrize("budget", [1, 7, 30, 61])
def test_no_more_runs_than_the_budget_but_those_of_a_round_begun(budget: int) -> None:
    search, judge = searching(5, [20.0] * 5, budget, (1, 2))
    (start,) = search.measured([judge.skeleton.given()])
    told: list[float] = []
    search.improve(start, told.append)
    assert judge.runs <= max(budget, 2) + 2, "a round of many asks three timings on each seed"
    assert told == sorted(told)
    assert not told or 0.0 < told[0] <= told[-1] <= 1.0


def test_a_search_with_nothing_to_gain_stays_where_it_is() -> None:
    search, judge = searching(3, [0.0] * 3, 120)
    (start,) = search.measured([judge.skeleton.given()])
    judge.target_s = judge.skeleton.given().offset_s
    assert search.improve(start) is start


def test_screening_asks_all_once_and_the_best_on_every_seed() -> None:
    search, judge = searching(2, [0.0, 0.0], 100, (4, 5, 6))
    timings = [judge.skeleton.given() for _ in range(5)]
    for timing, at_s in zip(timings, (9.0, 3.0, 30.0, 1.0, 20.0), strict=True):
        timing.offset_s[:] = at_s
    found = search.screened(timings, 2)
    assert [one.timing for one in found] == [timings[3], timings[1]]
    assert judge.asked == [4] * 5 + [4, 5, 6] * 2
    assert search.screened([], 2) == []


def test_the_mean_over_seeds_decides_and_other_seeds_confirm() -> None:
    search, judge = searching(1, [40.0], 200, (1, 2))
    (start,) = search.measured([judge.skeleton.given()])
    last = search.improve(start)
    judge.target_s = start.timing.offset_s.copy()  # on other days the timing of the beginning is the best
    judge.asked.clear()
    found = search.confirmed((8, 9), 3)
    assert found.timing is start.timing
    assert found is not last
    assert set(judge.asked) == {8, 9}


@pytest.mark.parametrize("seed", range(4))
def test_a_split_gives_what_it_takes_and_an_offset_changes_no_green(seed: int) -> None:
    skeleton = skeleton_of(crossroads())
    mover, timing = Mover(skeleton, seed, may_drop=False), skeleton.given()
    kinds = set()
    for _ in range(40):
        one, other = mover.changes(timing, 0)
        for new in (one, other):
            moved = new.green_s - timing.green_s
            kinds.add(int((moved != 0.0).sum()))
            assert moved.sum() == 0.0
            assert (moved == np.round(moved)).all()
            assert 0.0 <= new.offset_s[0] < skeleton.cycle_s(0, timing)
        mover.learn(0, False)
    assert kinds == {0, 2}
    assert timing.green_s.tolist() == skeleton.given_s.tolist(), "the timing asked about is not written on"


def edges_s(timing: Timing) -> list[float]:
    """Begin and end of the street's green, begin and end of the side street's, on the clock of a cycle of 68 s."""
    begin_s, (main_s, side_s) = float(timing.offset_s[0]), timing.green_s.tolist()
    return [(begin_s + at_s) % 68.0 for at_s in (0.0, main_s, main_s + 4.0, main_s + 4.0 + side_s)]


def test_a_split_moves_one_change_between_two_greens_and_leaves_the_other_in_its_place() -> None:
    """Where a platoon comes in on the edge of green that stays, it still does."""
    skeleton = skeleton_of(street(1).city)
    mover, timing, moved = Mover(skeleton, 3), skeleton.given(), set()
    for _ in range(40):
        for new in mover.changes(timing, 0):
            if new.green_s[0] != timing.green_s[0]:
                both = zip(edges_s(timing), edges_s(new), strict=True)
                moved.add(tuple(k for k, (old, now) in enumerate(both) if old != now))
        mover.learn(0, False)
    assert moved == {(1, 2), (0, 3)}


def test_offsets_are_tried_both_ways_by_strides_that_shrink_without_gain() -> None:
    skeleton = skeleton_of(street(1).city)
    mover, timing = Mover(skeleton, 2, may_drop=False), skeleton.given()
    strides = {True: list[float](), False: list[float]()}
    for gained in (True, False):
        for _ in range(30):
            one, other = mover.changes(timing, 0)
            if (one.green_s == timing.green_s).all():
                shift_s = one.offset_s[0] % 68.0
                assert shift_s == (-other.offset_s[0]) % 68.0
                strides[gained].append(min(shift_s, 68.0 - shift_s))
            mover.learn(0, gained)
    assert np.mean(strides[False][-3:]) < 0.5 * np.mean(strides[True][-3:])


def test_stretched_keeps_minima_and_the_place_in_the_cycle() -> None:
    skeleton = skeleton_of(crossroads(Layout(n=2)))
    timing = skeleton.given()
    timing.offset_s[:] = 30.0, 60.0
    cycle_s = skeleton.cycle_s(0, timing)
    for factor in (0.6, 0.9, 1.1, 1.5):
        found = Mover(skeleton, 0).stretched(timing, factor)
        assert found is not None
        wanted_s = round(cycle_s * factor)
        assert [skeleton.cycle_s(s, found) for s in range(2)] == [wanted_s] * 2
        assert np.abs(found.offset_s / wanted_s - timing.offset_s / cycle_s).max() <= 0.5 / wanted_s + 1e-9
        assert (found.green_s >= skeleton.least_s).all()
    assert Mover(skeleton, 0).stretched(timing, 1.0) is None, "the same again is no change"


def row(n_free: int, branch: bool = False) -> City:
    """Signal A, `n_free` junctions without one, signal B, along one road; `branch`: a side road enters before B."""
    builder, n = CityBuilder(CityMeta("row", "test")), n_free + 4
    for k in range(n + branch):
        control = NodeControl.SIGNAL if k in (1, n - 2) else NodeControl.PRIORITY
        builder.add_node(NodeSpec(f"n{k}", 100.0 * k, 0.0, control=control))
    ends = [(k, k + 1) for k in range(n - 1)] + ([(n, n - 3)] if branch else [])
    for k, (a, b) in enumerate(ends):
        builder.add_link(LinkSpec(f"l{k}", a, b, [LaneSpec(100.0, 10.0)], ((0.0, 0.0), (1.0, 0.0))))
    for s, node in enumerate((1, n - 2)):
        builder.add_signal(SignalSpec(f"S{s}", node, ["a"], 5.0, 60.0, 3.0, 1.0))
        phases = [PhaseSpec(30.0, [Colour.PROTECTED]), PhaseSpec(30.0, [Colour.RED])]
        builder.add_plan(PlanSpec(f"S{s}:0", s, phases))
    group = {0: 0, n - 3: 1}
    for k in range(n - 2):
        builder.add_movement(MovementSpec(k, k + 1, k + 1, Turn.THROUGH, 5.0, 10.0, group.get(k, -1)))
    if branch:
        builder.add_movement(MovementSpec(n - 1, n - 3, n - 3, Turn.RIGHT, 5.0, 10.0))
    return builder.build()


@pytest.mark.parametrize("n_free", [0, 3, HOPS, HOPS + 3])
def test_a_link_belongs_to_the_next_signal_over_so_many_free_junctions_at_most(n_free: int) -> None:
    owner = owners_of(row(n_free)).tolist()
    far = max(n_free - HOPS, 0)
    assert owner == [0] + [-1] * far + [1] * (n_free + 1 - far) + [-1]


def test_a_side_road_belongs_to_the_signal_that_it_leads_to() -> None:
    city = row(2, branch=True)
    assert owners_of(city)[-1] == 1
    assert neighbours_of(city) == [[0, 1], [0, 1]]


def test_signals_too_far_apart_are_no_neighbours() -> None:
    assert neighbours_of(row(HOPS + 1)) == [[0], [1]]


@pytest.mark.parametrize(("n_free", "found"), [(0, True), (2, True), (LEG_HOPS, True), (LEG_HOPS + 1, False)])
def test_a_leg_follows_the_road_over_free_junctions_to_the_next_signal(n_free: int, found: bool) -> None:
    city = row(n_free)
    legs = legs_of(city, TurnFlows(turns_of(city), np.full(turns_of(city).from_link.size, 100.0)))
    assert [(leg.start, leg.end) for leg in legs] == ([(0, 1)] if found else [])
    for leg in legs:
        assert leg.links == tuple(range(1, n_free + 2))
        assert (leg.length_m, leg.time_s, leg.flow_vph) == (100.0 * (n_free + 1), 10.0 * (n_free + 1), 100.0)


@pytest.mark.parametrize(("vph", "n_legs"), [(59.0, 0), (61.0, 1)])
def test_a_way_that_hardly_anybody_drives_is_no_leg(vph: float, n_legs: int) -> None:
    city = row(1)
    assert len(legs_of(city, TurnFlows(turns_of(city), np.full(turns_of(city).from_link.size, vph)))) == n_legs
