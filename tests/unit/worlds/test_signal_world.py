"""The seam: whatever drives the tests of controllers is a world, and a world is all that the loop needs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "control"))
from _crossroads import crossroads
from _fake_world import FakeWorld, rates

from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.worlds.base import SignalWorld


def names(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_the_fake_world_has_all_of_the_seam() -> None:
    city = crossroads()
    world = FakeWorld(city, rates(city, {}))
    missing = {name for name in names(SignalWorld) if not hasattr(world, name)}
    assert not missing


def test_a_world_runs_under_a_controller_and_gives_its_summary() -> None:
    city = crossroads()
    world: SignalWorld = FakeWorld(city, rates(city, {"N1": 0.1, "E1": 0.1}))
    run_control(world, *make_control("actuated", city), 600.0)
    summary = world.summary()
    assert summary.end_s == world.time_s == 600.0
    assert 0 < summary.finished_trips <= summary.vehicles
    assert sum(len(queue) for queue in world.queues) == summary.vehicles - summary.finished_trips
