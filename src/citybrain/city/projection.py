"""From places on earth to a city's metres."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from citybrain.city.model import F64, City, Nodes

__all__ = ["Project", "projector"]

Project = Callable[[F64, F64], tuple[F64, F64]]  # lon, lat -> x_m, y_m; inf where a place has none


def projector(city: City) -> Project | None:
    """From longitude and latitude to the city's metres; None where it has no projection or pyproj is not installed.

    Networks of SUMO are moved by an offset after projecting: it is found from the nodes that know both places.
    """
    if not city.meta.projection:
        return None
    try:
        from pyproj import Proj
        from pyproj.exceptions import CRSError
    except ImportError:
        return None
    try:
        plain: Any = Proj(city.meta.projection)
    except CRSError:
        return None
    east_m, north_m = _offset(city.nodes, plain)

    def project(lon: F64, lat: F64) -> tuple[F64, F64]:
        x_m, y_m = plain(lon, lat)
        return np.asarray(x_m) + east_m, np.asarray(y_m) + north_m

    return project


def _offset(nodes: Nodes, plain: Any) -> tuple[float, float]:
    known = np.flatnonzero(np.isfinite(nodes.lon) & np.isfinite(nodes.lat))
    if not known.size:
        return 0.0, 0.0
    x_m, y_m = plain(nodes.lon[known], nodes.lat[known])
    return float(np.median(nodes.x_m[known] - x_m)), float(np.median(nodes.y_m[known] - y_m))
