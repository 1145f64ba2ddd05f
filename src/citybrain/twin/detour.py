"""Closing lanes in a running twin, and what it means to drivers.

Those whose way a closure bars take the fastest one that is left, by the links' mean times so far. Trips that have not
begun and have no way left, or would begin on a closed link, are lost; those under way end before the closure. Whoever
is on a closed lane already drives on to its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, VehicleClass
from citybrain.city.routing import RouteGraph, Tree, tree_to
from citybrain.errors import InputError
from citybrain.twin.arrays import NEXT_TRIP, Table
from citybrain.twin.figures import link_history
from citybrain.twin.live_routes import Chosen
from citybrain.twin.memory import occupied_slots, slot_tracks
from citybrain.twin.observe import lane_needs
from citybrain.twin.twin import Twin

I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Closed:
    """A fork with closed lanes. Trips are rows of the twin's demand."""

    twin: Twin
    detoured: I64  # they take another way
    lost: I64  # they have not begun, and are not to begin
    cut: I64  # they end before the closure


def close_lanes(twin: Twin, lanes: I64) -> Closed:
    """A fork in which nobody enters these lanes [rows of the city's lanes] any more. Raises InputError for others."""
    if lanes.size and not 0 <= int(lanes.min()) <= int(lanes.max()) < twin.city.lanes.link.size:
        raise InputError(f"lanes {lanes.tolist()}: the city has {twin.city.lanes.link.size}")
    fork = twin.fork()
    tables = fork.memory.tables
    tables["lanes"]["allowed"][lanes] = 0
    fork._wake()
    return _Detours(fork).taken() if lanes.size else Closed(fork, *(np.zeros(0, np.int64),) * 3)


