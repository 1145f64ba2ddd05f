"""A flow model of every link: free driving, then a queue at the stop line of each lane, discharged as the signals show.

It is a fluid point queue (Vickrey 1969) with the capacity of each lane, first in first out by parcels of arrivals, and
full links that hold their upstream queues (spillback). Where cameras see a stop line, what left is what they saw;
elsewhere it is what the model lets go. The kernels write into the state.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F32, F64, I32, I64, U8, Colour
from citybrain.estimate.approaches import Approaches
from citybrain.estimate.jit import entry, inlined

PARCELS = 16  # arrivals of a lane are told apart in so many parcels
PARCEL_S = 6.0  # arrivals within such a time share a parcel
JAM_M = 7.5  # a standing vehicle and its gap
IDLE_HEADWAYS = 2.2  # a watched lane that lets nobody go for so long of a green is empty: cameras miss some
PLATOON_S = 4.0  # who leaves so soon after another, or after the green began, has waited for it
DEBT = 1.5  # vehicles that may leave a watched lane before the model has them arrive
FORGIVE_S = 60.0  # debts fade so slowly
YIELD_S = 3.0  # a vehicle of a foe stream closes the gap for so long
LEAST = 0.12  # share of the saturation flow that gets through between foes and at the end of a green
FOE_S = 6.0  # foe flows are means over so long
CALM_CYCLES = 1.2  # a lane is calm up to what it serves in so many cycles; a longer queue wants a witness
CALM_LEAST = 4.0  # vehicles
LEAK_S = 60.0  # a queue that nobody has witnessed shrinks to a calm one so slowly
OLD = 8  # parcels of a queue that a probe has witnessed

_PERMISSIVE = int(Colour.PERMISSIVE)
_STOP_THEN_GO = int(Colour.STOP_THEN_GO)
_OFF = int(Colour.OFF)


class Road(NamedTuple):
    """What changes slowly or never."""

    free_s: F32  # [n_links] learned: a factor for all links
    length_m: F32
    room: F32  # [n_links] vehicles that fit
    ring_offset: I64  # [n_links + 1]
    saturation_vps: F32  # [n_lanes] learned: one for all lanes
    cycle_s: F32  # [n_lanes] of its signal's plan
    green_frac: F32  # [n_streams] of the time
    share: F32  # [n_turns] of those who reach the link's end
    entry_vps: F32  # [n_links] trips that begin on it
    sink_frac: F32  # [n_links] of its vehicles, that end their trip on it


class Flow(NamedTuple):
    """The state of the model; mutable arrays."""

    ring: F32  # arrivals at the stop line, by link and second
    moving: F32  # [n_links] vehicles between the start and the queue
    queue: F32  # [n_streams]; below 0 = debts
    foe_vps: F32  # [n_streams] outflow, smoothed
    idle_s: F32  # [n_lanes] of green without a departure; below 0 = red
    red_s: F32  # [n_lanes] length of the newest red
    witness_s: F32  # [n_links] for so long an overflow needs no other witness
    parcel_s: F64  # [n_lanes, PARCELS] mean time of arrival
    parcel: F32  # [n_lanes, PARCELS] vehicles
    head: I32  # [n_lanes] oldest parcel
    filled: I32  # [n_lanes] parcels in use


class Second(NamedTuple):
    """What happened in one second: [n_links] but for the last two."""

    exits: F32
    travel_s: F32  # of those who left
    spent_s: F32
    driven_m: F32
    arrived: F32  # [n_lanes] at the stop line
    out: F32  # [n_streams]


class Seen(NamedTuple):
    """What cameras saw of one second, and what the signals show in it."""

    second: int
    time_s: float
    colours: U8  # [n_groups]
    watched: U8  # [n_lanes] 1 = its camera lives
    left: F32  # [n_streams] vehicles over the line


def still(table: Approaches, road: Road) -> Flow:
    """Empty streets."""
    n_links, n_lanes, n_streams = table.n_lanes.size, table.lane_link.size, table.stream_turn.size
    f = np.float32
    return Flow(
        ring=np.zeros(int(road.ring_offset[-1]), f),
        moving=np.zeros(n_links, f),
        queue=np.zeros(n_streams, f),
        foe_vps=np.zeros(n_streams, f),
        idle_s=np.zeros(n_lanes, f),
        red_s=np.zeros(n_lanes, f),
        witness_s=np.zeros(n_links, f),
        parcel_s=np.zeros((n_lanes, PARCELS)),
        parcel=np.zeros((n_lanes, PARCELS), f),
        head=np.zeros(n_lanes, np.int32),
        filled=np.zeros(n_lanes, np.int32),
    )


def nothing(table: Approaches) -> Second:
    """A second in which nothing has happened yet."""
    n_links, n_lanes, n_streams = table.n_lanes.size, table.lane_link.size, table.stream_turn.size
    return Second(*(np.zeros(n, np.float32) for n in (n_links, n_links, n_links, n_links, n_lanes, n_streams)))


@entry
def step(table: Approaches, road: Road, flow: Flow, seen: Seen, out: Second) -> None:
    """One second: arrivals, departures, and the account of both."""
    _pass(table, road, flow, seen, out)


@inlined
def _pass(table: Approaches, road: Road, flow: Flow, seen: Seen, out: Second) -> None:
    _arrive(table, road, flow, seen, out)
    for lane in range(table.lane_link.size):
        if table.stream_offset[lane] < table.stream_offset[lane + 1]:
            _depart(table, road, flow, seen, lane, out)
    for link in range(table.n_lanes.size):
        out.spent_s[link] += flow.moving[link] + link_queue(table, flow, link)
        out.driven_m[link] += flow.moving[link] * road.length_m[link] / road.free_s[link]
        flow.witness_s[link] = max(flow.witness_s[link] - 1.0, 0.0)


@inlined
def lane_queue(table: Approaches, flow: Flow, lane: int) -> float:
    """Vehicles in the queue of a lane."""
    total = 0.0
    for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
        total += max(flow.queue[stream], 0.0)
    return total


@inlined
def link_queue(table: Approaches, flow: Flow, link: int) -> float:
    """Vehicles in the queues of a link."""
    total = 0.0
    for lane in range(table.first_lane[link], table.first_lane[link] + table.n_lanes[link]):
        total += lane_queue(table, flow, lane)
    return total


@entry
def lane_queues(table: Approaches, flow: Flow) -> F32:
    """Vehicles in the queues of all lanes [n_lanes]."""
    out = np.zeros(table.lane_link.size, np.float32)
    for lane in range(out.size):
        out[lane] = lane_queue(table, flow, lane)
    return out


@inlined
def lane_vps(table: Approaches, road: Road, lane: int) -> float:
    """What the lane lets go in the mean, reds included."""
    share = 0.0
    for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
        share = max(share, road.green_frac[stream])
    return max(float(road.saturation_vps[lane]) * share, 0.02)


@inlined
def calm_queue(table: Approaches, road: Road, lane: int) -> float:
    """The longest queue that is plausible without a witness."""
    return CALM_CYCLES * max(lane_vps(table, road, lane) * float(road.cycle_s[lane]), CALM_LEAST)


@inlined
def set_queue(table: Approaches, road: Road, flow: Flow, lane: int, n: float, time_s: float) -> None:
    """Put a queue of n vehicles in place of the lane's: they have come evenly since the first of them has waited."""
    first, last = table.stream_offset[lane], table.stream_offset[lane + 1]
    total = 0.0
    for stream in range(first, last):
        total += road.share[table.stream_turn[stream]] + 1e-3
    for stream in range(first, last):
        flow.queue[stream] = n * (road.share[table.stream_turn[stream]] + 1e-3) / total
    age_s = n / lane_vps(table, road, lane)
    flow.head[lane], flow.filled[lane] = 0, OLD
    for k in range(OLD):
        flow.parcel[lane, k] = n / OLD
        flow.parcel_s[lane, k] = time_s - age_s * (1.0 - (k + 0.5) / OLD)


