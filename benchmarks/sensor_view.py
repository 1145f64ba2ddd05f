"""What an optimiser loses when it sees what sensors report instead of everything.

Sensors -> estimate -> optimiser -> guard -> leases, as `citybrain run --mode control` has it, an independent referee
beside it, in the twin: 40 % of the junctions with cameras (95 % of plates read), 5 % probes each 10 s with 10 m noise,
one camera in ten dead. Beside it the same optimiser in full view (every vehicle, no guard), the city's own plans, and a
brain that sees nothing: all plans. Mean delay of all vehicles that wanted to depart, waiting to enter included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report
from benchmarks._estimate_places import SENSING_SEED, options, present, scene

from citybrain.brain.build import Wishes, assemble
from citybrain.brain.steering import SteerOptions
from citybrain.city.model import City
from citybrain.clock import SystemClock
from citybrain.control.fixed import FixedTime
from citybrain.control.plans import PlanPlayer
from citybrain.control.registry import make_controller
from citybrain.control.run import run_control, run_plans
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.demand.model import Demand
from citybrain.records.summary import Summary
from citybrain.settings import Settings
from citybrain.twin.sensor_options import SensorOptions
from citybrain.twin.sensor_places import default_sensors
from citybrain.twin.twin import Twin
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import scored
from citybrain.worlds.twin_streets import TwinTraffic

DOCUMENT = Path(__file__).parents[1] / "docs" / "control.md"
PLACES = ("cologne8", "Hangzhou", "Jinan")
SEEDS = (0, 1, 2)
QUICK_S = 900.0
DEAD_SHARE = 0.1
NAMES = ("max-pressure", "brain")
RISE, BLIND_RISE = 1.10, 1.02


def main(quick: bool) -> Report:
    """All places and seeds; with quick one seed of the first place for a quarter of an hour."""
    places = [place for place in (PLACES[:1] if quick else PLACES) if present(place)]
    missing = [f"{place}: no files" for place in PLACES if not present(place)]
    seeds, lasts_s = (SEEDS[:1], QUICK_S) if quick else (SEEDS, math.inf)
    found = [(place, name, _compare(place, name, seeds, lasts_s)) for place in places for name in NAMES]
    note = f"mean delay, twin, seeds {seeds}; the peer is full view, or the city's plans where nothing is seen"
    figures = [figure for place, name, delays in found for figure in _figures(f"{place}, {name}", delays)]
    return Report(figures, [*missing, note], [_table(found)])


@dataclass(frozen=True)
class Delays:
    """Mean delays over the seeds, in seconds."""

    plans: float
    full_view: float
    sensors: float
    blind: float


def _compare(place: str, name: str, seeds: Sequence[int], lasts_s: float) -> Delays:
    city, demand = scene(place, 0)
    end_s = min(city.meta.end_s, city.meta.begin_s + lasts_s)
    return Delays(
        _mean([plans(city, demand, seed, end_s) for seed in seeds]),
        _mean([full_view(city, demand, seed, end_s, name) for seed in seeds]),
        _mean([under_sensors(city, demand, seed, end_s, name, _sensors()) for seed in seeds]),
        _mean([under_sensors(city, demand, seed, end_s, name, _blind()) for seed in seeds]),
    )


def _figures(what: str, found: Delays) -> list[Figure]:
    return [
        Figure(f"{what}: delay under sensors", found.sensors, RISE, found.full_view, at_least=False, unit="s"),
        Figure(f"{what}: delay without sensors", found.blind, BLIND_RISE, found.plans, at_least=False, unit="s"),
    ]


def _table(found: Sequence[tuple[str, str, Delays]]) -> str:
    """Delays in seconds."""
    head = ["| place | optimiser | plans | full view | sensors | no sensors |", "|---|---|---:|---:|---:|---:|"]
    rows = [
        f"| {place} | {name} | {d.plans:.1f} | {d.full_view:.1f} | {d.sensors:.1f} | {d.blind:.1f} |"
        for place, name, d in found
    ]
    return "\n".join(head + rows)


def _mean(delays_s: Sequence[float]) -> float:
    return float(np.mean(delays_s))


def _sensors() -> SensorOptions:
    cameras = replace(options().cameras, dead_share=DEAD_SHARE)
    return replace(options(), cameras=cameras)


def _blind() -> SensorOptions:
    """Nothing reports: neither sensors nor signals."""
    off = [replace(channel, loss_share=1.0) for channel in (options().cameras, options().probes, options().signals)]
    return replace(options(), cameras=off[0], probes=off[1], signals=off[2])


def plans(city: City, demand: Demand, seed: int, end_s: float) -> float:
    """Mean delay under the city's own plans, in seconds."""
    twin = Twin(city, demand, seed)
    run_plans(twin, PlanPlayer(city), end_s)
    return _delay(twin.summary())


def full_view(city: City, demand: Demand, seed: int, end_s: float, name: str) -> float:
    """Mean delay under an optimiser that sees every vehicle, in seconds."""
    twin = Twin(city, demand, seed)
    table = SignalTable.from_city(city)
    machine = StageMachine(city, table, FixedTime(table).stages_at(twin.time_s).clip(min=0))
    run_control(twin, make_controller(name, city, table=table), machine, end_s)
    return _delay(twin.summary())


def under_sensors(city: City, demand: Demand, seed: int, end_s: float, name: str, sensors: SensorOptions) -> float:
    """Mean delay under an optimiser behind sensors, estimate and guard, in seconds."""
    traffic = TwinTraffic(city, demand, seed, Sensing(sensors, seed + SENSING_SEED, default_sensors(city)))
    world, _ = scored(traffic, end_s)
    runtime = assemble(lambda: world, Wishes(steer=SteerOptions(name, "control")), Settings(), SystemClock())
    try:
        runtime.begin()
        runtime.run(end_s)
    finally:
        runtime.close()
    return _delay(traffic.twin.summary())


def _delay(summary: Summary) -> float:
    return summary.mean_delay_s
