"""Laws of time: it only moves forward, by exactly what was asked, and leaves the package in one form."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.clock import SYSTEM, ManualClock, iso_utc

whole_s = st.integers(-1_000_000, 1_000_000)
moments_s = st.integers(0, 4_000_000_000)


@given(moments_s, st.lists(whole_s, max_size=20))
def test_sleeping_adds_up_and_never_goes_back(start_s: int, waits_s: list[int]) -> None:
    clock = ManualClock(float(start_s))
    for wait_s in waits_s:
        before_s = clock.monotonic_s()
        clock.sleep(float(wait_s))
        assert clock.monotonic_s() >= before_s
    assert clock.now_s() == start_s + sum(wait_s for wait_s in waits_s if wait_s > 0)
    assert clock.now_s() == clock.monotonic_s() == clock.cpu_s()


@given(moments_s, st.integers(1, 1_000_000))
def test_a_refused_step_back_leaves_the_clock_alone(start_s: int, back_s: int) -> None:
    clock = ManualClock(float(start_s))
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-float(back_s))
    assert clock.now_s() == start_s


@given(moments_s)
def test_written_moments_read_back(at_s: int) -> None:
    assert datetime.fromisoformat(iso_utc(float(at_s))).timestamp() == at_s


@given(moments_s, moments_s)
def test_written_moments_sort_as_they_happened(a_s: int, b_s: int) -> None:
    assert (iso_utc(a_s) < iso_utc(b_s)) == (a_s < b_s)


def test_the_machine_does_not_wait_for_a_negative_time() -> None:
    before_s = SYSTEM.monotonic_s()
    SYSTEM.sleep(-3600.0)
    assert 0.0 <= SYSTEM.monotonic_s() - before_s < 60.0
