"""Samples on a grid and the methods that smooth them: dense sums, exact linear systems, laws of scale and shift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.errors import InputError, LimitError
from citybrain.estimate.asm import Asm, Kernel, adaptive_smoothing, kernel_mean, kernel_sums, kernel_values, lags
from citybrain.estimate.corridor import CELLS_MAX, SPEED_MAX_MPS, Gathered, Grid, Samples, gather
from citybrain.estimate.held_out import (
    BAND_S,
    GUARD_S,
    IMPORTANCE_MAX,
    SLOWEST_MPS,
    cover,
    entry_times_s,
    folds,
    importance,
)
from citybrain.estimate.kriging import TOLERANCE, Kriging, Noise, Term
from citybrain.estimate.stacking import KNOT_QUANTILES, Stack, error_curve, fit, plain_mean

SMALL = Grid(cell_m=20.0, step_s=5.0, n_space=7, n_time=9, begin_m=100.0, begin_s=50.0)


def some(grid: Grid, n: int, seed: int = 0) -> Gathered:
    rng = np.random.default_rng(seed)
    where = grid.begin_m + rng.uniform(0, grid.n_space * grid.cell_m, n)
    when = grid.begin_s + rng.uniform(0, grid.n_time * grid.step_s, n)
    return gather(grid, Samples(where, when, rng.uniform(2, 18, n), rng.uniform(0.5, 2.0, n)))


def test_gathering_is_a_mean_by_weight_in_each_cell() -> None:
    rng = np.random.default_rng(1)
    n = 400
    where, when = rng.uniform(60, 280, n), rng.uniform(30, 120, n)
    speed, weight = rng.uniform(0, 20, n), rng.choice([0.0, 0.5, 1.0, 3.0], n)
    seen = gather(SMALL, Samples(where, when, speed, weight))
    for i in range(SMALL.n_space):
        for j in range(SMALL.n_time):
            here = (where >= 100 + 20 * i) & (where < 120 + 20 * i) & (when >= 50 + 5 * j) & (when < 55 + 5 * j)
            total = weight[here].sum()
            assert seen.weight[i, j] == pytest.approx(total)
            assert seen.speed_mps[i, j] == pytest.approx((weight * speed)[here].sum() / total if total else 0.0)
    assert seen.mean_mps() == pytest.approx(np.average(seen.speed_mps, weights=seen.weight))


@pytest.mark.parametrize(
    ("position_m", "time_s", "inside"),
    [
        (100.0, 50.0, True),
        (239.99, 94.99, True),
        (240.0, 60.0, False),
        (99.99, 60.0, False),
        (150.0, 95.0, False),
        (150.0, 49.99, False),
        (np.nan, 60.0, False),
        (np.inf, 60.0, False),
    ],
)
def test_the_edges_of_the_grid(position_m: float, time_s: float, inside: bool) -> None:
    one = np.ones(1)
    assert gather(SMALL, Samples(position_m * one, time_s * one, 5 * one, one)).weight.sum() == float(inside)


def test_speeds_up_to_the_limit_are_taken_and_nan_is_left_out() -> None:
    one = np.ones(1)
    at = (150.0 * one, 60.0 * one)
    assert gather(SMALL, Samples(*at, SPEED_MAX_MPS * one, one)).mean_mps() == SPEED_MAX_MPS
    assert not gather(SMALL, Samples(*at, np.nan * one, one)).seen.any()
    with pytest.raises(InputError, match=r"speed_mps\[0\] = 100.1; expected 0 to 100 m/s, or nan"):
        gather(SMALL, Samples(*at, (SPEED_MAX_MPS + 0.1) * one, one))
    with pytest.raises(InputError, match="weight below 0 or nan"):
        gather(SMALL, Samples(*at, one, np.nan * one))


@pytest.mark.parametrize("name", ["cell_m", "step_s", "n_space", "n_time"])
@pytest.mark.parametrize("wrong", [0, -1, float("nan")])
def test_a_grid_has_a_size(name: str, wrong: float) -> None:
    with pytest.raises(InputError, match=f"grid: {name} = {wrong}; expected a number above 0"):
        Grid(**{"cell_m": 1.0, "step_s": 1.0, "n_space": 3, "n_time": 3, name: wrong})  # type: ignore[arg-type]


def test_a_grid_of_exactly_as_many_cells_as_allowed() -> None:
    assert Grid(1.0, 1.0, 2000, CELLS_MAX // 2000).shape == (2000, 2000)
    with pytest.raises(LimitError, match=f"2000 x 2001 cells exceed {CELLS_MAX}; use larger cells"):
        Grid(1.0, 1.0, 2000, CELLS_MAX // 2000 + 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 50))
def test_drawing_cells_together_keeps_weight_and_mean(by_space: int, by_time: int, seed: int) -> None:
    fine = some(SMALL, 40, seed)
    coarse = fine.coarser(by_space, by_time)
    assert coarse.grid.shape == (-(-SMALL.n_space // by_space), -(-SMALL.n_time // by_time))
    assert coarse.weight.sum() == pytest.approx(fine.weight.sum())
    assert coarse.mean_mps() == pytest.approx(fine.mean_mps())
    assert coarse.grid.cell_m == SMALL.cell_m * by_space
    lows, highs = fine.speed_mps[fine.seen].min(), fine.speed_mps[fine.seen].max()
    assert (coarse.speed_mps[coarse.seen] >= lows - 1e-9).all()
    assert (coarse.speed_mps[coarse.seen] <= highs + 1e-9).all()


KERNELS = [Kernel(60.0, 12.0), Kernel(60.0, 12.0, -5.0), Kernel(200.0, 10.0, 20.0)]


@pytest.mark.parametrize("kernel", KERNELS)
def test_sums_by_fourier_are_those_written_out(kernel: Kernel) -> None:
    seen = some(SMALL, 15)
    _, weight = kernel_sums(seen, kernel)
    for i in range(SMALL.n_space):
        for j in range(SMALL.n_time):
            x = (i - np.arange(SMALL.n_space))[:, None] * SMALL.cell_m
            t = (j - np.arange(SMALL.n_time))[None, :] * SMALL.step_s
            here = np.exp(-np.abs(x) / kernel.length_m - np.abs(t - x / kernel.wave_mps) / kernel.duration_s)
            assert weight[i, j] == pytest.approx((here * seen.weight).sum(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_mean_lies_between_what_was_seen_and_shifts_with_it(kernel: Kernel) -> None:
    seen = some(SMALL, 15)
    field = kernel_mean(seen, kernel)
    assert field.min() >= seen.speed_mps[seen.seen].min() - 1e-9
    assert field.max() <= seen.speed_mps[seen.seen].max() + 1e-9
    faster = Gathered(SMALL, seen.weight, np.where(seen.seen, seen.speed_mps + 3.0, 0.0))
    np.testing.assert_allclose(kernel_mean(faster, kernel), field + 3.0, atol=1e-9)


def test_turning_the_corridor_round_turns_the_wave_round() -> None:
    """Space mirrored and the wave's sign with it: the mirrored field."""
    seen = some(SMALL, 15)
    turned = Gathered(SMALL, seen.weight[::-1], seen.speed_mps[::-1])
    there, back = Kernel(60.0, 12.0, -5.0), Kernel(60.0, 12.0, 5.0)
    np.testing.assert_allclose(kernel_mean(turned, back), kernel_mean(seen, there)[::-1], atol=1e-9)


