"""What the referee knows beforehand: the city's tracks, its conflicts and every trip's route, from public tables only.

A track is a lane, or (after all lanes) a movement. A place is a position in the pool of routes, `trips.route_link`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.demand.model import Demand

SHORTEST_LANE_M, SHORTEST_PATH_M = 2.0, 1.0  # the twin stretches what is shorter
NO_GROUP, MANY_GROUPS = -1, -2
MAX_HOPS = 8  # tracks passed in one second, at most


@dataclass(frozen=True, eq=False)
class Ground:
    """City and demand as the referee needs them."""

    city: City
    demand: Demand

    @property
    def n_lanes(self) -> int:
        return int(self.city.lanes.link.size)

    @cached_property
    def length_m(self) -> NDArray[np.float64]:
        """[n_tracks]"""
        lanes = np.maximum(self.city.lanes.length_m, SHORTEST_LANE_M)
        paths = np.maximum(self.city.movements.length_m, SHORTEST_PATH_M)
        return np.concatenate([lanes, paths]).astype(np.float32).astype(np.float64)

    @cached_property
    def limit_mps(self) -> NDArray[np.float64]:
        """[n_tracks] before anybody changes it."""
        return np.concatenate([self.city.lanes.speed_mps, self.city.movements.speed_mps])

    @cached_property
    def from_link(self) -> NDArray[np.int32]:
        return self.city.lanes.link[self.city.movements.from_lane]

    @cached_property
    def to_link(self) -> NDArray[np.int32]:
        return self.city.lanes.link[self.city.movements.to_lane]

    @cached_property
    def begin(self) -> NDArray[np.int64]:
        """[n_trips] place of each trip's first link."""
        return self.demand.trips.route_offset[self.demand.trips.route]

    @cached_property
    def next_link(self) -> NDArray[np.int64]:
        """[n_places] link that follows on the route; -1 = the trip ends here."""
        link = self.demand.trips.route_link.astype(np.int64)
        after = np.append(link[1:], -1)[: link.size]
        after[self.demand.trips.route_offset[1:] - 1] = -1
        return after

    @cached_property
    def _turn(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of joined links: (sorted keys, place of each movement among them, place of each route place or -1)."""
        n = self.city.links.first_lane.size
        keys, of_move = np.unique(self.from_link.astype(np.int64) * n + self.to_link, return_inverse=True)
        asked = np.where(self.next_link >= 0, self.demand.trips.route_link * np.int64(n) + self.next_link, -1)
        at = np.minimum(np.searchsorted(keys, asked), max(keys.size - 1, 0))
        known = keys[at] == asked if keys.size else np.zeros(asked.size, bool)
        return keys, of_move, np.where(known, at, -1)

    @cached_property
    def next_group(self) -> NDArray[np.int64]:
        """[n_places] signal group that lets a trip leave the place's link."""
        keys, of_move, of_place = self._turn
        low, high = np.full(keys.size, np.iinfo(np.int64).max), np.full(keys.size, np.iinfo(np.int64).min)
        group = self.city.movements.group.astype(np.int64)
        np.minimum.at(low, of_move, group)
        np.maximum.at(high, of_move, group)
        one = np.append(np.where(low == high, low, MANY_GROUPS), NO_GROUP)
        return one[of_place]

    @cached_property
    def rest_m(self) -> NDArray[np.float64]:
        """[n_places] least metres from the end of the place's link to the end of the trip."""
        keys, of_move, of_place = self._turn
        path = np.full(keys.size + 1, np.inf)
        np.minimum.at(path, of_move, self.length_m[self.n_lanes :])
        lane = np.full(self.city.links.first_lane.size, np.inf)
        np.minimum.at(lane, self.city.lanes.link, self.length_m[: self.n_lanes])
        step = np.where(self.next_link >= 0, path[of_place] + lane[self.next_link], 0.0)
        rest = np.zeros(step.size)
        whole = np.append(np.cumsum(step[::-1])[::-1], 0.0)
        last = np.repeat(self.demand.trips.route_offset[1:] - 1, np.diff(self.demand.trips.route_offset))
        rest[:] = whole[:-1] - whole[last]
        return rest

    @cached_property
    def _outs(self) -> dict[int, list[int]]:
        outs: dict[int, list[int]] = {}
        for m, lane in enumerate(self.city.movements.from_lane.tolist()):
            outs.setdefault(lane, []).append(m)
        return outs

    def ways(self, track: int, place: int, to: int) -> list[list[int]]:
        """Every sequence of tracks that leads along the route from `track` (exclusive) to `to` (inclusive)."""
        found: list[list[int]] = []
        first = self._beside(track) if track < self.n_lanes else [track]
        open_ways = [([lane], place) for lane in first]
        for _ in range(MAX_HOPS):
            longer = [([*way, nxt], after) for way, at in open_ways for nxt, after in self._after(way[-1], at)]
            found = [way for way, _ in longer if way[-1] == to]
            if found or not longer:
                break
            open_ways = longer
        return [way[1:] if way[0] == track else way for way in found]

    def _after(self, track: int, place: int) -> list[tuple[int, int]]:
        if track >= self.n_lanes:
            return [(int(self.city.movements.to_lane[track - self.n_lanes]), place + 1)]
        link = self.next_link[place]
        return [(self.n_lanes + m, place) for m in self._outs.get(track, []) if self.to_link[m] == link]

    def _beside(self, lane: int) -> list[int]:
        link = self.city.lanes.link[lane]
        near = [k for k in (lane, lane - 1, lane + 1) if 0 <= k < self.n_lanes]
        return [k for k in near if self.city.lanes.link[k] == link]


@dataclass(frozen=True, eq=False)
class Crossings:
    """Conflicts of movements that truly cross: neither from the same lane nor to the same lane, both places known.

    `edge_offset` [n_movements + 1] into `at_m` (metres along the movement) and `mirror` (the same conflict's row of the
    other movement).
    """

    edge_offset: NDArray[np.int64]
    at_m: NDArray[np.float64]
    mirror: NDArray[np.int64]

    @classmethod
    def of(cls, city: City) -> Crossings:
        mov = city.movements
        n = mov.from_lane.size
        own, foe = np.repeat(np.arange(n, dtype=np.int64), np.diff(mov.foe_offset)), mov.foe.astype(np.int64)
        crosses = (mov.from_lane[own] != mov.from_lane[foe]) & (mov.to_lane[own] != mov.to_lane[foe])
        kept = np.flatnonzero(crosses & np.isfinite(mov.foe_at_m))
        order = kept[np.argsort(own[kept] * n + foe[kept], kind="stable")]
        own, foe, at_m = own[order], foe[order], mov.foe_at_m[order].astype(np.float64)
        key, back = own * n + foe, foe * n + own
        place = np.minimum(np.searchsorted(key, back), max(key.size - 1, 0))
        mirror = np.where(key[place] == back, place, -1) if key.size else place
        offset = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=n))])
        return cls(offset, at_m, mirror)
