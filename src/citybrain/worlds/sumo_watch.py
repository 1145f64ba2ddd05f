"""Every vehicle of a running SUMO, followed second by second: where it is, and which stop lines it has crossed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F32, F64, I32, I64, U8, U16, City
from citybrain.city.sumo.permissions import class_of
from citybrain.city.sumo.signals import COLOURS
from citybrain.twin.sensor_kernels import Crossings
from citybrain.worlds.sumo_files import SumoFiles
from citybrain.worlds.sumo_view import tracks

__all__ = ["Drives", "SumoWatch", "Where"]

NOWHERE = -1
LETTER = np.zeros(256, np.uint8)  # Colour of each character of a state
for _letter, _colour in COLOURS.items():
    LETTER[ord(_letter)] = _colour


class Where(NamedTuple):
    """All vehicles on the city's streets now; all [n]."""

    name: list[str]
    trip: I64
    track: I64  # a lane, or n_lanes + movement
    ahead_m: F64  # from the front bumper to the track's end
    speed_mps: F64


class Drives(NamedTuple):
    """How vehicles moved within the last second along lanes, junctions counted on from the lane's end; all [n]."""

    lane: I32
    was_m: F32  # front bumper, metres from the lane's start
    now_m: F32
    length_m: F32  # of the vehicle


