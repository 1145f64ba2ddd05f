"""Where a city lies on earth: longitude and latitude of its links, signals and sensors, found once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from citybrain.city.model import F64, I64, City
from citybrain.server.geometry import degrees_of
from citybrain.server.ground import Ground
from citybrain.server.problems import ApiError

NOWHERE = "this city has no place on earth (no projection): its coordinates are metres in a plane of its own"


@dataclass(frozen=True, eq=False)
class Earth:
    """Degrees (WGS 84). Courses of links are joined: link i has the points offset[i] : offset[i + 1]."""

    offset: I64
    link_lon: F64
    link_lat: F64
    signal_lon: F64
    signal_lat: F64
    sensor_lon: F64
    sensor_lat: F64

    def course(self, link: int) -> list[list[float]]:
        """A link's points, [longitude, latitude], to the centimetre."""
        first, last = self.offset[link : link + 2]
        pairs = np.round(np.stack([self.link_lon[first:last], self.link_lat[first:last]], axis=1), 7)
        return [list(pair) for pair in pairs.tolist()]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        lon, lat = self.link_lon, self.link_lat
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


@lru_cache(maxsize=2)
def earth_of(city: City) -> Earth | None:
    """None where the city has no place on earth, or no links."""
    links, nodes, sensors = city.links, city.nodes, city.sensors
    if not links.geometry_x_m.size:
        return None
    length_m = np.maximum(city.lanes.length_m[sensors.lane], 0.1)
    sensor_xy = Ground(city).on_lanes(sensors.lane, sensors.position_m / length_m)
    x = np.concatenate([links.geometry_x_m, nodes.x_m[city.signals.node], sensor_xy[0]])
    y = np.concatenate([links.geometry_y_m, nodes.y_m[city.signals.node], sensor_xy[1]])
    found = degrees_of(city.meta.projection, x, y)
    if found is None:
        return None
    edges = np.cumsum([links.geometry_x_m.size, len(city.signals.signal_id)])
    (link_lon, signal_lon, sensor_lon), (link_lat, signal_lat, sensor_lat) = (np.split(part, edges) for part in found)
    return Earth(links.geometry_offset, link_lon, link_lat, signal_lon, signal_lat, sensor_lon, sensor_lat)


def on_earth(city: City) -> Earth:
    """Its place. Raises ApiError (404) where it has none."""
    found = earth_of(city)
    if found is None:
        raise ApiError(404, "not_found", NOWHERE)
    return found
