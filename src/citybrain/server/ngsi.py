"""The city as NGSI-LD entities (ETSI GS CIM 009), by the Smart Data Models: what stands in one, and how it is named.

Links and areas are `TrafficFlowObserved`, sensors are `Device`, places to park are `OffStreetParking`
and `OnStreetParking`. Speeds are km/h there, as the model asks. A value that
is not known is left out, and every value says when it was observed and of what quality it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

import numpy as np

from citybrain.city.model import City, SensorKind
from citybrain.hub.address import LINKS, SENSORS, WHOLE_CITY, area_slugs, slug
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality
from citybrain.records.sensor_health import Health
from citybrain.server.columns import column
from citybrain.server.earth import Earth, earth_of
from citybrain.server.edge import QUALITY, iso
from citybrain.server.parking import Parked

FLOW, DEVICE = "TrafficFlowObserved", "Device"
OFF_STREET, ON_STREET = "OffStreetParking", "OnStreetParking"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
CONTEXTS = {
    FLOW: "https://raw.githubusercontent.com/smart-data-models/dataModel.Transportation/master/context.jsonld",
    DEVICE: "https://raw.githubusercontent.com/smart-data-models/dataModel.Device/master/context.jsonld",
    **dict.fromkeys(
        (OFF_STREET, ON_STREET),
        "https://raw.githubusercontent.com/smart-data-models/dataModel.Parking/master/context.jsonld",
    ),
}
URN = "urn:ngsi-ld"
WINDOW_S = 300.0  # that speeds and flows are means of (`hub.indicators`)
KMH_PER_MPS = 3.6
OBSERVES = {SensorKind.STOP_LINE: "occupancy", SensorKind.ADVANCE: "occupancy", SensorKind.CAMERA: "motion"}
Entity = dict[str, Any]


@dataclass(frozen=True, eq=False)
class View:
    """A city as it stands at a time, ready to be told entity by entity."""

    hub: Hub
    city: City
    now_s: float
    parked: Parked

    @property
    def name(self) -> str:
        return slug(self.city.meta.name)

    @property
    def earth(self) -> Earth | None:
        return earth_of(self.city)

    def count(self, kind: str) -> int:
        """Entities of a type."""
        if kind in (OFF_STREET, ON_STREET):
            return len(_places_to_park(self, kind))
        return len(self.city.sensors.sensor_id) if kind == DEVICE else len(self.areas) + len(self.city.links.link_id)

    @property
    def areas(self) -> list[str]:
        return _areas(self.city)

    def urn(self, kind: str, *parts: str) -> str:
        """A name that is unique on earth as far as the city's own name is."""
        return f"{URN}:{kind}:{self.name}:{_tail(*parts)}"

    def rows(self, kind: str, wanted: Sequence[str]) -> list[int]:
        """The places of some names among the entities of a type; those that there are."""
        head = f"{URN}:{kind}:{self.name}:"
        parks = kind in (OFF_STREET, ON_STREET)
        known = _parking_tails(self, kind) if parks else _places(self.city, kind)
        tails = (name.removeprefix(head) for name in wanted if name.startswith(head))
        return [known[tail] for tail in tails if tail in known]

    def entities(self, kind: str, rows: Sequence[int]) -> list[Entity]:
        """Entities in the normalised form, without @context."""
        makers = {DEVICE: _devices, FLOW: _flows}
        make = makers[kind](self) if kind in makers else _parking(self, kind)
        return [make(row) for row in rows]


def _areas(city: City) -> list[str]:
    return [WHOLE_CITY, *area_slugs(city.areas.area_id)]


def _tail(*parts: str) -> str:
    """What tells an entity from the others of its type."""
    return ":".join(quote(part, safe="") for part in parts)


@lru_cache(maxsize=4)
def _places(city: City, kind: str) -> dict[str, int]:
    """Place of every entity of a type by the tail of its name: a city does not change while it is served."""
    if kind == DEVICE:
        tails = [_tail(sensor) for sensor in city.sensors.sensor_id]
    else:
        tails = [_tail("area", area) for area in _areas(city)] + [_tail("link", link) for link in city.links.link_id]
    return {tail: row for row, tail in enumerate(tails)}


def _column(view: View, area: str, name: str, rows: int) -> tuple[Any, Any, float]:
    table = column(view.hub, view.city, area, name, view.now_s)
    if table is None:
        return np.full(rows, np.nan), np.full(rows, int(Quality.UNKNOWN)), math.nan
    values = np.where(table.quality == Quality.UNKNOWN, np.nan, table.values.astype(np.float64))
    return values, table.quality, table.time_s


# ---- TrafficFlowObserved ----


def _flows(view: View) -> Callable[[int], Entity]:
    """Makes the entity of a row: the areas come first, then the links."""
    areas, links = view.areas, view.city.links
    n = links.length_m.size
    speed, quality, time_s = _column(view, LINKS, "speed", n)
    flow, _, _ = _column(view, LINKS, "flow", n)

    def made(row: int) -> Entity:
        if row < len(areas):
            return _area_flow(view, areas[row])
        link = row - len(areas)
        at = view.urn(FLOW, "link", links.link_id[link])
        found = _observed(view, at, time_s, QUALITY[int(quality[link])])
        found |= _number("averageVehicleSpeed", speed[link] * KMH_PER_MPS, "KMH", time_s)
        found |= _number("intensity", flow[link] * WINDOW_S, "", time_s)
        found["refRoadSegment"] = {"type": "Relationship", "object": view.urn("RoadSegment", links.link_id[link])}
        if links.name[link]:
            found["name"] = _property(links.name[link])
        if view.earth is not None:
            found["location"] = _geo("LineString", view.earth.course(link))
        return found

    return made


