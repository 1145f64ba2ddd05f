"""What is done to the books: at every report of a sensor, and as time goes on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from citybrain.city.model import F64, I32, U8, SensorKind
from citybrain.control.approaches import Approaches
from citybrain.control.jit import entry, inlined
from citybrain.control.ledger_books import (
    BRAKES_S,
    GUESSED,
    SURE,
    TOLD,
    Books,
    clear,
    confirm,
    excess,
    mass_until,
    miss,
    put,
    take,
)

ALIVE_S = 10.0  # a fast detector that is silent for so long is dead
MEMORY_S = 600.0  # rates are means over so long
HEADWAY_S = 2.2
START_S = 2.0  # from green to the first departure
FREE_S = 2.0  # the detector at a red line is free for so long: nobody waits
GAP_S = 3.0  # ... and at a green one
CAMERA_GAP_S = 4.0  # a green lets nobody out for so long: nobody waits
YIELD_GAP_S = 6.0  # ... who need not yield
PLATOON_S = 3.5  # who leaves so soon after another has waited
COVERED_S = 3  # seconds that a queue stands on an advance detector before it counts as one
CAR_M = 7.5
LEAST = 0.02  # of a vehicle
NONE = -1
NEVER_S = -1e9
PRIOR_VPS, PRIOR_S = 0.03, 60.0  # of a lane, before anything is seen, and for how long that counts
SEEN_FRAC, FULL_FRAC = 0.02, 0.95  # of an interval covered: somebody was there; somebody stood there
PATIENCE_S = 4.0  # who was to cross an advance detector so long ago does not come
EARLY_S = 8.0  # who leaves may have been due so much later
MORE_MOST = 1.3  # what is seen of arrivals multiplies those told by at most so much
SINCE_LEAST = 0.2  # vehicles
_STOP_LINE, _ADVANCE = int(SensorKind.STOP_LINE), int(SensorKind.ADVANCE)


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
    since: F64  # vehicles booked since it was seen empty
    gone: F64  # vehicles that have left since then
    out: F64  # departures, fading
    seen: F64  # arrivals that were seen, fading; `told` of them were in the books by their names
    told: F64
    raw: F64  # of those whom their names told, before what is seen corrects their number
    seen_s: F64  # over so many seconds


def new_eyes(n: int) -> Eyes:
    """Nothing has been seen: all are blind, and every light is red."""
    return Eyes(
        stop_s=np.full(n, NEVER_S),
        ahead_s=np.full(n, NEVER_S),
        camera=np.zeros(n, np.uint8),
        out_s=np.full(n, NEVER_S),
        stands_s=np.full(n, NEVER_S),
        covered=np.zeros(n, np.int32),
        reach_m=np.zeros(n),
        open_s=np.full(n, np.inf),
        free=np.zeros(n, np.uint8),
        since=np.zeros(n),
        gone=np.zeros(n),
        out=np.zeros(n),
        seen=np.full(n, PRIOR_VPS * PRIOR_S),
        told=np.zeros(n),
        raw=np.zeros(n),
        seen_s=np.full(n, PRIOR_S),
    )


class Told(NamedTuple):
    """Departures, or reports of detectors, in order of time; [n]."""

    time_s: F64
    slot: I32
    link: I32  # entered; NONE = not known
    vehicles: F64
    occupancy_frac: F64
    kind: I32  # SensorKind


class Clockwork(NamedTuple):
    """Times of one beat."""

    now_s: float
    passed_s: float
    known_s: float  # up to which cameras have told everything


@entry
def hear(ways: Approaches, share: F64, turn_share: F64, books: Books, eyes: Eyes, told: Told, now_s: float) -> None:
    """Take reports, one after the other; whom a camera names is no news from the detector beside it."""
    for i in range(told.slot.size):
        slot, time_s, kind = told.slot[i], told.time_s[i], told.kind[i]
        if kind == _STOP_LINE:
            eyes.stop_s[slot] = max(eyes.stop_s[slot], time_s)
            _at_line(books, eyes, slot, time_s, told.vehicles[i], told.occupancy_frac[i])
            if told.vehicles[i] > 0.0:
                _leave(books, eyes, slot, time_s, told.vehicles[i], now_s)
                if eyes.camera[slot] == 0:
                    _outflow(ways, share, turn_share, books, eyes, (slot, NONE), time_s, told.vehicles[i])
        elif kind == _ADVANCE:
            eyes.ahead_s[slot] = max(eyes.ahead_s[slot], time_s)
            _before_line(ways, books, eyes, slot, time_s, told.vehicles[i], told.occupancy_frac[i])
        else:
            if eyes.stop_s[slot] < now_s - ALIVE_S:
                _leave(books, eyes, slot, time_s, told.vehicles[i], now_s)
            _outflow(ways, share, turn_share, books, eyes, (slot, told.link[i]), time_s, told.vehicles[i])


@inlined
def _at_line(books: Books, eyes: Eyes, slot: int, time_s: float, count: float, occupancy: float) -> None:
    """The detector at the line is covered: somebody is there. It is free for a while: nobody is."""
    if occupancy > SEEN_FRAC:
        eyes.stands_s[slot] = time_s
        if occupancy > FULL_FRAC:
            had = mass_until(books, slot, time_s)
            if had < 1.0:
                put(books, slot, time_s - 1.0, 1.0 - had, SURE)
    else:
        wait_s = FREE_S if eyes.open_s[slot] > time_s else GAP_S
        if time_s - eyes.stands_s[slot] >= wait_s and count == 0.0:
            _empty(books, eyes, slot, time_s - 1.0)


@inlined
def _empty(books: Books, eyes: Eyes, slot: int, time_s: float) -> None:
    clear(books, slot, time_s, BRAKES_S if eyes.open_s[slot] > time_s else 1.0)
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
    eyes.covered[slot] = eyes.covered[slot] + 1 if occupancy > FULL_FRAC else 0
    if eyes.covered[slot] == 0:
        miss(books, slot, time_s + reach_s - PATIENCE_S)
    elif eyes.covered[slot] >= COVERED_S:
        stand = eyes.reach_m[slot] / CAR_M
        had = mass_until(books, slot, time_s)
        if had < stand:
            put(books, slot, time_s - 1.0, stand - had, SURE)


@inlined
def _leave(books: Books, eyes: Eyes, slot: int, time_s: float, count: float, now_s: float) -> None:
    """Somebody has crossed the line: the first of the book. Where nobody else looks, others may wait behind him."""
    platoon = time_s - max(eyes.out_s[slot], eyes.open_s[slot]) <= PLATOON_S
    eyes.out[slot] += count
    eyes.out_s[slot] = time_s
    eyes.gone[slot] += count
    if eyes.ahead_s[slot] < now_s - ALIVE_S:
        eyes.seen[slot] += count
    take(books, slot, count, time_s + EARLY_S)
    if eyes.stop_s[slot] < now_s - ALIVE_S and platoon:
        rest = excess(max(eyes.since[slot], SINCE_LEAST), eyes.gone[slot])
        had = mass_until(books, slot, time_s)
        if had < rest:
            put(books, slot, time_s - 0.5, min(rest - had, 1.0), GUESSED)


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
                mass *= min((eyes.seen[slot] + 1.0) / (eyes.raw[slot] + 1.0), MORE_MOST)
                if mass < LEAST:
                    continue
                eyes.told[slot] += mass
                eyes.since[slot] += mass
                put(books, slot, time_s + ways.turn_s[turn] + ways.reach_s[r], mass, TOLD)


@entry
def tick(books: Books, eyes: Eyes, own_s: F64, clock: Clockwork) -> None:
    """Time goes on: vehicles of whom nobody tells come, and leave where nobody looks."""
    keep = math.exp(-clock.passed_s / MEMORY_S)
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
            put(books, s, now_s + own_s[s], vps * clock.passed_s, GUESSED)
            eyes.since[s] += vps * clock.passed_s
        if stop:
            continue
        if camera:
            gap_s = CAMERA_GAP_S if eyes.free[s] == 1 else YIELD_GAP_S
            if max(eyes.open_s[s] + START_S, eyes.out_s[s]) <= clock.known_s - gap_s:
                _empty(books, eyes, s, clock.known_s - HEADWAY_S)
        elif eyes.open_s[s] + START_S <= now_s:
            take(books, s, clock.passed_s / HEADWAY_S, now_s)


@entry
def write(ways: Approaches, books: Books, eyes: Eyes, now_s: float, whole: I32, real: F64) -> int:
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
            if books.sure[s, i] != SURE:
                due_s = max(due_s, free_s)
            if due_s <= now_s:
                real[0, n], real[1, n] = queue_m, 0.0
                standing += mass
            else:
                real[0, n], real[1, n] = max((due_s - now_s) * v, queue_m), v
            real[2, n] = mass
            n += 1
    return n
