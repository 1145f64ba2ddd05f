"""The city's links as GeoJSON, made once: in degrees where the city has a place on earth, else in its own metres."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City

F64 = NDArray[np.float64]


def links_geojson(city: City) -> dict[str, Any]:
    """Every link with its course, in the city's order (a link's row is its place in every column of the hub)."""
    links = city.links
    x, y, degrees = places(city)
    features = []
    for row, link_id in enumerate(links.link_id):
        first, last = links.geometry_offset[row : row + 2].tolist()
        course = [[a, b] for a, b in zip(x[first:last], y[first:last], strict=True)]
        properties = {
            "row": row,
            "name": links.name[row],
            "kind": links.kind[row],
            "lanes": int(links.n_lanes[row]),
            "length_m": round(float(links.length_m[row]), 2),
            "speed_mps": round(float(links.speed_mps[row]), 3),
        }
        geometry = {"type": "LineString", "coordinates": course}
        features.append({"type": "Feature", "id": link_id, "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "coordinates_are": "lonlat" if degrees else "metres", "features": features}


def places(city: City) -> tuple[list[float], list[float], bool]:
    """Coordinates of all courses, and whether they are degrees: they are not without a projection or pyproj."""
    x_m, y_m = city.links.geometry_x_m, city.links.geometry_y_m
    found = degrees_of(city.meta.projection, x_m, y_m)
    if found is None:
        return np.round(x_m, 2).tolist(), np.round(y_m, 2).tolist(), False
    return np.round(found[0], 7).tolist(), np.round(found[1], 7).tolist(), True


def degrees_of(projection: str, x_m: F64, y_m: F64) -> tuple[F64, F64] | None:
    """Longitude and latitude of places in a projection; None where that is not known or a place has none."""
    if not projection:
        return None
    try:
        from pyproj import Proj
        from pyproj.exceptions import CRSError
    except ImportError:
        return None
    try:
        lon, lat = Proj(projection)(x_m, y_m, inverse=True)
    except CRSError:
        return None
    inside = np.isfinite(lon).all() and np.isfinite(lat).all()
    return (np.asarray(lon), np.asarray(lat)) if inside else None
