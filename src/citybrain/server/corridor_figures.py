"""The figures of a course as it is now: times, queues, greens, trend. What is not known is None, never zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.city.model import F64, I64, U8, City
from citybrain.hub.address import GROUPS, LANES, LINKS
from citybrain.hub.hub import Hub, TableValue
from citybrain.records.observations import Quality
from citybrain.server.columns import column
from citybrain.server.course import Course, Ground, Station, Street
from citybrain.server.edge import QUALITY, iso, numbers
from citybrain.server.link_times import LinkTimes
from citybrain.server.wave import Shown, onto_green, spans

KNOWN_LEAST = 0.5  # of a stretch's length: with less its time is not told
USUAL_FRAC = (0.05, 0.95)  # of the last hour
USUAL_LEAST = 10  # samples
_UNKNOWN = int(Quality.UNKNOWN)


@dataclass(frozen=True, eq=False)
class Roads:
    """How the links [n_links] and lanes [n_lanes] are now; nan = not known."""

    time_s: float
    link_s: F64
    quality: U8
    count: F64
    queue: F64
    on_green: F64  # [n_groups] share of the arrivals, of the last quarter of an hour


def roads_now(hub: Hub, city: City, now_s: float) -> Roads:
    """From the hub's columns; all unknown before they are first published."""
    n = len(city.links.link_id)
    link_s, quality = _known(column(hub, city, LINKS, "travel_time", now_s), n)
    count, _ = _known(column(hub, city, LINKS, "count", now_s), n)
    queue, _ = _known(column(hub, city, LANES, "queue", now_s), city.lanes.length_m.size)
    on_green, _ = _known(column(hub, city, GROUPS, "arrivals_on_green", now_s), len(city.groups.group_id))
    return Roads(now_s, link_s, quality, count, queue, on_green)


def _known(table: TableValue | None, rows: int) -> tuple[F64, U8]:
    if table is None:
        return np.full(rows, np.nan), np.full(rows, _UNKNOWN, np.uint8)
    known = (table.quality != Quality.UNKNOWN) & np.isfinite(table.values)
    return np.where(known, table.values, np.nan).astype(np.float64), np.where(known, table.quality, _UNKNOWN).astype(
        np.uint8
    )


