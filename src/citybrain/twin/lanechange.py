"""Lane changes: those a route needs, and those that let a driver go faster (as MOBIL, Kesting et al. 2007)."""

from __future__ import annotations

from citybrain.twin.arrays import (
    BIG,
    LANE_CHANGES,
    STEP,
    SWAPS,
    World,
)
from citybrain.twin.follow import follow_speed, look_distance
from citybrain.twin.jit import inlined, kernel
from citybrain.twin.junction import waited
from citybrain.twin.move import copy_slot, lane_need, room_for_one, thaw

GAIN_MPS = 1.5  # a change for speed must promise at least so much
PERIOD = 3  # each link's drivers think of overtaking every third second
REST_S = 6  # between two changes for speed of one driver
URGENT_M = 60.0  # so near to the lane's end a driver in the wrong lane asks others to let him in
RETRY_S = 3  # a driver in a standing queue, or who stands far from its end, tries to change so often
STILL_RETRY_S = 9  # and so often while nothing moves beside it either
STUCK_S = 10  # a driver who stood so long on the wrong lane squeezes over
NO_CHANGE_M = 10.0  # nobody changes for speed so near to a stop line


@kernel
def find_gap(w: World, lane: int, pos: float) -> int:
    """Place in the queue of `lane` for a vehicle at `pos`: the number of vehicles at or ahead of it."""
    tracks = w.tracks
    slots = w.slots
    low = 0
    high = tracks[lane].count
    head = tracks[lane].head
    while low < high:
        mid = (low + high) // 2
        if slots[head + mid].pos >= pos:
            low = mid + 1
        else:
            high = mid
    return low


@inlined
def walk_on(w: World, lane: int, pos: float, place: int) -> int:
    """As `find_gap`, where one farther ahead on the same lane has found `place` already (-1 = nobody has)."""
    if place < 0:
        return find_gap(w, lane, pos)
    slots = w.slots
    head = w.tracks[lane].head
    while place < w.tracks[lane].count and slots[head + place].pos >= pos:
        place += 1
    return place


@inlined
def lead_speed(w: World, slot: int, lane: int, place: int) -> float:
    """Speed that the vehicle in `slot` could drive behind the vehicle ahead of `place` on `lane`."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    kind = kinds[slots[slot].typ]
    decel = kind.decel
    if place == 0:
        if tracks[lane].rear <= 0.0:
            return BIG
        back = tracks[lane].length - tracks[lane].rear  # of one who has crossed the line and still covers it
        speed = tracks[lane].rear_speed
    else:
        lead = tracks[lane].head + place - 1
        back = slots[lead].pos - kinds[slots[lead].typ].length
        speed = slots[lead].speed
        decel = kinds[slots[lead].typ].decel
    gap = back - kind.gap - slots[slot].pos
    if gap < 0.0:
        return -1.0
    return follow_speed(kind, gap, slots[slot].speed, speed, decel)


@inlined
def lag_speed(w: World, slot: int, lane: int, place: int) -> float:
    """Speed left to the vehicle behind `place` on `lane` if the vehicle in `slot` came before it."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    if place >= tracks[lane].count:
        return BIG
    lag = tracks[lane].head + place
    typ = slots[lag].typ
    gap = slots[slot].pos - kinds[slots[slot].typ].length - kinds[typ].gap - slots[lag].pos
    if gap < 0.0:
        return -1.0
    return follow_speed(kinds[typ], gap, slots[lag].speed, slots[slot].speed, kinds[slots[slot].typ].decel)


@kernel
def is_safe(w: World, slot: int, lane: int, place: int, stuck: bool) -> bool:
    """May the vehicle move over without anybody braking harder than comfortably?

    Only a stuck one may do so with its rear still in the junction, when nobody is coming from there.
    """
    lanes = w.lanes
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    ahead = lead_speed(w, slot, lane, place)
    if ahead < 0.0 or ahead < slots[slot].speed - kinds[slots[slot].typ].decel:
        return False
    behind = lag_speed(w, slot, lane, place)
    if behind < 0.0:
        return False
    if place >= tracks[lane].count:
        return slots[slot].pos > kinds[slots[slot].typ].length + 1.0 or (stuck and lanes[lane].inbox == 0)
    lag = tracks[lane].head + place
    return behind >= slots[lag].speed - kinds[slots[lag].typ].decel


