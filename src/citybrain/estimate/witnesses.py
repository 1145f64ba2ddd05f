"""What single vehicles tell of links: probes that stand or have passed, plates that were read at both ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F32, F64, I32, I64
from citybrain.estimate.approaches import Approaches
from citybrain.estimate.jit import entry, inlined
from citybrain.estimate.queues import (
    JAM_M,
    Flow,
    Road,
    Second,
    calm_queue,
    lane_queue,
    lane_vps,
    set_queue,
)
from citybrain.estimate.recall import U64, Recall, find, keep
from citybrain.records.fixes import Fixes

STANDS_MPS = 1.0  # a probe slower than this stands in a queue
STAYS_M = 30.0  # ... and it stands where two reports lie so near each other
START_M = 30.0  # nearer to a link's start, a standing probe rather waits at the line of the link before: positions err
WAVE_S = 1.1  # a vehicle starts so much later than the one ahead
SLACK = 2.5  # vehicles: queues are right to within so many
WITNESS_S = 300.0  # a probe far back in a queue vouches for it so long
LONGEST_S = 1800.0  # a vehicle that takes longer has stopped on the way
FREE_FRAC = 0.5  # of the limit: faster probes drive freely
FAST_FRAC = 1.3
GAP_S = 4.0  # vehicles of one platoon follow each other within this
FADE_S = 900.0  # counts of lanes fade with this time
SLOW_FADE_S = 5400.0  # what changes little in a day
STEADY = 3  # headways count from so many vehicles behind the first


class Evidence(NamedTuple):
    """Sums that fade with time; mutable arrays."""

    left: F64  # [n_lanes] vehicles over watched stop lines
    turn_counted: F64  # [n_turns] vehicles that loops counted and the flows have not heard of
    turn_counted_s: F64  # [n_turns] seconds over which they did
    headway: F64  # [2] sum (s), number: of vehicles in a platoon
    free: F64  # [2] sum (share of the limit), number: of probes that drive freely
    reads: F64  # [2] plates read, plates missed that were read before and after
    lane_s: F64  # [n_lanes] newest passage
    probe_s: F64  # [n_links] newest report
    platoon: I32  # [n_lanes] vehicles that followed each other up to now


class Tracks(NamedTuple):
    """The columns of `Fixes` as kernels take them."""

    time_s: F64
    vehicle: U64
    link: I32
    position_m: F32
    speed_mps: F32
    last_time_s: F64
    last_position_m: F32
    way_offset: I64
    way_link: I32


def tracks_of(fixes: Fixes) -> Tracks:
    """The same arrays."""
    return Tracks(*(getattr(fixes, name) for name in Tracks._fields))


class Read(NamedTuple):
    """Passages of one second; [n]."""

    stream: I32
    lane: I32
    plate: U64
    certain: I32  # 1 = its movement was seen


def new_evidence(table: Approaches, headway_s: float, free_frac: float) -> Evidence:
    """Nothing seen: only what is likely, with the weight of a few vehicles."""
    n_links, n_lanes = table.n_lanes.size, table.lane_link.size
    return Evidence(
        left=np.zeros(n_lanes),
        turn_counted=np.zeros(table.turn_to.size),
        turn_counted_s=np.zeros(table.turn_to.size),
        headway=np.array([30.0 * headway_s, 30.0]),
        free=np.array([200.0 * free_frac, 200.0]),
        reads=np.array([95.0, 5.0]),
        lane_s=np.full(n_lanes, -np.inf),
        probe_s=np.full(n_links, -np.inf),
        platoon=np.zeros(n_lanes, np.int32),
    )


def fade(evidence: Evidence, passed_s: float) -> None:
    """Let the evidence grow older."""
    np.multiply(evidence.left, np.exp(-passed_s / FADE_S), out=evidence.left)
    for sums in (evidence.headway, evidence.free, evidence.reads):
        np.multiply(sums, np.exp(-passed_s / SLOW_FADE_S), out=sums)


@inlined
def turn_between(table: Approaches, link: int, to: int) -> int:
    """The turn from link to link; -1 = there is none."""
    for turn in range(table.turn_offset[link], table.turn_offset[link + 1]):
        if table.turn_to[turn] == to:
            return turn
    return -1


@entry
def hear_plates(
    table: Approaches, evidence: Evidence, plates: Recall, read: Read, time_s: float, left: F32, took_s: F64
) -> None:
    """Count the passages of one second into `left` [n_streams]; `took_s` [n] = time on the link, nan = unknown."""
    share = evidence.reads[0] / evidence.reads.sum()
    for i in range(read.lane.size):
        lane, stream, link = read.lane[i], read.stream[i], table.lane_link[read.lane[i]]
        left[stream] += 1.0 / share
        evidence.left[lane] += 1.0 / share
        gap_s = time_s - evidence.lane_s[lane]
        evidence.platoon[lane] = evidence.platoon[lane] + 1 if gap_s <= GAP_S else 0
        if evidence.platoon[lane] >= STEADY and gap_s > 0.0:
            evidence.headway[0] += gap_s
            evidence.headway[1] += 1.0
        evidence.lane_s[lane] = time_s
        row = find(plates, read.plate[i])
        if row >= 0 and time_s - plates.time_s[row] < LONGEST_S:
            if plates.link[row] == link:
                took_s[i] = time_s - plates.time_s[row]
                evidence.reads[0] += 1.0
            elif _missed(table, evidence, plates.link[row], link, time_s):
                evidence.reads[1] += 1.0
        if read.certain[i] == 1:
            keep(plates, read.plate[i], table.turn_to[table.stream_turn[stream]], time_s + table.stream_cross_s[stream])


@inlined
def _missed(table: Approaches, evidence: Evidence, before: int, link: int, time_s: float) -> bool:
    """Has a vehicle that is on `link` now passed living cameras on all lanes of the link `before` it?"""
    if turn_between(table, before, link) < 0:
        return False
    for lane in range(table.first_lane[before], table.first_lane[before] + table.n_lanes[before]):
        if time_s - evidence.lane_s[lane] > WITNESS_S:
            return False
    return True


@entry
def believe_plates(table: Approaches, read: Read, took_s: F64, out: Second) -> None:
    """Put what vehicles really took in place of what the model has for those who left in this second."""
    link_mean_s = np.zeros(read.lane.size)
    for i in range(read.lane.size):
        link = table.lane_link[read.lane[i]]
        link_mean_s[i] = out.travel_s[link] / out.exits[link] if out.exits[link] > 0.0 else took_s[i]
    for i in range(read.lane.size):
        if not np.isnan(took_s[i]):
            link = table.lane_link[read.lane[i]]
            out.travel_s[link] += took_s[i] - link_mean_s[i]
            out.spent_s[link] += took_s[i] - link_mean_s[i]


@entry
def hear_probes(
    table: Approaches, road: Road, flow: Flow, evidence: Evidence, probes: Recall, fixes: Tracks, limit_mps: F64
) -> None:
    """Let probes correct the queues, and count the turns that they took."""
    for i in range(fixes.time_s.size):
        link, time_s = fixes.link[i], fixes.time_s[i]
        if link < 0:
            continue
        evidence.probe_s[link] = time_s
        frac = fixes.speed_mps[i] / limit_mps[link]
        if frac > FREE_FRAC:
            evidence.free[0] += min(frac, FAST_FRAC)
            evidence.free[1] += 1.0
        if fixes.speed_mps[i] < STANDS_MPS and _stayed(fixes, i) and fixes.position_m[i] > START_M:
            _stand(table, road, flow, link, (road.length_m[link] - fixes.position_m[i]) / JAM_M, time_s)
        first, last = fixes.way_offset[i], fixes.way_offset[i + 1] - 1
        if last > first and not np.isnan(fixes.last_time_s[i]):
            _pass_on(table, road, flow, probes, fixes, i)


@inlined
def _stayed(fixes: Tracks, i: int) -> bool:
    """Has a probe hardly moved since its report before? One report alone may lie on the wrong link."""
    if np.isnan(fixes.last_time_s[i]) or fixes.way_offset[i + 1] - fixes.way_offset[i] != 1:
        return False
    return abs(fixes.position_m[i] - fixes.last_position_m[i]) < STAYS_M


@inlined
def _stand(table: Approaches, road: Road, flow: Flow, link: int, n: float, time_s: float) -> None:
    """A probe stands n vehicles before the stop line: the link's longest queue reaches up to it."""
    best, most, calm = -1, -1.0, np.inf
    for lane in range(table.first_lane[link], table.first_lane[link] + table.n_lanes[link]):
        if table.stream_offset[lane] < table.stream_offset[lane + 1]:
            queue = lane_queue(table, flow, lane)
            calm = min(calm, calm_queue(table, road, lane))
            if queue > most:
                best, most = lane, queue
    if best >= 0:  # behind those who still stand when the front has left, there are fewer ahead
        since_s = flow.red_s[best] if flow.idle_s[best] < 0.0 else 0.0
        n -= road.saturation_vps[best] * max(n * WAVE_S - since_s, 0.0)
    if best >= 0 and n > 0.8 * calm:
        flow.witness_s[link] = WITNESS_S
    if best >= 0 and n > most + SLACK:
        set_queue(table, road, flow, best, n, time_s)


