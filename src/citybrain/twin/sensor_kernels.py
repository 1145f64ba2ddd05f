"""What sensors feel, read off the twin's state: stop lines crossed, detectors covered, probes due.

Crossings are exact: a vehicle's place in its route counts the stop lines behind it, and `moves.passed` says how many
crossed on each path. Only which of several parallel lanes a vehicle left two stop lines ago may be a choice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.twin.arrays import (
    F32,
    I32,
    NEXT_TRIP,
    Table,
    World,
)
from citybrain.twin.jit import entry, inlined, kernel

I16 = NDArray[np.int16]
GONE = -2  # in `seen`: the trip has ended and been reported
STILL_M = 1e-3
NEAR_M = 40.0  # nobody drives farther in a second
SLACK_M = 5.0


class Crossings(NamedTuple):
    """Stop lines crossed, by trip and in the order of its route; all [n]."""

    trip: I32
    stop: I32  # place in the table of stops
    movement: I32


class Loops(NamedTuple):
    """Presence detectors by lane, and what they felt in the present interval."""

    offset: I32  # [n_lanes + 1] into the others
    from_m: F32  # [n_lanes] where vehicles begin to matter, NEAR_M before the first detector
    begin: F32  # upstream end, metres from the lane's start
    end: F32
    covered_s: NDArray[np.float64]
    second_s: F32  # in the last second; more than 1 is felt as 1


# What is remembered of every trip; one record, so that a look at a vehicle is one look at memory.
PAST = np.dtype(
    [
        ("seen", "i4"),  # place in its route when last looked at; -1 = not yet on the road
        ("inside", "i4"),  # scratch: movement that it is on now, -1 = on a lane
        ("key", "i4"),  # stop of the stretch (lane, then junction) on which it was last near a detector
        ("at_m", "f4"),  # how far along that stretch
    ]
)


@entry
def find_crossings(w: World, low: int, past: Table, left: I32, found: Crossings) -> int:
    """Fill `found` with all crossings since the last look; the lowest trip that has not ended.

    `left` [n_movements] are crossings by movement; those booked here are taken off. The movement of a crossing before
    a vehicle's last one stays -1 for `resolve`.
    """
    moves = w.moves
    slots = w.slots
    tracks = w.tracks
    drives = w.drives
    for m in range(moves.size):
        head = tracks[w.n_lanes + m].head
        for s in range(head, head + tracks[w.n_lanes + m].count):
            past[slots[s].veh].inside = m
    n = 0
    lowest = -1
    end = w.counter[NEXT_TRIP]
    for v in range(low, end):
        if past[v].seen != GONE and drives[v].inserted >= 0.0:
            if past[v].seen < 0:
                past[v].seen = drives[v].first_stop
            cursor = drives[v].cursor
            for stop in range(past[v].seen, cursor):
                m = -1
                if stop == cursor - 1:
                    m = past[v].inside if past[v].inside >= 0 else drives[v].came
                    left[m] -= 1
                found.trip[n] = v
                found.stop[n] = stop
                found.movement[n] = m
                n += 1
            past[v].inside = -1
            past[v].seen = GONE if drives[v].arrived >= 0.0 else cursor
        if lowest < 0 and past[v].seen != GONE:
            lowest = v
    return int(end if lowest < 0 else lowest)


@entry
def resolve(w: World, found: Crossings, left: I32, turn_offset: I32, turn_movement: I32) -> None:
    """Give earlier crossings of vehicles that crossed more than one stop line a movement of their turn.

    Best is one that ends on the lane from which the next crossing began.
    """
    moves = w.moves
    stops = w.stops
    for i in range(found.trip.size - 1, -1, -1):
        if found.movement[i] >= 0:
            continue
        turn = stops[found.stop[i]].turn
        lane = moves[found.movement[i + 1]].from_lane
        best = -1
        for e in range(turn_offset[turn], turn_offset[turn + 1]):
            m = turn_movement[e]
            if left[m] > 0 and (best < 0 or moves[m].to_lane == lane):
                best = m
        found.movement[i] = best
        left[best] -= 1


@inlined
def feel(loops: Loops, lane: int, was_m: float, now_m: float, length_m: float, fronts: I32) -> None:
    """Let a vehicle whose front came from `was_m` to `now_m` at even speed cover the detectors of a lane.

    `fronts` [n_loops] counts fronts over the downstream end.
    """
    for e in range(loops.offset[lane], loops.offset[lane + 1]):
        low = loops.begin[e]
        high = loops.end[e] + length_m
        if now_m - was_m < STILL_M:
            if low < now_m < high:
                loops.second_s[e] += 1.0
        elif now_m > low and was_m < high:
            loops.second_s[e] += (min(now_m, high) - max(was_m, low)) / (now_m - was_m)
        if was_m < loops.end[e] <= now_m:
            fronts[e] += 1


@kernel
def feel_behind(w: World, track: int, past: Table, loops: Loops, fronts: I32) -> None:
    """Vehicles that have come, right through the junction, onto this lane within the second were on their last one."""
    moves = w.moves
    tracks = w.tracks
    slots = w.slots
    drives = w.drives
    kinds = w.kinds
    head = tracks[track].head
    for s in range(head + tracks[track].count - 1, head - 1, -1):
        if slots[s].pos > slots[s].speed + SLACK_M:
            return
        v = slots[s].veh
        m = drives[v].came
        if past[v].key != past[v].seen - 1 or past[v].key < 0 or m < 0:
            continue
        lane = moves[m].from_lane
        now_m = tracks[lane].length + tracks[w.n_lanes + m].length + slots[s].pos
        feel(loops, lane, past[v].at_m, now_m, kinds[slots[s].typ].length, fronts)


@kernel
def watch_track(w: World, track: int, past: Table, loops: Loops, fronts: I32) -> None:
    """Let the vehicles of a lane or junction path cover detectors, and remember where they are."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    inside = track >= w.n_lanes
    lane = int(w.moves[track - w.n_lanes].from_lane) if inside else track
    if loops.offset[lane + 1] == loops.offset[lane]:
        return
    ahead_m = tracks[lane].length if inside else np.float32(0.0)
    for s in range(tracks[track].head, tracks[track].head + tracks[track].count):
        now_m = ahead_m + slots[s].pos
        if now_m < loops.from_m[lane]:
            return
        v = slots[s].veh
        key = past[v].seen - (1 if inside else 0)
        was_m = now_m - slots[s].speed
        if past[v].key == key and past[v].at_m > now_m - 2.0 * slots[s].speed - SLACK_M:
            was_m = past[v].at_m
        feel(loops, lane, was_m, now_m, kinds[slots[s].typ].length, fronts)
        past[v].key = key
        past[v].at_m = now_m


