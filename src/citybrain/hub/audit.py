"""The audit: who did what, when, from where, what it was before and after, and why. Append-only; tampering shows.

`audit.jsonl`: one line an entry, on disk before what it tells of is done. Each line carries a hash over itself and the
line before: one that is edited, dropped, added or moved breaks the chain, down to a single byte. `audit.head` holds
number and hash of the last line, so that a cut end shows; a copy of it kept elsewhere (`citybrain audit head`) shows
also when both files were written anew.

Several processes may append: each reads what the others wrote, under a lock of the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from citybrain.errors import StorageError
from citybrain.hub.durable import write_whole

FILE, HEAD_FILE = "audit.jsonl", "audit.head"
TEXT_MAX = 2000  # characters of a text
CHANGE_MAX = 200_000  # characters of what was before, or after
MIB = 1 << 20
_START = "0" * 64


@dataclass(frozen=True)
class AuditEntry:
    """One line."""

    number: int
    time_s: float
    who: str
    where: str  # the address that it came from
    what: str  # e.g. "session.begin", "action.mode"
    about: str = ""  # the thing: a user, a junction, an action
    before: Any = None  # JSON
    after: Any = None
    why: str = ""
    mac: str = ""

    def told(self) -> dict[str, Any]:
        """Everything but the hash."""
        names = ("number", "time_s", "who", "where", "what", "about", "before", "after", "why")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class AuditHead:
    """The end of the chain: kept elsewhere, it proves that nothing was cut off or written anew."""

    number: int = 0
    mac: str = _START


class AuditLog:
    """The log in a folder, made where it is missing. `trouble`: what was wrong when it was opened."""

    def __init__(self, folder: Path, mib_max: int = 1024) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path, self._head_path, self._bytes_max = folder / FILE, folder / HEAD_FILE, mib_max * MIB
        self._lock = threading.Lock()
        self._file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0)
        self._offsets = array("q", [0])  # where lines begin; the last is where the next one will
        self.trouble = self.verify()
        self.head = AuditHead()
        self._go_on()

    def close(self) -> None:
        """Let go of the file. Closing twice does nothing."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def append(self, entry: AuditEntry) -> AuditEntry:
        """Enter a line and put it on disk; as it stands there, with number and hash.

        Raises StorageError where that is not possible: then nothing may be done either.
        """
        entry = _cut(entry)
        with self._lock, self._alone():
            try:
                self._go_on()
                self._repair()
                if self._offsets[-1] > self._bytes_max:
                    raise StorageError(f"{self.path}: is full ({self._bytes_max // MIB} MiB); archive both audit files")
                made = _chained(entry, self.head)
                line = _line(made)
                os.write(self._file.fileno(), line)
                os.fsync(self._file.fileno())
                head = AuditHead(made.number, made.mac)
                self._write_head(head)
            except OSError as error:
                raise StorageError(f"{self.path}: cannot be written ({error.strerror}); nothing was done") from error
            self.head = head
            self._offsets.append(self._offsets[-1] + len(line))
        return made

    def page(self, limit: int, offset: int = 0) -> list[AuditEntry]:
        """Entries, newest first, as they stand; lines that cannot be read are told of as such."""
        with self._lock:
            self._go_on()
            last = len(self) - offset
            rows = range(last - 1, max(last - limit, 0) - 1, -1)
            return [self._entry(self._line_at(row), row + 1) for row in rows]

    def verify(self, witness: AuditHead | None = None) -> list[str]:
        """What is wrong with the log, first things first; nothing when it holds.

        `witness` is a head that was read earlier and kept elsewhere: the log must still go through it.
        """
        wrong: list[str] = []
        last, seen = AuditHead(), {0: _START}
        stored = self._stored_head(wrong)
        wanted = {stored.number, 0 if witness is None else witness.number}
        for number, line in enumerate(self._lines(), 1):
            entry = _read(line)
            if entry is None or _line(entry) != line:
                wrong.append(f"line {number} is not what was written")
                last = AuditHead(number, "" if entry is None else entry.mac)
                continue
            if entry.number != number or _chained(entry, last).mac != entry.mac:
                wrong.append(f"line {number} is not what was written, or not in its place")
            last = AuditHead(number, entry.mac)
            if number in wanted:
                seen[number] = entry.mac
        for name, head in (("its head", stored), ("the witness", witness)):
            if head is not None and seen.get(head.number) != head.mac:
                wrong.append(f"the log ends with line {last.number}; {name} says {head.number} {head.mac[:8]}")
        return wrong

    # ---- within ----

    def _stored_head(self, wrong: list[str]) -> AuditHead:
        try:
            number, mac = self._head_path.read_text(encoding="ascii").split()
            head = AuditHead(int(number), mac)
            if f"{head.number} {head.mac}\n" != self._head_path.read_text(encoding="ascii"):
                wrong.append(f"{HEAD_FILE} is not what was written")
        except FileNotFoundError:
            if self.path.stat().st_size > 0:
                wrong.append(f"{HEAD_FILE} is missing")
            return AuditHead()
        except (OSError, ValueError):
            wrong.append(f"{HEAD_FILE} is not what was written")
            return AuditHead()
        return head

    def _lines(self) -> Iterator[bytes]:
        """Whole lines; what a crash has left of one at the end is none."""
        with self.path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process appends meanwhile."""
        fcntl.flock(self._file.fileno(), fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file.fileno(), fcntl.LOCK_UN)

    def _write_head(self, head: AuditHead) -> None:
        def write(file: IO[bytes]) -> None:
            file.write(f"{head.number} {head.mac}\n".encode())

        write_whole(self._head_path, write)

    def _go_on(self) -> None:
        """Take note of lines that are new, of whichever process."""
        with self.path.open("rb") as file:
            file.seek(self._offsets[-1])
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offsets.append(self._offsets[-1] + len(line))
                entry = _read(line)
                self.head = AuditHead(len(self), entry.mac if entry is not None else _START)

    def _repair(self) -> None:
        """Cut off what a crash has left of a line."""
        if self.path.stat().st_size > self._offsets[-1]:
            os.ftruncate(self._file.fileno(), self._offsets[-1])

    def _line_at(self, row: int) -> bytes:
        first, end = self._offsets[row], self._offsets[row + 1]
        return os.pread(self._file.fileno(), end - first, first)

    def _entry(self, line: bytes, number: int) -> AuditEntry:
        return _read(line) or AuditEntry(number, 0.0, "", "", "audit.unreadable", why="not what was written")


def _cut(entry: AuditEntry) -> AuditEntry:
    """Texts within their limits."""
    texts = {name: getattr(entry, name)[:TEXT_MAX] for name in ("who", "where", "what", "about", "why")}
    return replace(entry, **texts, before=_bounded(entry.before), after=_bounded(entry.after))


def _bounded(change: Any) -> Any:
    return change if len(json.dumps(change)) <= CHANGE_MAX else "too long to be kept"


def _chained(entry: AuditEntry, before: AuditHead) -> AuditEntry:
    """The entry as the one after `before`."""
    told = entry.told() | {"number": before.number + 1}
    mac = hashlib.sha256(before.mac.encode() + _encoded(told)).hexdigest()
    return AuditEntry(**told, mac=mac)


def _encoded(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def _line(entry: AuditEntry) -> bytes:
    return _encoded(entry.told() | {"mac": entry.mac}) + b"\n"


def _read(line: bytes) -> AuditEntry | None:
    try:
        entry = AuditEntry(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    return entry if isinstance(entry.number, int) and isinstance(entry.mac, str) else None