class Figures:
    """Figures of courses of one city at one moment."""

    def __init__(self, ground: Ground, roads: Roads) -> None:
        self._ground, self.city, self.roads = ground, ground.city, roads
        self.n_groups = len(self.city.groups.group_id)
        self._filled_s = np.where(np.isnan(roads.link_s), ground.graph.free_s, roads.link_s)

    # ---- a corridor in a list ----

    def row(self, street: Street) -> dict[str, Any]:
        """A corridor in figures."""
        links = np.concatenate([course.links for course in street.courses])
        return {
            "corridor": street.corridor,
            "name": street.name,
            "lost": _plain(self._lost(links), 2),
            "courses": [self.course(course) for course in street.courses],
        }

    def _lost(self, links: I64) -> float:
        """Vehicles that stand still, as good as: each counts by how much longer its link takes than an empty one."""
        link_s, free_s, count = self.roads.link_s[links], self._ground.graph.free_s[links], self.roads.count[links]
        known = np.isfinite(link_s) & np.isfinite(count)
        if not known.any():
            return math.nan
        still = np.maximum(1.0 - free_s[known] / np.maximum(link_s[known], 1e-3), 0.0)
        return float((count[known] * still).sum())

    def course(self, course: Course) -> dict[str, Any]:
        """One direction in figures."""
        ids = self.city.signals.signal_id
        return {
            "signals": [ids[station.signal] for station in course.stations],
            "heading_deg": self._heading(course),
            "length_m": round(course.length_m, 1),
            **self._stretch(course, 0, course.links.size),
        }

    def _stretch(self, course: Course, first: int, last: int) -> dict[str, Any]:
        """Time and quality of links[first:last] of a course, with the junctions before each."""
        links, inside_s = course.links[first:last], float(course.inside_s[first:last].sum())
        length_m, quality = self.city.links.length_m[links], self.roads.quality[links]
        known = quality != _UNKNOWN
        share = float(length_m[known].sum() / length_m.sum()) if links.size else 0.0
        told = share >= KNOWN_LEAST
        mark = int(quality[known].max(initial=0)) if told else _UNKNOWN
        if told and share < 1.0:
            mark = max(mark, int(Quality.ESTIMATED))
        return {
            "time_s": round(float(self._filled_s[links].sum()) + inside_s, 1) if told else None,
            "free_s": round(self._free_s(links) + inside_s, 1),
            "known_share": round(share, 3),
            "quality": QUALITY[mark],
        }

    def _free_s(self, links: I64) -> float:
        return float(self._ground.graph.free_s[links].sum())

    def _heading(self, course: Course) -> float | None:
        city = self.city.links
        ends, x, y = city.geometry_offset, city.geometry_x_m, city.geometry_y_m
        a, b = int(ends[course.links[0]]), int(ends[course.links[-1] + 1]) - 1
        if x[a] == x[b] and y[a] == y[b]:
            return None
        return round(math.degrees(math.atan2(x[b] - x[a], y[b] - y[a])) % 360.0, 1) % 360.0

    # ---- a course in full ----

    def whole(self, course: Course, shown: Shown, past: LinkTimes) -> dict[str, Any]:
        """Everything that is known of one direction."""
        greens = [shown.green(station.groups) for station in course.stations]
        after_s = [self._free_s(part) for part in np.split(course.links, course.first[1:-1])]
        inside_s = [float(part.sum()) for part in np.split(course.inside_s, course.first[1:-1])]
        free_s = np.cumsum([0.0, *(a + b for a, b in zip(after_s, inside_s, strict=True))])
        later = [(float(at_s), green) for at_s, green in zip(free_s[1:], greens[1:], strict=True)]
        onto = [
            onto_green(shown.time_s, greens[k], [(float(free_s[k + 1] - free_s[k]), greens[k + 1])])
            for k in range(len(greens) - 1)
        ]
        lengths_m = self.city.links.length_m[course.links]
        return {
            **self.course(course),
            "rows": course.links.tolist(),
            "begins_m": np.round(np.cumsum(course.inside_m + lengths_m) - lengths_m, 1).tolist(),
            "seen_s": round(self.roads.time_s - float(shown.time_s[0]), 1) if shown.time_s.size else 0.0,
            "band": _plain(onto_green(shown.time_s, greens[0], later), 3),
            "trend": self._trend(course, past),
            "stations": [self._station(one, shown, green) for one, green in zip(course.stations, greens, strict=True)],
            "sections": [self._section(course, k, share) for k, share in enumerate(onto)],
        }

    def _station(self, station: Station, shown: Shown, green: Any) -> dict[str, Any]:
        queue = self.roads.queue[list(station.lanes)]
        stretches = np.round(spans(shown.time_s, green) - self.roads.time_s, 1)
        return {
            "signal": self.city.signals.signal_id[station.signal],
            "at_m": round(station.at_m, 1),
            "groups": [self.city.groups.group_id[group] for group in station.groups],
            "lanes": list(station.lanes),
            "queue": None if np.isnan(queue).all() else round(float(np.nansum(queue)), 2),
            "greens": [(begin, end) for begin, end in stretches.tolist()],
            "green_share": round(float(green.mean()), 3) if green.size else None,
        }

    def _section(self, course: Course, row: int, onto: float) -> dict[str, Any]:
        first, last = int(course.first[row]), int(course.first[row + 1])
        told = self._stretch(course, first, last)
        length_m = course.stations[row + 1].at_m - course.stations[row].at_m
        time_s = told["time_s"]
        return {
            "rows": course.links[first:last].tolist(),
            "length_m": round(length_m, 1),
            "time_s": time_s,
            "free_s": told["free_s"],
            "speed_mps": round(length_m / time_s, 2) if time_s else None,
            "quality": told["quality"],
            "onto_green": _plain(onto, 3),
            "on_green": _plain(self._on_green(course.stations[row + 1]), 3),
        }

    def _on_green(self, station: Station) -> float:
        """Share of the arrivals at a stop line that found the course's groups green; nan = not known of any."""
        shares = self.roads.on_green[list(station.groups)]
        known = shares[np.isfinite(shares)]
        return float(known.mean()) if known.size else math.nan

    def _trend(self, course: Course, past: LinkTimes) -> dict[str, Any]:
        at_s, each_s = past.of(course.links)
        length_m = self.city.links.length_m[course.links]
        known = np.isfinite(each_s)
        filled = np.where(known, each_s, self._ground.graph.free_s[course.links])
        total = filled.sum(axis=1) + float(course.inside_s.sum())
        total[(known * length_m).sum(axis=1) < KNOWN_LEAST * length_m.sum()] = np.nan
        told = total[np.isfinite(total)]
        low, high = np.quantile(told, USUAL_FRAC) if told.size >= USUAL_LEAST else (math.nan, math.nan)
        return {
            "time": [iso(float(moment_s)) for moment_s in at_s],
            "value": numbers(total, 1),
            "low": _plain(float(low), 1),
            "high": _plain(float(high), 1),
        }


def _plain(value: float, decimals: int) -> float | None:
    return round(value, decimals) if math.isfinite(value) else None
