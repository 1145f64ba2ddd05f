"""The brain's process is killed while it controls: the signals go on by themselves, and a new brain takes over."""

from __future__ import annotations

import pytest
from _killed import kill_often

from citybrain.brain.build import Sources
from citybrain.demand.generated import generate


@pytest.mark.parametrize(("kind", "kills"), [("twin", 2), ("sumo", 1)])
def test_signals_outlive_the_brain(kind: str, kills: int) -> None:
    if kind == "sumo":
        pytest.importorskip("libsumo")
    found = kill_often(Sources(*generate(9, seed=3, scale=2.0, duration_s=1800.0)), kind, kills, seed=1)
    assert found.kills == found.controlled == found.on_plan == len(found.planned_s) == kills
    assert found.back == kills - 1
    assert found.commands > 100
    assert found.trips == 0
