"""A small city in which people act: accounts, an optimiser that recommends, a browser in which somebody is known."""

from __future__ import annotations

import math
import threading
from pathlib import Path

from citybrain.brain.acting import Acting
from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.steering import SteerOptions
from citybrain.clock import SYSTEM
from citybrain.demand.generated import generate
from citybrain.hub.access import Rights, Role
from citybrain.hub.actions import ActionLog
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.server.app import make_app
from citybrain.server.run import serve
from citybrain.server.services import Services
from citybrain.settings import Settings
from citybrain.worlds.screen import Screen
from conftest import BEAT_S, SEED, LiveCity

SIGNALS, SCALE = 9, 2.0
WARM_S = 900  # there is traffic by then, and its flows are known
SECRET = "correct horse battery"


class ControlRoom(LiveCity):
    """The city, who may come in, and time that a test can let pass quickly."""

    door: Doorkeeper
    stop: threading.Lock

    def live(self) -> None:
        while not self.ended.wait(BEAT_S):
            if not self.frozen.is_set():
                with self.stop:
                    self.beat()

    def pass_by(self, seconds: int) -> None:
        """So many seconds of the city, as fast as they go."""
        for _ in range(seconds):
            with self.stop:
                self.beat()

    def cookie(self, role: Role, *areas: str) -> dict[str, str]:
        """The session of somebody with that role."""
        name = f"{role.word}-{len(self.door.accounts.users())}"
        self.door.accounts.add(name, SECRET, Rights(role, areas or ("*",)))
        return {"name": "citybrain_session", "value": self.door.accounts.begin_session(name), "url": self.url}


def open_room(folder: Path, warm_s: int = WARM_S) -> ControlRoom:
    """Everything of it, with its thread."""
    of, screen = Sources(*generate(SIGNALS, SEED, scale=SCALE)), Screen()
    settings = Settings(password_memory_kib=64, password_passes=1)
    wishes = Wishes(speed=math.inf, steer=SteerOptions(mode="recommend", people=True))
    runtime = assemble(
        lambda: simulated_world(of, "twin", SEED, SensorSection(), screen.turn_on, steered=True),
        wishes,
        settings,
        SYSTEM,
    )
    room = ControlRoom(runtime, screen)
    room.stop, room.door = threading.Lock(), Doorkeeper(folder / "access", SYSTEM, settings, open_reading=True)
    world = runtime.world
    served = Services(
        runtime.brain.board.hub,
        lambda: world.time_s,
        world.city,
        settings=settings,
        acting=Acting(runtime),
        actions=ActionLog(room.door),
        door=room.door,
    )
    app = make_app(served)
    app.state.live.screen = screen
    for _ in range(warm_s):
        room.beat()
    handle = serve(app, port=0)
    room.url = f"http://{handle.host}:{handle.port}"
    thread = threading.Thread(target=room.live, daemon=True)
    thread.start()

    def close() -> None:
        room.ended.set()
        thread.join()
        handle.stop()
        runtime.close()

    room.close = close  # type: ignore[attr-defined]
    return room
