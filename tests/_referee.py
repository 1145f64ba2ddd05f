"""An independent referee of the twin: it sees vehicles and displayed colours only, and shares no code with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import Colour
from citybrain.twin.twin import Twin, Vehicles

TOUCH_M = 1e-3  # rounding of positions (32 bits, some hundred metres)


class Referee:
    """Call `look` after every second; the faults are counted by kind in `faults`."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        city, types, trips = twin.city, twin.demand.types, twin.demand.trips
        kind = trips.vehicle_type
        self.length_m = types.length_m[kind]
        hard = np.maximum(types.emergency_decel_mps2, types.decel_mps2)
        self.hard = hard[kind]
        n = kind.size
        self.lane = np.full(n, -1)
        self.movement = np.full(n, -1)
        self.from_lane_m = np.full(n, np.nan)  # metres to the stop line a second ago
        self.could_stop = np.ones(n, bool)  # when the red that it sees began
        self.colour = np.full(city.groups.signal.size, -1)
        self.seen = np.zeros(n, bool)
        self.gone = np.zeros(n, bool)
        self._brake_m = np.zeros(n)  # least metres to a standstill, a second ago
        self.vehicle_steps = 0
        self.faults = {"overlap": 0, "red": 0, "lost": 0, "twice": 0, "finite": 0}

    def look(self) -> None:
        """Judge the second that has just passed. `shown` of the twin is what was displayed during it."""
        shown = self.twin.memory.tables["shown"]
        self._red_began(shown)
        now = self.twin.vehicles()
        self.vehicle_steps += now.trip.size
        self._overlaps(now)
        self._people(now)
        self._crossings(now, shown)
        self._remember(now)

    def _red_began(self, shown: NDArray[np.uint8]) -> None:
        new = (shown == Colour.RED) & (self.colour != Colour.RED)
        if new.any() and self.vehicle_steps:
            mov = self.twin.city.movements
            lanes = np.zeros(self.twin.city.lanes.link.size, bool)
            steered = mov.group >= 0
            lanes[mov.from_lane[steered][new[mov.group[steered]]]] = True
            near = (self.lane >= 0) & lanes[self.lane]
            self.could_stop[near] = self.from_lane_m[near] >= self._brake_m[near]
        self.colour = shown.astype(np.int64)

    def _overlaps(self, now: Vehicles) -> None:
        track = np.where(now.lane >= 0, now.lane, self.twin.city.lanes.link.size + now.movement)
        same = track[1:] == track[:-1]
        back = now.position_m[:-1] - self.length_m[now.trip[:-1]]
        self.faults["overlap"] += int((same & (back - now.position_m[1:] < -TOUCH_M)).sum())
        fine = np.isfinite(now.position_m) & np.isfinite(now.speed_mps) & (now.speed_mps >= 0.0)
        self.faults["finite"] += int((~fine).sum())

    def _people(self, now: Vehicles) -> None:
        present = np.bincount(now.trip, minlength=self.seen.size)
        self.faults["twice"] += int((present > 1).sum())
        here = present > 0
        self.faults["twice"] += int((here & self.gone).sum())
        left = (self.lane >= 0) | (self.movement >= 0)
        left &= ~here
        self.gone |= left
        last = self.twin.demand.trips.destination_link
        link = np.where(self.lane >= 0, self.twin.city.lanes.link[self.lane], -1)
        # Who vanishes was on the last link, or inside the junction before it, or on a lane short enough to jump over.
        far = left & (self.lane >= 0) & (link != last) & (self.from_lane_m > 60.0)
        self.faults["lost"] += int(far.sum())
        self.seen |= here

    def _crossings(self, now: Vehicles, shown: NDArray[np.uint8]) -> None:
        mov = self.twin.city.movements
        inside = now.movement >= 0
        trip, movement = now.trip[inside], now.movement[inside]
        fresh = self.movement[trip] != movement
        trip, movement = trip[fresh], movement[fresh]
        group = mov.group[movement]
        red = (group >= 0) & (shown[group] == Colour.RED)
        was = self.lane[trip]
        same_link = (was >= 0) & (self.twin.city.lanes.link[was] == self.twin.city.lanes.link[mov.from_lane[movement]])
        self.faults["red"] += int((red & self.could_stop[trip] & same_link).sum())

    def _remember(self, now: Vehicles) -> None:
        lanes = self.twin.city.lanes
        self.lane[:] = -1
        self.movement[:] = -1
        self.lane[now.trip] = now.lane
        self.movement[now.trip] = now.movement
        self.from_lane_m[now.trip] = np.maximum(lanes.length_m, 2.0)[now.lane] - now.position_m
        speed = np.zeros(self.seen.size)
        speed[now.trip] = now.speed_mps
        self._brake_m = np.sum([np.maximum(speed - k * self.hard, 0.0) for k in range(1, 12)], axis=0)
        self.could_stop[self.movement >= 0] = True


def check_books(twin: Twin) -> None:
    """Every trip whose time has come waits, drives or has arrived; nobody else does."""
    counters = twin.counters
    due = int((twin.demand.trips.depart_s - twin.city.meta.begin_s <= counters[0] - 1).sum())
    _, next_trip, waiting, running, finished = (int(c) for c in counters[:5])
    assert next_trip == due
    assert waiting + running + finished == due
    vehicles = twin.vehicles()
    assert vehicles.trip.size == running == np.unique(vehicles.trip).size
    drives = twin.memory.tables["drives"]
    assert int((drives["arrived"] >= 0).sum()) == finished
    assert int((drives["inserted"] >= 0).sum()) == running + finished
