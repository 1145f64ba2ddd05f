"""Green waves: closed forms of two signals, greens that are never invented, shares free of the sampling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.server.wave import Shown, onto_green, spans

GREEN, RED, UNKNOWN = 6, 0, 255


def cycle(time_s: np.ndarray, cycle_s: float, green_s: float, offset_s: float) -> np.ndarray:
    return np.asarray((time_s - offset_s) % cycle_s < green_s)


TIME_S = np.arange(1000.0, 1300.0)


def test_a_green_wave_that_fits_meets_all_of_the_green() -> None:
    up, down = cycle(TIME_S, 60, 25, 0), cycle(TIME_S, 60, 25, 18)
    assert onto_green(TIME_S, up, [(18.0, down)]) == 1.0


def test_one_that_is_half_a_cycle_off_meets_none() -> None:
    up, down = cycle(TIME_S, 60, 25, 0), cycle(TIME_S, 60, 25, 48)
    assert onto_green(TIME_S, up, [(18.0, down)]) == 0.0


@pytest.mark.parametrize("off_s", [0, 5, 10, 20, 25])
def test_a_shift_costs_as_many_seconds_of_green(off_s: int) -> None:
    """Both 25 s of 100 s: they overlap for 25 - |shift| seconds (the triangle of two equal windows)."""
    time_s = np.arange(0.0, 1000.0)
    up, down = cycle(time_s, 100, 25, 0), cycle(time_s, 100, 25, 30 + off_s)
    assert onto_green(time_s, up, [(30.0, down)]) == pytest.approx((25 - off_s) / 25, abs=1e-9)


def test_different_cycles_meet_by_their_shares() -> None:
    """Without a common cycle it is chance: the share of green of the second one."""
    time_s = np.arange(0.0, 60.0 * 97.0)
    up, down = cycle(time_s, 60, 30, 0), cycle(time_s, 97, 40, 0)
    assert onto_green(time_s, up, [(20.0, down)]) == pytest.approx(40 / 97, abs=0.02)


def test_a_band_is_no_wider_than_its_narrowest_pair() -> None:
    time_s = np.arange(0.0, 1000.0)
    greens = [cycle(time_s, 90, 40, offset) for offset in (0, 30, 55, 100)]
    later = [(float(at), green) for at, green in zip((25.0, 50.0, 80.0), greens[1:], strict=True)]
    whole = onto_green(time_s, greens[0], later)
    assert 0.0 < whole <= min(onto_green(time_s, greens[0], [one]) for one in later)


def test_what_has_not_arrived_yet_does_not_count() -> None:
    """The newest green has not been driven yet: only what could have come over the second line is judged."""
    time_s = np.arange(0.0, 100.0)
    up = (time_s < 20.0) | (time_s >= 80.0)
    down = (time_s >= 30.0) & (time_s < 50.0)
    assert onto_green(time_s, up, [(30.0, down)]) == 1.0


def test_nothing_is_said_of_little() -> None:
    time_s = np.arange(0.0, 100.0)
    assert math.isnan(onto_green(time_s, time_s < 5.0, [(10.0, time_s > 0.0)]))
    assert math.isnan(onto_green(time_s, np.zeros(100, bool), [(10.0, time_s > 0.0)]))
    assert math.isnan(onto_green(np.zeros(0), np.zeros(0, bool), [(10.0, np.zeros(0, bool))]))


# ---- stretches ----


def test_a_stretch_ends_when_the_next_colour_is_told() -> None:
    on = np.array([False, True, True, False, True])
    assert spans(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), on).tolist() == [[1.0, 3.0], [4.0, 5.0]]


def test_a_gap_is_not_green() -> None:
    """Nothing was heard for a minute: the green ends a second after it was last seen, and another one begins."""
    assert spans(np.array([0.0, 1.0, 61.0, 62.0]), np.ones(4, bool)).tolist() == [[0.0, 2.0], [61.0, 63.0]]


@given(st.lists(st.tuples(st.floats(0.5, 8.0), st.booleans()), min_size=1, max_size=60))
def test_stretches_are_in_order_apart_and_as_long_as_what_was_on(steps: list[tuple[float, bool]]) -> None:
    time_s = np.cumsum([step for step, _ in steps])
    on = np.array([one for _, one in steps])
    found = spans(time_s, on)
    assert (found[:, 0] < found[:, 1]).all()
    assert (found[1:, 0] >= found[:-1, 1] - 1e-9).all()
    gap_s = np.append(np.diff(time_s), 1.0)
    held_s = np.where(gap_s <= 3.0, gap_s, 1.0)
    assert (found[:, 1] - found[:, 0]).sum() == pytest.approx(held_s[on].sum())


def test_what_is_green() -> None:
    colours = np.array([[RED, RED], [1, 2], [3, 4], [5, RED], [RED, GREEN], [UNKNOWN, UNKNOWN]], np.uint8)
    shown = Shown(np.arange(6.0), colours)
    assert shown.green((0, 1)).tolist() == [False, False, False, True, True, False]
    assert shown.green((0,)).tolist() == [False, False, False, True, False, False]
