"""The hub: the latest value of every indicator and table, in memory, and who wants to hear of changes.

One thread publishes (the loop), others read (the server). An address is registered once and is a row number from then
on, so that a beat publishes thousands of indicators by one array operation. Whoever subscribes is told what has
changed since it last looked: values that it was too slow to see are passed over and counted, nothing is queued.
The hub has no clock: the reader says at what time it asks, and a value that is older than its freshness is STALE.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import InputError, LimitError
from citybrain.hub.catalogue import Catalogue, Entry, Kind
from citybrain.hub.privacy import suppressed
from citybrain.records.indicator import IndicatorValue
from citybrain.records.observations import Quality

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
STALE, UNKNOWN = int(Quality.STALE), int(Quality.UNKNOWN)
Array = TypeVar("Array", bound=np.ndarray[Any, Any])
_GROWTH = 64  # rows to begin with


@dataclass(frozen=True, eq=False)
class Values:
    """Indicator values as they stand at the asked time; arrays are [n]."""

    rows: I64
    time_s: F64  # nan = never published
    value: F64  # nan = unknown
    low: F64  # band of 90 %; nan = none is known
    high: F64
    quality: U8


@dataclass(frozen=True, eq=False)
class TableValue:
    """A column as it stands at the asked time; arrays are [entry.rows] and belong to nobody: read-only."""

    entry: Entry
    time_s: float  # nan = never published
    values: F32  # nan = unknown
    quality: U8
    sequence: int  # of the publication


@dataclass
class Counts:
    """What the hub did with what it was given."""

    published: int = 0  # indicator values
    tables: int = 0
    late: int = 0  # values older than the one that stands: passed over
    disbelieved: int = 0  # values outside their range, or infinite: UNKNOWN is published instead
    suppressed: int = 0  # cells with too few vehicles behind them


@dataclass
class _Column:
    entry: Entry
    time_s: float = math.nan
    values: F32 = field(default_factory=lambda: np.zeros(0, np.float32))
    quality: U8 = field(default_factory=lambda: np.zeros(0, np.uint8))
    sequence: int = 0


class Hub:
    """Latest values. `epoch` names this life of the hub: a sequence number of another life means nothing here."""

    def __init__(self, epoch: str = "0", rows_max: int = 200_000, cells_max: int = 50_000_000) -> None:
        self.catalogue = Catalogue(rows_max)
        self.epoch = epoch
        self.counts = Counts()
        self.sequence = 0  # of the newest publication
        self.newest_s = -math.inf  # newest time that anything was published about
        self._lock = threading.Lock()
        self._rows: dict[str, int] = {}
        self._entries: list[Entry] = []
        self._columns: dict[str, _Column] = {}
        self._cells_max = cells_max
        self._cells = 0
        self._listeners: list[Callable[[], None]] = []
        self._numbers = np.full((4, _GROWTH), np.nan)  # time, value, low, high
        self._limits = np.full((3, _GROWTH), np.nan)  # lowest, highest, stale after
        self._quality = np.full(_GROWTH, UNKNOWN, np.uint8)
        self._changed = np.zeros((2, _GROWTH), np.int64)  # sequence of the newest value; how many there were

    # ---- what there is ----

    def register(self, entries: Sequence[Entry]) -> I64:
        """Row numbers of indicators, in the order given; an address that is registered already keeps its own."""
        if any(entry.kind is not Kind.INDICATOR for entry in entries):
            raise InputError("register: an entry is a table; expected indicators (a table has register_table)")
        with self._lock:
            return np.array([self._row(entry) for entry in entries], np.int64)

    def _row(self, entry: Entry) -> int:
        self.catalogue.add(entry)
        row = self._rows.setdefault(entry.address, len(self._entries))
        if row == len(self._entries):
            self._entries.append(entry)
            if row == self._quality.size:
                self._grow()
            self._limits[:, row] = entry.low, entry.high, entry.stale_after_s
        return row

    def _grow(self) -> None:
        more = self._quality.size
        self._numbers = np.concatenate([self._numbers, np.full((4, more), np.nan)], axis=1)
        self._limits = np.concatenate([self._limits, np.full((3, more), np.nan)], axis=1)
        self._quality = np.concatenate([self._quality, np.full(more, UNKNOWN, np.uint8)])
        self._changed = np.concatenate([self._changed, np.zeros((2, more), np.int64)], axis=1)

    def register_table(self, entry: Entry) -> str:
        """Enter a table; its address is what it is published under."""
        if entry.kind is not Kind.TABLE:
            raise InputError(f"register_table: {entry.address} is an indicator; expected a table")
        with self._lock:
            if entry.address not in self._columns and self._cells + entry.rows > self._cells_max:
                raise LimitError(f"{entry.address}: the tables of the hub would exceed {self._cells_max} cells")
            self.catalogue.add(entry)
            if entry.address not in self._columns:
                self._cells += entry.rows
                self._columns[entry.address] = _Column(
                    entry, math.nan, _still(np.full(entry.rows, np.nan, np.float32)), _still(_unknown(entry.rows))
                )
        return entry.address

    def rows_of(self, entries: Sequence[Entry]) -> I64:
        """Rows of registered indicators. Raises InputError for an address that is not one."""
        missing = [entry.address for entry in entries if entry.address not in self._rows]
        if missing:
            raise InputError(f"no indicator at {missing[0]}")
        return np.array([self._rows[entry.address] for entry in entries], np.int64)

    def entry(self, row: int) -> Entry:
        """What stands in a row."""
        return self._entries[row]

    # ---- publish ----

    def publish(
        self,
        time_s: float,
        rows: I64,
        values: NDArray[np.floating] | Sequence[float],
        low: NDArray[np.floating] | None = None,
        high: NDArray[np.floating] | None = None,
        quality: U8 | int = Quality.ESTIMATED,
    ) -> None:
        """Set the values of some rows (no row twice), about `time_s`. A nan is published as UNKNOWN, never as zero.

        values, low, high and quality are [rows.size]; quality may be one for all. Raises InputError for other shapes.
        """
        value = np.asarray(values, np.float64)
        if value.shape != rows.shape or not math.isfinite(time_s):
            raise InputError(f"publish: {value.shape} values for {rows.shape} rows at {time_s}; expected as many")
        with self._lock:
            if rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < len(self._entries):
                raise InputError(f"publish: a row is not one of the {len(self._entries)} that are registered")
            given = _given(value, low, high, quality)
            late = self._numbers[0, rows] > time_s
            if late.any():
                rows, given = rows[~late], [column[~late] for column in given]
                self.counts.late += int(late.sum())
            self._store(time_s, rows, given)
        self._tell()

    def _store(self, time_s: float, rows: I64, given: list[F64]) -> None:
        value, low, high, quality = given
        known = (value >= self._limits[0, rows]) & (value <= self._limits[1, rows]) & np.isfinite(value)
        self.counts.disbelieved += int((~known & ~np.isnan(value)).sum())
        self.counts.published += rows.size
        self.sequence += 1
        self.newest_s = max(self.newest_s, time_s)
        numbers = self._numbers
        numbers[0, rows] = time_s
        if known.all():
            numbers[1, rows], numbers[2, rows], numbers[3, rows] = value, low, high
        else:
            quality = np.where(known, quality, UNKNOWN)
            numbers[1:, rows] = np.where(known, [value, low, high], np.nan)
        self._quality[rows] = quality
        self._changed[0, rows] = self.sequence
        self._changed[1, rows] += 1

    def publish_table(
        self,
        address: str,
        time_s: float,
        values: NDArray[np.floating],
        quality: U8 | int = Quality.ESTIMATED,
        support: NDArray[np.integer] | None = None,
    ) -> None:
        """Set a column [rows], about `time_s`; the array is copied. nan = unknown.

        A table with `k_min` needs `support` [rows], the vehicles or persons behind each cell: cells with fewer than
        k_min are left out, and the next window may begin only when this one has ended (`period_s` later), so that no
        two publications differ by a few vehicles. Raises InputError where the shape or the support is not right.
        """
        column = self._columns.get(address)
        if column is None:
            raise InputError(f"no table at {address}")
        copied, marks = _cells(column.entry, values, quality)
        with self._lock:
            if time_s < column.time_s:
                self.counts.late += 1
                return
            if column.entry.k_min:
                self._suppress(column, time_s, copied, marks, support)
            self.sequence += 1
            self.counts.tables += 1
            self.newest_s = max(self.newest_s, time_s)
            column.time_s, column.sequence = time_s, self.sequence
            column.values, column.quality = _still(copied), _still(marks)
        self._tell()

    def _suppress(
        self, column: _Column, time_s: float, values: F32, quality: U8, support: NDArray[np.integer] | None
    ) -> None:
        entry = column.entry
        if support is None or support.shape != values.shape:
            raise InputError(f"{entry.address}: expected the number of vehicles behind each of its {entry.rows} cells")
        if time_s < column.time_s + entry.period_s:
            raise InputError(f"{entry.address}: windows overlap; the next may end {entry.period_s:g} s after the last")
        hidden = suppressed(support, entry.k_min)
        values[hidden], quality[hidden] = np.nan, UNKNOWN
        self.counts.suppressed += int((hidden & (support > 0)).sum())

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call it after every publication, in the publisher's thread: it must return at once. Gives what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    # ---- read ----

    def values(self, rows: I64, now_s: float) -> Values:
        """Indicator values of some rows as they stand at `now_s`."""
        with self._lock:
            time_s, value, low, high = self._numbers[:, rows]
            quality, stale_after_s = self._quality[rows], self._limits[2, rows]
        old = (now_s - time_s > stale_after_s) & (quality != UNKNOWN)
        quality[old] = STALE
        return Values(rows, time_s, value, low, high, quality)

    def latest(self, address: str, now_s: float) -> IndicatorValue:
        """One indicator as it stands at `now_s`: nan and UNKNOWN when it was never published."""
        row = self._rows.get(address)
        if row is None:
            raise InputError(f"no indicator at {address}")
        entry = self._entries[row]
        with self._lock:
            time_s, value, low, high = self._numbers[:, row].tolist()
            quality = int(self._quality[row])
        if quality != UNKNOWN and now_s - time_s > entry.stale_after_s:
            quality = STALE
        return IndicatorValue(address, time_s, value, entry.source, Quality(quality), low, high)

    def table(self, address: str, now_s: float) -> TableValue:
        """One column as it stands at `now_s`; raises InputError when there is no such table."""
        column = self._columns.get(address)
        if column is None:
            raise InputError(f"no table at {address}")
        with self._lock:
            entry, time_s, sequence = column.entry, column.time_s, column.sequence
            values, quality = column.values, column.quality
        if now_s - time_s > entry.stale_after_s:
            quality = _still(np.where(quality == UNKNOWN, UNKNOWN, STALE).astype(np.uint8))
        return TableValue(entry, time_s, values, quality, sequence)

    def changed(self, rows: I64, since: int) -> tuple[I64, I64, int]:
        """Rows whose value is newer than the sequence number `since`; publications of each of `rows`; sequence now."""
        with self._lock:
            newest, published = self._changed[:, rows]
            return rows[newest > since], published, self.sequence

    # ---- keep ----

    def state(self) -> dict[str, object]:
        """What a snapshot keeps: values by address. Publishing goes on from there after `restore`."""
        with self._lock:
            n = len(self._entries)
            return {
                "addresses": [entry.address for entry in self._entries],
                "numbers": self._numbers[:, :n].copy(),
                "quality": self._quality[:n].copy(),
                "tables": {a: (c.time_s, c.values, c.quality) for a, c in self._columns.items()},
            }

    def restore(self, state: dict[str, object]) -> None:
        """Set the values of a snapshot; addresses that are not registered any more are passed over."""
        addresses, numbers, quality = state["addresses"], state["numbers"], state["quality"]
        tables = state["tables"]
        assert isinstance(addresses, list) and isinstance(numbers, np.ndarray)  # noqa: PT018
        assert isinstance(quality, np.ndarray) and isinstance(tables, dict)  # noqa: PT018
        kept = [k for k, address in enumerate(addresses) if address in self._rows]
        rows = np.array([self._rows[addresses[k]] for k in kept], np.int64)
        with self._lock:
            self.sequence += 1
            self._numbers[:, rows], self._quality[rows] = numbers[:, kept], quality[kept]
            self._changed[0, rows] = self.sequence
            for address, (time_s, values, marks) in tables.items():
                column = self._columns.get(address)
                if column is not None and values.size == column.entry.rows:
                    column.time_s, column.values, column.quality = time_s, _still(values), _still(marks)
                    column.sequence = self.sequence
        self._tell()


def _given(
    value: F64, low: NDArray[np.floating] | None, high: NDArray[np.floating] | None, quality: U8 | int
) -> list[F64]:
    none = np.nan
    given = [none if low is None else low, none if high is None else high, quality]
    return [value, *(np.broadcast_to(np.asarray(column, np.float64), value.shape) for column in given)]


def _cells(entry: Entry, values: NDArray[np.floating], quality: U8 | int) -> tuple[F32, U8]:
    if values.shape != (entry.rows,):
        raise InputError(f"{entry.address}: {values.shape} values; expected {entry.rows}, one a row")
    copied = np.array(values, np.float32)
    if isinstance(quality, np.ndarray) and quality.shape != copied.shape:
        raise InputError(f"{entry.address}: {quality.shape} qualities; expected {entry.rows}, one a row")
    marks = np.array(np.broadcast_to(np.asarray(quality, np.uint8), copied.shape))
    wrong = ~((copied >= entry.low) & (copied <= entry.high) & np.isfinite(copied))
    copied[wrong], marks[wrong] = np.nan, UNKNOWN
    return copied, marks


def _unknown(n: int) -> U8:
    return np.full(n, UNKNOWN, np.uint8)


def _still(array: Array) -> Array:
    array.setflags(write=False)
    return array
