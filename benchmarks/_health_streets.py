"""Synthetic detector data at scale: lanes with signals, quiet streets, nights, closures, lost and late messages.

Each lane is stepped second by second: Poisson arrivals in platoons, an advance detector, a queue of vehicles, a signal
that lets one go every 2 s, a stop-line detector and, at some, a camera. Nothing here knows how health is judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from citybrain.detect.neighbours import NONE, ROAD_MAX, SAME_LANE_MAX, Neighbours

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ANNOUNCED = 0.8  # of the closures: works with a permit
PER_LANE = 3  # stop line, advance, camera
DAY_S = 86400
HOURS = np.array([3, 2, 1, 1, 2, 8, 30, 75, 90, 65, 55, 58, 62, 60, 62, 75, 95, 100, 80, 55, 38, 28, 18, 8]) / 100.0


@dataclass(frozen=True, eq=False)
class Streets:
    """Lanes, and what a perfect sensor of each kind would have said; minutes x lanes."""

    link: I64  # [n_lanes]
    peak_vph: F64
    camera: NDArray[np.bool_]
    advance: F64  # vehicles a minute
    stop: F64
    advance_frac: F64  # occupied
    stop_frac: F64
    announced: NDArray[np.bool_]  # a closure that the city knows of


def make_streets(n_links: int, n_minutes: int, seed: int) -> Streets:
    """Links of 1 to 3 lanes: main roads of up to 600 vehicles an hour and lane, streets of 100, quiet ones of 5 to 20.

    Deterministic by seed.
    """
    rng = np.random.default_rng(seed)
    lanes = rng.integers(1, 4, n_links)
    link = np.repeat(np.arange(n_links), lanes)
    kind = rng.choice(3, n_links, p=[0.5, 0.3, 0.2])
    peak = np.select([kind == 0, kind == 1], [rng.uniform(250, 600, n_links), rng.uniform(40, 160, n_links)],
                     rng.uniform(5, 20, n_links))  # fmt: skip
    share, has_camera = rng.uniform(0.4, 1.0, link.size), rng.random(n_links) < 0.4
    peak_vph = peak[link] * share
    closed, announced = _closures(link, n_minutes, rng)
    sums = np.zeros((4, n_minutes, link.size))
    offset = rng.integers(0, 90, link.size)
    green = np.clip(np.ceil(90 * (0.12 + peak_vph / 1500.0)), 15, 60).astype(np.int64)
    _drive(rng, peak_vph / 3600.0, closed, np.stack([offset, green]), HOURS, sums)
    return Streets(link, peak_vph, has_camera[link], *sums, announced)


def _closures(link: I64, n_minutes: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """A fiftieth of the lanes a day is closed for 1 to 6 hours, the others of the link stay open.

    Where it is closed, and the part of that which the city knows of: ANNOUNCED of the closures.
    """
    closed = np.zeros((n_minutes, link.size), np.bool_)
    announced = np.zeros_like(closed)
    for _ in range(max(1, round(0.02 * link.size * n_minutes / 1440))):
        begin = rng.integers(0, n_minutes)
        span, lane = slice(begin, begin + rng.integers(60, 360)), rng.integers(0, link.size)
        closed[span, lane] = True
        if rng.random() < ANNOUNCED:
            announced[span, lane] = True
    return closed, announced


@njit(cache=True)
def _drive(rng: np.random.Generator, rate: F64, closed: NDArray[np.bool_], signal: I64, hours: F64, sums: F64) -> None:
    """Second by second; sums are [advance, stop, advance occupied, stop occupied; minutes; lanes]."""
    n_minutes, n_lanes = closed.shape
    come = np.zeros(60, np.int64)
    for lane in range(n_lanes):
        queue, busy_until = 0, 0.0
        for minute in range(n_minutes):
            at_h = (minute / 60.0) % 24.0
            low = int(at_h)
            level = hours[low] + (at_h - low) * (hours[(low + 1) % 24] - hours[low])
            wander = 1.0 + 0.15 * np.sin(0.01 * minute + lane)  # choice of lane changes over the day
            mean = 0.0 if closed[minute, lane] else rate[lane] * level * wander
            # A thinned Poisson process: 2 x mean an arrival's most, kept by the share of the platoon's phase.
            come[:] = 0
            for _ in range(rng.poisson(2.0 * mean * 60.0)):
                second = int(rng.random() * 60.0)
                phase = (minute * 60 + second + signal[0, lane]) % 90
                if (phase + 40) % 90 < 36 or rng.random() < 1.0 / 6.0:
                    come[second] += 1
            for second in range(60):
                t = minute * 60 + second
                phase = (t + signal[0, lane]) % 90
                n = come[second]
                sums[0, minute, lane] += n
                if queue > 8:
                    sums[2, minute, lane] += 1.0
                elif n > 0:
                    sums[2, minute, lane] += min(1.0, 0.45 * n * (0.8 + 0.4 * rng.random()))
                queue += n
                if queue == 0:
                    continue
                if phase < signal[1, lane] and t >= busy_until:
                    queue -= 1
                    busy_until = t + 1.7 + 0.6 * rng.random()
                    sums[1, minute, lane] += 1
                    sums[3, minute, lane] += 0.6 + 0.3 * rng.random()
                else:
                    sums[3, minute, lane] += 1.0
    sums[2:] /= 60.0


def neighbours_on(streets: Streets) -> Neighbours:
    """Sensors 3 * lane + (0 stop line, 1 advance, 2 camera)."""
    n_lanes = streets.link.size
    same = np.full((PER_LANE * n_lanes, SAME_LANE_MAX), NONE, np.int32)
    road = np.full((PER_LANE * n_lanes, ROAD_MAX), NONE, np.int32)
    for lane in range(n_lanes):
        own = [PER_LANE * lane + k for k in range(PER_LANE)]
        beside = [PER_LANE * int(o) + k for o in np.flatnonzero(streets.link == streets.link[lane]) for k in range(2)]
        beside = [s for s in beside if s not in own][:ROAD_MAX]
        for sensor in own:
            others = [s for s in own if s != sensor]
            same[sensor, : len(others)] = others
            road[sensor, : len(beside)] = beside
    return Neighbours(np.arange(PER_LANE * n_lanes) % PER_LANE == 2, same, road)
