"""Room behind signals: nobody is served into a link that is full.

A link of a few metres is full as soon as one vehicle stands on it, and empty a second later: it says nothing. So room
is that of the *stretch* that begins with a link: it and what follows, until STRETCH_M or a signal's next stop line.
"""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I32, I64, Bool
from citybrain.control.approaches import Approaches
from citybrain.control.course import NEVER_S, Plan
from citybrain.control.queues import Queues
from citybrain.records.traffic import Traffic

TIGHT_SHARE = 0.5  # a stretch emptier than this fills up within no horizon
STRETCH_M = 60.0
LINKS_MAX = 16  # of a stretch
USABLE_SHARE = 0.9  # of the cars that a stretch holds
WAVE_MPS = 5.0  # room made at the stop line arrives upstream at this pace


class Exits:
    """Counts who is on each stretch now, and hears who will have left it."""

    def __init__(self, ways: Approaches) -> None:
        self._ways = ways
        first = ways.first_lane[:-1]
        self._wave_s = ways.lane_m[first] / WAVE_MPS
        self._open_m = np.where(np.diff(ways.link_slots) > 0, np.inf, ways.lane_m[first])
        self._offset, self._member, self._last = stretches(ways)
        self._holds = self._sum(ways.room)
        self._link: I32 = np.zeros(0, np.int32)
        self._mass, self._at_s = np.zeros(0), np.zeros(0)

    def hear(self, queues: Queues, plan: Plan, time_s: float) -> None:
        """Note who will leave which link, by plans of now."""
        ways = self._ways
        slot = np.repeat(np.arange(len(ways.slot_lane)), np.diff(queues.offset))
        leaves = (plan.leaves_s < NEVER_S) & (queues.who >= 0)
        self._link = ways.lane_link[ways.slot_lane[slot[leaves]]]
        self._mass, self._at_s = queues.mass[leaves], plan.leaves_s[leaves] + time_s

    def room(self, traffic: Traffic, step_s: F64, time_s: float) -> F64:
        """Vehicles that each link can take in until each step [n_links, n_steps + 1]; inf on a half empty stretch."""
        ways, n = self._ways, len(self._ways.room)
        count = self._sum(np.bincount(ways.lane_link[traffic.lane], traffic.mass, n).astype(np.float64))
        tight = np.flatnonzero(count > TIGHT_SHARE * self._holds)
        room = np.full((n, len(step_s)), np.inf)
        if tight.size == 0:
            return room
        freed_s = self._at_s - time_s + self._wave_s[self._link]
        step = np.searchsorted(step_s, freed_s)
        freed = np.zeros((n, len(step_s)))
        kept = (step < len(step_s)) & (self._at_s >= time_s)
        np.add.at(freed, (self._link[kept], step[kept]), self._mass[kept])
        # Where no signal stands at the end, as many leave as now: density times speed.
        flow_vps = np.bincount(ways.lane_link[traffic.lane], traffic.speed_mps, n) / self._open_m
        left = np.cumsum(freed, axis=1) + flow_vps[:, None] * step_s
        leaves = np.add.reduceat(left[self._member] * self._last[:, None], self._offset[:-1])[tight]
        room[tight] = np.maximum(USABLE_SHARE * self._holds[tight] - count[tight], 0.0)[:, None] + leaves
        return room

    def _sum(self, of_link: F64) -> F64:
        """Over the links of every stretch."""
        return np.add.reduceat(of_link[self._member], self._offset[:-1]) if of_link.size else of_link


def stretches(ways: Approaches) -> tuple[I64, I64, Bool]:
    """Links of the stretch that begins with each link, as (offset [n_links + 1], link, is it left from here)."""
    members: list[int] = []
    last: list[bool] = []
    offset = np.zeros(len(ways.room) + 1, np.int64)
    for link in range(len(ways.room)):
        found = _stretch(ways, link)
        members += found
        last += found.values()
        offset[link + 1] = len(members)
    return offset, np.array(members, np.int64), np.array(last, np.bool_)


def _stretch(ways: Approaches, start: int) -> dict[int, bool]:
    found: dict[int, bool] = {}
    todo = [(start, 0.0)]
    while todo:
        link, before_m = todo.pop()
        if link in found:
            continue
        first, end = int(ways.first_lane[link]), int(ways.first_lane[link + 1])
        until_m = before_m + float(ways.lane_m[first])
        after = np.unique(ways.turn_link[ways.turn_offset[first] : ways.turn_offset[end]]).tolist()
        stops = until_m >= STRETCH_M or ways.link_slots[link + 1] > ways.link_slots[link] or not after
        found[link] = bool(stops or len(found) + len(todo) >= LINKS_MAX)
        if not found[link]:
            todo += [(other, until_m) for other in after]
    return found
