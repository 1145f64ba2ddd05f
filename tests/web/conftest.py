"""A small city that lives: a twin, a brain, its server, and a browser that looks at it.

Needs Chromium and playwright; skips plainly where they are not installed.
"""

from __future__ import annotations

import math
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.runtime import Runtime
from citybrain.brain.steering import SteerOptions
from citybrain.clock import SYSTEM
from citybrain.demand.generated import generate
from citybrain.evaluate.whatif.process import ask_process
from citybrain.server.app import make_app
from citybrain.server.film import Film
from citybrain.server.film_store import MemoryStore
from citybrain.server.run import serve
from citybrain.server.services import Services
from citybrain.server.whatif_desk import Desk, Means
from citybrain.settings import Settings
from citybrain.worlds.screen import Screen

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--use-angle=swiftshader",  # no graphics card is needed
    "--enable-unsafe-swiftshader",
]
SIGNALS, SEED = 9, 3
TOKEN = "the operator of the tests"
BEFORE_S = 300  # there is traffic by then
BEAT_S = 0.5  # a second of the city in half a second


@dataclass
class LiveCity:
    """The city and its thread; `frozen` stops the beats and leaves the server."""

    runtime: Runtime
    screen: Screen
    film: Film | None = None
    url: str = ""
    frozen: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def beat(self) -> None:
        self.runtime.step()
        self.screen.take()

    def live(self) -> None:
        while not self.ended.wait(BEAT_S):
            if not self.frozen.is_set() and self.runtime.world.time_s < self.runtime.world.end_s:
                self.beat()


@pytest.fixture(scope="session")
def city() -> Iterator[LiveCity]:
    of, screen = Sources(*generate(SIGNALS, SEED)), Screen()
    wishes = Wishes(speed=math.inf, steer=SteerOptions(mode="recommend"))
    settings = Settings()
    runtime = assemble(
        lambda: simulated_world(of, "twin", SEED, SensorSection(upstream=1.0), screen.turn_on, steered=True),
        wishes,
        settings,
        SYSTEM,
    )
    found = LiveCity(runtime, screen)
    world = runtime.world
    film = Film(runtime.brain.board.hub, world.city, MemoryStore(3600.0, 1 << 26))
    found.film = film
    screen.cameras.append(lambda: film.take(world.time_s))
    desk = Desk(Means(screen.ask_fork, lambda: world.time_s, ask_process), settings, SYSTEM)
    served = Services(
        runtime.brain.board.hub,
        lambda: world.time_s,
        world.city,
        settings=settings,
        operator_token=TOKEN,
        film=film,
        whatif=desk,
        logbook=runtime.brain.logbook,
    )
    app = make_app(served)
    app.state.live.screen = screen
    for _ in range(BEFORE_S):
        found.beat()
    handle = serve(app, port=0)
    found.url = f"http://{handle.host}:{handle.port}"
    thread = threading.Thread(target=found.live, daemon=True)
    thread.start()
    yield found
    found.ended.set()
    thread.join()
    handle.stop()
    film.close()
    desk.close()
    runtime.close()


@pytest.fixture(scope="module")  # it holds an event loop: no other may run in this thread meanwhile
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()


@dataclass
class Look:
    """A page on the city, and everything that went wrong on it."""

    page: Any
    url: str
    trouble: list[str]

    def go(self, view: str) -> None:
        self.page.goto(f"{self.url}/#/{view}")
        self.page.locator("[data-feed=live]").wait_for()

    def until(self, expression: str) -> None:
        """Wait until JavaScript is true (playwright's own way is forbidden by the page's policy)."""
        for _ in range(150):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never: {expression}")


@pytest.fixture
def look(browser: Any, city: LiveCity, request: pytest.FixtureRequest) -> Iterator[Look]:
    """A new page in the width and theme of the test's `wants` mark."""
    wants = {"width": 1024, "theme": "dark", "token": ""} | getattr(request, "param", {})
    context = browser.new_context(
        viewport={"width": wants["width"], "height": 640}, color_scheme=wants["theme"], locale="en-GB"
    )
    if wants["token"]:
        context.set_extra_http_headers({"Authorization": f"Bearer {wants['token']}"})
    page, trouble = context.new_page(), []
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((city.url, "data:", "blob:")) else trouble.append(asked.url),
    )
    yield Look(page, city.url, trouble)
    context.close()
