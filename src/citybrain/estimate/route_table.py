"""Shortest ways between links, worked out once: bounded in metres, looked up in nanoseconds by the matching of probes.

The table is that of Yang & Gidófalvi, "Fast map matching" (IJGIS 2018; there UBODT), on links instead of nodes, so that
a way only turns where a movement exists. A row holds all links that can be reached from one link's end within the
bound; the way itself is walked back from its end along `before`, inside the same row.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city._heap import _pop, _push
from citybrain.city.model import F64, I32, I64, Bool, City, Turn, VehicleClass
from citybrain.errors import InputError, LimitError
from citybrain.estimate.jit import entry, inlined, kernel

BOUND_M = 2000.0
UTURN_M = 150.0  # what turning round at a junction counts beyond its length: drivers seldom do it
ENTRIES_MAX = 40_000_000  # of 24 bytes: 0.9 GiB
ENTRY = np.dtype([("target", "i4"), ("before", "i4"), ("cost_m", "f4"), ("time_s", "f4")])
Entries = NDArray[Any]  # of ENTRY
_MAGIC = b"CBRT0002"
_HEAD = struct.Struct("<8sdqq16sI")


class LinkGraph(NamedTuple):
    """Which link leads to which, for a set of vehicle classes: arcs by their start, in order of their end."""

    offset: I64  # [n_links + 1]
    head: I32  # [n_arcs] the link that is entered
    arc_m: F64  # [n_arcs] metres between the two links, turning round counted as UTURN_M more
    arc_s: F64  # [n_arcs] seconds inside the junction, nobody in the way
    straight: Bool  # [n_arcs] the arc does not turn round
    link_m: F64  # [n_links]
    link_s: F64  # [n_links] free flow
    is_open: Bool  # [n_links] some lane admits one of the classes


class RouteTable(NamedTuple):
    """Row i, `entry[row[i]:row[i + 1]]`, holds the links reached from the end of link i.

    A row is an open-addressing hash of its own, 1.5 places a link: one look is one line of the CPU's cache. An entry
    holds `target`, the link reached (-1 = free); `before`, the place in the row of the link driven just before it
    (-1 = it is link i itself); `cost_m` from the end of i to the start of `target` (see LinkGraph.arc_m); and
    `time_s` of the same way at free flow.
    """

    bound_m: float
    row: I64  # [n_links + 1]
    entry: Entries

    @property
    def nbytes(self) -> int:
        return int(self.row.nbytes + self.entry.nbytes)

    @property
    def n_ways(self) -> int:
        """Pairs of links that a way of at most `bound_m` joins."""
        return int((self.entry["target"] >= 0).sum())


def link_graph(city: City, classes: VehicleClass = VehicleClass.MOTOR, uturn_m: float = UTURN_M) -> LinkGraph:
    """The city's links and the shortest movement between each two that are joined, for any of the classes."""
    lanes, moves, links = city.lanes, city.movements, city.links
    allowed = (lanes.allowed & np.uint16(classes)) != 0
    use = allowed[moves.from_lane] & allowed[moves.to_lane]
    begin, end = lanes.link[moves.from_lane][use], lanes.link[moves.to_lane][use]
    turns = moves.turn[use] == Turn.UTURN
    metres = moves.length_m[use] + np.where(turns, uturn_m, 0.0)
    order = np.lexsort((metres, end, begin))
    begin, end, metres = begin[order], end[order], metres[order]
    first = np.ones(begin.size, np.bool_)
    first[1:] = (begin[1:] != begin[:-1]) | (end[1:] != end[:-1])
    seconds = (moves.length_m[use] / np.maximum(moves.speed_mps[use], 0.1))[order]
    n = links.length_m.size
    offset = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(begin[first], minlength=n), out=offset[1:])
    is_open = np.zeros(n, np.bool_)
    is_open[lanes.link[allowed]] = True
    return LinkGraph(
        *(offset, end[first].astype(np.int32), metres[first], seconds[first], ~turns[order][first]),
        *(links.length_m.copy(), links.length_m / np.maximum(links.speed_mps, 0.1), is_open),
    )


