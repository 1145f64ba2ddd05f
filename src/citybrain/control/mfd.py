"""Macroscopic fundamental diagram of areas, learned as the day goes: how much an area moves at each accumulation.

Production (vehicle metres a second: vehicles times their mean speed) rises with the vehicles in an area, and falls once
there are too many. Where it begins to fall is the critical accumulation (Daganzo 2007; Geroliminis and Daganzo 2008).

Minutes are counted by accumulation. Two straight lines that meet are laid through them: for every place where they may
meet, the best pair by least squares, and how likely it is. Who has seen no fall knows no critical accumulation: what is
told is the probability that *production falls beyond a place below n*. Only minutes in which an area does not empty
teach: while a jam dissolves, production is lower than it was before at the same accumulation (hysteresis).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F64

BINS = 120  # of accumulation, equally wide on a logarithmic scale
LEAST_VEHICLES = 5.0
KEEP_MINUTES = 5.0  # so many minutes in a row tell as much as one that stands alone
LIFE_S = 86_400.0  # what was seen so long ago counts for 1 / e
EMPTYING = 0.97  # an area with so much less than in the last RECENT_S empties
RECENT_S = 600.0
NOISE_LEAST = 0.03  # of the production: nobody knows it better
FEWEST = 3  # bins on either side of a place where lines may meet


class Critical(NamedTuple):
    """What is known of the critical accumulation; arrays are [n_areas]."""

    vehicles: F64  # mean of where production begins to fall; nan = no fall has been seen
    low: F64  # 90 % band
    high: F64
    surely: F64  # probability that there is a fall at all among what has been seen


class Diagram:
    """The diagrams of all areas; `holds` [n_areas] are the vehicles that fit on their links, jammed."""

    def __init__(self, holds: F64) -> None:
        n = holds.size
        most = np.maximum(holds, 2.0 * LEAST_VEHICLES)
        self._edges = LEAST_VEHICLES * (most / LEAST_VEHICLES)[:, None] ** (np.arange(BINS + 1) / BINS)
        self._minutes, self._vehicles = np.zeros((n, BINS)), np.zeros((n, BINS))
        self._production, self._square = np.zeros((n, BINS)), np.zeros((n, BINS))
        self._recent = np.zeros(n)  # mean of the vehicles, of late

    def learn(self, vehicles: F64, production: F64, dt_s: float = 60.0) -> None:
        """One minute's means [n_areas]: vehicles in the area, and vehicles times their speed (m/s)."""
        for seen in (self._minutes, self._vehicles, self._production, self._square):
            np.multiply(seen, np.exp(-dt_s / LIFE_S), out=seen)
        fills = (vehicles >= LEAST_VEHICLES) & (vehicles >= EMPTYING * self._recent)
        self._recent = self._recent + (1.0 - np.exp(-dt_s / RECENT_S)) * (vehicles - self._recent)
        for area in np.flatnonzero(fills).tolist():
            b = int(np.clip(np.searchsorted(self._edges[area], vehicles[area], "right") - 1, 0, BINS - 1))
            for table, value in (
                (self._minutes, 1.0),
                (self._vehicles, vehicles[area]),
                (self._production, production[area]),
                (self._square, production[area] ** 2),
            ):
                table[area, b] += value

    def critical(self) -> Critical:
        """The critical accumulation of every area, as far as it is known."""
        rows = [self._critical(area) for area in range(self._minutes.shape[0])]
        return Critical(*np.array(rows, np.float64).reshape(-1, 4).T)

    def _critical(self, area: int) -> tuple[float, float, float, float]:
        seen = np.flatnonzero(self._minutes[area] > 0.0)
        if seen.size < 2 * FEWEST:
            return np.nan, np.nan, np.nan, 0.0
        weight = self._minutes[area, seen]
        n, p = self._vehicles[area, seen] / weight, self._production[area, seen] / weight
        scatter = float(self._square[area].sum() - (weight * p * p).sum())
        place = n[FEWEST - 1 : -FEWEST + 1]
        chance, falls = _meet(n, p, weight, scatter, place)
        surely = float((chance * falls).sum())
        if surely < 1e-6:
            return np.nan, np.nan, np.nan, surely
        share = np.cumsum(chance * falls) / surely
        low, high = place[np.searchsorted(share, (0.05, 0.95)).clip(max=place.size - 1)]
        return float((place * chance * falls).sum() / surely), float(low), float(high), surely


def _meet(n: F64, p: F64, weight: F64, scatter: float, place: F64) -> tuple[F64, F64]:
    """How likely the lines meet at each place, and how likely production falls beyond it; both [n_places].

    Lines through the origin: p = v min(n, c) + s max(n - c, 0), by weighted least squares for every c.
    """
    below, above = np.minimum(n, place[:, None]), np.maximum(n - place[:, None], 0.0)
    aa, bb, ab = below**2 @ weight, above**2 @ weight, (below * above) @ weight
    ap, bp = below @ (weight * p), above @ (weight * p)
    det = np.maximum(aa * bb - ab * ab, 1e-9 * aa * np.maximum(bb, 1e-9))
    v, s = (bb * ap - ab * bp) / det, (aa * bp - ab * ap) / det
    misfit = ((p - v[:, None] * below - s[:, None] * above) ** 2) @ weight + scatter
    noise = max(misfit.min() / max(float(weight.sum()) - 3.0, 1.0), (NOISE_LEAST * p.max()) ** 2)
    noise *= KEEP_MINUTES
    likely = np.exp(-0.5 * (misfit - misfit.min()) / noise)
    return likely / likely.sum(), _below_zero(s, np.sqrt(noise * aa / det))


def _below_zero(mean: F64, error: F64) -> F64:
    """Probability that a normal value is negative."""
    from scipy.special import ndtr

    return np.asarray(ndtr(-mean / np.maximum(error, 1e-12)), np.float64)
