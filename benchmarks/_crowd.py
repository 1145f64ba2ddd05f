"""A crowd on a city's streets for the map alone: so many vehicles that drive on, and streets whose figures change.

No simulator of such a size runs beside a browser on two cores. Here every vehicle keeps its lane and its pace, and
takes any movement at the lane's end; nobody waits for anybody. What the map has to draw is as much as of a real city.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citybrain.city.model import City
from citybrain.hub.board import CityBoard
from citybrain.records.observations import Quality
from citybrain.records.truth import Moving

CLASSES, SHARES = np.array([1, 2, 4], np.uint16), (0.9, 0.04, 0.06)  # cars, buses, trucks
GREEN, RED = 6.0, 0.0
CYCLE_S = 90.0
QUEUED_SHARE = 0.25  # of the lanes


class Crowd:
    """`n` vehicles, one second further with every `step`; the same seed gives the same crowd."""

    def __init__(self, city: City, n: int, seed: int = 0) -> None:
        self.city, self.time_s = city, 0.0
        self._random = np.random.default_rng(seed)
        self._first, self._onward = _onward(city)
        length_m = city.lanes.length_m.astype(np.float64)
        self._lane = self._random.choice(length_m.size, n, p=length_m / length_m.sum())
        self._at_m = self._random.random(n) * length_m[self._lane]
        self._speed_mps = self._random.uniform(2.0, 14.0, n)
        self._class = self._random.choice(CLASSES, n, p=SHARES)
        self._pace = self._random.random(city.links.length_m.size)
        self._offset_s = self._random.uniform(0.0, CYCLE_S, len(city.groups.group_id))

    def moving(self) -> Moving:
        """The vehicles as they are."""
        none = np.full(self._lane.size, -1, np.int32)
        return Moving(
            *(self.time_s, np.arange(self._lane.size, dtype=np.int32), self._lane.astype(np.int32), none),
            *(self._at_m.astype(np.float32), self._speed_mps.astype(np.float32), self._class),
        )

    def step(self) -> None:
        """A second passes. Who reaches the end of a lane that leads nowhere begins it again."""
        self.time_s += 1.0
        self._at_m += self._speed_mps
        length_m = self.city.lanes.length_m
        over = np.flatnonzero(self._at_m >= length_m[self._lane])
        self._at_m[over] -= length_m[self._lane[over]]
        ways = np.diff(self._first)[self._lane[over]]
        over, ways = over[ways > 0], ways[ways > 0]
        chosen = self._first[self._lane[over]] + (self._random.random(over.size) * ways).astype(np.int64)
        self._lane[over] = self._onward[chosen]
        self._at_m[over] = np.minimum(self._at_m[over], length_m[self._lane[over]])

    def publish(self, board: CityBoard, share: float) -> None:
        """New paces, counts and flows of a share of the links, queues of as many lanes, and every light."""
        links, lanes, draw = self.city.links, self.city.lanes, self._random
        some = np.flatnonzero(draw.random(self._pace.size) < share)
        self._pace[some] = np.clip(self._pace[some] + draw.normal(0.0, 0.15, some.size), 0.0, 1.0)
        count = np.bincount(lanes.link[self._lane], minlength=self._pace.size)
        queue = np.where(draw.random(lanes.link.size) < QUEUED_SHARE, draw.integers(1, 9, lanes.link.size), 0)
        columns = {
            "links/speed": self._pace * links.speed_mps,
            "links/count": count,
            "links/flow": self._pace * 0.4,
            "lanes/queue": queue,
        }
        for name, values in columns.items():
            board.hub.publish_table(f"{board.name}/{name}", self.time_s, values, Quality.MEASURED)
        at_s = (self.time_s + self._offset_s) % CYCLE_S
        green = at_s < CYCLE_S / 2
        left_s = np.where(green, CYCLE_S / 2, CYCLE_S) - at_s
        colour = np.where(green, GREEN, RED).astype(np.uint8)
        board.lights(self.time_s, colour, left_s.astype(np.float32))


def _onward(city: City) -> tuple[Any, Any]:
    """Lanes that each lane leads to: where each one's begin [n_lanes + 1], and they."""
    moves = city.movements
    order = np.argsort(moves.from_lane, kind="stable")
    counts = np.bincount(moves.from_lane, minlength=city.lanes.link.size)
    return np.concatenate([[0], np.cumsum(counts)]), moves.to_lane[order].astype(np.int64)
