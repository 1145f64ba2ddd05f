"""Loops in the flow model: what detectors counted in an interval, held against what the model had in the same one.

A count comes when its interval is over, and the model has passed through it by then. So sums of the model are kept at
whole STEP_S, and its state is put right afterwards by the difference: who left a lane unmodelled is taken from its
queue and put onto the link behind; who came unmodelled joins the queue (cumulative curves at both ends of a lane:
Newell 1993). An advance detector under a standing queue counts late, not less: what it is short of is held back until
it is free again, which is also when the queue ends before it. Counts serve the learning of flows and turns like plates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from citybrain.city.model import F32, F64, I32, I64, U8, Bool, City, SensorKind, Sensors
from citybrain.estimate.approaches import Approaches
from citybrain.estimate.jit import entry, inlined
from citybrain.estimate.passages import trusted
from citybrain.estimate.queues import JAM_M, Flow, Road, calm_queue, lane_queue, set_queue
from citybrain.estimate.witnesses import SLACK, WITNESS_S, Evidence
from citybrain.records.observations import DetectorCounts, Quality, empty, join, make, take
from citybrain.records.sensor_health import SensorHealth

STEP_S = 10  # the model's sums are kept at whole multiples of this
BRIEF_S, GATHER_S = 20, 60  # intervals shorter than the one are put together to the other
KEPT = 64  # of them: longer intervals than ten minutes tell too late
ROWS_MAX = 200_000  # counts that wait for the model
GAIN = 0.4  # of a difference is made good at once: some vehicles are only late, by a light or by a second
FREE_FRAC = 0.5  # an advance detector that is covered for less of the time has no queue standing on it
OWED = 20.0  # vehicles by which a detector and the model may differ before the rest is forgotten
HELD_S = 300.0  # counts teach so much later, if nothing speaks against their detector by then
WILD = 2.0  # standard deviations: a count that is farther off moves nothing at once
LIVES = 3.5  # intervals after which a silent detector is no longer listened to
SOME = 1e-3


@dataclass(eq=False)
class Loops:
    """Lanes with detectors, in the order of `lane`; mutable arrays."""

    lane: I32  # [n] of the city
    row: I32  # [n_sensors] place in `lane`, -1 = no detector
    ahead_m: F32  # [n_sensors] from an advance detector to the stop line; 0 = it is at the line
    sums: F64  # [2, n] vehicles of the model that arrived and left
    kept_s: I64  # [KEPT] when these sums were kept; -1 = not yet
    kept: F64  # [KEPT, 2, n]
    owed: F64  # [2, n] vehicles counted before and at the end of a lane more than modelled, not yet made good
    both: Bool  # [n] a stop-line detector counts as well
    whole: Bool  # [n] every lane of the link that leads on has a detector
    heard_s: F64  # [n] until then a detector is listened to
    held: F64  # [4, n_held] of counts that are yet to teach: time, sensor, count, seconds of the interval
    waiting: DetectorCounts  # their interval is not yet over for the model
    short: DetectorCounts  # intervals shorter than BRIEF_S, that are yet to be put together


class Counted(NamedTuple):
    """Counts whose interval the model has passed through; [n]."""

    lane: I32
    row: I32  # place in `Loops.lane`
    short: F64  # vehicles more than the model had
    covered: Bool  # a queue has stood on the detector, or nobody knows
    ahead_m: F32


def new_loops(city: City, sensors: Sensors) -> Loops:
    """Detectors of a city's sensors; nothing has been counted."""
    is_loop = sensors.kind != SensorKind.CAMERA
    lane = np.unique(sensors.lane[is_loop]).astype(np.int32)
    row = np.where(is_loop, np.searchsorted(lane, sensors.lane), -1).astype(np.int32)
    advance = sensors.kind == SensorKind.ADVANCE
    ahead_m = np.where(advance, np.maximum(city.lanes.length_m[sensors.lane] - sensors.position_m, 1.0), 0.0)
    stop = np.unique(sensors.lane[sensors.kind == SensorKind.STOP_LINE])
    n = lane.size
    return Loops(
        lane=lane,
        row=row,
        ahead_m=ahead_m.astype(np.float32),
        sums=np.zeros((2, n)),
        kept_s=np.full(KEPT, -1),
        kept=np.zeros((KEPT, 2, n)),
        owed=np.zeros((2, n)),
        both=np.isin(lane, stop),
        whole=_whole(city, lane),
        heard_s=np.full(n, -np.inf),
        held=np.zeros((4, 0)),
        waiting=empty(DetectorCounts),
        short=empty(DetectorCounts),
    )


