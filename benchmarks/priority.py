"""What an ambulance gains where `brain` knows that it is one, and what that costs everybody else.

One vehicle in a hundred becomes an emergency vehicle that drives like any other: what it gains, it gains by the
signals. Same streets, same trips, same seeds: under the city's plans, under `brain` that takes it for a car, and under
`brain` as it is. The twin, full view; delays count from when a trip was due, with those still under way.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report
from benchmarks._estimate_places import GENERATED, SENSING_SEED, present, scene
from benchmarks.sensor_view import mixed
from numpy.typing import NDArray

from citybrain.brain.build import Wishes, assemble
from citybrain.brain.steering import SteerOptions
from citybrain.city.model import City, VehicleClass
from citybrain.clock import SystemClock
from citybrain.control.fixed import FixedTime
from citybrain.control.plans import PlanPlayer
from citybrain.control.registry import make_controller
from citybrain.control.run import run_control, run_plans
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.demand.model import Demand, VehicleTypes
from citybrain.records.readings import Readings
from citybrain.settings import Settings
from citybrain.twin.sensor_options import Channel
from citybrain.twin.sensor_places import default_sensors
from citybrain.twin.twin import Twin
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import scored
from citybrain.worlds.twin_streets import TwinTraffic

DOCUMENT = Path(__file__).parents[1] / "docs" / "control.md"
PLACES = ("cologne8", "Hangzhou", GENERATED)
SEEDS = (0, 1, 2)
QUICK_S = 900.0
LASTS_S = 3600.0  # behind sensors
URGENT_SHARE = 0.01
GAIN, COST = 0.7, 1.05  # of the delay as a car; of the others' delay
Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Delays:
    """Means over all trips of a kind, in seconds: (emergency vehicles, all others)."""

    plans: tuple[float, float]
    alike: tuple[float, float]
    priority: tuple[float, float]


class Alike:
    """A twin whose vehicles are all worth the same."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self.step = twin.step

    @property
    def time_s(self) -> float:
        return self._twin.time_s

    def readings(self) -> Readings:
        found = self._twin.readings()
        return replace(found, traffic=replace(found.traffic, weight=np.ones_like(found.traffic.weight)))


def main(quick: bool) -> Report:
    """All places and seeds; with quick one seed of the first place for a quarter of an hour."""
    places = [place for place in (PLACES[:1] if quick else PLACES) if present(place)]
    missing = [f"{place}: no files" for place in PLACES if not present(place)]
    seeds = SEEDS[:1] if quick else SEEDS
    found = {place: mean([compare(place, seed, QUICK_S if quick else np.inf) for seed in seeds]) for place in places}
    figures = [figure for place, delays in found.items() for figure in _figures(place, delays)]
    note = f"mean delays, twin, full view, seeds {seeds}, {URGENT_SHARE:.0%} emergency vehicles"
    return Report(figures, [*missing, note], [_table(found)])


def sensors(quick: bool) -> Report:
    """Emergency vehicles that report or keep silent, behind sensors, estimate and guard, with and without detectors."""
    places = [place for place in PLACES[:1] if present(place)]
    seeds, lasts_s = (SEEDS[:1], QUICK_S) if quick else (SEEDS, LASTS_S)
    figures, rows = list[Figure](), list[str]()
    for place in places:
        for what, share in (("detectors", 1.0), ("no detectors", 0.0)):
            runs = [[under_sensors(place, seed, lasts_s, share, told) for seed in seeds] for told in (0.0, 1.0)]
            silent, heard = np.mean(runs, axis=1)
            name = f"{place}, {what}: delay of "
            figures.append(Figure(f"{name}emergency vehicles", heard[0], GAIN, silent[0], at_least=False, unit="s"))
            figures.append(Figure(f"{name}all others", heard[1], COST, silent[1], at_least=False, unit="s"))
            rows.append(f"| {place}, {what} | {silent[0]:.1f} | {heard[0]:.1f} | {silent[1]:.1f} | {heard[1]:.1f} |")
    head = ("| place | emergency, silent | reporting | others, silent | reporting |", "|---|---:|---:|---:|---:|")
    note = f"mean delays, twin, 40 % cameras, 5 % probes, 10 % dead, seeds {seeds}, {lasts_s:.0f} s"
    return Report(figures, [note], ["\n".join([*head, *rows])])