def test_the_mix_of_waves_is_the_paper_s() -> None:
    seen, asm = some(SMALL, 25), Asm()
    congested, free = (
        kernel_mean(seen, Kernel(asm.length_m, asm.duration_s, v)) for v in (asm.congested_mps, asm.free_mps)
    )
    share = 0.5 * (1.0 + np.tanh((asm.threshold_mps - np.minimum(congested, free)) / asm.width_mps))
    field = adaptive_smoothing(seen, asm)
    np.testing.assert_allclose(field, share * congested + (1.0 - share) * free, atol=1e-12)
    jam = Asm(threshold_mps=1e3)
    np.testing.assert_allclose(adaptive_smoothing(seen, jam), congested, atol=1e-9)


def test_lags_begin_at_zero_and_go_both_ways() -> None:
    x, t = lags(SMALL, (4, 5))
    assert x[:, 0].tolist() == [0.0, 20.0, -40.0, -20.0]
    assert t[0].tolist() == [0.0, 5.0, 10.0, -10.0, -5.0]
    assert kernel_values(KERNELS[1], x, t)[0, 0] == 1.0


TERMS = (Term(0.7, 80.0, 20.0, -5.0), Term(0.3, 300.0, 60.0))


def covariance(grid: Grid, terms: tuple[Term, ...]) -> np.ndarray:
    """Dense, [n_cells, n_cells]."""
    i, j = (index.ravel() for index in np.indices(grid.shape))
    x, t = (i[:, None] - i) * grid.cell_m, (j[:, None] - j) * grid.step_s
    return sum(
        term.share * np.exp(-np.hypot(x / term.length_m, (t - x / term.wave_mps) / term.duration_s)) for term in terms
    )


