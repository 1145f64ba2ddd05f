"""History: what the indicators and tables were, as Parquet by day and area, read with DuckDB.

Values are appended in memory (a beat or a minute at a time) and go to disk in chunks, by a thread of their own: a
beat never waits for the disk. What the disk refuses stays in memory up to a limit, then the oldest goes and is
counted. Rows that are in memory only are lost with the process; the replay of the log brings them again, and a value
that is appended twice counts once.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from citybrain.hub.catalogue import Audience, Entry
from citybrain.hub.chunks import Chunk, Chunks, Shelf, day_of, first_kept_day
from citybrain.hub.durable import write_whole
from citybrain.hub.hub import TableValue, Values
from citybrain.records.observations import Quality
from citybrain.settings import Settings

if TYPE_CHECKING:
    import polars as pl

INDICATORS, RESTRICTED = "indicators", "restricted"  # stems of chunks (CHUNK_STEMS); a table's stem is its name
MERGE_AT = 8  # chunks of a level on a shelf
LEVEL_MAX = 3
RETRY_S = 30.0  # of the values' own time, after the disk refused
MERGE_ROWS_MAX = 4_000_000  # a merge stays within some hundred megabytes of memory
KEY = {True: ["address", "time_s"], False: ["row", "time_s"]}  # what is unique in a chunk: of indicators, of a table


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of one shelf kind in memory; arrays are [n]."""

    city: str
    area: str
    stem: str
    time_s: NDArray[np.float64]
    key: NDArray[Any]  # addresses of indicators (text), rows of a table (int32)
    value: NDArray[np.float64]
    low: NDArray[np.float64] | None  # None for a table
    high: NDArray[np.float64] | None
    quality: NDArray[np.uint8]

    @property
    def rows(self) -> int:
        return int(self.time_s.size)


@dataclass(frozen=True, eq=False)
class _Layout:
    entries: Sequence[Entry]
    names: NDArray[Any]  # addresses
    groups: dict[tuple[str, str, str], NDArray[np.intp]]  # city, area, stem -> places in `entries`


