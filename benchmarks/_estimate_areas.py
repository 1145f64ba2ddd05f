"""Vehicles in transit and delay index of the whole city held against the truth, beside what anybody could compute."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from benchmarks._estimate_score import EVERY_S, F64, CountBalance

from citybrain.city.model import City
from citybrain.records.network_state import WINDOW_S, AreaStates
from citybrain.records.observations import Observations
from citybrain.records.truth import Truth

NOMINAL_SHARE, PERIOD_S, LATENCY_S = 0.05, 10.0, 3.0  # what is announced of the probes
MEASURES = ("in transit error", "in transit band covers", "delay index error")
TARGETS = (0.08, 0.85, 0.06)
UNITS = ("", "", "")
BAND_MOST = 0.95  # a band of 90 % that covers more is too wide


@dataclass
class AreaScore:
    """Relative errors each EVERY_S; rows are the methods of `Score`: ours, probes / their share, plate balance.

    The last row is no method: what the truth's own mean over WINDOW_S around each moment misses. Who does not see
    single vehicles cannot be much better.
    """

    city: City
    truths: list[Truth] = field(default_factory=list)
    rows: list[F64] = field(default_factory=list)
    heard_s: dict[int, float] = field(default_factory=dict)  # newest report of each probe

    def take(self, observations: Observations) -> None:
        """Note who reports; every beat."""
        self.heard_s.update(zip(observations.probes.vehicle.tolist(), observations.probes.time_s.tolist(), strict=True))

    def add(self, truth: Truth, areas: AreaStates, balance: CountBalance) -> None:
        """Hold the row of the whole city against the truth, from WINDOW_S on."""
        self.truths.append(truth)
        steps = int(WINDOW_S / EVERY_S)
        if len(self.truths) <= steps or truth.in_transit == 0:
            return
        probes = sum(truth.time_s - time_s <= PERIOD_S + LATENCY_S for time_s in self.heard_s.values())
        index = self._delay_index(truth, self.truths[-1 - steps])
        row = np.full((3, len(MEASURES)), np.nan)
        guesses = np.array([float(areas.in_transit[0]), probes / NOMINAL_SHARE, balance.vehicles()])
        row[:, 0] = np.abs(guesses / truth.in_transit - 1.0)
        row[0, 1] = float(areas.in_transit_low[0] <= truth.in_transit <= areas.in_transit_high[0])
        row[0, 2] = abs(float(areas.delay_index[0]) / index - 1.0)
        self.rows.append(row)

    def _delay_index(self, now: Truth, was: Truth) -> float:
        spent = (now.link_spent_s - was.link_spent_s + now.junction_spent_s - was.junction_spent_s).sum()
        free = ((now.link_driven_m - was.link_driven_m) / self.city.links.speed_mps).sum()
        return max(float(spent / free), 1.0)

    def means(self) -> F64:
        """[methods + 1, measures] over the run."""
        bound = np.full((1, len(MEASURES)), np.nan)
        bound[0, 0] = self._chance()
        return np.vstack([np.mean(self.rows, axis=0), bound])

    def _chance(self) -> float:
        """How far the vehicles in transit are from their mean over WINDOW_S around."""
        steps = int(WINDOW_S / EVERY_S)
        true = np.array([truth.in_transit for truth in self.truths], np.float64)
        total, at = np.concatenate([[0.0], np.cumsum(true)]), np.arange(true.size)
        low, high = np.maximum(at - steps // 2, 0), np.minimum(at + steps // 2 + 1, true.size)
        late = (at >= steps) & (true > 0.0)
        mean = (total[high] - total[low]) / (high - low)
        return float(np.abs(mean[late] / true[late] - 1.0).mean())
