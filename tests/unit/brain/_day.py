"""A small town under observation, and a brain that watches it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.runtime import Runtime
from citybrain.city.model import City
from citybrain.clock import Clock, ManualClock
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.settings import Settings
from citybrain.worlds.base import World

SENSORS = replace(SensorSection(), cameras=1.0, probes=0.3)


@cache
def town() -> tuple[City, Demand]:
    return generate(9, seed=3, scale=2.0, duration_s=600.0)


def streets(seed: int = 0, *, steered: bool = False) -> World:
    return simulated_world(Sources(*town()), "twin", seed, SENSORS, steered=steered)


def runtime(
    record: Path | None = None,
    *,
    resume: bool = False,
    clock: Clock | None = None,
    speed: float = math.inf,
    settings: Settings | None = None,
) -> Runtime:
    wishes = Wishes(speed, record, resume, snapshot_s=30.0, about={"seed": 0})
    return assemble(streets, wishes, settings or Settings(), clock or ManualClock())


def die(run: Runtime) -> None:
    """The process ends without a word: nothing is flushed any more."""
    assert run.storage is not None
    run.storage.snapshots.finish()  # one that is half written is a matter of `test_snapshot_writer`
    run.storage.world._file.close()
    run.storage._journal._lines.clear()
    run.storage._journal._file.close()
