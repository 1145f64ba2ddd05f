"""Departures: trips wait in one queue per link and enter when there is room."""

from __future__ import annotations

from citybrain.twin.arrays import (
    BIG,
    NEXT_TRIP,
    RUNNING,
    STEP,
    WAITING,
    World,
)
from citybrain.twin.follow import brake_gap, follow_speed, random_unit, stop_speed
from citybrain.twin.jit import inlined, kernel
from citybrain.twin.move import STANDING_MPS, lane_need, read_stop, room_for_one

CITYFLOW = 1
RANDOM_LANE = -2
FREE_LANE = -3


@kernel
def queue_departures(w: World) -> None:
    """Put every trip whose time has come at the end of its link's queue."""
    counter = w.counter
    links = w.links
    trips = w.trips
    drives = w.drives
    now = float(counter[STEP])
    i = counter[NEXT_TRIP]
    while i < trips.size and trips[i].depart <= now:
        link = trips[i].first_link
        drives[i].queue_next = -1
        if links[link].queue_head < 0:
            links[link].queue_head = i
        else:
            drives[links[link].queue_tail].queue_next = i
        links[link].queue_tail = i
        counter[WAITING] += 1
        i += 1
    counter[NEXT_TRIP] = i


@inlined
def start_pos(w: World, typ: int, lane: int) -> float:
    """Where a departing vehicle's front stands: fully on the lane, or at its start as CityFlow has it."""
    tracks = w.tracks
    kinds = w.kinds
    if kinds[typ].model == CITYFLOW:
        return 0.0
    return min(kinds[typ].length, tracks[lane].length - 0.1)


@kernel
def start_gap(w: World, lane: int, typ: int) -> float:
    """Free metres in front of a vehicle that starts on `lane` (its minimum gap taken off)."""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    n = tracks[lane].count
    pos = start_pos(w, typ, lane)
    if n == 0:
        covered = max(0.0, tracks[lane].rear)
        return tracks[lane].length - covered - pos - (kinds[typ].gap if covered > 0.0 else 0.0)
    tail = tracks[lane].head + n - 1
    return slots[tail].pos - kinds[slots[tail].typ].length - kinds[typ].gap - pos


@kernel
def is_way_free(w: World, lane: int, typ: int, speed: float) -> bool:
    """No vehicle from the junction behind may have to brake hard for the new one."""
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    kinds = w.kinds
    ins = w.ins
    back = start_pos(w, typ, lane) - kinds[typ].length
    if lanes[lane].inbox > 0:
        for e in range(lanes[lane].in_begin, lanes[lane].in_end):
            track = w.n_lanes + ins[e]
            if tracks[track].count > 0:
                s = tracks[track].head
                other = slots[s].typ
                gap = tracks[track].length - slots[s].pos + back - kinds[other].gap
                if follow_speed(kinds[other], gap, slots[s].speed, speed, kinds[typ].decel) < slots[s].speed:
                    return False
    return True


@kernel
def pick_lane(w: World, trip: int) -> int:
    """Lane to depart on: as the trip asks, else of those that suit the route the one with most room; -1 = none."""
    tracks = w.tracks
    lanes = w.lanes
    links = w.links
    stops = w.stops
    trips = w.trips
    kinds = w.kinds
    link = trips[trip].first_link
    first = links[link].first_lane
    n = links[link].n_lanes
    typ = trips[trip].typ
    bits = kinds[typ].bits
    ask = trips[trip].depart_lane
    if 0 <= ask < n and lanes[first + ask].allowed & bits:
        return first + ask
    pref = stops[w.drives[trip].first_stop].pref
    if ask == RANDOM_LANE:
        lane = first + int(random_unit(w.seed, trip, 7) * n)
        if lanes[lane].allowed & bits:
            return lane
    best = -1
    best_cost = BIG
    for k in range(n):
        lane = first + k
        if lanes[lane].allowed & bits == 0:
            continue
        cost = -min(start_gap(w, lane, typ), 200.0) / 7.5 + 1.0 * tracks[lane].count
        if ask != FREE_LANE and (pref >> k) & 1 == 0:
            cost += 10000.0
        if cost < best_cost:
            best_cost = cost
            best = lane
    return best


