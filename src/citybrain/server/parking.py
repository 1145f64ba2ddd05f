"""Where one can park now, for everybody: every place with what it last reported, how old that is, and where it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import F64, City, ParkingKind
from citybrain.city.projection import projector
from citybrain.errors import InputError
from citybrain.hub.address import PARKING, area_slugs, slug
from citybrain.hub.hub import Hub
from citybrain.hub.indicators import OF_PARKING
from citybrain.records.observations import ParkingState, Quality
from citybrain.server.edge import QUALITY, answer, iso
from citybrain.server.geometry import degrees_of
from citybrain.server.models import ParkingPage
from citybrain.server.problems import ApiError
from citybrain.server.routing import Limit, Offset, answers
from citybrain.server.services import services

router = APIRouter(tags=["public"])
CACHE_S = 1
STATES = tuple(state.name.lower() for state in ParkingState)
KINDS = tuple(kind.name.lower() for kind in ParkingKind)
Whole = NDArray[np.int64]
Near = Annotated[
    str,
    Query(
        max_length=60,
        description="LON,LAT; X,Y in metres where the city has no place on earth: nearest first",
        examples=["120.15,30.27"],
    ),
]
Within = Annotated[float, Query(gt=0, le=1e7, description="metres from `near`, at most; all where it is left out")]
Area = Annotated[str, Query(max_length=64, description="as in addresses: places that one drives in to from there")]


@dataclass(frozen=True, eq=False)
class Parked:
    """Every place [n] as it stands; nan = not known. `row` is that of the city's register, -1 = it is not in it."""

    facility: tuple[str, ...]
    row: Whole
    name: tuple[str, ...]
    kind: tuple[str | None, ...]
    reported_s: F64
    free: F64
    spaces: F64
    change: F64
    state: tuple[str | None, ...]  # full also where nothing is free; None = not known
    quality: NDArray[np.uint8]
    x_m: F64
    y_m: F64
    lon: F64
    lat: F64


class Places:
    """The places of a city. What never changes of them is found once, and again when a new one has reported."""

    def __init__(self, hub: Hub, city: City | None) -> None:
        self._hub, self._city = hub, city
        none: Whole = np.zeros((len(OF_PARKING), 0), np.int64)
        self._known: tuple[int, tuple[str, ...], Whole] = (-1, (), none)  # of a catalogue's version; rows in the hub
        self._register = {} if city is None else {name: row for row, name in enumerate(city.parking.parking_id)}
        self._degrees = (np.zeros(0), np.zeros(0)) if city is None else degrees_of_parking(city)

    def _look(self) -> tuple[tuple[str, ...], Whole]:
        version, facility, rows = self._known
        newest = self._hub.catalogue.version
        if version != newest and self._city is not None:
            entries = self._hub.catalogue.find(f"{slug(self._city.meta.name)}/{PARKING}/*")
            rows = self._hub.rows_of(entries).reshape(-1, len(OF_PARKING)).T
            facility = tuple(entry.about for entry in entries[:: len(OF_PARKING)])
            self._known = newest, facility, rows
        return facility, rows

    def now(self, now_s: float) -> Parked:
        """How it stands at `now_s`."""
        facility, rows = self._look()
        found = self._hub.values(rows.ravel(), now_s)
        free, spaces, _, state, change = found.value.reshape(rows.shape)
        quality = found.quality.reshape(rows.shape)[0]
        row = np.array([self._register.get(name, -1) for name in facility], np.int64)
        places = self._where(row)
        known = () if self._city is None else self._city.parking.spaces
        size = np.array([known[k] if k >= 0 else math.nan for k in row.tolist()], np.float64)
        shut = [_state(code, left) for code, left in zip(state.tolist(), free.tolist(), strict=True)]
        names, kinds = zip(*(self._called(k) for k in row.tolist()), strict=True) if facility else ((), ())
        told = found.time_s.reshape(rows.shape)[0], free, np.where(np.isnan(spaces), size, spaces)
        change = np.where(quality == Quality.STALE, math.nan, change)
        return Parked(facility, row, names, kinds, *told, change, tuple(shut), quality, *places)

    def _called(self, row: int) -> tuple[str, str | None]:
        if self._city is None or row < 0:
            return "", None
        return self._city.parking.name[row], KINDS[int(self._city.parking.kind[row])]

    def _where(self, row: Whole) -> tuple[F64, F64, F64, F64]:
        """x, y, lon, lat [n]; nan for those that are not in the register."""
        found = np.full((4, row.size), math.nan)
        if self._city is not None:
            parking, here = self._city.parking, row >= 0
            for column, values in zip(found, (parking.x_m, parking.y_m, *self._degrees), strict=True):
                column[here] = values[row[here]]
        return found[0], found[1], found[2], found[3]

    def area(self, segment: str) -> NDArray[np.bool_]:
        """Which places of the register one drives in to from an area. Raises ApiError (404) for none of the city's."""
        city = self._city
        slugs = [] if city is None else area_slugs(city.areas.area_id)
        if city is None or segment not in slugs:
            raise ApiError(404, "not_found", f"no area {segment[:64]!r} in this city")
        first, last = city.areas.link_offset[slugs.index(segment) :][:2]
        return np.isin(city.parking.link, city.areas.link[first:last])

    def away_m(self, near: str, x_m: F64, y_m: F64) -> F64:
        """Metres from a place to others [n]. Raises InputError for one that is none."""
        try:
            first, second = (float(part) for part in near.split(","))
        except ValueError:
            first = second = math.nan
        project = None if self._city is None else projector(self._city)
        fits = abs(first) <= 180.0 and abs(second) <= 90.0 if project else math.isfinite(first + second)
        if not fits:
            wanted = "LON,LAT in degrees" if project else "X,Y in metres"
            raise InputError(f"near {near[:60]!r}: expected {wanted}")
        if project is not None:
            there = project(np.array([first]), np.array([second]))
            first, second = float(there[0][0]), float(there[1][0])
        return np.hypot(x_m - first, y_m - second)


