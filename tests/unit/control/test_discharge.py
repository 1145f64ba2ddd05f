"""One step of point queues against closed forms, and the outflow that is announced against the same forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _plain import plain
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.control import announce as announcing
from citybrain.control import discharge as discharging
from citybrain.control.announce import MASS_MIN
from citybrain.control.approaches import Approaches
from citybrain.control.course import NEVER_S, Course, Flow, Plan, Signals, no_gates
from citybrain.control.discharge import Job, Nodes, Span
from citybrain.control.queues import Announced, Queues

OF = plain(discharging, announcing)
HEADWAY_S, FIRST_S, SECOND_S, YIELD_S = 2.0, 1.0, 0.5, 3.0
A, B, BOTH = 0b01, 0b10, 0b11  # stages in which a row may go
COURSE = Course(np.array([0.0, 100.0]), 9, FIRST_S, SECOND_S, 0.0, 0.0, YIELD_S, 1e9, 0.0)


def queues_of(*lanes: list[float], go: int = A, mass: float = 1.0, exit_link: int = -1) -> Queues:
    """Rows by the second in which they are due, lane after lane."""
    due_s = np.array([due for lane in lanes for due in lane], np.float64)
    n, ones = due_s.size, np.ones(due_s.size)
    offset, whole = np.cumsum([0, *map(len, lanes)]), np.ones(n, np.int64)
    exits, who = np.full(n, exit_link, np.int32), np.arange(n, dtype=np.int32)
    return Queues(offset, due_s, mass * ones, mass * ones, go * whole, 0 * whole, 0 * whole, exits, who)


class Crossing:
    """One signal with these queues, and one node of a search."""

    def __init__(self, q: Queues, room: float = np.inf) -> None:
        n, m = q.offset.size - 1, q.due_s.size
        exits = np.where(q.exit_link >= 0, 0, -1).astype(np.int32)
        first, end = q.offset[:-1].astype(np.int64), q.offset[1:].astype(np.int64)
        self.q, self.flow = q, Flow(np.full(n, HEADWAY_S), np.full((1, 2), room), no_gates(n, 1, 1, 2))
        self.nodes = Nodes(first[None].copy(), np.zeros((1, n)), np.zeros((1, 1)))
        head, none = np.full(n, HEADWAY_S), np.zeros(m + 1)
        size, come = np.array([n, 1, 0, 0, -1]), np.zeros((2, n), np.int64)
        links = np.zeros(1, np.int32)
        self.job = Job(size, np.arange(n), end, head, none, none, exits, links, come, np.zeros(n), np.zeros(m, bool))

    def step(self, begin_s: float, until_s: float, green_in_s: float = 0.0, before: int = 0, after: int = 0) -> float:
        """The delay of those who leave."""
        span = Span(begin_s, until_s, green_in_s, before, after, 0)
        return float(OF.discharge(self.q, self.flow, COURSE, self.job, self.nodes, 0, span))

    @property
    def left(self) -> list[float]:
        return [float(n) for n in self.job.left]


@pytest.mark.parametrize(("n", "until_s", "gone"), [(5, 100.0, 5), (5, 8.1, 5), (5, 8.0, 4), (5, 0.0, 0), (0, 9.0, 0)])
def test_a_standing_queue_leaves_by_its_headway(n: int, until_s: float, gone: int) -> None:
    """Car k leaves at k headways: together gone * (gone - 1) / 2 of them. Nobody leaves in the last moment."""
    road = Crossing(queues_of([0.0] * n))
    assert road.step(0.0, until_s) == pytest.approx(HEADWAY_S * gone * (gone - 1) / 2)
    assert road.left == [gone]


def test_cars_further_apart_than_the_headway_lose_nothing() -> None:
    road = Crossing(queues_of([1.0, 3.0, 5.5, 40.0]))
    assert road.step(0.0, 39.0) == 0.0
    assert road.left == [3.0]
    assert road.step(39.0, 50.0) == 0.0
    assert road.left == [1.0]


def test_a_change_costs_the_first_and_the_second_car_of_a_queue() -> None:
    """Green after 5 s: the first leaves at 5 + 1, the second 2 + 0.5 later, the third 2 later."""
    road = Crossing(queues_of([0.0, 0.0, 0.0], go=B))
    assert road.step(0.0, 100.0, green_in_s=5.0, after=1) == pytest.approx(6.0 + 8.5 + 10.5)


def test_who_comes_after_the_change_loses_nothing_by_it() -> None:
    road = Crossing(queues_of([5.0, 7.0], go=B))
    assert road.step(0.0, 100.0, green_in_s=5.0, after=1) == 0.0


def test_who_may_go_in_both_stages_flows_through_the_change() -> None:
    road = Crossing(queues_of([0.0, 0.0], go=BOTH))
    assert road.step(0.0, 100.0, green_in_s=5.0, after=1) == pytest.approx(HEADWAY_S)


def test_one_who_may_not_go_holds_those_behind_him() -> None:
    q = queues_of([0.0, 0.0, 0.0])
    q.go[1] = B
    road = Crossing(q)
    assert road.step(0.0, 100.0) == 0.0
    assert road.left == [1.0]
    assert road.nodes.row[0, 0] == 1


@pytest.mark.parametrize("room", [0.0, 1.0, 2.5, 3.0])
def test_a_full_exit_takes_whom_it_has_room_for(room: float) -> None:
    road = Crossing(queues_of([0.0] * 5, exit_link=0), room)
    road.step(0.0, 100.0)
    assert road.left == [int(room)]
    assert road.nodes.used[0, 0] == int(room)
    road.step(100.0, 200.0)
    assert road.left == [0.0], "what is used stays used"


def test_two_lanes_share_the_room_of_one_exit() -> None:
    road = Crossing(queues_of([0.0] * 3, [0.0] * 3, exit_link=0), 4.0)
    road.step(0.0, 100.0)
    assert road.left == [3.0, 1.0]


def test_who_gives_way_waits_for_everyone_who_has_the_right() -> None:
    """Three of the other lane leave first; each takes YIELD_S from the one who yields, wherever his lane stands."""
    for turning in (0, 1):
        lanes: list[list[float]] = [[0.0] * 3, [0.0] * 3]
        lanes[turning] = [0.0]
        q = queues_of(*lanes)
        row = int(q.offset[turning])
        q.yields[row], q.foes[row] = A, 1 << (1 - turning)
        assert Crossing(q).step(0.0, 100.0) == pytest.approx(HEADWAY_S * 3 + 3 * YIELD_S)


def test_parts_of_a_vehicle_take_parts_of_its_headway() -> None:
    road = Crossing(queues_of([0.0] * 4, mass=0.25))
    assert road.step(0.0, 100.0) == pytest.approx(0.25 * HEADWAY_S * 0.25 * 6)
    assert road.left == [1.0]


@settings(max_examples=60)
@given(st.lists(st.floats(0.0, 60.0), max_size=15), st.floats(1.0, 59.0))
def test_a_step_cut_in_two_comes_to_the_same(due: list[float], cut_s: float) -> None:
    q = queues_of(sorted(due))
    whole, parts = Crossing(q), Crossing(q)
    cost = whole.step(0.0, 60.0)
    assert parts.step(0.0, cut_s) + parts.step(cut_s, 60.0) == pytest.approx(cost)
    assert parts.nodes.row.tolist() == whole.nodes.row.tolist()


# ---- what is announced ----


def ways_of(turn_s: list[float]) -> Approaches:
    """One lane with a turn into each of as many links."""
    n = len(turn_s)
    empty: dict[str, Any] = dict.fromkeys(Approaches._fields, np.zeros(0, np.int64))
    offset, lane = np.array([0, n]), np.zeros(1, np.int32)
    return Approaches(
        **empty | {"slot_lane": lane, "turn_offset": offset, "turn_link": np.arange(n), "turn_s": np.array(turn_s)}
    )


def told(q: Queues, stages: list[int], turn_s: list[float], lost_s: float = 5.0) -> tuple[Announced, Plan]:
    """What a plan of 10 s steps announces; stage 0 is shown before."""
    k, zero, none = len(stages), np.zeros(1, np.int32), np.zeros(1)
    lost = np.array([0.0, lost_s, lost_s, 0.0])
    offset, two = np.zeros(1, np.int64), np.array([2])
    signals = Signals(np.array([0, 1]), two, none, offset, lost, zero, zero, none, none)
    course = COURSE._replace(time_s=10.0 * np.arange(k + 1))
    plan = Plan(np.array([stages], np.int32), np.full(q.due_s.size, NEVER_S), none)
    flow = Flow(np.full(1, HEADWAY_S), np.full((1, k + 1), np.inf), no_gates(1, 1, 1, k + 1))
    return OF.announce(ways_of(turn_s), q, signals, course, flow, plan), plan


def test_who_leaves_is_announced_after_his_turn_and_who_does_not_is_not() -> None:
    out, plan = told(queues_of([0.0, 0.0, 25.0]), [0, 1], [4.0])
    assert plan.leaves_s.tolist() == [0.0, 2.0, NEVER_S]
    assert out.at_s.tolist() == [4.0, 6.0]


def test_a_change_of_stage_delays_the_announcement_as_it_does_the_queue() -> None:
    _, plan = told(queues_of([0.0, 0.0, 0.0], go=B), [0, 1, 1], [4.0])
    assert plan.leaves_s.tolist() == [16.0, 18.5, 20.5], "the queue goes on in the next step"


def test_the_announced_mass_is_split_evenly_over_unknown_turns_and_not_over_a_known_one() -> None:
    unknown, _ = told(queues_of([0.0]), [0], [1.0, 2.0, 3.0, 4.0])
    assert unknown.mass.tolist() == [0.25] * 4
    assert unknown.link.tolist() == [0, 1, 2, 3]
    known, _ = told(queues_of([0.0], exit_link=2), [0], [1.0, 2.0, 3.0, 4.0])
    assert (known.link.tolist(), known.mass.tolist(), known.at_s.tolist()) == ([2], [1.0], [3.0])


def test_slivers_of_a_vehicle_are_not_announced() -> None:
    n = 4
    just, _ = told(queues_of([0.0], mass=n * MASS_MIN * 1.01), [0], [1.0] * n)
    under, _ = told(queues_of([0.0], mass=n * MASS_MIN * 0.99), [0], [1.0] * n)
    assert (just.mass.size, under.mass.size) == (n, 0)


@settings(max_examples=60)
@given(st.lists(st.floats(0.0, 40.0), max_size=12), st.lists(st.integers(0, 1), min_size=1, max_size=4))
def test_nobody_leaves_before_he_is_due_nor_closer_than_the_headway(due: list[float], stages: list[int]) -> None:
    q = queues_of(sorted(due))
    out, plan = told(q, stages, [0.0])
    leaves_s = plan.leaves_s[plan.leaves_s < NEVER_S]
    assert (leaves_s >= q.due_s[: leaves_s.size]).all()
    assert (np.diff(leaves_s) >= HEADWAY_S - 1e-9).all()
    assert all(stages[int(at_s // 10.0)] == 0 for at_s in leaves_s), "only in the stage in which they may"
    assert out.mass.sum() == leaves_s.size
