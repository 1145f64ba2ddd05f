"""A hostile optimiser sends whatever can be sent, and the referee, which sees only colours, finds nothing."""

from __future__ import annotations

import pytest
from _cities import here, place
from _hostile import attack

from citybrain.guard.gate import Refused


@pytest.mark.parametrize("name", ["town 30", "cologne8", "ingolstadt7", "hangzhou in SUMO"])
def test_nothing_that_is_wished_breaks_a_rule(name: str) -> None:
    if not here(name):
        pytest.skip("no data")
    found = attack(place(name), 700, seed=3)
    assert found.trips == []
    assert found.decisions > 4000
    assert found.admitted > 0.2 * found.decisions, "an attack that is refused proves nothing"
    assert found.pictures == 700 * len(place(name).city.signals.signal_id)


def test_an_attack_tries_every_way_in() -> None:
    found = attack(place("town 30"), 700, seed=4)
    unused = {why.name for why in Refused if why is not Refused.NO} - set(+found.refused)
    assert unused <= {"LATCHED"}, "nothing is latched as long as nothing goes wrong"
