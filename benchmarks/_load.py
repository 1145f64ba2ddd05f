"""Generated cities filled with traffic, and what a step of them costs."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from citybrain.city.model import City
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.twin.arrays import RUNNING, VEHICLE_STEPS
from citybrain.twin.twin import Twin

WINDOW_S = 60
MIN_CPU_S = 0.3  # of a measurement; a small city is measured again and again from the same state
FILL_MAX_S = 3600


def busy(n_signals: int, n_trips: float, within_s: float, seed: int = 1) -> tuple[City, Demand]:
    """A generated city whose rush hour has about `n_trips` trips, all departing in `within_s` seconds."""
    _, usual = generate(n_signals, seed)
    city, demand = generate(n_signals, seed, scale=n_trips / max(len(usual.trips.trip_id), 1))
    depart_s = demand.trips.depart_s
    begin_s = city.meta.begin_s
    span_s = max(float(depart_s[-1]) - begin_s, 1.0)
    squeezed_s = np.floor(begin_s + (depart_s - begin_s) * within_s / span_s)
    return city, replace(demand, trips=replace(demand.trips, depart_s=squeezed_s))


def filled(n_signals: int, n_running: int, within_s: float = 900.0) -> Twin:
    """A twin run until `n_running` vehicles are in transit, or to its fullest minute if they never are."""
    city, demand = busy(n_signals, 1.6 * n_running, within_s)
    twin = Twin(city, demand)
    best = twin.fork()
    for _ in range(FILL_MAX_S // WINDOW_S):
        if running(twin) >= n_running:
            return twin
        twin.run(twin.time_s + WINDOW_S)
        if running(twin) <= running(best):
            break
        best = twin.fork()
    return best


def running(twin: Twin) -> int:
    """Vehicles in transit."""
    return int(twin.counters[RUNNING])


def cost(twin: Twin) -> tuple[float, float]:
    """(CPU seconds per vehicle-step, CPU seconds per simulated second) over the next minute."""
    cpu_s, vehicle_steps, simulated_s = 0.0, 0, 0
    while cpu_s < MIN_CPU_S:
        again = twin.fork()
        begin_s, before = time.process_time(), int(again.counters[VEHICLE_STEPS])
        again.run(again.time_s + WINDOW_S)
        cpu_s += time.process_time() - begin_s
        vehicle_steps += int(again.counters[VEHICLE_STEPS]) - before
        simulated_s += WINDOW_S
    return cpu_s / vehicle_steps, cpu_s / simulated_s


def least_wall_s(what: Callable[[], object], times: int = 7) -> float:
    """Least wall time of several calls."""
    found = []
    gc.disable()
    try:
        for _ in range(times):
            begin_s = time.perf_counter()
            kept = what()
            found.append(time.perf_counter() - begin_s)
            del kept
    finally:
        gc.enable()
    return min(found)