class _Detours:
    """Finds the ways of all trips of a fork whose lanes have just been closed, and gives them to the drivers."""

    def __init__(self, fork: Twin) -> None:
        self.fork = fork
        city, m = fork.city, fork.memory
        allowed = city.lanes.allowed.copy()
        allowed[m.tables["lanes"]["allowed"] == 0] = 0
        self.open_city = replace(city, lanes=replace(city.lanes, allowed=allowed))
        self.shut_link = np.bincount(city.lanes.link, allowed != 0, city.links.first_lane.size) == 0
        self.turns, self.drives, self.trips = m.constants["turns"], m.tables["drives"], m.constants["trips"]
        self.stops = m.constants["stops"][: fork._pool.used]
        self.bits = m.constants["kinds"]["bits"][self.trips["typ"]]
        self.cost_s = _link_times_s(fork)
        self._graphs: dict[int, RouteGraph] = {}
        self._trees: dict[tuple[int, int], Tree] = {}
        self.link = self._links_of_stops()

    def _links_of_stops(self) -> NDArray[np.int32]:
        """The link that each row of the table of stops stands for."""
        link = np.full(self.stops.size, -1, np.int32)
        turn = self.stops["turn"][:-1]
        link[1:] = np.where(turn >= 0, self.turns["to"][turn], -1)
        link[self.drives["first_stop"]] = self.trips["first_link"]
        return link

    def taken(self) -> Closed:
        """Find and give."""
        barred, stop, end = self._barred()
        ways = [self._way(trip, int(stop[trip]), int(end[trip])) for trip in barred.tolist()]
        ahead = barred >= int(self.fork.counters[NEXT_TRIP])
        whole = np.array([way[1] for way in ways], bool)
        lost = barred[ahead & ~whole]
        change = ~(ahead & ~whole)
        trips = barred[change]
        self._give(trips, [way[0] for way, kept in zip(ways, change, strict=True) if kept], stop[trips])
        if self.fork._live is not None:
            self.fork._live = self.fork._live.on(self.open_city)
        return Closed(self.fork, barred[whole], lost, barred[~ahead & ~whole])

    def _barred(self) -> tuple[I64, I64, I64]:
        """Trips whose way leads through a closure; where each trip is, and where it ends, in the table of stops."""
        moves = self.fork.city.movements
        allowed = self.open_city.lanes.allowed
        usable = (allowed[moves.from_lane] != 0) & (allowed[moves.to_lane] != 0)
        turn_of = self.fork.memory.tables["moves"]["turn"]
        is_open = np.bincount(turn_of, usable, self.turns.size) > 0
        turn = self.stops["turn"]
        shut = np.concatenate([[0], np.cumsum((turn >= 0) & ~is_open[turn])])
        places = np.arange(turn.size)
        ends = np.minimum.accumulate(np.where(turn < 0, places, turn.size - 1)[::-1])[::-1]
        began, arrived = self.drives["inserted"] >= 0.0, self.drives["arrived"] >= 0.0
        stop = np.where(began, self.drives["cursor"], self.drives["first_stop"]).astype(np.int64)
        end = ends[stop]
        on_shut = began & self.shut_link[self.link[stop]] & (stop < end)
        stop = stop + on_shut  # who is on a closed link leaves it by the way he meant to
        begins_shut = ~began & self.shut_link[self.link[stop]]
        found = ~arrived & ((shut[end] > shut[stop]) | begins_shut)
        return np.flatnonzero(found), stop, end

    def _way(self, trip: int, stop: int, end: int) -> tuple[list[int], bool]:
        """Links of a trip from where it is on, and whether they lead to its end."""
        links = self.link[stop : end + 1]
        tree = self._tree(int(links[-1]), int(self.bits[trip]))
        here = int(links[0])
        if np.isfinite(tree.cost_s[here]) and not self.shut_link[links[-1]] and not self.shut_link[here]:
            found = [here]
            while tree.step[found[-1]] >= 0:
                found.append(int(tree.step[found[-1]]))
            return found, True
        return links[: self._open_so_far(links)].tolist(), False

    def _open_so_far(self, links: NDArray[np.int32]) -> int:
        """How many links of a way can be driven before the closure; the first one in any case."""
        graph = self._graph(int(VehicleClass.ALL))
        for k in range(links.size - 1):
            a = int(links[k])
            if links[k + 1] not in graph.out_link[graph.out_offset[a] : graph.out_offset[a + 1]]:
                return k + 1
        return int(links.size)

    def _graph(self, bits: int) -> RouteGraph:
        if bits not in self._graphs:
            self._graphs[bits] = RouteGraph.from_city(self.open_city, VehicleClass(bits))
        return self._graphs[bits]

    def _tree(self, link: int, bits: int) -> Tree:
        if (link, bits) not in self._trees:
            self._trees[link, bits] = tree_to(self._graph(bits), link, self.cost_s)
        return self._trees[link, bits]

    def _give(self, trips: I64, tails: list[list[int]], stop: I64) -> None:
        """Put whole routes, what has been driven included, behind those that are known, and drivers onto them."""
        first = self.drives["first_stop"][trips].astype(np.int64)
        places = zip(first.tolist(), stop.tolist(), tails, strict=True)
        rows = [[*self.link[a:b].tolist(), *tail] for a, b, tail in places]
        offset = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
        link = np.array([one for row in rows for one in row], np.int32)
        began = self.drives["inserted"][trips] >= 0.0
        behind = self.drives["cursor"][trips] - first
        if trips.size:
            self.fork._choose_routes(Chosen(trips, offset, link))
        self.drives["cursor"][trips[began]] = (self.drives["first_stop"][trips] + behind)[began]
        _refresh(self.fork, trips[began])


def _refresh(twin: Twin, trips: I64) -> None:
    """Let drivers under way look at their routes again."""
    tables, stops = twin.memory.tables, twin.memory.constants["stops"]
    slots, tracks = occupied_slots(tables["tracks"]), slot_tracks(tables["tracks"])
    mine = np.isin(tables["slots"]["veh"][slots], trips)
    slots, tracks = slots[mine], tracks[mine]
    cursor = tables["drives"]["cursor"][tables["slots"]["veh"][slots]]
    rows: Table = stops[cursor]
    after = stops["pref"][np.minimum(cursor + 1, stops.size - 1)]
    columns = tables["slots"]
    columns["turn"][slots], columns["pref"][slots], columns["hard"][slots] = rows["turn"], rows["pref"], rows["hard"]
    columns["pref2"][slots] = np.where(rows["turn"] >= 0, after, 0)
    lane_needs(twin.memory.world, slots[tracks < twin.memory.scalars[0]], tracks[tracks < twin.memory.scalars[0]])


def _link_times_s(twin: Twin) -> NDArray[np.float32]:
    """[n_links] mean seconds on every link so far; free flow where nobody has left it."""
    city: City = twin.city
    free_s = city.links.length_m / np.maximum(city.links.speed_mps, 0.1)
    speed = link_history(city, twin.memory).speed_mps
    seen = np.isfinite(speed) & (speed > 0.0)
    taken_s = city.links.length_m / np.where(seen, np.maximum(speed, 0.1), 1.0)
    return np.where(seen, np.maximum(taken_s, free_s), free_s).astype(np.float32)