def under_sensors(place: str, seed: int, lasts_s: float, detectors: float, told: float) -> tuple[float, float]:
    """Mean delays of emergency vehicles and of all others; `told` is the share of the former that report."""
    city, demand = scene(place, seed)
    demand, urgent = with_urgent(demand, seed)
    end_s = min(city.meta.end_s, city.meta.begin_s + lasts_s)
    given = replace(mixed(detectors), fleet=Channel(coverage_share=told, latency_s=1.0))
    traffic = TwinTraffic(city, demand, seed, Sensing(given, seed + SENSING_SEED, default_sensors(city)))
    world, _ = scored(traffic, end_s)
    runtime = assemble(lambda: world, Wishes(steer=SteerOptions("brain", "control")), Settings(), SystemClock())
    try:
        runtime.begin()
        runtime.run(end_s)
    finally:
        runtime.close()
    delay_s = traffic.twin.delays_s()
    which = urgent[: delay_s.size]
    return float(delay_s[which].mean()), float(delay_s[~which].mean())


PARTS = {"priority": main, "priority-sensors": sensors}


def compare(place: str, seed: int, lasts_s: float) -> Delays:
    """One seed of one place."""
    city, demand = scene(place, seed)
    demand, urgent = with_urgent(demand, seed)
    end_s = min(city.meta.end_s, city.meta.begin_s + lasts_s)
    found = []
    for run in (_plans, _alike, _priority):
        twin = Twin(city, demand, seed)
        run(twin, city, end_s)
        delay_s = twin.delays_s()
        which = urgent[: delay_s.size]
        found.append((float(delay_s[which].mean()), float(delay_s[~which].mean())))
    return Delays(*found)


def with_urgent(demand: Demand, seed: int) -> tuple[Demand, Bool]:
    """Some trips are those of emergency vehicles [n_trips], which drive as they did."""
    types, trips = demand.types, demand.trips
    urgent = np.random.default_rng(seed).random(trips.vehicle_type.size) < URGENT_SHARE
    twice = {f.name: _doubled(getattr(types, f.name)) for f in fields(VehicleTypes)}
    n = len(types.type_id)
    twice["type_id"] = (*types.type_id, *(f"urgent {name}" for name in types.type_id))
    twice["vehicle_class"][n:] = int(VehicleClass.EMERGENCY)
    kinds = np.where(urgent, trips.vehicle_type + n, trips.vehicle_type).astype(np.int32)
    return replace(demand, types=VehicleTypes(**twice), trips=replace(trips, vehicle_type=kinds)), urgent


def _doubled(column: tuple[str, ...] | NDArray[np.generic]) -> tuple[str, ...] | NDArray[np.generic]:
    return (*column, *column) if isinstance(column, tuple) else np.concatenate([column, column])


def _plans(twin: Twin, city: City, end_s: float) -> None:
    run_plans(twin, PlanPlayer(city), end_s)


def _alike(twin: Twin, city: City, end_s: float) -> None:
    _steer(Alike(twin), city, end_s)


def _priority(twin: Twin, city: City, end_s: float) -> None:
    _steer(twin, city, end_s)


def _steer(streets: Twin | Alike, city: City, end_s: float) -> None:
    table = SignalTable.from_city(city)
    machine = StageMachine(city, table, FixedTime(table).stages_at(streets.time_s).clip(min=0))
    run_control(streets, make_controller("brain", city, table=table), machine, end_s)


def mean(found: list[Delays]) -> Delays:
    """Over the seeds."""
    rows = np.mean([[each.plans, each.alike, each.priority] for each in found], axis=0)
    return Delays(*((float(a), float(b)) for a, b in rows))


def _figures(place: str, found: Delays) -> list[Figure]:
    return [
        Figure(
            f"{place}: delay of emergency vehicles", found.priority[0], GAIN, found.alike[0], at_least=False, unit="s"
        ),
        Figure(f"{place}: delay of all others", found.priority[1], COST, found.alike[1], at_least=False, unit="s"),
    ]


def _table(found: dict[str, Delays]) -> str:
    head = ["| place | vehicles | plans | brain, all alike | brain |", "|---|---|---:|---:|---:|"]
    rows = [
        f"| {place} | {kind} | {d.plans[k]:.1f} | {d.alike[k]:.1f} | {d.priority[k]:.1f} |"
        for place, d in found.items()
        for k, kind in enumerate(("emergency", "others"))
    ]
    return "\n".join(head + rows)
