"""The referee looks at the controllers of `evaluate` as well: their stage machine is not the guard's."""

from __future__ import annotations

import numpy as np
import pytest
from _cities import of_city
from numpy.typing import NDArray

from citybrain.control.plans import PlanPlayer
from citybrain.control.registry import make_control
from citybrain.control.run import run_control, run_plans
from citybrain.demand.generated import generate
from citybrain.guard.monitor import Fault, Monitor, Trip
from citybrain.records.readings import Readings
from citybrain.worlds.twin import TwinWorld

SLOW = {Fault.STUCK, Fault.LONG_RED, Fault.HASTE}  # what a stage machine does not bound
FIVE_MINUTES_S = 300.0


class Watched:
    """A world that shows its colours to a referee."""

    def __init__(self, world: TwinWorld, monitor: Monitor) -> None:
        self._world, self._monitor = world, monitor
        self.trips: list[Trip] = []

    @property
    def time_s(self) -> float:
        return self._world.time_s

    @property
    def longest_wait_s(self) -> float:
        return self._world.summary().longest_wait_s

    def readings(self) -> Readings:
        return self._world.readings()

    def step(self, colours: NDArray[np.uint8]) -> None:
        self.trips += self._monitor.see(self.time_s, colours.tobytes())
        self._world.step(colours)


@pytest.mark.parametrize("name", ["plans", "fixed", "actuated", "max-pressure", "longest-queue"])
def test_no_controller_shows_a_conflict_or_a_change_that_is_too_short(name: str) -> None:
    city, demand = generate(12, seed=3, scale=2.0, duration_s=600.0)
    town = of_city("watched", city)
    world = Watched(TwinWorld(city, demand, 0), town.monitor())
    until_s = world.time_s + 400.0
    if name == "plans":
        run_plans(world, PlanPlayer(city), until_s)
    else:
        control = make_control(name, city)
        run_control(world, control.controller, control.machine, until_s)
    assert [trip for trip in world.trips if trip.fault not in SLOW and trip.signal not in town.unfit] == []


def test_gates_that_let_nobody_in_break_no_rule_and_starve_nobody() -> None:
    """The worst order there is, all the time: the referee is content, and nobody stands for five minutes."""
    city, demand = generate(12, seed=3, scale=1.0, duration_s=900.0)
    town = of_city("gated", city)
    world = Watched(TwinWorld(city, demand, 0), town.monitor())
    control = make_control("brain+gating", city)
    gating = control.controller._gating  # type: ignore[attr-defined]
    assert gating.n_wards >= 1
    gating._feed_back = lambda _: None
    gating.active[0], gating.order_vps[0] = True, 0.0
    run_control(world, control.controller, control.machine, world.time_s + 800.0)
    assert [trip for trip in world.trips if trip.fault not in SLOW and trip.signal not in town.unfit] == []
    assert world.longest_wait_s < FIVE_MINUTES_S
