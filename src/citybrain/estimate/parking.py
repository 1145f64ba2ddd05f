"""From reports of car parks to what is free where: newest values, their age against each one's own rhythm, the trend.

Only times of events count, so a day that is played again gives the same. A report that is older than the one that
stands changes nothing; one that cannot be (more free spaces than there are) is counted and passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.records.observations import ParkingCounts, Quality
from citybrain.records.parking import ParkingStates

__all__ = ["ParkingMemory", "ParkingOptions", "begin", "resumed", "silent_after_s", "states", "update"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
NEWS = 0.2  # weight of the newest interval in the mean interval between two reports
TREND_S = 900.0  # that a change is told over
TREND_LATEST_S = 1800.0  # a value older than this says nothing about the last quarter of an hour
KEPT_EVERY_S = 60.0  # between two values that are kept for the trend, at least
KEPT = 32  # values


@dataclass(frozen=True)
class ParkingOptions:
    """Limits: how many places, and when one counts as silent."""

    facilities_max: int = 2000
    silent_periods: float = 3.0  # of the place's own mean interval ...
    silent_min_s: float = 120.0  # ... but never less than this ...
    silent_max_s: float = 1800.0  # ... nor more; also where no interval is known


@dataclass(frozen=True, eq=False)
class ParkingMemory:
    """What is remembered; all arrays [n], and [n, KEPT] of the values kept for the trend."""

    facility: tuple[str, ...]
    reported_s: F64
    free: F64
    spaces: F64
    state: U8
    said: U8  # quality, as the source said
    period_s: F64  # mean interval between two reports; nan = not known
    kept_s: F64  # newest last
    kept_free: F64
    left_out: int = 0
    implausible: int = 0


def begin(facility: tuple[str, ...] = (), spaces: NDArray[np.integer] | None = None) -> ParkingMemory:
    """Nothing was reported yet; known is the city's register [n]."""
    n = len(facility)
    unknown = np.full(n, np.nan)
    size = unknown.copy() if spaces is None else spaces.astype(np.float64)
    none, kept = np.zeros(n, np.uint8), np.full((n, KEPT), np.nan)
    said = np.full(n, Quality.UNKNOWN, np.uint8)
    return ParkingMemory(facility, unknown, unknown.copy(), size, none, said, unknown.copy(), kept, kept.copy())


def resumed(kept: ParkingMemory | None, fresh: ParkingMemory) -> ParkingMemory:
    """A memory of an earlier run; begun anew where the city's register has changed since: reports come soon."""
    n = len(fresh.facility)
    return fresh if kept is None or kept.facility[:n] != fresh.facility else kept


def update(
    memory: ParkingMemory, rows: ParkingCounts, now_s: float, options: ParkingOptions
) -> tuple[ParkingMemory, ParkingStates]:
    """Book some reports, in the order of their events, and say how it stands at `now_s`."""
    if rows.time_s.size:
        memory = _book(_with_new(memory, rows, options), rows)
    return memory, states(memory, now_s, options)


def _with_new(memory: ParkingMemory, rows: ParkingCounts, options: ParkingOptions) -> ParkingMemory:
    """Room for places that report for the first time, as far as the limit goes."""
    known = set(memory.facility)
    new = [name for name in dict.fromkeys(rows.facility.tolist()) if name not in known]
    new = new[: max(0, options.facilities_max - len(known))]
    if not new:
        return memory
    more, old = begin(tuple(new)), memory
    names = ("reported_s", "free", "spaces", "state", "said", "period_s", "kept_s", "kept_free")
    joined: dict[str, Any] = {name: np.concatenate([getattr(old, name), getattr(more, name)]) for name in names}
    return replace(old, facility=old.facility + more.facility, **joined)


def _book(memory: ParkingMemory, rows: ParkingCounts) -> ParkingMemory:
    row_of = {name: row for row, name in enumerate(memory.facility)}
    at = np.array([row_of.get(name, -1) for name in rows.facility.tolist()], np.int64)
    possible = (rows.capacity > 0) & (rows.free >= 0) & (rows.free <= rows.capacity)
    after = _copied(memory)
    for k in np.flatnonzero(possible & (at >= 0)).tolist():
        _book_one(after, int(at[k]), rows, k)
    left_out, wrong = int((at < 0).sum()), int((~possible & (at >= 0)).sum())
    return replace(after, left_out=memory.left_out + left_out, implausible=memory.implausible + wrong)


def _book_one(memory: ParkingMemory, row: int, rows: ParkingCounts, k: int) -> None:
    """Book report k in the place's own row; an older one, or the same again, changes nothing."""
    time_s, before_s = float(rows.time_s[k]), float(memory.reported_s[row])
    if time_s <= before_s:
        return
    interval_s, period_s = time_s - before_s, memory.period_s[row]
    memory.period_s[row] = interval_s if np.isnan(period_s) else period_s + NEWS * (interval_s - period_s)
    memory.reported_s[row], memory.free[row], memory.spaces[row] = time_s, rows.free[k], rows.capacity[k]
    memory.state[row], memory.said[row] = rows.state[k], rows.quality[k]
    if not time_s - memory.kept_s[row, -1] < KEPT_EVERY_S:
        for kept, value in ((memory.kept_s, time_s), (memory.kept_free, float(rows.free[k]))):
            kept[row, :-1], kept[row, -1] = kept[row, 1:].copy(), value


def _copied(memory: ParkingMemory) -> ParkingMemory:
    names = ("reported_s", "free", "spaces", "state", "said", "period_s", "kept_s", "kept_free")
    return replace(memory, **{name: getattr(memory, name).copy() for name in names})


def silent_after_s(memory: ParkingMemory, options: ParkingOptions) -> F64:
    """After so long without a report a place counts as silent [n]."""
    own_s = np.where(np.isnan(memory.period_s), options.silent_max_s, options.silent_periods * memory.period_s)
    return np.clip(own_s, options.silent_min_s, options.silent_max_s)


def states(memory: ParkingMemory, now_s: float, options: ParkingOptions) -> ParkingStates:
    """How it stands at `now_s`."""
    reported = np.isfinite(memory.reported_s)
    silent = reported & (now_s - memory.reported_s > silent_after_s(memory, options))
    quality = np.where(silent, np.uint8(Quality.STALE), memory.said).astype(np.uint8)
    change = np.where(silent, np.nan, memory.free - _earlier(memory))
    counts = memory.left_out, memory.implausible
    what = memory.reported_s, memory.free, memory.spaces, change, memory.state, quality
    return ParkingStates(now_s, memory.facility, *what, *counts)


def _earlier(memory: ParkingMemory) -> F64:
    """Free spaces a quarter of an hour before the newest report [n]; nan where nothing of that time is kept."""
    age_s = memory.reported_s[:, None] - memory.kept_s
    fits = (age_s >= TREND_S) & (age_s <= TREND_LATEST_S)
    newest = fits.shape[1] - 1 - np.argmax(fits[:, ::-1], axis=1)
    found = memory.kept_free[np.arange(fits.shape[0]), newest]
    return np.where(fits.any(axis=1), found, np.nan)
