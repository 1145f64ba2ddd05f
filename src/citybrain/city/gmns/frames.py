"""Tables of a GMNS folder, one file each: CSV (every number written so that it reads back exactly) or Parquet."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import FormatError, InputError

__all__ = ["Column", "Format", "Frame", "find_table", "ids_of", "read_frame", "remove_table", "rows_of", "write_frame"]

Format = Literal["csv", "parquet"]
Column = NDArray[Any] | Sequence[str]
TEXT = "text"
CELL_MAX = 1 << 30  # characters; a long geometry is one cell


def write_frame(folder: Path, name: str, columns: Mapping[str, Column], file_format: Format) -> None:
    """Write `name.csv` or `name.parquet`; columns are arrays, or sequences of strings."""
    import polars as pl

    path = folder / f"{name}.{file_format}"
    try:
        series = [_series(pl, key, values) for key, values in columns.items()]
        frame = pl.DataFrame(series)
        if file_format == "parquet":
            frame.write_parquet(path)
        else:
            frame.write_csv(path, quote_style="non_numeric")
        other = "csv" if file_format == "parquet" else "parquet"
        (folder / f"{name}.{other}").unlink(missing_ok=True)  # an older copy would be read instead
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
    except UnicodeEncodeError as error:
        raise InputError(f"{path}: a text is not Unicode ({error.reason})") from error


def _series(pl: Any, key: str, values: Column) -> Any:
    if isinstance(values, np.ndarray) and values.dtype.kind != "U":
        return pl.Series(key, values)
    return pl.Series(key, list(values), dtype=pl.String)


def find_table(folder: Path, name: str) -> Path | None:
    """Path of a table in either format, None where the folder has none."""
    paths = (folder / f"{name}.{suffix}" for suffix in ("csv", "parquet"))
    return next((path for path in paths if path.is_file()), None)


def remove_table(folder: Path, name: str) -> None:
    """Let go of an older copy of a table that is not written any more: it would be read."""
    for suffix in ("csv", "parquet"):
        (folder / f"{name}.{suffix}").unlink(missing_ok=True)


class Frame:
    """Columns of one table that was read; a missing one is a FormatError."""

    def __init__(self, path: Path, frame: Any) -> None:
        self.path = path
        self._frame = frame
        self.rows: int = frame.height

    def __contains__(self, key: str) -> bool:
        return key in self._frame.columns

    def numbers(self, key: str) -> NDArray[Any]:
        """A column as an array of its own; empty cells are an error unless the column is of float (nan)."""
        series = self._column(key)
        if series.null_count():
            if not series.dtype.is_float():
                row = int(series.is_null().arg_max() or 0)
                raise FormatError(self.path, f"{key}, row {row + 1}", "an empty cell", "a value")
            series = series.fill_null(float("nan"))
        return np.array(series.to_numpy())

    def texts(self, key: str) -> list[str]:
        values: list[str] = self._column(key).fill_null("").to_list()
        return values

    def _column(self, key: str) -> Any:
        if key not in self._frame.columns:
            raise FormatError(self.path, "header", f'no column "{key}"', f'the column "{key}"')
        return self._frame[key]

    def refs(self, key: str, rows: Mapping[str, int], *, optional: bool = False) -> NDArray[np.int32]:
        """Row numbers of the ids in a column; an empty id is -1 where `optional`."""
        table = {**rows, "": -1} if optional and "" not in rows else rows
        texts = self.texts(key)
        try:
            return np.array([table[text] for text in texts], np.int32)
        except KeyError as error:
            row = texts.index(error.args[0])
            raise FormatError(self.path, f"{key}, row {row + 1}", f"{error.args[0]!r}", "a known id") from None


def read_frame(folder: Path, name: str, types: Mapping[str, Any]) -> Frame:
    """Read a table; `types` names the columns of interest and their dtype (numpy, or TEXT)."""
    import polars as pl

    path = find_table(folder, name)
    if path is None:
        raise FormatError(folder, name, "no such table", f"{name}.csv or {name}.parquet")
    wanted = {key: pl.String if kind == TEXT else _polars_type(pl, kind) for key, kind in types.items()}
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            frame = frame.select([pl.col(key).cast(kind) for key, kind in wanted.items() if key in frame.columns])
        else:
            _check_quotes(path)
            frame = pl.read_csv(path, schema_overrides=wanted, infer_schema=False)
            _check_rows(path, frame)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, UnicodeError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise FormatError(path, "table", first, "columns of the documented types") from error
    return Frame(path, frame)


def _check_quotes(path: Path) -> None:
    """Raise FormatError for a file that was cut inside a quoted cell: polars may panic on it."""
    if path.read_bytes().count(b'"') % 2:
        raise FormatError(path, "table", "a quote that is opened and not closed", "quotes in pairs")


def _check_rows(path: Path, frame: Any) -> None:
    """Raise FormatError for a row with fewer cells than the header: polars would fill it up with empty ones.

    Such a row always lacks its last cell, so a table whose last column is full needs no second look.
    """
    if frame.width < 2 or not frame[:, -1].null_count():
        return
    before = csv.field_size_limit(CELL_MAX)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            short = next(((rows.line_num, len(row)) for row in rows if len(row) < frame.width), None)
    finally:
        csv.field_size_limit(before)
    if short is not None:
        raise FormatError(path, f"line {short[0]}", f"{short[1]} cells", f"{frame.width}, one for each column")


def _polars_type(pl: Any, kind: Any) -> Any:
    return pl.Series([], dtype=None) if kind is None else pl.Series(np.empty(0, kind)).dtype


def rows_of(ids: Sequence[str]) -> dict[str, int]:
    """id -> row."""
    return {text: row for row, text in enumerate(ids)}


def ids_of(ids: Sequence[str], rows: NDArray[np.integer[Any]]) -> list[str]:
    """Ids of row numbers; -1 is the empty id."""
    table = [*ids, ""]  # index -1 is the last
    return [table[row] for row in rows.tolist()]
