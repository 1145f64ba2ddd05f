"""An outside simulator under `brain`: fill `Traffic` from its lists, ask for wishes, show the colours.

The simulator here is a toy of its own (cars that roll to the line and leave 2 s apart); put yours in place of `Toy`.
The whole contract: `Readings.traffic` in, one wished stage a signal out. Run it: python examples/own_simulator.py
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citybrain.city.generate import generate_city
from citybrain.city.model import City, Colour
from citybrain.control.registry import make_control
from citybrain.records.readings import Readings, no_readings
from citybrain.records.traffic import UNKNOWN, Traffic

HEADWAY_S = 2.0


class Toy:
    """Cars appear at the start of signalised lanes, and leave the city at the stop line."""

    def __init__(self, city: City, seed: int) -> None:
        moves = city.movements
        self.city, self._rng = city, np.random.default_rng(seed)
        self.lanes = np.unique(moves.from_lane[moves.group >= 0])
        self.groups = [np.unique(moves.group[(moves.from_lane == lane) & (moves.group >= 0)]) for lane in self.lanes]
        self.cars: list[list[tuple[int, float]]] = [[] for _ in self.lanes]  # number, metres to the line; in order
        self.left_at_s = np.full(self.lanes.size, -HEADWAY_S)
        self.time_s, self.made, self.served, self.waited_s = 0.0, 0, 0, 0

    def step(self, colours: np.ndarray) -> None:  # type: ignore[type-arg]
        """One second under the colours of all groups."""
        self.time_s += 1.0
        for k, lane in enumerate(self.lanes):
            green = (colours[self.groups[k]] >= Colour.PERMISSIVE).any()
            line = self.cars[k]
            if line and line[0][1] <= 0.0 and green and self.time_s - self.left_at_s[k] >= HEADWAY_S:
                line.pop(0)
                self.left_at_s[k], self.served = self.time_s, self.served + 1
            speed_mps = float(self.city.lanes.speed_mps[lane])
            self.cars[k] = [(car, max(far_m - speed_mps, 7.5 * place)) for place, (car, far_m) in enumerate(line)]
            self.waited_s += sum(far_m <= 7.5 * place for place, (_, far_m) in enumerate(self.cars[k]))
            if self._rng.random() < 0.05:
                self.cars[k].append((self.made, float(self.city.lanes.length_m[lane])))
                self.made += 1

    def readings(self) -> Readings:
        """What a controller sees: one row a car. Lanes, links and units are those of the city's tables."""
        rows = [(lane, far, far > 7.5 * p, car) for lane, line in zip(self.lanes, self.cars, strict=True)
                for p, (car, far) in enumerate(line)]  # fmt: skip
        table = np.array(rows, np.float64).reshape(-1, 4)
        lane = table[:, 0].astype(np.int32)
        traffic = Traffic(
            lane=lane,
            ahead_m=table[:, 1].astype(np.float32),
            speed_mps=(table[:, 2] * self.city.lanes.speed_mps[lane]).astype(np.float32),
            next_link=np.full(len(rows), UNKNOWN, np.int32),  # or the link that the car takes after this one
            vehicle=table[:, 3].astype(np.int32),
            weight=np.ones(len(rows), np.float32),
        )
        empty = no_readings(self.time_s, len(self.city.lanes.link), len(self.city.movements.from_lane))
        count = np.bincount(lane, minlength=len(self.city.lanes.link)).astype(np.int32)
        # The guard against starvation asks how many wait on each movement.
        return replace(empty, movement_count=count[self.city.movements.from_lane], near_count=count, traffic=traffic)


def run(name: str, seconds: int = 600) -> Toy:
    """The toy under a controller; `machine` keeps the shortest greens, yellow and all-red."""
    city, _ = generate_city(4, seed=1)
    toy, control = Toy(city, seed=2), make_control(name, city)
    wishes = None
    for second in range(seconds):
        if wishes is None or second % control.controller.interval_s == 0:
            wishes = control.controller.decide(toy.readings(), control.machine.state)
        toy.step(control.machine.step(wishes, toy.time_s))
    return toy


if __name__ == "__main__":
    for name in ("fixed", "brain"):
        toy = run(name)
        print(f"{name:6s} {toy.served:5d} of {toy.made} cars served, {toy.waited_s / toy.made:5.1f} s waited by each")
