"""Vector tiles of the city with live values, for any map: links, signals, sensors, places to park.

The shapes of a tile are found once and kept; a tile is made once a beat for everybody who asks (`server.fresh`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import F64, I64, City, SensorKind
from citybrain.hub.address import LINKS, SENSORS, SIGNALS
from citybrain.records.observations import Quality
from citybrain.records.sensor_health import Health
from citybrain.server.columns import column
from citybrain.server.earth import Earth, on_earth
from citybrain.server.edge import QUALITY, answer
from citybrain.server.models import TileJson
from citybrain.server.mvt import LINE, POINT, ZOOM_MAX, Known, Shape, Sheet, Tag, Tile, lines_of, mercator, points_of
from citybrain.server.parking import KINDS, STATES, degrees_of_parking
from citybrain.server.problems import ApiError
from citybrain.server.routing import PREFIX, answers, binary_answers
from citybrain.server.services import Services, city_of, services

router = APIRouter(tags=["tiles"])
CACHE_S = 1
MEDIA = "application/vnd.mapbox-vector-tile"
SHAPES_MAX = 1000  # tiles whose shapes are kept
MODES = ("observe", "recommend", "control")
FIELDS = {
    "links": {
        **dict.fromkeys(("link", "name", "kind", "quality"), "String"),
        **dict.fromkeys(("lanes", "limit_mps", "speed_mps", "pace", "count", "flow_vps", "travel_time_s"), "Number"),
    },
    "signals": {"signal": "String", "mode": "String", "latched": "Boolean"},
    "sensors": {**dict.fromkeys(("sensor", "kind", "link", "health"), "String"), "age_s": "Number"},
    "parking": {
        **dict.fromkeys(("facility", "name", "kind", "state", "quality"), "String"),
        **dict.fromkeys(("free", "spaces"), "Number"),
    },
}
LAYERS = tuple(FIELDS)
LINK_COLUMNS = {  # tag -> column, decimals
    "speed_mps": ("speed", 2),
    "count": ("count", 1),
    "flow_vps": ("flow", 3),
    "travel_time_s": ("travel_time", 1),
}
Z = Annotated[int, Path(ge=0, le=ZOOM_MAX, description="zoom")]
X = Annotated[int, Path(ge=0, lt=1 << ZOOM_MAX, description="column")]
Y = Annotated[int, Path(ge=0, lt=1 << ZOOM_MAX, description="row, from the north")]
ANSWERS = binary_answers([MEDIA], 401, 404)


@dataclass(frozen=True, eq=False)
class _Places:
    """A city in the unit square of Web Mercator."""

    x: F64  # of all points of the links' courses
    y: F64
    signals: tuple[F64, F64]
    sensors: tuple[F64, F64]
    parking: tuple[F64, F64]
    box: tuple[F64, F64, F64, F64]  # of each link: least x, least y, greatest x, greatest y


class Shapes:
    """What lies in which tile."""

    def __init__(self, city: City, links_max: int) -> None:
        self._city, self._links_max = city, links_max
        self._earth: Earth | None = None
        self._places: _Places | None = None
        self._kept: OrderedDict[tuple[str, Tile], Sheet] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, layer: str, tile: Tile) -> Sheet:
        """The shapes of a layer in a tile, with what never changes of them.

        Raises ApiError where the city has no place, or the tile is none.
        """
        places = self._on_earth()
        if not tile.there:
            raise ApiError(
                404, "not_found", f"there is no tile {tile.z}/{tile.x}/{tile.y}: at zoom z, x and y go to 2^z - 1"
            )
        key = layer, tile
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        shapes = self._links(places, tile) if layer == "links" else points_of(tile, *getattr(places, layer))
        kind, lasting = LINE if layer == "links" else POINT, LASTING[layer]
        found = Sheet(layer, kind, shapes, (lasting(self._city, shape.row) for shape in shapes))
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > SHAPES_MAX:
                self._kept.popitem(last=False)
        return found

    def _on_earth(self) -> _Places:
        if self._places is None:
            earth = on_earth(self._city)
            x, y = mercator(earth.link_lon, earth.link_lat)
            first = earth.offset[:-1]
            box = tuple(least.reduceat(axis, first) for least in (np.minimum, np.maximum) for axis in (x, y))
            signals = mercator(earth.signal_lon, earth.signal_lat)
            sensors = mercator(earth.sensor_lon, earth.sensor_lat)
            parking = mercator(*degrees_of_parking(self._city))
            self._places = _Places(x, y, signals, sensors, parking, box)  # type: ignore[arg-type]
        return self._places

    def _links(self, places: _Places, tile: Tile) -> list[Shape]:
        """Where too many links lie in a tile, the most important and longest of them are drawn."""
        size, margin = 1.0 / (1 << tile.z), 0.02 / (1 << tile.z)
        west, north = tile.x * size - margin, tile.y * size - margin
        east, south = (tile.x + 1) * size + margin, (tile.y + 1) * size + margin
        least_x, least_y, most_x, most_y = places.box
        near = np.flatnonzero((least_x <= east) & (most_x >= west) & (least_y <= south) & (most_y >= north))
        if near.size > self._links_max:
            links = self._city.links
            order = np.lexsort((-links.length_m[near], -links.priority[near].astype(np.int64)))
            near = np.sort(near[order[: self._links_max]])
        return lines_of(tile, places.x, places.y, self._city.links.geometry_offset, near)


@router.get("/tiles/{layer}", responses=answers(TileJson, 404), summary="What tiles there are")
def tile_json(request: Request, layer: Literal["links", "signals", "sensors", "parking"]) -> Response:
    """TileJSON 3.0 of a layer: where its tiles are, what is in them."""
    earth = on_earth(city_of(request))
    west, south, east, north = earth.bounds
    told = {
        "tilejson": "3.0.0",
        "name": f"{city_of(request).meta.name}: {layer}",
        "tiles": [f"{str(request.base_url).rstrip('/')}{PREFIX}/tiles/{layer}/{{z}}/{{x}}/{{y}}"],
        "minzoom": 0,
        "maxzoom": ZOOM_MAX,
        "bounds": [west, south, east, north],
        "vector_layers": [{"id": layer, "fields": FIELDS[layer]}],
    }
    return answer(told)


@router.get("/tiles/links/{z}/{x}/{y}", responses=ANSWERS, summary="A vector tile of the links")
def link_tile(request: Request, z: Z, x: X, y: Y) -> Response:
    """Courses with what is known of them now: speed, share of the limit, count, flow, travel time, quality."""
    return _sent(request, "links", Tile(z, x, y))


@router.get("/tiles/signals/{z}/{x}/{y}", responses=ANSWERS, summary="A vector tile of the signals")
def signal_tile(request: Request, z: Z, x: X, y: Y) -> Response:
    """Junctions with a signal: mode, and whether the referee has latched it."""
    return _sent(request, "signals", Tile(z, x, y))


@router.get("/tiles/sensors/{z}/{x}/{y}", responses=ANSWERS, summary="A vector tile of the sensors")
def sensor_tile(request: Request, z: Z, x: X, y: Y) -> Response:
    """Sensors where they stand, with their health."""
    return _sent(request, "sensors", Tile(z, x, y))


@router.get("/tiles/parking/{z}/{x}/{y}", responses=ANSWERS, summary="A vector tile of the places to park")
def parking_tile(request: Request, z: Z, x: X, y: Y) -> Response:
    """Places of the city's register: free and all spaces, state, quality."""
    return _sent(request, "parking", Tile(z, x, y))


