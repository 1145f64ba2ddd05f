"""Plates and loop counts on their way into the model: sorted by the second in which they happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from citybrain.city.model import F64, I32, Bool
from citybrain.estimate.approaches import Approaches
from citybrain.estimate.witnesses import Read
from citybrain.records.observations import Observations, Passages, Quality
from citybrain.records.sensor_health import Health, SensorHealth

LAG_MOST_S = 10  # records that come later than this do not hold the model back
LAG_FADE = 0.995  # a beat: how fast a long delay is forgotten
ROWS_MAX = 100_000  # passages that wait for their second
BAD = (Health.DEAD, Health.STUCK, Health.CHATTERING)


@dataclass(eq=False)
class Waiting:
    """Passages whose second the model has not reached."""

    time_s: F64
    read: Read
    late_s: float = 1.0  # longest delay of late
    dropped: int = 0  # rows beyond ROWS_MAX
    lag_s: int = field(default=1)  # the model runs so far behind the newest second


def new_waiting() -> Waiting:
    """Nobody waits."""
    none = np.zeros(0, np.int32)
    return Waiting(np.zeros(0), Read(none, none, np.zeros(0, np.uint64), none))


def receive(waiting: Waiting, table: Approaches, observations: Observations, health: SensorHealth | None) -> None:
    """Take in a batch; learn how late records come."""
    passages = observations.passages
    delays = [observations.time_s - rows.time_s for rows in (passages, observations.probes) if rows.time_s.size]
    delays = [known for delay in delays if (known := delay[np.isfinite(delay)]).size]
    newest = max((float(np.quantile(delay, 0.9)) for delay in delays), default=0.0)
    waiting.late_s = max(min(newest, LAG_MOST_S), waiting.late_s * LAG_FADE if delays else waiting.late_s)
    waiting.lag_s = int(np.ceil(waiting.late_s - 0.3))
    good = (passages.quality < Quality.STALE) & trusted(passages.sensor, health)
    good &= (
        (passages.lane >= 0) & (passages.lane < table.lane_link.size) & (passages.movement < table.movement_stream.size)
    )
    good &= (passages.time_s <= observations.time_s) & np.isfinite(passages.time_s)
    good[good] &= table.stream_offset[passages.lane[good]] < table.stream_offset[passages.lane[good] + 1]
    room = ROWS_MAX - waiting.time_s.size
    chosen = np.flatnonzero(good).astype(np.int32)
    waiting.dropped += max(chosen.size - room, 0)
    _append(waiting, table, passages, chosen[:room])


def trusted(sensor: I32, health: SensorHealth | None) -> Bool:
    """Rows of sensors that can be used."""
    if health is None or not health.health.size:
        return np.ones(sensor.size, np.bool_)
    known = (sensor >= 0) & (sensor < health.health.size)
    return ~faulty(health)[np.where(known, sensor, 0)] | ~known


def faulty(health: SensorHealth) -> Bool:
    """Sensors that are better not used [n_sensors]: found faulty, or in doubt."""
    bad = np.isin(health.health, BAD)
    return bad if health.doubt is None else bad | health.doubt


def _append(waiting: Waiting, table: Approaches, passages: Passages, chosen: I32) -> None:
    lane, movement = passages.lane[chosen], passages.movement[chosen]
    certain = movement >= 0
    stream = np.where(certain, table.movement_stream[np.maximum(movement, 0)], table.stream_offset[lane])
    rows = (stream.astype(np.int32), lane, passages.plate[chosen], certain.astype(np.int32))
    waiting.time_s = np.concatenate([waiting.time_s, passages.time_s[chosen]])
    columns: list[Any] = [np.concatenate([a, b]) for a, b in zip(waiting.read, rows, strict=True)]
    waiting.read = Read(*columns)


def reads_of(waiting: Waiting, until_s: float) -> Read:
    """Take out the passages up to `until_s`, in an order that does not depend on that of arrival."""
    due = waiting.time_s <= until_s
    order = np.flatnonzero(due)
    order = order[np.lexsort((waiting.read.plate[order], waiting.read.lane[order], waiting.time_s[order]))]
    taken: list[Any] = [column[order] for column in waiting.read]
    rest: list[Any] = [column[~due] for column in waiting.read]
    waiting.time_s = waiting.time_s[~due]
    waiting.read = Read(*rest)
    return Read(*taken)
