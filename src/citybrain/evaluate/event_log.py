"""The event log of a run: a city in the twin under sensors, or a day that was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, SensorKind
from citybrain.errors import InputError
from citybrain.estimate.performance.recorder import FINE_S, Recorder
from citybrain.records.readings import Readings
from citybrain.records.signal_events import SignalLog
from citybrain.twin.sensor_options import SensorOptions

if TYPE_CHECKING:
    from citybrain.demand.model import Demand
    from citybrain.twin.sensors import SensorSuite
    from citybrain.twin.twin import Twin

__all__ = ["PLANS", "Day", "log_of_city", "log_of_recording"]

PLANS = "plans"  # the city's own, as they are
Advance = Callable[[float], None]


@dataclass(frozen=True)
class Day:
    """What is run: who steers, for how long, and what the sensors are worth (they report every second)."""

    controller: str = PLANS
    until_s: float = 3600.0  # on the city's clock
    seed: int = 0
    sensors: SensorOptions = field(default_factory=lambda: SensorOptions(interval_s=1))


class _Watched:
    """A twin whose every step is sensed and written into the log."""

    def __init__(self, twin: Twin, suite: SensorSuite, recorder: Recorder) -> None:
        self._twin, self._suite, self._recorder = twin, suite, recorder

    @property
    def time_s(self) -> float:
        return self._twin.time_s

    def readings(self) -> Readings:
        return self._twin.readings()

    def step(self, colours: NDArray[np.uint8]) -> None:
        self._twin.step(colours)
        self._recorder.take(self._suite.observe())


def log_of_city(city: City, demand: Demand, day: Day, advance: Advance | None = None) -> SignalLog:
    """Run a city in the twin and give the log of its signals; without detectors of its own it gets them everywhere."""
    from citybrain.control.plans import PlanPlayer
    from citybrain.control.registry import make_control
    from citybrain.control.run import run_control, run_plans
    from citybrain.twin.sensor_places import signal_detectors
    from citybrain.twin.sensors import SensorSuite
    from citybrain.twin.twin import Twin

    if not len(city.signals.signal_id):
        raise InputError(f"{city.meta.name or 'the city'}: has no signals, so there is nothing to diagnose")
    if not (city.sensors.kind != SensorKind.CAMERA).any():
        city = replace(city, sensors=signal_detectors(city))
    twin = Twin(city, demand, day.seed)
    recorder = Recorder(city, twin.time_s)
    world = _Watched(twin, SensorSuite(twin, day.sensors, day.seed + 1), recorder)
    begin_s = twin.time_s

    def tell(now_s: float) -> None:
        if advance is not None:
            advance((now_s - begin_s) / max(day.until_s - begin_s, 1.0))

    if day.controller == PLANS:
        run_plans(world, PlanPlayer(city), day.until_s, tell)
    else:
        run_control(world, *make_control(day.controller, city), day.until_s, tell)
    return recorder.log(twin.time_s)


def log_of_recording(folder: Path, advance: Advance | None = None) -> SignalLog:
    """The log of a day that `citybrain run --record` has kept: from its colours, detectors and plates."""
    from citybrain.worlds.replay import Replay

    replay = Replay(folder)
    begin_s = replay.time_s
    recorder = Recorder(replay.city, begin_s)
    while replay.time_s < replay.end_s:
        recorder.take(replay.observe(replay.time_s + 60.0))
        if advance is not None:
            advance((replay.time_s - begin_s) / max(replay.end_s - begin_s, 1.0))
    log = recorder.log(replay.end_s)
    if not log.channels.use.size:
        told = f"detectors report over more than {FINE_S} s" if recorder.coarse_rows else "no detector reports"
        raise InputError(f"{folder}: {told} and no camera reads plates, so there is nothing to diagnose")
    return log
