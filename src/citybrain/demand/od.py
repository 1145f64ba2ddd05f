"""Who wants to go where: zones with their links, and matrices of trips between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I32, I64, City, Ids
from citybrain.city.routing import RouteGraph, strongly_connected, tree_to
from citybrain.errors import InputError

LOCAL_SPEED_MPS = 12.0  # trips start and end on streets no faster than this, where a zone has any
SHORTEST_M = 60.0  # and no shorter than this: a vehicle needs room to enter


@dataclass(frozen=True, eq=False)
class Zones:
    """Where trips start and end: `link[link_offset[z]:link_offset[z + 1]]` [n + 1] are the links of zone z."""

    zone_id: Ids
    link_offset: I64
    link: I32

    @property
    def count(self) -> int:
        return len(self.zone_id)

    def links(self, zone: int) -> I32:
        """The links of one zone."""
        return self.link[self.link_offset[zone] : self.link_offset[zone + 1]]


@dataclass(frozen=True, eq=False)
class OdMatrix:
    """`trips` [n, n]: vehicles that want to go from zone i to zone j in the whole period."""

    zones: Zones
    trips: F64

    def __post_init__(self) -> None:
        n = self.zones.count
        if self.trips.shape != (n, n):
            raise InputError(f"trips {self.trips.shape}; expected ({n}, {n})")
        if not (np.isfinite(self.trips).all() and (self.trips >= 0).all()):
            raise InputError("trips; expected finite numbers >= 0")

    def scaled(self, factor: float) -> OdMatrix:
        return OdMatrix(self.zones, self.trips * factor)

    def transposed(self) -> OdMatrix:
        """The way back: the evening of a morning."""
        return OdMatrix(self.zones, self.trips.T.copy())


def zones_of(city: City, graph: RouteGraph, kind: str = "district") -> Zones:
    """One zone per area of a kind, with its small streets that every other link can reach and be reached from.

    Raises InputError where the city has no such area, or an area no such link.
    """
    areas, joined = city.areas, strongly_connected(graph)
    chosen = [i for i, k in enumerate(areas.kind) if k == kind]
    if not chosen:
        raise InputError(f"areas of kind {kind!r}: none; expected at least one")
    rows = [_ends(city, joined, areas.link[areas.link_offset[i] : areas.link_offset[i + 1]]) for i in chosen]
    rows = [row if row.size else _nearest(city, joined, i) for row, i in zip(rows, chosen, strict=True)]
    offset = np.cumsum([0, *(row.size for row in rows)]).astype(np.int64)
    return Zones(tuple(areas.area_id[i] for i in chosen), offset, np.concatenate(rows).astype(np.int32))


def _ends(city: City, joined: np.ndarray[tuple[int], np.dtype[np.bool_]], members: I32) -> I32:
    """Members fit for the ends of trips: small streets if there are any, else whatever is joined."""
    members = members[joined[members]]
    small = (city.links.speed_mps[members] <= LOCAL_SPEED_MPS) & (city.links.length_m[members] >= SHORTEST_M)
    return members[small] if small.any() else members


def _nearest(city: City, joined: np.ndarray[tuple[int], np.dtype[np.bool_]], area: int) -> I32:
    """For an area without links of its own: the joined link that starts nearest to its middle."""
    areas, links = city.areas, city.links
    row = slice(areas.polygon_offset[area], areas.polygon_offset[area + 1])
    x, y = areas.polygon_x_m[row].mean(), areas.polygon_y_m[row].mean()
    start = links.geometry_offset[:-1]
    away_m = np.hypot(links.geometry_x_m[start] - x, links.geometry_y_m[start] - y)
    if not joined.any():
        raise InputError(f"area {areas.area_id[area]}: no link to start from; expected a connected city")
    return np.array([np.where(joined, away_m, np.inf).argmin()], np.int32)


def zone_times_s(graph: RouteGraph, zones: Zones) -> F64:
    """Free-flow travel time [n, n] between the middle links of zones; within a zone, half the time to the nearest."""
    ends = np.array([zones.links(z)[zones.links(z).size // 2] for z in range(zones.count)], np.int32)
    time_s = np.column_stack([tree_to(graph, int(end)).cost_s[ends] for end in ends])
    if zones.count > 1:
        away = time_s + np.where(np.eye(zones.count, dtype=bool), np.inf, 0.0)
        np.fill_diagonal(time_s, away.min(axis=1) / 2)
    return np.asarray(time_s)
