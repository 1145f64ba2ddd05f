"""Grow a demand flow by flow, then freeze it into arrays. Readers use it; nothing else needs to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, ImportReport, Oddity, VehicleClass
from citybrain.demand.model import DEPART_BEST, CarFollowing, Demand, Trips, VehicleTypes

__all__ = ["TripList", "TypeSpec"]

EXAMPLES_PER_ODDITY = 5


@dataclass(frozen=True)
class TypeSpec:
    """One vehicle type; equal specs are the same type."""

    length_m: float
    min_gap_m: float
    accel_mps2: float
    decel_mps2: float
    emergency_decel_mps2: float
    tau_s: float
    max_speed_mps: float
    model: CarFollowing = CarFollowing.KRAUSS
    vehicle_class: VehicleClass = VehicleClass.CAR
    sigma: float = 0.0
    speed_factor: float = 1.0
    speed_deviation: float = 0.0


@dataclass
class TripList:
    """Vehicle types and routes without duplicates, flows of vehicles, and the oddities met on the way."""

    city: City
    types: dict[TypeSpec, int] = field(default_factory=dict)
    routes: dict[tuple[int, ...], int] = field(default_factory=dict)
    _flows: list[tuple[str, NDArray[np.float64], int, int]] = field(default_factory=list)
    _oddities: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    _joined: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        lane_link = self.city.lanes.link
        moves = self.city.movements
        pairs = zip(lane_link[moves.from_lane].tolist(), lane_link[moves.to_lane].tolist(), strict=True)
        self._joined = set(pairs)

    def note(self, what: str, action: str, example: str, count: int = 1) -> None:
        """Record a recoverable oddity `count` times."""
        before, examples = self._oddities.get((what, action), (0, ()))
        examples = (*examples, example)[:EXAMPLES_PER_ODDITY]
        self._oddities[what, action] = (before + count, examples)

    def add_flow(self, name: str, depart_s: NDArray[np.float64], spec: TypeSpec, links: Sequence[int]) -> bool:
        """Add vehicles `<name>_<k>` that all drive along `links`; a route with a gap is quarantined: False."""
        route = tuple(links)
        gap = next((pair for pair in itertools.pairwise(route) if pair not in self._joined), None)
        if gap is not None:
            ids = self.city.links.link_id
            place = f"{name}: no movement from {ids[gap[0]]} to {ids[gap[1]]}"
            self.note("route with a gap", "vehicles left out", place, len(depart_s))
            return False
        kind = self.types.setdefault(spec, len(self.types))
        self._flows.append((name, depart_s, kind, self.routes.setdefault(route, len(self.routes))))
        return True

    def report(self) -> ImportReport:
        rows = (Oddity(what, count, action, ex) for (what, action), (count, ex) in self._oddities.items())
        return ImportReport(tuple(rows))

    def build(self) -> Demand:
        """Trips sorted by departure; equal times keep the order of the flows."""
        return Demand(self._types(), self._trips())

    def _types(self) -> VehicleTypes:
        specs = list(self.types)
        columns: dict[str, object] = {"type_id": tuple(f"type_{i}" for i in range(len(specs)))}
        dtypes = {"vehicle_class": np.uint16, "model": np.uint8}
        for column in fields(VehicleTypes):
            if column.name != "type_id":
                values = [getattr(spec, column.name) for spec in specs]
                columns[column.name] = _frozen(np.array(values, dtypes.get(column.name, np.float64)))
        return VehicleTypes(**columns)  # type: ignore[arg-type]

    def _trips(self) -> Trips:
        sizes = [len(depart_s) for _, depart_s, _, _ in self._flows]
        depart_s = np.concatenate([np.empty(0), *(row[1] for row in self._flows)])
        order = np.argsort(depart_s, kind="stable")
        names = [f"{name}_{k}" for name, times, _, _ in self._flows for k in range(len(times))]
        route = np.repeat(np.array([row[3] for row in self._flows], np.int32), sizes)[order]
        lengths = [len(links) for links in self.routes]
        offset = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
        pool = np.array([link for links in self.routes for link in links], np.int32)
        return Trips(
            trip_id=tuple(names[i] for i in order.tolist()),
            depart_s=_frozen(depart_s[order]),
            vehicle_type=_frozen(np.repeat(np.array([row[2] for row in self._flows], np.int32), sizes)[order]),
            route=_frozen(route),
            origin_link=_frozen(pool[offset[route]]),
            destination_link=_frozen(pool[offset[route + 1] - 1]),
            depart_lane=_frozen(np.full(len(order), DEPART_BEST, np.int16)),
            depart_speed_mps=_frozen(np.zeros(len(order))),
            route_offset=_frozen(offset),
            route_link=_frozen(pool),
        )


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values
