"""A ledger of who waits at which stop line, and who comes: kept by what sensors see, for controllers that look ahead.

Every slot (a lane that ends at a signal) has a book of expected vehicles, by the second in which they are due at the
line. Arrivals minus departures since the lane was last seen empty (Newell 1993, cumulative curves), where

* arrivals are vehicles that a detector saw on their way, vehicles that left a lane upstream under a camera or a
  detector, and for those whom nobody saw the rate at which the lane has let vehicles out who were in no book;
* departures are counted by the detector at the line or by the camera;
* a lane is empty when its detector at the line is free for a while, or, where there is only a camera, when a green lets
  nobody out for a while. Nobody who was due before is there then: errors do not outlive one green.

What is not certain is a part of a vehicle. Behind a camera, those who have left say how many may still be there: of a
Poisson number, so many at least have come.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F64, U8, City, Colour, SensorKind
from citybrain.control.approaches import Approaches
from citybrain.control.ledger_books import PLACES, Books
from citybrain.control.ledger_rules import ALIVE_S, NEVER_S, NONE, Clockwork, Told, hear, new_eyes, tick, write
from citybrain.records.observations import DetectorCounts, Passages, Quality, SignalStates
from citybrain.records.traffic import UNKNOWN, Traffic

FAST_S = 5  # a detector that tells at longer intervals tells too late what it sees
FORESEEN = 0.7  # of the vehicles of a lane: so many seen at the signal before make them foreseen
SHARE_PRIOR = 3.0  # vehicles
LONGEST_S = 10.0  # after a longer gap between two looks the rest of it counts for nothing


class Seen(NamedTuple):
    """Records of sensors that can be trusted."""

    passages: Passages
    counts: DetectorCounts
    signals: SignalStates


class Cameras(NamedTuple):
    """What is known of cameras."""

    watched: U8  # [n_lanes] 1 = its camera lives
    late_s: float  # their records come so late
    read_share: float  # of the plates


class Ledger:
    """See the module's head. `update` every beat, then `traffic`."""

    def __init__(self, city: City, ways: Approaches) -> None:
        self._ways, self._slot_of_lane = ways, ways.slot_of_lane
        n = len(ways.slot_lane)
        self.books = Books(
            np.zeros((n, PLACES)), np.zeros((n, PLACES)), np.zeros((n, PLACES), np.uint8), np.zeros(n, np.int32)
        )
        self.eyes = new_eyes(n)
        sensors = city.sensors
        self._kind, self._sensor_slot = sensors.kind, ways.slot_of_lane[sensors.lane]
        self._ahead_m = np.maximum(city.lanes.length_m[sensors.lane] - sensors.position_m, 0.0)
        moves = city.movements
        pairs = np.column_stack([ways.slot_of_lane[moves.from_lane], moves.group])
        self._pairs = np.unique(pairs[(pairs[:, 0] >= 0) & (pairs[:, 1] >= 0)], axis=0)
        self._shown: U8 = np.full(len(city.groups.group_id), Colour.RED, np.uint8)
        self._to_link = city.lanes.link[moves.to_lane]
        self._own_s = _own_time(city, ways)
        self._link = np.repeat(np.arange(len(ways.reach_offset) - 1), np.diff(ways.reach_offset))
        self._total = np.bincount(self._link, ways.reach_share, len(ways.reach_offset) - 1)
        self.share: F64 = ways.reach_share.copy()
        self._time_s = NEVER_S

    def update(self, now_s: float, seen: Seen, cameras: Cameras, turn_share: F64) -> None:
        """Take in what has become available up to `now_s`, of the world's clock.

        `turn_share`: of the vehicles of each lane, those that take each of its turns; rows of `Approaches.turn_*`.
        """
        passed_s = min(max(now_s - self._time_s, 0.0), LONGEST_S) if self._time_s > NEVER_S else 0.0
        self._time_s = now_s
        self.eyes.camera[:] = cameras.watched[self._ways.slot_lane]
        self._show(seen.signals, now_s)
        told = _joined(self._passed(seen.passages, 1.0 / cameras.read_share), self._counted(seen.counts))
        hear(self._ways, self.share, turn_share, self.books, self.eyes, told, now_s)
        tick(self.books, self.eyes, self._own_s, Clockwork(now_s, passed_s, now_s - cameras.late_s))
        self._learn()

    def foreseen(self, now_s: float) -> F64:
        """Share of each signal's vehicles that are seen before they leave it [n_signals]: on lanes with a living
        detector, or under a living camera when most of those who come were seen at the signal before."""
        eyes, n = self.eyes, len(self._ways.first_slot) - 1
        fast = np.maximum(eyes.stop_s, eyes.ahead_s) > now_s - ALIVE_S
        known = fast | ((eyes.camera == 1) & (eyes.raw >= FORESEEN * eyes.seen))
        vps = eyes.seen / eyes.seen_s
        signal = np.repeat(np.arange(n), np.diff(self._ways.first_slot))
        every = np.bincount(signal, vps, n)
        return np.asarray(np.bincount(signal, vps * known, n) / np.where(every > 0.0, every, 1.0))

    def queues(self, now_s: float) -> F64:
        """Vehicles that were due at the line of each slot by now [n_slots]."""
        books = self.books
        used = np.arange(PLACES) < books.size[:, None]
        return np.asarray((books.mass * (used & (books.due_s <= now_s))).sum(axis=1))

    def traffic(self, now_s: float) -> Traffic:
        """The vehicles of the books: who was due stands in the queue, the others drive freely."""
        n = int(self.books.size.sum())
        whole, real = np.empty((1, n), np.int32), np.empty((3, n))
        used = write(self._ways, self.books, self.eyes, now_s, whole, real)
        f = np.float32
        return Traffic(
            lane=whole[0, :used],
            ahead_m=real[0, :used].astype(f),
            speed_mps=real[1, :used].astype(f),
            next_link=np.full(used, UNKNOWN, np.int32),
            vehicle=np.full(used, UNKNOWN, np.int32),
            weight=np.ones(used, f),
            mass=real[2, :used].astype(f),
        )

    def _show(self, signals: SignalStates, now_s: float) -> None:
        good = (signals.group >= 0) & (signals.group < self._shown.size)
        order = np.flatnonzero(good)[np.argsort(signals.time_s[good], kind="stable")]
        self._shown[signals.group[order]] = signals.colour[order]
        slot, colour = self._pairs[:, 0], self._shown[self._pairs[:, 1]]
        best = np.zeros(len(self._ways.slot_lane), np.uint8)
        np.maximum.at(best, slot, colour)
        least = np.full(best.size, Colour.PROTECTED, np.uint8)
        np.minimum.at(least, slot, colour)
        is_open = best >= Colour.OFF
        when = float(signals.time_s.max()) if order.size else now_s
        was = np.isfinite(self.eyes.open_s)
        self.eyes.open_s[is_open & ~was] = when
        self.eyes.open_s[~is_open] = np.inf
        self.eyes.free[:] = least == Colour.PROTECTED

    def _passed(self, rows: Passages, worth: float) -> Told:
        good = (rows.lane >= 0) & (rows.lane < self._slot_of_lane.size) & (rows.quality < Quality.STALE)
        good[good] &= self._slot_of_lane[rows.lane[good]] >= 0
        lane, movement = rows.lane[good], rows.movement[good]
        link = np.where(movement >= 0, self._to_link[np.maximum(movement, 0)], NONE).astype(np.int32)
        n = lane.size
        kind = np.full(n, SensorKind.CAMERA, np.int32)
        return Told(rows.time_s[good], self._slot_of_lane[lane], link, np.full(n, worth), np.zeros(n), kind)

    def _counted(self, rows: DetectorCounts) -> Told:
        good = (rows.sensor >= 0) & (rows.sensor < self._kind.size) & (rows.quality < Quality.STALE)
        good &= (rows.interval_s > 0) & (rows.interval_s <= FAST_S)
        good[good] &= self._sensor_slot[rows.sensor[good]] >= 0
        sensor = rows.sensor[good]
        slot = self._sensor_slot[sensor]
        ahead = self._kind[sensor] == SensorKind.ADVANCE
        self.eyes.reach_m[slot[ahead]] = self._ahead_m[sensor[ahead]]
        none = np.full(slot.size, NONE, np.int32)
        values = rows.count[good].astype(np.float64), rows.occupancy_frac[good].astype(np.float64)
        return Told(rows.time_s[good], slot, none, *values, self._kind[sensor].astype(np.int32))

    def _learn(self) -> None:
        """Over which lanes those spread who enter a link: as those who left its lanes; equal where nobody counts."""
        ways, eyes = self._ways, self.eyes
        weight = ways.reach_share * SHARE_PRIOR + eyes.out[ways.reach_slot]
        sums = np.bincount(self._link, weight, len(self._total))
        self.share = weight * (self._total / np.where(sums > 0.0, sums, 1.0))[self._link]


def _own_time(city: City, ways: Approaches) -> F64:
    """Free driving time along each slot's own link, seconds."""
    link = ways.lane_link[ways.slot_lane]
    return np.asarray(city.links.length_m[link] / np.maximum(city.links.speed_mps[link], 1.0))


def _joined(a: Told, b: Told) -> Told:
    columns = [np.concatenate([x, y]) for x, y in zip(a, b, strict=True)]
    order = np.lexsort((columns[1], columns[5], columns[0]))
    return Told(*(column[order] for column in columns))
