"""One signal, made by hand, for the referee: two roads that cross, and a left turn that one of them yields to.

Groups: 0 = the main road, 1 = the side road, 2 = a left turn out of the main road's far side (yields to 0).
"""

from __future__ import annotations

import math
from dataclasses import replace

from citybrain.guard.monitor import Monitor, Trip
from citybrain.guard.monitor_table import LETTERS, Bounds, Sheet

BOUNDS = Bounds(changes_max=8, changes_s=200.0)


def picture(text: str) -> bytes:
    return bytes(LETTERS.index(letter) for letter in text)


PLAN = (("Grg", 30), ("yrg", 3), ("rry", 3), ("rrr", 2), ("rGr", 20), ("ryr", 3), ("rrr", 2))


def sheet(**changes: object) -> Sheet:
    steps = {}
    for (before, seconds), (after, _) in zip(PLAN, (*PLAN[1:], PLAN[0]), strict=True):
        key = picture(before), picture(after)
        steps[key] = min(float(seconds), steps.get(key, math.inf))
    made = Sheet(
        signal="J",
        first=0,
        n=3,
        never=(0b010, 0b101, 0b010),
        either=(0b100, 0b000, 0b001),
        green_min_s=5.0,
        yellow_s=3.0,
        all_red_s=2.0,
        shown_max_s=180.0,
        red_max_s=(300.0, 300.0, 300.0),
        steps=steps,
        pictures=frozenset(picture(text) for text, _ in PLAN),
        oddities=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def trips(*shown: tuple[str, int], of: Sheet | None = None) -> list[Trip]:
    """What the referee says to pictures, each shown for some seconds."""
    monitor, found, second = Monitor([of or sheet()], BOUNDS), [], 0
    for text, seconds in shown:
        for _ in range(seconds):
            found += monitor.see(float(second), picture(text))
            second += 1
    return found
