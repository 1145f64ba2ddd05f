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

from citybrain.city.model import F32, F64, I32, I64, U8, Bool, City, Colour, SensorKind
from citybrain.control.approaches import Approaches
from citybrain.control.jit import entry, inlined
from citybrain.control.ledger_kernels import BRAKES_S, Books, clear, confirm, excess, mass_until, miss, put, take, PLACES
from citybrain.records.observations import DetectorCounts, Passages, Quality, SignalStates
from citybrain.records.traffic import UNKNOWN, Traffic

FAST_S = 5  # a detector that tells at longer intervals tells too late what it sees
ALIVE_S = 10.0  # a fast detector that is silent for so long is dead
MEMORY_S = 600.0  # rates are means over so long
PRIOR_VPS, PRIOR_S = 0.03, 60.0  # of a lane, before anything is seen, and for how long that counts
HEADWAY_S = 2.2
START_S = 2.0  # from green to the first departure
FREE_S = 2.0  # the detector at a red line is free for so long: nobody waits
GAP_S = 3.0  # ... and at a green one
CAMERA_GAP_S = 4.0  # a green lets nobody out for so long: nobody waits
YIELD_GAP_S = 6.0  # ... who need not yield
PLATOON_S = 3.5  # who leaves so soon after another has waited
COVERED_S = 3  # seconds that a queue stands on an advance detector before it counts as one
CAR_M = 7.5
FORESEEN = 0.7  # of the vehicles of a lane: so many seen at the signal before make them foreseen
SHARE_PRIOR = 3.0  # vehicles
LEAST = 0.02  # of a vehicle
NONE = -1
NEVER_S = -1e9


class Eyes(NamedTuple):
    """What sensors have told of each slot; mutable arrays [n_slots]."""

    stop_s: F64  # newest report of the detector at the line
    ahead_s: F64  # ... of the one before it
    camera: U8  # 1 = a camera lives
    out_s: F64  # newest departure
    stands_s: F64  # the detector at the line was last covered
    covered: I32  # seconds for which the advance detector has been covered
    reach_m: F64  # from it to the line
    open_s: F64  # green since; inf = red
    free: U8  # 1 = green that yields to nobody
    clear_s: F64  # seen empty
    since: F64  # vehicles booked since then
    gone: F64  # vehicles that have left since then
    out: F64  # departures, fading
    seen: F64  # arrivals that were seen, fading; `told` of them were in the books by their names
    told: F64
    raw: F64  # of those whom their names told, before what is seen corrects their number
    seen_s: F64  # over so many seconds


class Told(NamedTuple):
    """Departures, or reports of detectors, in order of time; [n]."""

    time_s: F64
    slot: I32
    link: I32  # entered; NONE = not known
    count: F64
    occupancy_frac: F64
    kind: I32  # SensorKind


class Clockwork(NamedTuple):
    """Times of one beat."""

    now_s: float
    passed_s: float
    known_s: float  # up to which cameras have told everything


class Ledger:
    """See the module's head. `update` every beat, then `traffic`."""

    def __init__(self, city: City, ways: Approaches) -> None:
        self._ways, self._slot_of_lane = ways, ways.slot_of_lane
        n = len(ways.slot_lane)
        self.books = Books(
            np.zeros((n, PLACES)), np.zeros((n, PLACES)), np.zeros((n, PLACES), np.uint8), np.zeros(n, np.int32)
        )
        zero = [np.zeros(n) for _ in range(8)]
        never = [np.full(n, NEVER_S) for _ in range(5)]
        self.eyes = Eyes(
            never[0], never[1], np.zeros(n, np.uint8), never[2], never[3], np.zeros(n, np.int32), zero[0],
            np.full(n, np.inf), np.zeros(n, np.uint8), never[4], zero[1], zero[2], zero[3],
            zero[4] + PRIOR_VPS * PRIOR_S, zero[5], zero[7], zero[6] + PRIOR_S,
        )  # fmt: skip
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

    def update(
        self,
        now_s: float,
        seen: tuple[Passages, DetectorCounts, SignalStates],
        watched: U8,
        late_s: float,
        read_share: float,
        turn_share: F64,
    ) -> None:
        """Take in what has become available up to `now_s`.

        Args:
            now_s: of the world's clock.
            seen: records of sensors that can be trusted.
            watched: [n_lanes] 1 = its camera lives.
            late_s: records of cameras come so late.
            read_share: of the plates.
            turn_share: of the vehicles of each lane, those that take each of its turns; rows of `Approaches.turn_*`.
        """
        passed_s = min(max(now_s - self._time_s, 0.0), 10.0)
        self._time_s = now_s
        passages, counts, signals = seen
        self.eyes.camera[:] = watched[self._ways.slot_lane]
        self._show(signals, now_s)
        told = _joined(self._passed(passages, 1.0 / read_share), self._counted(counts))
        _hear(self._ways, self.share, turn_share, self.books, self.eyes, told, now_s)
        _tick(self.books, self.eyes, self._own_s, Clockwork(now_s, passed_s, now_s - late_s))
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

    def traffic(self, now_s: float) -> Traffic:
        """The vehicles of the books: who was due stands in the queue, the others drive freely."""
        n = int(self.books.size.sum())
        whole, real = np.empty((1, n), np.int32), np.empty((3, n))
        used = _write(self._ways, self.books, self.eyes, now_s, whole, real)
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


