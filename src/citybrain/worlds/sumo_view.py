"""Readings from a running SUMO: where every vehicle is, counted by lane, by view and by movement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, Ids
from citybrain.city.sumo.permissions import class_of
from citybrain.demand.worth import worth
from citybrain.records.readings import HALTED_MPS, NEAR_M, Readings
from citybrain.records.traffic import ENDS, Traffic
from citybrain.worlds.sumo_files import SumoFiles, detector_id

__all__ = ["SumoView", "tracks"]

STOP_LINE_M = 3.0  # a front bumper this near to the line covers the stop-line detector, as in the twin
DEEPEST = 8  # lanes looked at upstream of one lane
ANYWHERE = -1
Track = int  # a lane of the city, or n_lanes + movement


@dataclass(frozen=True, slots=True)
class Seen:
    """One vehicle: metres to the end of its track, link that it drives to next (-1 = none)."""

    ahead_m: float
    speed_mps: float
    next_link: int
    then_link: int  # after the link beyond the junction, for who is inside one
    vehicle: int  # a number of its own
    worth: float = 1.0  # of a second of its time


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of what a lane's view covers: the last `reach_m` of a track, vehicles that go to `link`."""

    track: Track
    reach_m: float
    link: int  # ANYWHERE = all


class SumoView:
    """Tables for one run, made after SUMO has started. `sumo` is the libsumo module."""

    def __init__(self, sumo: Any, city: City, files: SumoFiles, watched: list[int]) -> None:
        lanes = files.lanes
        self._sumo, self._city, self._watched = sumo, city, watched
        self._n_lanes = len(lanes)
        self._link = {name: i for i, name in enumerate(files.links)}
        self._end_m, inside = tracks(sumo, city, lanes)
        self._in_movements = _by(city.movements.to_lane, self._n_lanes)
        self._views = [self._stretches(lane, inside) for lane in range(self._n_lanes)]
        moves = city.movements
        keys = zip(moves.from_lane.tolist(), city.lanes.link[moves.to_lane].tolist(), strict=True)
        self._movements: dict[tuple[int, int], list[int]] = {}
        for m, key in enumerate(keys):
            self._movements.setdefault(key, []).append(m)
        self._routes: dict[str, tuple[str, ...]] = {}
        self._numbers: dict[str, int] = {}
        self._worth: dict[str, float] = {}
        self._lane_m = [float(sumo.lane.getLength(name)) for name in lanes]
        self._begin_s = float(sumo.simulation.getTime())

    def _stretches(self, lane: int, inside_m: NDArray[np.float64]) -> list[Stretch]:
        """The lane itself, then upstream through the junction while the view reaches that far."""
        city = self._city
        found = [Stretch(lane, NEAR_M, ANYWHERE)]
        todo = [(lane, NEAR_M - float(city.lanes.length_m[lane]))]
        for to, reach_m in todo:
            if reach_m <= 0.0:
                continue
            for m in self._in_movements[to]:
                found.append(Stretch(self._n_lanes + m, reach_m, ANYWHERE))
                rest_m = reach_m - float(inside_m[m])
                before = int(city.movements.from_lane[m])
                if rest_m <= 0.0:
                    continue
                found.append(Stretch(before, rest_m, int(city.lanes.link[to])))
                if len(todo) < DEEPEST:
                    todo.append((before, rest_m - float(city.lanes.length_m[before])))
        return found

    def readings(self) -> Readings:
        """What the sensors say now."""
        by_track = self._look()
        lanes = np.zeros((4, self._n_lanes), np.int32)
        moves = np.zeros((3, len(self._city.movements.from_lane)), np.int32)
        occupied = np.zeros(self._n_lanes, np.bool_)
        for track, row in by_track.items():
            if track < self._n_lanes:
                lanes[0, track] = len(row)
                lanes[1, track] = sum(seen.speed_mps < HALTED_MPS for seen in row)
                occupied[track] = any(seen.ahead_m <= STOP_LINE_M for seen in row)
                self._count_movements(track, row, moves)
        for lane, view in enumerate(self._views):
            near = [seen for stretch in view for seen in by_track.get(stretch.track, ()) if _within(seen, stretch)]
            lanes[2, lane] = len(near)
            lanes[3, lane] = sum(seen.speed_mps < HALTED_MPS for seen in near)
        time_s = float(self._sumo.simulation.getTime())
        headway_s, traffic = self._headways(time_s), self._traffic(by_track)
        return Readings(time_s, *lanes, *moves, headway_s, occupied, traffic)  # type: ignore[call-arg]

    def _traffic(self, by_track: dict[Track, list[Seen]]) -> Traffic:
        """Every vehicle in the network, as controllers take it."""
        rows: list[tuple[int, float, float, int, int, float]] = []
        for track, row in sorted(by_track.items()):
            inside = track >= self._n_lanes
            lane = int(self._city.movements.to_lane[track - self._n_lanes]) if inside else track
            rest_m = float(self._lane_m[lane]) if inside else 0.0
            rows += [
                (lane, x.ahead_m + rest_m, x.speed_mps, x.then_link if inside else x.next_link, x.vehicle, x.worth)
                for x in row
            ]
        table = np.array(rows, np.float64).reshape(-1, 6)
        lanes, links, numbers = (table[:, i].astype(np.int32) for i in (0, 3, 4))
        ahead_m, speed_mps, weight = (table[:, i].astype(np.float32) for i in (1, 2, 5))
        return Traffic(lanes, ahead_m, speed_mps, links, numbers, weight)

    def _look(self) -> dict[Track, list[Seen]]:
        vehicle, routes, worths = self._sumo.vehicle, {}, {}
        by_track: dict[Track, list[Seen]] = {}
        for name in vehicle.getIDList():
            route = self._routes.get(name) or vehicle.getRoute(name)
            routes[name] = route
            place = self._end_m.get(vehicle.getLaneID(name))
            if place is None:
                continue  # on a lane that the city leaves out
            index = vehicle.getRouteIndex(name) + 1
            links = [self._link.get(route[i], ENDS) if i < len(route) else ENDS for i in (index, index + 1)]
            number = self._numbers.setdefault(name, len(self._numbers))
            worths[name] = value = self._worth.get(name) or self._worth_of(name)
            ahead_m, speed_mps = place[1] - vehicle.getLanePosition(name), vehicle.getSpeed(name)
            seen = Seen(ahead_m, speed_mps, links[0], links[1], number, value)
            by_track.setdefault(place[0], []).append(seen)
        self._routes, self._worth = routes, worths
        return by_track

    def _worth_of(self, name: str) -> float:
        return float(worth(np.array([class_of(self._sumo.vehicle.getVehicleClass(name))]))[0])

    def _count_movements(self, lane: int, row: list[Seen], moves: NDArray[np.int32]) -> None:
        for seen in row:
            halted = seen.speed_mps < HALTED_MPS
            for m in self._movements.get((lane, seen.next_link), ()):
                moves[0, m] += 1
                moves[1, m] += halted
                moves[2, m] += not halted and seen.ahead_m <= NEAR_M

    def _headways(self, time_s: float) -> NDArray[np.float32]:
        headway_s = np.full(self._n_lanes, np.inf, np.float32)
        for lane in self._watched:
            since_s = self._sumo.inductionloop.getTimeSinceDetection(detector_id(lane))
            if since_s < time_s - self._begin_s:  # SUMO counts from the begin while nobody has come
                headway_s[lane] = since_s
        return headway_s