@pytest.mark.parametrize("n", [1, 6, 30])
def test_kriging_solves_the_dense_system(n: int) -> None:
    noise, seen = Noise(0.2, 0.05), some(SMALL, n)
    long = Grid(SMALL.cell_m, SMALL.step_s, *SMALL.shape)
    field, weights = Kriging(long, TERMS, noise).solve(Gathered(long, seen.weight, seen.speed_mps))
    at = np.flatnonzero(seen.seen)
    full = covariance(long, TERMS)
    error = np.diag(noise.own_share / seen.weight.ravel()[at] + noise.shared_share)
    departure = seen.speed_mps.ravel()[at] - seen.mean_mps()
    exact = seen.mean_mps() + full[:, at] @ np.linalg.solve(full[np.ix_(at, at)] + error, departure)
    np.testing.assert_allclose(field.ravel(), exact, atol=0.25 + 5 * TOLERANCE * np.abs(departure).max())
    assert (weights[~seen.seen] == 0.0).all()


def test_the_product_with_a_covariance_is_that_of_the_dense_matrix() -> None:
    """Up to what the cut-off end of a covariance that is as long as the grid costs: 0.1 of values that reach 3."""
    weights = np.random.default_rng(3).normal(size=SMALL.shape).astype(np.float32)
    spread = Kriging(SMALL, TERMS, Noise(0.1, 0.0)).spread(weights)
    exact = (covariance(SMALL, TERMS) @ weights.ravel()).reshape(SMALL.shape)
    np.testing.assert_allclose(spread, exact, atol=0.1)


def test_a_start_near_the_solution_gives_the_same_field() -> None:
    seen, kriging = some(SMALL, 30), Kriging(SMALL, TERMS, Noise(0.2, 0.05))
    field, weights = kriging.solve(seen)
    again, _ = kriging.solve(seen, weights)
    np.testing.assert_allclose(again, field, atol=1e-4)


def test_without_noise_what_was_seen_comes_back() -> None:
    seen = some(SMALL, 8)
    field, _ = Kriging(SMALL, (Term(1.0, 40.0, 8.0),), Noise(1e-4, 0.0)).solve(seen)
    np.testing.assert_allclose(field[seen.seen], seen.speed_mps[seen.seen], atol=0.4)


@pytest.mark.parametrize("speed", [2.0, 10.0, 40.0])
def test_entry_times_of_a_constant_speed(speed: float) -> None:
    """Row i was entered i cells of driving earlier."""
    entered = entry_times_s(np.full((6, 30), speed), 20.0, 5.0)
    wanted = (np.arange(30) + 0.5) * 5.0 - np.arange(6)[:, None] * 20.0 / speed
    np.testing.assert_allclose(entered, wanted, atol=1e-9)


def test_who_stands_is_thought_to_creep() -> None:
    still = entry_times_s(np.zeros((3, 10)), 20.0, 5.0)
    np.testing.assert_allclose(still, entry_times_s(np.full((3, 10), SLOWEST_MPS), 20.0, 5.0))