@inlined
def _store(flow: Flow, lane: int, time_s: float, amount: float) -> None:
    """Add arrivals to the newest parcel, or to a new one."""
    n = flow.filled[lane]
    last = (flow.head[lane] + n - 1) % PARCELS
    if n > 0 and (n == PARCELS or time_s - flow.parcel_s[lane, last] < PARCEL_S):
        had = flow.parcel[lane, last]
        flow.parcel_s[lane, last] = (had * flow.parcel_s[lane, last] + amount * time_s) / (had + amount)
        flow.parcel[lane, last] = had + amount
        return
    at = (flow.head[lane] + n) % PARCELS
    flow.parcel_s[lane, at] = time_s
    flow.parcel[lane, at] = amount
    flow.filled[lane] = n + 1


@inlined
def _take(flow: Flow, lane: int, time_s: float, amount: float) -> float:
    """Remove the oldest arrivals; sum of their waits."""
    waited = 0.0
    while amount > 1e-6 and flow.filled[lane] > 0:
        at = flow.head[lane]
        part = min(amount, flow.parcel[lane, at])
        waited += part * max(time_s - flow.parcel_s[lane, at], 0.0)
        flow.parcel[lane, at] -= np.float32(part)
        amount -= part
        if flow.parcel[lane, at] <= 1e-6:
            flow.head[lane] = (at + 1) % PARCELS
            flow.filled[lane] -= 1
    return waited


