"""Ramp signals: who joins a main road waits while it is at capacity (ALINEA).

Papageorgiou, Hadj-Salem and Blosseville (1991), "ALINEA: a local feedback control law for on-ramp metering":

    r(k) = r(k-1) + K_R [o_set - o(k)]        K_R = 70 veh/h for each per cent of occupancy

o is the occupancy of the first ZONE_M behind the merge: the share of its lanes that vehicles cover. o_set is measured:
the occupancy at which most vehicles went by, a mean of the best periods so far. Below it nobody waits.

A ramp signal is one whose stages all let a main road go, and of which some hold back a ramp that joins it. The order
becomes a budget of that signal, kept by the search as those of gating are (`gating`). A ramp that is nearly full, back
to where it begins, is let go (queue override).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F64, I32, I64, Bool
from citybrain.control.approaches import Approaches
from citybrain.control.course import OUTSIDE, Gates
from citybrain.control.movers import Movers
from citybrain.control.wards import signal_of_slot
from citybrain.records.traffic import Traffic

PERIOD_S = 30.0
GAIN_VPS = 70.0 / 3600.0 * 100.0  # veh/s for an occupancy of 1
ZONE_M = 200.0
COVERS_M = 5.0  # of a lane, by a vehicle
BEST = 5  # periods with the most vehicles that the target is a mean of
LEAST_PERIODS = 2 * BEST  # fewer have not shown what the road carries
FULL_SHARE = 0.8  # of the ramp's room
RATE_VPS = (0.05, 0.5)  # per lane of the ramp: one each 20 s, and as many as a green lets go
BUDGET_MOST = 4.0  # vehicles that a ramp may save up, or owe: no platoons
RAMP_WARD = 1 << 20  # above the number of any ward


class RampSignals(NamedTuple):
    """Ramp signals of a city; [n] signals, slots of the ramps by signal (CSR)."""

    signal: I64
    into: I64  # link that ramp and main road lead to
    offset: I64  # [n + 1]
    slot: I64


def ramp_signals(ways: Approaches, n_stages: I64) -> RampSignals:
    """Find them by what their stages let go."""
    found: list[tuple[int, int, list[int]]] = []
    for signal in range(len(ways.first_slot) - 1):
        slots = range(int(ways.first_slot[signal]), int(ways.first_slot[signal + 1]))
        found += _ramp(ways, signal, slots, (1 << int(n_stages[signal])) - 1)
    sizes = np.array([0, *(len(slots) for _, _, slots in found)], np.int64)
    flat = np.array([slot for _, _, slots in found for slot in slots], np.int64)
    at = np.array([(signal, into) for signal, into, _ in found], np.int64).reshape(-1, 2)
    return RampSignals(at[:, 0], at[:, 1], np.cumsum(sizes), flat)


def _ramp(ways: Approaches, signal: int, slots: range, full: int) -> list[tuple[int, int, list[int]]]:
    """The signal as a ramp signal: one link is all that it leads to, and only some approaches may always go there."""
    into: set[int] = set()
    always: list[int] = []
    sometimes: list[int] = []
    for slot in slots:
        lane = int(ways.slot_lane[slot])
        turns = range(int(ways.turn_offset[lane]), int(ways.turn_offset[lane + 1]))
        into |= {int(ways.turn_link[turn]) for turn in turns}
        (always if all(int(ways.turn_go[turn]) & full == full for turn in turns) else sometimes).append(slot)
    if len(into) != 1 or not always or not sometimes:
        return []
    main = {int(ways.lane_link[ways.slot_lane[slot]]) for slot in always}
    ramp = {int(ways.lane_link[ways.slot_lane[slot]]) for slot in sometimes}
    return [] if main & ramp else [(signal, into.pop(), sometimes)]


class Ramps:
    """Keeps the orders of all ramp signals. State is kept between looks."""

    def __init__(self, ways: Approaches, n_stages: I64) -> None:
        self.of = ramp_signals(ways, n_stages)
        self._ways = ways
        n = self.of.signal.size
        lanes = np.diff(ways.first_lane)[self.of.into]
        self._zone_m = np.minimum(ZONE_M, ways.lane_m[ways.first_lane[self.of.into]])
        self._lane_m = self._zone_m * lanes
        self._zone: I32 = np.full(len(ways.room), -1, np.int32)
        self._zone[self.of.into] = np.arange(n)
        self._most_vps = RATE_VPS[1] * np.diff(self.of.offset)
        self._least_vps = RATE_VPS[0] * np.diff(self.of.offset)
        self._signal_of_slot = signal_of_slot(ways)
        self._movers = Movers()
        self._ramp_of_lane: I64 = np.full(len(ways.lane_link), OUTSIDE, np.int64)
        self._ramp_of_lane[ways.slot_lane[self.of.slot]] = np.repeat(np.arange(n), np.diff(self.of.offset))
        self._time_s = self._period_s = -np.inf
        self._sums = np.zeros((2, n))  # of the period: occupancy and vehicles that went by, times seconds
        self._count = 0
        self._best = np.zeros((n, BEST, 2))  # (flow, occupancy) of the best periods, least first
        self.order_vps, self.target = self._most_vps.copy(), np.full(n, np.nan)
        self._budget = np.zeros(n)

    def look(self, traffic: Traffic, time_s: float) -> None:
        """Take note of who is behind the merges, and who has joined; at the end of a period, order anew."""
        dt_s = max(time_s - self._time_s, 0.0) if np.isfinite(self._time_s) else 0.0
        self._time_s = time_s
        if not np.isfinite(self._period_s):
            self._period_s = time_s
        self._note(traffic, dt_s)
        self._budget += self.order_vps * dt_s - self._joined(traffic)
        self._budget = np.clip(self._budget, -BUDGET_MOST, BUDGET_MOST)
        if time_s - self._period_s >= PERIOD_S:
            self._feed_back(time_s - self._period_s)
            self._period_s = time_s

    def held(self, traffic: Traffic) -> Bool:
        """Which slots wait for their order: those of ramps that are metered and not full [n_slots]."""
        ways, of = self._ways, self.of
        count = np.bincount(ways.lane_link[traffic.lane], minlength=len(ways.room))
        held = np.zeros(len(ways.slot_lane), np.bool_)
        link = ways.lane_link[ways.slot_lane[of.slot]]
        metered = np.repeat(self.order_vps < self._most_vps, np.diff(of.offset))
        held[of.slot] = metered & (count[link] <= FULL_SHARE * ways.room[link])
        return held

    def on(self, gates: Gates, traffic: Traffic, step_s: F64) -> Gates:
        """Gates with the ramps' orders in place of whatever was ordered at their signals."""
        of = self.of
        held, ward, order = gates.held.copy(), gates.ward.copy(), gates.order.copy()
        held[np.isin(self._signal_of_slot, of.signal)] = False
        held |= self.held(traffic)
        ward[of.into] = RAMP_WARD + np.arange(of.signal.size)
        order[of.signal] = self._budget[:, None] + self.order_vps[:, None] * step_s
        return Gates(gates.slot_area, ward, held, order)

    def _note(self, traffic: Traffic, dt_s: float) -> None:
        ways = self._ways
        zone = self._zone[ways.lane_link[traffic.lane]]
        into_m = ways.lane_m[traffic.lane] - traffic.ahead_m
        there = (zone >= 0) & (into_m >= 0.0)
        there &= into_m < self._zone_m[zone.clip(min=0)] if self.of.signal.size else False
        n = self.of.signal.size
        self._sums[0] += dt_s * COVERS_M * np.bincount(zone[there], minlength=n) / self._lane_m
        self._sums[1] += dt_s * np.bincount(zone[there], traffic.speed_mps[there], n) / self._zone_m

    def _joined(self, traffic: Traffic) -> F64:
        """Who has left each ramp since the last look [n], as far as vehicles are told apart."""
        ramp = self._ramp_of_lane[self._movers.look(traffic)[0]]
        return np.bincount(ramp[ramp >= 0], minlength=self.of.signal.size).astype(np.float64)

    def _feed_back(self, period_s: float) -> None:
        occupancy, flow_vps = self._sums / period_s
        self._sums[:] = 0.0
        self._count += 1
        rows = np.arange(occupancy.size)
        better = flow_vps > self._best[rows, 0, 0]
        self._best[rows[better], 0] = np.column_stack([flow_vps, occupancy])[better]
        self._best = np.take_along_axis(self._best, self._best[:, :, :1].argsort(axis=1), axis=1)
        if self._count >= LEAST_PERIODS:
            self.target = self._best[:, :, 1].mean(axis=1)
            self.order_vps = metered(self.order_vps, occupancy, self.target, (self._least_vps, self._most_vps))


def metered(last_vps: F64, occupancy: F64, target: F64, bounds_vps: tuple[F64, F64]) -> F64:
    """The law at the head of the module, kept within its bounds: beyond them nothing winds up. All [n]."""
    return np.clip(last_vps + GAIN_VPS * (target - occupancy), *bounds_vps)
