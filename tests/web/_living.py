"""A city that lives: a twin, a brain, and the server of the cockpit, with a thread that makes a beat now and then."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar

from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.runtime import Runtime
from citybrain.brain.steering import SteerOptions
from citybrain.clock import SYSTEM
from citybrain.evaluate.whatif.process import ask_process
from citybrain.server.app import make_app
from citybrain.server.film import Film
from citybrain.server.run import serve
from citybrain.server.services import Services
from citybrain.server.whatif_desk import Desk, Means
from citybrain.settings import Settings
from citybrain.worlds.screen import Screen

SIGNALS, SEED = 9, 3
BEAT_S = 0.5  # a second of the city in half a second
SECRET = "correct horse battery"
QUICK_LOGIN = Settings(password_memory_kib=64, password_passes=1)


class Closes(Protocol):
    """A part that has to be closed."""

    def close(self) -> None: ...


Part = TypeVar("Part", bound=Closes)


@dataclass
class LiveCity:
    """The city and its thread; `frozen` stops the beats and leaves the server, `stop` holds them while it is held."""

    runtime: Runtime
    screen: Screen
    settings: Settings
    film: Film | None = None
    url: str = ""
    frozen: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    stop: threading.Lock = field(default_factory=threading.Lock)
    _ends: list[Any] = field(default_factory=list)  # functions, the last one first

    @classmethod
    def of(cls, sources: Sources, settings: Settings, *, people: bool) -> Self:
        """Not served yet; `people` may act on its signals."""
        screen = Screen()
        wishes = Wishes(speed=math.inf, steer=SteerOptions(mode="recommend", people=people))
        runtime = assemble(
            lambda: simulated_world(sources, "twin", SEED, SensorSection(upstream=1.0), screen.turn_on, steered=True),
            wishes,
            settings,
            SYSTEM,
        )
        made = cls(runtime, screen, settings)
        made._ends.append(runtime.close)
        return made

    def open_desk(self) -> Desk:
        """One that runs what-ifs; it ends with the city."""
        made = Desk(Means(self.screen.ask_fork, lambda: self.runtime.world.time_s, ask_process), self.settings, SYSTEM)
        return self.ending(made)

    def ending(self, part: Part) -> Part:
        """A part that is closed before those that were there."""
        self._ends.append(part.close)
        return part

    def serve(self, warm_s: int, **parts: Any) -> None:
        """After so many seconds of traffic: the server, with these parts of `Services`, and the thread."""
        world = self.runtime.world
        app = make_app(
            Services(
                self.runtime.brain.board.hub,
                lambda: world.time_s,
                world.city,
                settings=self.settings,
                logbook=self.runtime.brain.logbook,
                **parts,
            )
        )
        app.state.live.screen = self.screen
        self.pass_by(warm_s)
        handle, thread = serve(app, port=0), threading.Thread(target=self.live, daemon=True)
        self.url = f"http://{handle.host}:{handle.port}"
        thread.start()
        self._ends += [handle.stop, thread.join, self.ended.set]

    def beat(self) -> None:
        self.runtime.step()
        self.screen.take()

    def live(self) -> None:
        while not self.ended.wait(BEAT_S):
            with self.stop:
                if not self.frozen.is_set() and self.runtime.world.time_s < self.runtime.world.end_s:
                    self.beat()

    def pass_by(self, seconds: int) -> None:
        """So many seconds of the city, as fast as they go."""
        for _ in range(seconds):
            with self.stop:
                self.beat()

    def close(self) -> None:
        while self._ends:
            self._ends.pop()()