@inlined
def _enter(road: Road, flow: Flow, link: int, second: int, extra_s: float, n: float) -> None:
    """Vehicles start to drive along a link; they reach its end after its free time."""
    begin = road.ring_offset[link]
    size = road.ring_offset[link + 1] - begin
    due = min(max(round(road.free_s[link] + extra_s), 1), size - 1)
    flow.ring[begin + (second + due) % size] += n
    flow.moving[link] += n


@inlined
def _arrive(table: Approaches, road: Road, flow: Flow, seen: Seen, out: Second) -> None:
    """Those who reach their stop line choose a lane and queue; where no way leads on they leave the network."""
    for link in range(table.n_lanes.size):
        begin = road.ring_offset[link]
        at = begin + seen.second % (road.ring_offset[link + 1] - begin)
        n = flow.ring[at]
        flow.ring[at] = 0.0
        if n > 0.0:
            flow.moving[link] = max(flow.moving[link] - n, 0.0)
            if table.turn_offset[link] == table.turn_offset[link + 1]:
                out.exits[link] += n
                out.travel_s[link] += n * road.free_s[link]
            for turn in range(table.turn_offset[link], table.turn_offset[link + 1]):
                going = n * (1.0 - road.sink_frac[link]) * road.share[turn]
                if going > 0.0:
                    _line_up(table, flow, turn, going, seen.time_s, out)
        if road.entry_vps[link] > 0.0:
            _enter(road, flow, link, seen.second, 0.0, road.entry_vps[link])


@inlined
def _line_up(table: Approaches, flow: Flow, turn: int, n: float, time_s: float, out: Second) -> None:
    """Spread arrivals over the lanes of their turn, more to the shorter queue."""
    a, b = table.turn_stream_offset[turn], table.turn_stream_offset[turn + 1]
    total = 0.0
    for k in range(a, b):
        total += (1.0 + lane_queue(table, flow, table.stream_lane[table.turn_stream[k]])) ** -2
    for k in range(a, b):
        stream = table.turn_stream[k]
        lane = table.stream_lane[stream]
        part = n * (1.0 + lane_queue(table, flow, lane)) ** -2 / total
        had = flow.queue[stream]
        flow.queue[stream] = had + part
        out.arrived[lane] += part
        joins = max(had + part, 0.0) - max(had, 0.0)  # the rest pays debts
        if joins > 0.0:
            _store(flow, lane, time_s, joins)


@inlined
def _leave_frac(table: Approaches, flow: Flow, stream: int, colours: U8) -> float:
    """Share of the saturation flow that the light and the foes leave to a stream."""
    group = table.stream_group[stream]
    yields = table.stream_minor[stream] > 0.0
    if group >= 0:
        shown = colours[group]
        if shown < _OFF:
            return 0.0
        yields = shown in (_PERMISSIVE, _STOP_THEN_GO) or (shown == _OFF and yields)
    if not yields:
        return 1.0
    against = 0.0
    for k in range(table.foe_offset[stream], table.foe_offset[stream + 1]):
        against += flow.foe_vps[table.foe[k]]
    return max(float(np.exp(-against * YIELD_S)), LEAST)


