"""From routes, which are links one after another, to rows of the table of stops that vehicles read as they drive."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.twin import arrays
from citybrain.twin.arrays import Table
from citybrain.twin.jit import entry

HARD_WITHIN_M = 25.0  # on a link shorter than this nobody changes lanes: it must be entered on the right one
PREFER_WITHIN_M = 200.0  # a link shorter than this leaves no time for lane changes: choose the lane one link before

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Moves = tuple[I32, I32, I32, I32]


def fill(kind: np.dtype[np.void], n: int, /, **columns: object) -> Table:
    """A table of `n` records with the given columns, zero elsewhere."""
    table = np.zeros(n, kind)
    for name, values in columns.items():
        table[name] = values
    return table


def csr(keys: NDArray[np.integer], n: int) -> tuple[I32, I32]:
    """Rows of a table grouped by key: (offset [n + 1], row numbers)."""
    order = np.argsort(keys, kind="stable").astype(np.int32)
    counts = np.bincount(keys, minlength=n)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), order


class RouteTables:
    """What routes become. A *turn* is a pair of links that some movement joins.

    Attributes:
        turn: [n_movements] the turn that each movement makes.
        turns: the table of turns.
    """

    def __init__(self, city: City, max_speed_mps: float) -> None:
        """`max_speed_mps` is the greatest of all vehicle types; 0 = no limit but that of the links."""
        self._city = city
        links, moves = city.links, city.movements
        n_links = links.first_lane.size
        from_link = city.lanes.link[moves.from_lane].astype(np.int64)
        to_link = city.lanes.link[moves.to_lane].astype(np.int64)
        self._keys, self.turn = np.unique(from_link * n_links + to_link, return_inverse=True)
        n = self._keys.size
        mask = np.zeros(n, np.uint32)
        np.bitwise_or.at(mask, self.turn, np.uint32(1) << city.lanes.index[moves.from_lane].astype(np.uint32))
        self.turns = fill(arrays.TURN, n, mask=mask, to=self._keys % max(n_links, 1))
        offset, order = csr(self.turn, n)
        index = city.lanes.index.astype(np.int32)
        self._moves: Moves = (offset, order, index[moves.from_lane], index[moves.to_lane])
        self._every = ((np.uint64(1) << links.n_lanes.astype(np.uint64)) - np.uint64(1)).astype(np.uint32)
        seconds = moves.length_m / np.maximum(moves.speed_mps, 0.1)
        self._through_s = np.bincount(self.turn, seconds, n) / np.maximum(np.bincount(self.turn, minlength=n), 1)
        self._link_s = links.length_m / np.minimum(links.speed_mps, max_speed_mps or np.inf)

    def stops(self, offset: I64, link: I32) -> Table:
        """Rows of the table of stops for routes `link[offset[k]:offset[k + 1]]`.

        Raises InputError where no movement joins two links of a route.
        """
        city, keys, here = self._city, self._keys, link.astype(np.int64)
        last = np.zeros(link.size, bool)
        last[offset[1:] - 1] = True
        key = here * city.links.first_lane.size + np.concatenate([here[1:], [0]])[: link.size]
        turn = np.minimum(np.searchsorted(keys, key), max(keys.size - 1, 0))
        known = (keys[turn] == key) if keys.size else np.zeros(link.size, bool)
        broken = np.flatnonzero(~known & ~last)
        if broken.size:
            k = int(broken[0])
            a, b = city.links.link_id[int(link[k])], city.links.link_id[int(link[k + 1])]
            raise InputError(f"route: no movement joins link {a} to link {b} ({broken.size} such places)")
        rows = fill(arrays.STOP, link.size, turn=np.where(last, -1, turn))
        rows["pref"] = np.where(last, self._every[link], self.turns["mask"][turn] if keys.size else 0)
        _prefer(rows, self._moves, city.links.length_m[link])
        return rows

    def revisits(self, offset: I64, link: I32) -> I32:
        """For each place of each route: how many places before it the same node was last reached (0 = never)."""
        again = np.zeros(link.size, np.int32)
        _back(offset, self._city.links.to_node[link], again)
        return again

    def free_times(self, offset: I64, link: I32, stops: Table) -> tuple[F64, F64]:
        """Free-flow seconds before and on each link of the routes, for a driver at the limit (junctions included)."""
        on_link = self._link_s[link]
        turn = stops["turn"]
        through = np.where(turn >= 0, self._through_s[turn], 0.0) if self._keys.size else np.zeros(link.size)
        before = np.zeros(link.size)
        _sum_before(offset, on_link + through, before)
        return before, on_link


@entry
def _sum_before(offset: I64, seconds: F64, before: F64) -> None:
    """Sums of each route on its own: the same bits whichever routes come with it."""
    for route in range(offset.size - 1):
        for k in range(offset[route] + 1, offset[route + 1]):
            before[k] = before[k - 1] + seconds[k - 1]


@entry
def _prefer(stops: Table, moves: Moves, length_m: F64) -> None:
    """Narrow each mask to the lanes that lead to suitable lanes of the next link, where that link is short."""
    offset, order, from_bit, to_bit = moves
    for k in range(stops.size - 2, -1, -1):
        turn = stops[k].turn
        if turn < 0 or length_m[k + 1] > PREFER_WITHIN_M:
            continue
        narrow = 0
        for e in range(offset[turn], offset[turn + 1]):
            m = order[e]
            if (stops[k + 1].pref >> to_bit[m]) & 1:
                narrow |= 1 << from_bit[m]
        if narrow != 0:
            stops[k].pref = narrow
            stops[k].hard = length_m[k + 1] < HARD_WITHIN_M


@entry
def _back(offset: I64, node: I32, again: I32) -> None:
    for route in range(offset.size - 1):
        for k in range(offset[route], offset[route + 1] - 1):
            for j in range(k - 1, offset[route] - 1, -1):
                if node[j] == node[k]:
                    again[k] = k - j
                    break
