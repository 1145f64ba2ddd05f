"""The rules on a crossroads: each bound is kept to the second, and each says what it did."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _crossroads import Layout, crossroads

from citybrain.city.model import I32, U8, Colour
from citybrain.guard.desk import DeskTables
from citybrain.guard.limits import Limits
from citybrain.guard.rules import KEEP, RETURNS_MAX, Why, displayed, laws_of, new_state, step, watch


class Street:
    """One crossroads under the rules, wished at second by second."""

    def __init__(self, layout: Layout | None = None, limits: Limits | None = None, **changes: Any) -> None:
        self.tables = DeskTables.of(crossroads(layout or Layout()), limits or Limits())
        own = replace(self.tables.limits, **changes)
        self.laws, self.state = laws_of(self.tables.table, own), new_state(self.tables.table, own)
        self.yes = np.ones(self.tables.table.n_signals, np.bool_)
        self.shown: U8 = displayed(self.laws, self.state)

    def go(self, wish: int, seconds: int, *, returning: bool = False) -> list[tuple[int, int]]:
        """(stage shown or -1 while changing, why) of each second."""
        found = []
        for _ in range(seconds):
            wishes: I32 = np.full(self.yes.size, wish, np.int32)
            why = step(self.laws, self.state, wishes, self.yes, self.yes & returning)
            now = displayed(self.laws, self.state)
            watch(self.laws, self.state, now, self.shown)
            self.shown = now
            found.append((int(self.state.stage[0]) if self.state.mode[0] == 0 else -1, int(why[0])))
        return found


def test_a_wish_waits_for_the_minimum_green_and_then_takes_yellow_and_all_red() -> None:
    street = Street()  # green 5, yellow 3, all-red 2
    street.go(KEEP, 3)
    found = street.go(1, 9)
    assert [stage for stage, _ in found] == [0, 0, -1, -1, -1, -1, -1, 1, 1]
    assert [why for _, why in found[:3]] == [Why.MIN_GREEN, Why.MIN_GREEN, Why.SERVED]
    assert all(why == Why.CHANGING for _, why in found[3:8])


def test_floors_count_where_the_signal_says_less() -> None:
    street = Street(Layout(min_green_s=1.0, yellow_s=1.0))
    assert [stage for stage, _ in street.go(2, 11)] == [0] * 5 + [-1] * 5 + [2]


@pytest.mark.parametrize("wish", [-7, 4, 2**30])
def test_a_stage_that_is_none_keeps_what_is_shown(wish: int) -> None:
    street = Street()
    assert street.go(wish, 30) == [(0, Why.NO_STAGE)] * 30


def test_a_closed_stage_is_never_entered() -> None:
    street = Street(stage_open=np.array([True, False, True, True]))
    assert {stage for stage, _ in street.go(1, 170)} == {0}
    assert 1 not in {stage for k in range(60) for stage, _ in street.go(k % 4, 20)}


def test_the_longest_green_is_kept_to_the_second_and_the_longest_waiting_go_next() -> None:
    street = Street(limits=Limits(green_max_s=60))
    street.go(3, 20)
    street.go(1, 20)
    found = [stage for stage, _ in street.go(2, 100)]
    first = found.index(2)
    assert found[first : first + 60] == [2] * 60
    assert found[first + 60] == -1
    assert found[first + 65] == 0, "it was there at the beginning, and not since"


def test_nobody_waits_longer_than_is_tolerable_whatever_is_wished() -> None:
    street = Street(limits=Limits(red_max_s=150))
    turns = np.flatnonzero(street.tables.limits.serving >= 0)
    worst = 0
    for second in range(2000):
        street.go(second // 9 % 2, 1)
        worst = max(worst, int(street.state.red_s[turns].max()))
    assert street.tables.limits.red_due_s[turns].max() * 2 > 150
    assert 100 < worst <= 150


def test_changes_are_counted_and_some_are_left_for_the_way_back() -> None:
    street = Street(limits=Limits(changes_max=10, changes_s=1000, red_max_s=900, green_max_s=900))
    found = [street.go(second // 10 % 2, 1)[0] for second in range(600)]
    assert (0, Why.BUDGET) in found or (1, Why.BUDGET) in found
    begun = sum(a == -1 and b >= 0 for (a, _), (b, _) in pairwise(found))
    assert begun == 10
    back = [street.go(second // 10 % 2, 1, returning=True)[0] for second in range(350)]
    assert sum(a == -1 and b >= 0 for (a, _), (b, _) in pairwise(back)) >= RETURNS_MAX - 1
    assert Why.BUDGET in {why for _, why in [*street.go(0, 30, returning=True), *street.go(1, 30, returning=True)]}
    street.go(KEEP, 800)
    assert {0, 1} <= {stage for stage, _ in [*street.go(0, 30), *street.go(1, 30)]}, "they come back with time"


def test_no_picture_lets_two_stages_mix() -> None:
    street, rng = Street(), np.random.default_rng(1)
    table = street.tables.table
    stages = {table.colours[table.colour_offset[k] : table.colour_offset[k + 1]].tobytes() for k in range(4)}
    for _ in range(3000):
        street.go(int(rng.integers(-2, 6)), 1)
        if street.state.mode[0] == 0:
            assert street.shown.tobytes() in stages
        else:
            assert (street.shown != Colour.PROTECTED).all()
