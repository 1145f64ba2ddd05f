"""Reports of all sensors by the minute, in a ring of minutes that are still open for late ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.health_limits import BIN_S, JUMP_BINS_MAX, OPEN_BINS
from citybrain.errors import InputError
from citybrain.records.observations import DetectorCounts, Observations, Passages

F64 = NDArray[np.float64]


class Minutes(NamedTuple):
    """Sums of the open minutes; arrays [OPEN_BINS, n_sensors], the row of a minute is its number modulo OPEN_BINS."""

    oldest: int  # number of the oldest open minute: BIN_S * oldest is when it begins
    vehicles: F64
    reported_s: F64  # covered by reports
    occupied_s: F64  # nan when a report said nothing of it


class Minute(NamedTuple):
    """One minute of all sensors; arrays [n_sensors]."""

    end_s: float
    vehicles: F64
    reported_s: F64
    occupancy_frac: F64  # nan = unknown


def open_minutes(n_sensors: int, time_s: float) -> Minutes:
    zero = np.zeros((OPEN_BINS, n_sensors))
    return Minutes(int(np.floor(time_s / BIN_S)), zero, zero, zero)


def add(minutes: Minutes, observed: Observations) -> tuple[Minutes, list[Minute]]:
    """Put the reports into their minutes, and take out those that are over.

    A report belongs to the minute in which its interval ends; one for a minute that was judged comes too late and is
    left out. Raises InputError for a sensor that does not exist.
    """
    newest = int(np.floor(observed.time_s / BIN_S))
    done = []
    parts = [_numbers(observed.counts), _numbers(observed.passages)]
    count, reported, occupied = (values.copy() for values in minutes[1:])
    oldest = max(minutes.oldest, newest - JUMP_BINS_MAX)
    if oldest > minutes.oldest + OPEN_BINS:  # nothing of before is of any use
        count, reported, occupied = (np.zeros_like(values) for values in minutes[1:])
    last = max(newest, oldest)
    # A long step closes many minutes: fill and close one ring after another.
    while True:
        reach = min(last, oldest + OPEN_BINS - 1)
        _fill(parts, oldest, reach, (count, reported, occupied))
        if last <= reach:
            break
        row = oldest % OPEN_BINS
        done.append(_minute(oldest, count[row], reported[row], occupied[row]))
        for values in (count, reported, occupied):
            values[row] = 0.0
        oldest += 1
        parts = [part[:, part[0] > reach] for part in parts]
    return Minutes(oldest, count, reported, occupied), done


def _numbers(rows: DetectorCounts | Passages) -> F64:
    """Minute, sensor, count, seconds and occupied seconds of each row, [5, n]; in an order that is the rows' own."""
    minute = np.ceil(rows.time_s / BIN_S) - 1.0  # an interval that ends with a minute belongs to it
    if isinstance(rows, Passages):
        one, zero = np.ones(minute.size), np.zeros(minute.size)
        return np.stack([minute, rows.sensor.astype(np.float64), one, zero, zero])
    seconds = rows.interval_s.astype(np.float64)
    occupied = rows.occupancy_frac.astype(np.float64) * seconds
    order = np.lexsort((occupied, rows.sensor, minute))
    table = np.stack([minute, rows.sensor.astype(np.float64), rows.count.astype(np.float64), seconds, occupied])
    return table[:, order]


def _fill(parts: list[F64], first: int, last: int, sums: tuple[F64, F64, F64]) -> None:
    n = sums[0].shape[1]
    for part in parts:
        if part.shape[1] and not (part[1].min() >= 0 and part[1].max() < n):
            raise InputError(f"observations: a sensor outside of 0 to {n - 1}")
        chosen = part[:, (part[0] >= first) & (part[0] <= last)]
        cell = (chosen[0].astype(np.int64) % OPEN_BINS) * n + chosen[1].astype(np.int64)
        for values, given in zip(sums, chosen[2:], strict=True):
            np.add.at(values.reshape(-1), cell, given)


def _minute(number: int, count: F64, reported_s: F64, occupied_s: F64) -> Minute:
    share = np.divide(occupied_s, reported_s, out=np.full(count.size, np.nan), where=reported_s > 0)
    return Minute(BIN_S * (number + 1), count.copy(), reported_s.copy(), share)
