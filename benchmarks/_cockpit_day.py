"""A page that stays open: what it holds after each stretch of many updates and a turn through all its views."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks._browser import Meter, browsing, new_page
from benchmarks._live_server import Plan
from benchmarks._served import live_city

VIEWS = ("junction", "corridor", "signals", "replay", "whatif", "data", "health", "public", "now")
DAY = 86_400  # updates
VIEW_MS = 600
REST_MS = 200
LOOKS_MIN = 3  # a line through two, and the one before all views were seen
HELD = {"JSHeapUsedSize": 1.0 / 2**20, "Nodes": 1.0, "JSEventListeners": 1.0}
# Counts what comes over the live line: each read brings one update, seldom several at once.
READING = """
window.__updates = 0;
const own = ReadableStreamDefaultReader.prototype.read;
ReadableStreamDefaultReader.prototype.read = async function () {
  const told = await own.call(this);
  if (told.value) window.__updates++;
  return told;
};
"""


@dataclass(frozen=True)
class Held:
    """What the page held after so many updates, when what nobody needs any more was thrown away."""

    updates: int
    heap_mib: float
    nodes: float
    listeners: float


@dataclass(frozen=True)
class Growth:
    """A straight line through one of them: at the first look, and what a day of updates adds."""

    begin: float
    per_day: float

    @property
    def share(self) -> float:
        return self.per_day / self.begin


def stay(plan: Plan, updates: int, looks: int, most_s: float) -> list[Held]:
    """Looks at even distances until so many updates have come, or so much time has passed; LOOKS_MIN at least."""
    with live_city(plan) as url, browsing() as browser:
        page = new_page(browser, READING)
        page.goto(f"{url}/#/now")
        page.locator("[data-feed=live]").wait_for()
        page.locator(".worst li a").first.wait_for()
        junction = page.locator(".worst li a").first.get_attribute("href")
        meter, found, end_s = Meter(page), list[Held](), time.perf_counter() + most_s
        while True:
            _turn(page, junction)
            while _updates(page) < updates * len(found) / max(looks - 1, 1) and time.perf_counter() < end_s:
                page.wait_for_timeout(REST_MS)
            found.append(_held(_updates(page), meter.settled()))
            if len(found) >= LOOKS_MIN and (found[-1].updates >= updates or time.perf_counter() > end_s):
                return found


def _turn(page: Any, junction: str) -> None:
    """Every view once, and back to the first."""
    for view in VIEWS:
        address = junction if view == "junction" else f"#/{view}"
        page.evaluate(f"location.hash = {json.dumps(address)}")
        page.wait_for_timeout(VIEW_MS)


def _updates(page: Any) -> int:
    return int(page.evaluate("window.__updates"))


def _held(updates: int, told: Mapping[str, float]) -> Held:
    return Held(updates, *(scale * told[name] for name, scale in HELD.items()))


def growth(of: Sequence[Held], name: str, skip: int = 1) -> Growth:
    """Least squares over the looks from `skip` on: the first one is before all views were seen. Two are needed."""
    rows = of[skip:]
    if len(rows) < 2:
        return Growth(float("nan"), float("nan"))
    days = np.array([row.updates for row in rows]) / DAY
    slope, begin = np.polyfit(days - days[0], np.array([getattr(row, name) for row in rows]), 1)
    return Growth(float(begin), float(slope))
