"""Each rule of the guard is taken out in turn: the referee must shout. With all rules it must be silent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from _broken import REMOVALS, applies, corrupted
from _cities import here, place
from _hostile import attack


@pytest.mark.parametrize("name", list(REMOVALS))
def test_the_referee_misses_no_rule(name: str) -> None:
    removal = REMOVALS[name]
    town = place("town 5" if removal.seconds > 1000 else "town 30")
    assert applies(town, name)
    broken = attack(replace(town, tables=removal.broken(town)), removal.seconds, 1, (removal.mood,))
    assert removal.faults & set(broken.faults)
    whole = attack(town, removal.seconds, 1, (removal.mood,))
    assert whole.trips == []


@pytest.mark.parametrize("name", ["yellow", "minimum green", "a second of all-red"])
def test_nor_where_the_plans_themselves_have_no_yellow(name: str) -> None:
    if not here("hangzhou in SUMO"):
        pytest.skip("no data")
    removal, town = REMOVALS[name], place("hangzhou in SUMO")
    broken = attack(replace(town, tables=removal.broken(town)), removal.seconds, 1, (removal.mood,))
    assert removal.faults & set(broken.faults)


def test_a_stage_that_lets_streams_cross_is_never_entered() -> None:
    town = place("town 30")
    found = attack(replace(town, tables=corrupted(town)), 300, 2, ("random",))
    assert found.trips == []
