"""Places to park in the hub: their indicators, each under `city/parking/PLACE.name`, and the sums of the city's areas.

A place's values carry the time of its own report; they are published when it reports, falls silent or speaks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.hub import indicators as of
from citybrain.hub.address import PARKING, SEGMENT_MAX, WHOLE_CITY, slug
from citybrain.hub.catalogue import Entry
from citybrain.hub.hub import Hub
from citybrain.records.parking import ParkingStates

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Register = Callable[[Sequence[Entry]], I64]
_TAIL = 1 + max(len(definition.name) for definition in of.OF_PARKING)


class ParkingBoard:
    """Publishes places to park. `areas` are the segments of the whole city and of its areas, in that order."""

    def __init__(self, hub: Hub, city: City, register: Register, areas: Sequence[str]) -> None:
        self._hub, self._register = hub, register
        self._city = slug(city.meta.name)
        self._segments: dict[str, str] = {}  # facility -> its part of an address
        self._taken: set[str] = set()
        self._rows = np.zeros((len(of.OF_PARKING), 0), np.int64)
        self._told = np.full((3, 0), np.nan)  # time, quality and change as they were published
        link = city.parking.link
        sizes = np.diff(city.areas.link_offset)
        owner = np.repeat(np.arange(sizes.size), sizes)
        members = [(areas[1 + a], np.isin(link, city.areas.link[owner == a])) for a in np.unique(owner).tolist()]
        self._areas = [(area, member) for area, member in members if member.any()]
        self._sums = np.zeros((0, 0), np.int64)

    def publish(self, found: ParkingStates, silent_max_s: float) -> None:
        """Tell what has changed, and the sums. Nothing is registered while nothing is known of any place."""
        if not found.facility:
            return
        if len(found.facility) > len(self._segments):
            self._enter(found.facility[len(self._segments) :], silent_max_s)
        if not self._sums.size:
            names = [WHOLE_CITY, *(area for area, _ in self._areas)]
            entries = [d.entry(self._city, name) for name in names for d in of.PARKING_SUMS]
            self._sums = self._register(entries).reshape(len(names), len(of.PARKING_SUMS))
        self._publish_places(found)
        self._publish_sums(found)

    def _enter(self, new: Sequence[str], silent_max_s: float) -> None:
        entries: list[Entry] = []
        for name in new:
            segment = self._segments[name] = self._segment(name)
            for definition in of.OF_PARKING:
                own = replace(definition, name=f"{segment}.{definition.name}")
                entry = own.entry(self._city, PARKING)
                late_s = max(entry.period_s, silent_max_s)
                entries.append(replace(entry, about=name, stale_after_s=late_s))
        rows = self._register(entries).reshape(len(new), len(of.OF_PARKING)).T
        self._rows = np.concatenate([self._rows, rows], axis=1)
        self._told = np.concatenate([self._told, np.full((3, len(new)), np.nan)], axis=1)

    def _segment(self, name: str) -> str:
        """A part of an address that no other place has."""
        base, number = slug(name)[: SEGMENT_MAX - _TAIL].rstrip("-_."), 1
        chosen = base
        while chosen in self._taken:
            number += 1
            tail = f"-{number}"
            chosen = base[: SEGMENT_MAX - _TAIL - len(tail)] + tail
        self._taken.add(chosen)
        return chosen

    def _publish_places(self, found: ParkingStates) -> None:
        values = of.parking_values(found)
        now = np.array([found.reported_s, found.quality.astype(np.float64), found.change])
        same = (now == self._told) | (np.isnan(now) & np.isnan(self._told))
        changed = np.flatnonzero(~same.all(axis=0) & np.isfinite(found.reported_s))
        self._told = now
        for time_s in np.unique(found.reported_s[changed]).tolist():
            at = changed[found.reported_s[changed] == time_s]
            quality = np.broadcast_to(found.quality[at], (len(of.OF_PARKING), at.size))
            self._hub.publish(time_s, self._rows[:, at].ravel(), values[:, at].ravel(), quality=quality.ravel())

    def _publish_sums(self, found: ParkingStates) -> None:
        n = len(found.facility)
        members = [np.ones(n, np.bool_), *(np.pad(member, (0, n - member.size)) for _, member in self._areas)]
        sums = [of.parking_sums(found, member) for member in members]
        values, quality = np.array([values for values, _ in sums]), np.array([mark for _, mark in sums], np.uint8)
        marks = np.repeat(quality, self._sums.shape[1])
        self._hub.publish(found.time_s, self._sums.ravel(), values.ravel(), quality=marks)
