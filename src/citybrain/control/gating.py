"""Perimeter gating: who would enter an area that fills up beyond what it can carry waits at its edge.

Every minute, for every ward (`wards`): its accumulation and production go into its diagram (`mfd`). Once it holds more
vehicles than are critical, with 90 % confidence, its inflow is held by the feedback law of Keyvan-Ekbatani,
Kouvelas, Papamichail and Papageorgiou (2012), "Exploiting the fundamental diagram of urban networks for feedback-based
gating", eq. 11:

    q(k) = q(k-1) - K_P [n(k) - n(k-1)] + K_I [n_set - n(k)]        K_P = mu / T,  K_I = (1 - mu) / T

with mu = 1 - T / tau, and tau the time that a vehicle spends in the area, measured (eq. 8 linearised: n falls by
n / tau and rises by q). Orders stay between nothing and the most that ever came (so nothing winds up), and the last
order counts, not a wish beyond it.

An order is shared out among the signals at the edge as vehicles wait there, and becomes a budget of each: what the
search (`discharge`) lets pass beyond it has a price. Signals without anybody to hold back plan as they always do. A
gate whose approach is half full is let go before it reaches the junction behind it, so is who comes from an area that
is too full itself, and so is whoever the guard says.

It needs vehicles that are told apart (`Traffic.vehicle`); where they are not, nothing is held back.
"""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I32, I64, Bool, City
from citybrain.control.approaches import Approaches
from citybrain.control.course import OUTSIDE, Gates
from citybrain.control.mfd import Diagram
from citybrain.control.movers import Movers
from citybrain.control.wards import signal_of_slot, wards
from citybrain.records.traffic import Traffic

PERIOD_S = 60.0  # of the feedback
SURE = 0.9  # that production falls: before, nobody is held back
RELEASE_SHARE = 0.85  # of the set point: with fewer vehicles everybody may enter
FULL_SHARE = 0.5  # of the room of an approach that others enter from a junction: its gate is let go
BUDGET_MOST = 10.0  # vehicles that a signal may save up, or owe
STAY_S = (120.0, 1800.0)  # bounds of tau


