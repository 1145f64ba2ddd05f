"""What a timing is worth in the twin: delay of all vehicles, and where on the streets their time goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.city.model import F64, I32, City
from citybrain.control.retiming.skeleton import Skeleton, Timing
from citybrain.demand.model import Demand
from citybrain.demand.resample import heavier
from citybrain.twin.figures import link_time_s
from citybrain.twin.twin import Twin

__all__ = ["Judge", "Verdict", "owners_of"]

HEAVIER_FRAC = 0.03  # more than this brings full streets to breakdowns that the real traffic never sees
HOPS = 6  # links upstream of a signal's approaches whose queues are laid at its door

MapRuns = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]  # `map`, or that of a pool of threads


@dataclass(frozen=True, eq=False)
class Verdict:
    """Of one timing on one seed. `time_s` [n_signals + 1]: vehicle-seconds on the links that lead to each signal,
    waiting to enter included; the last is that of all other links.
    """

    delay_s: float  # mean over all vehicles, those still waiting or driving at the end included
    time_s: F64


class Judge:
    """Runs timings on the twin; the same seed means the same drivers. Counts its runs.

    Odd seeds have HEAVIER_FRAC more traffic: a plan at the brink looks well until it breaks down, and a twin that is a
    few percent too generous would not show it.
    """

    def __init__(self, skeleton: Skeleton, demand: Demand, run_map: MapRuns = map) -> None:
        self.skeleton = skeleton
        self._demands = demand, heavier(demand, 1.0 + HEAVIER_FRAC, 0)
        self._map = run_map
        self._owner = owners_of(skeleton.city)
        self.runs = 0

    def __call__(self, asked: Sequence[tuple[Timing, int]]) -> list[Verdict]:
        """Verdicts of (timing, seed), in order."""
        self.runs += len(asked)
        return list(self._map(self._run, asked))

    def _run(self, asked: tuple[Timing, int]) -> Verdict:
        timing, seed = asked
        city = self.skeleton.timed_city(timing)
        twin = Twin(city, self._demands[seed % 2], seed).run(city.meta.end_s)
        n = len(city.signals.signal_id)
        owner = np.where(self._owner >= 0, self._owner, n)
        spent = np.bincount(owner, link_time_s(twin.memory), n + 1)
        return Verdict(twin.summary().mean_delay_s, spent.astype(np.float64))


def owners_of(city: City) -> I32:
    """[n_links] signal that the link leads to, over unsignalised junctions too; -1 = none near.

    A link that leads to several belongs to the one with the most lanes of it.
    """
    moves, link = city.movements, city.lanes.link
    n_links, n_signals = len(city.links.link_id), len(city.signals.signal_id)
    owner = np.full(n_links, -1, np.int32)
    steered = np.flatnonzero(moves.group >= 0)
    _vote(owner, link[moves.from_lane[steered]], city.groups.signal[moves.group[steered]], n_signals)
    free = np.flatnonzero(moves.group < 0)
    before, after = link[moves.from_lane[free]], link[moves.to_lane[free]]
    for _ in range(HOPS):
        known = owner[after] >= 0
        _vote(owner, before[known], owner[after[known]], n_signals)
    return owner


def _vote(owner: I32, links: Any, signals: Any, n_signals: int) -> None:
    """Give links without an owner that which most of their movements name."""
    key, votes = np.unique(links.astype(np.int64) * n_signals + signals, return_counts=True)
    order = np.lexsort((votes,))
    fresh = np.full(owner.size, -1, np.int32)
    fresh[key[order] // n_signals] = key[order] % n_signals
    missing = owner < 0
    owner[missing] = fresh[missing]
