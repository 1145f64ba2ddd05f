"""First half of a step: every vehicle chooses its next speed from what all vehicles do now."""

from __future__ import annotations

from citybrain.twin.arrays import BIG, STEP, World, counter_of, kinds_of, moves_of, slots_of, tracks_of
from citybrain.twin.follow import dawdle, follow_speed, look_distance, next_speed, random_unit
from citybrain.twin.jit import inlined, kernel
from citybrain.twin.junction import HOLD_SLACK_M, look_ahead


@inlined
def lead_cap(w: World, track: int, slot: int, first: bool) -> float:
    """Speed cap from the vehicle ahead on the track, or from one that still covers the track's end."""
    tracks = tracks_of(w)
    slots = slots_of(w)
    kinds = kinds_of(w)
    typ = slots[slot].typ
    if first:
        if tracks[track].rear <= 0.0:
            return BIG
        gap = tracks[track].length - tracks[track].rear - slots[slot].pos - kinds[typ].gap
        return follow_speed(kinds[typ], gap, slots[slot].speed, tracks[track].rear_speed, kinds[typ].decel)
    lead = slot - 1
    other = slots[lead].typ
    gap = slots[lead].pos - kinds[other].length - kinds[typ].gap - slots[slot].pos
    return follow_speed(kinds[typ], gap, slots[slot].speed, slots[lead].speed, kinds[other].decel)


@inlined
def planned(w: World, track: int, slot: int, first: bool) -> float:
    """Next speed of one vehicle before its imperfection."""
    tracks = tracks_of(w)
    slots = slots_of(w)
    kinds = kinds_of(w)
    typ = slots[slot].typ
    v = slots[slot].speed
    want = min(tracks[track].limit * slots[slot].factor, kinds[typ].vmax)
    gain = min(v + kinds[typ].accel, want)
    cap = min(slots[slot].vnext, lead_cap(w, track, slot, first))
    fast = max(gain, v)
    end = tracks[track].length
    if track >= w.n_lanes and slots[slot].pos <= moves_of(w)[track - w.n_lanes].hold + HOLD_SLACK_M:
        end = moves_of(w)[track - w.n_lanes].hold
    if end - slots[slot].pos < look_distance(kinds[typ], fast):
        cap = min(cap, look_ahead(w, track, slot, fast))
    return next_speed(kinds[typ], v, want, cap)


@kernel
def plan_track(w: World, track: int) -> None:
    """Set `vnext` of every vehicle on a track."""
    counter = counter_of(w)
    tracks = tracks_of(w)
    slots = slots_of(w)
    kinds = kinds_of(w)
    head = tracks[track].head
    step = counter[STEP]
    for s in range(head, head + tracks[track].count):
        v = planned(w, track, s, s == head)
        sigma = kinds[slots[s].typ].sigma
        if sigma > 0.0 and v > 0.0:
            v = dawdle(sigma, kinds[slots[s].typ].accel, v, random_unit(w.seed, slots[s].veh, step))
        slots[s].vnext = v


@kernel
def plan_all(w: World) -> None:
    """Plan every track; arrivals announced in the last step are what drivers see of each other."""
    tracks = tracks_of(w)
    moves = moves_of(w)
    for m in range(moves.size):
        moves[m].arrival = moves[m].arrival_next
        moves[m].later = moves[m].later_next
        moves[m].pace = moves[m].pace_next
        moves[m].arrival_next = BIG
        moves[m].later_next = BIG
    for track in range(tracks.size):
        if tracks[track].count > 0:
            plan_track(w, track)
