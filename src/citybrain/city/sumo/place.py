"""From the plane of a SUMO network to longitude and latitude."""

from __future__ import annotations

import math
from collections.abc import Sequence

from citybrain.city.builder import CityBuilder
from citybrain.city.sumo.net import Junction, Place

__all__ = ["lon_lat"]


def lon_lat(builder: CityBuilder, place: Place, junctions: Sequence[Junction]) -> list[tuple[float, float]]:
    """Longitude and latitude of each junction; nan where the network has no projection or pyproj is missing."""
    nowhere = [(math.nan, math.nan)] * len(junctions)
    if not place.projection or not junctions:
        return nowhere
    try:
        from pyproj import Proj
        from pyproj.exceptions import CRSError
    except ImportError:
        builder.note("projected network, pyproj not installed", "nodes without longitude and latitude", "location")
        return nowhere
    try:
        projection = Proj(place.projection)
    except CRSError:
        builder.note("unknown projection", "nodes without longitude and latitude", place.projection)
        return nowhere
    x_m = [junction.x_m - place.offset_x_m for junction in junctions]
    y_m = [junction.y_m - place.offset_y_m for junction in junctions]
    lon, lat = projection(x_m, y_m, inverse=True)
    return [pair if all(map(math.isfinite, pair)) else (math.nan, math.nan) for pair in zip(lon, lat, strict=True)]
