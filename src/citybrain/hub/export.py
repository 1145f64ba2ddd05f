"""History as a file: a data set over a span of time, written by DuckDB as Parquet in bounded memory.

An indicator has the columns time, value, low, high, quality; a table row, id (where the rows have names), time, value,
quality. Times are UTC, null is what is not known, quality is a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citybrain.errors import LimitError
from citybrain.hub.catalogue import Entry, Kind
from citybrain.hub.chunks import overlapping
from citybrain.hub.history import History
from citybrain.hub.series import BANDED, SQL_OF, Question, check, select, sources, stem_of
from citybrain.records.observations import Quality

_WORDS = "CASE quality " + " ".join(f"WHEN {int(q)} THEN '{q.name.lower()}'" for q in Quality) + " END AS quality"
_TIME = "make_timestamp(CAST(round(time_s * 1000) AS BIGINT) * 1000) AS time"  # microseconds, of whole milliseconds


@dataclass(frozen=True)
class Export:
    """What is asked: from_s <= time < to_s. `row` of a table, None = all; `step_s` 0 = every value as it was kept."""

    entry: Entry
    from_s: float
    to_s: float
    step_s: float = 0.0
    aggregate: str = "mean"
    row: int | None = None

    @property
    def table(self) -> bool:
        return self.entry.kind is Kind.TABLE


def export(history: History, asked: Export, path: Path, ids: Sequence[str] | None = None) -> int:
    """Write the rows into a Parquet file, by time and row; how many there are.

    `ids` name the rows of a table. Raises InputError for a question without sense, LimitError for more than
    `download_rows_max` rows; the file is of no use then.
    """
    import duckdb

    question = Question(asked.entry, asked.from_s, asked.to_s, asked.step_s, asked.aggregate, asked.row or 0)
    check(question, history.settings.download_rows_max, "download_rows_max")
    entry, span_s = asked.entry, (asked.from_s, asked.to_s)
    chunks = history.chunks.select(entry.city, entry.area, stem_of(entry), span_s)
    batches = history.in_memory(entry.city, entry.area, stem_of(entry))
    with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"}) as connection:
        parameters: list[Any] = []
        found = sources(connection, chunks, batches, parameters)
        doubles = bool(batches) or overlapping(chunks)
        kept = " UNION ALL ".join(select(source, asked.table, doubles) for source in found) or _nothing(asked.table)
        if parameters:  # COPY takes none: the one there is, the list of our own files, is written out
            kept = kept.replace("read_parquet(?", f"read_parquet({_list(parameters[0])}", 1)
        if ids is not None:
            connection.register("names", {"row": np.arange(len(ids)), "id": np.array(ids, object)})
        text = _text(asked, kept, doubles, named=ids is not None, rows_max=history.settings.download_rows_max)
        options = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"
        counted = connection.execute(f"COPY ({text}) TO '{_quoted(str(path))}' {options}").fetchone()
    rows = int(counted[0]) if counted else 0
    if rows > history.settings.download_rows_max:
        limit = history.settings.download_rows_max
        raise LimitError(f"more than {limit} rows, the limit download_rows_max; ask for less, or for a larger step")
    return rows


def _text(asked: Export, kept: str, doubles: bool, *, named: bool, rows_max: int) -> str:
    """The whole question as SQL; what stands in it are numbers, and an address of the catalogue."""
    where = f"time_s >= {asked.from_s!r} AND time_s < {asked.to_s!r}"
    if not asked.table:
        where += f" AND address = '{_quoted(asked.entry.address)}'"
    elif asked.row is not None:
        where += f" AND row = {asked.row}"
    unique = "row, time_s" if asked.table else "time_s"
    newest = f"QUALIFY row_number() OVER (PARTITION BY {unique} ORDER BY number DESC) = 1" if doubles else ""
    key, name = ("row, ", "id, " if named else "") if asked.table else ("", "")
    values = "value, " if asked.table else "value, low, high, "
    text = f"WITH kept AS (SELECT * FROM ({kept}) WHERE {where} {newest}), shaped AS ({_shape(asked, key)})"  # noqa: S608
    joined = "shaped LEFT JOIN names USING (row)" if named else "shaped"
    order = "time_s, row" if asked.table else "time_s"
    picked = f"{key}{name}{_TIME}, {values}{_WORDS}"
    return f"{text} SELECT {picked} FROM {joined} ORDER BY {order} LIMIT {rows_max + 1}"  # noqa: S608


def _shape(asked: Export, key: str) -> str:
    """Every value, or one a step."""
    if not asked.step_s:
        return f"SELECT {key}time_s, value, low, high, quality FROM kept"  # noqa: S608
    begin = f"{asked.from_s!r} + {asked.step_s!r} * floor((time_s - {asked.from_s!r}) / {asked.step_s!r})"
    how = SQL_OF[asked.aggregate]
    band = [f"{how.format(side) if asked.aggregate in BANDED else 'NULL'} AS {side}" for side in ("low", "high")]
    columns = f"{begin} AS begin_s, {how.format('value')} AS value, {', '.join(band)}, max(quality) AS quality"
    grouped = f"SELECT {key}{columns} FROM kept GROUP BY {key}begin_s"  # noqa: S608
    return f"SELECT {key}begin_s AS time_s, value, low, high, quality FROM ({grouped})"  # noqa: S608


def _nothing(table: bool) -> str:
    key = "CAST(NULL AS INTEGER) AS row" if table else "CAST(NULL AS VARCHAR) AS address"
    numbers = ", ".join(f"CAST(NULL AS DOUBLE) AS {name}" for name in ("time_s", "value", "low", "high"))
    return f"SELECT {key}, {numbers}, CAST(NULL AS UTINYINT) AS quality, 0 AS number WHERE false"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _list(paths: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{_quoted(path)}'" for path in paths) + "]"
