"""Where those who enter a link will queue: shares of its slots, learned from who has left them."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I32
from citybrain.control.approaches import Approaches
from citybrain.control.queues import Queues
from citybrain.records.traffic import Traffic

PRIOR = 3.0  # vehicles, that what nothing is known of counts for
MEMORY_S = 900.0  # what was seen so long ago counts for 1 / e
NOWHERE = -1


class TurnShares:
    """Counts vehicles out of slots, as long as vehicles are told apart; else the shares stay equal."""

    def __init__(self, ways: Approaches) -> None:
        self._ways = ways
        self._link = np.repeat(np.arange(len(ways.reach_offset) - 1), np.diff(ways.reach_offset))
        self._total = np.bincount(self._link, ways.reach_share, len(ways.reach_offset) - 1)
        self._left = np.zeros(len(ways.slot_lane))
        self._slot: I32 = np.zeros(0, np.int32)  # where each vehicle was seen last
        self._time_s = -np.inf
        self.share: F64 = ways.reach_share.copy()

    def see(self, queues: Queues, traffic: Traffic, time_s: float) -> None:
        """Take note of who is where now. `queues` are those of `traffic`."""
        if traffic.vehicle.size == 0 or traffic.vehicle.min() < 0:
            return
        here = np.full(max(int(traffic.vehicle.max()) + 1, self._slot.size), NOWHERE, np.int32)
        row_slot = np.repeat(np.arange(len(self._ways.slot_lane)), np.diff(queues.offset))
        real = queues.who >= 0
        here[traffic.vehicle[queues.who[real]]] = row_slot[real]
        before, after = self._slot, here[: self._slot.size]
        gone = (before >= 0) & (self._link_of(before) != self._link_of(after))
        self._left *= np.exp(-max(time_s - self._time_s, 0.0) / MEMORY_S) if np.isfinite(self._time_s) else 1.0
        np.add.at(self._left, before[gone], 1.0)
        self._slot, self._time_s = here, time_s
        self._update()

    def _link_of(self, slot: I32) -> I32:
        ways = self._ways
        return np.where(slot >= 0, ways.lane_link[ways.slot_lane[slot]], NOWHERE)

    def _update(self) -> None:
        ways = self._ways
        weight = ways.reach_share * PRIOR + self._left[ways.reach_slot]
        sums = np.bincount(self._link, weight, len(self._total))
        self.share = weight * (self._total / np.where(sums > 0.0, sums, 1.0))[self._link]
