"""Vehicles of a SUMO file on their way to becoming the arrays of a demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, ImportReport, VehicleClass
from citybrain.demand.model import Demand, Trips, VehicleTypes
from citybrain.demand.trip_list import TripList, TypeSpec

__all__ = ["Departure", "OddityError", "Rows"]


class OddityError(Exception):
    """A vehicle that cannot be kept: what is odd, and the vehicle as an example."""

    def __init__(self, what: str, example: str) -> None:
        super().__init__(f"{what}: {example}")
        self.what = what
        self.example = example


@dataclass(frozen=True, slots=True)
class Departure:
    """One vehicle; `links` are its whole route, or origin and destination where it is not `fixed`."""

    name: str
    depart_s: float
    type_name: str
    links: tuple[int, ...]
    fixed: bool
    lane: int
    speed_mps: float


@dataclass
class Rows:
    """Types and vehicles of a demand, and the oddities met on the way."""

    city: City
    _types: dict[str, TypeSpec] = field(default_factory=dict)
    _departures: list[Departure] = field(default_factory=list)
    _notes: TripList = field(init=False)
    _link: dict[str, int] = field(init=False)
    _joined: set[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._notes = TripList(self.city)
        self._link = {link_id: i for i, link_id in enumerate(self.city.links.link_id)}
        lane_link, moves = self.city.lanes.link, self.city.movements
        pairs = zip(lane_link[moves.from_lane].tolist(), lane_link[moves.to_lane].tolist(), strict=True)
        self._joined = set(pairs)

    def note(self, what: str, action: str, example: str) -> None:
        self._notes.note(what, action, example)

    def report(self) -> ImportReport:
        return self._notes.report()

    def add_type(self, name: str, spec: TypeSpec | None) -> None:
        """Add or redefine a type; None = vehicles of it do not drive on roads."""
        if spec is not None:
            self._types[name] = spec

    def link(self, edge: str, name: str) -> int:
        if edge not in self._link:
            raise OddityError("road that the city does not have", f"{name}: {edge}")
        return self._link[edge]

    def check_joined(self, links: Sequence[int], name: str) -> None:
        """Raise OddityError where two links that follow each other are not joined by a movement."""
        gap = next((pair for pair in pairwise(links) if pair not in self._joined), None)
        if gap is not None:
            ids = self.city.links.link_id
            raise OddityError("route with a gap", f"{name}: no movement from {ids[gap[0]]} to {ids[gap[1]]}")

    def open_lanes(self, link: int, vehicle_class: VehicleClass) -> list[int]:
        """Lanes of a link, from the kerb, that a class may use."""
        first, count = int(self.city.links.first_lane[link]), int(self.city.links.n_lanes[link])
        allowed = self.city.lanes.allowed[first : first + count]
        return np.flatnonzero(allowed & np.uint16(vehicle_class)).tolist()

    def add(self, departure: Departure) -> None:
        self._departures.append(departure)

    def build(self) -> Demand:
        """Trips sorted by departure; equal times keep the order of the file."""
        return Demand(self._build_types(), self._build_trips())

    def _build_types(self) -> VehicleTypes:
        dtypes: dict[str, Any] = {"vehicle_class": np.uint16, "model": np.uint8}
        columns: dict[str, object] = {"type_id": tuple(self._types)}
        for column in fields(VehicleTypes):
            if column.name != "type_id":
                values = [getattr(spec, column.name) for spec in self._types.values()]
                columns[column.name] = _frozen(values, dtypes.get(column.name, np.float64))
        return VehicleTypes(**columns)  # type: ignore[arg-type]

    def _build_trips(self) -> Trips:
        rows = sorted(self._departures, key=lambda row: row.depart_s)
        kind = {name: i for i, name in enumerate(self._types)}
        pool: dict[tuple[int, ...], int] = {}
        route = [pool.setdefault(row.links, len(pool)) if row.fixed else -1 for row in rows]
        return Trips(
            trip_id=tuple(row.name for row in rows),
            depart_s=_frozen([row.depart_s for row in rows], np.float64),
            vehicle_type=_frozen([kind[row.type_name] for row in rows], np.int32),
            route=_frozen(route, np.int32),
            origin_link=_frozen([row.links[0] for row in rows], np.int32),
            destination_link=_frozen([row.links[-1] for row in rows], np.int32),
            depart_lane=_frozen([row.lane for row in rows], np.int16),
            depart_speed_mps=_frozen([row.speed_mps for row in rows], np.float64),
            route_offset=_frozen([0, *accumulate(len(links) for links in pool)], np.int64),
            route_link=_frozen([link for links in pool for link in links], np.int32),
        )


def _frozen(values: Sequence[float], dtype: Any) -> NDArray[Any]:
    array = np.array(values, dtype)
    array.setflags(write=False)
    return array
