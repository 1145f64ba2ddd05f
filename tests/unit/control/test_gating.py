"""Perimeter gating: the feedback law, when it acts, what it orders, whom it lets go, and that it else does nothing."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.city.model import F64, City
from citybrain.control.approaches import approaches
from citybrain.control.course import OUTSIDE
from citybrain.control.gating import BUDGET_MOST, FULL_SHARE, PERIOD_S, Gating, ordered
from citybrain.control.mfd import Critical
from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.control.table import SignalTable
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.records.traffic import Traffic
from citybrain.worlds.twin import TwinWorld

CITY, DEMAND = generate(25, seed=1, scale=1.5, duration_s=1500.0)
WAYS = approaches(CITY, SignalTable.from_city(CITY))
STEP_S = np.array([0.0, 10.0, 30.0])
STAY_S = np.array([300.0])


def one(value: float) -> F64:
    return np.array([value])


# --- the law --------------------------------------------------------------------------------------------------------


def test_at_the_set_point_the_order_stays() -> None:
    assert ordered(one(0.7), one(0.0), one(0.0), STAY_S) == pytest.approx(0.7)


def test_vehicles_too_many_and_vehicles_more_make_the_order_less() -> None:
    assert ordered(one(0.7), one(0.0), one(-20.0), STAY_S) < 0.7
    assert ordered(one(0.7), one(5.0), one(0.0), STAY_S) < 0.7
    assert ordered(one(0.7), one(0.0), one(20.0), STAY_S) > 0.7


@pytest.mark.parametrize("start", [20.0, 400.0])
@pytest.mark.parametrize("stay_s", [150.0, 600.0])
def test_a_reservoir_settles_at_its_set_point(start: float, stay_s: float) -> None:
    """A reservoir whose outflow is a triangle of its content, with as much demand as is let in."""
    set_point, top_vps = 200.0, 200.0 / stay_s
    n, last, q = start, start, top_vps
    for _ in range(200):
        q = float(np.clip(ordered(one(q), one(n - last), one(set_point - n), one(stay_s))[0], 0.0, 2.0 * top_vps))
        out_vps = min(n, set_point) / stay_s - 0.3 * max(n - set_point, 0.0) / stay_s
        last, n = n, n + PERIOD_S * (q - out_vps)
    assert n == pytest.approx(set_point, rel=0.05)
    assert q == pytest.approx(top_vps, rel=0.05)


# --- when it acts ---------------------------------------------------------------------------------------------------


class Told(Gating):
    """Gating whose diagram says what the test wants, so that accumulation alone decides."""

    def __init__(self, critical: float, surely: float = 1.0) -> None:
        super().__init__(CITY, WAYS)
        n = self.n_wards
        known = Critical(
            np.full(n, critical), np.full(n, 0.9 * critical), np.full(n, 1.1 * critical), np.full(n, surely)
        )
        self.diagram.critical = lambda: known  # type: ignore[method-assign]


def inside(gating: Gating, ward: int, n: int, moved: int = 0) -> Traffic:
    """`n` vehicles on a link of the ward, `moved` of them not there before: all numbered."""
    lane = int(np.flatnonzero(gating.ward[WAYS.lane_link] == ward)[0])
    whole = np.full(n, lane, np.int32)
    real = np.full(n, 5.0, np.float32)
    return Traffic(whole, real, real, np.full(n, -1, np.int32), np.arange(n, dtype=np.int32) + moved, np.ones(n, "f4"))


def played(gating: Gating, ward: int, counts: list[int]) -> list[bool]:
    """Is the ward held, minute after minute with so many vehicles in it?"""
    held, time_s = [], 0.0
    for n in counts:
        for _ in range(6):
            gating.look(inside(gating, ward, n), time_s, STEP_S)
            time_s += PERIOD_S / 6.0
        held.append(bool(gating.active[ward]))
    return held


def test_below_the_critical_accumulation_nobody_is_held() -> None:
    gating = Told(100.0)
    assert not any(played(gating, 0, [10, 50, 80, 99, 80]))
    gates = gating.look(inside(gating, 0, 80), 400.0, STEP_S)
    assert np.isinf(gates.order).all()
    assert (gates.ward == OUTSIDE).all()


def test_it_begins_beyond_the_band_and_ends_well_below() -> None:
    # Each minute is judged by the mean of the minute before it.
    assert played(Told(100.0), 0, [105, 105, 115, 115, 95, 95, 80, 80]) == [
        False, False, False, True, True, True, True, False,
    ]  # fmt: skip


def test_a_fall_that_is_not_sure_holds_nobody() -> None:
    assert not any(played(Told(100.0, surely=0.8), 0, [200, 200, 200, 200]))


def test_vehicles_that_are_not_told_apart_are_never_held() -> None:
    gating, time_s = Told(50.0), 0.0
    rows = inside(gating, 0, 200)
    unnamed = Traffic(rows.lane, rows.ahead_m, rows.speed_mps, rows.next_link, np.full(200, -1, np.int32), rows.weight)
    for _ in range(30):
        gates = gating.look(unnamed, time_s, STEP_S)
        time_s += 10.0
    assert np.isinf(gates.order).all()


def test_the_order_never_winds_up_beyond_what_ever_came() -> None:
    """After a long time with nobody to hold, the first order is no more than the most that ever entered."""
    gating = Told(100.0)
    played(gating, 0, [50] * 30 + [150] * 3)
    assert gating.active[0]
    assert 0.0 <= gating.order_vps[0] <= gating._most_vps[0]


# --- whom it lets go ------------------------------------------------------------------------------------------------


def waiting(gating: Gating, ward: int, n: int, to_ward: int | None = None) -> tuple[Traffic, int]:
    """`n` vehicles before a signal, bound for a ward from outside it; and their slot."""
    for slot, lane in enumerate(WAYS.slot_lane.tolist()):
        for turn in range(WAYS.turn_offset[lane], WAYS.turn_offset[lane + 1]):
            link = int(WAYS.turn_link[turn])
            fed = np.isin(WAYS.lane_link[lane], WAYS.turn_link)
            if gating.ward[link] == ward and gating.ward[WAYS.lane_link[lane]] != ward and fed:
                whole, real = np.full(n, lane, np.int32), np.arange(n, dtype=np.float32) * 7.5
                row = np.full(n, link, np.int32), np.arange(n, dtype=np.int32), np.ones(n, np.float32)
                return Traffic(whole, real, np.zeros(n, np.float32), *row), slot
    raise AssertionError("no gate")


def held_ward(order_vps: float, ward: int = 0) -> Gating:
    gating = Gating(CITY, WAYS)
    gating.active[ward], gating.order_vps[ward] = True, order_vps
    return gating


def test_a_gate_gets_the_order_as_time_goes_and_no_more_than_its_budget() -> None:
    gating = held_ward(0.1)
    rows, slot = waiting(gating, 0, 3)
    signal = int(np.searchsorted(WAYS.first_slot, slot, "right") - 1)
    gates = gating.look(rows, 0.0, STEP_S)
    assert gates.order[signal] == pytest.approx(0.1 * STEP_S)
    assert np.isinf(np.delete(gates.order, signal, axis=0)).all()
    later = gating.look(rows, 30.0, STEP_S)
    assert later.order[signal] == pytest.approx(3.0 + 0.1 * STEP_S)
    gating._minute_s = 1e9
    much_later = gating.look(rows, 3000.0, STEP_S)
    assert much_later.order[signal, 0] == pytest.approx(BUDGET_MOST)


def test_who_passes_uses_the_budget() -> None:
    gating = held_ward(0.1)
    rows, slot = waiting(gating, 0, 3)
    signal = int(np.searchsorted(WAYS.first_slot, slot, "right") - 1)
    gating.look(rows, 0.0, STEP_S)
    lane = rows.lane.copy()
    lane[0] = WAYS.first_lane[rows.next_link[0]]
    gone = Traffic(lane, rows.ahead_m, rows.speed_mps, rows.next_link, rows.vehicle, rows.weight)
    assert gating.look(gone, 0.0, STEP_S).order[signal, 0] == pytest.approx(-1.0)


def test_a_queue_that_grows_towards_the_junction_behind_is_let_go() -> None:
    gating = held_ward(0.0)
    rows, slot = waiting(gating, 0, 2)
    assert gating.look(rows, 0.0, STEP_S).held[slot]
    link = WAYS.lane_link[WAYS.slot_lane[slot]]
    many, _ = waiting(gating, 0, int(FULL_SHARE * WAYS.room[link]) + 1)
    gates = gating.look(many, 1.0, STEP_S)
    assert not gates.held[slot]
    assert np.isinf(gates.order).all()


def test_who_leaves_a_full_area_is_not_held_before_another() -> None:
    gating = held_ward(0.0)
    rows, slot = waiting(gating, 0, 2)
    other = gating.ward[WAYS.lane_link[WAYS.slot_lane[slot]]]
    assert other >= 0
    gating.active[other], gating.order_vps[other] = True, 0.0
    assert not gating.look(rows, 0.0, STEP_S).held[slot]


# --- in the loop ----------------------------------------------------------------------------------------------------


def run_of(name: str, city: City, demand: Demand, until_s: float) -> tuple[TwinWorld, list[list[int]]]:
    world = TwinWorld(city, demand, 0)
    control = make_control(name, city, begin_s=world.time_s)
    stages = []
    decide = control.controller.decide

    class Noted:
        interval_s, looks = 1, True

        def decide(self, readings, state):  # type: ignore[no-untyped-def]
            wishes = decide(readings, state)
            stages.append(wishes.tolist())
            return wishes

    run_control(world, Noted(), control.machine, until_s)  # type: ignore[arg-type]
    return world, stages


def test_where_nothing_is_too_full_it_changes_nothing() -> None:
    city, demand = generate(8, seed=3, scale=1.0, duration_s=600.0)
    plain, without = run_of("brain", city, demand, 600.0)
    gated, with_it = run_of("brain+gating", city, demand, 600.0)
    assert without == with_it
    assert plain.summary().mean_delay_s == gated.summary().mean_delay_s


def entered(order_vps: float | None, ward: int = 2) -> float:
    """Vehicles that enter a ward in the two minutes after an order is given."""
    world = TwinWorld(CITY, DEMAND, 0)
    control = make_control("brain+gating", CITY, begin_s=world.time_s)
    gating: Gating = control.controller._gating  # type: ignore[attr-defined]
    gating._feed_back = lambda _: None  # type: ignore[method-assign]
    run_control(world, control.controller, control.machine, world.time_s + 400.0)
    if order_vps is not None:
        gating.active[ward], gating.order_vps[ward] = True, order_vps
    before = gating._sums[2, ward]
    run_control(world, control.controller, control.machine, world.time_s + 120.0)
    return float(gating._sums[2, ward] - before)


def test_what_enters_follows_the_order() -> None:
    free, little = entered(None), entered(0.05)
    assert little < 0.75 * free, (little, free)
    assert entered(10.0) == pytest.approx(free, rel=0.15), "an order beyond what comes is no order"
