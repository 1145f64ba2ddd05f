"""SUMO as a world under observation: the same virtual sensors as the twin's, with the same luck, on its vehicles.

world, scorer = sumo_streets(SumoWorld.from_scenario(path, seed=0))
batch = world.observe(world.time_s + 1.0)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.records.observations import Observations
from citybrain.twin.sensing import Asked, Called, Instruments, Sightings
from citybrain.twin.sensor_kernels import feel_all
from citybrain.twin.twin import Vehicles
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import Streets, scored
from citybrain.worlds.sumo import SumoWorld
from citybrain.worlds.sumo_watch import Drives
from citybrain.worlds.truth_ledger import TruthLedger

__all__ = ["SumoTraffic", "sumo_streets"]


class SumoTraffic:
    """`worlds.streets.Traffic` of SUMO. A signal plays SUMO's own program until it is first leased."""

    def __init__(self, sumo: SumoWorld, sensing: Sensing) -> None:
        self._sumo, self._city = sumo, sensing.fitted(sumo.city)
        self._watch = sumo.watch()
        self._instruments = Instruments(
            self._city, self._city.sensors, sensing.on_site, sensing.seed, self._watch.trip_ids
        )
        self._phase, self._fleet_phase = np.zeros(0, np.int16), np.zeros(0, np.int16)  # of each trip met
        self._step = 0
        self._where = self._watch.begin

    @property
    def city(self) -> City:
        return self._city

    @property
    def time_s(self) -> float:
        return self._sumo.time_s

    def second(self, colours: NDArray[np.uint8], steered: NDArray[np.bool_]) -> Sightings:
        """Advance 1 s and sense."""
        arrived = self._sumo.second(colours, steered)
        self._where, crossings, drives = self._watch.look(arrived)
        self._step += 1
        seen = Sightings(
            step=self._step,
            time_s=self.time_s,
            seconds=1,
            crossings=crossings,
            vehicle_class=self._watch.vehicle_class[crossings.trip],
            fronts=self._feel(drives),
            asked=self._ask(),
            shown=self._watch.shown(),
            called=self._call(),
        )
        self._instruments.feel(seen)
        return seen

    def _feel(self, drives: Drives) -> NDArray[np.int32]:
        loops = self._instruments.loops
        fronts = np.empty(loops.begin.size, np.int32)
        feel_all(loops, *drives, fronts)
        return fronts

    def _ask(self) -> Asked:
        """Where the vehicles are whose turn it is to report."""
        self._meet()
        now = self._step % self._instruments.options.period_s
        return self._located(np.flatnonzero(self._phase[self._where.trip] == now))

    def _call(self) -> Called:
        """Buses, trams and emergency vehicles whose turn it is; nobody knows how late a bus of SUMO's is."""
        now = self._step % self._instruments.options.fleet_period_s
        rows = np.flatnonzero(self._fleet_phase[self._where.trip] == now)
        asked = self._located(rows)
        return Called(asked, self._watch.vehicle_class[asked.trip], np.full(rows.size, np.nan))

    def _meet(self) -> None:
        """Give vehicles that have come the seconds in which they report."""
        new = np.arange(self._phase.size, len(self._watch.trip_ids))
        self._phase = np.append(self._phase, self._instruments.phases(new))
        phases = self._instruments.fleet_phases(new, self._watch.vehicle_class[new])
        self._fleet_phase = np.append(self._fleet_phase, phases)

    def _located(self, rows: NDArray[np.int64]) -> Asked:
        places = [self._watch.position_m(self._where.name[i]) for i in rows]
        x_m, y_m = np.array(places, np.float64).reshape(-1, 2).T.copy()
        return Asked(self._where.trip[rows].astype(np.int32), x_m, y_m, self._where.speed_mps[rows])

    def collect(self) -> Observations:
        return self._instruments.collect(self.time_s)

    def vehicles(self) -> Vehicles:
        """Those on the city's streets: who drives on a lane that the city leaves out is not among them."""
        trip, track = self._where.trip.astype(np.int32), self._where.track
        n_lanes = self._city.lanes.link.size
        lane = np.where(track < n_lanes, track, -1).astype(np.int32)
        movement = np.where(track < n_lanes, -1, track - n_lanes).astype(np.int32)
        length_m = np.where(lane >= 0, self._city.lanes.length_m[lane], self._city.movements.length_m[movement])
        at_m = (length_m - self._where.ahead_m).astype(np.float32)
        return Vehicles(trip, lane, movement, at_m, self._where.speed_mps.astype(np.float32))

    def rehearse(self, colours: NDArray[np.uint8]) -> None:
        """SUMO is compiled already."""

    def close(self) -> None:
        """End SUMO's run."""
        self._sumo.close()


def sumo_streets(sumo: SumoWorld, sensing: Sensing | None = None) -> tuple[Streets, TruthLedger]:
    """A run of SUMO under observation, and its scorer. SUMO allows one run a process; `close` ends it."""
    return scored(SumoTraffic(sumo, sensing or Sensing()), sumo.end_s)