@entry
def watch_loops(w: World, past: Table, loops: Loops, fronts: I32) -> None:
    """One second of all detectors; `fronts` [n_loops] gets the vehicles whose front passed each one's end."""
    tracks = w.tracks
    for e in range(fronts.size):
        fronts[e] = 0
        loops.second_s[e] = 0.0
    for track in range(tracks.size):
        if tracks[track].count > 0:
            if track < w.n_lanes:
                feel_behind(w, track, past, loops, fronts)
            watch_track(w, track, past, loops, fronts)
    for e in range(fronts.size):
        loops.covered_s[e] += min(loops.second_s[e], np.float32(1.0))


@entry
def feel_all(loops: Loops, lane: I32, was_m: F32, now_m: F32, length_m: F32, fronts: I32) -> None:
    """Let fronts that came from `was_m` to `now_m` along `lane` [n] within a second cover its detectors.

    `fronts` [n_loops] counts those over the downstream end; what is covered is added to `loops`.
    """
    for e in range(fronts.size):
        fronts[e] = 0
        loops.second_s[e] = 0.0
    for i in range(lane.size):
        feel(loops, lane[i], was_m[i], now_m[i], length_m[i], fronts)
    for e in range(fronts.size):
        loops.covered_s[e] += min(loops.second_s[e], np.float32(1.0))


@entry
def due_probes(w: World, phase: I16, now: int, slot_out: I32, track_out: I32) -> int:
    """Slots and tracks of the vehicles whose `phase` [n_trips] is `now`; how many."""
    tracks = w.tracks
    slots = w.slots
    n = 0
    for track in range(tracks.size):
        for s in range(tracks[track].head, tracks[track].head + tracks[track].count):
            if phase[slots[s].veh] == now:
                slot_out[n] = s
                track_out[n] = track
                n += 1
    return n


__all__ = [
    "GONE",
    "NEAR_M",
    "PAST",
    "Crossings",
    "Loops",
    "due_probes",
    "feel_all",
    "find_crossings",
    "resolve",
    "watch_loops",
]
