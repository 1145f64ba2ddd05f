"""The filter on the models' factor, against closed forms: what it believes, forgets and how wide its band is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from citybrain.estimate.accumulation import FACTOR_LIFE_S, FACTOR_SD, Level, Views, band, no_level, track

SURE = Views(
    models=np.array([500.0]),
    read_var=0.0,
    probes=np.array([500.0]),
    probe_share=0.05,
    share_var=0.0,
)


def follow(views: Views, seconds: int, level: Level | None = None) -> Level:
    level = level or no_level(1)
    for _ in range(seconds):
        level = track(level, views, 1.0)
    return level


def test_models_and_probes_that_agree_are_believed() -> None:
    level = follow(SURE, 600)
    assert level.vehicles[0] == pytest.approx(500.0)
    assert level.factor[0] == pytest.approx(0.0, abs=1e-12)


def test_changes_of_the_models_are_followed_at_once() -> None:
    level = track(follow(SURE, 600), replace(SURE, models=np.array([550.0])), 1.0)
    assert level.vehicles[0] == pytest.approx(550.0, rel=0.002)


@pytest.mark.parametrize("off", [0.8, 0.95, 1.1])
def test_a_factor_of_the_models_is_learned_in_part_and_never_overshot(off: float) -> None:
    views = replace(SURE, models=np.array([500.0 * off]))
    miss = np.array([abs(follow(views, seconds).vehicles[0] - 500.0) for seconds in (10, 600, 3600)])
    assert (np.diff(miss) < 0.0).all()
    assert miss[-1] < 0.7 * abs(500.0 * off - 500.0)
    assert np.sign(follow(views, 3600).factor[0]) == np.sign(1.0 - off)


def test_more_probes_teach_more() -> None:
    shares = [
        abs(follow(replace(SURE, models=np.array([400.0]), probe_share=s), 900).factor[0]) for s in (0.01, 0.05, 0.5)
    ]
    assert (np.diff(shares) > 0.0).all()


def test_when_every_vehicle_is_a_probe_they_are_believed() -> None:
    level = follow(replace(SURE, models=np.array([470.0]), probe_share=1.0), 60)
    assert level.vehicles[0] == pytest.approx(500.0, rel=0.003)


def test_a_share_that_is_not_known_teaches_nothing() -> None:
    level = follow(replace(SURE, models=np.array([400.0]), share_var=1e6), 3600)
    assert level.vehicles[0] == pytest.approx(400.0, rel=1e-3)


def test_what_was_learned_is_forgotten_with_its_life() -> None:
    """Without probes the factor's logarithm fades exponentially, and its variance comes back to the long run's."""
    level = replace(no_level(1), factor=np.array([0.1]), factor_var=np.array([1e-4]), vehicles=np.array([500.0]))
    blind = replace(SURE, share_var=np.inf)
    after = follow(blind, int(FACTOR_LIFE_S), level)
    assert after.factor[0] == pytest.approx(0.1 * np.exp(-1.0), rel=1e-6)
    long = follow(replace(SURE, probe_share=1e-9), 10 * int(FACTOR_LIFE_S), level)
    assert long.factor_var[0] == pytest.approx(FACTOR_SD**2, rel=1e-3)


def test_noise_of_the_probes_is_taken_out() -> None:
    """A level that knows the factor moves by a hundredth of what the probes jump."""
    level, rng, found = follow(SURE, 3600), np.random.default_rng(1), []
    for _ in range(1200):
        level = track(level, replace(SURE, probes=500.0 + rng.normal(0.0, 100.0, 1)), 1.0)
        found.append(level.vehicles[0])
    assert np.std(found) < 10.0
    assert np.mean(found) == pytest.approx(500.0, rel=0.02)


def test_the_band_holds_the_level_and_widens_with_what_is_not_known() -> None:
    low, high = band(follow(SURE, 60))
    assert low[0] < 500.0 < high[0]
    assert low[0] * high[0] == pytest.approx(500.0**2)
    wide = band(follow(replace(SURE, read_var=0.1), 60))
    assert wide[0][0] < low[0]
    assert high[0] < wide[1][0]


def test_without_cameras_the_probes_decide() -> None:
    """Models that no camera ties to the level of traffic are known to within a factor of two or so."""
    views = replace(SURE, models=np.array([300.0]))
    tied, loose = follow(views, 1200), follow(replace(views, read_var=1.0), 1200)
    assert loose.vehicles[0] == pytest.approx(500.0, rel=0.07)
    assert tied.vehicles[0] < 450.0


def test_fewer_vehicles_are_known_less_well() -> None:
    few = replace(SURE, models=np.array([20.0]), probes=np.array([20.0]))
    (low, high), (low_few, high_few) = band(follow(SURE, 60)), band(follow(few, 60))
    assert high[0] / low[0] < high_few[0] / low_few[0]
