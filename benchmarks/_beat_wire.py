"""Rows of one beat as the messages in which a city's sources would have sent them: one Arrow stream for each kind."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from benchmarks._wire import ARROW_STREAM

from citybrain.city.model import City, Colour
from citybrain.ingest.check import Context
from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import Intake
from citybrain.ingest.place import Gazetteer
from citybrain.ingest.pseudonym import DAY_S, DayKeys
from citybrain.records.observations import Observations
from citybrain.settings import Settings

Message = tuple[Kind, bytes]


class Wire:
    """Writes the messages of a city, and reads them as the door of a real city does."""

    def __init__(self, city: City, begin_s: float) -> None:
        self._sensor = np.array(city.sensors.sensor_id, object)
        self._group = np.array(city.groups.group_id, object)
        self._entered = np.array(city.links.link_id, object)[city.lanes.link[city.movements.to_lane]]
        self._colour = np.array([colour.name.lower() for colour in Colour], object)
        keys = DayKeys(bytes(range(32)), int(begin_s // DAY_S))
        self._intake = Intake(Context.of(Gazetteer.of(city), keys, Settings()))

    def messages(self, seen: Observations) -> list[Message]:
        """The rows of the kinds that sensors of the streets send."""
        found = [
            (Kind.COUNT, self._counts(seen)),
            (Kind.PASSAGE, self._passages(seen)),
            (Kind.PROBE, self._probes(seen)),
            (Kind.SIGNAL, self._signals(seen)),
        ]
        return [(kind, _arrow(columns)) for kind, columns in found if columns["time"].size]

    def read(self, messages: list[Message], now_s: float) -> int:
        """Decode and check; how many rows were accepted."""
        admitted = (self._intake.admit("north", kind, ARROW_STREAM, body, now_s) for kind, body in messages)
        return sum(admission.table.time_s.size for admission in admitted)

    def _counts(self, seen: Observations) -> dict[str, Any]:
        rows = seen.counts
        return {
            "time": rows.time_s,
            "sensor": self._sensor[rows.sensor],
            "interval_s": rows.interval_s,
            "count": rows.count,
            "occupancy_frac": np.clip(rows.occupancy_frac.astype(np.float64), 0.0, 1.0),
        }

    def _passages(self, seen: Observations) -> dict[str, Any]:
        rows = seen.passages
        return {
            "time": rows.time_s,
            "sensor": self._sensor[rows.sensor],
            "plate": _names(rows.plate),
            "to_link": self._entered[rows.movement],
        }

    def _probes(self, seen: Observations) -> dict[str, Any]:
        rows = seen.probes
        place = {"x_m": rows.x_m, "y_m": rows.y_m, "speed_mps": rows.speed_mps.astype(np.float64)}
        return {"time": rows.time_s, "device": _names(rows.vehicle), **place}

    def _signals(self, seen: Observations) -> dict[str, Any]:
        rows = seen.signals
        return {"time": rows.time_s, "group": self._group[rows.group], "colour": self._colour[rows.colour]}


def _names(hashes: Any) -> Any:
    return np.array([f"{number:016x}" for number in hashes.tolist()], object)


def _arrow(columns: dict[str, Any]) -> bytes:
    import polars as pl

    out = io.BytesIO()
    data = {name: values.tolist() if values.dtype == object else values for name, values in columns.items()}
    pl.DataFrame(data).write_ipc_stream(out, compression="uncompressed")
    return out.getvalue()