@kernel
def shift_over(w: World, slot: int, lane: int, to: int, place: int) -> bool:
    """Take the vehicle out of `lane` and put it at `place` on lane `to`; False when that lane's window is full."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    kinds = w.kinds
    if not room_for_one(w, to):
        return False
    head = tracks[to].head
    for s in range(head + tracks[to].count, head + place, -1):
        copy_slot(w, s - 1, s)
    copy_slot(w, slot, head + place)
    tracks[to].count += 1
    if slots[slot].need > 0:
        lanes[lane].n_need -= 1
    for s in range(slot, tracks[lane].head, -1):
        copy_slot(w, s - 1, s)
    thaw(w, lane, slot - tracks[lane].head)
    thaw(w, to, place)
    tracks[lane].head += 1
    tracks[lane].count -= 1
    new = head + place
    need = lane_need(w, to, slots[new].pref, kinds[slots[new].typ].bits)
    slots[new].need = need
    if need > 0:
        lanes[to].n_need += 1
    slots[new].changed = counter[STEP]
    counter[LANE_CHANGES] += 1
    return True


@inlined
def is_alongside(w: World, slot: int, rear: float) -> bool:
    """Is the vehicle too far ahead to leave its minimum gap behind a rear at `rear`?"""
    slots = w.slots
    return rear - w.kinds[slots[slot].typ].gap < slots[slot].pos


@kernel
def ask_for_room(w: World, slot: int, to: int, place: int) -> None:
    """A driver who must change slows to fit behind the vehicle ahead there; the one behind is asked to make room."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    if place > 0:
        lead = tracks[to].head + place - 1
        typ = slots[slot].typ
        gap = max(slots[lead].pos - kinds[slots[lead].typ].length - kinds[typ].gap - slots[slot].pos, 0.0)
        v = follow_speed(kinds[typ], gap, slots[slot].speed, slots[lead].speed, kinds[slots[lead].typ].decel)
        v = max(v, slots[slot].speed - kinds[typ].decel, 1.0 if slots[lead].speed > 1.0 else 0.0)
        slots[slot].ask = min(slots[slot].ask, v)
    rear = slots[slot].pos - kinds[slots[slot].typ].length
    back = place  # those already alongside cannot make room: ask the first one behind our rear
    while back < tracks[to].count and is_alongside(w, tracks[to].head + back, rear):
        back += 1
    if back < tracks[to].count:
        lag = tracks[to].head + back
        typ = slots[lag].typ
        gap = max(slots[slot].pos - kinds[slots[slot].typ].length - kinds[typ].gap - slots[lag].pos, 0.0)
        v = follow_speed(kinds[typ], gap, slots[lag].speed, slots[slot].speed, kinds[slots[slot].typ].decel)
        v = max(v, slots[lag].speed - kinds[typ].decel)
        if slots[lag].need == 0 or slots[lag].need == slots[slot].need:
            slots[lag].ask = min(slots[lag].ask, v)


@kernel
def swap_places(w: World, slot: int, lane: int, to: int, place: int) -> bool:
    """Two standing drivers side by side who each need the other's lane change places (they would wait for ever)."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    for k in range(max(place - 1, 0), min(place + 1, tracks[to].count)):
        other = tracks[to].head + k
        same = slots[other].need > 0 and slots[other].need != slots[slot].need
        if (
            not same
            or slots[other].speed > 0.1
            or abs(slots[other].pos - slots[slot].pos) > kinds[slots[slot].typ].length
        ):
            continue
        if kinds[slots[other].typ].length != kinds[slots[slot].typ].length:
            continue
        fresh = slots[other].changed >= counter[STEP] - 1
        if fresh or w.lanes[lane].allowed & kinds[slots[other].typ].bits == 0:
            continue
        a = tracks[to].base + tracks[to].span  # one spare slot lies behind every window
        copy_slot(w, slot, a)
        pos_a = slots[slot].pos
        pos_b = slots[other].pos
        copy_slot(w, other, slot)
        copy_slot(w, a, other)
        slots[slot].pos = pos_a
        slots[other].pos = pos_b
        slots[slot].changed = counter[STEP]
        slots[other].changed = counter[STEP]
        counter[SWAPS] += 1
        thaw(w, to, k)
        return True
    return False


@kernel
def renew_need(w: World, slot: int, lane: int) -> None:
    """Work out again which way the vehicle must change, and keep the lane's count right."""
    slots = w.slots
    lanes = w.lanes
    kinds = w.kinds
    need = lane_need(w, lane, slots[slot].pref, kinds[slots[slot].typ].bits)
    if need == 0 and slots[slot].need > 0:
        lanes[lane].n_need -= 1
    elif need > 0 and slots[slot].need == 0:
        lanes[lane].n_need += 1
    slots[slot].need = need


@inlined
def first_to_change(w: World, lane: int) -> int:
    """Place on the lane of the first driver who may try: those in a standing queue do so less often.

    They do so still less often while the lanes beside stand as well, since what they met there is there still.
    """
    tracks = w.tracks
    lanes = w.lanes
    turn = w.counter[STEP] + lane
    if tracks[lane].frozen == 0 or turn % STILL_RETRY_S == 0:
        return 0
    if turn % RETRY_S == 0:
        for side in range(lane - 1, lane + 2, 2):
            same = 0 <= side < w.n_lanes and lanes[side].link == lanes[lane].link
            if same and tracks[side].frozen < tracks[side].count:
                return 0
    return tracks[lane].frozen