def _whole(city: City, lane: I32) -> Bool:
    """Of these lanes: do all lanes of the link from which movements begin belong to them? Else shares are not seen."""
    link, n = city.lanes.link, city.links.length_m.size
    leads = np.unique(city.movements.from_lane)
    missing = np.bincount(link[leads], minlength=n) - np.bincount(link[np.intersect1d(leads, lane)], minlength=n)
    return np.asarray(missing[link[lane]] == 0)


def note(loops: Loops, second: int, arrived: F32, left: F64) -> None:
    """Add what the model had in `second`: vehicles that arrived at and left each lane [n_lanes]."""
    if not loops.lane.size:
        return
    _keep(loops, second)
    loops.sums[0] += arrived[loops.lane]
    loops.sums[1] += left[loops.lane]
    _keep(loops, second + 1)


def _keep(loops: Loops, time_s: int) -> None:
    if time_s % STEP_S == 0:
        at = time_s // STEP_S % KEPT
        loops.kept_s[at], loops.kept[at] = time_s, loops.sums


def receive(loops: Loops, rows: DetectorCounts, health: SensorHealth | None) -> None:
    """Take in counts of detectors that can be trusted; those of biased ones as they are to be corrected."""
    if not rows.time_s.size:
        return
    known = (rows.sensor >= 0) & (rows.sensor < loops.row.size)
    sensor = np.where(known, rows.sensor, 0)
    good = known & (rows.quality < Quality.STALE) & np.isfinite(rows.time_s) & (rows.count >= 0)
    good &= (rows.interval_s > 0) & (rows.interval_s <= STEP_S * (KEPT - 4))
    if loops.row.size:
        good &= loops.row[sensor] >= 0
    good &= trusted(rows.sensor, health)
    rows = _whole_steps(loops, take(rows, good))
    loops.waiting = join([loops.waiting, take(rows, slice(0, ROWS_MAX - loops.waiting.time_s.size))])


def _whole_steps(loops: Loops, rows: DetectorCounts) -> DetectorCounts:
    """Put intervals shorter than BRIEF_S together: within seconds most of a difference is who comes a little later.

    A step is told when the first report after it, or at its end, has come. One of which half is missing is not told.
    """
    brief = rows.interval_s < BRIEF_S
    if not brief.any():
        return rows
    short = join([loops.short, take(rows, brief)])
    step = np.ceil(short.time_s / GATHER_S).astype(np.int64)
    over = step * GATHER_S <= short.time_s.max()
    loops.short = take(short, np.flatnonzero(~over)[:ROWS_MAX])
    short, step = take(short, over), step[over]
    pairs, of = np.unique(np.column_stack([step, short.sensor]), axis=0, return_inverse=True)
    of, n = of.reshape(-1), len(pairs)
    seconds = np.bincount(of, short.interval_s, n)
    covered_s = np.bincount(of, short.occupancy_frac * short.interval_s, n)
    worst, received_s = np.zeros(n, np.uint8), np.zeros(n)
    np.maximum.at(worst, of, short.quality)
    np.maximum.at(received_s, of, short.received_s)
    count = np.rint(np.bincount(of, short.count, n) * GATHER_S / np.maximum(seconds, 1.0))
    told = (
        pairs[:, 0] * float(GATHER_S),
        received_s,
        pairs[:, 1],
        GATHER_S,
        count,
        covered_s / np.maximum(seconds, 1.0),
    )
    whole = take(make(DetectorCounts, *told, worst), seconds >= GATHER_S / 2)
    return join([take(rows, ~brief), whole])


