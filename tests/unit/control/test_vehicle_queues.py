"""Who is due where and when: closed forms, order, and where vehicles upstream come to."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import crossroads
from _traffic import traffic
from hypothesis import given
from hypothesis import strategies as st

from citybrain.control.approaches import approaches
from citybrain.control.queues import (
    ACCEL_MPS2,
    ANNOUNCED,
    Announced,
    free_time_s,
    make_queues,
    nobody_announced,
)
from citybrain.control.table import SignalTable
from citybrain.records.traffic import ENDS

CITY = crossroads()
WAYS = approaches(CITY, SignalTable.from_city(CITY))


def slot(link: str, lane: int) -> int:
    return int(WAYS.slot_of_lane[CITY.links.first_lane[CITY.links.link_id.index(link)] + lane])


@given(st.floats(0.1, 2000.0), st.floats(0.0, 20.0), st.floats(2.0, 20.0))
def test_driving_time_is_that_of_even_acceleration(far_m: float, speed_mps: float, limit_mps: float) -> None:
    found_s = free_time_s(far_m, speed_mps, limit_mps)
    at, dt_s, driven_m = speed_mps, 0.001, 0.0
    steps = int(found_s / dt_s)
    speeds = np.minimum(at + ACCEL_MPS2 * dt_s * np.arange(steps), limit_mps)
    driven_m = float(speeds.sum() * dt_s)
    assert driven_m == pytest.approx(far_m, rel=0.01, abs=0.1)


def test_the_slots_are_the_approach_lanes_with_the_stages_that_serve_them() -> None:
    assert len(WAYS.slot_lane) == 12
    lane = WAYS.slot_lane[slot("J0Nin", 1)]
    turn = WAYS.turn_offset[lane]
    assert WAYS.turn_go[turn] == 0b0010
    assert WAYS.turn_yields[turn] == 0
    right = WAYS.turn_offset[WAYS.slot_lane[slot("J0Nin", 0)]]
    assert WAYS.turn_go[right] == 0b1111


def test_queues_are_in_the_order_of_the_street_and_nobody_is_due_before_who_stands_ahead() -> None:
    rows = traffic(CITY, [("J0Win", 1, 40.0, 13.9, ""), ("J0Win", 1, 5.0, 0.0, ""), ("J0Win", 1, 12.0, 13.9, "")])
    q = make_queues(WAYS, WAYS.reach_share, rows, nobody_announced())
    s = slot("J0Win", 1)
    assert q.who[q.offset[s] : q.offset[s + 1]].tolist() == [1, 2, 0]
    assert (np.diff(q.due_s) >= 0.0).all()
    assert q.due_s[0] == pytest.approx(np.sqrt(2 * 5.0 / ACCEL_MPS2))


def test_who_has_to_change_lanes_is_counted_where_he_goes() -> None:
    lane_of_left = make_queues(
        WAYS, WAYS.reach_share, traffic(CITY, [("J0Win", 1, 200.0, 13.9, "J0Nout")]), nobody_announced()
    )
    assert np.flatnonzero(np.diff(lane_of_left.offset)).tolist() == [slot("J0Win", 2)]
    assert lane_of_left.exit_link.tolist() == [CITY.links.link_id.index("J0Nout")]


def test_trips_that_end_before_the_signal_wait_for_nobody() -> None:
    rows = traffic(CITY, [("J0Win", 1, 100.0, 13.9, "")])
    rows.next_link[0] = ENDS
    assert make_queues(WAYS, WAYS.reach_share, rows, nobody_announced()).due_s.size == 0


def test_the_announced_are_spread_over_the_lanes_and_none_is_lost() -> None:
    link = CITY.links.link_id.index("J0Win")
    told = Announced(np.array([link], np.int32), np.array([7.0]), np.array([1.0]), np.array([2.0]))
    q = make_queues(WAYS, WAYS.reach_share, traffic(CITY, []), told)
    assert q.mass.sum() == pytest.approx(1.0)
    assert q.weight.sum() == pytest.approx(2.0)
    assert (q.who == ANNOUNCED).all()
    assert q.due_s == pytest.approx(7.0 + 300.0 / 13.9)