@entry
def _hear(
    ways: Approaches, share: F64, turn_share: F64, books: Books, eyes: Eyes, told: Told, now_s: float
) -> None:
    for i in range(told.slot.size):
        slot, time_s, kind = told.slot[i], told.time_s[i], told.kind[i]
        if kind == 0:
            eyes.stop_s[slot] = max(eyes.stop_s[slot], time_s)
            _at_line(books, eyes, slot, time_s, told.count[i], told.occupancy_frac[i])
            if told.count[i] > 0.0:
                _leave(ways, books, eyes, slot, time_s, told.count[i], now_s)
                if eyes.camera[slot] == 0:
                    _outflow(ways, share, turn_share, books, eyes, (slot, NONE), time_s, told.count[i])
        elif kind == 1:
            eyes.ahead_s[slot] = max(eyes.ahead_s[slot], time_s)
            _before_line(ways, books, eyes, slot, time_s, told.count[i], told.occupancy_frac[i])
        else:
            if eyes.stop_s[slot] < now_s - ALIVE_S:
                _leave(ways, books, eyes, slot, time_s, told.count[i], now_s)
            _outflow(ways, share, turn_share, books, eyes, (slot, told.link[i]), time_s, told.count[i])


@inlined
def _at_line(books: Books, eyes: Eyes, slot: int, time_s: float, count: float, occupancy: float) -> None:
    """The detector at the line is covered: somebody is there. It is free for a while: nobody is."""
    if occupancy > 0.02:
        eyes.stands_s[slot] = time_s
        if occupancy > 0.95:
            had = mass_until(books, slot, time_s)
            if had < 1.0:
                put(books, slot, time_s - 1.0, 1.0 - had, 1)
    else:
        wait_s = FREE_S if eyes.open_s[slot] > time_s else GAP_S
        if time_s - eyes.stands_s[slot] >= wait_s and count == 0.0:
            _empty(books, eyes, slot, time_s - 1.0)


@inlined
def _empty(books: Books, eyes: Eyes, slot: int, time_s: float) -> None:
    clear(books, slot, time_s, BRAKES_S if eyes.open_s[slot] > time_s else 1.0)
    eyes.clear_s[slot] = time_s
    eyes.since[slot] = eyes.gone[slot] = 0.0


@inlined
def _before_line(
    ways: Approaches, books: Books, eyes: Eyes, slot: int, time_s: float, count: float, occupancy: float
) -> None:
    """Vehicles over the advance detector are on their way to the line; under a queue it sees nobody."""
    reach_s = eyes.reach_m[slot] / ways.lane_mps[ways.slot_lane[slot]]
    for _ in range(int(count)):
        confirm(books, slot, time_s + reach_s)
    eyes.seen[slot] += count
    eyes.covered[slot] = eyes.covered[slot] + 1 if occupancy > 0.95 else 0
    if eyes.covered[slot] == 0:
        miss(books, slot, time_s + reach_s - 4.0)
    elif eyes.covered[slot] >= COVERED_S:
        stand = eyes.reach_m[slot] / CAR_M
        had = mass_until(books, slot, time_s)
        if had < stand:
            put(books, slot, time_s - 1.0, stand - had, 1)


