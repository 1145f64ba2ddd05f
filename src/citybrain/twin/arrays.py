"""The memory that every kernel works on: flat tables of plain records, reached through one WORLD record.

A *track* is what vehicles drive on: first all lanes of the city, then all its movements (junction interiors);
track `n_lanes + m` is movement m. A *slot* holds one vehicle on a track. The slots of a track are contiguous,
front vehicle first, inside the track's window of the slot table.

Why records and not one array a field: a vehicle that moves on is one copy of a cache line, and whatever a junction asks
of a track lies in one cache line. Kernels reach the tables through one pointer (`handle.py`). The layout is that of C
structs, so a C port can take it over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

World = Any  # a `handle.Handle`; Any, because type checkers do not see what kernels make of it
Kind = Any  # a record of KIND
Table = Any  # an array of records
U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]

BIG = 1e9  # "no limit": metres, seconds or m/s

# Places in the counter table.
STEP = 0
NEXT_TRIP = 1  # first trip whose departure time has not come
WAITING = 2  # trips that wanted to depart and found no room yet
RUNNING = 3
FINISHED = 4
VEHICLE_STEPS = 5
CLAMPS = 6  # times that a vehicle was held back at once, because two paths merged too closely
RED_RUNS = 7  # vehicles that crossed a red stop line though braking hard could have stopped them
DILEMMAS = 8  # vehicles that crossed a red stop line because nothing could have stopped them
OVERLAPS = 9  # negative gaps
ERROR_BITS = 10
LANE_CHANGES = 11
SWAPS = 12
N_ACTIVE = 13  # lengths of the lists `active`, `heard` and `covered`
N_HEARD = 14
N_COVERED = 15
N_COUNTERS = 16

ERROR_FULL = 1  # a track's window overflowed

# What the first vehicle of a track waits for, besides another track.
NOTHING = -1  # or nothing that is known: it looks every second
COLOUR = -2  # another colour

f4, i4, u4, u2, i2, u1 = "f4", "i4", "u4", "u2", "i2", "u1"


LINE_BYTES = 64  # of a processor's cache


def _record(**fields: str) -> np.dtype[np.void]:
    return np.dtype(list(fields.items()), align=True)


def _line(**fields: str) -> np.dtype[np.void]:
    """A record that fills one cache line: asked for anywhere in its table, it costs one miss and not two."""
    packed: Any = _record(**fields)
    columns = [packed.fields[name] for name in packed.names]
    formats, offsets = [column[0] for column in columns], [column[1] for column in columns]
    layout: Any = {"names": packed.names, "formats": formats, "offsets": offsets, "itemsize": LINE_BYTES}
    return np.dtype(layout)


TRACK = _line(
    length=f4,
    limit=f4,  # speed limit now
    base=i4,
    cap=i4,  # greatest number of vehicles
    span=i4,  # slots in the window
    head=i4,  # slot of the first vehicle
    count=i4,
    rear=f4,  # a vehicle that has left still covers this much of the track's end
    rear_speed=f4,
    frozen=i4,  # so many at its front stand closed up: none of them moves before the first one does
    watch=i4,  # what the first one waits for: a track that is to move, or one of the below
    listed=u1,  # 1 = in the list of occupied tracks
    over=u1,  # 1 = its last vehicle may still cover the end of the track behind it
)
SLOT = _line(
    pos=f4,  # front bumper, from the track's start
    speed=f4,
    vnext=f4,  # planned speed
    ask=f4,  # speed cap that others asked for
    factor=f4,  # desired speed / limit
    veh=i4,  # trip
    turn=i4,  # turn at the end of the link that it is on or, in a junction, that it is entering; -1 = trip ends there
    mov=i4,  # movement chosen when it last looked ahead
    halt=i4,  # step in which it came to a standstill; -1 = it moves
    changed=i4,  # step of its last lane change
    stops=u2,  # so far; in DRIVE when the trip has ended
    max_wait=u2,
    pref=u4,  # lanes of its link (in a junction: of the one it enters) that suit its route
    pref2=u4,  # lanes of the link after it
    hard=u1,  # as in STOP
    typ=u1,
    need=u1,  # lane change needed: 0 none, 1 towards the middle, 2 towards the kerb
    flag=u1,  # bits; see LATE, FULL and HELD in junction.py
)
LANE = _line(
    link=i4,
    index=i4,
    out_begin=i4,  # outs[out_begin:out_end] = movements that leave the lane
    out_end=i4,
    in_begin=i4,  # ins[in_begin:in_end] = movements that enter it
    in_end=i4,
    inbox=i4,  # vehicles inside junctions on their way to this lane
    n_need=i4,  # vehicles on the lane that need to leave it
    idle=f4,  # seconds since the advance detector was last covered
    reach=f4,  # it lies no farther than this before the lane's end (`city.advance`)
    last_cross=f4,
    allowed=u2,  # vehicle classes now
)
LINK = _record(
    first_lane=i4,
    n_lanes=i4,
    queue_head=i4,
    queue_tail=i4,
    exits=i4,
    spent=f4,
    full=u1,  # 1 = nobody found room to depart, and the ends of its queues have not moved since
)
MOVE = _line(
    from_lane=i4,
    to_lane=i4,
    turn=i4,
    group=i4,
    foe_begin=i4,
    foe_end=i4,
    hold=f4,
    arrival=f4,  # seconds until the first approaching vehicle arrives, as seen in the last step
    arrival_next=f4,
    later=f4,  # seconds until the vehicle after it arrives
    later_next=f4,
    pace=f4,  # speed at which the first one will arrive
    pace_next=f4,
    passed=i4,
    major=u1,
    clear=u1,
    colour=u1,
)
FOE = _record(foe=i4, at=f4, far=f4, yields=u1)  # at: along the movement itself; far: along the foe
TURN = _record(mask=u4, to=i4)  # pair of consecutive links; lanes of the first that have a movement
STOP = _record(
    # one link of a route
    turn=i4,  # at its end; -1 = the trip ends there
    pref=u4,  # lanes that suit what follows
    hard=u1,  # the next link leaves no room for lane changes: wait rather than enter it on another lane
    again=i4,  # the junction at its end was last visited so many links before; 0 = never
)
# log: first place in the log of stop-line times, -1 = none is kept (the route visits no junction twice)
TRIP = _record(depart=f4, first_link=i4, depart_speed=f4, factor=f4, depart_lane=i2, typ=u1, log=i4)
DRIVE = _record(
    queue_next=i4,
    first_stop=i4,  # of its route, in the stop table
    cursor=i4,  # place in the stop table
    inserted=f4,
    arrived=f4,
    entered=f4,  # time when it entered its present link
    approach=f4,  # time spent on lanes before stop lines
    came=i4,  # movement by which it entered its lane
    stops=u2,
    max_wait=u2,
)
KIND = _record(
    length=f4,
    gap=f4,
    accel=f4,
    decel=f4,
    hard=f4,
    tau=f4,
    sigma=f4,
    vmax=f4,
    stop=f4,  # distance kept from a stop line
    freeze=f4,  # who stands behind a standing vehicle with no more room than this does not move
    bits=u2,
    model=u1,
)
GROUP = _record(begin=i4, end=i4)  # members[begin:end] = movements that show the group's colour
SIGNAL = _record(plan=i4, first_group=i4, n_groups=i4)
PLAN = _record(offset=f4, cycle=f4, first=i4, n=i4)  # parts[first:first + n] = its phases
PART = _record(seconds=f4, colours_at=i4)
INT = np.dtype(np.int32)
FLOAT = np.dtype(np.float32)
COUNT = np.dtype(np.int64)
BYTE = np.dtype(np.uint8)

# Constant tables are shared by all forks; the others are the state.
CONSTANT = {
    "foes": FOE,
    "turns": TURN,
    "stops": STOP,
    "trips": TRIP,
    "kinds": KIND,
    "outs": INT,
    "ins": INT,
    "groups": GROUP,
    "members": INT,
    "signals": SIGNAL,
    "plans": PLAN,
    "parts": PART,
    "colours": BYTE,
}
MUTABLE = {
    "counter": COUNT,
    "tracks": TRACK,
    "slots": SLOT,
    "lanes": LANE,
    "links": LINK,
    "moves": MOVE,
    "drives": DRIVE,
    "shown": BYTE,  # colour of each signal group
    "phases": INT,  # phase that each signal's plan shows
    "active": INT,  # tracks with vehicles on them
    "heard": INT,  # movements with an announced arrival
    "inside": BYTE,  # 1 = somebody is on this movement's path: what a junction asks of it most, kept close together
    "covered": INT,  # tracks whose end is covered by a vehicle that has left
    "log": FLOAT,
    "outbox": INT,
}
WORLD = np.dtype(
    [("n_lanes", "i8"), ("n_links", "i8"), ("seed", "i8"), ("begin_s", "f8")]
    + [(f"{name}_{part}", "i8") for name in (*CONSTANT, *MUTABLE) for part in ("at", "n")]
)
