"""First half of a step: every vehicle chooses its next speed from what all vehicles do now."""

from __future__ import annotations

from citybrain.twin.arrays import (
    BIG,
    N_ACTIVE,
    N_HEARD,
    STEP,
    World,
)
from citybrain.twin.follow import dawdle, follow_speed, look_distance, next_speed, random_unit
from citybrain.twin.jit import inlined, kernel
from citybrain.twin.junction import HOLD_SLACK_M, look_ahead

RELIST_S = 32  # the list of occupied tracks is put in order so often


@inlined
def lead_cap(w: World, track: int, slot: int, first: bool) -> float:
    """Speed cap from the vehicle ahead on the track, or from one that still covers the track's end."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
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
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    typ = slots[slot].typ
    v = slots[slot].speed
    want = min(tracks[track].limit * slots[slot].factor, kinds[typ].vmax)
    gain = min(v + kinds[typ].accel, want)
    cap = min(slots[slot].ask, lead_cap(w, track, slot, first))
    slots[slot].ask = BIG
    fast = max(gain, v)
    end = tracks[track].length
    if track >= w.n_lanes and slots[slot].pos <= w.moves[track - w.n_lanes].hold + HOLD_SLACK_M:
        end = w.moves[track - w.n_lanes].hold
    if end - slots[slot].pos < look_distance(kinds[typ], fast):
        cap = min(cap, look_ahead(w, track, slot, fast))
    return next_speed(kinds[typ], v, want, cap)


@inlined
def stays(w: World, slot: int) -> bool:
    """Does the vehicle stand, closed up, behind a standing one? Most vehicles of a full city do."""
    slots = w.slots
    kinds = w.kinds
    if slots[slot].speed > 0.0 or slots[slot - 1].speed > 0.0:
        return False
    kind = kinds[slots[slot].typ]
    gap = slots[slot - 1].pos - kinds[slots[slot - 1].typ].length - kind.gap - slots[slot].pos
    return gap <= kind.freeze


@kernel
def plan_first(w: World, track: int) -> None:
    """Plan a track on which everybody stands: whoever is not first stays where he is, whatever the first one does."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    s = tracks[track].head
    v = planned(w, track, s, True)
    if v > 0.0:
        kind = kinds[slots[s].typ]
        v = dawdle(kind.sigma, kind.accel, v, random_unit(w.seed, slots[s].veh, w.counter[STEP]))
        slots[s].vnext = v
        tracks[track].quiet = v == 0.0


@kernel
def plan_track(w: World, track: int) -> None:
    """Set `vnext` of every vehicle on a track."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    head = tracks[track].head
    step = counter[STEP]
    if tracks[track].quiet == 1:
        plan_first(w, track)
        return
    still = True
    for s in range(head, head + tracks[track].count):
        if s > head and stays(w, s):
            if slots[s].vnext != 0.0 or slots[s].ask < BIG:  # leave the memory of a standing queue untouched
                slots[s].vnext = 0.0
                slots[s].ask = BIG
            continue
        v = planned(w, track, s, s == head)
        sigma = kinds[slots[s].typ].sigma
        if sigma > 0.0 and v > 0.0:
            v = dawdle(sigma, kinds[slots[s].typ].accel, v, random_unit(w.seed, slots[s].veh, step))
        slots[s].vnext = v
        still = still and v == 0.0 and slots[s].speed == 0.0
    tracks[track].quiet = still


@kernel
def pass_on_arrivals(w: World) -> None:
    """What was announced in the last step is what drivers see of each other in this one."""
    counter = w.counter
    moves = w.moves
    heard = w.heard
    kept = 0
    for i in range(counter[N_HEARD]):
        m = heard[i]
        moves[m].arrival = moves[m].arrival_next
        moves[m].later = moves[m].later_next
        moves[m].pace = moves[m].pace_next
        moves[m].arrival_next = BIG
        moves[m].later_next = BIG
        if moves[m].arrival < BIG:
            heard[kept] = m
            kept += 1
    counter[N_HEARD] = kept


@kernel
def list_active(w: World) -> None:
    """Drop empty tracks from the list of occupied ones; now and then list them afresh, in order of memory."""
    counter = w.counter
    tracks = w.tracks
    active = w.active
    kept = 0
    if counter[STEP] % RELIST_S == 0:
        for track in range(tracks.size):
            tracks[track].listed = tracks[track].count > 0
            if tracks[track].count > 0:
                active[kept] = track
                kept += 1
    else:
        for i in range(counter[N_ACTIVE]):
            track = active[i]
            tracks[track].listed = tracks[track].count > 0
            if tracks[track].count > 0:
                active[kept] = track
                kept += 1
    counter[N_ACTIVE] = kept


@kernel
def plan_all(w: World) -> None:
    """Plan every occupied track."""
    counter = w.counter
    active = w.active
    pass_on_arrivals(w)
    list_active(w)
    for i in range(counter[N_ACTIVE]):
        plan_track(w, active[i])
