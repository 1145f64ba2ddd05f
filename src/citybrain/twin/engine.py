"""The seconds of the micro engine: this file is the order of things, and nothing else.

One kernel on purpose: Numba optimises a callee again in each of its callers, so every further entry point would
compile the whole engine once more.
"""

from __future__ import annotations

from citybrain.twin.arrays import STEP, U8, World
from citybrain.twin.detect import watch_detectors
from citybrain.twin.insert import insert_all
from citybrain.twin.jit import entry
from citybrain.twin.lanechange import change_lanes
from citybrain.twin.move import move_all
from citybrain.twin.plan import plan_all
from citybrain.twin.signals import play_plans, show_colours


@entry
def advance(w: World, colours: U8, steps: int) -> None:
    """`steps` seconds with the groups' `colours` given from outside; without any, the signals play their own plans."""
    counter = w.counter
    steered = colours.size > 0
    if steered:
        show_colours(w, colours)
    for _ in range(steps):
        if not steered:
            play_plans(w)
        insert_all(w)
        change_lanes(w)
        plan_all(w)
        move_all(w)
        counter[STEP] += 1
        if steered:
            watch_detectors(w)
