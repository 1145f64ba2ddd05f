"""Vehicles under way that somebody recognises again: where each was first and last, and what was noted on its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


class Journeys(NamedTuple):
    """Rows by vehicle, each once; [n]."""

    vehicle: Column  # uint64
    first: Column  # int32: link where it was first
    last: Column  # int32: link where it was last, or drove onto then
    seen_s: Column  # float64: when it was last
    marked: Column  # bool: something was noted of it


def no_journeys() -> Journeys:
    """Nobody under way."""
    none = np.zeros(0)
    return Journeys(none.astype(np.uint64), none.astype(np.int32), none.astype(np.int32), none, none.astype(np.bool_))


def go_on(known: Journeys, seen: Journeys) -> Journeys:
    """Known journeys, continued by sightings in any order, a vehicle as often as it was seen.

    A sighting that is older than what is known marks the journey at most.
    """
    if not seen.vehicle.size:
        return known
    order = np.lexsort((seen.seen_s, seen.vehicle))
    seen = Journeys(*(column[order] for column in seen))
    starts = np.flatnonzero(np.r_[True, seen.vehicle[1:] != seen.vehicle[:-1]])
    ends = np.r_[starts[1:], seen.vehicle.size] - 1
    vehicle, marked = seen.vehicle[starts], np.logical_or.reduceat(seen.marked, starts)
    at = np.searchsorted(known.vehicle, vehicle)
    new = np.append(known.vehicle, np.uint64(0))[at] != vehicle
    new[at == known.vehicle.size] = True
    at = at[new]
    row_of = (
        vehicle,
        seen.first[starts],
        seen.last[ends],
        np.full(starts.size, -np.inf),
        np.zeros(starts.size, np.bool_),
    )
    grown = [np.insert(old, at, column[new]) for old, column in zip(known, row_of, strict=True)]
    row = np.searchsorted(grown[0], vehicle)
    newer = seen.seen_s[ends] >= grown[3][row]
    grown[2][row[newer]], grown[3][row[newer]] = seen.last[ends[newer]], seen.seen_s[ends[newer]]
    grown[4][row] |= marked
    return Journeys(*grown)


def joined(parts: Sequence[Journeys]) -> Journeys:
    """Sightings of several beats as those of one."""
    return Journeys(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def end(known: Journeys, since_s: float, most: int) -> tuple[Journeys, Journeys]:
    """Journeys that go on, and those that have ended: last seen before `since_s`, or too many and seen longest ago."""
    over = known.seen_s < since_s
    surplus = known.vehicle.size - int(over.sum()) - most
    if surplus > 0:
        over |= known.seen_s <= np.partition(known.seen_s[~over], surplus - 1)[surplus - 1]
    return Journeys(*(column[~over] for column in known)), Journeys(*(column[over] for column in known))
