"""The truth about a simulated world, booked second by second beside it: for scoring, never for the brain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, City
from citybrain.records.readings import HALTED_MPS
from citybrain.records.truth import Truth
from citybrain.twin.sensing import Sightings
from citybrain.twin.twin import Vehicles


class TruthLedger:
    """A `worlds.base.Scorer`. A second belongs, with the metres driven in it, to where the vehicle is at its end."""

    def __init__(self, city: City, time_s: float) -> None:
        n_links, n_lanes = city.links.first_lane.size, city.lanes.link.size
        self._link, self._from_link = city.lanes.link, city.lanes.link[city.movements.from_lane]
        self._time_s, self._in_transit = time_s, 0
        self._count, self._queue = np.zeros(n_links, np.int32), np.zeros(n_lanes, np.int32)
        self._spent_s, self._driven_m, self._inside_s = np.zeros(n_links), np.zeros(n_links), np.zeros(n_links)
        self._exits, self._travel_s = np.zeros(n_links, np.int64), np.zeros(n_links)
        self._entered_s = np.full(0, np.nan)  # by trip: when it came onto its link; nan = not on one since it left one

    def book(self, seen: Sightings, vehicles: Vehicles) -> None:
        """Book one second: what crossed stop lines in it, and where every vehicle is at its end."""
        self._time_s, self._in_transit = seen.time_s, vehicles.trip.size
        self._make_room(max(int(vehicles.trip.max(initial=-1)), int(seen.crossings.trip.max(initial=-1))) + 1)
        self._book_exits(seen.crossings.trip, self._from_link[seen.crossings.movement])
        on = vehicles.lane >= 0
        trip, lane, speed_mps = vehicles.trip[on], vehicles.lane[on], vehicles.speed_mps[on]
        new = np.isnan(self._entered_s[trip])
        self._entered_s[trip[new]] = seen.time_s
        n_links, link = self._count.size, self._link[lane]
        self._count = np.bincount(link, minlength=n_links).astype(np.int32)
        self._queue = np.bincount(lane[speed_mps < HALTED_MPS], minlength=self._queue.size).astype(np.int32)
        self._spent_s += self._count
        self._driven_m += np.bincount(link, speed_mps, n_links)
        inside = vehicles.movement >= 0
        self._inside_s += np.bincount(self._from_link[vehicles.movement[inside]], minlength=n_links)

    def _make_room(self, n_trips: int) -> None:
        more = n_trips - self._entered_s.size
        if more > 0:
            self._entered_s = np.append(self._entered_s, np.full(more + n_trips, np.nan))

    def _book_exits(self, trip: I32, link: NDArray[np.int32]) -> None:
        """Crossings of stop lines in the order of each trip's route; a second one in the same second took no time."""
        first = np.ones(trip.size, np.bool_)
        first[1:] = trip[1:] != trip[:-1]
        took_s: F64 = np.where(first, self._time_s - self._entered_s[trip], 0.0)
        took_s[np.isnan(took_s)] = 0.0  # came onto the link and left it within this second
        self._exits += np.bincount(link, minlength=self._exits.size)
        self._travel_s += np.bincount(link, took_s, self._travel_s.size)
        self._entered_s[trip] = np.nan

    def truth(self) -> Truth:
        """The streets as they are now; sums run from when the ledger was opened."""
        now = (self._count.copy(), self._queue.copy())
        sums = (self._spent_s.copy(), self._driven_m.copy(), self._inside_s.copy())
        return Truth(self._time_s, self._in_transit, *now, *sums, self._exits.copy(), self._travel_s.copy())


__all__ = ["TruthLedger"]
