"""What happens to a random city while the referee looks: lanes close, limits change, signals change as they like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from _referee import Referee
from citybrain.city.model import City, Colour, VehicleClass
from citybrain.demand.model import CarFollowing, Demand
from citybrain.twin.twin import Twin

YELLOW_S, ALL_RED_S = 3, 2
GREEN_S = (5, 40)
ANY = (Colour.RED, Colour.YELLOW, Colour.PERMISSIVE, Colour.PROTECTED)


def disturb(referee: Referee, rng: np.random.Generator) -> None:
    """Close or open a lane, or change the limit of a link, and tell the referee."""
    twin = referee.twin
    link = int(rng.integers(len(twin.city.links.link_id)))
    name = twin.city.links.link_id[link]
    index = int(rng.integers(twin.city.links.n_lanes[link]))
    lane = int(twin.city.links.first_lane[link]) + index
    what = rng.integers(3)
    if what == 0 and twin.city.links.n_lanes[link] > 1:
        twin.close_lane(name, index)
        referee.set_allowed(lane, 0)
    elif what == 1:
        twin.open_lane(name, index)
        referee.set_allowed(lane, int(twin.city.lanes.allowed[lane]))
    else:
        limit_mps = float(rng.uniform(3.0, 20.0))
        twin.set_speed_limit(name, limit_mps)
        referee.set_limit(link, limit_mps)


class OwnPlans:
    """Every signal plays its own plan."""

    def __init__(self, city: City, rng: np.random.Generator) -> None:
        pass

    def drive(self, twin: Twin) -> None:
        twin.run(twin.time_s + 1)


class RandomStages:
    """Every signal shows stages of its own plan in random order and for random times, with yellow and all-red."""

    def __init__(self, city: City, rng: np.random.Generator) -> None:
        self.city, self.rng = city, rng
        self.colours = np.zeros(city.groups.signal.size, np.uint8)
        n = city.signals.plan.size
        self.stages = [self._stages(signal) for signal in range(n)]
        self.target = [self._draw(signal) for signal in range(n)]
        self.left_s = rng.integers(*GREEN_S, n)
        self.part = np.full(n, 2)  # 0 yellow, 1 all red, 2 green

    def _stages(self, signal: int) -> list[NDArray[np.uint8]]:
        """Phases of the signal's plan with some green and no yellow; all red where it has none."""
        plans, phases, plan = self.city.plans, self.city.phases, self.city.signals.plan[signal]
        first, n = (plans.first_phase[plan], plans.n_phases[plan]) if plan >= 0 else (0, 0)
        rows = [phases.colours[phases.colour_offset[p] : phases.colour_offset[p + 1]] for p in range(first, first + n)]
        kept = [row for row in rows if (row >= Colour.PERMISSIVE).any() and not (row == Colour.YELLOW).any()]
        return kept or [np.zeros(int(self.city.signals.n_groups[signal]), np.uint8)]

    def _draw(self, signal: int) -> NDArray[np.uint8]:
        return self.stages[signal][self.rng.integers(len(self.stages[signal]))]

    def drive(self, twin: Twin) -> None:
        """One second."""
        self.left_s -= 1
        for signal in np.flatnonzero(self.left_s <= 0):
            self._advance(int(signal))
        twin.step(self.colours)

    def _advance(self, signal: int) -> None:
        first = int(self.city.signals.first_group[signal])
        shown = self.colours[first : first + int(self.city.signals.n_groups[signal])]
        self.part[signal] = (self.part[signal] + 1) % 3
        if self.part[signal] == 0:
            self.target[signal] = self._draw(signal)
            shown[(shown > Colour.YELLOW) & (self.target[signal] <= Colour.YELLOW)] = Colour.YELLOW
        elif self.part[signal] == 1:
            shown[shown == Colour.YELLOW] = Colour.RED
        else:
            shown[:] = self.target[signal]
        self.left_s[signal] = (YELLOW_S, ALL_RED_S, int(self.rng.integers(*GREEN_S)))[self.part[signal]]


class WildColours:
    """Every group jumps to any colour at any time, without yellow, conflicting greens included."""

    def __init__(self, city: City, rng: np.random.Generator) -> None:
        self.rng = rng
        self.colours = np.zeros(city.groups.signal.size, np.uint8)

    def drive(self, twin: Twin) -> None:
        new = self.rng.random(self.colours.size) < 0.05
        self.colours[new] = self.rng.choice(ANY, int(new.sum()))
        twin.step(self.colours)


Steer = OwnPlans | RandomStages | WildColours
COLOURS: dict[str, type[OwnPlans] | type[RandomStages] | type[WildColours]] = {
    "plans": OwnPlans,
    "stages": RandomStages,
    "wild": WildColours,
}


def mixed(demand: Demand, rng: np.random.Generator, share: float = 0.3) -> Demand:
    """The demand with a share of its cars replaced: IDM and CityFlow cars, 18 m long trucks, sporty and timid ones."""
    car = int(np.flatnonzero(demand.types.vehicle_class == VehicleClass.CAR)[0])
    rows = (
        {"model": CarFollowing.IDM, "sigma": 0.0, "tau_s": 1.2},
        {"model": CarFollowing.CITYFLOW, "sigma": 0.0, "tau_s": 1.5, "min_gap_m": 2.5},
        {"length_m": 18.0, "accel_mps2": 1.0, "decel_mps2": 3.5, "emergency_decel_mps2": 6.0},
        {"accel_mps2": 4.0, "decel_mps2": 6.0, "speed_factor": 1.3},
        {"accel_mps2": 1.5, "speed_factor": 0.7, "sigma": 0.9},
    )
    columns = {}
    for name in vars(demand.types):
        if name != "type_id":
            column = getattr(demand.types, name)
            columns[name] = np.concatenate([column, [row.get(name, column[car]) for row in rows]]).astype(column.dtype)
    n = len(demand.types.type_id)
    types = replace(demand.types, type_id=(*demand.types.type_id, *(f"mixed{k}" for k in range(len(rows)))), **columns)
    kind = demand.trips.vehicle_type.copy()
    chosen = np.flatnonzero((kind == car) & (rng.random(kind.size) < share))
    kind[chosen] = n + rng.integers(len(rows), size=chosen.size)
    return replace(demand, types=types, trips=replace(demand.trips, vehicle_type=kind))