@inlined
def _leave(
    ways: Approaches, books: Books, eyes: Eyes, slot: int, time_s: float, count: float, now_s: float
) -> None:
    """Somebody has crossed the line: the first of the book. Where nobody else looks, others may wait behind him."""
    platoon = time_s - max(eyes.out_s[slot], eyes.open_s[slot]) <= PLATOON_S
    eyes.out[slot] += count
    eyes.out_s[slot] = time_s
    eyes.gone[slot] += count
    if eyes.ahead_s[slot] < now_s - ALIVE_S:
        eyes.seen[slot] += count
    take(books, slot, count, time_s + 8.0)
    if eyes.stop_s[slot] < now_s - ALIVE_S and platoon:
        rest = excess(max(eyes.since[slot], 0.2), eyes.gone[slot])
        had = mass_until(books, slot, time_s)
        if had < rest:
            put(books, slot, time_s - 0.5, min(rest - had, 1.0), 0)


@inlined
def _outflow(
    ways: Approaches, share: F64, turn_share: F64, books: Books, eyes: Eyes, where: tuple[int, int], time_s: float,
    count: float,
) -> None:  # fmt: skip
    """Who has left a lane comes to the slots of the link that he enters, and of those behind it."""
    lane = ways.slot_lane[where[0]]
    for turn in range(ways.turn_offset[lane], ways.turn_offset[lane + 1]):
        link = ways.turn_link[turn]
        part = count * turn_share[turn] if where[1] < 0 else (count if link == where[1] else 0.0)
        if part < LEAST:
            continue
        for r in range(ways.reach_offset[link], ways.reach_offset[link + 1]):
            mass = part * share[r]
            if mass >= LEAST:
                slot = ways.reach_slot[r]
                eyes.raw[slot] += mass
                mass *= min((eyes.seen[slot] + 1.0) / (eyes.raw[slot] + 1.0), 1.3)
                if mass < LEAST:
                    continue
                eyes.told[slot] += mass
                eyes.since[slot] += mass
                put(books, slot, time_s + ways.turn_s[turn] + ways.reach_s[r], mass, 2)


@entry
def _tick(books: Books, eyes: Eyes, own_s: F64, clock: Clockwork) -> None:
    """Time goes on: vehicles of whom nobody tells come, and leave where nobody looks."""
    keep = math_exp(-clock.passed_s / MEMORY_S)
    now_s = clock.now_s
    for s in range(books.size.size):
        stop = eyes.stop_s[s] >= now_s - ALIVE_S
        ahead = eyes.ahead_s[s] >= now_s - ALIVE_S
        camera = eyes.camera[s] == 1
        eyes.out[s] *= keep
        if stop or ahead or camera:
            eyes.seen[s] *= keep
            eyes.told[s] *= keep
            eyes.raw[s] *= keep
            eyes.seen_s[s] = eyes.seen_s[s] * keep + clock.passed_s
        vps = max(eyes.seen[s] - eyes.told[s], 0.0) / eyes.seen_s[s]
        if vps > 0.0:
            put(books, s, now_s + own_s[s], vps * clock.passed_s, 0)
            eyes.since[s] += vps * clock.passed_s
        if stop:
            continue
        if camera:
            gap_s = CAMERA_GAP_S if eyes.free[s] == 1 else YIELD_GAP_S
            if max(eyes.open_s[s] + START_S, eyes.out_s[s]) <= clock.known_s - gap_s:
                _empty(books, eyes, s, clock.known_s - 2.0)
        elif eyes.open_s[s] + START_S <= now_s:
            take(books, s, clock.passed_s / HEADWAY_S, now_s)


@inlined
def math_exp(x: float) -> float:
    return np.exp(x)


@entry
def _write(ways: Approaches, books: Books, eyes: Eyes, now_s: float, whole: I32, real: F64) -> int:
    """Vehicles of all books: lanes, distances, speeds and masses; how many."""
    n = 0
    for s in range(books.size.size):
        lane, standing = ways.slot_lane[s], 0.0
        v = ways.lane_mps[lane]
        free_s = 0.0  # who is not sure has not passed the detector ahead
        if eyes.ahead_s[s] >= now_s - ALIVE_S and eyes.covered[s] == 0:
            free_s = now_s + eyes.reach_m[s] / v + 0.5
        for i in range(books.size[s]):
            mass, due_s = books.mass[s, i], books.due_s[s, i]
            if mass < LEAST:
                continue
            whole[0, n] = lane
            queue_m = standing * CAR_M
            if books.sure[s, i] != 1:
                due_s = max(due_s, free_s)
            if due_s <= now_s:
                real[0, n], real[1, n] = queue_m, 0.0
                standing += mass
            else:
                real[0, n], real[1, n] = max((due_s - now_s) * v, queue_m), v
            real[2, n] = mass
            n += 1
    return n
