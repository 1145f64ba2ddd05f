"""What deciding costs: `brain` on a city of 1,300 junctions, and whether twice the junctions cost twice the time."""

from __future__ import annotations

from time import perf_counter

import numpy as np
from benchmarks._bench import Figure, Report

from citybrain.control.registry import Control, make_control
from citybrain.demand.generated import generate
from citybrain.worlds.twin import TwinWorld

SIGNALS = 1300
TARGET_MS = 200.0
LINEAR = 2.5  # double the junctions, at most so many times the time
WARM_S = 900.0
DECISIONS = 20
NAMES = ("longest-queue", "vote", "sketch", "brain")


def main(quick: bool) -> Report:
    """Least of a few decisions, city by city, with the traffic of a rush hour on the streets."""
    half, whole = SIGNALS // 2, SIGNALS
    found = {n: _measured(n, 300.0 if quick else WARM_S) for n in (half, whole)}
    figures = [
        Figure(
            f"{name}, {whole:,} junctions",
            found[whole][1][name],
            None if name != "brain" else TARGET_MS,
            None,
            False,
            "ms",
        )
        for name in NAMES
    ]
    growth = found[whole][1]["brain"] / found[half][1]["brain"]
    per = found[whole][0] / found[half][0]
    figures.append(Figure("brain, twice the junctions: times the time", growth, LINEAR, at_least=False))
    figures.append(Figure("vehicles in view: times as many", per))
    notes = [f"{n:,} junctions: {count:,} vehicles in view" for n, (count, _) in found.items()]
    return Report(figures, [*notes, f"least of {DECISIONS} decisions in a row, a second apart; two threads"])


def _measured(n_signals: int, warm_s: float) -> tuple[int, dict[str, float]]:
    """Vehicles in view, and milliseconds of a decision by controller."""
    city, demand = generate(n_signals, seed=1)
    world = TwinWorld(city, demand)
    world.run_plans(world.time_s + warm_s)
    controls = {name: make_control(name, city, begin_s=world.time_s) for name in NAMES}
    found = {
        name: _least_ms(world, control, 3 if name == "sketch" else DECISIONS) for name, control in controls.items()
    }
    return world.readings().traffic.lane.size, found


def _least_ms(world: TwinWorld, control: Control, decisions: int) -> float:
    """The world stands still meanwhile: what is measured is the deciding."""
    readings = world.readings()
    walls = []
    for _ in range(decisions):
        begin = perf_counter()
        control.controller.decide(readings, control.machine.state)
        walls.append(perf_counter() - begin)
    return 1000.0 * float(np.min(walls))