def degrees_of_parking(city: City) -> tuple[F64, F64]:
    """Longitude and latitude of the register; as the city's projection has them where the register says metres only."""
    parking = city.parking
    found = degrees_of(city.meta.projection, parking.x_m, parking.y_m) if parking.parking_id else None
    lon, lat = (parking.lon, parking.lat) if found is None else found
    return np.where(np.isnan(parking.lon), lon, parking.lon), np.where(np.isnan(parking.lat), lat, parking.lat)


def _state(code: float, free: float) -> str | None:
    if math.isnan(code):
        return None
    told = ParkingState(int(code))
    return STATES[ParkingState.FULL] if told is ParkingState.OPEN and free == 0.0 else STATES[told]


@router.get("/parking", responses=answers(ParkingPage, 404), summary="Where one can park now")
def parking(
    request: Request,
    area: Area = "",
    near: Near = "",
    within_m: Within = 1e7,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """Every place to park: free and all spaces, state, trend, age and quality; for everybody."""
    served, places = services(request), request.app.state.parking
    now_s = served.now_s()
    found = places.now(now_s)
    chosen, away_m = np.arange(found.row.size), np.full(found.row.size, math.nan)
    if area:
        chosen = chosen[(found.row >= 0) & np.append(places.area(area), False)[found.row]]
    if near:
        away_m = places.away_m(near, found.x_m, found.y_m)
        chosen = chosen[away_m[chosen] <= within_m]
        chosen = chosen[np.argsort(away_m[chosen], kind="stable")]
    page = chosen[offset : offset + min(limit, served.settings.api_rows_max)].tolist()
    told = {"time": iso(now_s), "total": int(chosen.size)}
    return answer({**told, "parking": [_row(found, k, now_s, float(away_m[k])) for k in page]}, CACHE_S)


def _row(found: Parked, k: int, now_s: float, away_m: float) -> dict[str, Any]:
    at_s, spaces, free = (float(column[k]) for column in (found.reported_s, found.spaces, found.free))
    return {
        "facility": found.facility[k],
        "name": found.name[k] or found.facility[k],
        "kind": found.kind[k],
        "state": found.state[k],
        "free": free,
        "spaces": spaces,
        "occupancy": round(1.0 - free / spaces, 4) if spaces > 0.0 else None,
        "change": float(found.change[k]),
        "time": iso(at_s),
        "age_s": None if math.isnan(at_s) else round(max(0.0, now_s - at_s), 1),
        "quality": QUALITY[int(found.quality[k])],
        "x_m": round(float(found.x_m[k]), 2),
        "y_m": round(float(found.y_m[k]), 2),
        "lon": round(float(found.lon[k]), 7),
        "lat": round(float(found.lat[k]), 7),
        "away_m": round(away_m, 1),
    }
