"""The planes of the live picture, read from the hub: what the map and the vital signs show now."""

from __future__ import annotations

from typing import Any

import numpy as np

from citybrain.city.model import City
from citybrain.hub.address import GROUPS, LANES, LINKS, SENSORS, SIGNALS, WHOLE_CITY, slug
from citybrain.hub.catalogue import Audience, Entry, Kind
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality
from citybrain.server.columns import column
from citybrain.server.frames import (
    COUNT_STEPS,
    FLOW_STEPS,
    PACE_STEPS,
    QUEUE_STEPS,
    UNKNOWN_8,
    Array,
    Plane,
    change_second,
    in_byte,
    in_two_bytes,
)

SIGNAL_PLANES = (
    (Plane.SIGNAL_MODE, "mode"),
    (Plane.SIGNAL_ADVISED, "advised_stage"),
    (Plane.SIGNAL_LATCHED, "latched"),
)


class Picture:
    """What of the hub goes into frames; only what is public."""

    def __init__(self, hub: Hub, city: City) -> None:
        self._hub, self._city = hub, city
        self._name = slug(city.meta.name)
        self._version = -1
        self.vitals: list[Entry] = []

    def look(self) -> None:
        """See which vital signs there are: the indicators of the whole city."""
        if self._version != self._hub.catalogue.version:
            self._version = self._hub.catalogue.version
            found = self._hub.catalogue.find(f"{self._name}/{WHOLE_CITY}/*")
            self.vitals = [e for e in found if e.kind is Kind.INDICATOR and e.audience is Audience.PUBLIC]

    def planes(self, now_s: float) -> dict[Plane, Array]:
        """Every plane as it stands at `now_s`."""
        return {**self._links(now_s), **self._signals(now_s), **self._vitals(now_s)}

    def _column(self, area: str, name: str, rows: int, now_s: float) -> tuple[Array, Array, float]:
        """Values, qualities and time of a column; nan where there is none."""
        table = column(self._hub, self._city, area, name, now_s)
        if table is None:
            return np.full(rows, np.nan, np.float32), np.full(rows, Quality.UNKNOWN, np.uint8), np.nan
        return table.values, table.quality, table.time_s

    def _links(self, now_s: float) -> dict[Plane, Array]:
        links, n = self._city.links, self._city.links.length_m.size
        speed, quality, _ = self._column(LINKS, "speed", n, now_s)
        queue = self._column(LANES, "queue", self._city.lanes.link.size, now_s)[0]
        return {
            Plane.LINK_PACE: in_byte(speed / links.speed_mps, PACE_STEPS),
            Plane.LINK_COUNT: in_two_bytes(self._column(LINKS, "count", n, now_s)[0], COUNT_STEPS),
            Plane.LINK_FLOW: in_byte(self._column(LINKS, "flow", n, now_s)[0], FLOW_STEPS),
            Plane.LINK_QUALITY: np.array(quality, np.uint8),
            Plane.LANE_QUEUE: in_byte(queue, QUEUE_STEPS),
        }

    def _signals(self, now_s: float) -> dict[Plane, Array]:
        n_groups, n_signals = len(self._city.groups.group_id), len(self._city.signals.signal_id)
        left_s, _, told_s = self._column(GROUPS, "left", n_groups, now_s)
        health = self._column(SENSORS, "health", len(self._city.sensors.sensor_id), now_s)[0]
        found: dict[Plane, Array] = {
            Plane.GROUP_COLOUR: in_byte(self._column(GROUPS, "colour", n_groups, now_s)[0], 1.0),
            Plane.GROUP_CHANGE: change_second(np.nan_to_num(told_s), left_s),
            Plane.SENSOR_HEALTH: in_byte(health, 1.0),
        }
        return found | {
            plane: in_byte(self._column(SIGNALS, name, n_signals, now_s)[0], 1.0) for plane, name in SIGNAL_PLANES
        }

    def _vitals(self, now_s: float) -> dict[Plane, Array]:
        values = self._hub.values(self._hub.rows_of(self.vitals), now_s)
        return {
            Plane.VITAL_VALUE: values.value.astype("<f4"),
            Plane.VITAL_LOW: values.low.astype("<f4"),
            Plane.VITAL_HIGH: values.high.astype("<f4"),
            Plane.VITAL_QUALITY: np.array(values.quality, np.uint8),
        }

    def text(self) -> dict[str, Any]:
        """What a key frame says in words."""
        vitals = [{"name": e.name, "unit": e.unit, "meaning": e.definition} for e in self.vitals]
        return {"epoch": self._hub.epoch, "city": self._name, "vitals": vitals, "unknown": UNKNOWN_8}
