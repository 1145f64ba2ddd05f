"""Probes onto links, as they report: each position extends its vehicle's likeliest way by one step.

The published place is the best one for all positions so far (fixed lag 0). Later positions may show that an earlier
place was wrong; the way given with a fix therefore starts at the place before as it is seen now.
"""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F32, F64, I32, I64, Bool
from citybrain.estimate.candidates import Near, new_near
from citybrain.estimate.jit import entry, inlined, kernel
from citybrain.estimate.match_model import MatchMap, Step, begin, copy_row, emit, extend, stays
from citybrain.estimate.match_state import (
    BROKEN,
    INVALID,
    MATCHED,
    OFF_MAP,
    STALE,
    U64,
    UNREMEMBERED,
    MatchState,
    forget,
    place_of,
    remember,
)
from citybrain.estimate.route_table import find, path_links, write_path
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Probes, Quality

SWEEPS = 4  # the silent are looked for so many times within the time after which they are forgotten


def match(city: MatchMap, state: MatchState, probes: Probes) -> Fixes:
    """Match a batch of reports of any number of vehicles; the state goes on from here (changed in place).

    Reports that are not later than the last one matched of the same vehicle, and those marked stale or unknown, are
    left out and counted in `state.counts`, as are those whose numbers are not finite. A report far from all links has
    link -1 and an empty way, and its vehicle goes on from the report before. Row order: time, then arrival.
    """
    n = probes.time_s.size
    order = np.argsort(probes.time_s, kind="stable")
    finite = np.isfinite(probes.time_s) & np.isfinite(probes.x_m) & np.isfinite(probes.y_m)
    fresh = probes.quality < Quality.STALE
    state.counts[INVALID] += int((~finite).sum())
    state.counts[STALE] += int((finite & ~fresh).sum())
    order = order[(finite & fresh)[order]]
    time_s, vehicle = probes.time_s[order], probes.vehicle[order]
    done, link, position_m, last_time_s, last_position_m, offset, way = _match(
        city, state, time_s, vehicle, probes.x_m[order], probes.y_m[order], min(n, 1 << 30)
    )
    speed_mps = probes.speed_mps[order][done]
    return Fixes(
        *(time_s[done], vehicle[done], link[done], position_m[done], speed_mps, last_time_s[done]),
        *(last_position_m[done], np.concatenate([offset[:-1][done], offset[-1:]]), way),
    )


Found = tuple[Bool, I32, F32, F64, F32, I64, I32]


@entry
def _match(city: MatchMap, state: MatchState, time_s: F64, vehicle: U64, x_m: F64, y_m: F64, room: int) -> Found:
    """Match reports in the order of their times; see Fixes. The first column tells which were taken."""
    n = time_s.size
    done, link = np.zeros(n, np.bool_), np.full(n, -1, np.int32)
    position_m, last_position_m = np.full(n, np.nan, np.float32), np.full(n, np.nan, np.float32)
    last_time_s, offset = np.full(n, np.nan), np.zeros(n + 1, np.int64)
    way, near = np.empty(4 * room + 64, np.int32), new_near()
    desk = state.vehicle.size
    for r in range(n):
        offset[r + 1] = offset[r]
        if time_s[r] - state.swept_s[0] >= city.laws.silence_s / SWEEPS:
            forget(state, time_s[r] - city.laws.silence_s)
            state.swept_s[0] = time_s[r]
        slot = state.table[place_of(state, vehicle[r])]
        if slot >= 0 and time_s[r] <= state.time_s[slot]:
            state.counts[STALE] += 1
            continue
        done[r] = True
        joined = _take(city, state, slot, time_s[r], x_m[r], y_m[r], near)
        if state.columns.n[desk] == 0:
            state.counts[OFF_MAP] += 1
            continue
        state.counts[MATCHED] += 1
        link[r] = state.columns.link[desk, 0]
        position_m[r] = min(state.columns.position_m[desk, 0], city.graph.link_m[link[r]])
        if joined:
            before = state.columns.back[desk, 0]
            last_time_s[r] = state.time_s[slot]
            last_link = state.columns.link[slot, before]
            last_position_m[r] = min(state.columns.position_m[slot, before], city.graph.link_m[last_link])
        way = _write_way(city, state, slot if joined else -1, way, offset, r)
        _keep(state, slot, vehicle[r], time_s[r])
    return done, link, position_m, last_time_s, last_position_m, offset, way[: offset[n]].copy()


@kernel
def _take(city: MatchMap, state: MatchState, slot: int, time_s: float, x_m: float, y_m: float, near: Near) -> bool:
    """Put a report on the desk; True where it was joined to the vehicle's way."""
    desk = state.vehicle.size
    if emit(city, state.columns, desk, x_m, y_m, near) == 0:
        return False
    if slot >= 0:
        if extend(city, state.columns, Step(slot, desk, time_s - state.time_s[slot])):
            return True
        state.counts[BROKEN] += 1
    begin(city, state.columns, desk)
    return False


@kernel
def _write_way(city: MatchMap, state: MatchState, slot: int, way: I32, offset: I64, r: int) -> I32:
    """Append the way of the report on the desk since the one in the slot; the list, grown where it was too short."""
    desk, columns, at = state.vehicle.size, state.columns, offset[r]
    j, q = columns.link[desk, 0], columns.position_m[desk, 0]
    entry, i = -1, j
    if slot >= 0:
        before = columns.back[desk, 0]
        i = columns.link[slot, before]
        if not stays(city, i, columns.position_m[slot, before], j, q):
            entry = find(city.routes, i, j)
    needed = path_links(city.routes, i, entry) if entry >= 0 else 1
    if at + needed > way.size:
        grown = np.empty(2 * way.size + needed, np.int32)
        grown[:at] = way[:at]
        way = grown
    if entry >= 0:
        write_path(city.routes, i, entry, way, at)
    else:
        way[at] = j
    offset[r + 1] = at + needed
    return way


@inlined
def _keep(state: MatchState, slot: int, vehicle: int, time_s: float) -> None:
    """What is on the desk becomes what is known of the vehicle."""
    if slot < 0:
        slot = remember(state, vehicle)
    if slot < 0:
        state.counts[UNREMEMBERED] += 1
        return
    state.time_s[slot] = time_s
    copy_row(state.columns, state.vehicle.size, slot)