def _sent(request: Request, layer: str, tile: Tile) -> Response:
    shapes = request.app.state.shapes
    if shapes is None:
        raise ApiError(404, "not_found", "this brain has no city")
    sheet = shapes.of(layer, tile)
    made = sheet.encoded(_changing(request, layer, sheet.rows))
    return Response(made, 200, {"Cache-Control": f"public, max-age={CACHE_S}"}, media_type=MEDIA)


def _changing(request: Request, layer: str, rows: I64) -> dict[str, Known]:
    if layer == "parking":
        return _of_parking(request, rows)
    return CHANGING[layer](services(request), city_of(request), rows)


# ---- what never changes ----


def _link(city: City, row: int) -> list[tuple[str, Tag]]:
    links = city.links
    texts = (("link", links.link_id[row]), ("name", links.name[row]), ("kind", links.kind[row]))
    known: list[tuple[str, Tag]] = [(name, text) for name, text in texts if text]
    return [*known, ("lanes", int(links.n_lanes[row])), ("limit_mps", round(float(links.speed_mps[row]), 2))]


def _signal(city: City, row: int) -> list[tuple[str, Tag]]:
    return [("signal", city.signals.signal_id[row])]


def _sensor(city: City, row: int) -> list[tuple[str, Tag]]:
    sensors = city.sensors
    kind = SensorKind(int(sensors.kind[row])).name.lower()
    link = city.links.link_id[int(city.lanes.link[int(sensors.lane[row])])]
    return [("sensor", sensors.sensor_id[row]), ("kind", kind), ("link", link)]


