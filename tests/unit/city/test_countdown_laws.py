"""The countdown as a law: whole seconds, one less each second, periodic, and safe at the very edge of a cycle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.countdown import CYCLE_MAX_S, Countdown, _left_s
from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.city.timelines import timelines_of
from citybrain.estimate.lights import planned_colours

CITY: City = generate_city(4)[0]
COUNTDOWN = Countdown(CITY)


def shown(city: City, time_s: float) -> np.ndarray:
    colours = np.zeros(len(city.groups.group_id), np.uint8)
    planned_colours(timelines_of(city), time_s, colours)
    return colours


def brute(cycle: list[int]) -> list[float]:
    n = len(cycle)
    return [next((float(k) for k in range(1, n + 1) if cycle[(i + k) % n] != cycle[i]), np.nan) for i in range(n)]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_a_cycle_is_counted_as_by_hand(cycle: list[int]) -> None:
    np.testing.assert_array_equal(_left_s(np.array(cycle, np.uint8)), brute(cycle))


@settings(max_examples=40, deadline=None)
@given(st.integers(-5000, 2_000_000_000))
def test_each_second_is_one_less_until_the_colour_changes(second: int) -> None:
    now, then = shown(CITY, float(second)), shown(CITY, second + 1.0)
    left_s, next_s = COUNTDOWN.left_s(float(second), now), COUNTDOWN.left_s(second + 1.0, then)
    stays = np.isfinite(left_s) & (left_s > 1.0)
    assert np.isfinite(left_s).any()
    np.testing.assert_array_equal(next_s[stays], left_s[stays] - 1.0)
    np.testing.assert_array_equal(now[stays], then[stays])
    ended = np.isfinite(left_s) & (left_s == 1.0)
    assert (now[ended] != then[ended]).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.999))
def test_within_a_second_the_count_stands(second: int, part_s: float) -> None:
    now = shown(CITY, float(second))
    np.testing.assert_array_equal(COUNTDOWN.left_s(second + part_s, now), COUNTDOWN.left_s(float(second), now))


def test_a_hair_before_a_cycle_begins_is_a_place_in_it() -> None:
    """(t - offset) % cycle rounds up to the cycle itself there, a second that no cycle has."""
    plans = replace(CITY.plans, offset_s=np.full_like(CITY.plans.offset_s, 0.1 + 0.2))
    city = replace(CITY, plans=plans)
    last = shown(city, -0.2)
    left_s = Countdown(city).left_s(0.3, last)
    np.testing.assert_array_equal(left_s, Countdown(city).left_s(-0.2, last))
    assert np.isfinite(left_s).any()


def test_one_plan_of_odd_times_does_not_hide_the_others() -> None:
    """Ends of phases are sums over the whole city: tenths of a second of one plan must not blur all that follow."""
    duration_s = CITY.phases.duration_s.copy()
    duration_s[0] += 0.1
    city = replace(CITY, phases=replace(CITY.phases, duration_s=duration_s))
    odd = int(CITY.plans.signal[CITY.phases.plan[0]])
    known = np.isfinite(Countdown(city).left_s(40.0, shown(city, 40.0)))
    before = np.isfinite(COUNTDOWN.left_s(40.0, shown(CITY, 40.0)))
    assert not known[CITY.groups.signal == odd].any()
    np.testing.assert_array_equal(known, before & (CITY.groups.signal != odd))


def test_a_plan_beyond_the_longest_cycle_is_told_no_time() -> None:
    city = replace(CITY, phases=replace(CITY.phases, duration_s=CITY.phases.duration_s * CYCLE_MAX_S))
    assert np.isnan(Countdown(city).left_s(10.0, shown(city, 10.0))).all()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_what_others_steer_is_hidden_and_nothing_else(data: st.DataObject) -> None:
    n = len(CITY.signals.signal_id)
    steered = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    now = shown(CITY, 33.0)
    free = COUNTDOWN.left_s(33.0, now)
    np.testing.assert_array_equal(
        COUNTDOWN.left_s(33.0, now, steered), np.where(steered[CITY.groups.signal], np.nan, free)
    )
