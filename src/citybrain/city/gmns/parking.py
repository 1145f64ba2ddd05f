"""The register of places to park: an optional table `parking` of a city's folder, since GMNS has none.

Columns: `parking_id` and `spaces`; where it is, as `lon` and `lat` or as `x_coord` and `y_coord` of the node table;
and, where known, `name`, `kind` (off_street, on_street, park_and_ride) and `link_id`, the link that one drives in from.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from citybrain.city.gmns.frames import TEXT, Column, Frame, find_table, ids_of, read_frame, rows_of
from citybrain.city.model import F64, City, Parking, ParkingKind
from citybrain.city.projection import projector
from citybrain.errors import FormatError

__all__ = ["PARKING", "parking_columns", "with_parking"]

PARKING = "parking"
KINDS = tuple(kind.name.lower() for kind in ParkingKind)
TYPES = {
    **dict.fromkeys(("parking_id", "name", "kind", "link_id"), TEXT),
    "spaces": np.int32,
    **dict.fromkeys(("x_coord", "y_coord", "lon", "lat"), np.float64),
}
SPACES_MAX = 100_000


def with_parking(city: City, folder: Path, *, degrees: bool = False) -> City:
    """The city with what its folder says about parking; unchanged where it says nothing.

    `degrees`: x_coord and y_coord are longitude and latitude there. Raises FormatError (file, column, row).
    """
    if find_table(folder, PARKING) is None:
        return city
    frame = read_frame(folder, PARKING, TYPES)
    n, ids = frame.rows, tuple(frame.texts("parking_id"))
    spaces = frame.numbers("spaces").astype(np.int32)
    _need(frame, "parking_id", np.array([bool(text) for text in ids], np.bool_), "an id")
    _need(frame, "parking_id", _first_time(ids), "another id than a row above")
    _need(frame, "spaces", (spaces > 0) & (spaces <= SPACES_MAX), f"1 to {SPACES_MAX}")
    kinds = [text or KINDS[0] for text in _texts(frame, "kind")]
    _need(frame, "kind", np.array([kind in KINDS for kind in kinds], np.bool_), f"one of {', '.join(KINDS)}")
    link = frame.refs("link_id", rows_of(city.links.link_id), optional=True) if "link_id" in frame else _none(n)
    x_m, y_m, lon, lat = _places(frame, city, degrees)
    kind = np.array([KINDS.index(word) for word in kinds], np.uint8)
    return replace(city, parking=Parking(ids, tuple(_texts(frame, "name")), kind, spaces, x_m, y_m, lon, lat, link))


def _places(frame: Frame, city: City, degrees: bool) -> tuple[F64, F64, F64, F64]:
    """Metres and degrees of every row; metres follow from degrees where the city has a projection."""
    lon, lat = _reals(frame, "lon"), _reals(frame, "lat")
    x_m, y_m = _reals(frame, "x_coord"), _reals(frame, "y_coord")
    if degrees:
        lon, lat = np.where(np.isnan(lon), x_m, lon), np.where(np.isnan(lat), y_m, lat)
        x_m, y_m = np.full((2, frame.rows), np.nan)
    away = np.isnan(x_m) | np.isnan(y_m)
    project = projector(city)
    if away.any() and project is not None:
        known = away & np.isfinite(lon) & np.isfinite(lat)
        x_m[known], y_m[known] = project(lon[known], lat[known])
    wanted = "lon and lat of a city with a projection, or x_coord and y_coord"
    _need(frame, "lon", np.isfinite(x_m) & np.isfinite(y_m), wanted)
    return x_m, y_m, lon, lat


def parking_columns(city: City) -> dict[str, Column]:
    """The table as it is written."""
    rows = city.parking
    return {
        "parking_id": rows.parking_id,
        "name": rows.name,
        "kind": [KINDS[kind] for kind in rows.kind.tolist()],
        "spaces": rows.spaces,
        "x_coord": rows.x_m,
        "y_coord": rows.y_m,
        "lon": rows.lon,
        "lat": rows.lat,
        "link_id": ids_of(city.links.link_id, rows.link),
    }


def _need(frame: Frame, key: str, good: np.ndarray[tuple[int], np.dtype[np.bool_]], wanted: str) -> None:
    if not good.all():
        row = int(np.argmin(good))
        raise FormatError(frame.path, f"{key}, row {row + 1}", "no such", wanted)


def _first_time(ids: tuple[str, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    first = {text: row for row, text in reversed(list(enumerate(ids)))}
    return np.array([first[text] == row for row, text in enumerate(ids)], np.bool_)


def _none(n: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.full(n, -1, np.int32)


def _texts(frame: Frame, key: str) -> list[str]:
    return frame.texts(key) if key in frame else [""] * frame.rows


def _reals(frame: Frame, key: str) -> F64:
    values = frame.numbers(key) if key in frame else np.full(frame.rows, np.nan)
    return np.asarray(values, np.float64)