def watched(loops: Loops, time_s: float, n_lanes: int) -> U8:
    """Lanes of wholly counted links whose detector is listened to [n_lanes]."""
    found = np.zeros(n_lanes, np.uint8)
    found[loops.lane] = (loops.heard_s >= time_s) & loops.whole
    return found


def settle(
    loops: Loops, model: tuple[Approaches, Road, Flow], evidence: Evidence, second: int, cameras: U8,
    health: SensorHealth | None = None,
) -> None:  # fmt: skip
    """Put the model right by the intervals that it has passed through by `second`.

    `cameras` [n_lanes]: 1 where a living camera has said it already.
    """
    due = loops.waiting.time_s <= second
    if not due.any():
        return
    rows, loops.waiting = take(loops.waiting, due), take(loops.waiting, ~due)
    rows = take(rows, np.lexsort((rows.sensor, rows.time_s)))
    _put_right(loops, model, evidence, rows, (second, cameras, health))


def rehearse(loops: Loops, model: tuple[Approaches, Road, Flow], evidence: Evidence) -> None:
    """Put the model right by no interval at all: what is compiled then need not be when the first one has passed."""
    cameras = np.zeros(model[0].lane_link.size, np.uint8)
    _put_right(
        loops, model, evidence, take(loops.waiting, np.zeros(loops.waiting.time_s.size, np.bool_)), (0, cameras, None)
    )


def _put_right(
    loops: Loops, model: tuple[Approaches, Road, Flow], evidence: Evidence, rows: DetectorCounts,
    at: tuple[int, U8, SensorHealth | None],
) -> None:  # fmt: skip
    second, cameras, health = at
    arrived, left = _modelled(loops, rows)
    known = ~np.isnan(arrived) & (cameras[loops.lane[loops.row[rows.sensor]]] == 0)
    rows, arrived, left = take(rows, known), arrived[known], left[known]
    row, ahead_m = loops.row[rows.sensor], loops.ahead_m[rows.sensor]
    factor = 1.0 if health is None else health.factor[rows.sensor].astype(np.float64)
    count = rows.count * factor
    np.maximum.at(loops.heard_s, row, rows.time_s + LIVES * rows.interval_s)
    chosen = ((ahead_m == 0.0) | ~loops.both[row]) & loops.whole[row]
    new = np.stack([rows.time_s, rows.sensor.astype(np.float64), count, rows.interval_s.astype(np.float64)])[:, chosen]
    loops.held = np.concatenate([loops.held, new], axis=1)
    teach(loops, model, evidence, (second, health))
    had = np.where(ahead_m == 0.0, left, arrived)
    short = np.where(np.abs(count - had) <= WILD * np.sqrt(count + had + 1.0), count - had, 0.0)
    covered = ~(rows.occupancy_frac < FREE_FRAC)
    _correct(*model, Counted(loops.lane[row], row, short, covered, ahead_m), loops.owed, second)


def _modelled(loops: Loops, rows: DetectorCounts) -> F64:
    """What the model had arrive and leave in each row's interval [2, n]; nan where that is no longer known."""
    end = rows.time_s.astype(np.int64) // STEP_S
    begin = (rows.time_s.astype(np.int64) - rows.interval_s) // STEP_S
    known = (loops.kept_s[end % KEPT] == end * STEP_S) & (loops.kept_s[begin % KEPT] == begin * STEP_S)
    row = loops.row[rows.sensor]
    had = loops.kept[end % KEPT, :, row] - loops.kept[begin % KEPT, :, row]
    return np.asarray(np.where(known, had.T, np.nan), np.float64)


