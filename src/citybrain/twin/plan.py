"""First half of a step: every vehicle chooses its next speed from what all vehicles do now."""

from __future__ import annotations

from citybrain.twin.arrays import (
    BIG,
    COLOUR,
    N_ACTIVE,
    N_HEARD,
    NOTHING,
    STEP,
    World,
)
from citybrain.twin.foes import HOLD_SLACK_M
from citybrain.twin.follow import IDM, dawdle, follow_speed, look_distance, next_speed, random_unit
from citybrain.twin.jit import inlined, kernel
from citybrain.twin.junction import FULL, HELD, RED_YELLOW, look_ahead
from citybrain.twin.prefetch import CLOSE, FAR, NEAR, prefetch

LOOK_S = 4  # who waits for a track that does not move looks so often all the same
RELIST_S = 32  # the list of occupied tracks is put in order so often


@inlined
def lead_cap(w: World, track: int, slot: int, first: bool, reach: float) -> float:
    """Speed cap from the vehicle ahead on the track, or from one that still covers the track's end.

    One farther away than `reach` (the vehicle's look-ahead distance) cannot bind it, but in IDM, where all do.
    """
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    kind = kinds[slots[slot].typ]
    if first:
        if tracks[track].rear <= 0.0:
            return BIG
        gap = tracks[track].length - tracks[track].rear - slots[slot].pos - kind.gap
        return follow_speed(kind, gap, slots[slot].speed, tracks[track].rear_speed, kind.decel)
    lead = slot - 1
    other = kinds[slots[lead].typ]
    gap = slots[lead].pos - other.length - kind.gap - slots[slot].pos
    if gap > reach and kind.model != IDM:
        return BIG
    return follow_speed(kind, gap, slots[slot].speed, slots[lead].speed, other.decel)


@inlined
def planned(w: World, track: int, slot: int, first: bool, held: bool) -> float:
    """Next speed of one vehicle before its imperfection; `held` = it need not look beyond the track's end."""
    tracks = w.tracks
    slots = w.slots
    kind = w.kinds[slots[slot].typ]
    v = slots[slot].speed
    want = min(tracks[track].limit * slots[slot].factor, kind.vmax)
    fast = max(min(v + kind.accel, want), v)
    reach = look_distance(kind, fast)
    cap = min(slots[slot].ask, lead_cap(w, track, slot, first, reach))
    slots[slot].ask = BIG
    slots[slot].flag &= ~HELD
    end = tracks[track].length
    if track >= w.n_lanes and slots[slot].pos <= w.moves[track - w.n_lanes].hold + HOLD_SLACK_M:
        end = w.moves[track - w.n_lanes].hold
    if not held and end - slots[slot].pos < reach:
        cap = min(cap, look_ahead(w, track, slot, reach))
    return next_speed(kind, v, want, cap)


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


@inlined
def sleeps(w: World, track: int) -> bool:
    """Is there no need to look whether the first of the standing vehicles may drive? (At times one looks anyway.)"""
    tracks = w.tracks
    watch = tracks[track].watch
    if watch == COLOUR:
        return True
    if watch < 0 or tracks[watch].frozen < tracks[watch].count or tracks[watch].count == 0:
        return False
    return (w.counter[STEP] + track) % LOOK_S != 0


@kernel
def find_watch(w: World, track: int, slot: int) -> int:
    """What the first vehicle of a track, which stands and stays where it is, waits for."""
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    if track >= w.n_lanes:
        m = track - w.n_lanes
        to = moves[m].to_lane
        waits = slots[slot].pos <= moves[m].hold + HOLD_SLACK_M
        return NOTHING if waits or tracks[to].count == 0 else int(to)
    m = slots[slot].mov
    if slots[slot].flag & HELD == 0 or m < 0:
        return NOTHING
    if moves[m].colour <= RED_YELLOW and tracks[track].length - slots[slot].pos <= w.kinds[slots[slot].typ].stop + 0.1:
        return COLOUR
    if slots[slot].flag & FULL:
        return moves[m].to_lane
    return w.n_lanes + m if tracks[w.n_lanes + m].count > 0 else NOTHING


@inlined
def planned_now(w: World, track: int, slot: int, first: bool, held: bool) -> float:
    """Next speed of one vehicle, its imperfection included."""
    slots = w.slots
    v = planned(w, track, slot, first, held)
    kind = w.kinds[slots[slot].typ]
    if kind.sigma > 0.0 and v > 0.0:
        v = dawdle(kind.sigma, kind.accel, v, random_unit(w.seed, slots[slot].veh, w.counter[STEP]))
    slots[slot].vnext = v
    return v


@kernel
def plan_first(w: World, track: int) -> int:
    """Plan the first vehicle of a track; how many are known to stand and stay at its front: all that did, or none."""
    tracks = w.tracks
    slots = w.slots
    s = tracks[track].head
    if planned_now(w, track, s, True, False) > 0.0 or slots[s].speed > 0.0:
        return 0
    tracks[track].watch = find_watch(w, track, s)
    return max(tracks[track].frozen, 1)


@kernel
def plan_track(w: World, track: int) -> None:
    """Set `vnext` of every vehicle on a track, front to back; a queue that stands costs nothing but a look at its head.

    `held` says that somebody farther ahead on the lane stops before its end: nobody behind needs to look beyond it.
    """
    tracks = w.tracks
    slots = w.slots
    frozen = tracks[track].frozen
    if frozen == 0 or not sleeps(w, track):
        frozen = plan_first(w, track)
    head = tracks[track].head
    closed = frozen > 0
    on_lane = track < w.n_lanes
    held = on_lane and (closed or slots[head].flag & HELD != 0)
    for s in range(head + max(frozen, 1), head + tracks[track].count):
        if stays(w, s):
            if slots[s].vnext != 0.0 or slots[s].ask < BIG:  # leave the memory of a standing queue untouched
                slots[s].vnext = 0.0
                slots[s].ask = BIG
            frozen += closed
            held = on_lane
            continue
        closed = False
        v = planned_now(w, track, s, False, held)
        held = held or (on_lane and (slots[s].flag & HELD != 0 or (v == 0.0 and slots[s].speed == 0.0)))
    tracks[track].frozen = frozen


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


@inlined
def prefetch_movement(w: World, track: int) -> None:
    """Fetch what the first vehicle of a lane will ask for: its movement and the path through the junction."""
    if track < w.n_lanes and w.tracks[track].frozen == 0:
        m = w.slots[w.tracks[track].head].mov
        if m >= 0:
            prefetch(w.moves, m)
            prefetch(w.tracks, w.n_lanes + m)


@kernel
def plan_all(w: World) -> None:
    """Plan every occupied track."""
    counter = w.counter
    active = w.active
    tracks = w.tracks
    pass_on_arrivals(w)
    list_active(w)
    for i in range(counter[N_ACTIVE]):
        prefetch(tracks, active[i + FAR])
        near = active[i + NEAR]
        prefetch(w.slots, tracks[near].head)
        prefetch(w.slots, tracks[near].head + tracks[near].frozen)
        prefetch_movement(w, active[i + CLOSE])
        plan_track(w, active[i])
