"""What a vehicle meets beyond its own track: stop lines, colours, right of way, room at the exit, the next leader."""

from __future__ import annotations

from citybrain.twin.arrays import (
    BIG,
    N_HEARD,
    STEP,
    Kind,
    World,
)
from citybrain.twin.foes import HOLD_SLACK_M, box_blocked, end_speed, must_yield, travel_s
from citybrain.twin.follow import (
    CITYFLOW,
    brake_distance,
    follow_speed,
    slow_to,
    slow_to_cityflow,
    stop_speed,
)
from citybrain.twin.jit import inlined, kernel

RED = 0
RED_YELLOW = 1
YELLOW = 2
OFF = 3
STOP_THEN_GO = 4
PERMISSIVE = 5

# Bits of a vehicle's flag.
LATE = 1  # it met a red light too late to stop
FULL = 2  # it stands because its exit is full
HELD = 4  # it stops before its lane's end

VISIBILITY_M = 4.5  # from here on a yielding driver sees its foes (SUMO's default foe visibility)
IMPATIENT_S = 60  # a driver who waited this long no longer yields to vehicles that have not entered
CITYFLOW_YIELD_M = 5.0  # CityFlow's yield distance
STANDING_MPS = 0.1
CHOOSE_S = 4  # between two looks for a better lane beyond the junction
MAX_HOPS = 12  # tracks looked ahead at most
FAST_TAIL_MPS = 2.0  # an exit whose last vehicle drives at least so fast has room (CityFlow's rule)


@inlined
def waited(w: World, slot: int) -> int:
    """Seconds that the vehicle has stood."""
    halt = w.slots[slot].halt
    return w.counter[STEP] - halt if halt >= 0 else 0


@inlined
def movement_of(w: World, slot: int, lane: int, turn: int) -> int:
    """The movement that the vehicle on `lane` will take; it looks for a better one every few seconds only."""
    slots = w.slots
    moves = w.moves
    m = slots[slot].mov
    if m >= 0 and moves[m].from_lane == lane and moves[m].turn == turn:
        again = (w.counter[STEP] + slots[slot].veh) % CHOOSE_S
        if again != 0 and w.lanes[moves[m].to_lane].allowed != 0:
            return m
    return choose_movement(w, lane, (turn, slots[slot].pref2, slots[slot].hard), w.kinds[slots[slot].typ].bits)


@inlined
def way_beyond(w: World, slot: int, ahead: int) -> tuple[int, int, int]:
    """Where the vehicle goes from the link that comes `ahead` links after its own (see `choose_movement`)."""
    if ahead == 0:
        return int(w.slots[slot].turn), int(w.slots[slot].pref2), int(w.slots[slot].hard)
    stops = w.stops
    stop = w.drives[w.slots[slot].veh].cursor + ahead
    turn = stops[stop].turn
    return int(turn), int(stops[stop + 1].pref) if turn >= 0 else 0, int(stops[stop].hard)


@kernel
def choose_movement(w: World, lane: int, way: tuple[int, int, int], bits: int) -> int:
    """Movement from `lane` whose target lane suits the rest of the route best; -1 when there is none.

    `way` is the turn to make, the lanes of the next link that suit what follows, and whether no others will do; `bits`
    is the vehicle's class. Lanes that suit come first, then the target with fewer vehicles on and before it, then the
    nearer one.
    """
    tracks = w.tracks
    lanes = w.lanes
    moves = w.moves
    outs = w.outs
    best = -1
    best_cost = BIG
    turn, pref, hard = way
    for e in range(lanes[lane].out_begin, lanes[lane].out_end):
        m = outs[e]
        if moves[m].turn != turn:
            continue
        to = moves[m].to_lane
        if lanes[to].allowed & bits == 0:
            continue
        cost = 1.0 * (tracks[to].count + lanes[to].inbox)
        if tracks[w.n_lanes + m].count > 0:
            cost -= 1.0  # follow those ahead rather than weave
        if (pref >> lanes[to].index) & 1 == 0:
            if hard != 0:
                continue
            cost += 1000.0
        if cost < best_cost:
            best_cost = cost
            best = m
    return best


@kernel
def lane_room(w: World, lane: int) -> tuple[float, bool]:
    """Metres free at the start of a lane, and whether a standing vehicle ends them.

    Moving vehicles before it count as closed up. A last vehicle that drives away leaves the whole lane free
    (CityFlow's rule of 2 m/s).
    """
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    last = tracks[lane].head + tracks[lane].count - 1
    used = 0.0
    for s in range(last, max(last - 8, tracks[lane].head - 1), -1):
        kind = kinds[slots[s].typ]
        if slots[s].speed >= FAST_TAIL_MPS and s == last:
            return tracks[lane].length, False
        if slots[s].speed < STANDING_MPS:
            return slots[s].pos - kind.length - used, True
        used += kind.length + kind.gap
    return tracks[lane].length - used, False


