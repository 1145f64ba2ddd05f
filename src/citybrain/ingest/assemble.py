"""From checked columns to the tables of `records.observations`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest.cells import Texts
from citybrain.ingest.check import Checked
from citybrain.ingest.kinds import RECORDS, Kind
from citybrain.ingest.redact import redact
from citybrain.ingest.schema import COLOURS, PARKING_STATES, QUALITIES, VEHICLES
from citybrain.records.observations import DTYPES

_VEHICLE = np.array([int(v) for v in VEHICLES.values()], np.uint16)
_COLOUR = np.array([int(c) for c in COLOURS.values()], np.uint8)
_PARKING = np.array([int(s) for s in PARKING_STATES.values()], np.uint8)
_QUALITY = np.array([int(q) for q in QUALITIES.values()], np.uint8)


class _Good:
    """The good rows of a message, column by column."""

    def __init__(self, rows: Checked) -> None:
        self._rows = rows
        self.row = np.flatnonzero(rows.faults.good)
        self._all = self.row.size == len(rows.cells)

    def number(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self._rows.values[name]
        return values if self._all else values[self.row]

    def choice(self, name: str, codes: NDArray[Any]) -> NDArray[Any]:
        """The first choice where a row says none."""
        found: NDArray[Any] = codes[np.maximum(self.number(name), 0)]
        return found

    def text(self, name: str) -> NDArray[np.object_]:
        found = np.empty(self.row.size, object)
        column = self._rows.cells.columns.get(name)
        found[:] = column.strings(self.row) if isinstance(column, Texts) else [""] * self.row.size
        return found


_COLUMNS: dict[Kind, Callable[[_Good], list[Any]]] = {
    Kind.PASSAGE: lambda g: [
        *(g.number("sensor"), g.number("lane"), g.number("movement")),
        *(g.choice("vehicle_class", _VEHICLE), g.number("plate")),
    ],
    Kind.COUNT: lambda g: [g.number(name) for name in ("sensor", "interval_s", "count", "occupancy_frac")],
    Kind.PROBE: lambda g: [g.number(name) for name in ("device", "x_m", "y_m", "speed_mps")],
    Kind.SIGNAL: lambda g: [g.number("group"), g.choice("colour", _COLOUR)],
    Kind.TRANSIT: lambda g: [
        *(g.text("vehicle"), g.text("line")),
        *(g.number(name) for name in ("x_m", "y_m", "speed_mps", "delay_s")),
    ],
    Kind.PARKING: lambda g: [
        *(g.text("facility"), g.number("free"), g.number("capacity")),
        g.choice("state", _PARKING),
    ],
    Kind.REPORT: lambda g: [
        *(g.text("report"), redact(g.text("category")), redact(g.text("text"))),
        *(g.number("x_m"), g.number("y_m")),
    ],
    Kind.WEATHER: lambda g: [
        g.text("station"),
        *(g.number(name) for name in ("temperature_c", "rain_mmph", "wind_mps", "visibility_m")),
    ],
    Kind.EMERGENCY: lambda g: [g.text("vehicle"), *(g.number(name) for name in ("x_m", "y_m", "speed_mps"))],
}


def assemble(kind: Kind, rows: Checked, received_s: float) -> Any:
    """The table of the good rows, in the order of the message."""
    good = _Good(rows)
    n = good.row.size
    values = [good.number("time"), np.full(n, received_s), *_COLUMNS[kind](good), good.choice("quality", _QUALITY)]
    types = DTYPES[RECORDS[kind]]
    return RECORDS[kind](*(np.ascontiguousarray(v, t) for v, t in zip(values, types, strict=True)))
