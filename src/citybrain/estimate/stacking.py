"""Several smoothers in one: weights by what each of them says of held-out vehicles, apart for slow, middling and fast.

Wolpert: Stacked generalization, Neural Networks 5 (1992); Huber's weights make the fit one of absolute errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.estimate.corridor import F64

KNOT_QUANTILES = (0.15, 0.5, 0.85)  # of the seen speeds: a congested, a middle and a fast state
RIDGE = 0.15  # towards the plain mean, in units of the smoothers' variance about it
ROUNDS = 3  # of reweighting; more change nothing
SMALL_SHARE = 0.5  # errors below this share of the median count as squares
VARIANCE_BINS = 10


@dataclass(frozen=True, eq=False)
class Stack:
    """The mean of the smoothers plus their departures from it, each times a weight that depends on the mean."""

    knots_mps: F64  # [n_knots]
    weights: F64  # [n_smoothers * n_knots]

    def __call__(self, each_mps: F64) -> F64:
        """One speed [n] from those of the smoothers [n, n_smoothers]."""
        mean, departures = _departures(each_mps, self.knots_mps)
        return mean + departures @ self.weights


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """Expected square of the error by cover: never rising; arrays [n_bins]."""

    cover: F64
    variance_m2ps2: F64

    def __call__(self, cover: F64) -> F64:
        """Variance for each cover; between the bins by a straight line, outside of them the nearest."""
        found: F64 = np.interp(cover, self.cover, self.variance_m2ps2)
        return found


def plain_mean(n_smoothers: int) -> Stack:
    """The stack that is used when nothing could be held out."""
    return Stack(np.zeros(1), np.zeros(n_smoothers))


def fit(each_mps: F64, truth_mps: F64, weight: F64) -> Stack:
    """The stack of smallest absolute error on held-out cells: [n, n_smoothers], [n], [n]."""
    knots = np.unique(np.quantile(truth_mps, KNOT_QUANTILES))
    mean, departures = _departures(each_mps, knots)
    error = truth_mps - mean
    scale = float(np.median(np.abs(error)))
    spread = float(np.mean((each_mps - mean[:, None]) ** 2))
    if scale == 0.0 or spread == 0.0:
        return plain_mean(each_mps.shape[1])
    trust, weights = weight, np.zeros(departures.shape[1])
    for _ in range(ROUNDS):
        weighted = departures * trust[:, None]
        ridge = RIDGE * spread * trust.sum() * np.eye(weights.size)
        weights = np.linalg.solve(weighted.T @ departures + ridge, weighted.T @ error)
        trust = weight * scale / np.maximum(np.abs(error - departures @ weights), SMALL_SHARE * scale)
    return Stack(knots, weights)


def error_curve(cover: F64, error_mps: F64) -> ErrorCurve:
    """How large the error is by cover, from held-out cells [n]: means of equal bins, made monotone."""
    order = np.argsort(cover, kind="stable")
    parts = np.array_split(order, min(VARIANCE_BINS, order.size))
    means = [float(np.mean(error_mps[part] ** 2)) for part in parts]
    return ErrorCurve(np.array([float(np.mean(cover[part])) for part in parts]), _falling(means))


def _departures(each_mps: F64, knots: F64) -> tuple[F64, F64]:
    """The mean [n], and every smoother's departure from it times every hat function of the mean, [n, n_s * n_k]."""
    mean = each_mps.mean(axis=1)
    hats = np.stack([np.interp(mean, knots, hat) for hat in np.eye(knots.size)], axis=1)
    product = (each_mps - mean[:, None])[:, :, None] * hats[:, None, :]
    return mean, product.reshape(mean.size, -1)


def _falling(values: list[float]) -> F64:
    """The nearest sequence that never rises (pool adjacent violators; equal bins)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        total, size = value, 1
        while pools and pools[-1][0] / pools[-1][1] < total / size:
            more, count = pools.pop()
            total, size = total + more, size + count
        pools.append((total, size))
    return np.concatenate([np.full(size, total / size) for total, size in pools])
