"""The two tables: events (time, device, event, parameter), and detectors (device, channel, phase, use, place).

Names of columns are ours or those of the exports that people have: UDOT's ATSPM, its successors, the `atspm` package.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citybrain.errors import FormatError, InputError, LimitError
from citybrain.records.signal_events import Use

if TYPE_CHECKING:
    import polars as pl

__all__ = ["DETECTORS", "EVENTS", "SHARED", "USES", "read_table", "renamed", "texts", "whole"]

EVENTS: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "time_s", "datetime", "eventtime"),
    "device": ("device", "deviceid", "signalid", "locationidentifier", "signal_id", "device_id"),
    "event": ("event", "eventid", "eventcode", "event_code", "code"),
    "parameter": ("parameter", "eventparam", "param", "event_param", "parametercode"),
}
DETECTORS: Mapping[str, tuple[str, ...]] = {
    "device": EVENTS["device"],
    "channel": ("channel", "parameter", "detector", "detectorchannel", "detchannel"),
    "phase": ("phase", "protectedphasenumber"),
    "use": ("use", "function", "detectiontype", "detection_type"),
}
USES: Mapping[str, Use] = {
    "presence": Use.PRESENCE,
    "stop bar presence": Use.PRESENCE,
    "count": Use.COUNT,
    "lane-by-lane count": Use.COUNT,
    "yellow_red": Use.COUNT,
    "advance": Use.ADVANCE,
    "advanced count": Use.ADVANCE,
    "queue": Use.QUEUE,
}
SHARED = "shared"  # begins the name of a lane that other phases serve as well


def read_table(path: Path, rows_max: int) -> pl.DataFrame:
    """A CSV (.csv, .csv.gz) or Parquet table. Raises InputError, FormatError or LimitError naming file and limit."""
    import polars as pl

    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a CSV or Parquet table")
    try:
        if path.suffix == ".parquet":
            table = pl.read_parquet(path, n_rows=rows_max + 1)
        else:
            table = pl.read_csv(path, n_rows=rows_max + 1, infer_schema_length=10_000)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise FormatError(path, "table", " ".join(str(error).split())[:200], "a CSV or Parquet table") from error
    if table.height > rows_max:
        raise LimitError(f"{path}: more than CITYBRAIN_EVENT_ROWS_MAX = {rows_max:,} rows; cut the log into days")
    return table


def renamed(path: Path, table: pl.DataFrame, wanted: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """The table with our names for the columns that are wanted; others keep theirs in lower case."""
    found: dict[str, str] = {}
    lower = {column.strip().lower(): column for column in table.columns}
    for name, others in wanted.items():
        match = next((lower[other] for other in others if other in lower), None)
        if match is None:
            raise FormatError(
                path, f"column {name}", f"columns are {', '.join(table.columns)}", f"one of {', '.join(others)}"
            )
        found[match] = name
    rest = {column: key for key, column in lower.items() if column not in found}
    return table.rename({**rest, **found})


def whole(path: Path, table: pl.DataFrame, name: str, most: int) -> Any:
    """A column of whole numbers, 0 to `most`. Raises FormatError naming the first row that is none."""
    import polars as pl

    given = table[name]
    column = given.cast(pl.Int64, strict=False)
    bad = column.is_null()
    if given.dtype.is_float():  # a cast would cut what stands behind the point
        bad |= (given.cast(pl.Float64) != column.cast(pl.Float64)).fill_null(True)
    if bad.any():
        row = int(bad.arg_max() or 0)
        raise FormatError(path, f"row {row + 1}, {name}", repr(given[row]), "a whole number")
    outside = (column < 0) | (column > most)
    if outside.any():
        row = int(outside.arg_max() or 0)
        raise FormatError(path, f"row {row + 1}, {name}", str(column[row]), f"0 to {most}")
    return column.to_numpy()


def texts(path: Path, table: pl.DataFrame, name: str) -> list[str]:
    """A column of names. Raises FormatError naming the first row that has none."""
    import polars as pl

    column = table[name].cast(pl.String)
    if column.is_null().any():
        raise FormatError(path, f"row {int(column.is_null().arg_max() or 0) + 1}, {name}", "nothing", "a name")
    return column.to_list()
