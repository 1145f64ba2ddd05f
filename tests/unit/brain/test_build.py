"""From wishes to a running brain: what a simulated world shows follows its sensors, and a wrong wish is named."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from _day import SENSORS, runtime, streets, town

from citybrain.brain.build import make_brain, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.clock import ManualClock
from citybrain.errors import InputError
from citybrain.records.observations import Observations
from citybrain.settings import Settings
from citybrain.worlds.base import World
from citybrain.worlds.field import Field

NOTHING = SensorSection(detectors=0.0, cameras=0.0, probes=0.0)


class Nobody:
    def drain(self, until_s: float) -> Observations:
        return Observations(until_s)


def seen(sensors: SensorSection, span_s: float = 120.0, seed: int = 0) -> Observations:
    from citybrain.brain.build import Sources

    world = simulated_world(Sources(*town()), "twin", seed, sensors)
    return world.observe(world.time_s + span_s)


def test_without_sensors_nothing_moving_is_seen() -> None:
    found = seen(NOTHING)
    assert (found.counts.time_s.size, found.passages.time_s.size, found.probes.time_s.size) == (0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "table"),
    [({"detectors": 1.0}, "counts"), ({"cameras": 1.0}, "passages"), ({"probes": 1.0}, "probes")],
)
def test_each_share_opens_its_own_table(changes: dict[str, float], table: str) -> None:
    found = seen(replace(NOTHING, **changes))
    sizes = {name: getattr(found, name).time_s.size for name in ("counts", "passages", "probes")}
    assert sizes.pop(table) > 0
    assert set(sizes.values()) == {0}


def test_half_the_probes_report_about_half_as_often() -> None:
    every, half = (seen(replace(NOTHING, probes=share)).probes.vehicle for share in (1.0, 0.5))
    assert 0.3 < np.unique(half).size / np.unique(every).size < 0.7


def test_a_longer_period_means_fewer_reports() -> None:
    often, seldom = (seen(replace(NOTHING, probes=1.0, period_s=s)).probes.time_s.size for s in (5, 20))
    assert 3.0 < often / seldom < 5.0


def test_a_world_that_is_none_is_named() -> None:
    from citybrain.brain.build import Sources

    with pytest.raises(InputError, match="'moon' is no simulator; choose twin or sumo"):
        simulated_world(Sources(*town()), "moon", 0, SENSORS)


def test_only_a_real_city_waits_for_rows_that_come_late() -> None:
    simulated = make_brain(streets(), Settings(), ManualClock(), "a")
    clock = ManualClock(1000.0)
    world: World = Field(town()[0], Nobody(), clock)
    real = make_brain(world, Settings(), clock, "a")
    assert simulated.settings.lateness_s == 0
    assert real.settings.lateness_s == Settings().lateness_s > 0


def test_a_beat_that_nobody_sees_is_in_no_memory() -> None:
    """The stages are compiled by a beat of a brain of its own: the real one begins with nothing."""
    run = runtime()
    assert run.brain.memory.beats == 0
    assert run.brain.board.hub.sequence == 0
    assert math.isinf(run.pace.speed)
    assert run.world.time_s == town()[0].meta.begin_s
