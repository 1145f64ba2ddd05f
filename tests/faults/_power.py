"""A disk that loses power: what a recorded run may have left on it after any event.

What was synced is there. Of what was written since, any part may be missing, cut, zeroed or garbled, in any order;
only bytes beside a write stay as they were (SQLite's own assumption, "powersafe overwrite"). Names: creation, renaming
and deletion become durable in their order, at the latest when the folder is synced, which SQLite does with the first
sync of a new journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from _sqlite_disk import Event

SECTOR = 4096
WAYS = ("drop", "all", "cut", "scatter", "zero", "garble")


@dataclass
class Node:
    """A file's content: what is durable, and what was done since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)
    folder_synced: bool = False

    def sync(self) -> None:
        for event in self.pending:
            apply(self.durable, event)
        self.pending = []

    def after_cut(self, way: str, rng: Random) -> bytes:
        """What may be found of it."""
        found = bytearray(self.durable)
        if way == "all":
            chosen = list(self.pending)
        elif way == "cut":
            k = rng.randrange(len(self.pending) + 1)
            chosen = self.pending[:k] + [_part(event, rng) for event in self.pending[k : k + 1]]
        elif way in ("scatter", "zero", "garble"):
            chosen = [piece for event in self.pending for piece in _pieces(event) if rng.random() < 0.5]
            chosen += [_spoilt(piece, way, rng) for e in self.pending for piece in _pieces(e) if rng.random() < 0.5]
        else:
            chosen = []
        for event in chosen:
            apply(found, event)
        return bytes(found)


def apply(content: bytearray, event: Event) -> None:
    if event.what == "truncate":
        del content[event.at :]
        content.extend(bytes(event.at - len(content)))
    else:
        content.extend(bytes(max(0, event.at - len(content))))
        content[event.at : event.at + len(event.data)] = event.data


def _part(event: Event, rng: Random) -> Event:
    return Event(event.what, event.path, event.at, event.data[: rng.randrange(len(event.data) + 1)])


def _pieces(event: Event) -> list[Event]:
    """A write in sectors, which a disk may write in any order."""
    if event.what != "write":
        return [event]
    cuts = range(0, len(event.data), SECTOR)
    return [Event("write", event.path, event.at + i, event.data[i : i + SECTOR]) for i in cuts]


def _spoilt(event: Event, way: str, rng: Random) -> Event:
    if event.what != "write" or way == "scatter":
        return event
    n = len(event.data)
    return Event("write", event.path, event.at, bytes(n) if way == "zero" else rng.randbytes(n))


class Machine:
    """The disk's state while the events of a recorded run pass by."""

    def __init__(self) -> None:
        self._live: dict[str, Node] = {}
        self._durable: dict[str, Node] = {}
        self._names: list[Event] = []  # not yet durable
        self.acknowledged: set[int] = set()

    def step(self, event: Event) -> None:
        if event.what == "ack":
            self.acknowledged.add(event.at)
        elif event.what == "sync_folder":
            self._sync_names()
        elif event.what in ("rename", "delete"):
            self._name(event)
        else:
            self._content(event)

    def _content(self, event: Event) -> None:
        if event.path not in self._live:
            self._name(Event("create", event.path))
        node = self._live[event.path]
        if event.what != "sync":
            node.pending.append(event)
            return
        node.sync()
        if event.path.endswith(("-wal", "-journal")) and not node.folder_synced:
            node.folder_synced = True
            self._sync_names()

    def _name(self, event: Event) -> None:
        node = Node() if event.what == "create" else self._live.get(event.path, Node())
        self._names.append(event)
        _rename(self._live, event, node)
        self._nodes = {**getattr(self, "_nodes", {}), id(event): node}

    def _sync_names(self) -> None:
        for event in self._names:
            _rename(self._durable, event, self._nodes[id(event)])
        self._names = []
        self._nodes = {}

    def cut(self, folder: Path, way: str, rng: Random) -> None:
        """Power off now: write what may be found into an empty folder."""
        names = dict(self._durable)
        for event in self._names[: rng.randrange(len(self._names) + 1)]:
            _rename(names, event, self._nodes[id(event)])
        for path, node in names.items():
            (folder / path).write_bytes(node.after_cut(way, rng))


def _rename(names: dict[str, Node], event: Event, node: Node) -> None:
    if event.what == "create":
        names[event.path] = node
    elif event.what == "rename":
        names.pop(event.path, None)
        names[event.data.decode()] = node
    else:
        names.pop(event.path, None)
