"""One second of the micro engine: this file is the order of things, and nothing else."""

from __future__ import annotations

from citybrain.twin.arrays import STEP, U8, World, counter_of
from citybrain.twin.detect import watch_detectors
from citybrain.twin.insert import insert_all
from citybrain.twin.jit import kernel
from citybrain.twin.lanechange import change_lanes
from citybrain.twin.move import move_all
from citybrain.twin.plan import plan_all
from citybrain.twin.signals import play_plans, show_colours


@kernel
def advance(w: World) -> None:
    """One second with the colours as they are."""
    counter = counter_of(w)
    insert_all(w)
    change_lanes(w)
    plan_all(w)
    move_all(w)
    counter[STEP] += 1


@kernel
def run_plans(w: World, steps: int) -> None:
    """`steps` seconds under the signals' own plans."""
    for _ in range(steps):
        play_plans(w)
        advance(w)


@kernel
def run_colours(w: World, colours: U8, steps: int) -> None:
    """`steps` seconds with the groups' colours given from outside."""
    show_colours(w, colours)
    for _ in range(steps):
        advance(w)
        watch_detectors(w)
