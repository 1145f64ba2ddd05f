"""What was decided about each beat from outside the stages: with it and the recording, a run repeats itself exactly."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from citybrain.brain.directives import Directive, directive_of
from citybrain.brain.pace import Shed
from citybrain.errors import InputError

FILE = "journal.jsonl"


@dataclass(frozen=True)
class Entry:
    """One beat."""

    time_s: float
    shed: int = 0  # Shed
    offset: int = 0  # of the log of a real city: everything up to it has been seen
    directives: tuple[Directive, ...] = ()  # that were obeyed before it


class Journal:
    """Appends entries to a file; `flush` puts them on disk, so that a crash loses those since the last one."""

    def __init__(self, path: Path, known: int = 0) -> None:
        """`known`: bytes of the file that are whole (from `read_journal`); what follows them is cut off."""
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._file.truncate(known)
        self._file.seek(known)
        self._lines: list[bytes] = []

    def add(self, entry: Entry) -> None:
        """Remember a beat."""
        row = {"time_s": entry.time_s, "shed": entry.shed, "offset": entry.offset}
        directives = {"directives": [directive.plain() for directive in entry.directives]} if entry.directives else {}
        self._lines.append(json.dumps(row | directives).encode() + b"\n")

    def flush(self) -> None:
        """Put all entries on disk. Raises InputError when it does not take them."""
        try:
            self._file.write(b"".join(self._lines))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InputError(f"{self._file.name}: cannot be written ({error.strerror}); make room for it") from error
        self._lines.clear()

    def close(self) -> None:
        """Flush and let go of the file. Closing twice does nothing."""
        if not self._file.closed:
            self.flush()
            self._file.close()


def read_journal(path: Path, until_s: float = float("inf")) -> tuple[dict[float, Entry], int]:
    """Entries by the time of their beats up to `until_s`, and how many bytes of the file these are.

    Reading ends at the first line that is not whole: a crash cuts the last one.
    """
    entries: dict[float, Entry] = {}
    size = 0
    if not path.exists():
        return entries, size
    for line in path.read_bytes().splitlines(keepends=True):
        entry = _entry(line)
        if entry is None or entry.time_s > until_s:
            break
        entries[entry.time_s] = entry
        size += len(line)
    return entries, size


def _entry(line: bytes) -> Entry | None:
    if not line.endswith(b"\n"):
        return None
    try:
        row = json.loads(line)
        directives = tuple(directive_of(directive) for directive in row.get("directives", ()))
        return Entry(float(row["time_s"]), int(Shed(row["shed"])), int(row["offset"]), directives)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
