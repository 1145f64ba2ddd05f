"""Who has moved from one lane to another since somebody last looked, as far as vehicles are told apart."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import I64
from citybrain.records.traffic import Traffic

NOWHERE = -1


class Movers:
    """Remembers the lane of every vehicle from look to look."""

    def __init__(self) -> None:
        self._lane: I64 = np.zeros(0, np.int64)
        self.told_apart = True  # so far

    def look(self, traffic: Traffic) -> tuple[I64, I64]:
        """Lanes [n] that vehicles were on and are on now (NOWHERE = out of sight); only of those who have moved.

        Nobody, and nothing is remembered anew, where a vehicle is not told apart.
        """
        nobody = np.zeros(0, np.int64)
        if traffic.vehicle.size == 0:
            return nobody, nobody
        self.told_apart = bool(traffic.vehicle.min() >= 0)
        if not self.told_apart:
            return nobody, nobody
        here = np.full(max(int(traffic.vehicle.max()) + 1, self._lane.size), NOWHERE, np.int64)
        here[traffic.vehicle] = traffic.lane
        before, self._lane = self._lane, here
        after = here[: before.size]
        moved = (before >= 0) & (before != after)
        return before[moved], after[moved]
