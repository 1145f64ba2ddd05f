"""Leases and plans: whoever decides, no colour ever changes in a way that the street forbids."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _crossroads import Layout, crossroads
from _leases import check_streets, flows, lease, plan_colours
from _towns import town

from citybrain.city.model import Colour
from citybrain.errors import InputError
from citybrain.guard.desk import SignalDesk
from citybrain.guard.limits import Limits
from citybrain.records.command import Commands

U8 = NDArray[np.uint8]
LONG = Limits(lease_max_s=600.0)
CITIES = {
    "crossroads": lambda: crossroads(Layout(n=3)),
    "short plan": lambda: crossroads(Layout(n=2, greens_s=(7.0, 6.0, 5.0, 5.0), yellow_s=4.0, all_red_s=1.0)),
    "long minimum": lambda: crossroads(Layout(n=2, greens_s=(30.0, 8.0, 8.0, 8.0), min_green_s=12.0)),
    "town": lambda: town()[0],
}


def play(desk: SignalDesk, begin_s: int, end_s: int) -> U8:
    """Colours [seconds, groups]."""
    rows = []
    for second in range(begin_s, end_s):
        rows.append(desk.colours(float(second)))
        desk.see(rows[-1])
    return np.array(rows)


@pytest.mark.parametrize("name", list(CITIES))
@pytest.mark.parametrize("seed", range(4))
def test_no_lease_ever_makes_an_illegal_change(name: str, seed: int) -> None:
    city, rng = CITIES[name](), np.random.default_rng(seed)
    desk, rows = SignalDesk(city), []
    for second in range(900):
        if rng.random() < (0.3, 0.05, 0.02, 0.1)[seed]:
            signal = int(rng.integers(desk.table.n_signals))
            stage = int(rng.integers(max(desk.table.n_stages[signal], 1)))
            desk.apply(lease(signal, stage, second + float(rng.choice([1.0, 4.0, 10.0, 60.0]))))
        rows.append(play(desk, second, second + 1)[0])
    check_streets(city, np.array(rows))


@pytest.mark.parametrize("name", list(CITIES))
def test_without_leases_the_plans_play(name: str) -> None:
    city = CITIES[name]()
    assert np.array_equal(play(SignalDesk(city), 0, 400), plan_colours(city, 0, 400))


@pytest.mark.parametrize("stage", range(4))
@pytest.mark.parametrize("second", [40, 63, 91])
def test_a_lease_is_served_and_its_end_leads_back_to_the_plan(stage: int, second: int) -> None:
    city = crossroads()
    desk = SignalDesk(city)
    play(desk, 0, second)
    desk.apply(lease(0, stage, second + 60.0))
    leased = play(desk, second, second + 60)
    wished = desk.table.colours[desk.table.colour_offset[stage] : desk.table.colour_offset[stage + 1]]
    assert (leased[15:] == wished).all(), "5 s of change of the plan, 5 s of least green, 5 s of change"
    back = play(desk, second + 60, second + 400)
    same = (back == plan_colours(city, second + 60, second + 400)).all(axis=1)
    assert same[2 * 90 :].all(), "the plan again, to the second, within two of its cycles"
    assert not desk.steered.any()


def test_a_lease_holds_a_stage_that_is_shown_without_a_break() -> None:
    city = crossroads()
    desk = SignalDesk(city, LONG)
    before = play(desk, 0, 20)
    desk.apply(lease(0, 0, 120.0))
    assert (play(desk, 20, 120) == before[-1]).all()


def test_a_lease_ends_by_itself_and_a_renewed_one_does_not() -> None:
    city = crossroads()
    given, renewed = SignalDesk(city, LONG), SignalDesk(city, LONG)
    for desk in (given, renewed):
        play(desk, 0, 20)
        desk.apply(lease(0, 0, 30.0))
        play(desk, 20, 25)
    renewed.apply(lease(0, 0, 90.0))
    assert (play(renewed, 25, 90) == renewed.colours(90.0)).all()
    assert np.array_equal(play(given, 25, 90), plan_colours(city, 25, 90))


@pytest.mark.parametrize("second", [41, 47, 52, 58, 66])
def test_a_latched_signal_clears_the_junction_and_plays_its_plan(second: int) -> None:
    city = crossroads(Layout(n=2))
    desk = SignalDesk(city, LONG)
    play(desk, 0, 20)
    desk.apply(lease(0, 2, 500.0))
    desk.apply(lease(1, 2, 500.0))
    play(desk, 20, second)
    desk.latch(np.array([0]))
    desk.apply(lease(0, 1, 500.0))
    shown = play(desk, second, second + 400)
    own, other = city.groups.signal == 0, city.groups.signal == 1
    change = 0
    while not flows(shown[change, own]).any():
        change += 1
    assert change >= 5, "yellow, then all-red"
    assert (shown[3:change, own] == Colour.RED).all()
    assert np.array_equal(shown[change:, own], plan_colours(city, second + change, second + 400)[:, own])
    assert change <= 5 + 90, "with the next stage of the plan"
    assert not np.array_equal(shown[100:, other], plan_colours(city, second + 100, second + 400)[:, other])
    assert not desk.leased(second + 400.0)[0]
    desk.follow(np.zeros(0, np.int64))
    desk.apply(lease(0, 1, second + 450.0))
    assert desk.leased(second + 400.0)[0]


def test_a_latched_signal_that_its_plan_plays_goes_on_without_a_break() -> None:
    city = crossroads()
    desk = SignalDesk(city)
    before = play(desk, 0, 50)
    desk.latch(np.array([0]))
    assert np.array_equal(np.concatenate([before, play(desk, 50, 300)]), plan_colours(city, 0, 300))


def test_a_lease_never_lasts_longer_than_the_longest_whatever_it_says() -> None:
    desk = SignalDesk(crossroads())
    play(desk, 0, 20)
    desk.apply(lease(0, 0, 1e12))
    play(desk, 20, 80)
    assert desk.leased(79.0)[0]
    assert not desk.leased(80.0)[0]


def test_signals_are_leased_one_by_one() -> None:
    city = crossroads(Layout(n=3))
    desk = SignalDesk(city, LONG)
    play(desk, 0, 10)
    desk.apply(lease(1, 2, 300.0))
    shown, plan = play(desk, 10, 200), plan_colours(city, 10, 200)
    other = city.groups.signal != 1
    assert np.array_equal(shown[:, other], plan[:, other])
    assert not np.array_equal(shown[:, ~other], plan[:, ~other])
    assert desk.steered.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("row", "words"),
    [((7, 0, 9.0), "signal 7"), ((-1, 0, 9.0), "signal -1"), ((0, 4, 9.0), "stage 4"), ((0, 0, np.inf), "finite")],
)
def test_a_command_that_names_nothing_is_refused(row: tuple[int, int, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        SignalDesk(crossroads()).apply(lease(*row))


def test_commands_of_unequal_columns_are_refused() -> None:
    with pytest.raises(InputError, match="equally many"):
        SignalDesk(crossroads()).apply(Commands(np.zeros(2, np.int32), np.zeros(1, np.int32), np.zeros(2)))


def longest(same: NDArray[np.bool_]) -> int:
    """Longest run of True."""
    return max((len(list(run)) for key, run in groupby(same.tolist()) if key), default=0)


@pytest.mark.parametrize("end", range(60, 140, 7))
def test_no_stage_is_shown_for_too_long_on_the_way_back_either(end: int) -> None:
    city = crossroads()
    desk = SignalDesk(city, Limits(green_max_s=110, lease_max_s=600.0))
    play(desk, 0, 5)
    desk.apply(lease(0, 0, float(end)))
    shown = play(desk, 5, 400)
    assert longest((shown == shown[0]).all(axis=1)) + 5 <= 110


@pytest.mark.parametrize("end", range(150, 240, 6))
def test_who_has_waited_long_is_served_before_the_plan_goes_on(end: int) -> None:
    city = crossroads()  # of 90 s: nobody is red for more than 80 s by it, so twice that is allowed
    desk = SignalDesk(city, Limits(red_max_s=160, lease_max_s=600.0))
    rows = [play(desk, 0, 77)]
    for second in range(77, 500):
        if second < end:
            desk.apply(lease(0, second // 10 % 2, float(end)))
        rows.append(play(desk, second, second + 1))
    shown = np.concatenate(rows)
    red = shown < Colour.STOP_THEN_GO
    assert max(longest(red[:, group]) for group in range(shown.shape[1])) <= 160
