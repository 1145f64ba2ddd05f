"""Green waves as they really were: what the groups of a course showed, and what of one green fell onto the next.

A platoon that leaves a stop line as it turns green, at the pace of an empty road, reaches the next one after the
section's free time. The share of green that meets green then is what the coordination of two signals can give, whoever
drove meanwhile; over all stop lines of a course it is its green band (Morgan and Little 1964, Operations Research 12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, U8, Colour

Bools = NDArray[np.bool_]
GAP_S = 3.0  # seconds without a sample are bridged up to so many
LEAST_GREEN_S = 10.0  # below so much nothing is said


@dataclass(frozen=True, eq=False)
class Shown:
    """What groups showed: times [n] rising (s), colours [n, n_groups]."""

    time_s: F64
    colours: U8

    def green(self, groups: Sequence[int]) -> Bools:
        """Whether any of the groups showed green [n]."""
        own = self.colours[:, list(groups)]
        return np.asarray(((own >= Colour.PERMISSIVE) & (own <= Colour.PROTECTED)).any(axis=1))


def spans(time_s: F64, on: Bools) -> F64:
    """Begins and ends [n, 2] of the stretches in which it was on; a sample holds until the next one, or a second."""
    if not on.any():
        return np.zeros((0, 2))
    gap_s = np.append(np.diff(time_s), 1.0)
    end_s = time_s + np.where(gap_s <= GAP_S, gap_s, 1.0)
    broken = np.append(True, ~on[:-1] | (gap_s[:-1] > GAP_S))
    begins = on & broken
    ends = on & np.append(broken[1:] | ~on[1:], True)
    return np.stack([time_s[begins], end_s[ends]], axis=1)


def onto_green(time_s: F64, from_green: Bools, others: Sequence[tuple[float, Bools]]) -> float:
    """Share of a green that meets the green of all others, each so many seconds later; nan where little was seen."""
    longest_s = max((after_s for after_s, _ in others), default=0.0)
    if not time_s.size:
        return float("nan")
    told = from_green & (time_s + longest_s <= time_s[-1])
    weight = np.minimum(np.append(np.diff(time_s), 1.0), GAP_S) * told
    if float(weight.sum()) < LEAST_GREEN_S:
        return float("nan")
    met = told
    for after_s, green in others:
        met = met & green[np.searchsorted(time_s, time_s + after_s, side="right").clip(1, time_s.size) - 1]
    return float((weight * met).sum() / weight.sum())