@inlined
def _pass_on(table: Approaches, road: Road, flow: Flow, probes: Recall, fixes: Tracks, i: int) -> None:
    """A probe has left links since its report before: judge the queue that it came through."""
    first, last = fixes.way_offset[i], fixes.way_offset[i + 1] - 1
    begin, before_s, time_s = fixes.way_link[first], fixes.last_time_s[i], fixes.time_s[i]
    head_m = max(road.length_m[begin] - fixes.last_position_m[i], 0.0)
    way_m = head_m + fixes.position_m[i]
    for k in range(first, last):
        way_m += road.length_m[fixes.way_link[k]] if k > first else 0.0
    pace = (time_s - before_s) / max(way_m, 1.0)
    row = find(probes, fixes.vehicle[i])
    if row >= 0 and probes.link[row] == begin:
        wait_s = max(before_s + head_m * pace - probes.time_s[row] - road.free_s[begin], 0.0)
        turn = turn_between(table, begin, fixes.way_link[first + 1])
        if turn >= 0:
            _came_through(table, road, flow, turn, wait_s, time_s)
    keep(probes, fixes.vehicle[i], fixes.way_link[last], time_s - fixes.position_m[i] * pace)


@inlined
def _came_through(table: Approaches, road: Road, flow: Flow, turn: int, wait_s: float, time_s: float) -> None:
    """Who waited so long came through a queue that the lane serves in that time: it cannot be much longer."""
    for k in range(table.turn_stream_offset[turn], table.turn_stream_offset[turn + 1]):
        lane = table.stream_lane[table.turn_stream[k]]
        most = lane_vps(table, road, lane) * max(wait_s, road.cycle_s[lane]) + 3.0
        if lane_queue(table, flow, lane) > 1.5 * most:
            set_queue(table, road, flow, lane, most, time_s)
