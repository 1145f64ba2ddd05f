from __future__ import annotations

import numpy as np
import pytest

from citybrain.estimate.accumulation import Look, Views, band, no_level, track, weigh


def look(value: float) -> Look:
    return Look(np.array([value]), np.array([2.0 * value]), np.zeros(1))


def follow(seen: np.ndarray) -> np.ndarray:
    level, out = no_level(1), []
    for value in seen:
        level = track(level, look(value), 1.0)
        out.append(level.vehicles[0])
    return np.array(out)


def test_a_steady_level_is_held_and_a_trend_followed_without_lag():
    assert follow(np.full(600, 500.0))[-1] == pytest.approx(500.0)
    rising = 200.0 + 0.5 * np.arange(1800)
    assert follow(rising)[-1] == pytest.approx(rising[-1], rel=0.02)


def test_noise_is_taken_out():
    rng = np.random.default_rng(1)
    noisy = 500.0 + rng.normal(0.0, 60.0, 1200)
    assert follow(noisy)[600:].std() < 12.0


def test_the_better_view_weighs_more():
    one = np.ones(1)
    rough = Views(100 * one, 0.25 * one, 0.0, 200 * one, 1.0, 0.0, 0 * one, 0 * one)
    assert weigh(rough)[0][0] == pytest.approx(200.0)
    blind = Views(100 * one, 0.001 * one, 0.0, 200 * one, 0.001, 1.0, 0 * one, 0 * one)
    assert weigh(blind)[0][0] < 105.0


def test_the_band_holds_the_level_and_widens_with_the_variance():
    level = track(no_level(1), look(400.0), 1.0)
    low, high = band(level, np.array([0.0]))
    wider = band(level, np.array([0.1]))
    assert wider[0][0] < low[0] < 400.0 < high[0] < wider[1][0]


def test_counts_that_are_off_by_a_factor_tell_changes_and_not_the_level():
    level, truth = no_level(1), 500.0
    for second in range(2400):
        truth = 500.0 if second < 2340 else 500.0 + 3.0 * (second - 2340)
        old = look(500.0)._replace(noise_var=np.array([1000.0]))
        level = track(level, old, 1.0, np.array([1.1 * truth]))
        if second == 2339:
            assert level.vehicles[0] == pytest.approx(500.0, rel=0.06)
    assert level.vehicles[0] > 530.0
