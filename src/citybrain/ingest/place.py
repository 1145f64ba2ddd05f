"""What the city knows of the names and places in a message: sensors, lanes, movements, signal groups, positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, I64, City, Sensors
from citybrain.city.projection import Project, projector
from citybrain.ingest.ids import IdTable

__all__ = ["Gazetteer", "Project", "projector"]


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """The city, indexed by external names. Made once; every message is looked up in it."""

    sensors: IdTable
    groups: IdTable
    links: IdTable
    sensor_lane: I32
    lane_link: I32
    first_lane: I32  # of each link
    n_lanes: I32
    turn_key: I64  # rising: from-lane × links + to-link
    turn: I32  # movement of each key
    west_south_m: tuple[float, float]  # corners of the box around the nodes
    east_north_m: tuple[float, float]
    project: Project | None

    @classmethod
    def of(cls, city: City, sensors: Sensors | None = None) -> Gazetteer:
        """Index a city; `sensors` in the place of its own, where others stand in its streets."""
        sensors = city.sensors if sensors is None else sensors
        key, movement = _turns(city)
        x_m, y_m = city.nodes.x_m, city.nodes.y_m
        return cls(
            IdTable.of(sensors.sensor_id),
            IdTable.of(city.groups.group_id),
            IdTable.of(city.links.link_id),
            sensors.lane,
            city.lanes.link,
            city.links.first_lane,
            city.links.n_lanes,
            key,
            movement,
            (float(x_m.min()), float(y_m.min())),
            (float(x_m.max()), float(y_m.max())),
            projector(city),
        )

    def lane(self, sensor: I32, index: F64) -> I32:
        """Lane `index` (0 = kerb; nan = the sensor's own) of the sensor's link; -1 = there is none."""
        own = self.sensor_lane[sensor]
        link = self.lane_link[own]
        said = np.isfinite(index)
        number = np.where(said, index, 0.0).astype(np.int32)
        other = np.where(number < self.n_lanes[link], self.first_lane[link] + number, np.int32(-1))
        return np.where(said, other, own).astype(np.int32)

    def movement(self, lane: I32, link: I32) -> I32:
        """First movement from a lane to a link; -1 = none leads there."""
        key = lane.astype(np.int64) * len(self.n_lanes) + link
        if not self.turn_key.size:
            return np.full(lane.size, -1, np.int32)
        at = np.minimum(np.searchsorted(self.turn_key, key), self.turn_key.size - 1)
        return np.where(self.turn_key[at] == key, self.turn[at], -1).astype(np.int32)

    def inside(self, x_m: F64, y_m: F64, margin_m: float) -> NDArray[np.bool_]:
        """Whether positions lie in the box around the city, widened by a margin."""
        (west_m, south_m), (east_m, north_m) = self.west_south_m, self.east_north_m
        in_x = (x_m >= west_m - margin_m) & (x_m <= east_m + margin_m)
        return in_x & (y_m >= south_m - margin_m) & (y_m <= north_m + margin_m)


def _turns(city: City) -> tuple[I64, I32]:
    """Key and movement, by key; of several movements with one key the first."""
    rows = city.movements
    to_link = city.lanes.link[rows.to_lane]
    key = rows.from_lane.astype(np.int64) * len(city.links.link_id) + to_link
    unique, first = np.unique(key, return_index=True)
    return unique, first.astype(np.int32)
