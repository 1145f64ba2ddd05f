"""Departure profiles: shares of the period, order, evenness, and the same times for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from citybrain.demand.profile import Profile, evening, flat, morning, sample_s
from citybrain.errors import InputError

SHAPES = [flat, morning, evening]


@pytest.mark.parametrize("shape", SHAPES)
def test_times_are_ordered_and_within_the_period(shape: Callable[..., Profile]) -> None:
    times_s = sample_s(shape(1800.0, begin_s=100.0), 5000, np.random.default_rng(1))
    assert (np.diff(times_s) >= 0).all()
    assert times_s[0] >= 100.0
    assert times_s[-1] < 1900.0


@pytest.mark.parametrize("shape", SHAPES)
def test_counts_follow_the_rate(shape: Callable[..., Profile]) -> None:
    profile = shape(3600.0)
    times_s = sample_s(profile, 24_000, np.random.default_rng(2))
    count, _ = np.histogram(times_s, profile.edge_s[::10])
    expected = profile.rate.reshape(-1, 10).sum(axis=1)
    np.testing.assert_allclose(count, 24_000 * expected / expected.sum(), atol=3)


def test_a_flat_profile_is_even() -> None:
    times_s = sample_s(flat(1000.0), 1000, np.random.default_rng(3))
    assert np.floor(times_s).astype(int).tolist() == list(range(1000))
    assert flat().peak_factor == pytest.approx(1.0)


def test_peaks_stand_out_and_lie_where_they_should() -> None:
    for profile, share in ((morning(7200.0), 0.45), (evening(7200.0), 0.55)):
        assert 1.15 < profile.peak_factor < 2.2
        at_s = profile.edge_s[profile.rate.argmax()]
        assert at_s / profile.duration_s == pytest.approx(share, abs=0.02)
    assert morning().peak_factor > evening().peak_factor


def test_the_same_seed_gives_the_same_times() -> None:
    first, again, other = (sample_s(morning(), 100, np.random.default_rng(s)) for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_nobody_departs_without_trips() -> None:
    assert sample_s(flat(), 0, np.random.default_rng(1)).size == 0


def test_an_empty_period_is_refused() -> None:
    with pytest.raises(InputError, match="period"):
        morning(0.0)