class SumoWatch:
    """Vehicles are numbered ("trips") in the order in which they are met. `sumo` is the libsumo module."""

    def __init__(self, sumo: Any, city: City, files: SumoFiles) -> None:
        self._sumo, self._city, self._files = sumo, city, files
        self._n_lanes = len(files.lanes)
        self._place, self._inside_m = tracks(sumo, city, files.lanes)
        self._edge = {name: i for i, name in enumerate(files.links)}
        lane_link, moves = city.lanes.link, city.movements
        self._from, self._to = lane_link[moves.from_lane].tolist(), lane_link[moves.to_lane].tolist()
        self._hops: dict[tuple[int, int], list[int]] = {}
        for m, ends in enumerate(zip(self._from, self._to, strict=True)):
            self._hops.setdefault(ends, []).append(m)
        self.trip_ids: list[str] = []
        self._trip: dict[str, int] = {}
        self._routes: list[list[int]] = []  # by trip: links of the city, NOWHERE for others
        self._crossed: list[int] = []  # by trip: stop lines so far
        self.vehicle_class: U16 = np.zeros(0, np.uint16)  # by trip
        self._length_m = np.zeros(0, np.float32)
        self._track: I64 = np.zeros(0, np.int64)  # by trip: where it was last seen
        self._at_m = np.zeros(0, np.float32)
        self._tail = _Tails()
        self.begin, _, _ = self.look([])

    def look(self, arrived: Sequence[str]) -> tuple[Where, Crossings, Drives]:
        """What has happened within the last second; `arrived` are the vehicles whose trip ended in it."""
        where = self._find()
        found: list[tuple[int, int, int]] = []
        before = self._track[where.trip]
        for i in np.flatnonzero((before != where.track) & (before != NOWHERE)):
            self._cross(found, where.name[i], int(where.trip[i]), int(where.track[i]))
        for name in arrived:
            self._end(found, name)
        drives = self._drive(where, before)
        columns = np.array(found, np.int32).reshape(-1, 3).T.copy()
        return where, Crossings(*columns), drives

    def shown(self) -> U8:
        """Colours [n_groups] that the signals displayed in the last second."""
        states = map(self._sumo.trafficlight.getRedYellowGreenState, self._files.signals)
        return LETTER[np.frombuffer("".join(states).encode("ascii"), np.uint8)]

    def position_m(self, name: str) -> tuple[float, float]:
        """Front bumper of a vehicle in the city's plane."""
        x_m, y_m = self._sumo.vehicle.getPosition(name)
        return x_m, y_m

    def _find(self) -> Where:
        vehicle, place, numbers = self._sumo.vehicle, self._place, self._trip
        lane_of, at_of, speed_of = vehicle.getLaneID, vehicle.getLanePosition, vehicle.getSpeed
        rows, names = [], []
        for name in vehicle.getIDList():
            spot = place.get(lane_of(name))
            if spot is None:
                continue  # on a lane that the city leaves out
            number = numbers.get(name)
            if number is None:
                number = self._meet(name)
            rows.append((number, spot[0], spot[1] - at_of(name), speed_of(name)))
            names.append(name)
        self._make_room()
        trip, track, ahead_m, speed_mps = np.array(rows, np.float64).reshape(-1, 4).T
        return Where(names, trip.astype(np.int64), track.astype(np.int64), ahead_m, speed_mps)

    def _meet(self, name: str) -> int:
        number = len(self.trip_ids)
        self._trip[name] = number
        self.trip_ids.append(name)
        self._routes.append(self._route(name))
        self._crossed.append(0)
        return number

    def _route(self, name: str) -> list[int]:
        return [self._edge.get(edge, NOWHERE) for edge in self._sumo.vehicle.getRoute(name)]

    def _make_room(self) -> None:
        """Columns by trip for those newly met."""
        known, n = self._track.size, len(self.trip_ids)
        if n == known:
            return
        vehicle, new = self._sumo.vehicle, self.trip_ids[known:]
        classes = [int(class_of(vehicle.getVehicleClass(name)) or 0) for name in new]
        self.vehicle_class = np.append(self.vehicle_class, np.array(classes, np.uint16))
        lengths = np.array([vehicle.getLength(name) for name in new], np.float32)
        self._length_m = np.append(self._length_m, lengths)
        self._track = np.append(self._track, np.full(n - known, NOWHERE))
        self._at_m = np.append(self._at_m, np.zeros(n - known, np.float32))

    def _cross(self, found: list[tuple[int, int, int]], name: str, trip: int, track: int) -> None:
        """Add the stop lines between where a vehicle was and `track`."""
        first, lane = self._last_link(trip)
        inside, was_inside = track - self._n_lanes, int(self._track[trip]) - self._n_lanes
        last = self._from[inside] if inside >= 0 else int(self._city.lanes.link[track])
        if (
            inside >= 0
            and was_inside >= 0
            and self._from[inside] == self._from[was_inside]
            and first == self._to[inside]
        ):
            return  # changed lanes inside the junction
        path = self._path(trip, name, first, last)
        to = -1 if inside >= 0 else track
        for k, ends in enumerate(pairwise(path)):
            lane = self._add(found, trip, ends, (lane, to if k == len(path) - 2 else -1))
        if inside >= 0:
            self._book(found, trip, inside)

    def _last_link(self, trip: int) -> tuple[int, int]:
        """Link and lane on which a vehicle was last, or to which it was on its way through a junction."""
        track = int(self._track[trip])
        lane = track if track < self._n_lanes else int(self._city.movements.to_lane[track - self._n_lanes])
        return int(self._city.lanes.link[lane]), lane

    def _path(self, trip: int, name: str | None, first: int, last: int) -> list[int]:
        """Links that a vehicle drove over; `name` None = it has left, and cannot be asked any more."""
        if first == last or (first, last) in self._hops:
            return [first, last] if first != last else [first]
        path = _between(self._routes[trip], first, last)
        if path is None and name is not None:
            self._routes[trip] = self._route(name)
            path = _between(self._routes[trip], first, last)
        return path or [first]

    def _add(self, found: list[tuple[int, int, int]], trip: int, ends: tuple[int, int], lanes: tuple[int, int]) -> int:
        """Add a stop line by the movement that fits the lanes best (-1 = unknown); the lane that it leads to."""
        moves = self._city.movements
        ways = self._hops.get(ends)
        if ways is None:
            return -1  # a connection that the city leaves out
        m = max(ways, key=lambda w: (2 * (moves.from_lane[w] == lanes[0]) + (moves.to_lane[w] == lanes[1]), -w))
        self._book(found, trip, m)
        return int(moves.to_lane[m])

    def _book(self, found: list[tuple[int, int, int]], trip: int, movement: int) -> None:
        found.append((trip, self._crossed[trip], movement))
        self._crossed[trip] += 1

    def _end(self, found: list[tuple[int, int, int]], name: str) -> None:
        """Add the stop lines that a vehicle crossed in the second in which its trip ended."""
        trip = self._trip.pop(name, None)
        if trip is None or self._track[trip] == NOWHERE or not self._routes[trip]:
            return
        first, lane = self._last_link(trip)
        path = self._path(trip, None, first, self._routes[trip][-1])
        for ends in pairwise(path):
            lane = self._add(found, trip, ends, (lane, -1))
        self._track[trip] = NOWHERE

    def _drive(self, where: Where, before: I64) -> Drives:
        """Ways along lanes, and of those who have just left one or are still near its end; note where all are."""
        n, link = self._n_lanes, self._city.lanes.link
        on = where.track < n
        trip, lane = where.trip[on], where.track[on]
        now_m = (self._city.lanes.length_m[lane] - where.ahead_m[on]).astype(np.float32)
        driven_m = where.speed_mps[on].astype(np.float32)
        was_on = (before[on] != NOWHERE) & (before[on] < n)
        stayed = was_on & (link[np.where(was_on, before[on], 0)] == link[lane])
        was_m = np.where(stayed, self._at_m[trip], np.where(before[on] == NOWHERE, now_m, now_m - driven_m))
        tails = self._tail.move(self._left(where, before), where, self._length_m, self._city.lanes.length_m)
        self._track[where.trip] = where.track
        self._at_m[trip] = now_m
        ahead = Drives(lane.astype(np.int32), was_m.astype(np.float32), now_m, self._length_m[trip])
        return Drives(*(np.concatenate(pair) for pair in zip(ahead, tails, strict=True)))

    def _left(self, where: Where, before: I64) -> tuple[I64, I64, F32]:
        """Who has left a lane within the last second: trips, lanes, and where on these they were before."""
        n, link = self._n_lanes, self._city.lanes.link
        left = (before != NOWHERE) & (before < n) & (before != where.track)
        beside = left & (where.track < n)
        beside[beside] = link[before[beside]] == link[where.track[beside]]
        left &= ~beside
        return where.trip[left], before[left], self._at_m[where.trip[left]]


