"""How late a beat is seen, and how memory goes on: arithmetic on what server and readers have noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks._live_clients import Heard
from benchmarks._live_server import Beats

PER_BEATS = 100_000


def delays_s(beats: Beats, reader: Heard) -> Any:
    """From the begin of each beat to the arrival of the frame that shows it [n_beats]; inf = none came.

    A frame shows a beat when it tells the beat's time or a later one, and came after the beat had ended: a simulated
    clock moves on while the beat is still at work, and a frame that was made in between does not show it.
    """
    first = np.maximum(
        np.searchsorted(reader.time_s, beats.time_s, "left"), np.searchsorted(reader.arrived_s, beats.end_s, "left")
    )
    arrived_s = np.append(reader.arrived_s, np.inf)[first]
    return arrived_s - beats.begin_s


def percentile(values: Any, percent: float) -> float:
    """The smallest value that so many percent do not exceed: never between two values, so inf stays what it is."""
    found = np.asarray(values, np.float64)
    return float(np.percentile(found, percent, method="inverted_cdf")) if found.size else float("nan")


def ratio_of_blocks(beside: Sequence[float], alone: Sequence[float]) -> float:
    """Median over the pairs of blocks, each compared with its neighbour: what drifts slowly falls on both."""
    pairs = np.array([b / a for b, a in zip(beside, alone, strict=True)])
    return float(np.median(pairs)) if pairs.size else float("nan")


@dataclass(frozen=True)
class Line:
    """A straight line through memory over beats."""

    mib: float  # held at the begin
    growth_mib: float  # per PER_BEATS beats
    beats: int  # that it goes over


def memory_line(memory_mib: Any, skip: int) -> Line:
    """Least squares over the beats from `skip` on; nan are beats in which nobody looked. Two looks are needed."""
    beat = np.arange(len(memory_mib))
    seen = np.flatnonzero(~np.isnan(memory_mib) & (beat >= skip))
    if seen.size < 2:
        return Line(float("nan"), float("nan"), 0)
    span = int(seen[-1] - seen[0])
    slope, at_begin = np.polyfit((seen - seen[0]) / PER_BEATS, np.asarray(memory_mib)[seen], 1)
    return Line(float(at_begin), float(slope), span)
