"""Reports of all sensors by the minute, in a ring of minutes that are still open for late ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.health_limits import BIN_S, JUMP_BINS_MAX, OPEN_BINS
from citybrain.errors import InputError
from citybrain.records.observations import DetectorCounts, Observations, Passages

F64 = NDArray[np.float64]
PLATE_BITS = 12  # of a plate are looked at: sums of their squares stay whole numbers
SAME_READS = 3  # reads of one minute, all of one plate: nobody passes thrice


class Minutes(NamedTuple):
    """Sums of the open minutes; arrays [OPEN_BINS, n_sensors], the row of a minute is its number modulo OPEN_BINS."""

    oldest: int  # number of the oldest open minute: BIN_S * oldest is when it begins
    vehicles: F64
    reported_s: F64  # covered by reports
    occupied_s: F64  # nan when a report said nothing of it
    plates: F64  # sum of some bits of the plates read; 0 = no plate told
    squares: F64  # and of their squares


class Minute(NamedTuple):
    """One minute of all sensors; arrays [n_sensors]."""

    end_s: float
    vehicles: F64
    reported_s: F64
    occupancy_frac: F64  # nan = unknown
    same_plate: NDArray[np.bool_]  # read again and again, and no other


def open_minutes(n_sensors: int, time_s: float) -> Minutes:
    zero = np.zeros((OPEN_BINS, n_sensors))
    return Minutes(int(np.floor(time_s / BIN_S)), zero, zero, zero, zero, zero)


def add(minutes: Minutes, observed: Observations) -> tuple[Minutes, list[Minute]]:
    """Put the reports into their minutes, and take out those that are over.

    A report belongs to the minute in which its interval ends; one for a minute that was judged comes too late and is
    left out. Raises InputError for a sensor that does not exist.
    """
    newest = int(np.floor(observed.time_s / BIN_S))
    done = []
    parts = [_numbers(observed.counts), _numbers(observed.passages)]
    oldest = max(minutes.oldest, newest - JUMP_BINS_MAX)
    plates = observed.passages.time_s.size > 0 or newest >= minutes.oldest + OPEN_BINS
    sums = [values.copy() if plates or k < len(minutes) - 3 else values for k, values in enumerate(minutes[1:])]
    if oldest > minutes.oldest + OPEN_BINS:  # nothing of before is of any use
        sums = [np.zeros_like(values) for values in sums]
    last = max(newest, oldest)
    # A long step closes many minutes: fill and close one ring after another.
    while True:
        reach = min(last, oldest + OPEN_BINS - 1)
        _fill(parts, oldest, reach, sums)
        if last <= reach:
            break
        row = oldest % OPEN_BINS
        done.append(_minute(oldest, [values[row] for values in sums]))
        for values in sums:
            values[row] = 0.0
        oldest += 1
        parts = [part[:, part[0] > reach] for part in parts]
    return Minutes(oldest, *sums), done


def _numbers(rows: DetectorCounts | Passages) -> F64:
    """Minute, sensor, and what is summed of each row [5 or 7, n], in an order that is the rows' own."""
    minute = np.ceil(rows.time_s / BIN_S) - 1.0  # an interval that ends with a minute belongs to it
    if isinstance(rows, Passages):
        one, zero = np.ones(minute.size), np.zeros(minute.size)
        plate = (rows.plate & np.uint64((1 << PLATE_BITS) - 1)).astype(np.float64)
        return np.stack([minute, rows.sensor.astype(np.float64), one, zero, zero, plate, plate**2])
    seconds = rows.interval_s.astype(np.float64)
    occupied = rows.occupancy_frac.astype(np.float64) * seconds
    order = np.lexsort((occupied, rows.sensor, minute))
    table = np.stack([minute, rows.sensor.astype(np.float64), rows.count.astype(np.float64), seconds, occupied])
    return table[:, order]


def _fill(parts: list[F64], first: int, last: int, sums: list[F64]) -> None:
    n = sums[0].shape[1]
    for part in parts:
        if part.shape[1] and not (part[1].min() >= 0 and part[1].max() < n):
            raise InputError(f"observations: a sensor outside of 0 to {n - 1}")
        chosen = part[:, (part[0] >= first) & (part[0] <= last)]
        cell = (chosen[0].astype(np.int64) % OPEN_BINS) * n + chosen[1].astype(np.int64)
        for values, given in zip(sums, chosen[2:], strict=False):
            np.add.at(values.reshape(-1), cell, given)


def _minute(number: int, sums: list[F64]) -> Minute:
    count, reported_s, occupied_s, plates, squares = sums
    share = np.divide(occupied_s, reported_s, out=np.full(count.size, np.nan), where=reported_s > 0)
    same = (reported_s == 0.0) & (count >= SAME_READS) & (plates > 0.0) & (count * squares == plates**2)
    return Minute(BIN_S * (number + 1), np.where(same, 1.0, count), reported_s.copy(), share, same)