def _within(seen: Seen, stretch: Stretch) -> bool:
    return seen.ahead_m <= stretch.reach_m and stretch.link in (ANYWHERE, seen.next_link)


def _by(key: NDArray[np.integer[Any]], n: int) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(n)]
    for i, k in enumerate(key.tolist()):
        rows[k].append(i)
    return rows


def tracks(sumo: Any, city: City, lanes: Ids) -> tuple[dict[str, tuple[Track, float]], NDArray[np.float64]]:
    """For each lane of SUMO: the track that it is part of, and metres from its start to the track's end.

    Also the length of each movement as SUMO has it: the lanes inside the junction one after the other.
    """
    places = {name: (i, sumo.lane.getLength(name)) for i, name in enumerate(lanes)}
    inside_m = city.movements.length_m.copy()
    movement = {
        (lanes[a], lanes[b]): m
        for m, (a, b) in enumerate(zip(city.movements.from_lane.tolist(), city.movements.to_lane.tolist(), strict=True))
    }
    for name in lanes:
        for target, via in ((link[0], link[4]) for link in sumo.lane.getLinks(name)):
            chain = _chain(sumo, via)
            m = movement.get((name, target))
            if m is None or not chain:
                continue
            left_m = sum(length_m for _, length_m in chain)
            inside_m[m] = left_m
            for part, length_m in chain:
                places[part] = (len(lanes) + m, left_m)
                left_m -= length_m
    return places, inside_m


def _chain(sumo: Any, via: str) -> list[tuple[str, float]]:
    chain: list[tuple[str, float]] = []
    while via and len(chain) < DEEPEST:
        chain.append((via, sumo.lane.getLength(via)))
        via = next((link[4] for link in sumo.lane.getLinks(via)), "")
    return chain
