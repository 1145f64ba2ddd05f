"""When in the cycle vehicles arrive, and what another offset would make of it.

Day, Brennan, Hainen, Remias, Premachandra, Sturdevant, Richards, Wasson, Bullock: Reliability, flexibility, and
environmental impact of alternative objective functions for arterial offset optimization, TRR 2259 (2011): arrivals on
green under another offset are the circular cross-correlation of the arrival profile with the green, both folded over
the cycle; a shift of one junction moves the arrivals at those that it feeds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.performance.arrivals import Points
from citybrain.estimate.performance.cycles import Cycles

__all__ = ["Fold", "fold", "on_green_by_shift", "uniform_delay_vs"]

F64 = NDArray[np.float64]
BIN_S = 1.0
SAME_S = 2.0  # cycles that differ by less are the same plan's
CYCLE_MAX_S = 600.0


class Fold(NamedTuple):
    """A phase's usual cycle, in bins of a second from begin of red."""

    cycle_s: float
    cycles: int  # that were as long as this
    steady: float  # their share
    arrivals: F64  # [n_bins] vehicles in all of them
    green: F64  # [n_bins] share of the bin that is green


def fold(cycles: Cycles, arrive: Points, phase: int, rows: NDArray[np.int64] | None = None) -> Fold | None:
    """The usual cycle of a phase, from its cycles or those of them in `rows`; None where there are too few."""
    mine = np.flatnonzero(cycles.phase == phase)
    if mine.size < 2:
        return None
    length_s = cycles.end_s[mine] - cycles.red_s[mine]
    usual_s = float(np.median(length_s))
    same = mine[np.abs(length_s - usual_s) < SAME_S]
    if rows is not None:
        same = np.intersect1d(same, rows)
    n_bins = round(usual_s / BIN_S)
    if not same.size or not 0 < n_bins <= CYCLE_MAX_S:
        return None
    points = (arrive.phase == phase) & np.isin(arrive.cycle, same)
    since_s = arrive.time_s[points] - cycles.red_s[arrive.cycle[points]]
    at = np.minimum((since_s / BIN_S).astype(np.int64), n_bins - 1)
    edges = np.arange(n_bins) * BIN_S
    begin, end = (cycles.green_s - cycles.red_s)[same], (cycles.yellow_s - cycles.red_s)[same]
    green = np.clip(np.minimum(end[:, None], edges + BIN_S) - np.maximum(begin[:, None], edges), 0.0, BIN_S)
    share = np.mean(np.abs(length_s - usual_s) < SAME_S)
    arrivals = np.bincount(at, minlength=n_bins).astype(np.float64)
    return Fold(usual_s, int(same.size), float(share), arrivals, green.mean(axis=0) / BIN_S)


def on_green_by_shift(arrivals: F64, green: F64) -> F64:
    """Vehicles that meet green when it begins k bins later, for every k [n_bins]: sum over t of a(t) g(t - k)."""
    spectrum = np.fft.rfft(arrivals) * np.conj(np.fft.rfft(green))
    return np.asarray(np.fft.irfft(spectrum, arrivals.size), np.float64)


def uniform_delay_vs(per_cycle: F64, green: F64, flow_vps: float) -> float:
    """Vehicle-seconds a cycle at a signal that sees the same arrivals [n_bins] in every cycle; serves `flow_vps`.

    The queue is followed over two cycles, and the second one counts. It grows without end above capacity: there what
    is told is the second cycle's share.
    """
    served = green * flow_vps * BIN_S
    change = np.tile(per_cycle - served, 2)
    level = np.cumsum(change)
    queue = level - np.minimum(np.minimum.accumulate(level), 0.0)
    return float(queue[per_cycle.size :].sum() * BIN_S)
