"""Time: the machine's runs on, the manual one moves only when told."""

from __future__ import annotations

import pytest

from citybrain.clock import SYSTEM, Clock, ManualClock, SystemClock, iso_utc


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock(5.0)])
def test_time_never_runs_backwards(clock: Clock) -> None:
    before = clock.monotonic_s(), clock.cpu_s(), clock.now_s()
    clock.sleep(0.001)
    after = clock.monotonic_s(), clock.cpu_s(), clock.now_s()
    assert after[0] > before[0]
    assert after[1] >= before[1]


def test_manual_time_jumps_and_does_not_wait() -> None:
    clock, begin_s = ManualClock(), SYSTEM.monotonic_s()
    clock.sleep(3600.0)
    clock.advance(60.0)
    clock.sleep(-1.0)
    assert clock.now_s() == clock.monotonic_s() == 3660.0
    assert SYSTEM.monotonic_s() - begin_s < 5.0


def test_manual_time_refuses_to_go_back() -> None:
    with pytest.raises(ValueError, match="backwards"):
        ManualClock().advance(-1.0)


def test_time_leaves_the_package_with_its_zone() -> None:
    assert iso_utc(0.0) == "1970-01-01T00:00:00Z"
    assert iso_utc(1767323045.9) == "2026-01-02T03:04:05Z"
