"""Second half of a step: vehicles move as planned, and those beyond their track's end go on to the next."""

from __future__ import annotations

from citybrain.twin.arrays import (
    BIG,
    CLAMPS,
    DILEMMAS,
    ERROR_BITS,
    ERROR_FULL,
    FINISHED,
    N_ACTIVE,
    N_COVERED,
    NOTHING,
    OVERLAPS,
    RED_RUNS,
    RUNNING,
    STEP,
    VEHICLE_STEPS,
    Kind,
    World,
)
from citybrain.twin.jit import inlined, kernel
from citybrain.twin.junction import LATE, RED, choose_movement
from citybrain.twin.prefetch import FAR, NEAR, prefetch

STANDING_MPS = 0.1
LONGEST_S = 65535  # waits are counted up to this
SKIN_M = 0.01  # bumpers never come nearer than this
CITYFLOW = 1


@inlined
def copy_slot(w: World, a: int, b: int) -> None:
    """Copy one vehicle's slot from a to b."""
    slots = w.slots
    slots[b] = slots[a]


@kernel
def room_for_one(w: World, track: int) -> bool:
    """Make sure that one more slot is free behind the track's last vehicle; False when the track is full."""
    counter = w.counter
    tracks = w.tracks
    n = tracks[track].count
    if n >= tracks[track].cap:
        counter[ERROR_BITS] |= ERROR_FULL
        return False
    base = tracks[track].base
    head = tracks[track].head
    if head + n >= base + tracks[track].span:
        for i in range(n):
            copy_slot(w, head + i, base + i)
        tracks[track].head = base
    tracks[track].over = 1
    if track < w.n_lanes:
        w.links[w.lanes[track].link].full = 0
    else:
        w.inside[track - w.n_lanes] = 1
    if tracks[track].listed == 0:
        tracks[track].listed = 1
        active = w.active
        active[counter[N_ACTIVE]] = track
        counter[N_ACTIVE] += 1
    return True


@inlined
def note_wait(w: World, slot: int, now: float) -> None:
    """Note when a vehicle comes to a standstill and when it moves on: its stops and its longest single wait."""
    slots = w.slots
    if now < STANDING_MPS:
        if slots[slot].halt < 0:
            slots[slot].halt = w.counter[STEP]
            slots[slot].stops += 1
    elif slots[slot].halt >= 0:
        end_wait(w, slot)


@inlined
def end_wait(w: World, slot: int) -> None:
    """The vehicle has stood and does so no longer."""
    slots = w.slots
    stood = min(w.counter[STEP] - slots[slot].halt, LONGEST_S)
    slots[slot].max_wait = max(slots[slot].max_wait, stood)
    slots[slot].halt = -1


@inlined
def step_length(y: Kind, was: float, now: float) -> float:
    """Metres driven in a second that begins at speed `was` and ends at `now`.

    Krauss and IDM step at the new speed. CityFlow's trapezoid ends at a standstill as soon as comfortable braking
    gets there.
    """
    if y.model != CITYFLOW:
        return now
    if now <= 0.0:
        return min(0.5 * was, was * was / (2.0 * y.decel))
    return 0.5 * (was + now)


@kernel
def move_track(w: World, track: int) -> bool:
    """Advance the vehicles of one track; True when its first vehicle has passed the track's end."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    head = tracks[track].head
    frozen = tracks[track].frozen
    back = BIG if frozen == 0 else slots[head + frozen - 1].pos - kinds[slots[head + frozen - 1].typ].length
    for s in range(head + frozen, head + tracks[track].count):
        typ = slots[s].typ
        was = slots[s].speed
        v = slots[s].vnext
        if was == 0.0 and v == 0.0:
            back = slots[s].pos - kinds[typ].length
            continue
        p = slots[s].pos + step_length(kinds[typ], was, v)
        if p > back - SKIN_M:
            if slots[s].pos > back:
                counter[OVERLAPS] += 1
            p = max(slots[s].pos, back - SKIN_M)
            v = min(v, p - slots[s].pos)
            counter[CLAMPS] += 1
        slots[s].pos = p
        slots[s].speed = v
        note_wait(w, s, v)
        back = p - kinds[typ].length
    tracks[track].over = back < 0.0
    return frozen == 0 and slots[head].pos >= tracks[track].length


@kernel
def thaw(w: World, track: int, place: int) -> None:
    """The vehicle at `place` of a track has come or gone: look at those behind it again."""
    tracks = w.tracks
    tracks[track].frozen = min(tracks[track].frozen, place)
    tracks[track].watch = NOTHING
    tracks[track].over = 1
    if track < w.n_lanes:
        w.links[w.lanes[track].link].full = 0


@kernel
def leave_network(w: World, slot: int, now: float) -> None:
    """The vehicle has reached the end of its route."""
    counter = w.counter
    slots = w.slots
    drives = w.drives
    v = slots[slot].veh
    drives[v].arrived = now
    if slots[slot].halt >= 0:
        end_wait(w, slot)
    drives[v].stops = slots[slot].stops
    drives[v].max_wait = slots[slot].max_wait
    counter[RUNNING] -= 1
    counter[FINISHED] += 1


@kernel
def read_stop(w: World, slot: int, stop: int) -> None:
    """Note in the vehicle's slot what its route asks of the link at place `stop` of the table of stops."""
    slots = w.slots
    stops = w.stops
    turn = stops[stop].turn
    slots[slot].turn = turn
    slots[slot].pref = stops[stop].pref
    slots[slot].pref2 = stops[stop + 1].pref if turn >= 0 else 0
    slots[slot].hard = stops[stop].hard


