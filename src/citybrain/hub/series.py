"""Questions to the history: an indicator or a row of a table over time, as it was or in steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import InputError, LimitError
from citybrain.hub.catalogue import Audience, Entry, Kind
from citybrain.hub.chunks import Chunk, overlapping
from citybrain.hub.history import INDICATORS, RESTRICTED, Batch, History, columns_of
from citybrain.records.observations import Quality

AGGREGATES = ("mean", "min", "max", "sum", "count", "first", "last")
SQL_OF = {
    "mean": "avg({})",
    "min": "min({})",
    "max": "max({})",
    "sum": "sum({})",
    "count": "count({})",
    "first": "arg_min({}, time_s)",
    "last": "arg_max({}, time_s)",
}
BANDED = frozenset(("mean", "first", "last"))  # a band of a sum or an extreme would need more than the bands
_NUMBER = r"CAST(regexp_extract(filename, '\.(\d+)\.parquet$', 1) AS BIGINT)"  # of a chunk, from its name
_NEWEST = 2**62  # number of the first batch that is still in memory


@dataclass(frozen=True)
class Question:
    """What is asked: from_s <= time < to_s. `step_s` 0 = every value as it was kept; `row` of a table."""

    entry: Entry
    from_s: float
    to_s: float
    step_s: float = 0.0
    aggregate: str = "mean"
    row: int = 0


@dataclass(frozen=True, eq=False)
class Series:
    """The answer; arrays are [n], by time. A step without any value is left out: a gap is a gap."""

    time_s: NDArray[np.float64]  # begin of the step
    value: NDArray[np.float64]
    low: NDArray[np.float64]  # nan = none is known
    high: NDArray[np.float64]
    quality: NDArray[np.uint8]  # the worst within the step


def series(history: History, question: Question) -> Series:
    """Ask. Raises InputError for a question without sense, LimitError for more than `history_points_max` points."""
    check(question, history.settings.history_points_max)
    entry = question.entry
    span_s = question.from_s, question.to_s
    chunks = history.chunks.select(entry.city, entry.area, stem_of(entry), span_s)
    batches = history.in_memory(entry.city, entry.area, stem_of(entry))
    if not chunks and not batches:
        none = np.zeros(0)
        return Series(none, none, none, none, np.zeros(0, np.uint8))
    found = _ask(question, chunks, batches, history.settings.history_points_max + 1)
    if found["time_s"].size > history.settings.history_points_max:
        raise LimitError(f"more than {history.settings.history_points_max} points; ask for a larger step")
    time_s, value, low, high = (
        np.ma.filled(found[name].astype(np.float64), np.nan) for name in ("time_s", "value", "low", "high")
    )
    return Series(time_s, value, low, high, np.ma.filled(found["quality"], Quality.UNKNOWN).astype(np.uint8))


def check(question: Question, points_max: int, limit: str = "history_points_max") -> None:
    """Raise InputError for a question without sense, LimitError for more steps than the limit of that name."""
    span_s = question.to_s - question.from_s
    if not (math.isfinite(span_s) and span_s > 0.0 and question.from_s >= 0.0):
        raise InputError(
            f"from {question.from_s:g} to {question.to_s:g}: expected a span of time that ends after it begins"
        )
    if not (math.isfinite(question.step_s) and question.step_s >= 0.0):
        raise InputError(f"step {question.step_s:g}: expected seconds, 0 = every value")
    if question.step_s and span_s / question.step_s > points_max:
        raise LimitError(f"{span_s / question.step_s:.0f} steps exceed the limit {limit} = {points_max}")
    if question.aggregate not in AGGREGATES:
        raise InputError(f"aggregate {question.aggregate[:20]!r}: expected one of {', '.join(AGGREGATES)}")
    if not 0 <= question.row < max(1, question.entry.rows):
        raise InputError(f"row {question.row}: {question.entry.address} has {question.entry.rows}")


def stem_of(entry: Entry) -> str:
    """The stem of the chunks that hold an entry."""
    if entry.kind is Kind.TABLE:
        return entry.name
    return RESTRICTED if entry.audience is Audience.RESTRICTED else INDICATORS


def _ask(question: Question, chunks: list[Chunk], batches: list[Batch], rows_max: int) -> dict[str, Any]:
    import duckdb

    doubles = bool(batches) or overlapping(chunks)
    table = question.entry.kind is Kind.TABLE
    with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"}) as connection:
        parameters: list[Any] = []
        parts = [select(source, table, doubles) for source in sources(connection, chunks, batches, parameters)]
        kept = " UNION ALL ".join(parts)
        key: Any = question.row if table else question.entry.address
        where = f"{'row' if table else 'address'} = ? AND time_s >= ? AND time_s < ?"
        newest = "QUALIFY row_number() OVER (PARTITION BY time_s ORDER BY number DESC) = 1" if doubles else ""
        parameters += [key, question.from_s, question.to_s]
        text = f"WITH kept AS (SELECT * FROM ({kept}) WHERE {where} {newest}) {_shape(question)} LIMIT {rows_max}"  # noqa: S608
        return dict(connection.execute(text, parameters).fetchnumpy())


def sources(connection: Any, chunks: list[Chunk], batches: list[Batch], parameters: list[Any]) -> list[str]:
    """What to read from, as SQL: the chunks' files, and what is in memory."""
    found = []
    if chunks:
        found.append("read_parquet(?, filename = true)")
        parameters.append([str(chunk.path) for chunk in chunks])
    if batches:
        columns = columns_of(batches)
        columns["number"] = _NEWEST + np.repeat(np.arange(len(batches)), [batch.rows for batch in batches])
        connection.register("in_memory", columns)
        found.append("in_memory")
    return found


def select(source: str, table: bool, doubles: bool) -> str:
    """Rows of a source in one form: key, time_s, value, low, high, quality, number."""
    key, band = ("row", "NULL AS low, NULL AS high") if table else ("address", _known("low") + ", " + _known("high"))
    number = "number" if source == "in_memory" else _NUMBER if doubles else "0"
    return f"SELECT {key}, time_s, {_known('value')}, {band}, quality, {number} AS number FROM {source}"  # noqa: S608


def _known(column: str) -> str:
    """A nan in memory is a null, as it is on disk."""
    return f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END AS {column}"


def _shape(question: Question) -> str:
    if not question.step_s:
        return "SELECT time_s, value, low, high, quality FROM kept ORDER BY time_s"
    begin = f"{question.from_s!r} + {question.step_s!r} * floor((time_s - {question.from_s!r}) / {question.step_s!r})"
    value = SQL_OF[question.aggregate].format("value")
    band = [
        f"{SQL_OF[question.aggregate].format(side)} AS {side}" if question.aggregate in BANDED else f"NULL AS {side}"
        for side in ("low", "high")
    ]
    columns = f"{begin} AS begin_s, {value} AS value, {', '.join(band)}, max(quality) AS quality"
    inner = f"SELECT {columns} FROM kept GROUP BY begin_s"  # noqa: S608
    return f"SELECT begin_s AS time_s, value, low, high, quality FROM ({inner}) ORDER BY time_s"  # noqa: S608
