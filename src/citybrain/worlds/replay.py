"""A recorded run as a world: the same looks give the same rows, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from citybrain.city.gmns import read_gmns
from citybrain.city.model import City
from citybrain.errors import FormatError, InputError
from citybrain.records.command import Commands
from citybrain.records.observations import Observations, join
from citybrain.worlds.chunks import VERSION, Beat, scan, unpack
from citybrain.worlds.recording import BEATS, CITY, FORMAT, META

__all__ = ["Replay"]


class Replay:
    """A `World` of a recording (see `recording`).

    A look up to a moment gives all recorded looks up to it; asked in the recorded rhythm, each by itself. What the
    streets did is settled: commands are only counted, those of the recorded run are in `commands`.

    A recording that was cut off or damaged plays up to its last whole chunk, and `damage` says what is wrong.
    Raises InputError where there is no recording, FormatError where it cannot be begun.
    """

    def __init__(self, folder: str | Path) -> None:
        source = Path(folder)
        self.about, self._time_s = _read_meta(source)
        self._begin_s = self._time_s
        self._city = read_gmns(source / CITY)
        self._path = source / BEATS
        self._spans, self.damage = _read_spans(self._path)
        self._end_s = self._last_s()
        self._chunks = iter(self._spans)
        self._ahead: list[Beat] = []
        self.commands: list[tuple[float, Commands]] = []  # of the recorded run so far: after the look at that time
        self.ignored = 0  # rows of commands that were applied here

    def _last_s(self) -> float:
        """Time of the last whole chunk's last look; a chunk that cannot be unpacked is damage as well."""
        while self._spans:
            try:
                return self._load(self._spans[-1])[-1].seen.time_s
            except FormatError as error:
                self.damage = error
                self._spans.pop()
        return self._time_s

    def whole(self, until_s: float) -> tuple[float, int]:
        """Time of the last look of the last whole chunk that ends by then, and how many bytes of beats that is."""
        for span in reversed(self._spans):
            last_s = self._load(span)[-1].seen.time_s
            if last_s <= until_s:
                return last_s, span[1]
        return self._begin_s, 0

    def _load(self, span: tuple[int, int]) -> list[Beat]:
        with self._path.open("rb") as file:
            file.seek(span[0])
            return unpack(file.read(span[1] - span[0]), str(self._path))

    @property
    def city(self) -> City:
        return self._city

    @property
    def time_s(self) -> float:
        return self._time_s

    @property
    def end_s(self) -> float:
        """When the recording ends."""
        return self._end_s

    def observe(self, until_s: float) -> Observations:
        """What had become available up to `until_s`. Raises InputError for a time that has passed."""
        if until_s < self._time_s:
            raise InputError(f"until_s = {until_s:g}: the recording is at {self._time_s:g} s and does not go back")
        beats = list(self._due(until_s))
        self._time_s = beats[-1].seen.time_s if beats else min(until_s, self._end_s)
        if len(beats) == 1:
            return beats[0].seen
        looks = [beat.seen.tables() for beat in beats]
        tables = [_joined(list(rows)) for rows in zip(*looks, strict=True)]
        return Observations(self._time_s, *tables)

    def _due(self, until_s: float) -> Iterator[Beat]:
        while self._ahead or self._next_chunk():
            if self._ahead[0].seen.time_s > until_s:
                return
            beat = self._ahead.pop(0)
            self.commands += [(beat.seen.time_s, commands) for commands in beat.commands]
            yield beat

    def _next_chunk(self) -> bool:
        span = next(self._chunks, None)
        if span is not None:
            self._ahead = self._load(span)
        return bool(self._ahead)

    def apply(self, commands: Commands) -> None:
        """Nothing happens: the past has its signals already."""
        self.ignored += commands.signal.size

    def close(self) -> None:
        """Nothing is held open."""


def _joined(tables: list[Any]) -> Any:
    filled = [table for table in tables if table.time_s.size]
    return join(filled) if len(filled) > 1 else (filled or tables)[0]


def _read_meta(source: Path) -> tuple[dict[str, Any], float]:
    path = source / META
    if not path.is_file():
        raise InputError(f"{source}: no recording ({META} is missing); expected a folder that --record has made")
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
        kind, version, begin_s = meta["format"], meta["version"], float(meta["begin_s"])
        about = dict(meta["about"])
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(path, "document", f"{type(error).__name__}: {error}", f"a {FORMAT}") from error
    if (kind, version) != (FORMAT, VERSION):
        raise FormatError(path, "format", f"{kind!r} version {version!r}", f"{FORMAT!r} version {VERSION}")
    return about, begin_s


def _read_spans(path: Path) -> tuple[list[tuple[int, int]], FormatError | None]:
    """Where whole chunks lie, up to the first that is damaged."""
    import mmap

    spans: list[tuple[int, int]] = []
    try:
        size = path.stat().st_size
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected the beats of a recording") from error
    with file:
        if size == 0:
            return spans, None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
            for found in scan(view, str(path)):
                if isinstance(found, FormatError):
                    return spans, found
                spans.append(found)
    return spans, None