@kernel
def lane_need(w: World, lane: int, mask: int, bits: int) -> int:
    """Which way must a vehicle change to reach a lane of `mask`: 0 none, 1 middle, 2 kerb; `bits` is its class."""
    lanes = w.lanes
    links = w.links
    i = lanes[lane].index
    if (mask >> i) & 1 and lanes[lane].allowed & bits:
        return 0
    link = lanes[lane].link
    first = links[link].first_lane
    n = links[link].n_lanes
    for d in range(1, n):
        if i + d < n and (mask >> (i + d)) & 1 and lanes[first + i + d].allowed & bits:
            return 1
        if i - d >= 0 and (mask >> (i - d)) & 1 and lanes[first + i - d].allowed & bits:
            return 2
    return 0


@kernel
def hold_back(w: World, track: int) -> None:
    """The first vehicle could not leave: keep it on the track's end, and those behind it behind it."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    back = tracks[track].length + SKIN_M
    head = tracks[track].head
    counter[CLAMPS] += 1
    for s in range(head, head + tracks[track].count):
        if slots[s].pos <= back - SKIN_M:
            return
        give = slots[s].pos - (back - SKIN_M)
        slots[s].pos = back - SKIN_M - (1e-3 if s == head else 0.0)
        slots[s].speed = max(0.0, slots[s].speed - give)
        back = slots[s].pos - kinds[slots[s].typ].length


@kernel
def note_visit(w: World, v: int, now: float) -> None:
    """Where a route comes back to a junction, the published approach time runs on between the two visits."""
    trips = w.trips
    if trips[v].log < 0:
        return
    drives = w.drives
    log = w.log
    place = drives[v].cursor - drives[v].first_stop
    log[trips[v].log + place] = now
    back = w.stops[drives[v].cursor].again
    if back > 0:
        drives[v].approach += drives[v].entered - log[trips[v].log + place - back]


@kernel
def note_crossing(w: World, slot: int, lane: int, m: int) -> None:
    """Book a vehicle that crosses the stop line of `lane` into movement m."""
    counter = w.counter
    slots = w.slots
    lanes = w.lanes
    links = w.links
    moves = w.moves
    drives = w.drives
    now = float(counter[STEP] + 1)
    v = slots[slot].veh
    link = lanes[lane].link
    spent = now - drives[v].entered
    drives[v].approach += spent
    note_visit(w, v, now)
    links[link].spent += spent
    links[link].exits += 1
    moves[m].passed += 1
    lanes[lane].last_cross = now
    if moves[m].colour == RED:
        counter[DILEMMAS if slots[slot].flag & LATE else RED_RUNS] += 1


@kernel
def next_track(w: World, track: int, slot: int) -> int:
    """Where the vehicle at the end of its track goes; -1 = its trip ends, -2 = nowhere (it must wait)."""
    slots = w.slots
    moves = w.moves
    kinds = w.kinds
    if track >= w.n_lanes:
        return moves[track - w.n_lanes].to_lane
    turn = slots[slot].turn
    if turn < 0:
        return -1
    m = slots[slot].mov
    if m < 0 or moves[m].from_lane != track or moves[m].turn != turn:
        bits = kinds[slots[slot].typ].bits
        m = choose_movement(w, track, (turn, slots[slot].pref2, slots[slot].hard), bits)
        slots[slot].mov = m
    return w.n_lanes + m if m >= 0 else -2


@kernel
def enter_track(w: World, slot: int, to: int, pos: float) -> int:
    """Append a copy of the vehicle in `slot` to track `to` at `pos`; its new slot, or -1 when there is no room."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    n = tracks[to].count
    give = 0.0
    if n > 0:
        tail = tracks[to].head + n - 1
        back = slots[tail].pos - kinds[slots[tail].typ].length - SKIN_M
        if pos > back:
            counter[CLAMPS] += 1
            give = pos - back
            pos = back
    if pos < 0.0 or not room_for_one(w, to):
        return -1
    new = tracks[to].head + n
    copy_slot(w, slot, new)
    tracks[to].count = n + 1
    slots[new].speed = max(0.0, slots[new].speed - give)
    slots[new].pos = pos
    return new


@kernel
def arrive_on_lane(w: World, slot: int, lane: int, m: int) -> None:
    """Book a vehicle that has just entered a lane through movement m."""
    counter = w.counter
    slots = w.slots
    lanes = w.lanes
    drives = w.drives
    kinds = w.kinds
    v = slots[slot].veh
    lanes[lane].inbox -= 1
    drives[v].came = m
    drives[v].entered = float(counter[STEP] + 1)
    need = lane_need(w, lane, slots[slot].pref, kinds[slots[slot].typ].bits)
    slots[slot].need = need
    if need > 0:
        lanes[lane].n_need += 1


