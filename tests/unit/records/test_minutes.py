"""Minutes are means of samples: of a signal's cycle no phase is preferred, and nobody is counted twice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.records.minutes import MINUTE_S, SAMPLE_S, MinuteMeans, Sample, mean_of

TIMES = np.arange(SAMPLE_S, 10 * MINUTE_S + 1, SAMPLE_S, dtype=np.float64)
COUNT = st.integers(0, 500).map(float)


def sample(t_s: float, running: float = 0.0, queued: float = 0.0, speed_mps: float = math.nan) -> Sample:
    return t_s, running, 0.0, queued, speed_mps, t_s


def test_a_minute_is_whole_samples() -> None:
    assert MINUTE_S % SAMPLE_S == 0
    means = MinuteMeans()
    for t_s in TIMES[:7]:
        means.add(sample(float(t_s)))
    assert means.series().t_s.tolist() == [60.0]
    assert [part[0] for part in means.parts] == [72.0, 84.0]


@given(st.lists(st.tuples(COUNT, COUNT), min_size=5, max_size=5))
def test_counts_are_means_and_time_and_trips_those_of_the_end(rows: list[tuple[float, float]]) -> None:
    parts = [(12.0 * i, a, b, min(a, b), 5.0, float(i)) for i, (a, b) in enumerate(rows, 1)]
    found = mean_of(parts)
    assert (found[0], found[5]) == (60.0, 5.0)
    for column in (1, 2, 3):
        assert found[column] == pytest.approx(sum(part[column] for part in parts) / 5)


def test_the_mean_speed_is_that_of_vehicles_not_of_samples() -> None:
    """One vehicle at 20 m/s, then nine at 10 m/s: 110 m of ten vehicle-seconds."""
    found = mean_of([sample(12.0, 1.0, 0.0, 20.0), sample(24.0, 0.0), sample(60.0, 9.0, 0.0, 10.0)])
    assert found[4] == pytest.approx(11.0)


def test_without_a_vehicle_there_is_no_speed() -> None:
    assert math.isnan(mean_of([sample(12.0), sample(60.0)])[4])


@pytest.mark.parametrize("cycle_s", [15, 20, 30, 40, 45, 60, 75, 80, 90, 100, 120])
@pytest.mark.parametrize("offset_s", [0, 7, 29])
def test_a_queue_that_comes_and_goes_with_the_signal_is_met_at_its_mean(cycle_s: int, offset_s: int) -> None:
    """A queue of 40 vehicles in the first half of each cycle: on average 20, at a full minute always 0 or 40."""
    means = MinuteMeans()
    for t_s in TIMES:
        means.add(sample(float(t_s), 100.0, 40.0 if (t_s - offset_s) % cycle_s < cycle_s / 2 else 0.0, 5.0))
    assert float(means.series().queued.mean()) == pytest.approx(20.0, abs=4.1)


def test_a_copy_goes_its_own_way() -> None:
    means = MinuteMeans()
    for t_s in TIMES[:6]:
        means.add(sample(float(t_s), 1.0))
    other = means.copy()
    for t_s in TIMES[6:10]:
        other.add(sample(float(t_s), 3.0))
    assert means.series().t_s.tolist() == [60.0]
    assert len(means.parts) == 1
    assert other.series().in_transit.tolist() == pytest.approx([1.0, (1 + 4 * 3) / 5])


def test_nothing_has_no_minutes() -> None:
    series = MinuteMeans().series()
    assert series.t_s.shape == series.finished.shape == (0,)
