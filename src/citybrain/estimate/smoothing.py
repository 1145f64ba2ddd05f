"""The speed on a corridor everywhere and always, from sparse samples: kriging along waves, stacked by cross-validation.

Adaptive smoothing (Treiber, Helbing 2002) lets what was seen speak along two waves, one of free and one of congested
traffic. Here four covariances do, of other lengths, durations and waves, each with the best linear estimate under it;
how much each is heard, by state of traffic, is what made the smallest error on vehicles that were held out. Nothing
is fitted to anything but what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.asm import Kernel, adaptive_smoothing, kernel_mean
from citybrain.estimate.corridor import F64, Gathered, Grid, Samples, SpeedField, gather
from citybrain.estimate.held_out import Fold, cover, folds, importance
from citybrain.estimate.kriging import Kriging, Noise, Term
from citybrain.estimate.stacking import ErrorCurve, Stack, error_curve, fit, plain_mean

N_FOLDS = 2
CELL_M, STEP_S = 12.0, 5.0  # a finer grid is drawn together to about this: half a wave's front, a vehicle's step
HELD_OUT_MIN = 200  # cells; with fewer the weights of the smoothers would be chance
WAVES_MPS = (-2.8, -3.5, -4.2, -4.9, -5.6, -6.3, -7.0)  # what was ever measured: 10 to 25 km/h against the traffic
WAVE_KERNEL_M, WAVE_KERNEL_S = 150.0, 12.0  # long enough to tell one wave speed from another
DEFAULT_WAVE_MPS = -4.2  # 15 km/h; used when too little was seen to choose
FREE_QUANTILE = 0.9  # of the seen speeds: perturbations of free traffic travel with the vehicles
NOISE = Noise(own_share=2.0 / 16.0, shared_share=1.0 / 16.0)  # a vehicle against its cell; lanes against each other
_BACKGROUND = Term(6.0 / 16.0, 400.0, 400.0)  # the slow change that no wave carries


@dataclass(frozen=True, eq=False)
class Tuned:
    """What cross-validation found for a corridor; it holds for as long as its traffic is of a kind."""

    wave_mps: float  # of congested traffic: negative
    free_mps: float
    stack: Stack
    errors: ErrorCurve


def smooth(grid: Grid, samples: Samples) -> SpeedField:
    """The field of a corridor. Without samples all is nan; errors as in `gather`."""
    return smooth_gathered(gather(grid, samples))


def smooth_gathered(seen: Gathered, tuned: Tuned | None = None) -> SpeedField:
    """The field from gathered samples; `tuned` as found before for this corridor, default: found now."""
    if not seen.seen.any():
        return SpeedField(seen.grid, np.full(seen.grid.shape, np.nan), np.full(seen.grid.shape, np.nan))
    coarse = _coarse(seen)
    models = _Models(coarse, (tuned.wave_mps, tuned.free_mps) if tuned else _waves(coarse))
    each = models.fields()
    tuned = tuned or _tune(models, each)
    speed = np.maximum(tuned.stack(each.reshape(-1, each.shape[2])), 0.0).reshape(coarse.grid.shape)
    variance = tuned.errors(cover(coarse))
    return SpeedField(seen.grid, *(_refine(values, coarse.grid, seen.grid) for values in (speed, variance)))


def tune(seen: Gathered) -> Tuned:
    """Waves, weights and errors of a corridor, by cross-validation on what was seen; something must be."""
    models = _Models(coarse := _coarse(seen), _waves(coarse))
    return _tune(models, models.fields())


def covariances(wave_mps: float, free_mps: float) -> tuple[tuple[Term, ...], ...]:
    """The covariances that are stacked: congested waves of two lengths, short ones alone, free ones, a fan of waves."""
    two = (Term(5 / 16, 500.0, 40.0, wave_mps), Term(5 / 16, 200.0, 15.0, wave_mps))
    free = (Term(5 / 16, 500.0, 30.0, free_mps), Term(5 / 16, 200.0, 15.0, free_mps))
    fan = (Term(5 / 16, 400.0, 20.0, 0.8 * wave_mps), Term(5 / 16, 400.0, 20.0, 1.25 * wave_mps))
    short = (Term(10 / 16, 150.0, 40.0, wave_mps),)
    return tuple((*terms, _BACKGROUND) for terms in (two, short, free, fan))


class _Models:
    """The smoothers of a corridor, and the weights with which they found the whole field."""

    def __init__(self, seen: Gathered, waves_mps: tuple[float, float]) -> None:
        self.seen, self.waves_mps = seen, waves_mps
        self._krigings = [Kriging(seen.grid, terms, NOISE) for terms in covariances(*waves_mps)]
        self._weights: list[NDArray[np.float32] | None] = [None] * len(self._krigings)

    def fields(self) -> F64:
        """What each says of the whole, [n_space, n_time, n_smoothers]."""
        found = [kriging.solve(self.seen) for kriging in self._krigings]
        self._weights = [weights for _, weights in found]
        return np.stack([field for field, _ in found], axis=2)

    def held_out(self, fold: Fold) -> F64:
        """What each says of the hidden cells, not having seen them, [n_hidden, n_smoothers]."""
        pairs = zip(self._krigings, self._weights, strict=True)
        found = [kriging.solve(fold.kept, start)[0][fold.hidden] for kriging, start in pairs]
        return np.stack(found, axis=1)


def _tune(models: _Models, each: F64) -> Tuned:
    seen = models.seen
    parts = folds(seen, each.mean(axis=2), N_FOLDS)
    if sum(int(part.hidden.sum()) for part in parts) < HELD_OUT_MIN:
        return Tuned(*models.waves_mps, plain_mean(each.shape[2]), _flat_error(seen))
    said = np.concatenate([models.held_out(part) for part in parts])
    truth = np.concatenate([seen.speed_mps[part.hidden] for part in parts])
    covered = np.concatenate([cover(part.kept)[part.hidden] for part in parts])
    stack = fit(said, truth, importance(covered, cover(seen)[~seen.seen]))
    return Tuned(*models.waves_mps, stack, error_curve(covered, truth - stack(said)))


def _flat_error(seen: Gathered) -> ErrorCurve:
    """The samples' own variance everywhere: all that is known when nothing can be held out."""
    spread = seen.weight * (seen.speed_mps - seen.mean_mps()) ** 2
    return ErrorCurve(np.zeros(1), np.array([spread.sum() / seen.weight.sum()]))


