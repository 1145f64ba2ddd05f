"""Single vehicles as the estimate has them: what a controller that plans vehicle by vehicle gets to see of a real city.

A queue is so many vehicles, one behind the other before the stop line. Vehicles on their way stand in the flow model by
the second in which they are due at the line: a vehicle for each whole one of the sum, as far away as it drives freely
until then. Over the lanes of a link they are dealt in the proportion in which its turns use them, the lane that is
furthest behind first. Where a vehicle will turn is known of none; they have no numbers.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from citybrain.city.model import F32, F64, I32, I64
from citybrain.estimate.links import LinkEstimator
from citybrain.estimate.queues import JAM_M
from citybrain.records.traffic import UNKNOWN, Traffic


def vehicles_of(links: LinkEstimator, lane_queue: F32, time_s: float) -> Traffic:
    """The vehicles of an estimate at `time_s`; `lane_queue` [n_lanes] as published, nan = unknown."""
    lane, ahead_m = _standing(np.rint(np.nan_to_num(lane_queue)).astype(np.int64))
    road, flow, table = links.road, links.flow, links.table
    most = int(np.ceil(float(flow.ring.sum()))) + table.n_lanes.size
    behind_s = int(max(time_s - links.second, 0.0))  # the model has not come to now
    comes = _driving(
        (road.ring_offset, flow.ring, road.free_s, road.length_m, table.first_lane, table.n_lanes),
        _lane_shares(links),
        (links.second, behind_s),
        np.empty(most, np.int32),
        np.empty((2, most), np.float32),
    )
    n = lane.size + comes[0].size
    return Traffic(
        lane=np.concatenate([lane, comes[0]]),
        ahead_m=np.concatenate([ahead_m, comes[1][0]]),
        speed_mps=np.concatenate([np.zeros(lane.size, np.float32), comes[1][1]]),
        next_link=np.full(n, UNKNOWN, np.int32),
        vehicle=np.full(n, UNKNOWN, np.int32),
        weight=np.ones(n, np.float32),
    )


def _standing(queue: I64) -> tuple[I32, F32]:
    """Lanes and distances to the line of the vehicles of all queues [n_lanes]."""
    lane = np.repeat(np.arange(queue.size), queue)
    place = np.arange(lane.size) - np.repeat(np.cumsum(queue) - queue, queue)
    return lane.astype(np.int32), (place * JAM_M).astype(np.float32)


def _lane_shares(links: LinkEstimator) -> F64:
    """Of the vehicles of each lane's link, those that use the lane [n_lanes]; all lanes alike where no way leads on."""
    table = links.table
    streams = np.bincount(table.stream_turn, minlength=table.turn_to.size)
    part = links.habits.share[table.stream_turn] / streams[table.stream_turn]
    share = np.bincount(table.stream_lane, weights=part, minlength=table.lane_link.size)
    ends = np.diff(table.turn_offset)[table.lane_link] == 0
    return np.asarray(np.where(ends, 1.0 / table.n_lanes[table.lane_link], share), np.float64)


@njit(cache=True, nogil=True)
def _driving(
    roads: tuple[I64, F32, F32, F32, I32, I32], share: F64, now: tuple[int, int], lane_of: I32, values: F32
) -> tuple[I32, NDArray[np.float32]]:  # pragma: no cover - compiled
    """Vehicles on their way: fills lanes, and distance and speed; the filled parts."""
    ring_offset, ring, free_s, length_m, first_lane, n_lanes = roads
    second, behind_s = now
    dealt = np.zeros(share.size)
    n = 0
    for link in range(free_s.size):
        begin, size = ring_offset[link], ring_offset[link + 1] - ring_offset[link]
        speed, due = length_m[link] / free_s[link], 0.5
        for ahead in range(size):
            due += ring[begin + (second + ahead) % size]
            while due >= 1.0 and n < lane_of.size:
                due -= 1.0
                best = first_lane[link]
                for lane in range(first_lane[link], first_lane[link] + n_lanes[link]):
                    dealt[lane] += share[lane]
                    if dealt[lane] > dealt[best]:
                        best = lane
                dealt[best] -= 1.0
                lane_of[n] = best
                values[0, n] = min(max(ahead - behind_s, 0) * speed, length_m[link])
                values[1, n] = speed
                n += 1
    return lane_of[:n], values[:, :n]
