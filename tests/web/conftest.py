"""A small city that lives: a twin, a brain, its server, and a browser that looks at it.

Needs Chromium and playwright; skips plainly where they are not installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from _living import SEED, SIGNALS, LiveCity
from benchmarks._browser import OPTIONS

from citybrain.brain.build import Sources
from citybrain.demand.generated import generate
from citybrain.server.film import Film
from citybrain.server.film_store import MemoryStore
from citybrain.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOKEN = "the operator of the tests"
BEFORE_S = 300  # there is traffic by then


@pytest.fixture(scope="session")
def city() -> Iterator[LiveCity]:
    """One that everybody may look at, with a film, and with what-ifs for who has the token."""
    found = LiveCity.of(Sources(*generate(SIGNALS, SEED)), Settings(), people=False)
    world = found.runtime.world
    film = found.ending(Film(found.runtime.brain.board.hub, world.city, MemoryStore(3600.0, 1 << 26)))
    found.film = film
    found.screen.cameras.append(lambda: film.take(world.time_s))
    found.serve(BEFORE_S, operator_token=TOKEN, film=film, whatif=found.open_desk())
    yield found
    found.close()


@pytest.fixture(scope="module")  # it holds an event loop: no other may run in this thread meanwhile
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
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
