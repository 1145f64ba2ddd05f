"""Good sensors with their small errors, and faults put into them at random times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from benchmarks._health_streets import PER_LANE, Streets
from numpy.typing import NDArray

from citybrain.records.sensor_health import Health

F64 = NDArray[np.float64]
KINDS = (
    "silent",
    "no hits",
    "locked on",
    "repeats",
    "floods",
    "ghosts",
    "counts double",
    "counts a third",
    "reads a third",
)
HEALTH = (
    Health.DEAD,
    Health.DEAD,
    Health.STUCK,
    Health.STUCK,
    Health.CHATTERING,
    Health.CHATTERING,
    *[Health.BIASED] * 3,
)
FIRST_H = 26.0  # after a day and a morning


@dataclass(frozen=True, eq=False)
class Said:
    """What the sensors report; minutes x sensors."""

    there: NDArray[np.bool_]  # a report arrived
    count: F64
    frac: F64


@dataclass(frozen=True, eq=False)
class Faults:
    """Of each sensor [n]: kind (-1 = none), the minute from which on, and the minute of the repair."""

    kind: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]


def say(streets: Streets, seed: int) -> Said:
    """Misses and doubles of 1 %, reads of 95 %, 1 % of the messages lost, a feed that is out for 25 minutes a day."""
    rng = np.random.default_rng(seed)
    shape = streets.stop.shape
    count = np.stack([streets.stop, streets.advance, streets.stop], axis=2)
    count[..., :2] += rng.binomial(count[..., :2].astype(int), 0.01) - rng.binomial(count[..., :2].astype(int), 0.01)
    count[..., 2] = rng.binomial(count[..., 2].astype(int), 0.95) * streets.camera
    frac = np.stack([streets.stop_frac, streets.advance_frac, np.zeros(shape)], axis=2)
    there = rng.random(count.shape) >= 0.01
    for day in range(shape[0] // 1440 + 1):
        out = day * 1440 + int(rng.integers(0, 1400))
        there[out : out + 25] = False
    flat = (shape[0], PER_LANE * shape[1])
    frac = np.round(np.clip(frac, 0.0, 1.0), 3)
    return Said(there.reshape(flat), np.maximum(count, 0.0).reshape(flat), frac.reshape(flat))


def draw(streets: Streets, shares: dict[int, float], hours: tuple[float, float], seed: int) -> Faults:
    """Faults by their shares of the detectors (8: of the cameras), beginning within some hours, never repaired."""
    rng = np.random.default_rng(seed)
    n = PER_LANE * streets.link.size
    camera = np.arange(n) % PER_LANE == 2
    has = camera & np.repeat(streets.camera, PER_LANE)
    kind = np.full(n, -1)
    for rows, kinds in ((np.flatnonzero(~camera), range(8)), (np.flatnonzero(has), (0, 8))):
        order, at = rng.permutation(rows), 0
        for k in kinds:
            size = round(shares.get(k, 0.0) * rows.size)
            kind[order[at : at + size]] = k
            at += size
    begin = rng.integers(int(60 * hours[0]), int(60 * hours[1]), n)
    return Faults(kind, begin, np.full(n, streets.stop.shape[0]))


def spoil(said: Said, faults: Faults, seed: int) -> Said:
    """The reports with the faults in them."""
    rng = np.random.default_rng(seed)
    there, count, frac = said.there.copy(), said.count.copy(), said.frac.copy()
    for sensor in np.flatnonzero(faults.kind >= 0):
        span = slice(int(faults.begin[sensor]), int(faults.end[sensor]))
        n = count[span, sensor].size
        kind, own = KINDS[faults.kind[sensor]], count[span, sensor]
        if kind == "silent":
            there[span, sensor], count[span, sensor] = False, 0.0
        elif kind == "no hits":
            count[span, sensor], frac[span, sensor] = 0.0, 0.0
        elif kind == "locked on":
            count[span, sensor], frac[span, sensor] = 0.0, 1.0
        elif kind == "repeats":
            count[span, sensor], frac[span, sensor] = rng.integers(1, 9), np.round(rng.uniform(0.05, 0.9), 3)
        elif kind == "floods":
            count[span, sensor] = own + rng.poisson(rng.uniform(80, 150), n)
        elif kind == "ghosts":  # below what a lane can carry
            count[span, sensor] = own + rng.poisson(rng.uniform(8, 25), n)
        else:
            share = 2.2 if kind == "counts double" else 1 / 3
            count[span, sensor] = rng.poisson(own * share) if share > 1 else rng.binomial(own.astype(int), share)
    return replace(said, there=there, count=count, frac=frac)