@kernel
def exit_room(w: World, slot: int, m: int, need: float) -> float:
    """Metres free beyond movement m for the vehicle in `slot`, up to the first standing vehicle or closed stop line.

    Short lanes are looked through along its route.
    """
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    bits = w.kinds[slots[slot].typ].bits
    ahead = 1
    lane = moves[m].to_lane
    room = 0.0
    for _ in range(4):
        free, stands = lane_room(w, lane)
        room += free
        if room >= need or stands:
            return room
        way = way_beyond(w, slot, ahead)
        if way[0] < 0:
            return BIG  # the trip ends there: whoever comes drives off the network
        after = choose_movement(w, lane, way, bits)
        if after < 0 or (moves[after].colour <= YELLOW and moves[after].group >= 0):
            return room
        room += tracks[w.n_lanes + after].length
        lane = moves[after].to_lane
        ahead += 1
    return BIG


@inlined
def yields_now(w: World, colour: int, m: int) -> bool:
    """Does the movement lack right of way under this colour?"""
    moves = w.moves
    return colour in (PERMISSIVE, STOP_THEN_GO) or (colour == OFF and moves[m].major == 0)


@inlined
def colour_lets_go(w: World, slot: int, colour: int, seen: float) -> bool:
    """Does a signal that is not red let a vehicle go that could still stop?"""
    if colour != STOP_THEN_GO:
        return colour != YELLOW
    slots = w.slots
    room = seen - w.kinds[slots[slot].typ].stop
    return room < 2.0 and (slots[slot].speed < 0.5 or slots[slot].halt >= 0)


@kernel
def exit_is_free(w: World, slot: int, m: int) -> bool:
    """Is there room beyond the junction for the vehicle, behind those inside that go to the same lane?"""
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    moves = w.moves
    kind = w.kinds[slots[slot].typ]
    if moves[m].clear == 0:
        return True
    to = moves[m].to_lane
    need = (kind.length + kind.gap) * (1.0 + lanes[to].inbox)
    least = min(need, tracks[to].length) if lanes[to].inbox == 0 else need
    if exit_room(w, slot, m, need) >= least:
        return True
    slots[slot].flag |= FULL
    return False


@kernel
def may_enter(w: World, slot: int, m: int, seen: float) -> bool:
    """May the vehicle pass the stop line, `seen` metres ahead, of movement m? (Everything but the cars ahead of it.)"""
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    kinds = w.kinds
    typ = slots[slot].typ
    v = slots[slot].speed
    colour = moves[m].colour
    if colour <= RED_YELLOW:
        return seen < brake_distance(kinds[typ], v, kinds[typ].hard)
    if seen < brake_distance(kinds[typ], v, kinds[typ].decel):
        return True
    if not colour_lets_go(w, slot, colour, seen) or not exit_is_free(w, slot, m):
        return False
    if moves[m].foe_end == moves[m].foe_begin:
        return True
    track = w.n_lanes + m
    limit = tracks[track].limit
    accel = kinds[typ].accel
    arrive_s = travel_s(seen, v, accel, limit)
    if box_blocked(w, m, arrive_s):
        if not yields_now(w, colour, m):
            announce(w, m, arrive_s, v)  # it comes as soon as the way is clear: nobody else may slip in before it
        return False
    if yields_now(w, colour, m) and moves[m].hold < 0.0:
        way = seen + tracks[track].length
        window = (arrive_s, travel_s(way + kinds[typ].length, v, accel, limit))
        return not must_yield(w, m, window, end_speed(way, v, accel, limit), waited(w, slot) < IMPATIENT_S)
    return True


@kernel
def merge_cap(w: World, slot: int, m: int, seen: float) -> float:
    """Speed cap from vehicles in the junction that will enter the same lane before us (`seen` metres to its start)."""
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    moves = w.moves
    kinds = w.kinds
    ins = w.ins
    to = moves[m].to_lane
    cap = BIG
    if lanes[to].inbox <= tracks[w.n_lanes + m].count:
        return cap
    typ = slots[slot].typ
    inside = seen <= tracks[w.n_lanes + m].length
    for e in range(lanes[to].in_begin, lanes[to].in_end):
        other = ins[e]
        if other == m:
            continue
        track = w.n_lanes + other
        for i in range(tracks[track].count):
            s = tracks[track].head + i
            if slots[s].pos <= moves[other].hold + HOLD_SLACK_M:
                break  # it waits inside the junction for us, as do those behind it
            ahead = seen - (tracks[track].length - slots[s].pos)
            if ahead < 0.0 or (ahead == 0.0 and inside and other > m):
                break  # those behind it are farther from the merge still
            if not inside or ahead >= 0.0:
                gap = ahead - kinds[slots[s].typ].length - kinds[typ].gap
                v = follow_speed(kinds[typ], gap, slots[slot].speed, slots[s].speed, kinds[slots[s].typ].decel)
                cap = min(cap, v)
    return cap