@kernel
def depart_lane(w: World, old: int, slot: int, lane: int, m: int) -> None:
    """Book a vehicle that has left a lane into movement m (`old` is its former slot, `slot` the new one)."""
    slots = w.slots
    lanes = w.lanes
    moves = w.moves
    drives = w.drives
    note_crossing(w, old, lane, m)
    v = slots[slot].veh
    if slots[slot].need > 0:
        lanes[lane].n_need -= 1
        slots[slot].need = 0
    lanes[moves[m].to_lane].inbox += 1
    drives[v].cursor += 1
    read_stop(w, slot, drives[v].cursor)


@kernel
def finish_trip(w: World, track: int, slot: int) -> None:
    """Take the first vehicle of a lane out of the network."""
    counter = w.counter
    slots = w.slots
    lanes = w.lanes
    links = w.links
    drives = w.drives
    v = slots[slot].veh
    now = float(counter[STEP] + 1)
    link = lanes[track].link
    links[link].spent += now - drives[v].entered
    links[link].exits += 1
    lanes[track].last_cross = now
    leave_network(w, slot, now)


@kernel
def pass_on(w: World, track: int) -> int:
    """Hand the first vehicle of `track` on. Returns the track that it came to, -1 gone, -2 it had to stay."""
    tracks = w.tracks
    slots = w.slots
    slot = tracks[track].head
    to = next_track(w, track, slot)
    if to == -1:
        finish_trip(w, track, slot)
    elif to == -2:
        return -2
    else:
        new = enter_track(w, slot, to, slots[slot].pos - tracks[track].length)
        if new < 0:
            return -2
        if track < w.n_lanes:
            depart_lane(w, slot, new, track, to - w.n_lanes)
        else:
            arrive_on_lane(w, new, to, track - w.n_lanes)
    tracks[track].head += 1
    tracks[track].count -= 1
    if track >= w.n_lanes and tracks[track].count == 0:
        w.inside[track - w.n_lanes] = 0
    return to


@kernel
def drain(w: World, track: int) -> None:
    """Hand on every vehicle that has passed the end of `track`, each as far as it has come."""
    tracks = w.tracks
    slots = w.slots
    while tracks[track].count > 0 and slots[tracks[track].head].pos >= tracks[track].length:
        cur = pass_on(w, track)
        if cur == -2:
            hold_back(w, track)
            return
        while cur >= 0 and tracks[cur].count == 1 and slots[tracks[cur].head].pos >= tracks[cur].length:
            nxt = pass_on(w, cur)
            if nxt == -2:
                hold_back(w, cur)
            cur = nxt


@kernel
def mark_rear(w: World, track: int) -> None:
    """Note on the tracks behind it how far the last vehicle of `track` still covers them."""
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    drives = w.drives
    kinds = w.kinds
    counter = w.counter
    covered = w.covered
    s = tracks[track].head + tracks[track].count - 1
    over = kinds[slots[s].typ].length - slots[s].pos
    cur = track
    for _ in range(4):
        if over <= 0.0:
            return
        if cur >= w.n_lanes:
            cur = moves[cur - w.n_lanes].from_lane
        else:
            m = drives[slots[s].veh].came if cur == track or track >= w.n_lanes else -1
            if m < 0 or moves[m].to_lane != cur:
                return
            cur = w.n_lanes + m
        if tracks[cur].rear == 0.0:
            covered[counter[N_COVERED]] = cur
            counter[N_COVERED] += 1
        if over > tracks[cur].rear:
            tracks[cur].rear = over
            tracks[cur].rear_speed = slots[s].speed
        over -= tracks[cur].length


@kernel
def mark_rears(w: World) -> None:
    """Note which tracks' ends are covered by vehicles that have left them."""
    counter = w.counter
    tracks = w.tracks
    active = w.active
    covered = w.covered
    for i in range(counter[N_COVERED]):
        tracks[covered[i]].rear = 0.0
    counter[N_COVERED] = 0
    for i in range(counter[N_ACTIVE]):
        track = active[i]
        if tracks[track].over == 1 and tracks[track].count > 0:
            mark_rear(w, track)


@kernel
def move_all(w: World) -> None:
    """Move every vehicle, hand on those at the ends, and note who still covers a track's end."""
    counter = w.counter
    tracks = w.tracks
    active = w.active
    outbox = w.outbox
    out = 0
    total = 0
    for i in range(counter[N_ACTIVE]):
        prefetch(w.tracks, active[i + FAR])
        near = active[i + NEAR]
        prefetch(w.slots, tracks[near].head + tracks[near].frozen)
        track = active[i]
        total += tracks[track].count
        if tracks[track].frozen < tracks[track].count and move_track(w, track):
            outbox[out] = track
            out += 1
    for i in range(out):
        drain(w, outbox[i])
    mark_rears(w)
    counter[VEHICLE_STEPS] += total
