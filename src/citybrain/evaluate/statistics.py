"""Means with confidence intervals, and paired differences between two controllers on the same seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE_FRAC = 0.95


@dataclass(frozen=True)
class Estimate:
    """Mean of `n` runs; the 95 % confidence interval is `mean` ± `half_width` (nan with a single run)."""

    mean: float
    half_width: float
    n: int

    @property
    def low(self) -> float:
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        return self.mean + self.half_width

    @property
    def excludes_zero(self) -> bool:
        """True when the whole interval lies on one side of zero; never with a single run."""
        return math.isfinite(self.half_width) and (self.low > 0.0 or self.high < 0.0)


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and half width of its 95 % interval, by Student's t with n - 1 degrees of freedom.

    Runs without a value (nan) are left out. half_width = t(0.975, n - 1) · s / √n.
    """
    kept = np.array([value for value in values if math.isfinite(value)], np.float64)
    if kept.size == 0:
        return Estimate(math.nan, math.nan, 0)
    if kept.size == 1:
        return Estimate(float(kept[0]), math.nan, 1)
    spread = float(kept.std(ddof=1)) / math.sqrt(kept.size)
    return Estimate(float(kept.mean()), t_quantile(kept.size - 1) * spread, int(kept.size))


def paired_difference(values: Sequence[float], baseline: Sequence[float]) -> Estimate:
    """Estimate of `values` - `baseline`, seed by seed: what the seeds have in common cancels out.

    Raises ValueError when the two are not equally long.
    """
    return estimate([value - base for value, base in zip(values, baseline, strict=True)])


def t_quantile(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + CONFIDENCE_FRAC / 2))