def _area_flow(view: View, area: str) -> Entity:
    address = f"{view.name}/{area}/mean_speed"
    if address not in view.hub.catalogue:
        return _observed(view, view.urn(FLOW, "area", area), math.nan, QUALITY[Quality.UNKNOWN])
    value = view.hub.latest(address, view.now_s)
    found = _observed(view, view.urn(FLOW, "area", area), value.time_s, QUALITY[value.quality])
    return found | _number("averageVehicleSpeed", value.value * KMH_PER_MPS, "KMH", value.time_s)


def _observed(view: View, urn: str, time_s: float, quality: str) -> Entity:
    """What every TrafficFlowObserved has: when, and of what worth."""
    begin, end = iso(max(0.0, time_s - WINDOW_S)) if math.isfinite(time_s) else None, iso(time_s)
    found: Entity = {"id": urn, "type": FLOW, "dataProvider": _property(view.city.meta.name)}
    if begin is not None and end is not None:
        found["dateObserved"] = _property(f"{begin}/{end}")
        found["dateObservedFrom"], found["dateObservedTo"] = _date(begin), _date(end)
    return {**found, "quality": _property(quality)}


# ---- Device ----


def _devices(view: View) -> Callable[[int], Entity]:
    city = view.city
    n = len(city.sensors.sensor_id)
    health, _, time_s = _column(view, SENSORS, "health", n)
    age_s, _, aged_s = _column(view, SENSORS, "age", n)

    def made(row: int) -> Entity:
        sensors, lane = city.sensors, int(city.sensors.lane[row])
        kind = SensorKind(int(sensors.kind[row]))
        found: Entity = {"id": view.urn(DEVICE, sensors.sensor_id[row]), "type": DEVICE}
        found["category"], found["controlledProperty"] = _property(["sensor"]), _property([OBSERVES[kind]])
        found["name"] = _property(sensors.sensor_id[row])
        state = Health(int(health[row])) if np.isfinite(health[row]) else Health.UNKNOWN
        found["deviceState"] = _property(state.name.lower(), time_s)
        link = city.links.link_id[int(city.lanes.link[lane])]
        found["controlledAsset"] = {"type": "Relationship", "object": view.urn("RoadSegment", link)}
        last = iso(aged_s - float(age_s[row])) if np.isfinite(age_s[row]) else None
        if last is not None:
            found["dateLastValueReported"] = _date(last)
        if view.earth is not None:
            place = [round(float(view.earth.sensor_lon[row]), 7), round(float(view.earth.sensor_lat[row]), 7)]
            found["location"] = _geo("Point", place)
        return found

    return made


# ---- OffStreetParking, OnStreetParking ----


def _places_to_park(view: View, kind: str) -> list[int]:
    """Places of a type, by their rows in `view.parked`; one that only reports is taken as off the street."""
    on_street = kind == ON_STREET
    return [k for k, what in enumerate(view.parked.kind) if (what == "on_street") == on_street]


def _parking_tails(view: View, kind: str) -> dict[str, int]:
    facilities = view.parked.facility
    return {_tail(facilities[k]): row for row, k in enumerate(_places_to_park(view, kind))}


def _parking(view: View, kind: str) -> Callable[[int], Entity]:
    places, parked = _places_to_park(view, kind), view.parked

    def made(row: int) -> Entity:
        k = places[row]
        at_s, free, spaces = (float(column[k]) for column in (parked.reported_s, parked.free, parked.spaces))
        found: Entity = {"id": view.urn(kind, parked.facility[k]), "type": kind}
        found["name"] = _property(parked.name[k] or parked.facility[k])
        found["dataProvider"] = _property(view.city.meta.name)
        if parked.kind[k] == "park_and_ride":
            found["category"] = _property(["urbanDeterrentParking"])
        if parked.state[k] is not None:
            told = "spacesAvailable" if parked.state[k] == "open" else str(parked.state[k])
            words = [told] if told == "closed" else ["open", told]
            found["status"] = _property(words, at_s)
        found |= _number("totalSpotNumber", spaces, "", at_s) | _number("availableSpotNumber", free, "", at_s)
        found |= _number("occupiedSpotNumber", spaces - free, "", at_s)
        if math.isfinite(parked.lon[k]):
            place = [round(float(parked.lon[k]), 7), round(float(parked.lat[k]), 7)]
            found["location"] = _geo("Point", place)
        return {**found, "quality": _property(QUALITY[int(parked.quality[k])])}

    return made


# ---- forms ----


def _property(value: Any, observed_s: float = math.nan) -> Entity:
    at = iso(observed_s)
    return {"type": "Property", "value": value} | ({} if at is None else {"observedAt": at})


def _date(text: str) -> Entity:
    return {"type": "Property", "value": {"@type": "DateTime", "@value": text}}


def _geo(kind: str, coordinates: Any) -> Entity:
    return {"type": "GeoProperty", "value": {"type": kind, "coordinates": coordinates}}


def _number(name: str, value: float, unit: str, observed_s: float) -> Entity:
    """An attribute, or nothing where the value is not known."""
    if not math.isfinite(value):
        return {}
    return {name: _property(round(float(value), 3), observed_s) | ({"unitCode": unit} if unit else {})}


def simplified(entity: Entity) -> Entity:
    """The form of `options=keyValues`: values alone."""
    return {name: _simple(told) if isinstance(told, dict) else told for name, told in entity.items()}


def _simple(told: Entity) -> Any:
    if "object" in told:
        return told["object"]
    value = told["value"]
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def kind_of(urn: str) -> str:
    """The type that a name says; "" where it is none of ours."""
    parts = unquote(urn).split(":")
    return parts[2] if len(parts) > 3 and urn.startswith(f"{URN}:") and parts[2] in CONTEXTS else ""
