"""An optimiser that means harm: whatever can be sent to the guard, it sends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from _cities import Place
from numpy.random import Generator
from numpy.typing import NDArray

from citybrain.guard.desk import SignalDesk
from citybrain.guard.gate import Gate, Mode, Refused
from citybrain.guard.monitor import Fault, Trip
from citybrain.records.wish import Wishes
from citybrain.settings import Settings

F64 = NDArray[np.float64]
MOODS = ("random", "storm", "sleep", "favourite", "flip")
MOOD_S = 400  # seconds between two moods
FLIP_EVERY = 50  # seconds between two changes of modes, in the mean


@dataclass
class Hostile:
    """Wishes of every kind. `decisions` counts the rows that it has sent."""

    place: Place
    rng: Generator
    decisions: int = 0
    sequence: int = 0
    mood: str = "random"
    kept: list[Wishes] = field(default_factory=list)

    def batches(self, second: int, time_s: float, epoch: int) -> list[Wishes]:
        """What it sends in one second: one batch for all signals, and now and then a bad one beside it."""
        if second % MOOD_S == 0:
            self.mood = str(self.rng.choice(MOODS))
        n_stages = self.place.tables.table.n_stages
        signal = np.arange(n_stages.size, dtype=np.float64)
        wishes = self._batch(time_s, epoch, signal, self._stages(second, n_stages))
        if self.mood == "storm":
            wishes = replace(wishes, priority=self.rng.integers(0, 4, signal.size).astype(np.float64))
        sent = [self._spoiled(wishes) if self.rng.random() < 0.3 else wishes]
        if self.kept and self.rng.random() < 0.2:
            sent.append(self.kept[int(self.rng.integers(len(self.kept)))])  # again, out of its turn
        self.kept = [*self.kept[-20:], wishes]
        self.decisions += sum(each.signal.size for each in sent)
        return sent

    def _batch(self, time_s: float, epoch: int, signal: F64, stage: F64) -> Wishes:
        self.sequence += 1
        made_s = time_s - float(self.rng.choice([5.0, 40.0, -3.0, np.nan]) if self.rng.random() < 0.1 else 0.0)
        return Wishes(made_s, self.sequence, epoch - int(self.rng.random() < 0.05), signal, stage)

    def _stages(self, second: int, n_stages: NDArray[np.int64]) -> F64:
        """Wished stages, by mood."""
        if self.mood == "sleep":
            return np.zeros(n_stages.size)
        if self.mood == "favourite":  # two stages, and never the others
            return np.minimum(np.full(n_stages.size, second // 7 % 2), np.maximum(n_stages - 1, 0)).astype(float)
        if self.mood == "flip":
            return (second % np.maximum(n_stages, 1)).astype(float)
        return np.floor(self.rng.random(n_stages.size) * np.maximum(n_stages, 1))

    def _spoiled(self, wishes: Wishes) -> Wishes:
        """Some rows of the batch are nonsense."""
        stage, signal = wishes.stage.copy(), wishes.signal.copy()
        hit = self.rng.random(stage.size) < 0.3
        stage[hit] = self.rng.choice([np.nan, np.inf, -1.0, 0.5, 99.0, 1e300, -(2.0**70)], int(hit.sum()))
        lost = self.rng.random(stage.size) < 0.1
        signal[lost] = self.rng.choice([np.nan, -1.0, 1e12, 3.0], int(lost.sum()))
        return replace(wishes, signal=signal, stage=stage)


@dataclass
class Outcome:
    """What an attack led to."""

    decisions: int = 0
    seconds: int = 0
    pictures: int = 0  # that the referee has looked at
    admitted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    trips: list[Trip] = field(default_factory=list)

    @property
    def faults(self) -> Counter[Fault]:
        """How often each fault was seen."""
        return Counter(trip.fault for trip in self.trips)


def attack(place: Place, seconds: int, seed: int, moods: tuple[str, ...] = MOODS) -> Outcome:
    """Let a hostile optimiser loose on a city; plans play on, leases are cut, modes flip. The referee watches."""
    rng = np.random.default_rng(seed)
    gate, desk = Gate(place.tables, Settings(), Mode.CONTROL), SignalDesk(place.city, tables=place.tables)
    hostile, monitor, found = Hostile(place, rng), place.monitor(), Outcome()
    begin_s = float(rng.integers(0, 10_000))
    unfit = place.unfit
    for second in range(seconds):
        time_s = begin_s + second
        if rng.random() < 1.0 / FLIP_EVERY and len(moods) > 1:
            some = np.flatnonzero(rng.random(gate.mode.size) < 0.3)
            gate.set_mode(Mode(int(rng.choice([0, 1, 2, 2, 2]))), some.tolist())
        if len(moods) == 1:
            hostile.mood = moods[0]
        if rng.random() < 0.98 or len(moods) == 1:
            for wishes in hostile.batches(second if len(moods) > 1 else second + 1, time_s, gate.epoch):
                desk.apply(gate.admit(wishes, time_s).commands)
        shown = desk.colours(time_s)
        desk.see(shown)
        found.trips += [trip for trip in monitor.see(time_s, shown.tobytes()) if trip.signal not in unfit]
    found.decisions, found.seconds, found.pictures = hostile.decisions, seconds, monitor.seen_pictures
    found.admitted = int(gate.counts[Refused.NO])
    found.refused = Counter({why.name: int(gate.counts[why]) for why in Refused if why is not Refused.NO})
    return found
