"""Sliding sums against a plain list of the last seconds."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.estimate.queues import Second
from citybrain.estimate.window import SLICE_S, Window, add, new_window
from citybrain.records.network_state import WINDOW_S

N_LINKS = 3
NONE = np.zeros(0, np.float32)


def second_of(rows: np.ndarray) -> Second:
    """[4, n_links] exits, travel_s, spent_s, driven_m."""
    return Second(*rows.astype(np.float32), NONE, NONE)


def filled(seconds: int, seed: int = 0) -> tuple[Window, np.ndarray]:
    """The window, and what each second brought [seconds, 4, n_links]."""
    brought = np.random.default_rng(seed).integers(0, 9, (seconds, 4, N_LINKS)).astype(np.float64)
    window = new_window(N_LINKS)
    for rows in brought:
        add(window, second_of(rows))
    return window, brought


@pytest.mark.parametrize("seconds", [0, 1, 9, 10, 11, 299, 300, 301, 310, 1234])
def test_sums_are_those_of_the_last_slices(seconds: int) -> None:
    """Whole slices are forgotten: the sums reach back over the newest slice, full or not, and those before it."""
    window, brought = filled(seconds)
    slices = int(WINDOW_S) // SLICE_S
    newest = max(seconds - 1, 0) // SLICE_S
    first = max(newest - slices + 1, 0) * SLICE_S
    np.testing.assert_array_equal(window.sums, brought[first:].sum(axis=0))
    assert min(seconds - first, WINDOW_S) > WINDOW_S - SLICE_S or seconds < WINDOW_S


def test_a_constant_flow_is_found_at_any_second() -> None:
    window = new_window(N_LINKS)
    for second in range(1, 700):
        add(window, second_of(np.full((4, N_LINKS), 0.5)))
        span = window.sums / 0.5
        assert np.ptp(span) == 0.0
        assert min(second, WINDOW_S - SLICE_S + 1) <= span[0, 0] <= WINDOW_S


def test_what_was_lasts_no_longer_than_the_window() -> None:
    window = new_window(N_LINKS)
    add(window, second_of(np.full((4, N_LINKS), 7.0)))
    seen = 0
    while window.sums.any():
        add(window, second_of(np.zeros((4, N_LINKS))))
        seen += 1
        assert seen <= WINDOW_S
    assert seen == WINDOW_S


def test_a_correction_below_zero_is_summed_like_any_other() -> None:
    """Waits that were believed and were not there are taken back in a later second."""
    window = new_window(1)
    for value in (5.0, -2.0, 1.5):
        add(window, Second(*(np.full(1, value, np.float32) for _ in range(4)), NONE, NONE))
    assert window.sums[:, 0].tolist() == [4.5] * 4
