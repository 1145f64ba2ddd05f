"""Where reels are kept: a folder by day and hour, or memory for a run that keeps nothing on disk; bounded by size, age.

    FILM/2026-05-01/07.cbr   the reels that begin in that hour, one after another

Where two reels tell of the same moment (a run that died and went on from a little earlier), the later written counts.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol

from citybrain.hub.chunks import day_of
from citybrain.hub.durable import sync_folder
from citybrain.server.reel import HEAD_BYTES, Reel, ReelHead, heads, read_reel

SUFFIX = ".cbr"
HOUR_S = 3600


@dataclass(frozen=True)
class Kept:
    """A reel that is kept somewhere."""

    head: ReelHead
    text: bytes
    read: Callable[[], Reel | None]  # None: it is damaged, or has been dropped meanwhile


class Store(Protocol):
    """A shelf for reels. May be asked from any thread; one thread adds."""

    @property
    def bytes(self) -> int: ...

    def add(self, reel: Reel) -> None:
        """Keep it, and let go of the oldest beyond the bounds. Raises OSError where the disk refuses it."""
        ...

    def reels(self) -> list[Kept]:
        """All that are kept, in the order in which they were written."""
        ...


class MemoryStore:
    """The newest reels, in memory."""

    def __init__(self, keep_s: float, bytes_max: int) -> None:
        self._keep_s, self._bytes_max = keep_s, bytes_max
        self._reels: deque[Reel] = deque()
        self._lock = threading.Lock()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        return self._bytes

    def add(self, reel: Reel) -> None:
        with self._lock:
            self._reels.append(reel)
            self._bytes += reel.head.size
            while len(self._reels) > 1 and self._over(reel.head.last_s):
                self._bytes -= self._reels.popleft().head.size

    def _over(self, now_s: float) -> bool:
        return self._bytes > self._bytes_max or self._reels[0].head.last_s < now_s - self._keep_s

    def reels(self) -> list[Kept]:
        with self._lock:
            return [Kept(reel.head, reel.text, partial(_same, reel)) for reel in self._reels]


@dataclass
class _Hour:
    """A file and the reels in it."""

    path: Path
    places: list[tuple[int, ReelHead, bytes]]  # where, what, and its text
    size: int


class DiskStore:
    """Reels in a folder. One process writes; what another one left there is read as it stands."""

    def __init__(self, folder: Path, keep_s: float, bytes_max: int) -> None:
        self._folder, self._keep_s, self._bytes_max = folder, keep_s, bytes_max
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        found = [_opened(path) for path in sorted(folder.glob(f"*/*{SUFFIX}"))]
        self._hours = {hour.path: hour for hour in found}

    @property
    def bytes(self) -> int:
        return sum(hour.size for hour in tuple(self._hours.values()))

    def add(self, reel: Reel) -> None:
        path = self._path(reel.head.first_s)
        fresh = path not in self._hours
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            at = file.tell()
            file.write(reel.packed())
            file.flush()
        if fresh:
            sync_folder(path.parent)
        with self._lock:
            hour = self._hours.setdefault(path, _Hour(path, [], 0))
            hour.places.append((at, reel.head, reel.text))
            hour.size = at + reel.head.size
        self._prune(reel.head.last_s)

    def _path(self, time_s: float) -> Path:
        day = day_of(time_s)
        return self._folder / day / f"{int(time_s // HOUR_S) % 24:02d}{SUFFIX}"

    def _prune(self, now_s: float) -> None:
        """Drop whole hours, oldest first; the one that is written to stays."""
        while True:
            with self._lock:
                if len(self._hours) < 2:
                    return
                oldest = self._hours[min(self._hours)]
                last_s = max((head.last_s for _, head, _ in oldest.places), default=-1.0)
                if last_s >= now_s - self._keep_s and self.bytes <= self._bytes_max:
                    return
                del self._hours[oldest.path]
            oldest.path.unlink(missing_ok=True)
            if not any(oldest.path.parent.iterdir()):
                oldest.path.parent.rmdir()

    def reels(self) -> list[Kept]:
        with self._lock:
            found = [(hour.path, *place) for _, hour in sorted(self._hours.items()) for place in hour.places]
        return [Kept(head, text, partial(_read, path, at)) for path, at, head, text in found]


def _opened(path: Path) -> _Hour:
    """What a file holds, damaged places left out."""
    size = path.stat().st_size
    with path.open("rb") as file:
        places = [(at, head, _text(file, at, head)) for at, head in heads(file, size)]
    return _Hour(path, places, size)


def _text(file: IO[bytes], at: int, head: ReelHead) -> bytes:
    file.seek(at + HEAD_BYTES)
    return file.read(head.text_bytes)


def _same(reel: Reel) -> Reel:
    return reel


def _read(path: Path, at: int) -> Reel | None:
    try:
        with path.open("rb") as file:
            return read_reel(file, at)
    except OSError:  # dropped meanwhile, or a disk that fails: a gap either way
        return None
