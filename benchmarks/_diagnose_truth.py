"""What really happened at stop lines, from every vehicle of the twin: beside the sensors, for scoring alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.estimate.performance.cycles import Cycles
from citybrain.estimate.performance.phases import PhaseMap
from citybrain.twin.twin import Twin

QUEUED_MPS = 2.2  # 5 mi/h: slower is in queue (Highway Capacity Manual 2010, ch. 31, field measurement of delay)
ENTERS_S = 5.0  # a trip may begin from a standstill, which is no queue
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


@dataclass(eq=False)
class Ground:
    """Every crossing: the lane left, when it came onto the link, first stood on it, and left it."""

    city: City
    trips: int
    rows: list[tuple[I32, F64, F64, F64]] = field(
        default_factory=list
    )  # lane, came, first in queue (inf = never), left

    def __post_init__(self) -> None:
        self._lane = np.full(self.trips, -1, np.int32)
        self._link = np.full(self.trips, -1, np.int32)
        self._came = np.zeros(self.trips)
        self._stood = np.full(self.trips, np.inf)

    def see(self, twin: Twin) -> None:
        """Book one second, at its end."""
        now_s, seen = twin.time_s, twin.vehicles()
        lane = np.full(self.trips, -1, np.int32)
        lane[seen.trip] = seen.lane
        link = np.where(lane >= 0, self.city.lanes.link[lane], -1).astype(np.int32)
        left = np.flatnonzero((self._link >= 0) & (link != self._link))
        self.rows.append((self._lane[left], self._came[left], self._stood[left], np.full(left.size, now_s)))
        new = np.flatnonzero((link >= 0) & (link != self._link))
        self._came[new], self._stood[new] = now_s, np.inf
        slow = seen.trip[(seen.speed_mps < QUEUED_MPS) & (seen.lane >= 0) & (now_s - self._came[seen.trip] > ENTERS_S)]
        self._stood[slow] = np.minimum(self._stood[slow], now_s)
        self._lane, self._link = lane, link

    def crossings(self) -> tuple[I32, F64, F64, F64]:
        """Lane, arrival at the stop line unhindered, first stop and departure of every vehicle; still there: inf."""
        here = np.flatnonzero(self._link >= 0)
        rest = (self._lane[here], self._came[here], self._stood[here], np.full(here.size, np.inf))
        lane, came, stood, left = (np.concatenate(column) for column in zip(*self.rows, rest, strict=True))
        free_s = self.city.lanes.length_m[lane] / self.city.lanes.speed_mps[lane]
        return lane, came + free_s, stood, left


@dataclass(frozen=True, eq=False)
class TrueMeasures:
    """By cycle [n_cycles] and by phase [n_phases]."""

    failed: NDArray[np.bool_]  # somebody was in queue before yellow began and was still there when red did
    on_green: I32
    arrivals: I32
    delay_s: F64  # vehicle-seconds by phase, of those who left


def true_measures(ground: Ground, at: PhaseMap, cycles: Cycles) -> TrueMeasures:
    """The truth of each cycle and phase."""
    lane, came, stood, left = ground.crossings()
    phase = at.lane_phase[lane]
    failed = np.zeros(cycles.n, np.bool_)
    green, every = np.zeros(cycles.n, np.int32), np.zeros(cycles.n, np.int32)
    for one in np.unique(cycles.phase):
        rows = np.flatnonzero(cycles.phase == one)
        mine = phase == one
        for row in rows:
            held = mine & (stood < cycles.yellow_s[row]) & (left > cycles.end_s[row] + 1.0)
            failed[row] = bool(held.any())
        at_row = np.searchsorted(cycles.red_s[rows], came[mine], side="right") - 1
        good = at_row >= 0
        time_s, at_row = came[mine][good], rows[at_row[good]]
        inside = time_s < cycles.end_s[at_row]
        time_s, at_row = time_s[inside], at_row[inside]
        np.add.at(every, at_row, 1)
        np.add.at(green, at_row, (time_s >= cycles.green_s[at_row]) & (time_s < cycles.yellow_s[at_row]))
    gone = np.isfinite(left) & (phase >= 0)
    delay = np.bincount(phase[gone], np.maximum(left - came, 0.0)[gone], at.phases.device.size)
    return TrueMeasures(failed, green, every, delay)
