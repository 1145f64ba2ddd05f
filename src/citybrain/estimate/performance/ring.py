"""The newest events of many signals, by signal: what a question about one of them reads is its own events alone.

Events come in every second, and are asked for seldom. So they wait as they come, and are sorted by signal half a
minute's worth at a time; a question cuts its signal out of every such sheet.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.records.signal_events import SignalEvents, make_events, no_events

__all__ = ["EventRing"]

F64 = NDArray[np.float64]
U32 = NDArray[np.uint32]
SHEET_S = 30.0  # of events that are sorted at a time
CODE_BITS = 7  # codes are below 128


class _Sheet(NamedTuple):
    """Events of some seconds, by signal and in the order in which they came; those of d are [at[d], at[d + 1])."""

    time_s: F64
    key: U32  # parameter and code
    at: NDArray[np.int32]
    last_s: float  # time of the newest

    @property
    def bytes(self) -> int:
        return int(self.time_s.nbytes + self.key.nbytes + self.at.nbytes)

    def of(self, device: int) -> tuple[F64, U32]:
        """Times and keys of a signal's events."""
        rows = slice(int(self.at[device]), int(self.at[device + 1]))
        return self.time_s[rows], self.key[rows]


class _View(NamedTuple):
    """Everything that is kept; replaced as a whole, so that other threads read one moment."""

    sheets: tuple[_Sheet, ...]
    waiting: tuple[SignalEvents, ...]
    now_s: float


class EventRing:
    """Keeps the events of the last `keep_s`, and fewer where they would take more than `bytes_max`.

    Args:
        devices: how many signals there are; events name them by row.
        keep_s: how long an event is kept, by its own time.
        bytes_max: most memory of sorted events; the oldest go first.
    """

    def __init__(self, devices: int, keep_s: float, bytes_max: int) -> None:
        self.devices, self.keep_s, self.bytes_max = devices, keep_s, bytes_max
        self.lost_s = -np.inf  # events up to here have gone for want of room
        self._view = _View((), (), -np.inf)
        self._sorted_s = -np.inf  # when events were sorted last

    @property
    def bytes(self) -> int:
        """Memory of what is kept."""
        view = self._view
        return sum(sheet.bytes for sheet in view.sheets) + sum(18 * part.time_s.size for part in view.waiting)

    def since_s(self) -> float:
        """Everything after this moment is kept, if it ever came in."""
        return max(self._view.now_s - self.keep_s, self.lost_s)

    def add(self, events: SignalEvents, now_s: float) -> None:
        """Take in what came by `now_s`, which never goes back; parameters are below 2^25, codes below 128."""
        sheets, waiting, _ = self._view
        waiting = (*waiting, events) if events.time_s.size else waiting
        if now_s - self._sorted_s >= SHEET_S:
            self._sorted_s = now_s
            if waiting:
                sheets, waiting = (*sheets, self._sheet(waiting)), ()
            sheets = self._bounded(sheets, now_s - self.keep_s)
        self._view = _View(sheets, waiting, now_s)

    def _sheet(self, parts: tuple[SignalEvents, ...]) -> _Sheet:
        device = np.concatenate([part.device for part in parts])
        narrow = device.astype(np.uint16) if self.devices < 1 << 16 else device
        order = np.argsort(narrow, kind="stable")  # 16 bits are sorted in one pass
        key = np.concatenate([_key(part) for part in parts])
        time_s = np.concatenate([part.time_s for part in parts])
        at = np.zeros(self.devices + 1, np.int32)
        np.cumsum(np.bincount(device, minlength=self.devices), out=at[1:])
        return _Sheet(time_s[order], key[order], at, float(time_s.max()))

    def _bounded(self, sheets: tuple[_Sheet, ...], after_s: float) -> tuple[_Sheet, ...]:
        """Without what is too old, and without the oldest where there is no room."""
        kept = [sheet for sheet in sheets if sheet.last_s > after_s]
        size = sum(sheet.bytes for sheet in kept)
        while kept and size > self.bytes_max:
            size -= kept[0].bytes
            self.lost_s = max(self.lost_s, kept[0].last_s)
            kept = kept[1:]
        return tuple(kept)

    def of(self, device: int, from_s: float = -np.inf) -> SignalEvents:
        """Events of a signal later than `from_s` that are kept, in the order of time."""
        view, low_s = self._view, max(from_s, self.since_s())
        cuts = [sheet.of(device) for sheet in view.sheets if sheet.last_s > low_s]
        for part in view.waiting:
            own = part.device == device
            cuts.append((part.time_s[own], _key(part)[own]))
        if not cuts:
            return no_events()
        time_s, key = (np.concatenate(column) for column in zip(*cuts, strict=True))
        late = time_s > low_s
        time_s, key = time_s[late], key[late]
        code = (key & ((1 << CODE_BITS) - 1)).astype(np.int16)
        return make_events(time_s, np.full(key.size, device, np.int32), code, (key >> CODE_BITS).astype(np.int32))


def _key(part: SignalEvents) -> U32:
    return np.asarray((part.parameter.astype(np.uint32) << CODE_BITS) | part.code.astype(np.uint32), np.uint32)
