"""Right of way: who, before a junction or inside it, would meet us there."""

from __future__ import annotations

from math import sqrt

from citybrain.twin.arrays import World
from citybrain.twin.jit import inlined, kernel

TIME_GAP_S = 1.0  # between a yielding vehicle and its foe at the conflict (SUMO's jmTimegapMinor)
HOLD_SLACK_M = 0.5  # who stands so little beyond the waiting place in a junction still waits there
NEVER = 1e8  # no arrival is announced


@inlined
def travel_s(distance: float, speed: float, accel: float, limit: float) -> float:
    """Seconds to cover a distance from `speed`, accelerating up to `limit`."""
    if distance <= 0.0:
        return 0.0
    end = min(max(limit, speed), sqrt(speed * speed + 2.0 * accel * distance))
    return distance / max(0.5 * (speed + end), 0.1)


@inlined
def end_speed(distance: float, speed: float, accel: float, limit: float) -> float:
    """Speed after a distance, accelerating from `speed` up to `limit`."""
    return min(max(limit, speed), sqrt(speed * speed + 2.0 * accel * max(distance, 0.0)))


@kernel
def foe_in_box(w: World, m: int, edge: int, arrive_s: float) -> bool:
    """True when a vehicle inside the junction on the foe of `edge` will not have cleared before we get there."""
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    foes = w.foes
    kinds = w.kinds
    foe = foes[edge].foe
    track = w.n_lanes + foe
    far = foes[edge].far
    near = foes[edge].at
    speed = max(tracks[w.n_lanes + m].limit, 1.0)
    reach_s = arrive_s + near / speed
    last = tracks[track].head + tracks[track].count - 1
    for i in range(tracks[track].count):
        s = last - i
        back = slots[s].pos - kinds[slots[s].typ].length
        clear = far + 1.0 - back
        if clear <= 0.0:
            return False  # vehicles ahead of this one are clear too
        hold = moves[foe].hold
        waits = foes[edge].yields == 0 or slots[s].speed < 1.0
        if hold >= 0.0 and slots[s].pos <= hold + HOLD_SLACK_M and waits:
            continue
        v = slots[s].speed
        if travel_s(clear, v, kinds[slots[s].typ].accel, tracks[track].limit) > reach_s:
            return True
    return False


@inlined
def still_coming(arrival_s: float) -> float:
    """An arrival announced a second ago, seen from now; whoever has arrived meanwhile is no longer coming."""
    return arrival_s - 1.0 if arrival_s >= 1.0 else NEVER


@inlined
def meets(at_s: float, pass_s: float, window: tuple[float, float], gap_s: float) -> bool:
    """Is a foe that arrives at `at_s` and needs `pass_s` to clear in the junction during our window?"""
    return at_s < NEVER and at_s <= window[1] + TIME_GAP_S and at_s + pass_s + gap_s >= window[0]


@kernel
def foe_comes(w: World, m: int, edge: int, window: tuple[float, float], leave_mps: float) -> bool:
    """True when a vehicle about to enter on the foe of `edge` would meet us in the junction.

    `window` is when we arrive and when we have left. Where both end on one lane a gap is kept on either side, and
    nobody pulls out in front of one who comes faster than he will be (SUMO's rule of safe merging speeds).
    """
    moves = w.moves
    tracks = w.tracks
    foe = w.foes[edge].foe
    later_s = still_coming(moves[foe].later)
    first_s = min(still_coming(moves[foe].arrival), moves[foe].arrival_next, later_s)
    if first_s >= NEVER:
        return False
    merges = moves[foe].to_lane == moves[m].to_lane
    gap_s = TIME_GAP_S if merges else 0.0
    track = w.n_lanes + foe
    pass_s = (tracks[track].length + 5.0) / max(tracks[track].limit, 1.0)
    if meets(first_s, pass_s, window, gap_s) or meets(later_s, pass_s, window, gap_s):
        return True
    pace = moves[foe].pace_next if moves[foe].arrival_next <= first_s else moves[foe].pace
    return merges and first_s > window[0] and pace > leave_mps


@kernel
def foe_merges(w: World, m: int, foe: int, leave_s: float, leave_mps: float) -> bool:
    """True when a vehicle inside the junction, farther from the common lane than we, would have to brake for us."""
    tracks = w.tracks
    slots = w.slots
    track = w.n_lanes + foe
    ours = tracks[w.n_lanes + m].length
    for s in range(tracks[track].head, tracks[track].head + tracks[track].count):
        rest = tracks[track].length - slots[s].pos
        v = slots[s].speed
        if rest > ours and v > leave_mps and rest <= v * (leave_s + TIME_GAP_S):
            return True
    return False


@kernel
def must_yield(w: World, m: int, window: tuple[float, float], leave_mps: float, patient: bool) -> bool:
    """True when a movement without right of way has to wait for a foe that is coming or still inside."""
    moves = w.moves
    foes = w.foes
    for e in range(moves[m].foe_begin, moves[m].foe_end):
        if foes[e].yields == 0:
            continue
        if patient and foe_comes(w, m, e, window, leave_mps):
            return True
        foe = foes[e].foe
        if w.inside[foe] == 0:
            continue
        if moves[foe].to_lane != moves[m].to_lane:
            if foe_in_box(w, m, e, window[0]):
                return True
        elif foe_merges(w, m, foe, window[1], leave_mps):
            return True
    return False


@kernel
def box_blocked(w: World, m: int, arrive_s: float) -> bool:
    """True when somebody inside the junction stands or drives across our way."""
    moves = w.moves
    foes = w.foes
    for e in range(moves[m].foe_begin, moves[m].foe_end):
        foe = foes[e].foe
        if w.inside[foe] == 0 or moves[foe].to_lane == moves[m].to_lane:
            continue
        if foe_in_box(w, m, e, arrive_s):
            return True
    return False