@kernel
def hold_cap(w: World, slot: int, m: int) -> float:
    """Speed cap of a vehicle inside the junction that still has to let foes pass at its waiting place."""
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    kinds = w.kinds
    hold = moves[m].hold
    gap = hold - slots[slot].pos
    if hold < 0.0 or gap < -HOLD_SLACK_M:
        return BIG
    typ = slots[slot].typ
    v = slots[slot].speed
    if v > HOLD_SLACK_M and gap < brake_distance(kinds[typ], v, kinds[typ].decel):
        return BIG
    limit = tracks[w.n_lanes + m].limit
    accel = kinds[typ].accel
    rest = tracks[w.n_lanes + m].length - slots[slot].pos
    arrive_s = travel_s(max(gap, 0.0), v, accel, limit)
    window = (arrive_s, travel_s(rest + kinds[typ].length, v, accel, limit))
    if must_yield(w, m, window, end_speed(rest, v, accel, limit), waited(w, slot) < IMPATIENT_S):
        return stop_speed(kinds[typ], max(gap, 0.0), v)
    return BIG


@inlined
def tail_cap(w: World, slot: int, track: int, seen: float) -> float:
    """Speed cap from the last vehicle on `track`, whose start lies `seen` metres ahead; -1 when there is none."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    typ = slots[slot].typ
    n = tracks[track].count
    if n > 0:
        s = tracks[track].head + n - 1
        gap = seen + slots[s].pos - kinds[slots[s].typ].length - kinds[typ].gap
        return follow_speed(kinds[typ], gap, slots[slot].speed, slots[s].speed, kinds[slots[s].typ].decel)
    if tracks[track].rear > 0.0:
        gap = seen + tracks[track].length - tracks[track].rear - kinds[typ].gap
        return follow_speed(kinds[typ], gap, slots[slot].speed, tracks[track].rear_speed, kinds[typ].decel)
    return -1.0


@inlined
def announce(w: World, m: int, arrive_s: float, speed: float) -> None:
    """Let others know when a vehicle will enter movement m; the two that come first are remembered."""
    moves = w.moves
    if moves[m].arrival >= BIG and moves[m].arrival_next >= BIG:
        heard = w.heard
        counter = w.counter
        heard[counter[N_HEARD]] = m
        counter[N_HEARD] += 1
    if arrive_s < moves[m].arrival_next:
        moves[m].later_next = moves[m].arrival_next
        moves[m].arrival_next = arrive_s
        moves[m].pace_next = speed
    elif arrive_s < moves[m].later_next:
        moves[m].later_next = arrive_s


@kernel
def line_cap(w: World, slot: int, m: int, seen: float) -> float:
    """Speed cap at the stop line of movement m; -1 = the vehicle may pass, and its arrival is announced."""
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    kinds = w.kinds
    typ = slots[slot].typ
    v = slots[slot].speed
    slots[slot].flag = 0
    enter = m >= 0 and may_enter(w, slot, m, seen)
    if enter and moves[m].colour == RED:
        slots[slot].flag |= LATE
    if not enter:
        return stop_speed(kinds[typ], max(seen - kinds[typ].stop, 0.0), v)
    announce(w, m, travel_s(seen, v, kinds[typ].accel, tracks[w.n_lanes + m].limit), v)
    return -1.0


@inlined
def entry_cap(y: Kind, limit: float, speed: float, seen: float, at_line: bool) -> float:
    """Speed cap from the limit of the track that begins `seen` metres ahead.

    CityFlow's drivers keep a turn's speed on the whole approach (its "approaching intersection distance").
    """
    if y.model == CITYFLOW and at_line:
        return limit if seen <= y.vmax * y.vmax / (2.0 * y.decel) + 2.0 * y.vmax else BIG
    if y.model == CITYFLOW:
        return slow_to_cityflow(limit, seen, speed, y.decel)
    return slow_to(limit, seen, y.decel)


@kernel
def fork_cap(w: World, slot: int, lane: int, m: int, seen: float) -> float:
    """Speed cap of a CityFlow driver behind one who takes another path from the same lane.

    CityFlow counts the common start of two paths as a crossing: until the first car's rear has passed it, the next one
    keeps 5 m from the stop line if it still can. This costs about a tenth of the saturation flow.
    """
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    lanes = w.lanes
    outs = w.outs
    typ = slots[slot].typ
    head = tracks[lane].head
    blocked = slot != head and slots[head].mov != m and slots[head].mov >= 0
    for e in range(lanes[lane].out_begin, lanes[lane].out_end):
        path = w.n_lanes + outs[e]
        if outs[e] != m and tracks[path].count > 0:
            s = tracks[path].head + tracks[path].count - 1
            blocked = blocked or slots[s].pos <= kinds[slots[s].typ].length
    room = seen - CITYFLOW_YIELD_M
    v = slots[slot].speed
    if not blocked or brake_distance(kinds[typ], v, kinds[typ].hard) >= room:
        return BIG
    return stop_speed(kinds[typ], room, v)


@inlined
def stands_at_red(w: World, lane: int, slot: int) -> bool:
    """Does the vehicle stand at its stop line, its movement still red or its exit still full?"""
    tracks = w.tracks
    slots = w.slots
    moves = w.moves
    m = slots[slot].mov
    if m < 0 or moves[m].from_lane != lane or moves[m].turn != slots[slot].turn:
        return False
    full = slots[slot].flag & FULL != 0 and (w.counter[STEP] + slots[slot].veh) % 2 == 0  # looked a second ago
    if moves[m].colour > RED_YELLOW and not full:
        return False
    return tracks[lane].length - slots[slot].pos <= w.kinds[slots[slot].typ].stop + 0.1


@kernel
def cross_line(w: World, slot: int, at: tuple[int, bool, int], seen: float) -> tuple[int, float]:
    """What a vehicle meets at the end of a lane `seen` metres ahead: (movement that it will take, speed cap).

    `at` is the lane, whether the vehicle is on it, and how many links of its route lie before it. Movement -1 = the cap
    is that of a stop at the line; -2 = the trip ends on this lane.
    """
    slots = w.slots
    moves = w.moves
    lane, own, ahead = at
    kind = w.kinds[slots[slot].typ]
    way = way_beyond(w, slot, ahead)
    if way[0] < 0:
        return -2, BIG
    if own:
        m = movement_of(w, slot, lane, way[0])
        slots[slot].mov = m
    else:
        m = choose_movement(w, lane, way, kind.bits)
    line = line_cap(w, slot, m, seen)
    if line >= 0.0:
        slots[slot].flag |= HELD * own
        return -1, line
    cap = fork_cap(w, slot, lane, m, seen) if kind.model == CITYFLOW and own else BIG
    if yields_now(w, moves[m].colour, m) and seen > VISIBILITY_M:
        cap = min(cap, slow_to(2.0 * kind.decel, seen - VISIBILITY_M, kind.decel))
    return int(m), cap


@kernel
def look_ahead(w: World, track: int, slot: int, reach: float) -> float:
    """Speed cap from everything between the end of the vehicle's track and its look-ahead distance `reach`."""
    tracks = w.tracks
    slots = w.slots
    kind = w.kinds[slots[slot].typ]
    seen = tracks[track].length - slots[slot].pos
    if slots[slot].speed == 0.0 and track < w.n_lanes and stands_at_red(w, track, slot):
        slots[slot].flag |= HELD
        return 0.0
    cap = BIG
    ahead = 0
    cur = track
    for _ in range(MAX_HOPS):
        if cur < w.n_lanes:
            m, line = cross_line(w, slot, (cur, cur == track, ahead), seen)
            cap = min(cap, line)
            if m < 0:
                break
            ahead += 1
            nxt = w.n_lanes + m
            end = seen + tracks[nxt].length
        else:
            m = cur - w.n_lanes
            if cur == track:
                cap = min(cap, hold_cap(w, slot, m))
            nxt = w.moves[m].to_lane
            end = seen
        limit = tracks[nxt].limit * slots[slot].factor
        cap = min(cap, entry_cap(kind, limit, slots[slot].speed, seen, cur < w.n_lanes))
        if slot != tracks[track].head:
            break  # the vehicle ahead on the same track sees the rest
        cap = min(cap, merge_cap(w, slot, m, end))
        tail = tail_cap(w, slot, nxt, seen)
        if tail >= 0.0:
            return min(cap, tail)
        seen += tracks[nxt].length
        if seen > reach:
            break
        cur = nxt
    return cap
