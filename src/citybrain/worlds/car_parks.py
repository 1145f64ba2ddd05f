"""Car parks of a simulated city: they fill with trips that end near them and empty with trips that begin there.

Of the trips whose last link lies within reach of a place to park, a share parks in the nearest one; of those whose
first link does, a share leaves it. Who finds it full parks elsewhere, and where it is empty a trip's car stood
elsewhere. Which trips these are follows from the seed. Each place counts without error and reports once a minute,
late and sometimes not at all, as the other virtual sensors do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, ParkingKind
from citybrain.demand.model import Demand
from citybrain.records.observations import ParkingCounts, ParkingState, Quality, make, take
from citybrain.twin.sensor_chance import uniform
from citybrain.twin.sensor_mail import Mailbox

__all__ = ["CarParks", "ParkingWays"]

I32 = NDArray[np.int32]
F32 = NDArray[np.float32]
REACH_M = {ParkingKind.OFF_STREET: 400.0, ParkingKind.ON_STREET: 200.0, ParkingKind.PARK_AND_RIDE: 1500.0}
PARK_SHARE, LEAVE_SHARE = 0.6, 0.35  # of the trips that end and begin near by; the others have places of their own
FULL_AT_FIRST = 0.2, 0.75  # least and greatest share of the spaces that is taken at the beginning
PERIOD_S, LATENCY_S, LOSS_SHARE = 60, 5.0, 0.01
_PARK, _LEAVE, _FIRST, _LOSS = 101, 102, 103, 104  # what chance is drawn for, apart from the other sensors' draws


@dataclass(frozen=True, eq=False)
class ParkingWays:
    """Of every trip [trips] the place that it parks in when it ends, and that it leaves when it begins; -1 = none."""

    parks: I32
    leaves: I32

    @classmethod
    def of(cls, city: City, demand: Demand, seed: int) -> ParkingWays:
        """Which trips park where; a trip's chance is its own."""
        near, trips = _nearest(city), demand.trips
        first = trips.route_link[trips.route_offset[trips.route]]
        last = trips.route_link[trips.route_offset[trips.route + 1] - 1]
        trip = np.arange(trips.route.size)
        parks = np.where(uniform(seed, _PARK, trip) < PARK_SHARE, near[last], -1)
        leaves = np.where(uniform(seed, _LEAVE, trip) < LEAVE_SHARE, near[first], -1)
        return cls(parks.astype(np.int32), leaves.astype(np.int32))


def _nearest(city: City) -> I32:
    """The place to park that is nearest to each link's middle [n_links], measured by its reach; -1 = none is near."""
    links, parking = city.links, city.parking
    near = np.full(links.length_m.size, -1, np.int32)
    if not parking.parking_id:
        return near
    first, last = links.geometry_offset[:-1], links.geometry_offset[1:] - 1
    x_m = (links.geometry_x_m[first] + links.geometry_x_m[last]) / 2.0
    y_m = (links.geometry_y_m[first] + links.geometry_y_m[last]) / 2.0
    best = np.full(near.size, 1.0)
    for row, kind in enumerate(parking.kind.tolist()):
        away = np.hypot(x_m - parking.x_m[row], y_m - parking.y_m[row]) / REACH_M[ParkingKind(kind)]
        nearer = away < best
        near[nearer], best[nearer] = row, away[nearer]
    return near


class CarParks:
    """What is parked where. `taken` [n] are vehicles, `turned_away` those that found it full."""

    def __init__(self, city: City, demand: Demand, seed: int) -> None:
        self._seed, self._parking = seed, city.parking
        self._ways = ParkingWays.of(city, demand, seed)
        self._ids = np.array([*city.parking.parking_id, ""], object)[:-1]
        low, high = FULL_AT_FIRST
        n = self._ids.size
        share = low + (high - low) * uniform(seed, _FIRST, np.arange(n))
        self.taken = np.floor(share * city.parking.spaces).astype(np.int64)
        self.turned_away = np.zeros(n, np.int64)
        self._mail = Mailbox(ParkingCounts)
        self._begun, self._ended = np.zeros((2, demand.trips.route.size), np.bool_)

    def second(self, step: int, time_s: float, began_s: F32, ended_s: F32) -> None:
        """Once a second; `began_s` and `ended_s` [trips] are seconds since the beginning, below 0 = not yet."""
        if step % PERIOD_S or not self._ids.size:
            return
        self._book(began_s, ended_s)
        n = self._ids.size
        free = self._parking.spaces - self.taken
        state = np.where(free > 0, int(ParkingState.OPEN), int(ParkingState.FULL))
        rows = make(
            *(ParkingCounts, np.full(n, time_s), time_s + LATENCY_S, self._ids, free, self._parking.spaces, state),
            Quality.MEASURED,
        )
        self._mail.put(take(rows, uniform(self._seed, _LOSS, np.arange(n), step) >= LOSS_SHARE))

    def _book(self, began_s: F32, ended_s: F32) -> None:
        """Let everybody in and out who came since the last look, one after another."""
        begun, ended = began_s >= 0.0, ended_s >= 0.0
        leaving = np.flatnonzero(begun & ~self._begun & (self._ways.leaves >= 0))
        parking = np.flatnonzero(ended & ~self._ended & (self._ways.parks >= 0))
        self._begun, self._ended = begun, ended
        at_s = np.concatenate([began_s[leaving], ended_s[parking]])
        place = np.concatenate([self._ways.leaves[leaving], self._ways.parks[parking]])
        enters = np.arange(at_s.size) >= leaving.size
        spaces = self._parking.spaces
        for k in np.argsort(at_s, kind="stable").tolist():
            where = int(place[k])
            if not enters[k]:
                self.taken[where] -= self.taken[where] > 0
            elif self.taken[where] < spaces[where]:
                self.taken[where] += 1
            else:
                self.turned_away[where] += 1

    def collect(self, time_s: float) -> ParkingCounts:
        """Reports that have arrived since the last call."""
        return self._mail.due(ParkingCounts, time_s)
