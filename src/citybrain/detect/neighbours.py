"""Which sensors see the same vehicles: on the same lane, and on the lanes beside, before and behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, SensorKind, Sensors

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
SAME_LANE_MAX = 3  # a stop-line and an advance detector, a camera, and one more
ROAD_MAX = 8  # further ones add nothing: they say much the same
NONE = -1


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Rows of the city's sensors; NONE where there are fewer."""

    is_camera: NDArray[np.bool_]  # [n_sensors]
    same_lane: I32  # [n_sensors, SAME_LANE_MAX]: every vehicle passes all of them, but for lane changes
    road: I32  # [n_sensors, ROAD_MAX]: other lanes of the link, and the lanes that movements join to it

    @property
    def n_sensors(self) -> int:
        return int(self.is_camera.size)


def neighbours_of(city: City, sensors: Sensors) -> Neighbours:
    """Neighbours of sensors that stand in a city."""
    return Neighbours(
        is_camera=sensors.kind == SensorKind.CAMERA,
        same_lane=_join(sensors.lane, *_itself(city.lanes.link.size), SAME_LANE_MAX),
        road=_join(sensors.lane, *_beside(city), ROAD_MAX),
    )


def _itself(n_lanes: int) -> tuple[I64, I64]:
    every = np.arange(n_lanes, dtype=np.int64)
    return every, every


def _beside(city: City) -> tuple[I64, I64]:
    """Pairs of other lanes of one link, then of lanes that a movement joins, each in both directions."""
    link = city.lanes.link.astype(np.int64)
    first, count = city.links.first_lane.astype(np.int64)[link], city.links.n_lanes.astype(np.int64)[link]
    one = np.repeat(np.arange(link.size), count)
    place = np.arange(one.size) - np.repeat(np.cumsum(count) - count, count)
    other = first[one] + place
    apart = one != other
    begin, end = city.movements.from_lane.astype(np.int64), city.movements.to_lane.astype(np.int64)
    return np.concatenate([one[apart], begin, end]), np.concatenate([other[apart], end, begin])


def _join(lane: I32, one: I64, other: I64, most: int) -> I32:
    """For each sensor the sensors on the lanes that are paired with its own: [n, most], in the pairs' order."""
    n_lanes = int(max(one.max(initial=-1), lane.max(initial=-1))) + 1
    order = np.argsort(one, kind="stable")
    pair_at = np.searchsorted(one[order], np.arange(n_lanes + 1))
    rows = np.argsort(lane, kind="stable")
    sensor_at = np.searchsorted(lane[rows], np.arange(n_lanes + 1))
    found = np.full((lane.size, most), NONE, np.int32)
    for sensor, its in enumerate(lane):
        beside = other[order[pair_at[its] : pair_at[its + 1]]]
        near = [int(row) for at in beside[: 4 * most] for row in rows[sensor_at[at] : sensor_at[at + 1]]]
        unique = [row for row in dict.fromkeys(near) if row != sensor][:most]
        found[sensor, : len(unique)] = unique
    return found
