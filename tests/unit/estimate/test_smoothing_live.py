"""The newest column of corridors, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.errors import InputError, LimitError
from citybrain.estimate.smoothing_live import LiveOptions, advance, start

NONE = (np.zeros(0, np.int64), np.zeros(0))
OPTIONS = LiveOptions(cell_m=25.0, step_s=5.0, congested_mps=-5.0, free_mps=15.0)


def samples(seed: int, n_cells: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, n_cells, n), rng.uniform(2, 16, n)


def test_nothing_seen_is_nan_until_it_is() -> None:
    state, column = advance(start(np.array([10, 20])), *NONE, OPTIONS)
    assert np.isnan(column.speed_mps).all()
    state, column = advance(state, np.array([3]), np.array([8.0]), OPTIONS)
    np.testing.assert_allclose(column.speed_mps[:10], 8.0)
    assert np.isnan(column.speed_mps[10:]).all()


def test_a_constant_speed_stays() -> None:
    state = start(np.array([40]))
    for seed in range(30):
        cell, _ = samples(seed, 40, 4)
        state, column = advance(state, cell, np.full(cell.size, 9.0), OPTIONS)
    np.testing.assert_allclose(column.speed_mps, 9.0, rtol=1e-9)
    np.testing.assert_allclose(column.variance_m2ps2, 0.0, atol=1e-9)


def test_the_recursion_is_the_sum_over_the_past() -> None:
    """With waves of whole cells a step the sums are exactly those of the kernel, written out."""
    options = LiveOptions(cell_m=25.0, step_s=5.0, congested_mps=-5.0, free_mps=10.0)
    state, steps, n = start(np.array([60])), 8, 60
    wanted = np.zeros((2, n))
    for step in range(steps):
        cell, speed = samples(step, 20, 5)
        cell = cell + 20  # in the middle: what leaves a corridor is gone
        state, _ = advance(state, cell, speed, options)
        age_s = (steps - 1 - step) * options.step_s
        for k, wave_mps in enumerate((options.congested_mps, options.free_mps)):
            gap_m = np.abs((np.arange(n)[:, None] - cell) * options.cell_m - wave_mps * age_s)
            kernel = np.exp(-gap_m / options.length_m - age_s / options.duration_s)
            wanted[k] += (kernel * speed).sum(axis=1)
    inner = slice(25, 40)  # far from both ends: a sum that was carried over the end does not come back
    for k in range(2):
        np.testing.assert_allclose(state.sums[k, 1, inner], wanted[k, inner], rtol=0.02)


def test_a_wave_is_followed_upstream() -> None:
    """A jam seen once is looked for upstream later on, not where it was."""
    state = start(np.array([80]))
    cells = np.arange(80)
    jam = (cells >= 60) & (cells < 66)
    state, _ = advance(state, cells, np.where(jam, 1.0, 10.0), OPTIONS)
    for _ in range(5):
        state, column = advance(state, *NONE, OPTIONS)
    assert int(np.argmin(column.speed_mps)) == pytest.approx(62.5 - 5 * 5.0 * 5.0 / 25.0, abs=1.5)


def test_variance_falls_with_what_is_seen_and_grows_with_time() -> None:
    state, seen = start(np.array([40])), []
    for seed in range(20):
        state, column = advance(state, *samples(seed, 40, 8), OPTIONS)
        seen.append(float(column.variance_m2ps2.mean()))
    for _ in range(20):
        state, column = advance(state, *NONE, OPTIONS)
    assert float(column.variance_m2ps2.mean()) > 3 * seen[-1]


def test_order_does_not_matter_and_the_given_state_stays() -> None:
    before = start(np.array([30, 30]))
    cell, speed = samples(1, 60, 50)
    kept = before.sums.copy()
    order = np.random.default_rng(2).permutation(50)
    _, one = advance(before, cell, speed, OPTIONS)
    _, other = advance(before, cell[order], speed[order], OPTIONS)
    np.testing.assert_array_equal(one.speed_mps, other.speed_mps)
    np.testing.assert_array_equal(before.sums, kept)


def test_corridors_do_not_touch_each_other() -> None:
    cell, speed = samples(3, 30, 40)
    both, alone = start(np.array([30, 30])), start(np.array([30]))
    for _ in range(6):
        both, wide = advance(both, cell, speed, OPTIONS)
        alone, narrow = advance(alone, cell, speed, OPTIONS)
    np.testing.assert_allclose(wide.speed_mps[:30], narrow.speed_mps)
    assert np.isnan(wide.speed_mps[30:]).all()


def test_what_makes_no_sense_is_refused() -> None:
    state = start(np.array([5]))
    with pytest.raises(InputError, match="outside of the 5 cells"):
        advance(state, np.array([5]), np.array([1.0]), OPTIONS)
    with pytest.raises(InputError, match="below 0 or nan"):
        advance(state, np.array([1]), np.array([np.nan]), OPTIONS)
    with pytest.raises(InputError, match="without cells"):
        start(np.array([5, 0]))
    with pytest.raises(LimitError, match="exceed"):
        start(np.array([5_000_000]))
