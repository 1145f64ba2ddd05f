"""What the search makes of a gate's budget: it is kept where that is possible, and never at the price of the guard."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import crossroads
from _traffic import Vehicle, standing, traffic

from citybrain.control.approaches import approaches
from citybrain.control.course import Course, Flow, Plan, Signals, empty_plan, no_gates
from citybrain.control.queues import make_queues, nobody_announced
from citybrain.control.search import search
from citybrain.control.table import SignalTable

CITY = crossroads()
WAYS = approaches(CITY, SignalTable.from_city(CITY))
EW, NS = 0, 1
STEP_S = np.arange(7) * 10.0
COURSE = Course(STEP_S, 50, 1.0, 1.3, 20.0, 0.0, 4.0, 1e9, 0.0)
LOST_S = 5.0
GATED_LINK = CITY.links.link_id.index("J0Eout")


def plan_of(vehicles: list[Vehicle], order: float, held: bool = True, stage: int = EW) -> list[int]:
    """Stages of a plan where so many may enter J0Eout (-1 = as many as like)."""
    q = make_queues(WAYS, WAYS.reach_share, traffic(CITY, vehicles), nobody_announced())
    n_slots, n_links = len(WAYS.slot_lane), len(WAYS.room)
    gates = no_gates(n_slots, n_links, 1, STEP_S.size)
    if order >= 0.0:
        ward = gates.ward.copy()
        ward[GATED_LINK] = 0
        gates = gates._replace(ward=ward, held=np.full(n_slots, held), order=np.full((1, STEP_S.size), order))
    flow = Flow(np.full(n_slots, 2.2), np.full((n_links, STEP_S.size), np.inf), gates)
    lost_s = np.where(np.eye(4) > 0, 0.0, LOST_S).ravel()
    shown, none = np.array([stage], np.int32), np.zeros(1)
    signals = Signals(WAYS.first_slot, np.array([4]), none, np.zeros(1, np.int64), lost_s, shown, shown, none, none)
    plan: Plan = empty_plan(signals, COURSE, q.due_s.size)
    search(q, signals, COURSE, flow, np.array([0, 1]), plan)
    return plan.stage[0].tolist()  # type: ignore[no-any-return]


def green(stages: list[int], stage: int) -> int:
    return sum(shown == stage for shown in stages)


WEST, NORTH = standing("J0Win", 1, 8, "J0Eout"), standing("J0Nin", 1, 3, "J0Sout")


def test_without_an_order_the_longer_queue_comes_first() -> None:
    assert plan_of(WEST + NORTH, -1.0)[0] == EW


def test_an_order_of_nobody_serves_the_others_and_holds_back() -> None:
    stages = plan_of(WEST + NORTH, 0.0)
    assert EW not in stages
    assert NS in stages


def test_nobody_else_there_and_still_held_back() -> None:
    """Stages that nobody wants are shown where that is all that holds back."""
    assert green(plan_of(WEST, 0.0), EW) == 0
    assert green(plan_of(WEST, -1.0), EW) == len(STEP_S) - 1


@pytest.mark.parametrize("order", [2.0, 20.0])
def test_a_part_may_pass_and_an_order_for_all_is_none(order: float) -> None:
    stages = plan_of(WEST + NORTH, order)
    assert EW in stages
    assert (stages == plan_of(WEST + NORTH, -1.0)) is (order == 20.0)


def test_a_gate_that_is_let_go_is_no_gate() -> None:
    assert plan_of(WEST + NORTH, 0.0, held=False) == plan_of(WEST + NORTH, -1.0)


def test_who_goes_elsewhere_is_not_held() -> None:
    elsewhere = standing("J0Ein", 1, 8, "J0Wout")
    assert plan_of(elsewhere + NORTH, 0.0) == plan_of(elsewhere + NORTH, -1.0)
