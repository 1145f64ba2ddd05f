"""A brain in a process of its own that controls a world in this one, and is killed there.

The world is on the street side of a pipe: it goes on, second by second, whether anybody answers or not. Brains are
forked from one that is warm already, so that a new one is there at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from citybrain.brain.build import Sources, make_brain, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.steering import SteerOptions
from citybrain.city.model import City
from citybrain.clock import SYSTEM
from citybrain.guard.desk import DeskTables
from citybrain.guard.referee import Referee
from citybrain.records.command import Commands
from citybrain.records.observations import Observations
from citybrain.settings import Settings
from citybrain.worlds.streets import Streets

SETTINGS = Settings()
LEASE_S = float(SETTINGS.guard_lease_s)
STEER = SteerOptions("max-pressure", "control")
ANSWER_S = 60.0
LIFE_S = 90, 130  # of a brain: in its first minute it has seen too little to steer
CONTEXT = get_context("spawn")


@dataclass
class Kills:
    """What became of the kills."""

    kills: int = 0
    controlled: int = 0  # kills of a brain that held leases
    on_plan: int = 0  # kills after which no signal was leased when the lease had ended
    planned_s: list[float] = field(default_factory=list)  # until all steered signals showed their plans again
    back: int = 0  # new brains that took over
    trips: int = 0
    commands: int = 0


class _Looking:
    """What `make_brain` needs of a world that is somewhere else."""

    def __init__(self, city: City, time_s: float) -> None:
        self.city, self.time_s = city, time_s


def _nursery(pipe: Connection, city: City, time_s: float) -> None:
    """Warm up, then for every connection that comes in fork a brain that serves it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    first = make_brain(_Looking(city, time_s), SETTINGS, SYSTEM, "warm", STEER)  # type: ignore[arg-type]
    for second in range(3):
        first.beat(Observations(time_s + second))
    pipe.send("warm")
    while True:
        try:
            begin_s, line = pipe.recv()
        except EOFError:
            return
        if os.fork() == 0:
            _brain(line, city, begin_s)
            os._exit(0)
        line.close()


def _brain(line: Connection, city: City, begin_s: float) -> None:
    """Observations in, commands out, until it is killed."""
    brain = make_brain(_Looking(city, begin_s), SETTINGS, SYSTEM, "child", STEER)  # type: ignore[arg-type]
    line.send(os.getpid())
    while True:
        try:
            seen = line.recv()
        except EOFError:
            return
        line.send(brain.beat(seen).commands)


@contextmanager
def nursery(city: City, time_s: float) -> Iterator[Connection]:
    """A process that makes brains."""
    here, there = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_nursery, args=(there, city, time_s), daemon=True)
    process.start()
    there.close()
    try:
        _answer(here)
        yield here
    finally:
        here.close()
        process.join(10.0)


def _answer(line: Connection) -> Any:
    if not line.poll(ANSWER_S):
        raise TimeoutError("the brain does not answer")
    return line.recv()


def born(pipe: Connection, time_s: float) -> tuple[Connection, int]:
    """A new brain: the line to it, and its process."""
    here, there = CONTEXT.Pipe()
    pipe.send((time_s, there))
    there.close()
    return here, int(_answer(here))


def kill_often(sources: Sources, kind: str, kills: int, seed: int, longest_s: int = 400) -> Kills:
    """Let brains control a world; each is killed at a random second, the next one is born later."""
    rng, found = np.random.default_rng(seed), Kills()
    world = simulated_world(sources, kind, seed, SensorSection(), steered=True)
    assert isinstance(world, Streets)
    referee = Referee(world.city, SETTINGS)
    world.guard(DeskTables.of(world.city), referee)
    try:
        with nursery(world.city, world.time_s) as pipe:
            for _ in range(kills):
                line, process = born(pipe, world.time_s)
                for _ in range(int(rng.integers(*LIFE_S))):
                    line.send(world.observe(world.time_s + 1.0))
                    commands: Commands = _answer(line)
                    world.apply(commands)
                    found.commands += commands.signal.size
                found.controlled += bool(world._desk.leased(world.time_s).any())
                found.back += bool(found.kills and world._desk.leased(world.time_s).any())
                os.kill(process, signal.SIGKILL)
                found.kills += 1
                _go_on(world, found, longest_s)
                line.close()
    finally:
        found.trips = referee.n_trips
        referee.close()
        world.close()
    return found


def _go_on(world: Streets, found: Kills, longest_s: int) -> None:
    """Nobody answers any more."""
    killed_s = world.time_s
    while world.time_s < killed_s + longest_s:
        world.observe(world.time_s + 1.0)
        if world.time_s == killed_s + LEASE_S:
            found.on_plan += not world._desk.leased(world.time_s).any()
        if world.time_s >= killed_s + LEASE_S and not world._desk.steered.any():
            found.planned_s.append(world.time_s - killed_s)
            return
