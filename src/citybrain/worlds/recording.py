"""A world that writes down what it gives and takes, so that the run can be played again exactly.

A recording is a folder: `city/` (GMNS, with the sensors that rows name), `meta.json`, and `beats.cbr`, chunk after
chunk (see `chunks`). A chunk is on disk (fsync) before the next begins; a crash loses the one that had not begun.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from citybrain.city.gmns import write_gmns
from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.records.command import Commands
from citybrain.records.observations import Observations
from citybrain.worlds.base import World
from citybrain.worlds.chunks import VERSION, Beat, pack

__all__ = ["BEATS", "CITY", "FORMAT", "META", "Recording"]

FORMAT = "citybrain-recording"
CITY, META, BEATS = "city", "meta.json", "beats.cbr"
CHUNK_BEATS = 60
CHUNK_ROWS = 20_000  # a busy city's chunks are closed earlier: packing one stays a matter of milliseconds


class Recording:
    """A `World` around another one.

    Args:
        world: what is recorded; nothing of it is changed.
        folder: where to; made if missing. It must hold no recording yet.
        about: anything worth knowing later (options, seeds) that JSON can hold; no secrets.
        chunk_beats: looks in one chunk: so many can be lost in a crash.
        keep_bytes: go on with the recording that is there, behind so many bytes of its beats; None = a new one.

    Raises InputError where the folder cannot be used.
    """

    def __init__(
        self,
        world: World,
        folder: str | Path,
        about: Mapping[str, Any] | None = None,
        chunk_beats: int = CHUNK_BEATS,
        keep_bytes: int | None = None,
    ) -> None:
        if chunk_beats < 1:
            raise InputError(f"chunk_beats = {chunk_beats}: expected 1 or more")
        self._world, self._chunk_beats = world, chunk_beats
        self._beats: list[Beat] = []
        self._n_rows, self._n_bytes = 0, 0
        target = Path(folder)
        self.chunks = 0  # put on disk since the beginning of this object
        if keep_bytes is not None:
            self._file = (target / BEATS).open("r+b", buffering=0)
            self._n_bytes = keep_bytes
            return
        if (target / META).exists() or (target / BEATS).exists():
            raise InputError(f"{target}: holds a recording already; expected a new folder")
        write_gmns(world.city, target / CITY)
        meta = {"format": FORMAT, "version": VERSION, "begin_s": world.time_s, "about": dict(about or {})}
        (target / META).write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
        self._file = (target / BEATS).open("xb", buffering=0)
        _sync_folder(target)

    @property
    def city(self) -> City:
        return self._world.city

    @property
    def time_s(self) -> float:
        return self._world.time_s

    @property
    def end_s(self) -> float:
        return self._world.end_s

    def observe(self, until_s: float) -> Observations:
        """What the world gives; it is written down. Raises InputError when the disk does not take it."""
        seen = self._world.observe(until_s)
        if len(self._beats) >= self._chunk_beats or self._n_rows >= CHUNK_ROWS:
            self.flush()
        self._beats.append(Beat(seen))
        self._n_rows += seen.rows
        return seen

    def apply(self, commands: Commands) -> None:
        """Pass commands on; those that the world refuses are not written down."""
        self._world.apply(commands)
        last = self._beats.pop() if self._beats else Beat(Observations(self.time_s))
        self._beats.append(Beat(last.seen, (*last.commands, commands)))

    def flush(self) -> None:
        """Put everything so far on disk. Raises InputError when it does not take it; trying again loses nothing."""
        if not self._beats:
            return
        chunk = pack(self._beats)
        try:
            self._file.truncate(self._n_bytes)  # of what a failure before may have left
            self._file.seek(self._n_bytes)
            self._file.write(chunk)
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InputError(f"{self._file.name}: cannot be written ({error.strerror}); make room for it") from error
        self._n_bytes += len(chunk)
        self.chunks += 1
        self._beats.clear()
        self._n_rows = 0

    def forget_after(self, time_s: float) -> None:
        """Leave out looks later than this, as far as they are not on disk yet."""
        self._beats = [beat for beat in self._beats if beat.seen.time_s <= time_s]

    def close(self) -> None:
        """Put the rest on disk and let go of the file; the world stays open. Closing twice does nothing."""
        if not self._file.closed:
            self.flush()
            self._file.close()


def _sync_folder(folder: Path) -> None:
    """Let the names of new files outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
