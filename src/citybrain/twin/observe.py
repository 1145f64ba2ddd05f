"""What can be read off the state: counts by lane and by movement, and every vehicle's place."""

from __future__ import annotations

import numpy as np

from citybrain.records.readings import HALTED_MPS, NEAR_M
from citybrain.twin.arrays import F32, I32, I64, World
from citybrain.twin.jit import entry, inlined, kernel
from citybrain.twin.move import lane_need

STOP_LINE_M = 3.0  # a front bumper this near to the line covers the stop-line detector
DEPTH = 8  # tracks looked at upstream of one lane


@entry
def count_lanes(w: World, count: I32, queue: I32) -> None:
    """Vehicles on each lane, and those of them that stand."""
    tracks = w.tracks
    slots = w.slots
    for lane in range(w.n_lanes):
        count[lane] = tracks[lane].count
        q = 0
        for s in range(tracks[lane].head, tracks[lane].head + tracks[lane].count):
            if slots[s].speed < HALTED_MPS:
                q += 1
        queue[lane] = q


@inlined
def count_track(w: World, track: int, reach: float, link: int, found: I32) -> None:
    """Add to `found` (count, queue) the vehicles within `reach` of the track's end that go to `link` (-1 = any)."""
    tracks = w.tracks
    slots = w.slots
    turns = w.turns
    edge = tracks[track].length - reach
    for s in range(tracks[track].head, tracks[track].head + tracks[track].count):
        if slots[s].pos < edge:
            return
        if link >= 0 and (slots[s].turn < 0 or turns[slots[s].turn].to != link):
            continue
        found[0] += 1
        if slots[s].speed < HALTED_MPS:
            found[1] += 1


@kernel
def count_upstream(w: World, lane: int, reach: float, found: I32) -> None:
    """Vehicles beyond the start of a short lane: on the junction paths into it and on the lanes before them."""
    tracks = w.tracks
    lanes = w.lanes
    moves = w.moves
    ins = w.ins
    todo = np.empty(DEPTH, np.int32)
    left = np.empty(DEPTH, np.float32)
    todo[0] = lane
    left[0] = reach
    n = 1
    i = 0
    while i < n:
        to = todo[i]
        for e in range(lanes[to].in_begin, lanes[to].in_end):
            m = ins[e]
            path = w.n_lanes + m
            count_track(w, path, left[i], -1, found)
            rest = left[i] - tracks[path].length
            if rest <= 0.0:
                continue
            before = moves[m].from_lane
            count_track(w, before, rest, lanes[to].link, found)
            rest -= tracks[before].length
            if rest > 0.0 and n < DEPTH:
                todo[n] = before
                left[n] = rest
                n += 1
        i += 1


@entry
def list_vehicles(w: World, lane: I32, ahead: F32, speed: F32, next_link: I32) -> None:
    """Rows of `records.traffic.Traffic`, by track and front first: lane, metres to its end, speed, link after it."""
    tracks = w.tracks
    slots = w.slots
    turns = w.turns
    moves = w.moves
    n = 0
    for track in range(tracks.size):
        to = track if track < w.n_lanes else moves[track - w.n_lanes].to_lane
        length = tracks[track].length + (tracks[to].length if to != track else 0.0)
        for s in range(tracks[track].head, tracks[track].head + tracks[track].count):
            lane[n] = to
            ahead[n] = length - slots[s].pos
            speed[n] = slots[s].speed
            next_link[n] = turns[slots[s].turn].to if slots[s].turn >= 0 else -2
            n += 1


@entry
def count_near(w: World, count: I32, queue: I32) -> None:
    """Vehicles within NEAR_M of each stop line, looking upstream through junctions where the lane is shorter."""
    tracks = w.tracks
    found = np.zeros(2, np.int32)
    for lane in range(w.n_lanes):
        found[:] = 0
        count_track(w, lane, NEAR_M, -1, found)
        if tracks[lane].length < NEAR_M:
            count_upstream(w, lane, NEAR_M - tracks[lane].length, found)
        count[lane] = found[0]
        queue[lane] = found[1]


@entry
def count_movements(w: World, count: I32, queue: I32, near: I32) -> None:
    """Vehicles of each from-lane by the turn that they will make; `near` are those rolling within NEAR_M."""
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    moves = w.moves
    outs = w.outs
    for lane in range(w.n_lanes):
        for s in range(tracks[lane].head, tracks[lane].head + tracks[lane].count):
            turn = slots[s].turn
            stands = slots[s].speed < HALTED_MPS
            close = tracks[lane].length - slots[s].pos <= NEAR_M
            for e in range(lanes[lane].out_begin, lanes[lane].out_end):
                m = outs[e]
                if moves[m].turn == turn:
                    count[m] += 1
                    queue[m] += stands
                    near[m] += close and not stands


@entry
def stop_line_covered(w: World) -> I32:
    """1 for each lane whose stop-line detector is covered."""
    tracks = w.tracks
    slots = w.slots
    covered = np.zeros(w.n_lanes, np.int32)
    for lane in range(w.n_lanes):
        if tracks[lane].count > 0 and tracks[lane].length - slots[tracks[lane].head].pos <= STOP_LINE_M:
            covered[lane] = 1
    return covered


@entry
def link_speeds(w: World, speed: F32) -> None:
    """Mean speed of the vehicles on each link [n_links], the greatest limit of its lanes where there are none."""
    tracks = w.tracks
    slots = w.slots
    links = w.links
    for link in range(w.n_links):
        total = 0.0
        n = 0
        limit = 0.0
        for lane in range(links[link].first_lane, links[link].first_lane + links[link].n_lanes):
            limit = max(limit, tracks[lane].limit)
            n += tracks[lane].count
            for s in range(tracks[lane].head, tracks[lane].head + tracks[lane].count):
                total += slots[s].speed
        speed[link] = total / n if n > 0 else limit


@entry
def count_queued(w: World) -> tuple[int, float]:
    """Vehicles in the network that stand, and the sum of the speeds of all."""
    tracks = w.tracks
    slots = w.slots
    queued = 0
    total = 0.0
    for track in range(tracks.size):
        for s in range(tracks[track].head, tracks[track].head + tracks[track].count):
            queued += slots[s].speed < HALTED_MPS
            total += slots[s].speed
    return queued, total


@entry
def lane_needs(w: World, slot: I64, lane: I64) -> None:
    """Note anew which way vehicles on lanes need to change: [n] their slots and lanes."""
    slots = w.slots
    lanes = w.lanes
    for k in range(slot.size):
        s = slot[k]
        before = slots[s].need
        need = lane_need(w, lane[k], slots[s].pref, w.kinds[slots[s].typ].bits)
        slots[s].need = need
        lanes[lane[k]].n_need += (need > 0) - (before > 0)
