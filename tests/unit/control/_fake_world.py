"""Store-and-forward streets: a point queue a lane, served at saturation flow while its group is green."""

from __future__ import annotations

from collections import deque

import numpy as np

from citybrain.city.model import City, Colour
from citybrain.records.readings import Readings
from citybrain.records.summary import Summary

SATURATION_VPS = 0.5


class FakeWorld:
    """`rate_vps` [n_lanes] is the arrival rate of each lane; lanes without movements never fill."""

    def __init__(self, city: City, rate_vps: np.ndarray, seed: int = 0, time_s: float = 0.0) -> None:
        self.city, self.time_s, self.end_s = city, time_s, time_s + 3600.0
        self.begin_s = time_s
        self.shown: list[np.ndarray] = []
        self.looks = 0
        self.longest_wait_s = 0.0
        self._rate_vps = rate_vps
        self._random = np.random.default_rng(seed)
        n_lanes = len(city.lanes.link)
        self.queues: list[deque[float]] = [deque() for _ in range(n_lanes)]
        self._credit = np.zeros(n_lanes)
        self._crossed_s = np.full(n_lanes, -np.inf)
        self._group = np.full(n_lanes, -1)
        self._group[city.movements.from_lane] = city.movements.group
        self.arrived = self.left = 0

    def step(self, colours: np.ndarray) -> None:
        self.shown.append(colours.copy())
        for lane in np.flatnonzero(self._random.random(len(self.queues)) < self._rate_vps):
            self.queues[lane].append(self.time_s)
            self.arrived += 1
        green = (self._group >= 0) & (colours[self._group] >= Colour.PERMISSIVE)
        self._credit = np.where(green, np.minimum(self._credit + SATURATION_VPS, 1.0), 0.0)
        for lane, queue in enumerate(self.queues):
            if queue:
                self.longest_wait_s = max(self.longest_wait_s, self.time_s - queue[0])
            if queue and self._credit[lane] >= 1.0:
                self._credit[lane] -= 1.0
                queue.popleft()
                self.left += 1
                self._crossed_s[lane] = self.time_s
        self.time_s += 1.0

    def run_plans(self, until_s: float) -> None:
        raise NotImplementedError

    def readings(self) -> Readings:
        self.looks += 1
        queue = np.array([len(q) for q in self.queues], np.int32)
        turn = queue[self.city.movements.from_lane]
        return Readings(
            time_s=self.time_s,
            lane_count=queue,
            lane_queue=queue,
            near_count=queue,
            near_queue=queue,
            movement_count=turn,
            movement_queue=turn,
            movement_moving_near=np.zeros_like(turn),
            headway_s=(self.time_s - self._crossed_s).astype(np.float32),
            occupied=queue > 0,
        )

    def summary(self) -> Summary:
        nan = float("nan")
        return Summary(
            controller="",
            seed=0,
            begin_s=self.begin_s,
            end_s=self.time_s,
            vehicles=self.arrived,
            finished_trips=self.left,
            never_inserted=0,
            mean_travel_time_s=nan,
            mean_trip_duration_s=nan,
            mean_delay_s=nan,
            p95_delay_s=nan,
            longest_wait_s=self.longest_wait_s,
            mean_stops=nan,
            approach_time_s=nan,
            vehicle_steps=0,
            step_wall_s=0.0,
        )


def rates(city: City, vps: dict[str, float]) -> np.ndarray:
    """Arrival rate of each lane from "arm + lane" names, e.g. {"N1": 0.1} for the through lane from the north."""
    rate = np.zeros(len(city.lanes.link))
    for link, name in enumerate(city.links.link_id):
        if name.endswith("in"):
            for lane in range(3):
                rate[city.links.first_lane[link] + lane] = vps.get(f"{name[-3]}{lane}", 0.0)
    return rate
