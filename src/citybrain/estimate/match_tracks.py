"""Whole tracks onto links, afterwards: the way that is likeliest for all positions together (Viterbi)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F32, F64, I32, I64
from citybrain.estimate.candidates import Near, new_near
from citybrain.estimate.jit import entry, kernel
from citybrain.estimate.match_model import (
    IMPOSSIBLE,
    Columns,
    MatchMap,
    Step,
    across,
    begin,
    emit,
    extend,
    join,
    new_columns,
    stays,
    straight_m,
)
from citybrain.estimate.route_table import Search, clear, find, new_search, path_links, search, write_path
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Probes, Quality

BRIDGE_M = 20_000.0  # longest way looked for where positions are too far apart for the route table
BRIDGE_ENDS = 4  # from so many of the best candidates
ROUNDABOUT, ASIDE_M = 3.0, 1000.0  # ways longer than so many straight lines and so many metres more are not driven
SKIPPED_MAX = 3  # positions left out, one after another, to get past outliers


U64 = NDArray[np.uint64]


class Ways(NamedTuple):
    """The ways of tracks: `link[offset[k]:offset[k + 1]]` is driven in one piece, by `vehicle[k]`."""

    vehicle: U64  # [n]
    offset: I64  # [n + 1]
    link: I32
    start_m: F32  # [n] on the first link
    end_m: F32  # [n] on the last


def match_tracks(city: MatchMap, probes: Probes, bridge_m: float = BRIDGE_M) -> Fixes:
    """Match all reports of each vehicle as one track. Row order: time, then arrival, as that of `match`.

    Rows that are stale, doubled in time or not finite are left out. A position that no link is near, or that only
    an impossible way would reach, has link -1. Where no way of at most `bridge_m` joins two positions, the way is
    broken: the later one has no fix before it.
    """
    fresh = (probes.quality < Quality.STALE) & np.isfinite(probes.x_m) & np.isfinite(probes.y_m)
    rows = np.flatnonzero(fresh & np.isfinite(probes.time_s))
    rows = rows[np.lexsort((rows, probes.time_s[rows], probes.vehicle[rows]))]
    vehicle, time_s = probes.vehicle[rows], probes.time_s[rows]
    new = np.ones(rows.size, np.bool_)
    new[1:] = vehicle[1:] != vehicle[:-1]
    doubled = ~new
    doubled[1:] &= time_s[1:] == time_s[:-1]
    rows, new = rows[~doubled], new[~doubled]
    first = np.append(np.flatnonzero(new), rows.size)
    columns = new_columns(int(np.diff(first).max(initial=0)), int(city.laws.candidates))
    track = Track(probes.time_s[rows], probes.x_m[rows], probes.y_m[rows])
    found = _tracks(city, columns, first, track, float(bridge_m))
    return _in_order(probes, rows, found)


def ways_of(fixes: Fixes) -> Ways:
    """Put the ways between the fixes of each vehicle together; a broken way is several."""
    rows = np.flatnonzero(fixes.link >= 0)
    rows = rows[np.lexsort((fixes.time_s[rows], fixes.vehicle[rows]))]
    starts = np.isnan(fixes.last_time_s[rows])
    piece = np.cumsum(starts) - 1
    skip = np.where(starts, 0, 1)  # the first link of a way is the last of the way before
    begin_at, end_at = fixes.way_offset[rows] + skip, fixes.way_offset[rows + 1]
    lengths = end_at - begin_at
    at = np.arange(lengths.sum()) + np.repeat(begin_at - np.cumsum(lengths) + lengths, lengths)
    n = int(starts.sum())
    offset = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(piece, lengths, n).astype(np.int64), out=offset[1:])
    last = np.append(np.flatnonzero(starts)[1:] - 1, rows.size - 1)[:n]
    position = fixes.position_m[rows]
    return Ways(fixes.vehicle[rows][starts], offset, fixes.way_link[at], position[starts], position[last])


class Track(NamedTuple):
    """The reports of one vehicle in the order of their times."""

    time_s: F64
    x_m: F64
    y_m: F64


class Desk(NamedTuple):
    """Room to work on one track of up to [rows] reports."""

    columns: Columns
    came: I32  # [rows] the row before on the way; -1 = a way begins here
    chosen: I32  # [rows] candidate on the likeliest way; -1 = none
    room: Search
    near: Near
    bridge_m: float


Found = tuple[I32, F32, F64, F32, I64, I32]


def _in_order(probes: Probes, rows: I64, found: Found) -> Fixes:
    """Fixes by time and arrival of what was found by vehicle."""
    link, position_m, last_time_s, last_position_m, offset, way = found
    order = np.lexsort((rows, probes.time_s[rows]))
    lengths = np.diff(offset)[order]
    ways = np.zeros(order.size + 1, np.int64)
    np.cumsum(lengths, out=ways[1:])
    at = np.arange(ways[-1]) + np.repeat(offset[:-1][order] - ways[:-1], lengths)
    taken = rows[order]
    return Fixes(
        *(probes.time_s[taken], probes.vehicle[taken], link[order], position_m[order], probes.speed_mps[taken]),
        *(last_time_s[order], last_position_m[order], ways, way[at]),
    )


@entry
def _tracks(city: MatchMap, columns: Columns, first: I64, rows: Track, bridge_m: float) -> Found:
    """Match tracks `first[k]:first[k + 1]` one after another."""
    n, longest = rows.time_s.size, columns.n.size
    link, position = np.full(n, -1, np.int32), np.full(n, np.nan, np.float32)
    last_time, last_position = np.full(n, np.nan), np.full(n, np.nan, np.float32)
    offset, way = np.zeros(n + 1, np.int64), np.empty(4 * n + 64, np.int32)
    came, chosen = np.full(longest, -1, np.int32), np.full(longest, -1, np.int32)
    desk = Desk(columns, came, chosen, new_search(city.graph), new_near(), bridge_m)
    for k in range(first.size - 1):
        low, high = first[k], first[k + 1]
        _forward(city, desk, Track(rows.time_s[low:high], rows.x_m[low:high], rows.y_m[low:high]))
        _backward(desk, high - low)
        for r in range(low, high):
            here = r - low
            offset[r + 1] = offset[r]
            if chosen[here] < 0:
                continue
            link[r] = columns.link[here, chosen[here]]
            position[r] = min(columns.position_m[here, chosen[here]], city.graph.link_m[link[r]])
            if came[here] >= 0:
                before = low + came[here]
                last_time[r], last_position[r] = rows.time_s[before], position[before]
            way, offset[r + 1] = _write(city, desk, here, way, offset[r])
    return link, position, last_time, last_position, offset, way[: offset[n]].copy()


@kernel
def _forward(city: MatchMap, desk: Desk, track: Track) -> None:
    """Likeliest ways to every candidate of a track.

    Rows that cannot be joined are passed over as outliers if one of the next can; else a new way begins at the first.
    """
    columns, n = desk.columns, track.time_s.size
    r, before, missed, first_missed = 0, -1, 0, 0
    while r < n:
        desk.came[r] = -1
        if emit(city, columns, r, track.x_m[r], track.y_m[r], desk.near) == 0:
            r += 1
            continue
        if before < 0:
            begin(city, columns, r)
        elif _reach(city, desk, Step(before, r, track.time_s[r] - track.time_s[before])):
            desk.came[r] = before
        elif missed < SKIPPED_MAX and r + 1 < n:
            columns.n[r] = 0
            first_missed = r if missed == 0 else first_missed
            missed, r = missed + 1, r + 1
            continue
        else:
            r = first_missed if missed else r
            emit(city, columns, r, track.x_m[r], track.y_m[r], desk.near)
            begin(city, columns, r)
        before, missed, r = r, 0, r + 1


@kernel
def _backward(desk: Desk, n: int) -> None:
    """The candidate of each row on the likeliest way; -1 = none."""
    desk.chosen[:n] = -1
    for r in range(n - 1, -1, -1):
        if desk.columns.n[r] == 0:
            continue
        desk.chosen[r] = max(desk.chosen[r], 0)
        if desk.came[r] >= 0:
            desk.chosen[desk.came[r]] = desk.columns.back[r, desk.chosen[r]]


@kernel
def _reach(city: MatchMap, desk: Desk, step: Step) -> bool:
    """Join two rows by the route table, or by searching the streets; False where both fail."""
    columns, room = desk.columns, desk.room
    if extend(city, columns, step):
        return True
    bound_m = min(desk.bridge_m, ROUNDABOUT * straight_m(columns, step, 0, 0) + ASIDE_M)
    if bound_m <= city.routes.bound_m:
        return False
    n = columns.n[step.row]
    best, origin = np.full(n, IMPOSSIBLE), np.full(n, -1, np.int32)
    for a in range(min(columns.n[step.before], BRIDGE_ENDS)):
        reached = search(city.graph, columns.link[step.before, a], bound_m, room)
        for b in range(n):
            j = columns.link[step.row, b]
            if room.cost_m[j] < np.inf:
                value = columns.score[step.before, a]
                value += across(city, columns, step, a, b, room.cost_m[j], room.time_s[j])
                if value > best[b]:
                    best[b], origin[b] = value, a
        clear(room, reached)
    return join(city, columns, step.row, best, origin)


@kernel
def _write(city: MatchMap, desk: Desk, here: int, way: I32, at: int) -> tuple[I32, int]:
    """Append the way to row `here` since the row that it came from; the list, grown if need be, and its end."""
    columns, before = desk.columns, desk.came[here]
    j, q = columns.link[here, desk.chosen[here]], columns.position_m[here, desk.chosen[here]]
    i, p = j, q
    if before >= 0:
        i, p = columns.link[before, desk.chosen[before]], columns.position_m[before, desk.chosen[before]]
    if stays(city, i, p, j, q):
        way = _with_room(way, at, 1)
        way[at] = j
        return way, at + 1
    entry = find(city.routes, i, j)
    if entry >= 0:
        way = _with_room(way, at, path_links(city.routes, i, entry))
        return way, write_path(city.routes, i, entry, way, at)
    return _write_bridge(city, desk, i, j, way, at)


@kernel
def _write_bridge(city: MatchMap, desk: Desk, i: int, j: int, way: I32, at: int) -> tuple[I32, int]:
    """Append the way between two links that the route table does not join."""
    room = desk.room
    reached = search(city.graph, i, desk.bridge_m, room)
    n, k = 2, room.before[j]
    while k >= 0:
        n, k = n + 1, room.before[k]
    way = _with_room(way, at, n)
    way[at], k = i, j
    for place in range(at + n - 1, at, -1):
        way[place] = k
        k = room.before[k]
    clear(room, reached)
    return way, at + n


@kernel
def _with_room(way: I32, used: int, more: int) -> I32:
    """The list with room for more links."""
    if used + more <= way.size:
        return way
    grown = np.empty(2 * way.size + more, np.int32)
    grown[:used] = way[:used]
    return grown
