"""Puts rows into the order of their events, whatever the order of their arrival; every event once.

A source's watermark is the newest time that it has sent less `lateness_s`: no row of an earlier time is expected from
it. A time closes when the watermarks of all active sources have passed it. Closed rows come out by time, then by key,
so that the output is one sequence for all orders of arrival in which no row is later than `lateness_s`. Rows of a time
that is closed come out apart, as late; beyond `late_max_s` they are refused. Sources that are silent, or whose clocks
are behind, hold up the others by 2 × `lateness_s` at most.

The state is a function of what was pushed and of the times of `release`: saved and loaded, it goes on as before.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import FormatError
from citybrain.ingest.codec import decode, encode
from citybrain.ingest.dedupe import SeenKeys
from citybrain.ingest.identity import content_of, keys_of
from citybrain.ingest.kinds import FIELD_OF, Kind, kind_of
from citybrain.records.observations import Observations, join, take
from citybrain.settings import Settings

__all__ = ["Order", "Released"]

U64 = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Released:
    """What `release` gives: the events of the times that closed, and rows that came after theirs had."""

    observations: Observations  # by time, then key; `time_s` = everything up to it is closed
    late: Observations  # in the order of arrival


@dataclass
class Counts:
    """Rows pushed = released + late + duplicates + too_late + open."""

    pushed: int = 0
    released: int = 0
    late: int = 0
    duplicates: int = 0
    conflicts: int = 0  # of the duplicates: those that say something else than the row that was taken
    too_late: int = 0
    hurried: int = 0  # times that were closed early because too many rows were open


@dataclass(frozen=True, eq=False)
class _Part:
    """Some rows that wait."""

    table: Any
    keys: U64
    content: U64

    def split(self, chosen: NDArray[np.bool_]) -> tuple[_Part, _Part]:
        return self.take(chosen), self.take(~chosen)

    def take(self, chosen: NDArray[Any]) -> _Part:
        return _Part(take(self.table, chosen), self.keys[chosen], self.content[chosen])


@dataclass
class Order:
    """The rows that wait for their time to close, and the memory of those that have gone."""

    settings: Settings
    counts: Counts = field(default_factory=Counts)
    too_late: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    closed_s: float = -math.inf

    def __post_init__(self) -> None:
        self._open: dict[Kind, list[_Part]] = {}
        self._late: dict[Kind, list[Any]] = {}
        self._newest_s: dict[str, float] = {}
        self._heard_s: dict[str, float] = {}
        window_s = float(self.settings.late_max_s + 2 * self.settings.lateness_s)
        self._seen = SeenKeys(window_s, self.settings.duplicate_keys_max)

    @property
    def open_rows(self) -> int:
        return sum(part.keys.size for parts in self._open.values() for part in parts)

    def push(self, source: str, table: Any) -> None:
        """Take the accepted rows of a message."""
        if not table.time_s.size:
            return
        self.counts.pushed += table.time_s.size
        self._newest_s[source] = max(self._newest_s.get(source, -math.inf), float(table.time_s.max()))
        self._heard_s[source] = max(self._heard_s.get(source, -math.inf), float(table.received_s.max()))
        part = _Part(table, keys_of(source, table), content_of(table))
        passed = table.time_s <= self.closed_s
        if passed.any():
            late, part = part.split(passed)
            self._push_late(source, late)
        if part.keys.size:
            self._open.setdefault(kind_of(table), []).append(part)

    def _push_late(self, source: str, part: _Part) -> None:
        oldest_s = max(self.closed_s - self.settings.late_max_s, self._seen.horizon_s)
        gone, part = part.split(part.table.time_s < oldest_s)
        self.counts.too_late += gone.keys.size
        if gone.keys.size:
            self.too_late[source, kind_of(gone.table)] += gone.keys.size
        fresh = ~self._seen.contains(part.table.time_s, part.keys)
        first = np.zeros(part.keys.size, np.bool_)
        first[np.unique(part.keys, return_index=True)[1]] = True
        part = part.take(fresh & first)
        self.counts.duplicates += int((~(fresh & first)).sum())
        self.counts.late += part.keys.size
        self._seen.add(part.table.time_s, part.keys)
        if part.keys.size:
            self._late.setdefault(kind_of(part.table), []).append(part.table)

    def release(self, now_s: float) -> Released:
        """Close what can be closed at `now_s` (the clock of `received_s`) and give it out."""
        self.closed_s = max(self.closed_s, self._closing_s(now_s))
        if self.open_rows > self.settings.open_rows_max:
            self._hurry()
        found = {FIELD_OF[kind]: table for kind in Kind if (table := self._close(kind)) is not None}
        late = {FIELD_OF[kind]: join(parts) for kind, parts in self._late.items()}
        self._late = {}
        return Released(Observations(self.closed_s, **found), Observations(self.closed_s, **late))

    def flush(self) -> Released:
        """Close everything: nothing more will come."""
        self.closed_s = max([self.closed_s, *self._newest_s.values()])
        return self.release(-math.inf)

    def _closing_s(self, now_s: float) -> float:
        lateness_s = self.settings.lateness_s
        active = [
            newest_s - lateness_s
            for source, newest_s in self._newest_s.items()
            if now_s - self._heard_s[source] <= lateness_s
        ]
        return max(min([*active, now_s - lateness_s]), now_s - 2 * lateness_s)

    def _hurry(self) -> None:
        """Close the older half: memory is bounded, order is not."""
        times = np.concatenate([part.table.time_s for parts in self._open.values() for part in parts])
        self.closed_s = max(self.closed_s, float(np.partition(times, times.size // 2)[times.size // 2]))
        self.counts.hurried += 1

    def _close(self, kind: Kind) -> Any:
        ripe, rest = [], []
        for part in self._open.get(kind, []):
            passed = part.table.time_s <= self.closed_s
            if passed.all():
                ripe.append(part)
            elif passed.any():
                done, waiting = part.split(passed)
                ripe.append(done)
                rest.append(waiting)
            else:
                rest.append(part)
        self._open[kind] = rest
        if not ripe:
            return None
        return self._once(_join(ripe))

    def _once(self, part: _Part) -> Any:
        """By time, key and content; of rows with the same key the first."""
        sorted_rows = np.lexsort((part.keys, part.table.time_s))
        if bool((np.diff(part.keys[sorted_rows]) == 0).any()):
            sorted_rows = np.lexsort((part.content, part.keys, part.table.time_s))
            keys, content = part.keys[sorted_rows], part.content[sorted_rows]
            again = np.concatenate(([False], keys[1:] == keys[:-1]))
            self.counts.duplicates += int(again.sum())
            self.counts.conflicts += int((again[1:] & (content[1:] != content[:-1])).sum())
            sorted_rows = sorted_rows[~again]
        part = part.take(sorted_rows)
        self._seen.add(part.table.time_s, part.keys)
        self.counts.released += part.keys.size
        return part.table

    def save(self) -> bytes:
        """Everything that the next rows depend on."""
        open_parts = [part for parts in self._open.values() for part in parts]
        late = [table for tables in self._late.values() for table in tables]
        arrays: dict[str, Any] = {f"seen_{name}": value for name, value in self._seen.save().items()}
        arrays |= {f"open_{i}": _as_array(encode(part.table)) for i, part in enumerate(open_parts)}
        arrays |= {f"open_{i}_keys": part.keys for i, part in enumerate(open_parts)}
        arrays |= {f"late_{i}": _as_array(encode(table)) for i, table in enumerate(late)}
        arrays["sources"] = np.array([*self._newest_s], np.str_)
        arrays["newest_s"] = np.array([*self._newest_s.values()], np.float64)
        arrays["heard_s"] = np.array([self._heard_s[source] for source in self._newest_s], np.float64)
        arrays["closed_s"] = np.array([self.closed_s])
        arrays["counts"] = np.array([getattr(self.counts, c.name) for c in fields(Counts)], np.int64)
        arrays["too_late_of"] = np.array([f"{kind}|{source}" for source, kind in self.too_late], np.str_)
        arrays["too_late"] = np.array([*self.too_late.values()], np.int64)
        out = io.BytesIO()
        np.savez(out, **arrays)
        return out.getvalue()

    @classmethod
    def load(cls, saved: bytes, settings: Settings) -> Order:
        """From the bytes of `save`. Raises FormatError when they are damaged."""
        try:
            with np.load(io.BytesIO(saved), allow_pickle=False) as file:
                return cls._of(dict(file), settings)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise FormatError("saved order", type(error).__name__, str(error)[:100], "bytes of `save`") from None

    @classmethod
    def _of(cls, arrays: dict[str, Any], settings: Settings) -> Order:
        found = cls(settings, Counts(*arrays["counts"].tolist()), closed_s=float(arrays["closed_s"][0]))
        pairs = (text.split("|", 1) for text in arrays["too_late_of"].tolist())
        amounts = arrays["too_late"].tolist()
        found.too_late = Counter({(s, Kind(k)): n for (k, s), n in zip(pairs, amounts, strict=True)})
        found._seen.load({name: arrays[f"seen_{name}"] for name in ("horizon_s", "places", "sizes", "keys")})
        sources = arrays["sources"].tolist()
        found._newest_s = dict(zip(sources, arrays["newest_s"].tolist(), strict=True))
        found._heard_s = dict(zip(sources, arrays["heard_s"].tolist(), strict=True))
        for i in _numbered(arrays, "open_"):
            table = decode(arrays[f"open_{i}"].tobytes())
            part = _Part(table, arrays[f"open_{i}_keys"], content_of(table))
            found._open.setdefault(kind_of(table), []).append(part)
        for i in _numbered(arrays, "late_"):
            table = decode(arrays[f"late_{i}"].tobytes())
            found._late.setdefault(kind_of(table), []).append(table)
        return found


def _numbered(arrays: dict[str, Any], head: str) -> Iterable[int]:
    return range(sum(1 for name in arrays if name.startswith(head) and name[len(head) :].isdigit()))


def _as_array(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def _join(parts: list[_Part]) -> _Part:
    if len(parts) == 1:
        return parts[0]
    table = join([part.table for part in parts])
    return _Part(table, np.concatenate([p.keys for p in parts]), np.concatenate([p.content for p in parts]))
