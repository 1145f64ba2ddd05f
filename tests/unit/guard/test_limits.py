"""Which signals may be steered, and how long each may wait: checked against what the rules then do."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _crossroads import Layout, crossroads

from citybrain.city.model import City, Colour
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.guard.conflicts import conflict_table
from citybrain.guard.limits import Limits, SignalLimits, limits_of, signal_limits
from citybrain.settings import Settings


def limits(city: City, **changes: float) -> SignalLimits:
    return signal_limits(city, SignalTable.from_city(city), conflict_table(city), replace(Limits(), **changes))


def test_the_settings_are_the_limits() -> None:
    assert limits_of(Settings()) == Limits()
    assert limits_of(replace(Settings(), guard_red_max_s=99)).red_max_s == 99


@pytest.mark.parametrize("name", ["lease_max_s", "green_min_s", "changes_s"])
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        Limits(**{name: 0})


def test_there_is_time_for_all_stages_before_the_longest_red_ends() -> None:
    found = limits(crossroads(), red_max_s=200)
    waits = found.serving >= 0
    assert waits.sum() == 8, "the four free right turns wait for nothing"
    assert (found.red_due_s[waits] == 200 - 5 * (5 + 3 + 2)).all()
    assert (found.turn_back_s[waits] == 100).all()
    assert found.steerable.all()


def test_a_signal_without_time_for_all_its_stages_keeps_its_plan() -> None:
    slow = crossroads(Layout(min_green_s=60.0))
    assert not limits(slow).steerable.any()
    assert limits(slow, red_max_s=800).steerable.all()


def test_a_group_that_no_stage_serves_keeps_the_plan() -> None:
    city = crossroads()
    colours = city.phases.colours.copy()
    colours[city.phases.colour_offset[1] + 5] = Colour.PROTECTED  # only while others show yellow
    for phase in range(12):
        if phase != 1:
            colours[city.phases.colour_offset[phase] + 5] = Colour.RED
    odd = replace(city, phases=replace(city.phases, colours=colours))
    assert not limits(odd).steerable.any()


def test_one_stage_is_nothing_to_choose_from() -> None:
    table = SignalTable.from_city(crossroads()).with_first_stages(1)
    found = signal_limits(crossroads(), table, conflict_table(crossroads()))
    assert not found.steerable.any()
