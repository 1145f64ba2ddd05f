"""Which cameras work, how many plates they read by turn, and the share of the plates that they read.

Whether a camera works shows by its reads: a junction that has never sent one has none; a camera silent for much longer
than chance explains is out, and comes back with its next read. The share read is learned from plates that come by
again: one read before and behind a camera that it must have passed was either read there or missed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from citybrain.estimate.area_layout import AreaLayout
from citybrain.records.observations import Passages

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]

MEMORY_BITS = 16  # plates remembered: a sample is enough
FORGET_S = 900.0
SILENCE_MIN_S = 240.0  # no camera is given up sooner
SILENT_MIN_S = 15.0  # nor all together
SILENCE_READS = 12.0  # nor before so many reads are missing
READ_PRIOR = (38.0, 2.0)  # plates read and missed before any is known: 95 %
READ_WEIGHT = 5000.0  # plates that the share read looks back on


@dataclass(frozen=True, eq=False)
class Cameras:
    """What is known of the cameras, and of the plates that they read."""

    last_s: F64  # [n_cameras] newest read; -inf = never
    rate: F64  # [n_cameras] reads a second, in the long run
    live: Bool  # [n_cameras]
    covered: Bool  # [n_turns] under a live camera on every lane
    plate: U64  # memory of plates: [2 ** MEMORY_BITS], a plate has but one place
    seen_s: F64  # when; -inf = empty
    ahead: I32  # link that it drove onto
    hit: Bool  # it was read at the end of the link onto which the read before had sent it
    read: float  # plates read where they must have passed
    missed: float


def no_cameras(layout: AreaLayout) -> Cameras:
    """Nothing seen yet."""
    n, m = layout.camera.size, 1 << MEMORY_BITS
    return Cameras(
        np.full(n, -np.inf),
        np.zeros(n),
        np.zeros(n, np.bool_),
        np.zeros(layout.turn_to.size, np.bool_),
        np.zeros(m, np.uint64),
        np.full(m, -np.inf),
        np.full(m, -1, np.int32),
        np.zeros(m, np.bool_),
        *READ_PRIOR,
    )


def read_share(cameras: Cameras) -> float:
    """Share of the passing plates that are read."""
    return cameras.read / (cameras.read + cameras.missed)


def unique_reads(passages: Passages) -> NDArray[np.int64]:
    """Rows of the passages by time, plate and lane, doubles left out: the order of arrival does not matter."""
    order = np.lexsort((passages.lane, passages.plate, passages.time_s))
    rows = (passages.time_s[order], passages.plate[order], passages.lane[order])
    new = np.ones(order.size, np.bool_)
    if order.size:
        new[1:] = np.any([np.diff(column) != 0 for column in rows], axis=0)
    return order[new]


@njit(cache=True, nogil=True)
def _recall(
    rows: tuple[F64, U64, I32, I32], must_pass: Bool, memory: tuple[U64, F64, I32, Bool], fresh: Bool
) -> tuple[int, int]:
    """Plates read and missed where they must have passed; the memory takes the rows in. `fresh` tells rows not seen."""
    time_s, plate, link_from, link_to = rows
    known, seen_s, ahead, hit = memory
    read, missed = 0, 0
    for i in range(time_s.size):
        k = np.int64(plate[i] & np.uint64(known.size - 1))
        fresh[i] = True
        again = False
        if known[k] == plate[i] and time_s[i] - seen_s[k] < FORGET_S:
            if time_s[i] <= seen_s[k]:
                fresh[i] = not (time_s[i] == seen_s[k] and ahead[k] == link_to[i])
                continue
            if hit[k]:
                read += 1
            again = ahead[k] == link_from[i]
            if not again and ahead[k] >= 0 and must_pass[ahead[k]]:
                missed += 1
        elif time_s[i] - seen_s[k] < FORGET_S:
            continue
        known[k] = plate[i]
        seen_s[k] = time_s[i]
        ahead[k] = link_to[i]
        hit[k] = again
    return read, missed


def watch(layout: AreaLayout, cameras: Cameras, passages: Passages, now_s: float, dt_s: float) -> tuple[Cameras, F64]:
    """Cameras after the passages of a beat, and the plates read by turn [n_turns] (live cameras or not)."""
    rows = unique_reads(passages)
    camera = layout.camera_of_sensor[passages.sensor[rows]]
    known = (camera >= 0) & (passages.movement[rows] >= 0)
    rows, camera = rows[known], camera[known]
    turn = layout.turn_of_movement[passages.movement[rows]]
    memory = (cameras.plate.copy(), cameras.seen_s.copy(), cameras.ahead.copy(), cameras.hit.copy())
    fresh = np.ones(rows.size, np.bool_)
    values = (passages.time_s[rows], passages.plate[rows], layout.turn_from[turn], layout.turn_to[turn])
    read, missed = _recall(values, _must_pass(layout, cameras.covered), memory, fresh)
    keep = min(1.0, READ_WEIGHT / (cameras.read + cameras.missed))
    last_s = cameras.last_s.copy()
    np.maximum.at(last_s, camera, passages.time_s[rows])
    fade = np.exp(-dt_s / FORGET_S)
    rate = fade * cameras.rate + np.bincount(camera, minlength=last_s.size) / FORGET_S
    live, covered = _working(layout, last_s, rate, now_s)
    counted = np.bincount(turn[fresh], minlength=layout.turn_to.size).astype(np.float64)
    plates = Cameras(last_s, rate, live, covered, *memory, keep * cameras.read + read, keep * cameras.missed + missed)
    return plates, counted


def _must_pass(layout: AreaLayout, covered: Bool) -> Bool:
    """[n_links] whoever leaves the link passes a live camera."""
    open_turns = np.bincount(layout.turn_from[~covered], minlength=layout.n_links)
    return np.asarray((np.diff(layout.turn_offset) > 0) & (open_turns == 0), np.bool_)


def _working(layout: AreaLayout, last_s: F64, rate: F64, now_s: float) -> tuple[Bool, Bool]:
    """Cameras that work and turns all of whose lanes they see."""
    ever = np.isfinite(last_s)
    n_nodes = int(layout.camera_node.max(initial=-1)) + 1
    newest = np.full(n_nodes, -np.inf)
    np.maximum.at(newest, layout.camera_node, last_s)
    pace = np.bincount(layout.camera_node, rate, n_nodes).astype(np.float64)
    junction = np.isfinite(newest) & (now_s - newest < _patience_s(now_s - newest, pace))
    silence_s = np.where(ever, now_s - last_s, np.float64(0.0)).astype(np.float64)
    live = junction[layout.camera_node] & (~ever | (silence_s < _patience_s(silence_s, rate)))
    out = np.concatenate([[0], np.cumsum(~live[layout.turn_camera])])
    dark = out[layout.turn_camera_offset[1:]] - out[layout.turn_camera_offset[:-1]]
    return live, np.asarray(layout.complete & (dark == 0), np.bool_)


def all_silent(cameras: Cameras, now_s: float) -> bool:
    """Every camera has been silent for longer than chance explains: the line to them is cut."""
    newest_s, rate = float(cameras.last_s.max(initial=-np.inf)), float(cameras.rate.sum())
    return bool(np.isfinite(newest_s) and now_s - newest_s > max(SILENT_MIN_S, SILENCE_READS / max(rate, 1e-9)))


def _patience_s(silence_s: F64, rate: F64) -> F64:
    """How long a silence chance explains, by the rate before it began."""
    before = rate * np.exp(np.clip(silence_s / FORGET_S, 0.0, 20.0))
    return np.maximum(SILENCE_MIN_S, SILENCE_READS / np.maximum(before, 1e-9))