@kernel
def must_change(w: World, lane: int) -> None:
    """Drivers on a lane that does not lead where they go, front to back."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    kinds = w.kinds
    i = first_to_change(w, lane)
    above = -1
    below = -1
    while i < tracks[lane].count:
        s = tracks[lane].head + i
        i += 1
        if slots[s].need == 0 or slots[s].changed >= counter[STEP] - 1:
            continue
        left = tracks[lane].length - slots[s].pos
        if slots[s].speed == 0.0 and left > URGENT_M and (counter[STEP] + slots[s].veh) % RETRY_S != 0:
            continue
        if slots[s].pos < kinds[slots[s].typ].length and waited(w, s) < STUCK_S:
            continue
        to = lane + (1 if slots[s].need == 1 else -1)
        if lanes[to].allowed & kinds[slots[s].typ].bits == 0:
            continue
        place = walk_on(w, to, slots[s].pos, above if to > lane else below)
        if to > lane:
            above = place
        else:
            below = place
        if slots[s].pos < tracks[to].length and is_safe(w, s, to, place, waited(w, s) >= STUCK_S):
            if shift_over(w, s, lane, to, place):
                i -= 1
            continue
        if left < URGENT_M or left < 2.0 * look_distance(kinds[slots[s].typ], slots[s].speed):
            if slots[s].speed < 0.1 and waited(w, s) > 5 and swap_places(w, s, lane, to, place):
                thaw(w, lane, i - 1)
                renew_need(w, s, lane)
                other = tracks[to].head + find_gap(w, to, slots[s].pos)
                for k in range(max(other - 2, tracks[to].head), min(other + 2, tracks[to].head + tracks[to].count)):
                    renew_need(w, k, to)
                continue
            ask_for_room(w, s, to, place)


@kernel
def gain_of(w: World, slot: int, lane: int, to: int, place: int) -> float:
    """Speed that a change to `place` on lane `to` promises over staying."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    typ = slots[slot].typ
    want = min(tracks[lane].limit * slots[slot].factor, kinds[typ].vmax)
    if slot == tracks[lane].head:
        return -1.0
    lead = slot - 1
    gap = slots[lead].pos - kinds[slots[lead].typ].length - kinds[typ].gap - slots[slot].pos
    here = min(want, follow_speed(kinds[typ], gap, slots[slot].speed, slots[lead].speed, kinds[slots[lead].typ].decel))
    wish = min(want, tracks[to].limit * slots[slot].factor)
    there = min(wish, lead_speed(w, slot, to, place))
    return there - here


@kernel
def may_overtake(w: World, slot: int, lane: int) -> bool:
    """A driver who is held up looks at the lanes beside that suit the route as well; True when he changes."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    links = w.links
    kinds = w.kinds
    typ = slots[slot].typ
    step = counter[STEP]
    left = tracks[lane].length - slots[slot].pos
    if left < NO_CHANGE_M or slots[slot].pos < kinds[typ].length or step - slots[slot].changed < REST_S:
        return False
    link = lanes[lane].link
    pref = slots[slot].pref
    best = -1
    best_gain = GAIN_MPS
    best_place = 0
    for side in range(2):
        k = lanes[lane].index + (1 if side == 0 else -1)
        if k < 0 or k >= links[link].n_lanes or (pref >> k) & 1 == 0:
            continue
        to = links[link].first_lane + k
        if lanes[to].allowed & kinds[typ].bits == 0 or slots[slot].pos >= tracks[to].length:
            continue
        place = find_gap(w, to, slots[slot].pos)
        gain = gain_of(w, slot, lane, to, place)
        if gain > best_gain and is_safe(w, slot, to, place, False):
            best = to
            best_gain = gain
            best_place = place
    return best >= 0 and shift_over(w, slot, lane, best, best_place)


@kernel
def overtake_lane(w: World, lane: int) -> None:
    """Let the drivers of a lane who are slower than they would like look around, front to back."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    i = max(tracks[lane].frozen, 1)
    while i < tracks[lane].count:
        s = tracks[lane].head + i
        i += 1
        if slots[s].need != 0:
            continue
        want = min(tracks[lane].limit * slots[s].factor, kinds[slots[s].typ].vmax)
        v = slots[s].speed
        if v < 0.5 or v > want - GAIN_MPS * 0.5:
            lead = s - 1
            if (
                v < 0.5
                or slots[lead].pos - slots[s].pos > look_distance(kinds[slots[s].typ], want)
                or slots[lead].speed >= want
            ):
                continue
        if may_overtake(w, s, lane):
            i -= 1


@kernel
def change_lanes(w: World) -> None:
    """One second of lane changes on all links."""
    counter = w.counter
    tracks = w.tracks
    lanes = w.lanes
    links = w.links
    step = counter[STEP]
    for link in range(w.n_links):
        n = links[link].n_lanes
        if n < 2:
            continue
        first = links[link].first_lane
        think = (link + step) % PERIOD == 0
        for lane in range(first, first + n):
            if lanes[lane].n_need > 0:
                must_change(w, lane)
            if think and tracks[lane].count > 1:
                overtake_lane(w, lane)
