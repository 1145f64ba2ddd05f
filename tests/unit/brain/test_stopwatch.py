"""Times of stages on a clock that moves only when told to."""

from __future__ import annotations

import pytest

from citybrain.brain.stopwatch import KEPT, WHOLE, Stopwatch
from citybrain.clock import ManualClock


def run(watch: Stopwatch, clock: ManualClock, **stages_s: float) -> None:
    for name, spent_s in stages_s.items():
        with watch.stage(name):
            clock.advance(spent_s)
    watch.end_beat()


def test_stages_and_the_whole_beat_are_timed() -> None:
    clock = ManualClock()
    watch = Stopwatch(clock)
    run(watch, clock, match=0.010, estimate=0.030)
    clock.advance(5.0)  # between two beats nothing is counted
    run(watch, clock, match=0.020, estimate=0.030)
    times = watch.times()
    assert times["match"].newest_ms == pytest.approx(20.0)
    assert times["match"].p50_ms == pytest.approx(15.0)
    assert times[WHOLE].newest_ms == pytest.approx(50.0)
    assert watch.beats == 2


def test_a_stage_that_runs_twice_counts_with_both_and_one_left_out_counts_as_nothing() -> None:
    clock = ManualClock()
    watch = Stopwatch(clock)
    for _ in range(2):
        with watch.stage("publish"):
            clock.advance(0.002)
    watch.end_beat()
    assert watch.times()["publish"].newest_ms == pytest.approx(4.0)
    run(watch, clock, match=0.001)
    assert watch.times()["publish"].newest_ms == 0.0


def test_a_stage_that_fails_is_timed_all_the_same() -> None:
    clock = ManualClock()
    watch = Stopwatch(clock)

    def work() -> None:
        with watch.stage("match"):
            clock.advance(0.003)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        work()
    watch.end_beat()
    assert watch.times()["match"].newest_ms == pytest.approx(3.0)


def test_memory_is_bounded_and_old_beats_are_forgotten() -> None:
    clock = ManualClock()
    watch = Stopwatch(clock)
    for _ in range(KEPT):
        run(watch, clock, match=1.0)
    for _ in range(KEPT):
        run(watch, clock, match=0.001)
    assert watch.times()["match"].p99_ms == pytest.approx(1.0)
    assert Stopwatch(clock).times() == {}
