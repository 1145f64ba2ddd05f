"""More or less of the same traffic: every trip as often as its weight says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from citybrain.city.model import F64
from citybrain.demand.model import Demand, taken

__all__ = ["heavier", "resampled"]

APART_S = 60.0  # copies of a trip depart within so much of it


def resampled(demand: Demand, weight: F64, rng: np.random.Generator) -> Demand:
    """Each trip so often as its weight [trips] says; broken weights by systematic sampling along the departures."""
    copies = np.diff(np.floor(np.concatenate([[0.0], np.cumsum(weight)]) + rng.random())).astype(np.int64)
    rows = np.repeat(np.arange(weight.size), copies)
    number = np.arange(rows.size) - np.repeat(np.cumsum(copies) - copies, copies)
    depart_s = demand.trips.depart_s[rows] + np.where(number > 0, rng.uniform(0.0, APART_S, rows.size), 0.0)
    order = np.argsort(depart_s, kind="stable")
    trips = taken(demand.trips, rows[order])
    names = _names(trips.trip_id, number[order].tolist(), set(demand.trips.trip_id))
    return replace(demand, trips=replace(trips, trip_id=names, depart_s=depart_s[order]))


def _names(own: Sequence[str], number: Sequence[int], used: set[str]) -> tuple[str, ...]:
    """The first of a trip keeps its name, copies get `+k`; a demand may hold copies already, so k goes on past them."""
    found = []
    for name, k in zip(own, number, strict=True):
        fresh = name if k == 0 else next(one for one in (f"{name}+{i}" for i in count(k)) if one not in used)
        used.add(fresh)
        found.append(fresh)
    return tuple(found)


def heavier(demand: Demand, factor: float, seed: int) -> Demand:
    """The demand with so many times the trips."""
    n = demand.trips.depart_s.size
    return resampled(demand, np.full(n, factor), np.random.default_rng([seed, n]))