class History:
    """The history below a folder. One thread appends; any may read."""

    def __init__(self, folder: Path, settings: Settings | None = None, *, in_background: bool = True) -> None:
        self.settings = settings or Settings()
        self.chunks = Chunks(folder)
        self.lost_rows = 0  # dropped because the disk refused them for too long
        self.trouble = ""  # what the disk said last; "" = all is well
        self._layout: _Layout | None = None
        self._waiting: list[Batch] = []
        self._writing: list[Batch] = []
        self._lock = threading.Lock()  # of the two lists
        self._disk = threading.Lock()  # one writer at a time
        self._since_s: float | None = None  # oldest time that waits
        self._newest_s = self._retry_s = -math.inf
        self._rows = 0  # that wait
        self._pool = ThreadPoolExecutor(1, "history") if in_background else None
        self._job: Future[None] | None = None

    # ---- append ----

    def append(self, entries: Sequence[Entry], values: Values) -> None:
        """Keep indicator values; `entries` are those of `values.rows`. What is unknown or stale is not kept again."""
        fresh = (values.quality != Quality.UNKNOWN) & (values.quality != Quality.STALE)
        layout = self._layout_of(entries)
        for (city, area, stem), members in layout.groups.items():
            at = members[fresh[members]]
            if at.size:
                columns = (values.value[at], values.low[at], values.high[at], values.quality[at])
                self._wait(Batch(city, area, stem, values.time_s[at], layout.names[at], *columns))

    def _layout_of(self, entries: Sequence[Entry]) -> _Layout:
        """Where entries belong; worked out once for entries that are appended again and again."""
        known = self._layout
        if known is None or known.entries is not entries or known.names.size != len(entries):
            groups: dict[tuple[str, str, str], list[int]] = {}
            for k, entry in enumerate(entries):
                stem = RESTRICTED if entry.audience is Audience.RESTRICTED else INDICATORS
                groups.setdefault((entry.city, entry.area, stem), []).append(k)
            names = np.array([entry.address for entry in entries], object)
            known = _Layout(entries, names, {place: np.array(at) for place, at in groups.items()})
            self._layout = known
        return known

    def append_table(self, table: TableValue) -> None:
        """Keep a column as it stands; unknown cells are left out, a stale column is not kept again."""
        known = np.flatnonzero((table.quality != Quality.UNKNOWN) & (table.quality != Quality.STALE))
        if known.size and table.entry.audience is not Audience.RESTRICTED:
            time_s = np.full(known.size, table.time_s)
            columns = (table.values[known].astype(np.float64), None, None, table.quality[known])
            entry = table.entry
            self._wait(Batch(entry.city, entry.area, entry.name, time_s, known.astype(np.int32), *columns))

    def _wait(self, batch: Batch) -> None:
        with self._lock:
            self._waiting.append(batch)
            first_s, last_s = float(batch.time_s.min()), float(batch.time_s.max())
            self._since_s = first_s if self._since_s is None else min(first_s, self._since_s)
            self._rows += batch.rows
            rows = self._rows
            while rows > self.settings.history_buffer_rows_max and len(self._waiting) > 1:
                gone = self._waiting.pop(0)
                rows -= gone.rows
                self.lost_rows += gone.rows
            self._rows = rows
            due = rows >= self.settings.history_flush_rows or last_s - self._since_s >= self.settings.history_flush_s
            self._newest_s = max(self._newest_s, last_s)
        if due and self._newest_s >= self._retry_s and (self._job is None or self._job.done()):
            if self._pool is None:
                self._try_flush()
            else:
                self._job = self._pool.submit(self._try_flush)

    # ---- disk ----

    def _try_flush(self) -> None:
        try:
            self.flush()
        except OSError as error:  # told by `trouble`; tried again when rows come later on
            self.trouble, self._retry_s = str(error), self._newest_s + RETRY_S

    def flush(self) -> None:
        """Write what waits. Raises OSError when the disk refuses; the rows go on waiting then."""
        with self._disk:
            with self._lock:
                self._writing, self._waiting, self._since_s = self._waiting, [], None
            left = list(self._writing)
            try:
                for shelf, batches in self._by_shelf().items():
                    self._write(shelf, batches)
                left = []
            finally:
                with self._lock:
                    self._waiting, self._writing = left + self._waiting, []
                    self._rows = sum(batch.rows for batch in self._waiting)
            self.trouble = ""
            self._merge_all()

    def _by_shelf(self) -> dict[Shelf, list[Batch]]:
        found: dict[Shelf, list[Batch]] = {}
        for batch in self._writing:
            days = np.floor(batch.time_s / 86_400.0)
            for day in np.unique(days):
                shelf = Shelf(batch.city, day_of(float(day) * 86_400.0), batch.area, batch.stem)
                found.setdefault(shelf, []).append(_part(batch, days == day))
        return found

    def _write(self, shelf: Shelf, batches: list[Batch]) -> None:
        frame = _unique(_frame(batches), indicators=batches[0].low is not None)
        self._store(frame, self._chunk(shelf, 0, frame, self.chunks.next_number()), ())

    def _chunk(self, shelf: Shelf, level: int, frame: pl.DataFrame, number: int) -> Chunk:
        times_s = frame["time_s"].to_numpy()
        span_ms = int(np.floor(times_s.min() * 1000.0)), int(np.ceil(times_s.max() * 1000.0))
        return self.chunks.path_for(shelf, level, span_ms, number)

    def _store(self, frame: pl.DataFrame, chunk: Chunk, gone: tuple[Chunk, ...]) -> None:
        write_whole(chunk.path, lambda file: frame.write_parquet(file, compression="zstd", row_group_size=100_000))
        self.chunks.replace(chunk, gone)

    def _merge_all(self) -> None:
        for shelf in {chunk.shelf for chunk in self.chunks}:
            for level in range(LEVEL_MAX):
                same = [chunk for chunk in self.chunks.on(shelf) if chunk.level == level]
                if len(same) >= MERGE_AT:
                    self._merge(shelf, level, same[:MERGE_AT])

    def _merge(self, shelf: Shelf, level: int, parts: list[Chunk]) -> None:
        import polars as pl

        rows = sum(_rows_of(part.path) for part in parts)
        if rows <= MERGE_ROWS_MAX:
            joined = pl.concat([pl.read_parquet(part.path) for part in parts])
            frame = _unique(joined, indicators=shelf.stem in (INDICATORS, RESTRICTED))
            chunk = self._chunk(shelf, level + 1, frame, parts[-1].number)
            self._store(frame, chunk, tuple(parts))

    def expire(self, now_s: float) -> int:
        """Remove days that are older than `history_days`; how many chunks went."""
        with self._disk:
            return self.chunks.drop_before(first_kept_day(now_s, self.settings.history_days))

    def close(self) -> None:
        """Write what waits and end the thread. Raises OSError when the disk refuses."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        self.flush()

    # ---- read ----

    def in_memory(self, city: str, area: str, stem: str) -> list[Batch]:
        """Rows of a data set that are not on disk yet, or are being written, in the order of arrival."""
        with self._lock:
            every = self._writing + self._waiting
        return [batch for batch in every if (batch.city, batch.area, batch.stem) == (city, area, stem)]


def _part(batch: Batch, chosen: NDArray[np.bool_]) -> Batch:
    if chosen.all():
        return batch
    low, high = (None if column is None else column[chosen] for column in (batch.low, batch.high))
    time_s, key, value = batch.time_s[chosen], batch.key[chosen], batch.value[chosen]
    return replace(batch, time_s=time_s, key=key, value=value, low=low, high=high, quality=batch.quality[chosen])


def columns_of(batches: list[Batch]) -> dict[str, NDArray[Any]]:
    """Columns of some batches of one data set, one after another."""
    indicators = batches[0].low is not None
    fields = (
        ("time_s", "key", "value", "low", "high", "quality") if indicators else ("time_s", "key", "value", "quality")
    )
    found = {name: np.concatenate([getattr(batch, name) for batch in batches]) for name in fields}
    found["address" if indicators else "row"] = found.pop("key")
    return found


def _frame(batches: list[Batch]) -> pl.DataFrame:
    import polars as pl

    columns = columns_of(batches)
    frame = pl.DataFrame(
        {name: pl.Series(column.tolist() if column.dtype == object else column) for name, column in columns.items()}
    )
    if "low" in columns:
        return frame.with_columns(pl.col("value", "low", "high").fill_nan(None))
    return frame.with_columns(pl.col("value").cast(pl.Float32))


def _unique(frame: pl.DataFrame, *, indicators: bool) -> pl.DataFrame:
    """One row a key, the last that was given; sorted by what a reader asks for first."""
    key = KEY[indicators]
    return frame.unique(subset=key, keep="last", maintain_order=True).sort(key)


def _rows_of(path: Path) -> int:
    import polars as pl

    return int(pl.scan_parquet(path).select(pl.len()).collect().item())
