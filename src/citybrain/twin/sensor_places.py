"""Where sensors stand when a city names none, and where a vehicle is on the map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, City, SensorKind, Sensors

LOOP_M = 2.0
LOOP_GAP_M = 0.5  # between a stop-line detector and the line
ADVANCE_M = 40.0  # an advance detector lies so far before the line, or in the middle of a shorter lane
ZONE_M = 12.0  # a presence zone at the stop line
ADVANCE_S, ADVANCE_SHARE = 10.0, 2.0 / 3.0
WHERE = {SensorKind.STOP_LINE: ("D", LOOP_M), SensorKind.ADVANCE: ("A", LOOP_M), SensorKind.CAMERA: ("C", 0.0)}


def sensors_of(city: City) -> Sensors:
    """The city's own sensors, or the default ones where it has none."""
    return city.sensors if city.sensors.sensor_id else default_sensors(city)


def default_sensors(city: City, lanes: I32 | None = None) -> Sensors:
    """A stop-line detector, an advance detector and a camera on each of `lanes` (default: those with a signal)."""
    if lanes is None:
        lanes = np.unique(city.movements.from_lane[city.movements.group >= 0])
    length_m = city.lanes.length_m[lanes]
    at_m = {
        SensorKind.STOP_LINE: np.maximum(length_m - LOOP_GAP_M, 0.0),
        SensorKind.ADVANCE: np.maximum(length_m - ADVANCE_M, 0.5 * length_m),
        SensorKind.CAMERA: length_m,
    }
    n = lanes.size
    link, index = city.lanes.link[lanes], city.lanes.index[lanes]
    names = [f"{city.links.link_id[a]}_{k}" for a, k in zip(link, index, strict=True)]
    return Sensors(
        sensor_id=tuple(letter + name for letter, _ in WHERE.values() for name in names),
        kind=np.repeat(np.array(list(WHERE), np.uint8), n),
        lane=np.tile(lanes.astype(np.int32), len(WHERE)),
        position_m=np.concatenate([at_m[kind] for kind in WHERE]),
        length_m=np.repeat([size_m for _, size_m in WHERE.values()], n),
    )


def signal_detectors(city: City) -> Sensors:
    """Detectors as signal performance measures want them: a long zone at the stop line, another well before it.

    Long zones are those of the Signal Timing Manual (NCHRP Report 812 (2015), ch. 4: 6 x 40 feet); the distance is the
    time ADVANCE_S at the lane's speed, or two thirds of a shorter lane, so that few queues reach over it.
    """
    sensors = default_sensors(city)
    stop, ahead = sensors.kind == SensorKind.STOP_LINE, sensors.kind == SensorKind.ADVANCE
    length_m, speed_mps = city.lanes.length_m[sensors.lane], city.lanes.speed_mps[sensors.lane]
    back_m = np.minimum(ADVANCE_S * speed_mps, ADVANCE_SHARE * length_m)
    rows = np.flatnonzero(stop | ahead)
    return Sensors(
        sensor_id=tuple(sensors.sensor_id[row] for row in rows),
        kind=sensors.kind[rows],
        lane=sensors.lane[rows],
        position_m=np.where(ahead, length_m - back_m, sensors.position_m)[rows],
        length_m=np.where(stop, np.minimum(ZONE_M, length_m - LOOP_GAP_M), sensors.length_m)[rows],
    )


class Places:
    """From a track and a place on it to the map: links along their geometry, junctions straight across."""

    def __init__(self, city: City) -> None:
        self._city = city
        links = city.links
        self._x, self._y = links.geometry_x_m, links.geometry_y_m
        step = np.hypot(np.diff(self._x, prepend=self._x[:1]), np.diff(self._y, prepend=self._y[:1]))
        self._run = np.cumsum(step)  # along all lines, one after another: rises within each
        self._first, self._last = links.geometry_offset[:-1], links.geometry_offset[1:] - 1

    def at(self, track: NDArray[np.int64], frac: F64) -> tuple[F64, F64]:
        """Coordinates (m) of places `frac` (0..1) along tracks [n]."""
        n_lanes = self._city.lanes.link.size
        inside = track >= n_lanes
        x, y = np.empty(track.size), np.empty(track.size)
        x[~inside], y[~inside] = self._on_link(self._city.lanes.link[track[~inside]], frac[~inside])
        movement, share = track[inside] - n_lanes, frac[inside]
        moves, link = self._city.movements, self._city.lanes.link
        begin = self._last[link[moves.from_lane[movement]]]
        end = self._first[link[moves.to_lane[movement]]]
        x[inside] = self._x[begin] + share * (self._x[end] - self._x[begin])
        y[inside] = self._y[begin] + share * (self._y[end] - self._y[begin])
        return x, y

    def _on_link(self, link: I32, frac: F64) -> tuple[F64, F64]:
        first, last = self._first[link], self._last[link]
        target = self._run[first] + np.clip(frac, 0.0, 1.0) * (self._run[last] - self._run[first])
        i = np.clip(np.searchsorted(self._run, target, side="right") - 1, first, np.maximum(last - 1, first))
        j = np.minimum(i + 1, last)
        gap = self._run[j] - self._run[i]
        part = np.where(gap > 0.0, (target - self._run[i]) / np.where(gap > 0.0, gap, 1.0), 0.0)
        part = np.clip(part, 0.0, 1.0)
        x = self._x[i] + part * (self._x[j] - self._x[i])
        y = self._y[i] + part * (self._y[j] - self._y[i])
        return np.asarray(x, np.float64), np.asarray(y, np.float64)
