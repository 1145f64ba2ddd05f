"""From single vehicles to queues: who reaches which stop line when, if nobody stops him, and when he may cross it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from citybrain.city.model import F64, I32, I64
from citybrain.control.approaches import Approaches
from citybrain.records.traffic import ENDS, Traffic

ACCEL_MPS2 = 2.0  # of a car that sets off
ANNOUNCED = -1  # of `who`: still upstream of another stop line
ALL_STAGES = -1  # mask


class Queues(NamedTuple):
    """Rows are vehicles, or shares of vehicles, by slot and in the order in which they reach its stop line."""

    offset: I64  # [n_slots + 1] into the rows
    due_s: F64  # from now, in free flow
    mass: F64  # share of a vehicle that comes here
    weight: F64  # value of a second of it: mass times the vehicle's own
    go: I64  # stages in which it may cross
    yields: I64  # of these, stages in which it gives way
    foes: I64  # slots that it gives way to, as bits from the signal's first slot on
    exit_link: I32  # -1 = not known
    who: I32  # row of the traffic, or ANNOUNCED


class Announced(NamedTuple):
    """Who is expected to enter a link, and when: what signals upstream will let out. Arrays are [n]."""

    link: I32
    at_s: F64  # from now
    mass: F64
    weight: F64


def nobody_announced() -> Announced:
    """No announcement."""
    return Announced(np.zeros(0, np.int32), np.zeros(0), np.zeros(0), np.zeros(0))


class _Seen(NamedTuple):
    lane: I32
    ahead_m: F64
    speed_mps: F64
    next_link: I32
    weight: F64
    mass: F64


class _Rows(NamedTuple):
    """Rows before they are sorted. `far_m` orders them."""

    slot: I32
    far_m: F64
    due_s: F64
    mass: F64
    weight: F64
    go: I64
    yields: I64
    foes: I64
    exit_link: I32
    who: I32
    used: I64  # [1]


def make_queues(ways: Approaches, share: F64, traffic: Traffic, announced: Announced) -> Queues:
    """Queues of all slots; `share` is `ways.reach_share` or what has been learned since."""
    seen = _Seen(
        traffic.lane,
        traffic.ahead_m.astype(np.float64),
        traffic.speed_mps.astype(np.float64),
        traffic.next_link,
        traffic.weight.astype(np.float64),
        np.ones(traffic.lane.size) if traffic.mass is None else traffic.mass.astype(np.float64),
    )
    return _make(ways, share, seen, announced)


@njit(cache=True, nogil=True)
def free_time_s(far_m: float, speed_mps: float, limit_mps: float) -> float:
    """Seconds over `far_m` for who drives at `speed_mps` and speeds up to the limit."""
    if far_m <= 0.0:
        return 0.0
    if speed_mps >= limit_mps:
        return far_m / limit_mps
    gain_m = (limit_mps * limit_mps - speed_mps * speed_mps) / (2.0 * ACCEL_MPS2)
    if far_m < gain_m:
        return (math.sqrt(speed_mps * speed_mps + 2.0 * ACCEL_MPS2 * far_m) - speed_mps) / ACCEL_MPS2
    return (limit_mps - speed_mps) / ACCEL_MPS2 + (far_m - gain_m) / limit_mps


@njit(cache=True, nogil=True)
def _make(ways: Approaches, share: F64, seen: _Seen, announced: Announced) -> Queues:
    most = 0
    for link in range(len(ways.reach_offset) - 1):
        most = max(most, ways.reach_offset[link + 1] - ways.reach_offset[link])
    capacity = announced.link.size * most
    for i in range(seen.lane.size):
        capacity += 1 if ways.slot_of_lane[seen.lane[i]] >= 0 else most
    whole, real, mask = np.empty((3, capacity), np.int32), np.empty((4, capacity)), np.empty((3, capacity), np.int64)
    rows = _Rows(
        whole[0], real[0], real[1], real[2], real[3], mask[0], mask[1], mask[2], whole[1], whole[2],
        np.zeros(1, np.int64),
    )  # fmt: skip
    for i in range(seen.lane.size):
        if seen.next_link[i] == ENDS:
            continue
        lane = _lane_of(ways, seen.lane[i], seen.next_link[i])
        due_s = free_time_s(seen.ahead_m[i], seen.speed_mps[i], ways.lane_mps[lane])
        if ways.slot_of_lane[lane] >= 0:
            _add(rows, ways.slot_of_lane[lane], seen.ahead_m[i], due_s)
            _set_turn(ways, rows, lane, seen.next_link[i])
            _set_worth(rows, seen.mass[i], seen.weight[i], i)
        else:
            link, cross_s = _exit(ways, lane, seen.next_link[i])
            if link >= 0:
                _add_reached(ways, share, rows, (link, due_s + cross_s, seen.mass[i], seen.weight[i]), i)
    for i in range(announced.link.size):
        entry = (announced.link[i], announced.at_s[i], announced.mass[i], announced.weight[i])
        _add_reached(ways, share, rows, entry, ANNOUNCED)
    return _sorted(rows, len(ways.slot_lane))


@njit(cache=True, nogil=True)
def _lane_of(ways: Approaches, lane: int, next_link: int) -> int:
    """The lane that a vehicle will be on at the end of its link: its own, or one that leads where it goes."""
    if next_link < 0 or _leads(ways, lane, next_link):
        return lane
    link = ways.lane_link[lane]
    best, found = 1000, lane
    for other in range(ways.first_lane[link], ways.first_lane[link + 1]):
        if _leads(ways, other, next_link) and abs(other - lane) < best:
            best, found = abs(other - lane), other
    return found


@njit(cache=True, nogil=True)
def _leads(ways: Approaches, lane: int, link: int) -> bool:
    found = False
    for turn in range(ways.turn_offset[lane], ways.turn_offset[lane + 1]):
        found |= ways.turn_link[turn] == link
    return found


@njit(cache=True, nogil=True)
def _exit(ways: Approaches, lane: int, next_link: int) -> tuple[int, float]:
    """Link that a vehicle enters from a lane without a signal (-1 = none), and seconds across the junction."""
    begin, end = ways.turn_offset[lane], ways.turn_offset[lane + 1]
    for turn in range(begin, end):
        if next_link < 0 or ways.turn_link[turn] == next_link:
            return ways.turn_link[turn], ways.turn_s[turn]
    return -1, 0.0


@njit(cache=True, nogil=True)
def _add(rows: _Rows, slot: int, far_m: float, due_s: float) -> None:
    n = rows.used[0]
    rows.slot[n], rows.far_m[n], rows.due_s[n] = slot, far_m, due_s
    rows.used[0] = n + 1


@njit(cache=True, nogil=True)
def _set_worth(rows: _Rows, mass: float, weight: float, who: int) -> None:
    n = rows.used[0] - 1
    rows.mass[n], rows.weight[n], rows.who[n] = mass, mass * weight, who


@njit(cache=True, nogil=True)
def _set_turn(ways: Approaches, rows: _Rows, lane: int, next_link: int) -> None:
    """When the last row may go: as its turn may; where that is not known, when all turns of the lane may, or any."""
    n = rows.used[0] - 1
    begin, end = ways.turn_offset[lane], ways.turn_offset[lane + 1]
    every, some, yields, foes, link = ALL_STAGES, 0, 0, 0, -1
    for turn in range(begin, end):
        if next_link >= 0 and ways.turn_link[turn] != next_link:
            continue
        every &= ways.turn_go[turn]
        some |= ways.turn_go[turn]
        yields |= ways.turn_yields[turn]
        foes |= ways.turn_foes[turn]
        link = ways.turn_link[turn] if (next_link >= 0 or end == begin + 1) else -1
    rows.go[n] = every if every != 0 else some
    rows.yields[n], rows.foes[n], rows.exit_link[n] = yields, foes, link


@njit(cache=True, nogil=True)
def _add_reached(ways: Approaches, share: F64, rows: _Rows, entry: tuple[int, float, float, float], who: int) -> None:
    """Shares of a vehicle that enters a link, at all slots that it may come to."""
    link, at_s, mass, weight = entry
    for r in range(ways.reach_offset[link], ways.reach_offset[link + 1]):
        if share[r] * mass < 0.01:
            continue
        slot = ways.reach_slot[r]
        lane = ways.slot_lane[slot]
        due_s = at_s + ways.reach_s[r]
        _add(rows, slot, due_s * ways.lane_mps[lane], due_s)
        _set_turn(ways, rows, lane, -1)
        _set_worth(rows, share[r] * mass, weight, who if mass * share[r] > 0.99 else ANNOUNCED)


@njit(cache=True, nogil=True)
def _sorted(rows: _Rows, n_slots: int) -> Queues:
    """By slot, nearest first; who is behind another is not due before him."""
    n = rows.used[0]
    offset = np.zeros(n_slots + 1, np.int64)
    for i in range(n):
        offset[rows.slot[i] + 1] += 1
    for s in range(n_slots):
        offset[s + 1] += offset[s]
    order, fill = np.empty(n, np.int64), offset[:-1].copy()
    for i in range(n):
        s = rows.slot[i]
        at = fill[s]
        while at > offset[s] and rows.far_m[order[at - 1]] > rows.far_m[i]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
        fill[s] += 1
    due_s = rows.due_s[:n][order]
    for s in range(n_slots):
        for i in range(offset[s] + 1, offset[s + 1]):
            due_s[i] = max(due_s[i], due_s[i - 1])
    return Queues(
        offset, due_s, rows.mass[:n][order], rows.weight[:n][order], rows.go[:n][order], rows.yields[:n][order],
        rows.foes[:n][order], rows.exit_link[:n][order], rows.who[:n][order],
    )  # fmt: skip