class Gating:
    """Decides how many may enter which ward. State is kept between looks; a look is a second or more."""

    def __init__(self, city: City, ways: Approaches) -> None:
        self.ward = wards(city, ways)
        self.n_wards = int(self.ward.max(initial=OUTSIDE)) + 1
        self._ways = ways
        slot_link = ways.lane_link[ways.slot_lane]
        self._slot_area, self._slot_signal = self.ward[slot_link].astype(np.int32), signal_of_slot(ways)
        self._slot_link, self._fed = slot_link, np.isin(slot_link, ways.turn_link)
        self._n_signals = len(ways.first_slot) - 1
        inside = self.ward >= 0
        self.diagram = Diagram(np.bincount(self.ward[inside], ways.room[inside], self.n_wards).astype(np.float64))
        self._movers = Movers()
        self._time_s = self._minute_s = -np.inf
        n = self.n_wards
        self._sums = np.zeros((4, n))  # of the period: seconds times vehicles, and production; entries, exits
        self._vehicles, self._stay_s, self._most_vps = np.full(n, np.nan), np.full(n, STAY_S[0]), np.zeros(n)
        self.active: Bool = np.zeros(n, np.bool_)
        self.order_vps, self.set_point = np.full(n, np.inf), np.full(n, np.nan)
        self._budget = np.zeros(self._n_signals)

    def look(self, traffic: Traffic, time_s: float, step_s: F64) -> Gates:
        """Take note of where everybody is, and tell what may pass; `step_s` are the times of the search."""
        dt_s = time_s - self._time_s if np.isfinite(self._time_s) else 0.0
        self._time_s = time_s
        passed = self._note(traffic, max(dt_s, 0.0))
        if not np.isfinite(self._minute_s):
            self._minute_s = time_s
        elif time_s - self._minute_s >= PERIOD_S:
            self._feed_back(time_s - self._minute_s)
            self._minute_s = time_s
        rate_vps, held = self._shared_out(traffic)
        gates = np.isfinite(rate_vps)
        rate_vps = np.where(gates, rate_vps, 0.0)
        budget = np.clip(self._budget + rate_vps * dt_s - passed, -BUDGET_MOST, BUDGET_MOST)
        self._budget = np.where(gates, budget, 0.0)
        order = np.where(gates[:, None], self._budget[:, None] + rate_vps[:, None] * step_s, np.inf)
        ward = np.where((self.ward >= 0) & self._held(self.ward), self.ward, OUTSIDE).astype(np.int32)
        return Gates(self._slot_area, ward, held, order)

    def _held(self, ward: I32) -> Bool:
        return self.active[ward.clip(min=0)] if self.n_wards else np.zeros(ward.size, np.bool_)

    def _note(self, traffic: Traffic, dt_s: float) -> F64:
        """Sums of the period; gives who passed the gates of each signal since the last look [n_signals]."""
        lane_ward = self.ward[self._ways.lane_link[traffic.lane]]
        inside = lane_ward >= 0
        n = self.n_wards
        self._sums[0] += dt_s * np.bincount(lane_ward[inside], minlength=n)
        self._sums[1] += dt_s * np.bincount(lane_ward[inside], traffic.speed_mps[inside], n)
        before, after = self._movers.look(traffic)
        a, b = self._ward_of(before), self._ward_of(after)
        enters, leaves = (b >= 0) & (a != b), (a >= 0) & (a != b)
        self._sums[2] += np.bincount(b[enters], minlength=n)
        self._sums[3] += np.bincount(a[leaves], minlength=n)
        slot = self._ways.slot_of_lane[before[enters & self._held(b)]]
        return np.bincount(self._slot_signal[slot[slot >= 0]], minlength=self._n_signals).astype(np.float64)

    def _ward_of(self, lane: I64) -> I32:
        return np.where(lane >= 0, self.ward[self._ways.lane_link[lane.clip(min=0)]], OUTSIDE).astype(np.int32)

    def _feed_back(self, period_s: float) -> None:
        """The end of a period: learn, switch on or off, and order anew."""
        vehicles, production, entries, exits = self._sums / period_s
        self._sums[:] = 0.0
        self.diagram.learn(vehicles, production, period_s)
        known = self.diagram.critical()
        self.set_point = np.where(known.surely >= SURE, known.vehicles, np.nan)
        before, self._vehicles = self._vehicles, vehicles
        measured_s = np.clip(vehicles / np.maximum(exits, 1e-3), *STAY_S)
        self._stay_s += 0.2 * (measured_s - self._stay_s)
        self._most_vps = np.maximum(self._most_vps, entries)
        was = self.active & np.isfinite(self.set_point)
        self.active = np.where(
            was, vehicles > RELEASE_SHARE * self.set_point, vehicles > np.nan_to_num(known.high, nan=np.inf)
        )
        self.active &= np.isfinite(self.set_point) & self._movers.told_apart
        last_vps = np.where(was, self.order_vps, entries)
        order_vps = ordered(last_vps, vehicles - before, self.set_point - vehicles, self._stay_s)
        self.order_vps = np.where(self.active, np.clip(order_vps, 0.0, self._most_vps), np.inf)

    def _shared_out(self, traffic: Traffic) -> tuple[F64, Bool]:
        """What each signal's gates may let pass (inf = it has none that hold now), and the slots that are held."""
        ways, n = self._ways, self.n_wards
        held = np.ones(len(ways.slot_lane), np.bool_)
        rate_vps = np.full(self._n_signals, np.inf)
        if not self.active.any():
            return rate_vps, held
        mass = np.ones(traffic.lane.size) if traffic.mass is None else traffic.mass
        count = np.bincount(ways.lane_link[traffic.lane], mass, len(ways.room))
        full = self._fed & (count > FULL_SHARE * ways.room)[self._slot_link]
        held = ~full & ~((self._slot_area >= 0) & self._held(self._slot_area))
        slot, known = ways.slot_of_lane[traffic.lane], traffic.next_link >= 0
        to = np.where(known, self.ward[traffic.next_link.clip(min=0)], OUTSIDE)
        waits = (slot >= 0) & (to >= 0) & self._held(to) & (to != self._slot_area[slot])
        waits &= held[slot]
        key = self._slot_signal[slot[waits]] * n + to[waits]
        there = np.bincount(key, mass[waits], self._n_signals * n).reshape(self._n_signals, n)
        total = there.sum(0)
        share = there / np.where(total > 0.0, total, 1.0)
        part = (share[:, self.active] * self.order_vps[self.active]).sum(1)
        return np.where(there.sum(1) > 0.0, part, np.inf), held


def ordered(last_vps: F64, rise: F64, room: F64, stay_s: F64) -> F64:
    """The law at the head of the module: inflow of the next period from the last, vehicles more than a period ago,
    vehicles below the set point, and seconds that a vehicle stays. All [n]."""
    mu = 1.0 - PERIOD_S / np.maximum(stay_s, PERIOD_S)
    return last_vps - mu / PERIOD_S * rise + (1.0 - mu) / PERIOD_S * room
