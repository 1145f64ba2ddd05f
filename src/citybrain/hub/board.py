"""A city's board in the hub: registers every indicator of a city once, then publishes records under their addresses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.hub import indicators as of
from citybrain.hub.address import BRAIN, GROUPS, INGEST, LANES, LINKS, SENSORS, SIGNALS, WHOLE_CITY, area_slugs, slug
from citybrain.hub.catalogue import Entry
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.hub.parking import ParkingBoard
from citybrain.records.area_trips import AreaTrips
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import Quality
from citybrain.records.sensor_health import SensorHealth

I64 = NDArray[np.int64]
Marked = tuple[NDArray[np.floating], NDArray[np.uint8]]  # values and their qualities
TRIP_AREAS_MAX = 60  # their pairs are an address each


class CityBoard:
    """Publishes what the stages found about one city.

    Raises InputError when the hub knows another city of the same name with other sizes.
    """

    def __init__(self, hub: Hub, city: City) -> None:
        self.hub, self.city = hub, city
        self.name = slug(city.meta.name)
        self.areas = [WHOLE_CITY, *area_slugs(city.areas.area_id)]
        self._members = of.members(city)
        self._entries: list[Entry] = []
        n_areas = len(self.areas)
        by_area = [definition.entry(self.name, area) for definition in of.OF_AREAS for area in self.areas]
        self._area_rows = self._register(by_area).reshape(len(of.OF_AREAS), n_areas)
        self._sensor_rows = self._register([d.entry(self.name, WHOLE_CITY) for d in of.OF_SENSORS])
        sizes = (city.links.length_m.size, city.lanes.length_m.size, len(city.sensors.sensor_id))
        parts = ((LINKS, of.OF_LINKS), (LANES, of.OF_LANES), (SENSORS, of.COLUMNS_OF_SENSORS))
        self.tables = [
            hub.register_table(definition.entry(self.name, area, rows))
            for (area, definitions), rows in zip(parts, sizes, strict=True)
            for definition in definitions
        ]
        self._named: dict[tuple[str, str], int] = {}
        self._slug = dict(zip(city.areas.area_id, self.areas[1:], strict=True))
        self.parking = ParkingBoard(hub, city, self._register, self.areas)
        self._kept_s = np.zeros(0)  # time of each entry's value that was kept last
        self._trip_rows, self._trips_s = np.zeros(0, np.int64), -math.inf

    def _register(self, entries: Sequence[Entry]) -> I64:
        self._entries += [entry for entry in entries if entry.address not in self.hub.catalogue]
        return self.hub.register(entries)

    # ---- publish ----

    def network(self, state: NetworkState, *, tables: bool = True) -> None:
        """The estimate of one second: indicators of every area, and the columns of links and lanes if `tables`."""
        values = of.area_values(self._members, self.city, state)
        low, high = np.full((2, *values.shape), np.nan)
        areas = state.areas
        low[0], high[0] = of.widened(areas.in_transit_low), of.widened(areas.in_transit_high)
        low[2], high[2] = of.widened(areas.delay_index_low), of.widened(areas.delay_index_high)
        quality = np.full(values.shape, Quality.ESTIMATED, np.uint8)
        quality[:3] = areas.quality
        values[:3][quality[:3] == Quality.UNKNOWN] = np.nan
        rows = self._area_rows.reshape(-1)
        self.hub.publish(state.time_s, rows, values.ravel(), low.ravel(), high.ravel(), quality.ravel())
        if state.trips is not None:
            self.trips(state.trips, state.time_s)
        if tables:
            self._columns(state)

    def _columns(self, state: NetworkState) -> None:
        links, lanes = state.links, state.lanes
        unknown = links.quality == Quality.UNKNOWN
        found = (links.speed_mps, links.count, links.flow_vps, links.travel_time_s, of.density_vpm(self.city, links))
        columns: zip[tuple[of.Definition, NDArray[np.floating]]] = zip(of.OF_LINKS, found, strict=True)
        for definition, values in columns:
            known = np.where(unknown, np.nan, values)
            self.hub.publish_table(f"{self.name}/{LINKS}/{definition.name}", state.time_s, known, links.quality)
        queue = np.where(lanes.quality == Quality.UNKNOWN, np.nan, lanes.queue)
        self.hub.publish_table(f"{self.name}/{LANES}/{of.LANE_QUEUE.name}", state.time_s, queue, lanes.quality)

    def sensors(self, found: SensorHealth, now_s: float) -> None:
        """Which sensors can be trusted: shares, counts, and the columns of all sensors."""
        self.hub.publish(now_s, self._sensor_rows, of.sensor_values(found, now_s), quality=Quality.MEASURED)
        age_s = np.where(np.isfinite(found.last_s), np.maximum(0.0, now_s - found.last_s), np.nan)
        columns = (found.health.astype(np.float32), age_s, found.factor)
        for definition, values in zip(of.COLUMNS_OF_SENSORS, columns, strict=True):
            address = f"{self.name}/{SENSORS}/{definition.name}"
            self.hub.publish_table(address, now_s, values, Quality.MEASURED)

    def signals(self, now_s: float, columns: Sequence[NDArray[np.floating]]) -> None:
        """What the guard says of each signal, in the order of OF_SIGNALS; nan = nothing. Registered when first told."""
        rows = len(self.city.signals.signal_id)
        for definition, values in zip(of.OF_SIGNALS, columns, strict=True):
            self._tell(definition.entry(self.name, SIGNALS, rows), now_s, values, keep=True)

    def lights(self, now_s: float, colours: NDArray[np.uint8], left_s: NDArray[np.floating]) -> None:
        """What the groups show, and for how long yet (nan = not known); [n_groups]. Registered when first told.

        They change with every second, so they are for the live picture and do not go into the history.
        """
        for definition, values in zip(of.OF_GROUPS, (colours.astype(np.float32), left_s), strict=True):
            self._tell(definition.entry(self.name, GROUPS, colours.size), now_s, values, keep=False)

    def on_green(self, now_s: float, groups: Marked, signals: Marked) -> None:
        """Arrivals on green: shares [n_groups] and [n_signals] with their qualities; nan = not known."""
        for definition, area, (values, quality) in (
            (of.GROUP_ON_GREEN, GROUPS, groups),
            (of.SIGNAL_ON_GREEN, SIGNALS, signals),
        ):
            entry = definition.entry(self.name, area, values.size)
            self._tell(entry, now_s, values, keep=True, quality=quality)

    def _tell(
        self,
        entry: Entry,
        now_s: float,
        values: NDArray[np.floating],
        *,
        keep: bool,
        quality: NDArray[np.uint8] | int = Quality.MEASURED,
    ) -> None:
        if entry.address not in self.hub.catalogue:
            self.hub.register_table(entry)
            self.tables += [entry.address] if keep else []
        self.hub.publish_table(entry.address, now_s, values, quality)

    def trips(self, found: AreaTrips, now_s: float) -> None:
        """Trips between areas, once for each time that they were booked; not for more than TRIP_AREAS_MAX areas."""
        if found.time_s <= self._trips_s or len(found.area) > TRIP_AREAS_MAX:
            return
        self._trips_s = found.time_s
        names = [self._slug[area] for area in found.area]
        pairs = [of.trips_to(to).entry(self.name, origin) for origin in names for to in names]
        rows = self._trip_rows if self._trip_rows.size else self._register(pairs)
        self._trip_rows = rows
        self.hub.publish(now_s, rows, of.told_trips(found).ravel(), quality=Quality.ESTIMATED)

    def counts(self, now_s: float, counts: Mapping[str, int]) -> None:
        """Counts of the ingest by name (lower-case words with _), under city/ingest/name."""
        self._publish_named(now_s, INGEST, {name: float(value) for name, value in counts.items()})

    def times(self, now_s: float, times_s: Mapping[str, float]) -> None:
        """Times of the beat and its stages by name, under city/brain/name."""
        self._publish_named(now_s, BRAIN, times_s)

    def _publish_named(self, now_s: float, area: str, values: Mapping[str, float]) -> None:
        define = of.count_of if area == INGEST else of.time_of
        new = [name for name in values if (area, name) not in self._named]
        rows = self._register([define(name).entry(self.name, area) for name in new])
        self._named |= {(area, name): row for name, row in zip(new, rows.tolist(), strict=True)}
        chosen = np.array([self._named[area, name] for name in values], np.int64)
        self.hub.publish(now_s, chosen, np.array(list(values.values()), np.float64), quality=Quality.MEASURED)

    # ---- keep ----

    def keep(self, history: History, now_s: float, *, tables: bool = True) -> None:
        """Append what is new since the call before to the history; columns too if `tables`."""
        values = self.hub.values(self.hub.rows_of(self._entries), now_s)
        before_s = np.full(values.time_s.size, -math.inf)
        before_s[: self._kept_s.size], self._kept_s = self._kept_s, values.time_s
        quality = np.where(values.time_s <= before_s, np.uint8(Quality.UNKNOWN), values.quality)
        history.append(self._entries, replace(values, quality=quality))
        if tables:
            for address in self.tables:
                history.append_table(self.hub.table(address, now_s))
