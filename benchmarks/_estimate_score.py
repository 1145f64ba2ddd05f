"""Estimates held against the truth, and two estimates that anybody could make."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, SensorKind
from citybrain.records.fixes import Fixes
from citybrain.records.network_state import WINDOW_S, LaneStates, LinkStates
from citybrain.records.observations import Observations
from citybrain.records.truth import Truth

EVERY_S = 10.0
F64 = NDArray[np.float64]
MEASURES = ("speed MAE", "travel time MAPE", "the same, by flow", "queue MAE")


@dataclass
class Score:
    """Sums of errors; rows are the methods, columns the MEASURES."""

    city: City
    kept: deque[Truth] = field(default_factory=lambda: deque(maxlen=int(WINDOW_S / EVERY_S) + 1))
    errors: list[F64] = field(default_factory=list)

    def add(self, truth: Truth, guesses: list[tuple[F64, F64, F64]]) -> None:
        """Hold (speed, travel time, lane queue) of every method against the truth of the last WINDOW_S."""
        self.kept.append(truth)
        if len(self.kept) == self.kept.maxlen:
            self.errors.append(np.array([self._errors(truth, *guess) for guess in guesses]))

    def _errors(self, now: Truth, speed: F64, travel: F64, queue: F64) -> tuple[float, ...]:
        was = self.kept[0]
        spent, driven = now.link_spent_s - was.link_spent_s, now.link_driven_m - was.link_driven_m
        exits, took = now.link_exits - was.link_exits, now.link_travel_s - was.link_travel_s
        used, left = spent > 0.0, (exits > 0) & (took > 0.0)
        true_s = took[left] / exits[left]
        wrong = np.abs(travel[left] - true_s) / true_s
        kinds, lane = self.city.sensors.kind, self.city.sensors.lane
        seen = np.unique(lane[kinds == SensorKind.CAMERA])
        return (
            float(np.abs(speed[used] - driven[used] / spent[used]).mean()),
            float(wrong.mean()),
            float((wrong * exits[left]).sum() / exits[left].sum()),
            float(np.abs(queue[seen] - now.lane_queue[seen]).mean()) if seen.size else np.nan,
        )

    def means(self) -> F64:
        """[methods, measures] over the run."""
        return np.asarray(np.mean(self.errors, axis=0))


def estimated(links: LinkStates, lanes: LaneStates) -> tuple[F64, F64, F64]:
    """Ours as `Score.add` takes it."""
    return links.speed_mps.astype(float), links.travel_time_s.astype(float), lanes.queue.astype(float)


class LastProbe:
    """A link is as fast as the last probe on it; the limit where none has been. Queues are not known: 0."""

    def __init__(self, city: City) -> None:
        self._city, self._speed = city, city.links.speed_mps.copy()

    def take(self, fixes: Fixes) -> None:
        on = fixes.link >= 0
        self._speed[fixes.link[on]] = np.maximum(fixes.speed_mps[on], 0.5)

    def guess(self) -> tuple[F64, F64, F64]:
        return self._speed, self._city.links.length_m / self._speed, np.zeros(self._city.lanes.link.size)


class CountBalance:
    """Vehicles on a link are those read in less those read out; speed is flow times length over that number."""

    def __init__(self, city: City) -> None:
        self._city, n = city, city.links.length_m.size
        self._count, self._sum, self._left = np.zeros(n), np.zeros(n), np.zeros(n)
        self._slices: deque[tuple[F64, F64]] = deque(maxlen=int(WINDOW_S))

    def take(self, observations: Observations) -> None:
        moves, lane_link = self._city.movements, self._city.lanes.link
        rows, n = observations.passages, self._count.size
        out = np.bincount(lane_link[rows.lane], minlength=n).astype(float)
        known = rows.movement[rows.movement >= 0]
        into = np.bincount(lane_link[moves.to_lane[known]], minlength=n)
        self._count = np.maximum(self._count + into - out, 0.0)
        self._slices.append((self._count.copy(), out))

    def vehicles(self) -> float:
        """On all links."""
        return float(self._count.sum())

    def guess(self) -> tuple[F64, F64, F64]:
        links = self._city.links
        count, left = (np.mean([piece[k] for piece in self._slices], axis=0) for k in (0, 1))
        known = (count > 0.0) & (left > 0.0)
        speed = np.where(known, left * links.length_m / np.where(known, count, 1.0), links.speed_mps)
        speed = np.clip(speed, 0.5, links.speed_mps)
        standing = self._count - left * links.length_m / links.speed_mps
        lane_link = self._city.lanes.link
        return speed, links.length_m / speed, np.maximum(standing, 0.0)[lane_link] / links.n_lanes[lane_link]
