"""Steps and changes: the given timing is the given plan, and no timing shortens a green, a yellow or an all red."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from hypothesis import given, settings
from hypothesis import strategies as st

from _retime_street import street
from citybrain.city.model import Colour
from citybrain.city.plans import check_plans
from citybrain.city.validate import check
from citybrain.control.plans import PlanPlayer
from citybrain.control.retiming.skeleton import skeleton_of


@pytest.mark.parametrize("offset_s", [0.0, 17.0, 250.0])
def test_the_given_timing_shows_the_plan_second_by_second(offset_s: float) -> None:
    city = crossroads(Layout(n=2, offset_s=offset_s))
    skeleton = skeleton_of(city)
    again = skeleton.timed_city(skeleton.given())
    check(again)
    old, new = PlanPlayer(city), PlanPlayer(again)
    assert all((old.colours(float(t)) == new.colours(float(t))).all() for t in range(300))


def test_a_plan_that_begins_with_a_change_keeps_its_place() -> None:
    place = street(1)
    phases = place.city.phases
    order = np.array([1, 2, 3, 4, 5, 0])
    object.__setattr__(phases, "duration_s", phases.duration_s[order])
    shown = phases.colours.reshape(6, 2)[order].ravel()
    object.__setattr__(phases, "colours", shown)
    skeleton = skeleton_of(place.city)
    old, new = PlanPlayer(place.city), PlanPlayer(skeleton.timed_city(skeleton.given()))
    assert all((old.colours(float(t)) == new.colours(float(t))).all() for t in range(200))


def test_the_old_plans_stay_beside_and_a_new_one_of_the_same_name_takes_the_place_of_the_last() -> None:
    city = crossroads(Layout(n=2))
    skeleton = skeleton_of(city)
    timing = skeleton.given()
    once = skeleton.timed_city(timing, "day")
    assert once.plans.plan_id == ("J0:0", "J1:0", "J0:day", "J1:day")
    twice = skeleton_of(once).timed_city(skeleton_of(once).given(), "day")
    check(twice)
    assert twice.plans.plan_id == once.plans.plan_id
    assert twice.signals.plan.tolist() == [2, 3]
    assert (twice.phases.duration_s == once.phases.duration_s).all()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(5, 60), min_size=4, max_size=4), st.integers(0, 400))
def test_any_timing_clears_before_it_lets_others_go(greens: list[int], offset: int) -> None:
    skeleton = skeleton_of(crossroads())
    timing = skeleton.given()
    timing.green_s[:], timing.offset_s[:] = greens, offset
    city = skeleton.timed_city(timing)
    check(city)
    assert check_plans(city) == []
    assert skeleton.cycle_s(0, timing) == sum(greens) + 4 * 5.0
    assert 0.0 <= city.plans.offset_s[-1] < skeleton.cycle_s(0, timing)


def test_steps_that_now_meet_get_the_signals_own_yellow_and_all_red() -> None:
    skeleton = skeleton_of(crossroads(Layout(yellow_s=3.0, all_red_s=2.0)))
    change = skeleton.change(0, 2)  # W + E through, then W + E left
    assert [duration_s for duration_s, _ in change] == [3.0, 2.0]
    assert (change[0][1] == Colour.YELLOW).sum() == 2
    assert not (change[1][1] == Colour.YELLOW).any()


def test_a_change_without_yellow_gets_one_and_is_not_shortened() -> None:
    place = street(1)
    shown = place.city.phases.colours.copy()
    shown[shown == Colour.YELLOW] = Colour.RED
    object.__setattr__(place.city.phases, "colours", shown)
    change = skeleton_of(place.city).change(0, 1)
    assert [duration_s for duration_s, _ in change] == [3.0, 1.0]
    assert (change[0][1] == Colour.YELLOW).sum() == 1


def test_time_for_people_on_foot_forbids_to_leave_steps_out() -> None:
    place = street(1)
    assert skeleton_of(place.city).may_drop == (True,)
    longer = place.city.phases.duration_s.copy()
    longer[2] = 12.0
    object.__setattr__(place.city.phases, "duration_s", longer)
    skeleton = skeleton_of(place.city)
    assert skeleton.may_drop == (False,)
    assert skeleton.change_s(0, 1) == 15.0


def test_the_minimum_green_is_the_signals_own_or_the_general_one_but_never_more_than_the_plan_gives() -> None:
    assert skeleton_of(crossroads(Layout(min_green_s=8.0))).least_s.tolist() == [8.0] * 4
    assert skeleton_of(crossroads(Layout(min_green_s=3.0)), 6.0).least_s.tolist() == [6.0] * 4
    assert skeleton_of(crossroads(Layout(greens_s=(30.0, 4.0, 9.0, 9.0)))).least_s.tolist() == [5.0, 4.0, 5.0, 5.0]
