"""The twin as a world under observation.

world, scorer = twin_streets(city, demand, seed=0)
batch = world.observe(world.time_s + 1.0)  # what the brain sees
truth = scorer.truth()  # what it never sees
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.errors import EngineError
from citybrain.records.observations import Observations
from citybrain.records.truth import Moving
from citybrain.twin.sensing import Sightings
from citybrain.twin.sensors import SensorSuite
from citybrain.twin.twin import Twin, Vehicles
from citybrain.worlds.car_parks import CarParks
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import Streets, scored
from citybrain.worlds.truth_ledger import TruthLedger

__all__ = ["TwinTraffic", "twin_streets"]
REHEARSED_S = 12  # the twin samples its queues every 10 s


class TwinTraffic:
    """`worlds.streets.Traffic` of the micro twin."""

    def __init__(self, city: City, demand: Demand, seed: int, sensing: Sensing) -> None:
        self._sensing = sensing
        self._twin = Twin(sensing.fitted(city), demand, seed)
        self._suite = SensorSuite(self._twin, sensing.on_site, sensing.seed, self._twin.city.sensors)
        self.car_parks = CarParks(self._twin.city, self._twin.demand, sensing.seed)

    @property
    def twin(self) -> Twin:
        """The streets themselves, for who scores; the brain is handed the world alone."""
        return self._twin

    @property
    def city(self) -> City:
        return self._twin.city

    @property
    def time_s(self) -> float:
        return self._twin.time_s

    def second(self, colours: NDArray[np.uint8], steered: NDArray[np.bool_]) -> Sightings:  # noqa: ARG002
        """Advance 1 s under these colours and sense."""
        self._twin.step(colours)
        seen = self._suite.look()
        if seen is None:
            raise EngineError(f"a step of the twin at {self.time_s:g} s took no time")
        drives = self._twin.memory.tables["drives"]
        self.car_parks.second(seen.step, seen.time_s, drives["inserted"], drives["arrived"])
        return seen

    def collect(self) -> Observations:
        return replace(self._suite.collect(), parking=self.car_parks.collect(self.time_s))

    def vehicles(self) -> Vehicles:
        return self._twin.vehicles()

    def moving(self) -> Moving:
        """A `worlds.base.Display`: every vehicle, with its class."""
        found, tables = self._twin.vehicles(), self._twin.memory.constants
        kind = tables["kinds"]["bits"][tables["trips"]["typ"][found.trip]]
        where = found.lane, found.movement, found.position_m, found.speed_mps
        return Moving(self.time_s, found.trip, *where, kind.astype(np.uint16))

    def fork(self) -> Twin:
        """A `worlds.base.Forkable`: the twin as it is now."""
        return self._twin.fork()

    def rehearse(self, colours: NDArray[np.uint8]) -> None:
        """Some seconds of a fork, up to its first samples; the streets stay as they are."""
        fork = self._twin.fork()
        suite = SensorSuite(fork, self._sensing.on_site, self._sensing.seed, fork.city.sensors)
        fork.step(colours, REHEARSED_S)
        suite.look()
        fork.vehicles()

    def close(self) -> None:
        """Nothing is held open."""


def twin_streets(
    city: City, demand: Demand, seed: int = 0, sensing: Sensing | None = None
) -> tuple[Streets, TruthLedger]:
    """A twin under observation, and its scorer.

    Args:
        city: what stands.
        demand: who travels. Trips without a route choose one as they depart.
        seed: of all randomness in driving.
        sensing: the sensors, what they are worth, and the seed of all chance in them.
    """
    return scored(TwinTraffic(city, demand, seed, sensing or Sensing()), city.meta.end_s)


def shown_streets(city: City, demand: Demand, seed: int, sensing: Sensing) -> tuple[Streets, TwinTraffic]:
    """As `twin_streets`, with a `Display` beside the world: for whoever draws it, never for the brain."""
    traffic = TwinTraffic(city, demand, seed, sensing)
    return Streets(traffic, city.meta.end_s), traffic