def teach(
    loops: Loops, model: tuple[Approaches, Road, Flow], evidence: Evidence, now: tuple[int, SensorHealth | None]
) -> None:
    """Let those counts teach that have been held long enough; a detector that has come into doubt teaches nothing."""
    second, health = now
    due = loops.held[0] <= second - HELD_S
    _, sensor, count, interval_s = loops.held[:, due]
    good = trusted(sensor.astype(np.int32), health)
    _learn(loops.lane[loops.row[sensor[good].astype(np.int64)]], count[good], interval_s[good], model, evidence)
    rest = loops.held[:, ~due]
    loops.held = rest[:, trusted(rest[1].astype(np.int32), health)]


def _learn(lane: I32, count: F64, interval_s: F64, model: tuple[Approaches, Road, Flow], evidence: Evidence) -> None:
    """Counts as evidence of flows; those of a lane with several turns go by their present shares."""
    table, road, _ = model
    np.add.at(evidence.left, lane, count)
    by_lane = np.bincount(lane, weights=count, minlength=table.lane_link.size)
    time_s = np.bincount(lane, weights=interval_s, minlength=table.lane_link.size)
    likely = road.share[table.stream_turn] + SOME
    total = np.bincount(table.stream_lane, weights=likely, minlength=by_lane.size)
    np.add.at(evidence.turn_counted, table.stream_turn, (by_lane / np.maximum(total, SOME))[table.stream_lane] * likely)
    lanes = np.bincount(table.stream_turn, minlength=table.turn_to.size)  # which share the turn's vehicles
    np.add.at(evidence.turn_counted_s, table.stream_turn, time_s[table.stream_lane] / lanes[table.stream_turn])


@entry
def _correct(table: Approaches, road: Road, flow: Flow, counted: Counted, owed: F64, second: int) -> None:
    """Give each lane a part of what it is short of: at its end out of its queue, before it into its queue."""
    for i in range(counted.lane.size):
        lane, row, ahead_m = counted.lane[i], counted.row[i], counted.ahead_m[i]
        if table.stream_offset[lane] == table.stream_offset[lane + 1]:
            continue
        end = 1 if ahead_m == 0.0 else 0
        due = min(max(owed[end, row] + counted.short[i], -OWED), OWED)
        held = end == 0 and counted.covered[i]
        part = 0.0 if held else GAIN * due
        had = queue = lane_queue(table, flow, lane)
        if end == 1:
            part = _pass_on(table, road, flow, lane, part, second)
            queue = max(had - part, 0.0)
        elif held:
            flow.witness_s[table.lane_link[lane]] = WITNESS_S
        else:
            most = max(ahead_m / JAM_M + SLACK, calm_queue(table, road, lane))
            queue = max(min(had + part, most), 0.0)
            # What found no room, or nobody to take away, is still owed: else only what is added would count.
            part = min(queue - had, part) if part > 0.0 else max(queue - had, part)
        owed[end, row] = due - part
        if abs(queue - had) > SOME:
            set_queue(table, road, flow, lane, queue, float(second))


@inlined
def _pass_on(table: Approaches, road: Road, flow: Flow, lane: int, n: float, second: int) -> float:
    """Put `n` vehicles more, or less, onto the links behind a lane; how many it were: no more leave than are there."""
    total, done = 0.0, 0.0
    for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
        total += road.share[table.stream_turn[stream]] + SOME
    for stream in range(table.stream_offset[lane], table.stream_offset[lane + 1]):
        to = table.turn_to[table.stream_turn[stream]]
        part = n * (road.share[table.stream_turn[stream]] + SOME) / total
        begin = road.ring_offset[to]
        size = road.ring_offset[to + 1] - begin
        if part > 0.0:  # they left at any time of the interval: half of the way lies behind them
            due = min(max(round(0.5 * road.free_s[to]), 1), size - 1)
            flow.ring[begin + (second + due) % size] += part
            flow.moving[to] += part
            done += part
        elif flow.moving[to] > 0.0:
            keep = max(1.0 + part / flow.moving[to], 0.0)
            done -= (1.0 - keep) * flow.moving[to]
            for k in range(begin, begin + size):
                flow.ring[k] *= keep
            flow.moving[to] *= keep
    return done