def _waves(seen: Gathered) -> tuple[float, float]:
    """The speeds of congested and of free waves: the first by held-out vehicles, the second from the fast ones."""
    free_mps = float(np.quantile(seen.speed_mps[seen.seen], FREE_QUANTILE))
    parts = folds(seen, adaptive_smoothing(seen), N_FOLDS)
    if sum(int(part.hidden.sum()) for part in parts) < HELD_OUT_MIN:
        return DEFAULT_WAVE_MPS, max(free_mps, 1.0)
    errors = [_wave_error(seen, parts, wave_mps) for wave_mps in WAVES_MPS]
    return WAVES_MPS[int(np.argmin(errors))], max(free_mps, 1.0)


def _wave_error(seen: Gathered, parts: list[Fold], wave_mps: float) -> float:
    kernel = Kernel(WAVE_KERNEL_M, WAVE_KERNEL_S, wave_mps)
    return sum(
        float(np.abs(kernel_mean(part.kept, kernel)[part.hidden] - seen.speed_mps[part.hidden]).sum()) for part in parts
    )


def _coarse(seen: Gathered) -> Gathered:
    grid = seen.grid
    return seen.coarser(max(1, round(CELL_M / grid.cell_m)), max(1, round(STEP_S / grid.step_s)))


def _refine(values: F64, coarse: Grid, fine: Grid) -> F64:
    """Values at the centres of the fine cells, by straight lines between those of the coarse ones."""
    if coarse.shape == fine.shape:
        return values
    return _along(_along(values, coarse.cell_m, fine.cell_m, fine.n_space).T, coarse.step_s, fine.step_s, fine.n_time).T


def _along(values: F64, coarse: float, fine: float, n: int) -> F64:
    """Straight lines along the first axis."""
    place = np.clip((np.arange(n) + 0.5) * fine / coarse - 0.5, 0.0, values.shape[0] - 1.0)
    below = np.minimum(place.astype(np.int64), max(values.shape[0] - 2, 0))
    share = (place - below)[:, None]
    above = np.minimum(below + 1, values.shape[0] - 1)
    mixed: F64 = (1.0 - share) * values[below] + share * values[above]
    return mixed