class _Tails:
    """Vehicles whose front has left a lane and whose rear may still be on it."""

    def __init__(self) -> None:
        self._trip, self._lane = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._at_m = np.zeros(0, np.float32)

    def move(self, left: tuple[I64, I64, F32], where: Where, length_m: F32, lane_m: NDArray[np.float64]) -> Drives:
        """Move all of them on by their speed, forget those that are clear of the lane and those that are gone."""
        trip, lane = np.append(self._trip, left[0]), np.append(self._lane, left[1])
        was_m = np.append(self._at_m, left[2])
        speed_mps = np.full(length_m.size, np.nan, np.float32)
        speed_mps[where.trip] = where.speed_mps
        now_m = was_m + speed_mps[trip]
        here = np.isfinite(now_m)
        trip, lane, was_m, now_m = trip[here], lane[here], was_m[here], now_m[here]
        kept = now_m - length_m[trip] < lane_m[lane]
        self._trip, self._lane, self._at_m = trip[kept], lane[kept], now_m[kept]
        return Drives(lane.astype(np.int32), was_m, now_m, length_m[trip])


def _between(route: list[int], first: int, last: int) -> list[int] | None:
    """The part of a route from one link to the next visit of another; None = it has none."""
    for i, link in enumerate(route):
        if link == first and last in route[i + 1 :]:
            return route[i : route.index(last, i + 1) + 1]
    return None