@kernel
def start_speed(w: World, trip: int, lane: int, gap: float) -> float:
    """Speed at departure: as asked for, never more than is safe; -1 = no room."""
    tracks = w.tracks
    slots = w.slots
    trips = w.trips
    kinds = w.kinds
    typ = trips[trip].typ
    if gap < 0.0:
        return -1.0
    want = min(tracks[lane].limit * trips[trip].factor, kinds[typ].vmax)
    ask = trips[trip].depart_speed
    if ask >= 0.0:
        want = min(want, ask)
    n = tracks[lane].count
    to_end = tracks[lane].length - start_pos(w, typ, lane)
    safe = stop_speed(kinds[typ], max(to_end - kinds[typ].stop, 0.0), want)
    if n > 0:
        tail = tracks[lane].head + n - 1
        decel = kinds[slots[tail].typ].decel
        safe = min(safe, follow_speed(kinds[typ], gap, want, slots[tail].speed, decel))
        if gap + brake_gap(slots[tail].speed, decel) < 0.0:
            return -1.0
    return max(min(want, safe), 0.0)


@kernel
def put_on_lane(w: World, trip: int, lane: int, speed: float) -> None:
    """Let the trip begin behind the last vehicle of `lane`."""
    counter = w.counter
    tracks = w.tracks
    slots = w.slots
    lanes = w.lanes
    trips = w.trips
    drives = w.drives
    kinds = w.kinds
    s = tracks[lane].head + tracks[lane].count
    tracks[lane].count += 1
    typ = trips[trip].typ
    stop = drives[trip].first_stop
    now = float(counter[STEP])
    slots[s].pos = start_pos(w, typ, lane)
    slots[s].speed = speed
    slots[s].vnext = 0.0
    slots[s].ask = BIG
    slots[s].factor = trips[trip].factor
    slots[s].veh = trip
    read_stop(w, s, stop)
    slots[s].mov = -1
    slots[s].halt = counter[STEP] if speed < STANDING_MPS else -1
    slots[s].typ = typ
    slots[s].flag = 0
    slots[s].stops = 0
    slots[s].max_wait = 0
    need = lane_need(w, lane, slots[s].pref, kinds[typ].bits)
    slots[s].need = need
    if need > 0:
        lanes[lane].n_need += 1
    drives[trip].cursor = stop
    drives[trip].inserted = now
    drives[trip].entered = now
    drives[trip].came = -1
    slots[s].changed = counter[STEP]
    counter[RUNNING] += 1
    counter[WAITING] -= 1


@kernel
def try_depart(w: World, trip: int) -> bool:
    """Let one trip begin if there is room."""
    trips = w.trips
    lane = pick_lane(w, trip)
    if lane < 0:
        return False
    typ = trips[trip].typ
    speed = start_speed(w, trip, lane, start_gap(w, lane, typ))
    if speed < 0.0 or not is_way_free(w, lane, typ, speed) or not room_for_one(w, lane):
        return False
    put_on_lane(w, trip, lane, speed)
    return True


@inlined
def link_stands(w: World, link: int) -> bool:
    """Does nobody move on any of the link's lanes?"""
    tracks = w.tracks
    first = w.links[link].first_lane
    for lane in range(first, first + w.links[link].n_lanes):
        if tracks[lane].count == 0 or tracks[lane].frozen < tracks[lane].count:
            return False
    return True


@kernel
def insert_all(w: World) -> None:
    """Begin as many waiting trips as find room, in order of departure on each link."""
    counter = w.counter
    links = w.links
    drives = w.drives
    queue_departures(w)
    if counter[WAITING] == 0:
        return
    for link in range(w.n_links):
        if links[link].queue_head < 0:
            continue
        stands = link_stands(w, link)
        if stands and links[link].full == 1:
            continue  # nothing has changed since somebody last found no room
        while links[link].queue_head >= 0 and try_depart(w, links[link].queue_head):
            links[link].queue_head = drives[links[link].queue_head].queue_next
        links[link].full = stands and links[link].queue_head >= 0
