"""Runs of the twin that can be held against SUMO's: the same trips by name, the same 15-minute counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, Colour
from citybrain.control.registry import Control, make_control
from citybrain.control.run import run_control
from citybrain.demand.model import Demand
from citybrain.worlds.sumo_files import GREEN_BOUNDS_S
from citybrain.worlds.twin import TwinWorld

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TwinRun:
    duration_s: dict[str, float]
    mean_travel_time_s: float
    mean_delay_s: float
    left: F64  # [n_links, n_parts]


def run_twin(city: City, demand: Demand, actuated: bool, seed: int, part_s: int = 900) -> TwinRun:
    """The city's own plans, or the same phases under gap actuation with SUMO's bounds, over the city's window."""
    world = TwinWorld(with_bounds(city) if actuated else city, demand, seed)
    control = make_control("actuated", world.city) if actuated else None
    total, parts = np.zeros(len(city.links.link_id)), []
    until_s = city.meta.begin_s
    while until_s < city.meta.end_s:
        until_s = min(city.meta.end_s, until_s + part_s)
        _advance(world, control, until_s)
        exits = world.twin.memory.tables["links"]["exits"].astype(np.float64)
        parts.append(exits - total)
        total = exits
    summary = world.summary()
    return TwinRun(durations(world), summary.mean_travel_time_s, summary.mean_delay_s, np.array(parts).T)


def _advance(world: TwinWorld, control: Control | None, until_s: float) -> None:
    if control is None:
        world.run_plans(until_s)
    else:
        run_control(world, control.controller, control.machine, until_s)


def durations(world: TwinWorld) -> dict[str, float]:
    """Seconds from departure to arrival of every finished trip, by its name."""
    drives, names = world.twin.memory.tables["drives"], world.twin.demand.trips.trip_id
    spent = drives["arrived"] - drives["inserted"]
    return {names[i]: float(spent[i]) for i in np.flatnonzero(drives["arrived"] >= 0.0)}


def with_bounds(city: City, bounds_s: tuple[float, float] = GREEN_BOUNDS_S) -> City:
    """The city whose greens may last from `bounds_s[0]` to `bounds_s[1]`, as in the peer's actuated programs."""
    phases = city.phases
    low, high = phases.min_s.copy(), phases.max_s.copy()
    for p in np.flatnonzero(green_phases(city)):
        low[p], high[p] = bounds_s
    n = len(city.signals.signal_id)
    signals = replace(city.signals, min_green_s=np.full(n, bounds_s[0]), max_green_s=np.full(n, bounds_s[1]))
    return replace(city, phases=replace(phases, min_s=low, max_s=high), signals=signals)


def green_phases(city: City) -> NDArray[np.bool_]:
    """[n_phases] phases with some green and no yellow."""
    colours, offset = city.phases.colours, city.phases.colour_offset
    shown = [colours[offset[p] : offset[p + 1]] for p in range(len(city.phases.plan))]
    found = [(row >= Colour.PERMISSIVE).any() and not (row == Colour.YELLOW).any() for row in shown]
    return np.array(found, np.bool_)
