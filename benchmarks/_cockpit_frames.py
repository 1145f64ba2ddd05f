"""The map moved by hand over a town of 10^5 links with 10^5 vehicles: frames, and what each costs the page."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks._browser import COUNTING, Meter, browsing, new_page, processor_s
from benchmarks._served import served

MOVED_PIXELS = 80.0
STEP_RAD = 0.15
NOTCH = 40  # of a wheel that zooms slowly, in its own unit
NOTCHES = 24  # in, then as many out
SETTLE_MS = 3000


@dataclass(frozen=True)
class Moved:
    """A stretch of time in which the map moved: what was drawn in it, and the processor time that it took."""

    seconds: float
    frames: int
    calls: int  # that draw something
    page_s: float  # of the page's main thread
    script_s: float  # of it in JavaScript
    drawing_s: float  # of the process that plays the graphics card
    gaps_ms: tuple[float, ...]  # between frames, in order of size

    @property
    def per_s(self) -> float:
        return self.frames / self.seconds

    def each_ms(self, spent_s: float) -> float:
        """Of a time, what each frame took."""
        return 1000.0 * spent_s / self.frames if self.frames else math.nan


@dataclass(frozen=True)
class Shown:
    """What was seen of one town."""

    links: int
    vehicles: int
    moved: Mapping[str, Moved]  # by what was done
    renderer: str  # what draws


def look(side: int, vehicles: int, seconds: float) -> Shown:
    """The whole town dragged, zoomed into and out of, and dragged again near by."""
    with served("benchmarks._crowd_server", str(side), str(vehicles)) as told, browsing() as browser:
        page = new_page(browser, COUNTING)
        page.goto(f"http://127.0.0.1:{told[0]}/#/now")
        page.locator("[data-feed=live]").wait_for()
        wait_until(page, "window.__drawn.frames > 1")
        page.wait_for_timeout(SETTLE_MS)
        watch = _Watch(page)
        moved = {
            "whole town, dragged": watch.during(seconds, _drag(page)),
            "in and out": watch.during(seconds, _zoom(page)),
        }
        for _ in range(NOTCHES):
            page.mouse.wheel(0, -NOTCH)
        page.wait_for_timeout(SETTLE_MS)
        moved["near by, dragged"] = watch.during(seconds, _drag(page))
        return Shown(int(told[1]), int(told[2]), moved, page.evaluate(RENDERER))


RENDERER = """(() => {
  const gl = document.createElement("canvas").getContext("webgl2");
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  return told ? gl.getParameter(told.UNMASKED_RENDERER_WEBGL) : gl.getParameter(gl.RENDERER);
})()"""


def wait_until(page: Any, expression: str, tries: int = 600) -> None:
    """Wait until JavaScript is true; raises TimeoutError after a minute."""
    for _ in range(tries):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise TimeoutError(f"never: {expression}")


class _Watch:
    def __init__(self, page: Any) -> None:
        self._page, self._meter = page, Meter(page)

    def _read(self) -> tuple[Mapping[str, float], float, Mapping[str, float]]:
        drawn = self._page.evaluate("({...window.__drawn, gaps: window.__drawn.gaps.length})")
        return self._meter.read(), processor_s(os.getpid()).get("gpu-process", 0.0), drawn

    def during(self, seconds: float, act: Callable[[int], None]) -> Moved:
        """Act again and again for so long, each time as soon as the page has taken the last one in."""
        (page, drawing_s, drawn), begin_s = self._read(), time.perf_counter()
        k = 0
        while time.perf_counter() < begin_s + seconds:
            act(k)
            k += 1
        lasted_s = time.perf_counter() - begin_s
        page_end, drawing_end_s, drawn_end = self._read()
        gaps = self._page.evaluate(f"window.__drawn.gaps.slice({int(drawn['gaps'])}, {int(drawn_end['gaps'])})")
        self._page.mouse.up()
        return Moved(
            *(lasted_s, int(drawn_end["frames"] - drawn["frames"]), int(drawn_end["calls"] - drawn["calls"])),
            *(page_end[name] - page[name] for name in ("TaskDuration", "ScriptDuration")),
            *(drawing_end_s - drawing_s, tuple(sorted(gaps))),
        )


def _middle(page: Any) -> tuple[float, float]:
    box = page.locator("canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _drag(page: Any) -> Callable[[int], None]:
    """Round in a circle, with the button held."""
    x, y = _middle(page)
    page.mouse.move(x + MOVED_PIXELS, y)
    page.mouse.down()
    return lambda k: page.mouse.move(
        x + MOVED_PIXELS * math.cos(STEP_RAD * k), y + MOVED_PIXELS * math.sin(STEP_RAD * k)
    )


def _zoom(page: Any) -> Callable[[int], None]:
    page.mouse.move(*_middle(page))
    return lambda k: page.mouse.wheel(0, -NOTCH if k // NOTCHES % 2 == 0 else NOTCH)
