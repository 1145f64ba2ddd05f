"""Room in the links that signals let vehicles into: nobody is served into a link that is full."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I32
from citybrain.control.approaches import Approaches
from citybrain.control.course import NEVER_S, Plan
from citybrain.control.queues import Queues
from citybrain.records.traffic import Traffic

TIGHT_SHARE = 0.5  # a link emptier than this fills up within no horizon
USABLE_SHARE = 0.9  # of the cars that a link holds
WAVE_MPS = 5.0  # room made at the stop line arrives upstream at this pace


class Exits:
    """Counts who is on each link now, and hears who will have left it."""

    def __init__(self, ways: Approaches) -> None:
        self._ways = ways
        first = ways.first_lane[:-1]
        self._wave_s = ways.lane_m[first] / WAVE_MPS
        self._open_m = np.where(np.diff(ways.link_slots) > 0, np.inf, ways.lane_m[first])
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
        """Vehicles [n_links, n_steps + 1] that each link can take in until each step; inf where it is half empty."""
        ways, n = self._ways, len(self._ways.room)
        count = np.bincount(ways.lane_link[traffic.lane], traffic.mass, n)
        tight = np.flatnonzero(count > TIGHT_SHARE * ways.room)
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
        room[tight] = np.maximum(USABLE_SHARE * ways.room[tight] - count[tight], 0.0)[:, None] + left[tight]
        return room
