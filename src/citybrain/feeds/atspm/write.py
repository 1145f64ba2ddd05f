"""Write an event log, so that any ATSPM program can read it, and `read` gives the same diagnosis again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citybrain.errors import InputError
from citybrain.feeds.atspm.tables import SHARED
from citybrain.records.signal_events import SignalLog, Use

if TYPE_CHECKING:
    import polars as pl

__all__ = ["DETECTORS_FILE", "EVENTS_FILE", "write_log"]

EVENTS_FILE, DETECTORS_FILE = "events", "detectors.csv"
NAMES = {Use.PRESENCE: "Presence", Use.COUNT: "Count", Use.ADVANCE: "Advance", Use.QUEUE: "Queue"}


def write_log(log: SignalLog, folder: Path, kind: str = "parquet") -> tuple[Path, Path]:
    """Write events (`kind`: parquet or csv) and detectors into a folder, made if missing; gives both paths.

    Times are date-times in UTC with microseconds: a scenario's own seconds count from 1970.
    """
    import polars as pl

    if kind not in ("parquet", "csv"):
        raise InputError(f"event log as {kind!r}: expected parquet or csv")
    folder.mkdir(parents=True, exist_ok=True)
    events = log.events
    table = pl.DataFrame(
        {
            "TimeStamp": pl.Series(np.rint(events.time_s * 1e6).astype(np.int64)).cast(pl.Datetime("us")),
            "DeviceId": pl.Series(np.array(log.devices, object)[events.device], dtype=pl.String),
            "EventId": events.code,
            "Parameter": events.parameter,
        }
    )
    path, other = folder / f"{EVENTS_FILE}.{kind}", folder / DETECTORS_FILE
    if kind == "parquet":
        table.write_parquet(path)
    else:
        table.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6f")
    _detectors(log).write_csv(other)
    return path, other


def _lane(lane: int) -> str | None:
    return None if lane == -1 else f"{SHARED} {-2 - lane}" if lane < 0 else str(lane)


def _detectors(log: SignalLog) -> pl.DataFrame:
    import polars as pl

    channels, phases = log.channels, log.phases
    its = channels.phase
    exits = [
        ";".join(log.links[link] for link in phases.exit[a:b])
        for a, b in zip(phases.exit_offset[:-1], phases.exit_offset[1:], strict=True)
    ]
    return pl.DataFrame(
        {
            "DeviceId": [log.devices[row] for row in channels.device],
            "Parameter": channels.channel,
            "Phase": phases.number[its],
            "Function": [NAMES[Use(use)] for use in channels.use],
            "distance_m": channels.distance_m,
            "length_m": channels.length_m,
            "speed_mps": channels.speed_mps,
            "lane": [_lane(lane) for lane in channels.lane.tolist()],
            "phase_name": [phases.name[row] for row in its],
            "min_green_s": pl.Series(phases.min_green_s[its], nan_to_null=True),
            "max_green_s": pl.Series(phases.max_green_s[its], nan_to_null=True),
            "approach": [log.links[phases.link[row]] if phases.link[row] >= 0 else "" for row in its],
            "feeder": [log.devices[phases.feeder[row]] if phases.feeder[row] >= 0 else "" for row in its],
            "exits": [exits[row] for row in its],
        }
    )