def test_a_fold_hides_bands_and_leaves_a_guard_beside_them() -> None:
    grid = Grid(10.0, 1.0, 1, 240)
    seen = Gathered(grid, np.ones(grid.shape), np.full(grid.shape, 9.0))
    (part,) = folds(seen, np.full(grid.shape, 10.0), 1)
    assert part.hidden.sum() == 4 * BAND_S
    assert part.kept.seen.sum() == 240 - 4 * (BAND_S + 2 * GUARD_S)
    none = Gathered(grid, np.zeros(grid.shape), np.zeros(grid.shape))
    assert folds(none, np.full(grid.shape, 10.0), 2) == []


def test_cover_asks_where_and_not_how_fast_nor_how_much() -> None:
    seen = some(SMALL, 12)
    other = Gathered(SMALL, 7.0 * seen.weight, seen.speed_mps / 3.0)
    np.testing.assert_allclose(cover(other), cover(seen))
    assert cover(seen)[seen.seen].min() >= 1.0 - 1e-9


def test_importance_of_equal_spreads_is_one_and_is_bounded() -> None:
    same = np.random.default_rng(4).uniform(size=1200)
    np.testing.assert_allclose(importance(same, same), 1.0)
    weights = importance(np.concatenate([same, [5.0]]), np.full(3000, 5.0))
    assert weights.max() <= IMPORTANCE_MAX


def test_a_plain_stack_is_the_mean() -> None:
    each = np.random.default_rng(5).uniform(0, 20, (50, 3))
    np.testing.assert_allclose(plain_mean(3)(each), each.mean(axis=1))


def test_smoothers_that_agree_or_are_right_need_no_weights() -> None:
    right = np.random.default_rng(6).uniform(2, 20, 300)
    agree = fit(np.stack([right + 1.0, right + 1.0], axis=1), right, np.ones(300))
    np.testing.assert_allclose(agree(np.full((2, 2), 5.0)), 5.0)
    mean_is_right = fit(np.stack([right + 1.0, right - 1.0], axis=1), right, np.ones(300))
    np.testing.assert_allclose(mean_is_right.weights, 0.0, atol=1e-9)


def test_equal_smoothers_get_equal_weights_whichever_comes_first() -> None:
    rng = np.random.default_rng(7)
    right = rng.uniform(2, 20, 500)
    each = right[:, None] + rng.normal(0, [0.5, 2.0, 2.0], (500, 3))
    order = [2, 0, 1]
    one, other = fit(each, right, np.ones(500)), fit(each[:, order], right, np.ones(500))
    np.testing.assert_allclose(other(each[:, order]), one(each), atol=1e-9)
    k = len(KNOT_QUANTILES)
    assert one.weights[:k].mean() > one.weights[k:].max()
    assert isinstance(one, Stack)


def test_weights_of_rows_are_numbers_of_rows() -> None:
    rng = np.random.default_rng(8)
    right = rng.uniform(2, 20, 60)
    each = right[:, None] + rng.normal(0, [0.5, 2.0], (60, 2))
    twice = fit(np.repeat(each, 2, axis=0), np.repeat(right, 2), np.ones(120))
    heavy = fit(each, right, np.full(60, 2.0))
    np.testing.assert_allclose(heavy(each), twice(each), atol=0.15)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=40), st.integers(0, 99))
def test_the_curve_of_errors_never_rises_and_keeps_the_mean(errors: list[float], seed: int) -> None:
    """Pooling moves no square: bins of equal size keep their sum."""
    n = len(errors) * 10
    covered = np.random.default_rng(seed).permutation(n).astype(float)
    every = np.repeat(errors, 10)
    curve = error_curve(covered, every)
    assert (np.diff(curve.variance_m2ps2) <= 1e-9).all()
    assert (np.diff(curve.cover) > 0).all()
    assert curve.variance_m2ps2.mean() == pytest.approx((every**2).mean(), rel=1e-9)
    assert curve(np.array([-1.0, 2.0 * n])) == pytest.approx(curve.variance_m2ps2[[0, -1]])
