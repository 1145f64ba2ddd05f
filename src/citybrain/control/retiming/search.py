"""A search on the twin over offsets, splits and cycles: junctions try changes, their surroundings tell what these cost.

In a round, junctions that lie so far apart that they share no neighbour each try two changes at once, in two runs of
the twin; each keeps the one that shortens the time spent around it, and all that was kept must shorten the mean delay
of all vehicles together. With few junctions this is a plain coordinate search. The same drivers drive in every run
(common random numbers); a change must win on the mean of the seeds. Deterministic: the budget counts runs, not seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, City
from citybrain.control.retiming.judge import Judge, Verdict, owners_of
from citybrain.control.retiming.moves import Mover
from citybrain.control.retiming.skeleton import Timing

__all__ = ["Found", "Search", "neighbours_of"]

OnProgress = Callable[[float], None]
GAIN_LEAST_FRAC = 1e-4  # of the delay: less is noise
STRETCHES = (1.1, 0.9, 1.04, 0.96)
LOCAL = 1  # more junctions than this in a round are judged by their surroundings


@dataclass(frozen=True, eq=False)
class Found:
    """Where a search stands: a timing and what it is worth on every seed."""

    timing: Timing
    verdicts: tuple[Verdict, ...]

    @property
    def delay_s(self) -> float:
        """Mean over the seeds."""
        return float(np.mean([v.delay_s for v in self.verdicts]))


class Search:
    """`seeds` are those of the search; `budget` is how many runs of the twin it may make."""

    def __init__(self, judge: Judge, seeds: Sequence[int], budget: int, mover: Mover) -> None:
        self._judge, self._seeds, self._mover = judge, tuple(seeds), mover
        self._budget = budget
        self._kept: list[Found] = []
        self._near = neighbours_of(judge.skeleton.city)

    def left(self) -> int:
        """Runs that may still be made."""
        return self._budget - self._judge.runs

    def measured(self, timings: Sequence[Timing]) -> list[Found]:
        """All of them on every seed."""
        asked = [(timing, seed) for timing in timings for seed in self._seeds]
        verdicts, n = self._judge(asked), len(self._seeds)
        return [Found(timing, tuple(verdicts[i * n : i * n + n])) for i, timing in enumerate(timings)]

    def screened(self, timings: Sequence[Timing], keep: int) -> list[Found]:
        """The best `keep`, in order: all run on the first seed, those that could win on every one."""
        if not timings:
            return []
        first = self._judge([(timing, self._seeds[0]) for timing in timings])
        order = np.argsort([v.delay_s for v in first], kind="stable")[:keep]
        found = self.measured([timings[i] for i in order])
        return sorted(found, key=lambda one: one.delay_s)

    def stretched(self, best: Found) -> Found:
        """The same plans in other cycles, longer or shorter, as long as that helps."""
        for factor in STRETCHES:
            while self.left() >= len(self._seeds):
                timing = self._mover.stretched(best.timing, factor)
                if timing is None:
                    break
                (found,) = self.measured([timing])
                if not self._wins(found, best):
                    break
                best = found
        return best

    def improve(self, best: Found, on_progress: OnProgress | None = None) -> Found:
        """Rounds until the budget is spent."""
        begin = self._judge.runs
        self._kept.append(best)
        while self.left() >= 2 * len(self._seeds):
            chosen = self._mover.apart(self._near)
            many = len(chosen) > LOCAL
            found = self._round_of_many(best, chosen) if many else self._round_of_one(best, chosen[0])
            if found is not best:
                self._kept.append(found)
            best = found
            if on_progress is not None:
                on_progress(min(1.0, (self._judge.runs - begin) / max(self._budget - begin, 1)))
        return best

    def confirmed(self, seeds: Sequence[int], at_most: int) -> Found:
        """Of the timings that were best one after another, `at_most` of them, the best on other seeds."""
        places: list[int] = np.unique(np.linspace(0, len(self._kept) - 1, at_most).round().astype(int)).tolist()
        again = Search(self._judge, seeds, 0, self._mover)
        found = again.measured([self._kept[i].timing for i in places])
        return self._kept[places[int(np.argmin([one.delay_s for one in found]))]]

    def _round_of_one(self, best: Found, signal: int) -> Found:
        """Two changes of one junction; the second seed is asked only for one that wins on the first."""
        tried = self._mover.changes(best.timing, signal)
        first = self._judge([(timing, self._seeds[0]) for timing in tried])
        order = np.argsort([v.delay_s for v in first], kind="stable")
        for i in order:
            if first[i].delay_s >= best.verdicts[0].delay_s:
                break
            rest = self._judge([(tried[i], seed) for seed in self._seeds[1:]])
            found = Found(tried[i], (first[i], *rest))
            if self._wins(found, best):
                self._mover.learn(signal, True)
                return found
        self._mover.learn(signal, False)
        return best

    def _round_of_many(self, best: Found, chosen: Sequence[int]) -> Found:
        pairs = {s: self._mover.changes(best.timing, s) for s in chosen}
        variants = [self._joined(best.timing, {s: pair[v] for s, pair in pairs.items()}) for v in (0, 1)]
        measured = self.measured(variants)
        now = self._around(best, chosen)
        costs = np.array([now, *(self._around(found, chosen) for found in measured)])
        pick = costs.argmin(axis=0) - 1
        for s, v in zip(chosen, pick, strict=True):
            self._mover.learn(s, bool(v >= 0))
        wanted = {s: pairs[s][v] for s, v in zip(chosen, pick.tolist(), strict=True) if v >= 0}
        if not wanted:
            return best
        (found,) = self.measured([self._joined(best.timing, wanted)])
        return min((found, *measured, best), key=lambda one: one.delay_s)

    def _joined(self, timing: Timing, changes: dict[int, Timing]) -> Timing:
        """The timing with each junction's own change."""
        joined, skeleton = timing.copy(), self._judge.skeleton
        for signal, other in changes.items():
            rows = list(skeleton.steps(signal))
            joined.green_s[rows] = other.green_s[rows]
            joined.offset_s[signal] = other.offset_s[signal]
        return joined

    def _around(self, found: Found, chosen: Sequence[int]) -> F64:
        """[chosen] mean over the seeds of the vehicle-seconds around each junction."""
        spent = np.mean([v.time_s for v in found.verdicts], axis=0)
        return np.array([spent[self._near[s]].sum() for s in chosen])

    def _wins(self, found: Found, best: Found) -> bool:
        return found.delay_s < best.delay_s * (1.0 - GAIN_LEAST_FRAC)


def neighbours_of(city: City) -> list[list[int]]:
    """Of every signal, itself and the signals that its vehicles come from or go to without passing another one."""
    owner, link, moves = owners_of(city), city.lanes.link, city.movements
    near = [{s} for s in range(len(city.signals.signal_id))]
    before, after = owner[link[moves.from_lane]], owner[link[moves.to_lane]]
    for a, b in zip(before.tolist(), after.tolist(), strict=True):
        if a >= 0 and b >= 0:
            near[a].add(b)
            near[b].add(a)
    return [sorted(row) for row in near]
