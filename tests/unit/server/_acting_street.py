"""A small town that a brain watches, with its API and its people: each action is answered by a beat of its own."""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from _asgi import Client
from citybrain.brain.acting import Acting
from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.directives import Directive
from citybrain.brain.runtime import Runtime
from citybrain.brain.steering import SteerOptions
from citybrain.city.model import City
from citybrain.clock import ManualClock
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.hub.access import EVERYWHERE, Rights, Role
from citybrain.hub.actions import ActionLog
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.server.app import make_app
from citybrain.server.services import Services
from citybrain.settings import Settings
from citybrain.worlds.base import World

API = "/api/v1"
SECRET = "correct horse battery"
SETTINGS = Settings(password_memory_kib=64, password_passes=1, action_wait_s=1)


@cache
def town() -> tuple[City, Demand]:
    return generate(9, seed=3, scale=2.0, duration_s=600.0)


def streets() -> World:
    sensors = SensorSection(cameras=1.0, probes=0.3)
    return simulated_world(Sources(*town()), "twin", 0, sensors, steered=True)


class Stepping(Acting):
    """The loop of these tests: it takes a directive as soon as it is handed in."""

    asleep = False

    def ask(self, directive: Directive) -> Future[str]:
        future = super().ask(directive)
        if not self.asleep:
            self._runtime.step()
        return future


@dataclass
class Street:
    run: Runtime
    acting: Stepping
    door: Doorkeeper
    app: object

    def person(self, role: Role, *areas: str) -> Client:
        """A browser in which somebody with that role has logged in."""
        name = f"{role.word}-{len(self.door.accounts.users())}"
        self.door.accounts.add(name, SECRET, Rights(role, areas or (EVERYWHERE,)))
        return Client(self.app, cookie=f"citybrain_session={self.door.accounts.begin_session(name)}")


def make_street(folder: Path, beats: int = 120, mode: str = "recommend", resume: bool = False) -> Street:
    steer = SteerOptions("max-pressure", mode, people=True)
    run = assemble(streets, Wishes(math.inf, folder / "day", resume, 30.0, {}, steer), SETTINGS, ManualClock())
    for _ in range(beats):
        run.step()
    door = Doorkeeper(folder / "access", ManualClock(1.7e9), SETTINGS, open_reading=False)
    acting, hub = Stepping(run), run.brain.board.hub
    served = Services(
        hub,
        lambda: run.world.time_s,
        run.world.city,
        settings=SETTINGS,
        clock=ManualClock(0.0),
        acting=acting,
        actions=ActionLog(door),
        door=door,
    )
    return Street(run, acting, door, make_app(served))
