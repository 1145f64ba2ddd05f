"""The files of the history: one chunk a day, area and data set, named by what it holds.

`CITY/DAY/AREA/STEM.LEVEL.FIRST-LAST.NUMBER.parquet`: FIRST and LAST are times in milliseconds, NUMBER grows with every
chunk that is written. Where two chunks hold the same row and time, the higher number counts: a value that was
published again (after a crash, or corrected) takes the place of the one before. Small chunks are merged into one of
the next LEVEL, whose number is the highest of theirs.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from citybrain.errors import InputError
from citybrain.hub.durable import remove_temporary

_FILE = re.compile(r"(?P<stem>.+)\.(?P<level>\d)\.(?P<first>-?\d+)-(?P<last>-?\d+)\.(?P<number>\d+)\.parquet")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_S = 86_400


@dataclass(frozen=True, order=True)
class Shelf:
    """Where chunks of the same kind stand."""

    city: str
    day: str
    area: str
    stem: str


@dataclass(frozen=True)
class Chunk:
    """One file."""

    shelf: Shelf
    level: int
    first_ms: int
    last_ms: int
    number: int
    path: Path

    def meets(self, from_s: float, to_s: float) -> bool:
        """Whether some of it may lie in from_s <= time < to_s."""
        return self.first_ms < to_s * 1000.0 and self.last_ms + 1 > from_s * 1000.0


def day_of(time_s: float) -> str:
    """The UTC day of a time."""
    return datetime.fromtimestamp(math.floor(time_s), UTC).strftime("%Y-%m-%d")


def days_between(from_s: float, to_s: float) -> tuple[str, str]:
    """First and last day that from_s <= time < to_s touches."""
    return day_of(from_s), day_of(max(from_s, math.nextafter(to_s, -math.inf)))


class Chunks:
    """The chunks of a folder, known by their names."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        remove_temporary(folder)
        self.folder = folder
        self._shelves: dict[Shelf, list[Chunk]] = defaultdict(list)
        for path in sorted(folder.glob("*/*/*/*.parquet")):
            chunk = _named(folder, path)
            if chunk is not None:
                self._shelves[chunk.shelf].append(chunk)
        for chunks in self._shelves.values():
            chunks.sort(key=_written)
        self.number = max((chunk.number for chunk in self), default=0)

    def __iter__(self) -> Iterator[Chunk]:
        return (chunk for chunks in tuple(self._shelves.values()) for chunk in tuple(chunks))

    def next_number(self) -> int:
        """A number that no chunk has yet."""
        self.number += 1
        return self.number

    def path_for(self, shelf: Shelf, level: int, span_ms: tuple[int, int], number: int) -> Chunk:
        """The chunk that is about to be written; its folder exists."""
        folder = self.folder / shelf.city / shelf.day / shelf.area
        folder.mkdir(parents=True, exist_ok=True)
        first_ms, last_ms = span_ms
        name = f"{shelf.stem}.{level}.{first_ms}-{last_ms}.{number}.parquet"
        return Chunk(shelf, level, first_ms, last_ms, number, folder / name)

    def replace(self, made: Chunk, gone: tuple[Chunk, ...] = ()) -> None:
        """A chunk is there now; those that it was merged from are not needed any more."""
        kept = [chunk for chunk in self._shelves[made.shelf] if chunk not in gone and chunk != made]
        self._shelves[made.shelf] = sorted([*kept, made], key=_written)
        for chunk in gone:
            chunk.path.unlink(missing_ok=True)

    def on(self, shelf: Shelf) -> list[Chunk]:
        """The chunks of a shelf in the order in which they were written."""
        return list(self._shelves.get(shelf, ()))

    def select(self, city: str, area: str, stem: str, span_s: tuple[float, float]) -> list[Chunk]:
        """Chunks of a data set that may hold something of a span of time."""
        first, last = days_between(*span_s)
        found = [
            chunk
            for shelf, chunks in tuple(self._shelves.items())
            if (shelf.city, shelf.area, shelf.stem) == (city, area, stem) and first <= shelf.day <= last
            for chunk in chunks
        ]
        return sorted((c for c in found if c.meets(*span_s)), key=lambda c: (c.first_ms, c.number))

    def drop_before(self, day: str) -> int:
        """Remove whole days before `day` (kept days count from it on); how many chunks."""
        old = [shelf for shelf in self._shelves if shelf.day < day]
        gone = [chunk for shelf in old for chunk in self._shelves.pop(shelf)]
        for chunk in gone:
            chunk.path.unlink(missing_ok=True)
        for folder in {chunk.path.parent for chunk in gone}:
            _remove_empty(folder, self.folder)
        return len(gone)


def first_kept_day(now_s: float, days: int) -> str:
    """The oldest day that stays when `days` days are kept."""
    if days < 1:
        raise InputError(f"history of {days} days; expected at least 1")
    return day_of(max(0.0, now_s - days * _DAY_S))


def overlapping(chunks: list[Chunk]) -> bool:
    """Whether two of the chunks, sorted by their first time, may hold the same row and time."""
    end = None
    for chunk in chunks:
        if end is not None and chunk.first_ms <= end:
            return True
        end = chunk.last_ms if end is None else max(end, chunk.last_ms)
    return False


def _written(chunk: Chunk) -> tuple[int, int]:
    """The order in which chunks of a shelf were written; a merged one stands behind its newest part."""
    return chunk.number, chunk.level


def _named(folder: Path, path: Path) -> Chunk | None:
    fits = _FILE.fullmatch(path.name)
    city, day, area = path.relative_to(folder).parts[:3]
    if fits is None or not _DAY.fullmatch(day):
        return None
    level, first, last, number = (int(fits[name]) for name in ("level", "first", "last", "number"))
    return Chunk(Shelf(city, day, area, fits["stem"]), level, first, last, number, path)


def _remove_empty(folder: Path, stop: Path) -> None:
    while folder != stop and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
