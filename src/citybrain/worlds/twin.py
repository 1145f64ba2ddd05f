"""The twin as a world: what controllers drive when no real city is at hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.clock import Clock, SystemClock
from citybrain.demand.model import Demand
from citybrain.records.history import RunHistory
from citybrain.records.readings import Readings
from citybrain.records.summary import Summary
from citybrain.twin.twin import Twin


class TwinWorld:
    """A `SignalWorld` on the micro twin. Trips without a route choose one as they depart; the seed decides chance."""

    def __init__(self, city: City, demand: Demand, seed: int = 0, clock: Clock | None = None) -> None:
        self.twin = Twin(city, demand, seed)
        self._clock = clock or SystemClock()
        self._wall_s = 0.0

    @property
    def city(self) -> City:
        return self.twin.city

    @property
    def time_s(self) -> float:
        return self.twin.time_s

    @property
    def end_s(self) -> float:
        return self.city.meta.end_s

    def readings(self) -> Readings:
        """What ideal sensors say now."""
        return self.twin.readings()

    def step(self, colours: NDArray[np.uint8]) -> None:
        """Advance 1 s under the given group colours."""
        begin = self._clock.monotonic_s()
        self.twin.step(colours)
        self._wall_s += self._clock.monotonic_s() - begin

    def run_plans(self, until_s: float) -> None:
        """Advance to `until_s` under the city's own plans."""
        begin = self._clock.monotonic_s()
        self.twin.run(until_s)
        self._wall_s += self._clock.monotonic_s() - begin

    def summary(self) -> Summary:
        """Figures of the run so far."""
        return self.twin.summary(step_wall_s=self._wall_s)

    def history(self) -> RunHistory:
        """Minute series and means by link."""
        return self.twin.history()
