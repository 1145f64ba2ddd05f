"""Vector tiles of the city with live values, for any map: links, signals, sensors.

The shapes of a tile are found once and kept; a tile is made once a beat for everybody who asks (`server.fresh`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import F64, City, SensorKind
from citybrain.hub.address import LINKS, SENSORS, SIGNALS, slug
from citybrain.records.observations import Quality
from citybrain.records.sensor_health import Health
from citybrain.server.earth import Earth, on_earth
from citybrain.server.edge import QUALITY, answer
from citybrain.server.models import TileJson
from citybrain.server.mvt import LINE, POINT, ZOOM_MAX, Layer, Shape, Tag, Tile, lines_of, mercator, points_of
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import PREFIX, answers, binary_answers
from citybrain.server.services import Services, services

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
}
LAYERS = tuple(FIELDS)
LINK_COLUMNS = {"speed_mps": "speed", "count": "count", "flow_vps": "flow", "travel_time_s": "travel_time"}
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
    box: tuple[F64, F64, F64, F64]  # of each link: least x, least y, greatest x, greatest y


class Shapes:
    """What lies in which tile."""

    def __init__(self, city: City, links_max: int) -> None:
        self._city, self._links_max = city, links_max
        self._earth: Earth | None = None
        self._places: _Places | None = None
        self._kept: OrderedDict[tuple[str, Tile], list[Shape]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, layer: str, tile: Tile) -> list[Shape]:
        """The shapes of a layer in a tile. Raises ApiError where the city has no place, or the tile is none."""
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
        found = self._links(places, tile) if layer == "links" else points_of(tile, *getattr(places, layer))
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
            self._places = _Places(x, y, signals, sensors, box)  # type: ignore[arg-type]
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
def tile_json(request: Request, layer: Literal["links", "signals", "sensors"]) -> Response:
    """TileJSON 3.0 of a layer: where its tiles are, what is in them."""
    earth = on_earth(_city(request))
    west, south, east, north = earth.bounds
    told = {
        "tilejson": "3.0.0",
        "name": f"{_city(request).meta.name}: {layer}",
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


def _sent(request: Request, layer: str, tile: Tile) -> Response:
    served, shapes = services(request), request.app.state.shapes
    if shapes is None:
        raise ApiError(404, "not_found", "this brain has no city")
    found = shapes.of(layer, tile)
    made = Layer(layer, LINE if layer == "links" else POINT)
    tags = TAGS[layer](served, _city(request), [shape.row for shape in found])
    for shape, known in zip(found, tags, strict=True):
        made.add(shape, known)
    headers = {"Cache-Control": f"public, max-age={CACHE_S}"}
    return Response(made.encoded(), 200, headers, media_type=MEDIA)


def _city(request: Request) -> City:
    return there(services(request).city, "this brain has no city")


# ---- what is known ----


def _link_tags(served: Services, city: City, rows: list[int]) -> Iterator[list[tuple[str, Tag]]]:
    links = city.links
    columns = {tag: _column(served, city, LINKS, name) for tag, name in LINK_COLUMNS.items()}
    speed, quality = columns["speed_mps"]
    pace = speed / links.speed_mps
    for row in rows:
        known: list[tuple[str, Tag]] = [("link", links.link_id[row]), ("quality", QUALITY[int(quality[row])])]
        known += [(tag, text[row]) for tag, text in (("name", links.name), ("kind", links.kind)) if text[row]]
        known += [("lanes", int(links.n_lanes[row])), ("limit_mps", _round(links.speed_mps[row]))]
        known += [(tag, _round(values[row])) for tag, (values, _) in columns.items() if np.isfinite(values[row])]
        if np.isfinite(pace[row]):
            known.append(("pace", _round(pace[row])))
        yield known


def _signal_tags(served: Services, city: City, rows: list[int]) -> Iterator[list[tuple[str, Tag]]]:
    mode, _ = _column(served, city, SIGNALS, "mode")
    latched, _ = _column(served, city, SIGNALS, "latched")
    for row in rows:
        known: list[tuple[str, Tag]] = [("signal", city.signals.signal_id[row])]
        if np.isfinite(mode[row]):
            known.append(("mode", MODES[int(mode[row])]))
        if np.isfinite(latched[row]):
            known.append(("latched", bool(latched[row])))
        yield known


def _sensor_tags(served: Services, city: City, rows: list[int]) -> Iterator[list[tuple[str, Tag]]]:
    health, _ = _column(served, city, SENSORS, "health")
    age_s, _ = _column(served, city, SENSORS, "age")
    sensors = city.sensors
    for row in rows:
        kind = SensorKind(int(sensors.kind[row])).name.lower()
        link = city.links.link_id[int(city.lanes.link[int(sensors.lane[row])])]
        state = Health(int(health[row])) if np.isfinite(health[row]) else Health.UNKNOWN
        known: list[tuple[str, Tag]] = [("sensor", sensors.sensor_id[row]), ("kind", kind), ("link", link)]
        known.append(("health", state.name.lower()))
        if np.isfinite(age_s[row]):
            known.append(("age_s", _round(age_s[row])))
        yield known


TAGS: dict[str, Any] = {"links": _link_tags, "signals": _signal_tags, "sensors": _sensor_tags}


def _column(served: Services, city: City, area: str, name: str) -> tuple[Any, Any]:
    """Values and qualities of a column; nan where nothing is known."""
    address = f"{slug(city.meta.name)}/{area}/{name}"
    if address not in served.hub.catalogue:
        rows = {LINKS: city.links.length_m.size, SIGNALS: len(city.signals.signal_id)}.get(
            area, len(city.sensors.sensor_id)
        )
        return np.full(rows, np.nan, np.float32), np.full(rows, Quality.UNKNOWN, np.uint8)
    table = served.hub.table(address, served.now_s())
    return np.where(table.quality == Quality.UNKNOWN, np.nan, table.values), table.quality


def _round(value: Any) -> float:
    return round(float(value), 3)
