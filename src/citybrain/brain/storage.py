"""What a run leaves on disk, and how the next one goes on from it.

    DIR/city, meta.json, beats.cbr   the recording: everything that was seen (`worlds.recording`)
    DIR/journal.jsonl                what was decided about each beat
    DIR/snapshots/                   the brain's memory, every so often; always of a moment that the recording holds
    DIR/history/                     what was published, as Parquet
    DIR/events.sqlite                the events of the city

After a crash: the newest whole snapshot, then every recorded beat since; the digest is that of a run without a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citybrain.brain.journal import FILE, Entry, Journal, read_journal
from citybrain.errors import InputError
from citybrain.hub.snapshot import Snapshots
from citybrain.hub.snapshot_writer import SnapshotWriter
from citybrain.records.observations import Observations
from citybrain.worlds.base import World
from citybrain.worlds.recording import BEATS, META, Recording
from citybrain.worlds.replay import Replay

SNAPSHOT = "brain"


@dataclass(frozen=True, eq=False)
class Past:
    """What is known of the run before."""

    begin_s: float  # of the recording
    end_s: float  # of its last whole chunk
    bytes: int  # of the recording up to there
    snapshot_s: float  # of the newest whole snapshot; the begin where there is none
    state: dict[str, Any] | None  # of the brain at that moment
    offset: int  # of the log of a real city, at the end
    entries: dict[float, Entry]
    replay: Replay

    def beats(self, before: Callable[[Observations], None] | None = None) -> Iterator[tuple[Observations, Entry]]:
        """Every recorded beat after the snapshot, with what was decided about it; `before` is shown the others."""
        for time_s, entry in self.entries.items():
            seen = self.replay.observe(time_s)
            if time_s > self.snapshot_s:
                yield seen, entry
            elif before is not None:
                before(seen)


def is_recording(folder: Path) -> bool:
    """Whether a run has been recorded there."""
    return (folder / META).exists()


def read_past(folder: Path) -> Past:
    """The recorded run in a folder. Raises InputError where there is none, FormatError where it cannot be begun."""
    replay = Replay(folder)
    begin_s = replay.time_s
    entries, _ = read_journal(folder / FILE, replay.end_s)
    end_s, size = replay.whole(max(entries, default=begin_s))
    entries = {time_s: entry for time_s, entry in entries.items() if time_s <= end_s}
    found = Snapshots(folder / "snapshots").load(SNAPSHOT) if (folder / "snapshots").is_dir() else None
    known = found is not None and begin_s <= found.state["time_s"] <= end_s
    state = found.state if found is not None and known else None
    return Past(
        begin_s,
        end_s,
        size,
        begin_s if state is None else float(state["time_s"]),
        None if state is None else state["brain"],
        entries[end_s].offset if entries else 0,
        entries,
        replay,
    )


class Storage:
    """Writes a run into a folder, new or after the end of the one that is there."""

    def __init__(
        self, world: World, folder: Path, about: dict[str, Any], past: Past | None = None, keep: int = 3
    ) -> None:
        if past is None and is_recording(folder):
            raise InputError(f"{folder}: holds a recording already; name another folder, or go on with --resume")
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.world = Recording(world, folder, about, keep_bytes=None if past is None else past.bytes)
        self._chunks = 0
        self._noted_s = world.time_s
        _, whole = read_journal(folder / FILE, float("inf") if past is None else past.end_s)
        self._journal = Journal(folder / FILE, whole)
        self.snapshots = SnapshotWriter(Snapshots(folder / "snapshots", keep), SNAPSHOT)

    def note(self, entry: Entry) -> None:
        """A beat is done. What was decided about recorded beats is on disk soon after them."""
        self._journal.add(entry)
        self._noted_s = entry.time_s
        if self.world.chunks > self._chunks:
            self._journal.flush()
            self._chunks = self.world.chunks

    def snapshot(self, time_s: float, state: Callable[[], dict[str, Any]], at_once: bool = False) -> bool:
        """Keep the brain's memory while the beats go on; what it was made from is on disk before. Whether it is kept.

        It is not while the writer is busy: offer that of the next beat. With `at_once` it is on disk when this returns.
        Raises OSError where the disk refused this one, or the one before.
        """
        if self.snapshots.busy and not at_once:
            return False
        self.flush()
        kept = self.snapshots.offer(lambda: {"time_s": time_s, "brain": state()}, at_once)
        if at_once:
            self.snapshots.finish()
        return kept

    def flush(self) -> None:
        """Everything so far is on disk."""
        self.world.flush()
        self._journal.flush()

    def close(self) -> None:
        """Flush and let go of all files. What a beat has seen that did not end is left to the next run."""
        try:
            self.world.forget_after(self._noted_s)
            self.world.close()
            self._journal.close()
        finally:
            self.snapshots.finish()


__all__ = ["BEATS", "Past", "Storage", "is_recording", "read_past"]
