"""Smoothing of corridors: its laws, then waves of known speed, then a published field."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from citybrain.errors import InputError, LimitError
from citybrain.estimate.asm import Asm, Kernel, adaptive_smoothing, kernel_mean
from citybrain.estimate.corridor import Gathered, Grid, Samples, gather
from citybrain.estimate.held_out import entry_times_s, folds, importance
from citybrain.estimate.smoothing import smooth, smooth_gathered, tune
from citybrain.estimate.stacking import error_curve, fit

DATA = Path(os.environ.get("CITYBRAIN_DATA", Path(__file__).parents[3] / "../shared/data"))
GRID = Grid(cell_m=20.0, step_s=5.0, n_space=40, n_time=120)
WAVE_MPS = -5.0


def wave_speeds(position_m: np.ndarray, time_s: np.ndarray) -> np.ndarray:
    """Stop-and-go waves that run against the traffic at `WAVE_MPS`."""
    return 10.0 + 6.0 * np.sin(2 * np.pi * (time_s - position_m / WAVE_MPS) / 150.0)


def drive(seed: int, n_vehicles: int, grid: Grid = GRID) -> Samples:
    """Vehicles that drive through the waves and report every second."""
    rng = np.random.default_rng(seed)
    position, time = np.zeros(n_vehicles), rng.uniform(-60.0, grid.n_time * grid.step_s, n_vehicles)
    rows = []
    for _ in range(200):
        speed = wave_speeds(position, time)
        rows.append((position.copy(), time.copy(), speed))
        position, time = position + speed, time + 1.0
    where, when, speed = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Samples(where, when, np.clip(speed + rng.normal(0.0, 0.3, speed.size), 0.0, None), np.ones(where.size))


def truth(grid: Grid = GRID) -> np.ndarray:
    position = (np.arange(grid.n_space)[:, None] + 0.5) * grid.cell_m
    return wave_speeds(position, (np.arange(grid.n_time)[None, :] + 0.5) * grid.step_s)


def error_mps(field: np.ndarray, seen: Gathered) -> float:
    return float(np.abs(field - truth())[~seen.seen].mean())


def test_a_constant_field_comes_back() -> None:
    rng = np.random.default_rng(1)
    n = 800
    samples = Samples(rng.uniform(0, 800, n), rng.uniform(0, 600, n), np.full(n, 12.5), rng.uniform(0.5, 2, n))
    for field in (smooth(GRID, samples).speed_mps, adaptive_smoothing(gather(GRID, samples))):
        np.testing.assert_allclose(field, 12.5, atol=1e-9)


def test_nothing_seen_is_nan_never_zero() -> None:
    none = np.zeros(0)
    field = smooth(GRID, Samples(none, none, none, none))
    assert np.isnan(field.speed_mps).all()
    assert np.isnan(field.variance_m2ps2).all()
    assert np.isnan(adaptive_smoothing(gather(GRID, Samples(none, none, none, none)))).all()


def test_a_single_sample_speaks_for_the_corridor() -> None:
    one = np.ones(1)
    field = smooth(GRID, Samples(100 * one, 50 * one, 7 * one, one))
    np.testing.assert_allclose(field.speed_mps, 7.0, atol=1e-6)


def test_the_order_of_samples_does_not_matter() -> None:
    samples = drive(2, 30)
    order = np.random.default_rng(3).permutation(samples.time_s.size)
    turned = Samples(*(getattr(samples, k)[order] for k in ("position_m", "time_s", "speed_mps", "weight")))
    np.testing.assert_array_equal(smooth(GRID, samples).speed_mps, smooth(GRID, turned).speed_mps)


def test_slower_by_a_factor_everywhere_is_slower_by_it_in_the_field() -> None:
    """Speeds scaled, and the waves with them, on a grid of scaled cells: the same field, scaled."""
    rng = np.random.default_rng(4)
    n = 60
    where, when, speed = rng.uniform(0, 800, n), rng.uniform(0, 600, n), rng.uniform(3, 15, n)
    one = Asm()
    half = Asm(one.length_m / 2, one.duration_s, *(v / 2 for v in (one.congested_mps, one.free_mps)),
               one.threshold_mps / 2, one.width_mps / 2)  # fmt: skip
    whole = adaptive_smoothing(gather(GRID, Samples(where, when, speed, np.ones(n))), one)
    grid = Grid(GRID.cell_m / 2, GRID.step_s, *GRID.shape)
    scaled = adaptive_smoothing(gather(grid, Samples(where / 2, when, speed / 2, np.ones(n))), half)
    np.testing.assert_allclose(scaled, whole / 2, rtol=1e-9)


def test_departures_scale_with_the_samples() -> None:
    """Kriging is linear: departures from the mean, halved, halve those of the field where the states stay in order."""
    seen = gather(GRID, drive(5, 30))
    tuned = tune(seen)
    plain = type(tuned)(tuned.wave_mps, tuned.free_mps, type(tuned.stack)(np.zeros(1), np.zeros(4)), tuned.errors)
    mean = seen.mean_mps()
    less = Gathered(GRID, seen.weight, np.where(seen.seen, mean + (seen.speed_mps - mean) / 2, 0.0))
    whole, half = (smooth_gathered(field, plain).speed_mps for field in (seen, less))
    np.testing.assert_allclose(half - mean, (whole - mean) / 2, atol=2e-3)


@pytest.mark.parametrize(("n_vehicles", "ratio"), [(8, 0.8), (20, 0.6)])
def test_a_wave_is_rebuilt_better_than_by_simpler_methods(n_vehicles: int, ratio: float) -> None:
    samples = drive(6, n_vehicles)
    seen = gather(GRID, samples)
    ours = error_mps(smooth(GRID, samples).speed_mps, seen)
    isotropic = min(error_mps(kernel_mean(seen, Kernel(m, s)), seen) for m in (30, 60, 120) for s in (10, 20, 40))
    assert ours < ratio * isotropic
    assert ours < error_mps(adaptive_smoothing(seen), seen)


def test_the_wave_speed_is_found() -> None:
    assert tune(gather(GRID, drive(7, 40))).wave_mps == pytest.approx(WAVE_MPS, abs=0.8)


def test_variance_grows_away_from_what_was_seen_and_is_honest() -> None:
    samples = drive(8, 25)
    seen = gather(GRID, samples)
    kept = (seen.grid.n_time * 2) // 3
    early = np.arange(seen.grid.n_time)[None, :] < kept
    field = smooth_gathered(seen.only(np.broadcast_to(early, GRID.shape)))
    assert field.variance_m2ps2[:, -5:].mean() > 2 * field.variance_m2ps2[:, : kept - 5].mean()
    whole = smooth(GRID, samples)
    squared = (whole.speed_mps - truth())[~seen.seen] ** 2
    assert 0.3 < squared.mean() / whole.variance_m2ps2[~seen.seen].mean() < 3.0


def test_tuning_may_be_kept() -> None:
    seen = gather(GRID, drive(9, 30))
    np.testing.assert_array_equal(smooth_gathered(seen, tune(seen)).speed_mps, smooth_gathered(seen).speed_mps)


def test_a_finer_grid_is_the_same_field() -> None:
    samples = drive(10, 30)
    fine = smooth(Grid(GRID.cell_m / 4, GRID.step_s, GRID.n_space * 4, GRID.n_time), samples).speed_mps
    whole = smooth(GRID, samples).speed_mps
    assert np.abs(fine.reshape(GRID.n_space, 4, -1).mean(axis=1) - whole).mean() < 0.35


def test_samples_outside_count_nothing_and_bad_ones_are_refused() -> None:
    one = np.ones(1)
    inside = Samples(np.array([5.0, -1.0, 5.0, 900.0]), np.array([2.0, 2.0, 601.0, 2.0]), 3 * np.ones(4), np.ones(4))
    assert gather(GRID, inside).weight.sum() == 1.0
    with pytest.raises(InputError, match=r"speed_mps\[0\] = -1"):
        gather(GRID, Samples(one, one, -one, one))
    with pytest.raises(InputError, match="weight below 0"):
        gather(GRID, Samples(one, one, one, -one))
    with pytest.raises(InputError, match="unlike length"):
        gather(GRID, Samples(np.ones(2), one, one, one))
    with pytest.raises(InputError, match="cell_m = 0"):
        Grid(0.0, 5.0, 3, 3)
    with pytest.raises(LimitError, match="exceed"):
        Grid(1.0, 1.0, 10_000, 10_000)


def test_entry_times_follow_the_vehicles() -> None:
    entered = entry_times_s(np.full((50, 40), 10.0), 20.0, 5.0)
    np.testing.assert_allclose(np.diff(entered, axis=0), -2.0)
    np.testing.assert_allclose(np.diff(entered, axis=1), 5.0)


def test_folds_keep_nothing_of_what_they_hide() -> None:
    seen = gather(GRID, drive(11, 40))
    parts = folds(seen, np.full(GRID.shape, 10.0), 2)
    assert len(parts) == 2
    assert not (parts[0].hidden & parts[1].hidden).any()
    for part in parts:
        assert part.hidden.any()
        assert not (part.kept.seen & part.hidden).any()
        assert (seen.seen | ~part.kept.seen).all()


def test_importance_turns_one_spread_into_the_other() -> None:
    rng = np.random.default_rng(12)
    judged, wanted = rng.normal(0, 1, 20_000), rng.normal(0.5, 1, 20_000)
    weights = importance(judged, wanted)
    assert np.average(judged, weights=weights) == pytest.approx(0.5, abs=0.1)


def test_a_stack_leans_on_the_better_smoother_by_state() -> None:
    """One smoother is right when slow, the other when fast; the stack beats both and their mean."""
    rng = np.random.default_rng(13)
    right = rng.uniform(2, 20, 4000)
    noise = rng.normal(0, 2, (2, right.size))
    each = np.stack([right + noise[0] * (right > 11), right + noise[1] * (right <= 11)], axis=1)
    stack = fit(each[:2000], right[:2000], np.ones(2000))
    error = np.abs(stack(each[2000:]) - right[2000:]).mean()
    assert error < 0.6 * np.abs(each[2000:].mean(axis=1) - right[2000:]).mean()


def test_the_error_curve_never_rises() -> None:
    rng = np.random.default_rng(14)
    covered = rng.uniform(0, 5, 3000)
    curve = error_curve(covered, rng.normal(0, 3 - 0.5 * covered))
    assert (np.diff(curve.variance_m2ps2) <= 0).all()
    assert curve(np.array([0.25]))[0] == pytest.approx((3 - 0.125) ** 2, rel=0.25)


@pytest.mark.parametrize(
    ("name", "limit_mps"), [("obs_80missing", 0.90), ("obs_90missing", 1.09), ("obs_95missing", 1.50)]
)
def test_ngsim(name: str, limit_mps: float) -> None:
    """The published field; best known before: 0.96, 1.22, 1.70 m/s."""
    path = DATA / "ngsim-speed-field/ngsim_speed.npz"
    if not path.is_file():
        pytest.skip("no ngsim-speed-field in CITYBRAIN_DATA")
    with np.load(path) as file:
        full, given = file["full"].astype(float), file[name].astype(float)
    mask = np.isfinite(given)
    seen = Gathered(Grid(3.048, 5.0, *full.shape), mask.astype(float), np.where(mask, given, 0.0))
    field = smooth_gathered(seen)
    judged = ~mask & np.isfinite(full)
    assert np.abs(field.speed_mps - full)[judged].mean() < limit_mps
    squared = (field.speed_mps - full)[judged] ** 2
    assert 0.6 < squared.mean() / field.variance_m2ps2[judged].mean() < 1.4