def build_route_table(graph: LinkGraph, bound_m: float = BOUND_M, entries_max: int = ENTRIES_MAX) -> RouteTable:
    """All shortest ways of at most `bound_m` between the end of one link and the start of another (O(ways · log)).

    Raises InputError for a bound that is no positive length, LimitError where more than `entries_max` ways (24 bytes
    each) would be needed: take a smaller bound.
    """
    if not 0.0 < bound_m < 1e7:
        raise InputError(f"bound_m = {bound_m:g}: expected metres above 0 and below 1e7")
    row, entry, full = _rows(graph, float(bound_m), int(entries_max), np.zeros(0, ENTRY))
    if full:
        raise LimitError(
            f"ways of {bound_m:g} m between {graph.link_m.size} links exceed the limit entries_max = {entries_max}; "
            "take a smaller bound_m"
        )
    return RouteTable(float(bound_m), row, entry)


def cost_m(table: RouteTable, origin: int, destination: int) -> float:
    """Metres from the end of one link to the start of another; inf = beyond the bound."""
    return _look_up(table, origin, destination)[0]


def path(table: RouteTable, origin: int, destination: int) -> I32:
    """Links of the way in driving order, both ends included; empty = beyond the bound."""
    return _look_up(table, origin, destination)[1]


def to_bytes(table: RouteTable, graph: LinkGraph) -> bytes:
    """The table as bytes to keep; they know which graph they belong to."""
    body = table.row.tobytes() + table.entry.tobytes()
    digest = _digest(graph)
    return _HEAD.pack(_MAGIC, table.bound_m, table.row.size, table.entry.size, digest, zlib.crc32(body)) + body


def from_bytes(data: bytes, graph: LinkGraph) -> RouteTable:
    """The table that `to_bytes` gave. Raises InputError where the bytes are damaged or of another city."""
    if len(data) < _HEAD.size:
        raise InputError(f"route table: {len(data)} bytes; expected at least {_HEAD.size}")
    magic, bound_m, n, entries, digest, crc = _HEAD.unpack_from(data)
    if magic != _MAGIC or n != graph.offset.size or digest != _digest(graph):
        raise InputError("route table: made for another city or version; expected one of this graph")
    rows = 8 * n
    if len(data) != _HEAD.size + rows + ENTRY.itemsize * entries or zlib.crc32(data[_HEAD.size :]) != crc:
        raise InputError("route table: damaged bytes; build it again")
    row = np.frombuffer(data, np.int64, n, _HEAD.size).copy()
    return RouteTable(bound_m, row, np.frombuffer(data, ENTRY, entries, _HEAD.size + rows).copy())


def _digest(graph: LinkGraph) -> bytes:
    import hashlib

    found = hashlib.blake2b(digest_size=16)
    for array in graph:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.digest()


@inlined
def find(table: RouteTable, origin: int, destination: int) -> int:
    """Entry of a pair of links, or -1."""
    first = table.row[origin]
    size = table.row[origin + 1] - first
    if size == 0:
        return -1
    at = first + _home(destination, size)
    while table.entry[at].target >= 0:
        if table.entry[at].target == destination:
            return at
        at = at + 1 if at + 1 < first + size else first
    return -1


@inlined
def _home(link: int, size: int) -> int:
    """Where in a row of `size` places a link belongs."""
    return (((link * 2654435761) & 0xFFFFFFFF) * size) >> 32


@inlined
def path_links(table: RouteTable, origin: int, entry: int) -> int:
    """Number of links on an entry's way, both ends included."""
    n, first = 2, table.row[origin]
    while table.entry[entry].before >= 0:
        entry = first + table.entry[entry].before
        n += 1
    return n


@inlined
def write_path(table: RouteTable, origin: int, entry: int, out: I32, at: int) -> int:
    """Write the links of an entry's way into `out` from `at` on; the end of what was written."""
    first = table.row[origin]
    end = at + path_links(table, origin, entry)
    out[at] = origin
    k = end - 1
    out[k] = table.entry[entry].target
    while table.entry[entry].before >= 0:
        entry = first + table.entry[entry].before
        k -= 1
        out[k] = table.entry[entry].target
    return end


