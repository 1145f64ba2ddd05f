"""The loop that lets a controller run a world: look, decide, show, advance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from citybrain.city.model import U8
from citybrain.control.base import Controller
from citybrain.control.plans import PlanPlayer
from citybrain.control.stages import KEEP, StageMachine
from citybrain.records.readings import Readings, no_readings

PROGRESS_EVERY_S = 60


class Streets(Protocol):
    """What of a world the loop needs (`worlds.base.SignalWorld` has it)."""

    @property
    def time_s(self) -> float: ...

    def readings(self) -> Readings: ...

    def step(self, colours: U8) -> None: ...


OnProgress = Callable[[float], None]  # is told the world's time_s


def run_control(
    world: Streets, controller: Controller, machine: StageMachine, until_s: float, on_progress: OnProgress | None = None
) -> None:
    """Let the controller run the world to `until_s`: it is asked at once, then every `interval_s`."""
    wishes = np.full(machine.table.n_signals, KEEP, np.int32)
    second = 0
    while world.time_s < until_s:
        now_s = world.time_s
        if second % controller.interval_s == 0:
            readings = world.readings() if controller.looks else no_readings(now_s, 0, 0)
            wishes = controller.decide(readings, machine.state)
        world.step(machine.step(wishes, now_s))
        second += 1
        _tell(on_progress, second, world)


def run_plans(world: Streets, player: PlanPlayer, until_s: float, on_progress: OnProgress | None = None) -> None:
    """Show the city's own plans, phase by phase, to `until_s`."""
    second = 0
    while world.time_s < until_s:
        world.step(player.colours(world.time_s))
        second += 1
        _tell(on_progress, second, world)


def _tell(on_progress: OnProgress | None, second: int, world: Streets) -> None:
    if on_progress is not None and second % PROGRESS_EVERY_S == 0:
        on_progress(world.time_s)
