"""The search against every sequence played through by other code, and against its own announcements."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from _crossroads import crossroads
from _traffic import traffic
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.model import City
from citybrain.control.announce import announce
from citybrain.control.approaches import approaches
from citybrain.control.course import NEVER_S, Course, Flow, Plan, Signals, empty_plan, no_gates
from citybrain.control.queues import Queues, make_queues, nobody_announced
from citybrain.control.search import search
from citybrain.control.table import SignalTable

STEP_S, N_STEPS, LOST_S = 10.0, 4, 5.0
FIRST_S, SECOND_S, HEADWAY_S, UNSERVED_S = 1.0, 1.3, 2.2, 20.0
CITY: City = crossroads()
TABLE = SignalTable.from_city(CITY)
WAYS = approaches(CITY, TABLE)
COURSE = Course(np.arange(N_STEPS + 1) * STEP_S, 300, FIRST_S, SECOND_S, UNSERVED_S, 0.0, 0.0, 1e9, 0.0)

cars = st.tuples(
    st.sampled_from([f"J0{arm}in" for arm in "NESW"]), st.sampled_from([1, 2]), st.floats(1.0, 290.0), st.just(13.9)
)


def queues_of(vehicles: list[tuple[str, int, float, float]]) -> Queues:
    rows = traffic(CITY, [(*v, "") for v in vehicles])
    return make_queues(WAYS, WAYS.reach_share, rows, nobody_announced())


def signals(stage: int) -> Signals:
    n = 4
    lost_s = np.where(np.eye(n) > 0, 0.0, LOST_S).ravel()
    one, none = np.array([stage], np.int32), np.zeros(1)
    return Signals(WAYS.first_slot, np.array([n]), none, np.zeros(1, np.int64), lost_s, one, one, none, none)


def flow() -> Flow:
    n_slots, n_links = len(WAYS.slot_lane), len(WAYS.room)
    gates = no_gates(n_slots, n_links, 1, N_STEPS + 1)
    return Flow(np.full(n_slots, HEADWAY_S), np.full((n_links, N_STEPS + 1), np.inf), gates)


def found(q: Queues, stage: int) -> Plan:
    plan = empty_plan(signals(stage), COURSE, q.due_s.size)
    search(q, signals(stage), COURSE, flow(), np.array([0, 1]), plan)
    return plan


def cost_of(q: Queues, sequence: tuple[int, ...], stage: int) -> float:
    """Delay of everybody and what is left at the end costs, lane by lane and car by car."""
    total, end_s = 0.0, N_STEPS * STEP_S
    for slot in range(len(WAYS.slot_lane)):
        rows = list(range(q.offset[slot], q.offset[slot + 1]))
        free_s, before = 0.0, stage
        for k, shown in enumerate(sequence):
            extra_s, free_s = 0.0, max(free_s, k * STEP_S)
            if rows and shown != before and not (int(q.go[rows[0]]) >> before) & 1:
                free_s = max(free_s, k * STEP_S + LOST_S)
                if q.due_s[rows[0]] < free_s:
                    free_s, extra_s = free_s + FIRST_S, SECOND_S
            while rows and (int(q.go[rows[0]]) >> shown) & 1 and max(free_s, q.due_s[rows[0]]) < (k + 1) * STEP_S:
                leaves_s = max(free_s, q.due_s[rows[0]])
                total += leaves_s - q.due_s[rows.pop(0)]
                free_s, extra_s = leaves_s + HEADWAY_S + extra_s, 0.0
            before = shown
        total += sum(end_s + UNSERVED_S - q.due_s[i] for i in rows if q.due_s[i] < end_s)
    return total


@settings(max_examples=25, deadline=None)
@given(st.lists(cars, max_size=14), st.integers(0, 3))
def test_no_sequence_at_all_is_better(vehicles: list[tuple[str, int, float, float]], stage: int) -> None:
    """With a beam that drops nothing. Stages nobody waits for are not tried: they can only lose."""
    q = queues_of(vehicles)
    plan = found(q, stage)
    free = [s for s in range(len(WAYS.slot_lane)) if WAYS.slot_lane[s] % 3 == 0]  # right turns bind nobody
    assert all(q.offset[s] == q.offset[s + 1] for s in free)
    best = min(cost_of(q, sequence, stage) for sequence in product(range(4), repeat=N_STEPS))
    assert plan.cost[0] == pytest.approx(best, abs=1e-6)
    assert cost_of(q, tuple(plan.stage[0].tolist()), stage) == pytest.approx(best, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(cars, max_size=20), st.integers(0, 3))
def test_what_is_announced_is_what_was_planned(vehicles: list[tuple[str, int, float, float]], stage: int) -> None:
    q = queues_of(vehicles)
    plan = found(q, stage)
    told = announce(WAYS, q, signals(stage), COURSE, flow(), plan)
    left = plan.leaves_s < NEVER_S
    end_s = N_STEPS * STEP_S
    waiting = ~left & (q.due_s < end_s)
    cost = (plan.leaves_s - q.due_s)[left].sum() + (end_s + UNSERVED_S - q.due_s)[waiting].sum()
    assert cost == pytest.approx(plan.cost[0], abs=1e-6)
    assert told.mass.sum() == pytest.approx(left.sum())
    assert (plan.leaves_s[left] >= q.due_s[left]).all()


def test_a_narrow_beam_is_hardly_worse() -> None:
    rng = np.random.default_rng(1)
    wide, narrow = 0.0, 0.0
    for _ in range(40):
        q = queues_of(
            [
                (f"J0{rng.choice(list('NESW'))}in", int(rng.integers(1, 3)), float(rng.uniform(1, 290)), 13.9)
                for _ in range(25)
            ]
        )
        plan = empty_plan(signals(0), COURSE, q.due_s.size)
        search(q, signals(0), COURSE._replace(keep=4), flow(), np.array([0, 1]), plan)
        wide, narrow = wide + found(q, 0).cost[0], narrow + plan.cost[0]
    assert wide <= narrow <= 1.02 * wide


def test_who_gives_way_waits_for_those_with_right_of_way() -> None:
    """Left turns of the same stage as the through traffic against them: three come first, and cost him 4 s each."""
    q = queues_of([("J0Win", 1, 1.0 + 7.5 * i, 13.9) for i in range(3)] + [("J0Ein", 2, 1.0, 13.9)])
    slot = int(np.flatnonzero(np.diff(q.offset) == 1)[0])
    foe = int(np.flatnonzero(np.diff(q.offset) == 3)[0])
    i = q.offset[slot]
    q.go[i], q.yields[i], q.foes[i] = 1, 1, 1 << foe
    costs = []
    for yield_s in (0.0, 4.0):
        plan = empty_plan(signals(0), COURSE, q.due_s.size)
        search(q, signals(0), COURSE._replace(yield_s=yield_s, keep=1), flow(), np.array([0, 1]), plan)
        costs.append(plan.cost[0])
    assert costs[1] - costs[0] > 9.0