def _parking(city: City, row: int) -> list[tuple[str, Tag]]:
    parking = city.parking
    texts = (("facility", parking.parking_id[row]), ("name", parking.name[row]))
    known: list[tuple[str, Tag]] = [(name, text) for name, text in texts if text]
    return [*known, ("kind", KINDS[int(parking.kind[row])])]


LASTING: dict[str, Callable[[City, int], list[tuple[str, Tag]]]] = {
    "links": _link,
    "signals": _signal,
    "sensors": _sensor,
    "parking": _parking,
}

# ---- what changes ----


def _of_links(served: Services, city: City, rows: I64) -> dict[str, Known]:
    speed, quality = _column(served, city, LINKS, "speed")
    found = {"quality": Known(QUALITY, quality[rows])}
    for tag, (name, decimals) in LINK_COLUMNS.items():
        found[tag] = Known.of_numbers(_column(served, city, LINKS, name)[0][rows], decimals)
    found["pace"] = Known.of_numbers((speed / city.links.speed_mps)[rows], 2)
    return found


def _of_signals(served: Services, city: City, rows: I64) -> dict[str, Known]:
    mode, latched = (_column(served, city, SIGNALS, name)[0][rows] for name in ("mode", "latched"))
    return {"mode": Known(MODES, _whole(mode)), "latched": Known((False, True), _whole(latched))}


def _of_sensors(served: Services, city: City, rows: I64) -> dict[str, Known]:
    health, age_s = (_column(served, city, SENSORS, name)[0][rows] for name in ("health", "age"))
    states = np.where(np.isfinite(health), health, float(Health.UNKNOWN))
    return {
        "health": Known([state.name.lower() for state in Health], _whole(states)),
        "age_s": Known.of_numbers(age_s, 1),
    }


def _of_parking(request: Request, rows: I64) -> dict[str, Known]:
    """Of rows of the register."""
    found = request.app.state.parking.now(services(request).now_s())
    place = {row: k for k, row in enumerate(found.row.tolist())}
    at = np.array([place.get(row, -1) for row in rows.tolist()], np.int64)
    state = np.array([-1 if word is None else STATES.index(word) for word in (*found.state, None)], np.int64)
    numbers = {name: np.append(getattr(found, name), np.nan)[at] for name in ("free", "spaces")}
    return {
        **{name: Known.of_numbers(values, 0) for name, values in numbers.items()},
        "state": Known(STATES, state[at]),
        "quality": Known(QUALITY, np.append(found.quality, np.uint8(Quality.UNKNOWN))[at]),
    }


CHANGING: dict[str, Callable[[Services, City, I64], dict[str, Known]]] = {
    "links": _of_links,
    "signals": _of_signals,
    "sensors": _of_sensors,
}


def _whole(values: Any) -> I64:
    """Numbers of words; -1 where nothing is known."""
    return np.where(np.isfinite(values), np.nan_to_num(values), -1).astype(np.int64)


def _column(served: Services, city: City, area: str, name: str) -> tuple[Any, Any]:
    """Values and qualities of a column; nan where nothing is known."""
    table = column(served.hub, city, area, name, served.now_s())
    if table is None:
        rows = {LINKS: city.links.length_m.size, SIGNALS: len(city.signals.signal_id)}.get(
            area, len(city.sensors.sensor_id)
        )
        return np.full(rows, np.nan, np.float32), np.full(rows, Quality.UNKNOWN, np.uint8)
    return np.where(table.quality == Quality.UNKNOWN, np.nan, table.values), table.quality
