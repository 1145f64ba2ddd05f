"""Beats keep to the clock; who is late leaves out in the stated order and takes it up again; nobody waits for real."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from citybrain.brain.pace import CALM_BEATS, LADDER, NAP_S, Pace, Shed
from citybrain.clock import ManualClock
from citybrain.errors import InputError


def beats(pace: Pace, clock: ManualClock, n: int, work_s: float, first: int = 1) -> list[Shed]:
    """`n` beats that take `work_s` each; what each left out."""
    left_out = []
    for i in range(first, first + n):
        left_out.append(pace.shed)
        clock.advance(work_s)
        pace.wait(float(i))
    return left_out


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0])
def test_a_quick_brain_is_held_to_the_clock(speed: float) -> None:
    clock = ManualClock(7.0)
    pace = Pace(clock, 0.0, speed)
    left_out = beats(pace, clock, 20, 0.01 / speed)
    assert clock.at_s == pytest.approx(7.0 + 20.0 / speed)
    assert set(left_out) == {Shed.NOTHING}


def test_without_pacing_nobody_sleeps_and_nothing_is_left_out() -> None:
    clock = ManualClock()
    pace = Pace(clock, 0.0, math.inf)
    assert set(beats(pace, clock, 50, 3.0)) == {Shed.NOTHING}
    assert clock.at_s == pytest.approx(150.0)


def test_a_slow_brain_leaves_out_more_and_more_in_order() -> None:
    clock = ManualClock()
    pace = Pace(clock, 0.0)
    left_out = beats(pace, clock, 10, 3.0)
    steps = [shed for i, shed in enumerate(left_out) if i == 0 or shed != left_out[i - 1]]
    assert steps == list(LADDER)
    for lower, higher in pairwise(LADDER):
        assert lower & higher == lower, "each rung leaves out what the one below does, and more"


def test_when_the_load_is_gone_everything_is_taken_up_again() -> None:
    clock = ManualClock()
    pace = Pace(clock, 0.0)
    beats(pace, clock, 10, 3.0)
    assert pace.shed == LADDER[-1]
    catch_up = 25  # beats of 0.1 s that make up for the 20 s lost
    left_out = beats(pace, clock, catch_up + (len(LADDER) - 1) * CALM_BEATS + 1, 0.1, first=11)
    assert left_out[-1] == Shed.NOTHING
    assert clock.at_s == pytest.approx(10 + len(left_out)), "in time again"


def test_a_single_slow_beat_is_forgiven() -> None:
    clock = ManualClock()
    pace = Pace(clock, 0.0)
    beats(pace, clock, 5, 0.1)
    clock.advance(1.5)
    assert set(beats(pace, clock, 10, 0.1, first=6)) == {Shed.NOTHING}


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan])
def test_a_speed_that_goes_nowhere_is_refused(speed: float) -> None:
    with pytest.raises(InputError, match="above 0"):
        Pace(ManualClock(), 0.0, speed)


def test_who_is_asked_to_stop_does_not_sleep_to_the_end() -> None:
    clock = ManualClock()
    pace = Pace(clock, 0.0, 0.001)  # a beat in a thousand seconds
    pace.wait(1.0, lambda: clock.at_s >= 10.0)
    assert 10.0 <= clock.at_s <= 10.0 + NAP_S
    pace.wait(2.0, lambda: True)
    assert clock.at_s <= 10.0 + NAP_S


def test_what_was_before_the_start_does_not_count() -> None:
    clock = ManualClock()
    pace = Pace(clock, 0.0)
    clock.advance(60.0)
    assert pace.behind_s(1.0) == pytest.approx(59.0)
    pace.start(5.0)
    assert pace.behind_s(6.0) == pytest.approx(-1.0)
    assert beats(pace, clock, 20, 0.1, first=6) == [Shed.NOTHING] * 20
