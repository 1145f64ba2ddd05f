"""The City Brain Challenge (KDD Cup 2021): how many vehicles are let in before they are too late on the mean.

D_i = (seconds under way + free-flow seconds of the rest) / free-flow seconds of the whole trip; the index is the mean
of D_i over all vehicles that have entered, looked at every CHECK_S; the score is how many they are when the index first
passes LIMIT, or at the end. Formulas of the evaluation script of the contest's starter kit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.records.readings import Readings
from citybrain.twin.twin import Twin
from citybrain.worlds.twin import TwinWorld

CHECK_S = 20
LIMIT = 1.40
MEAN_TRIP_S = 600.0  # a vehicle whose trip takes so long in free flow weighs 1
SHORTEST_S = 1.0


@dataclass(frozen=True)
class Score:
    """`stopped_at_s` is when the index first passed the limit, or the end; `within_s` the last look within it."""

    served: int
    stopped_at_s: float
    within_s: float
    delay_index: float


def delay_index(elapsed_s: NDArray[np.float64], rest_s: NDArray[np.float64], free_s: NDArray[np.float64]) -> float:
    """Mean of D_i over vehicles; arrays are [n]. 1 where nobody has entered."""
    if elapsed_s.size == 0:
        return 1.0
    return float(np.mean((elapsed_s + rest_s) / np.maximum(free_s, SHORTEST_S)))


class ChallengeWorld(TwinWorld):
    """A twin that scores itself, and tells controllers what a second of each vehicle is worth to the score."""

    score: Score | None = None
    _within_s = 0.0

    def readings(self) -> Readings:
        """As the twin's; a second of a short trip weighs more, since the index is a mean of ratios."""
        readings = super().readings()
        weight = (MEAN_TRIP_S / np.maximum(self.twin.free_times_s(), SHORTEST_S)).astype(np.float32)
        readings.traffic.weight[:] = weight[readings.traffic.vehicle]
        return readings

    def step(self, colours: NDArray[np.uint8]) -> None:
        super().step(colours)
        self._look()

    def run_plans(self, until_s: float) -> None:
        while self.time_s < until_s:
            super().run_plans(min(until_s, self.time_s + 1.0))
            self._look()

    def _look(self) -> None:
        since_s = self.time_s - self.city.meta.begin_s
        if self.score is None and since_s % CHECK_S == 0.0:
            found = self._score(self.twin, since_s)
            if found.delay_index > LIMIT:
                self.score = found
            else:
                self._within_s = since_s

    def _score(self, twin: Twin, since_s: float) -> Score:
        elapsed_s, rest_s, free_s = twin.progress()
        return Score(elapsed_s.size, since_s, self._within_s, delay_index(elapsed_s, rest_s, free_s))

    def final_score(self) -> Score:
        """The score, at the end of the run at the latest."""
        return self.score or self._score(self.twin, self.time_s - self.city.meta.begin_s)