@entry
def _look_up(table: RouteTable, origin: int, destination: int) -> tuple[float, I32]:
    found = find(table, origin, destination)
    if found < 0:
        return np.inf, np.empty(0, np.int32)
    out = np.empty(path_links(table, origin, found), np.int32)
    write_path(table, origin, found, out, 0)
    return np.float64(table.entry[found].cost_m), out


class Search(NamedTuple):
    """Room for one search from a link: what it reached, and how. Made once, used many times."""

    cost_m: F64  # [n_links] inf = not reached
    time_s: F64
    before: I32  # [n_links] the link before; -1 = the origin
    reached: I32  # [n_links] the links settled, nearest first
    key: F64  # heap
    item: I32


@kernel
def new_search(graph: LinkGraph) -> Search:
    """Room for searches in a graph."""
    n, m = graph.link_m.size, graph.head.size
    cost = np.full(n, np.inf)
    time = np.zeros(n)
    before = np.full(n, -1, np.int32)
    return Search(cost, time, before, np.empty(n, np.int32), np.empty(m + 1), np.empty(m + 1, np.int32))


@inlined
def search(graph: LinkGraph, origin: int, bound_m: float, room: Search) -> int:
    """Settle all links whose start is within `bound_m` of the origin's end (Dijkstra); how many.

    The origin itself is reached only by coming round to it again. `clear` must follow before the next search.
    """
    size = 0
    for a in range(graph.offset[origin], graph.offset[origin + 1]):
        size = _relax(graph, room, size, a, 0.0, 0.0, -1, bound_m)
    n = 0
    while size > 0:
        value, link = room.key[0], room.item[0]
        size = _pop(room.key, room.item, size)
        if value > room.cost_m[link]:
            continue
        room.reached[n] = link
        n += 1
        if link == origin:
            continue
        base_m, base_s = value + graph.link_m[link], room.time_s[link] + graph.link_s[link]
        for a in range(graph.offset[link], graph.offset[link + 1]):
            size = _relax(graph, room, size, a, base_m, base_s, link, bound_m)
    return n


@inlined
def _relax(
    graph: LinkGraph, room: Search, size: int, arc: int, base_m: float, base_s: float, before: int, bound_m: float
) -> int:
    link, value = graph.head[arc], base_m + graph.arc_m[arc]
    if value > bound_m or value >= room.cost_m[link]:
        return size
    room.cost_m[link] = value
    room.time_s[link] = base_s + graph.arc_s[arc]
    room.before[link] = before
    return _push(room.key, room.item, size, value, link)


@inlined
def clear(room: Search, n: int) -> None:
    """Forget a search that settled `n` links."""
    for k in range(n):
        room.cost_m[room.reached[k]] = np.inf


@entry
def _rows(graph: LinkGraph, bound_m: float, entries_max: int, empty: Entries) -> tuple[I64, Entries, bool]:
    n_links = graph.link_m.size
    room = new_search(graph)
    place = np.full(n_links, -1, np.int32)
    row = np.zeros(n_links + 1, np.int64)
    table = np.empty(96 * n_links + 1024, empty.dtype)
    used, ways = 0, 0
    for i in range(n_links):
        n = search(graph, i, bound_m, room)
        ways += n
        if ways > entries_max:
            return row, empty, True
        size = n + n // 2 + 1 if n else 0
        if used + size > table.size:
            grown = np.empty(2 * table.size + size, empty.dtype)
            grown[:used] = table[:used]
            table = grown
        _fill_row(table[used : used + size], room, place, n)
        clear(room, n)
        used += size
        row[i + 1] = used
    return row, table[:used].copy(), False


@inlined
def _fill_row(row: Entries, room: Search, place: I32, n: int) -> None:
    """Put what a search reached into a row, the nearest first: they are found at the first look most often."""
    for k in range(row.size):
        row[k].target, row[k].before = -1, -1
        row[k].cost_m, row[k].time_s = 0.0, 0.0  # the same bytes each time
    for k in range(n):
        link = room.reached[k]
        at = _home(link, row.size)
        while row[at].target >= 0:
            at = at + 1 if at + 1 < row.size else 0
        place[link] = at
        before = room.before[link]  # nearer, so it has its place already
        row[at].target = link
        row[at].before = place[before] if before >= 0 else -1
        row[at].cost_m, row[at].time_s = room.cost_m[link], room.time_s[link]
