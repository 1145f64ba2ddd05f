"""Delay and queue of approaches, minute by minute: Little's law, no more than is kept, nothing made of too little."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "control"))
from _crossroads import Layout, crossroads

from citybrain.hub.approach_tally import KEPT, WARM_S, ApproachTally, Minutes, Side, side_of, verdict

CITY = crossroads(Layout(n=2))
N_LINKS, N_LANES = len(CITY.links.link_id), CITY.lanes.link.size
INTO_FIRST = np.array([name.startswith("J0") and name.endswith("in") for name in CITY.links.link_id])
FREE_S = CITY.links.length_m / CITY.links.speed_mps


def watched(seconds: int, count: float, flow_vps: float, queue: float = 2.0, step_s: int = 1) -> ApproachTally:
    tally = ApproachTally(CITY)
    for second in range(-int(WARM_S), seconds, step_s):
        tally.look(
            float(second),
            np.where(INTO_FIRST, count, 1000.0),
            np.where(INTO_FIRST, flow_vps, 0.0),
            np.full(N_LANES, queue),
        )
    return tally


@pytest.mark.parametrize("step_s", [1, 10])
def test_the_delay_is_that_of_littles_law(step_s: int) -> None:
    flow_vps, delay_s = 0.2, 30.0
    count = flow_vps * (float(FREE_S[INTO_FIRST][0]) + delay_s)
    minutes = watched(400, count, flow_vps, step_s=step_s).minutes(0)
    assert minutes.begin_s.tolist() == [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]
    side = side_of(minutes)
    assert side.delay_s == pytest.approx(delay_s)
    assert (side.delay_low_s, side.delay_high_s) == (pytest.approx(delay_s), pytest.approx(delay_s))
    assert side.queue == pytest.approx(4 * 3 * 2.0), "the lanes of its four approaches, and no others"
    assert side.flow_vph == pytest.approx(4 * flow_vps * 3600.0)


def test_nobody_waits_less_than_not_at_all() -> None:
    assert side_of(watched(400, 0.5, 0.2).minutes(0)).delay_s == 0.0


def test_what_is_kept_does_not_grow_and_gaps_are_no_minutes() -> None:
    tally = watched((KEPT + 40) * 60, 5.0, 0.2, step_s=10)
    assert tally.minutes(0).begin_s.size == KEPT
    gone = ApproachTally(CITY)
    columns = (np.full(N_LINKS, 5.0), np.full(N_LINKS, 0.2), np.zeros(N_LANES))
    for second in (*range(-300, 130), *range(200, 600)):
        gone.look(float(second), *columns)
    assert gone.minutes(0).begin_s.tolist() == [0.0, 60.0, 480.0], (
        "and after one the flows must be those of the streets"
    )
    for second in (550.0, 100.0):  # time that stands or goes back
        gone.look(second, *columns)


def test_what_is_not_known_counts_nothing() -> None:
    tally = ApproachTally(CITY)
    for second in range(500):
        tally.look(float(second), np.full(N_LINKS, np.nan), np.full(N_LINKS, np.nan), np.full(N_LANES, np.nan))
    assert tally.minutes(0).begin_s.size == 0
    side = side_of(tally.minutes(0))
    assert (side.minutes, math.isnan(side.delay_s), math.isnan(side.queue)) == (0, True, True)


def test_a_window_holds_whole_minutes_only() -> None:
    minutes = watched(600, 5.0, 0.2).minutes(0)
    assert minutes.between(61.0, 240.0).begin_s.tolist() == [120.0, 180.0]
    assert minutes.between(60.0, 239.0).begin_s.tolist() == [60.0, 120.0]


def test_the_band_covers_the_mean_of_noise_as_often_as_it_says() -> None:
    chance, inside = np.random.default_rng(1), 0
    for _ in range(400):
        waiting = 10.0 + chance.standard_normal(15)
        side = side_of(Minutes(np.arange(15) * 60.0, waiting, waiting, np.full(15, 0.5)))
        inside += side.queue_low <= 10.0 <= side.queue_high
    assert 0.82 <= inside / 400 <= 0.97


def test_minutes_that_resemble_each_other_say_less() -> None:
    wave = np.sin(np.arange(15) / 3.0)
    mixed = wave[np.random.default_rng(0).permutation(15)]
    wide, narrow = (side_of(Minutes(np.arange(15) * 60.0, row, row + 5.0, np.ones(15))) for row in (wave, mixed))
    assert wide.queue_high - wide.queue_low > 1.5 * (narrow.queue_high - narrow.queue_low)


def test_a_trend_is_no_chance() -> None:
    noise = np.random.default_rng(2).standard_normal(15)
    flat, rising = (
        side_of(Minutes(np.arange(15) * 60.0, row, row, np.ones(15)))
        for row in (50.0 + noise, 50.0 + noise + np.arange(15))
    )
    assert rising.queue == pytest.approx(flat.queue + 7.0)
    assert rising.queue_high - rising.queue == pytest.approx(flat.queue_high - flat.queue)


def side(delay_s: float, band_s: float, minutes: int = 15) -> Side:
    return Side(minutes, delay_s, delay_s - band_s, delay_s + band_s, 1.0, 0.5, 1.5, 800.0)


def test_what_may_be_said_of_two_windows() -> None:
    assert verdict(side(30.0, 3.0), side(20.0, 3.0)) == "better"
    assert verdict(side(20.0, 3.0), side(30.0, 3.0)) == "worse"
    assert verdict(side(30.0, 8.0), side(22.0, 8.0)) == "same"
    assert verdict(side(30.0, 1.0, minutes=2), side(20.0, 1.0)) == "early"
    assert verdict(side(30.0, 1.0), side(math.nan, math.nan, minutes=9)) == "early"