@inlined
def _depart(table: Approaches, road: Road, flow: Flow, seen: Seen, lane: int, out: Second) -> None:
    """What crosses the stop line of a lane: as seen where it is watched, else as the model has it."""
    watched = seen.watched[lane] == 1
    total = lane_queue(table, flow, lane)
    left, green, sure = 0.0, False, True
    for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
        frac = _leave_frac(table, flow, stream, seen.colours)
        to = table.turn_to[table.stream_turn[stream]]
        full = flow.moving[to] + link_queue(table, flow, to) >= road.room[to]
        green = green or frac > 0.0
        sure = sure and not full and (frac == 0.0 or frac > 0.95)
        n = seen.left[stream]
        if not watched:
            waiting = max(flow.queue[stream], 0.0)
            room = road.saturation_vps[lane] * frac * waiting / total if total > 0.0 and not full else 0.0
            n = min(waiting, room)
        flow.foe_vps[stream] += (n - flow.foe_vps[stream]) / FOE_S
        if n > 0.0:
            flow.queue[stream] -= n
            out.out[stream] = n
            left += n
            _enter(road, flow, to, seen.second, table.stream_cross_s[stream], n)
    link = table.lane_link[lane]
    if left > 0.0:
        waited = _take(flow, lane, seen.time_s, left)
        if watched and left > total and flow.idle_s[lane] < PLATOON_S:
            waited += _surprise(table, flow, lane, left - total, out)
        out.exits[link] += left
        out.travel_s[link] += left * road.free_s[link] + waited
    was_red = flow.idle_s[lane] < 0.0
    if watched:
        _reconcile(table, road, flow, lane, left, green and sure, seen.time_s, out)
    elif flow.witness_s[link] <= 0.0:
        _calm_down(table, road, flow, lane, seen.time_s)
    if not green:
        flow.red_s[lane] = flow.red_s[lane] + 1.0 if was_red else 1.0
        flow.idle_s[lane] = -1.0
    elif flow.idle_s[lane] < 0.0:
        flow.idle_s[lane] = 0.0


@inlined
def _surprise(table: Approaches, flow: Flow, lane: int, n: float, out: Second) -> float:
    """Vehicles of a platoon that the model did not have: they came at any time of the red. Seconds that they waited."""
    waited = 0.5 * n * float(flow.red_s[lane])
    out.spent_s[table.lane_link[lane]] += waited
    for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
        flow.queue[stream] = max(flow.queue[stream], 0.0)
    return waited


@inlined
def _reconcile(
    table: Approaches, road: Road, flow: Flow, lane: int, left: float, open_: bool, time_s: float, out: Second
) -> None:
    """A watched lane that lets nobody go at green is empty; debts are limited and fade."""
    flow.idle_s[lane] = 0.0 if left > 0.0 or not open_ else max(flow.idle_s[lane], 0.0) + 1.0
    empty = flow.idle_s[lane] >= IDLE_HEADWAYS / road.saturation_vps[lane]
    for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
        if flow.queue[stream] < 0.0:
            flow.queue[stream] = max(flow.queue[stream], -DEBT) * (1.0 - 1.0 / FORGIVE_S)
        elif empty:
            flow.queue[stream] = 0.0
    if empty:  # who was not there has not waited
        out.spent_s[table.lane_link[lane]] -= _take(flow, lane, time_s, 1e9)


@inlined
def _calm_down(table: Approaches, road: Road, flow: Flow, lane: int, time_s: float) -> None:
    """A long queue that no probe has witnessed is more likely a flow set too high: it shrinks."""
    total = lane_queue(table, flow, lane)
    over = total - calm_queue(table, road, lane)
    if over > 0.0:
        lost = over / LEAK_S
        for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
            flow.queue[stream] *= 1.0 - lost / total
        _take(flow, lane, time_s, lost)
