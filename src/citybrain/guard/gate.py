"""The brain's side of the guard: which wishes become commands, and why the others do not.

A signal is in one of three modes. `OBSERVE` (default): wishes are counted and dropped. `RECOMMEND`: they are shown to
people. `CONTROL`: they become leases; when a signal leaves it, its lease is ended at once. Every wish says under which
modes it was made; one that was made before the mode of its signal was last changed is dropped, so that nothing decided
for a screen ever reaches a street.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, I64, U8, Bool
from citybrain.errors import InputError
from citybrain.guard.desk import DeskTables
from citybrain.records.command import Commands
from citybrain.records.wish import Wishes
from citybrain.settings import Settings

AHEAD_S = 1.0  # a wish may be made in the second that begins now
NOBODY: I64 = np.zeros(0, np.int64)
PRIORITIES = 4  # 0 = an optimiser, the others as an operator orders them


class Mode(IntEnum):
    """What becomes of the wishes for a signal."""

    OBSERVE = 0
    RECOMMEND = 1
    CONTROL = 2


class Refused(IntEnum):
    """Why a wish did not become a command, in the order of the checks."""

    NO = 0  # it did
    UNREADABLE = 1  # columns of unequal length, times or numbers that are none
    STALE = 2  # made too long ago
    EARLY = 3  # made in the future
    REORDERED = 4  # not after the last batch, or sent twice
    NO_SIGNAL = 5  # no such signal
    NO_STAGE = 6  # no such stage, or streams cross in it
    OTHER_MODE = 7  # made before the signal's mode was changed
    OUTRANKED = 8  # the batch has a wish of higher priority, or a later one, for the signal
    LATCHED = 9  # the referee has latched the signal
    NOT_STEERABLE = 10  # its plan or its stages do not allow it
    OBSERVED = 11  # mode OBSERVE
    RECOMMENDED = 12  # mode RECOMMEND


@dataclass(frozen=True, eq=False)
class Ruling:
    """What became of a batch; `refused` [n] is a Refused of each row."""

    commands: Commands
    refused: U8


class Gate:
    """Admits wishes. What it remembers is small and can be saved (`state`); the same wishes give the same rulings."""

    def __init__(self, tables: DeskTables, settings: Settings, mode: Mode = Mode.OBSERVE) -> None:
        n = tables.table.n_signals
        self._n_stages = tables.table.n_stages
        self._stage_offset = tables.table.stage_offset
        self._stage_open = tables.limits.stage_open
        self.steerable = tables.limits.steerable
        self._lease_s, self._age_max_s = float(settings.guard_lease_s), float(settings.guard_wish_age_max_s)
        self.mode: U8 = np.full(n, mode, np.uint8)
        self.epoch = 0  # rises with every change of a mode
        self._since: I64 = np.zeros(n, np.int64)  # epoch in which each signal's mode was set
        self.latched: Bool = np.zeros(n, np.bool_)
        self._ending: Bool = np.zeros(n, np.bool_)  # no longer under control: their leases are to be ended
        self._sequence = -1
        self._made_s = -math.inf
        self.advised: I32 = np.full(n, -1, np.int32)  # the newest recommended stage of each signal
        self.applied: I32 = np.full(n, -1, np.int32)  # the stage of a recommended wish that a person has applied
        self._applied_until_s: F64 = np.full(n, -math.inf)
        self.declined: I32 = np.full(n, -1, np.int32)  # a recommended stage that a person will not have
        self.counts: I64 = np.zeros(len(Refused), np.int64)

    def set_mode(self, mode: Mode, signals: Iterable[int] | None = None) -> int:
        """Change the mode of some signals (default: all); wishes made until now are void there. The new epoch."""
        rows = np.arange(self.mode.size) if signals is None else np.array(list(signals), np.int64)
        if rows.size and not (rows.min() >= 0 and rows.max() < self.mode.size):
            raise InputError(f"signals {rows.tolist()}: expected rows below {self.mode.size}")
        changed = rows[self.mode[rows] != mode]
        if changed.size:
            self.epoch += 1
            self._ending[changed] |= self.mode[changed] == Mode.CONTROL
            self.mode[changed] = mode
            self._since[changed] = self.epoch
            self.advised[changed] = self.declined[changed] = -1
            self.take_back(changed)
        return self.epoch

    def fits(self, signal: int, stage: int) -> bool:
        """Whether a signal has this stage, and may be steered to it: no streams cross in it."""
        inside = 0 <= signal < self.mode.size and 0 <= stage < self._n_stages[signal]
        return inside and bool(self.steerable[signal] and self._stage_open[self._stage_offset[signal] + stage])

    def apply_wish(self, signal: int, stage: int, until_s: float) -> None:
        """A person applies what is recommended: until then it is leased as if the mode were CONTROL.

        Whatever else refuses wishes for the signal refuses this one. Raises InputError for a stage that it has not.
        """
        if not self.fits(signal, stage):
            raise InputError(f"signal {signal}, stage {stage}: no such stage, or it may not be steered to it")
        self.applied[signal], self._applied_until_s[signal] = stage, until_s

    def take_back(self, signals: I64) -> None:
        """What a person has applied to these signals ends with the next ruling."""
        self._ending[signals] |= self.applied[signals] >= 0
        self.applied[signals], self._applied_until_s[signals] = -1, -math.inf

    def decline(self, signal: int, stage: int) -> None:
        """A person will not have this stage: it is not recommended until another one was; -1 = it is again."""
        self.declined[signal] = stage
        if self.advised[signal] == stage:
            self.advised[signal] = -1

    def latch(self, signals: I64) -> None:
        """These signals, and no others, belong to their local plans: the referee has spoken."""
        self.latched[:] = False
        self.latched[signals] = True

    def admit(self, wishes: Wishes, now_s: float) -> Ruling:
        """Rule on a batch at `now_s`. Never raises for what a batch contains."""
        n = _rows(wishes)
        whole = self._refuse_batch(wishes, now_s)
        if whole is not Refused.NO:
            self.counts[whole] += max(n, 1)
            return Ruling(self._commands(NOBODY, NOBODY, now_s), np.full(n, whole, np.uint8))
        self._sequence, self._made_s = int(wishes.sequence), float(wishes.made_s)
        signal, stage = _numbers(wishes.signal), _numbers(wishes.stage)
        refused = self._refuse_rows(signal, stage, _priority(wishes, n), int(wishes.epoch))
        self.take_back(np.flatnonzero((self.applied >= 0) & (self._applied_until_s <= now_s)))
        self._advise(signal, stage, refused == Refused.RECOMMENDED)
        stage = self._obey_people(signal, stage, refused)
        self.counts += np.bincount(refused, minlength=len(Refused))
        taken = refused == Refused.NO
        rows, stages = signal[taken].astype(np.int64), stage[taken].astype(np.int64)
        return Ruling(self._commands(rows, stages, now_s), refused)

    def _advise(self, signal: F64, stage: F64, shown: Bool) -> None:
        """Recommend these stages, but for those that a person has declined."""
        rows, stages = signal[shown].astype(np.int64), stage[shown].astype(np.int32)
        other = self.declined[rows] != stages
        self.declined[rows[other]] = -1
        self.advised[rows] = np.where(other, stages, -1)

    def _obey_people(self, signal: F64, stage: F64, refused: U8) -> F64:
        """Stages, with those that people have applied in place of the recommended; these become commands."""
        row = np.where(refused == Refused.RECOMMENDED, signal, 0).astype(np.int64)
        obeyed = (refused == Refused.RECOMMENDED) & ((self.applied >= 0)[row] if self.applied.size else False)
        refused[obeyed] = Refused.NO
        return np.where(obeyed, self.applied[row], stage) if self.applied.size else stage

    def _commands(self, signal: I64, stage: I64, now_s: float) -> Commands:
        """Leases for these signals, and the end of the leases of those that are no longer under control."""
        self._ending[signal] = False
        gone = np.flatnonzero(self._ending)
        self._ending[:] = False
        ends_s = np.concatenate([np.full(signal.size, now_s + self._lease_s), np.full(gone.size, now_s)])
        stages = np.concatenate([stage, np.zeros(gone.size, np.int64)])
        return Commands(np.concatenate([signal, gone]).astype(np.int32), stages.astype(np.int32), ends_s)

    def _refuse_batch(self, wishes: Wishes, now_s: float) -> Refused:
        """What is wrong with the whole batch."""
        columns = (wishes.signal, wishes.stage)
        times = (wishes.made_s, wishes.sequence, wishes.epoch)
        if any(_is_no_number(value) for value in times) or any(not _is_column(column) for column in columns):
            return Refused.UNREADABLE
        if wishes.signal.size != wishes.stage.size or wishes.priority.size not in (0, wishes.signal.size):
            return Refused.UNREADABLE
        if wishes.made_s > now_s + AHEAD_S:
            return Refused.EARLY
        if now_s - wishes.made_s > self._age_max_s:
            return Refused.STALE
        if wishes.sequence <= self._sequence or wishes.made_s < self._made_s:
            return Refused.REORDERED
        return Refused.NO

    def _refuse_rows(self, signal: F64, stage: F64, priority: F64, epoch: int) -> U8:
        """What is wrong with each row: the first reason counts."""
        refused = np.zeros(signal.size, np.uint8)

        def refuse(where: Bool, why: Refused) -> None:
            refused[where & (refused == Refused.NO)] = why

        refuse(~(np.isfinite(signal) & np.isfinite(stage) & np.isfinite(priority)), Refused.UNREADABLE)
        whole = np.floor(np.where(np.isfinite(signal), signal, -1.0))
        refuse((whole != signal) | (whole < 0) | (whole >= self.mode.size), Refused.NO_SIGNAL)
        row = np.where(refused == Refused.NO, whole, 0).astype(np.int64)
        if self.mode.size == 0:
            return refused
        place = np.floor(np.where(np.isfinite(stage), stage, -1.0))
        refuse((place != stage) | (place < 0) | (place >= self._n_stages[row]), Refused.NO_STAGE)
        known = np.where(refused == Refused.NO, self._stage_offset[row] + place, 0).astype(np.int64)
        refuse(~(self._stage_open[known] if self._stage_open.size else np.zeros(row.size, np.bool_)), Refused.NO_STAGE)
        refuse(self._since[row] > epoch, Refused.OTHER_MODE)
        refuse(self.latched[row], Refused.LATCHED)
        refuse(~self.steerable[row], Refused.NOT_STEERABLE)
        refuse(_outranked(row, priority, refused == Refused.NO), Refused.OUTRANKED)
        refuse(self.mode[row] == Mode.OBSERVE, Refused.OBSERVED)
        refuse(self.mode[row] == Mode.RECOMMEND, Refused.RECOMMENDED)
        return refused

    def state(self) -> dict[str, Any]:
        """Everything that the next rulings depend on, for a snapshot."""
        return {
            "mode": self.mode.copy(),
            "epoch": self.epoch,
            "since": self._since.copy(),
            "latched": self.latched.copy(),
            "ending": self._ending.copy(),
            "sequence": self._sequence,
            "made_s": self._made_s,
            "advised": self.advised.copy(),
            "applied": self.applied.copy(),
            "applied_until_s": self._applied_until_s.copy(),
            "declined": self.declined.copy(),
            "counts": self.counts.copy(),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave, for the same city."""
        self.mode, self.epoch, self._since = kept["mode"].copy(), int(kept["epoch"]), kept["since"].copy()
        self._ending = kept["ending"].copy()
        self.latched, self._sequence, self._made_s = kept["latched"].copy(), int(kept["sequence"]), kept["made_s"]
        self.applied, self._applied_until_s = kept["applied"].copy(), kept["applied_until_s"].copy()
        self.declined = kept["declined"].copy()
        self.advised, self.counts = kept["advised"].copy(), kept["counts"].copy()


def _rows(wishes: Wishes) -> int:
    return int(wishes.signal.size) if _is_column(wishes.signal) else 0


def _is_column(values: object) -> bool:
    return isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "iufb"


def _is_no_number(value: object) -> bool:
    return not isinstance(value, int | float | np.integer | np.floating) or not math.isfinite(value)


def _numbers(values: NDArray[Any]) -> F64:
    return values.astype(np.float64)


def _priority(wishes: Wishes, n: int) -> F64:
    if not wishes.priority.size:
        return np.zeros(n)
    given = _numbers(wishes.priority)
    return np.where((given >= 0) & (given < PRIORITIES), given, np.nan)


def _outranked(row: I64, priority: F64, valid: Bool) -> Bool:
    """Valid rows that are not the last one of the highest priority for their signal."""
    rank = np.where(valid, priority, -1.0)
    order = np.lexsort((np.arange(row.size), rank, row))
    last = np.append(row[order][1:] != row[order][:-1], True) if row.size else np.zeros(0, np.bool_)
    beaten = np.ones(row.size, np.bool_)
    beaten[order[last]] = False
    return beaten & valid
