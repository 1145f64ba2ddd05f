"""Wards: the parts of a city that are kept from filling up, and where their gates stand.

A city that names areas has them as wards; a link in several belongs to the first. Elsewhere a ward is what lies inside:
links that lead from signals to a signal. A large inside is halved across its longer side until no part has more than
SIGNALS_MOST signals, as a diagram wants streets that fill up alike (Geroliminis and Sun 2011).
"""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I32, I64, Bool, City
from citybrain.control.approaches import Approaches
from citybrain.control.course import OUTSIDE

SIGNALS_MOST = 30  # of a ward that the city does not name
SIGNALS_LEAST = 4  # of any ward: a few junctions plan well enough by themselves
WHOLE_SHARE = 0.9  # an area with so many of the links has no outside
NO_WARD = ("water",)


def wards(city: City, ways: Approaches) -> I32:
    """The ward of every link [n_links], or OUTSIDE; wards are numbered from 0 without a gap."""
    ward = _named(city) if _has_areas(city) else _halved(city, ways)
    return _numbered(ward, ways)


def signal_of_slot(ways: Approaches) -> I64:
    """The signal of every slot [n_slots]."""
    return np.repeat(np.arange(len(ways.first_slot) - 1), np.diff(ways.first_slot))


def _has_areas(city: City) -> bool:
    return any(kind not in NO_WARD for kind in city.areas.kind)


def _named(city: City) -> I32:
    n = len(city.links.link_id)
    ward = np.full(n, OUTSIDE, np.int32)
    for area, kind in enumerate(city.areas.kind):
        link = city.areas.link[city.areas.link_offset[area] : city.areas.link_offset[area + 1]]
        if kind not in NO_WARD and link.size < WHOLE_SHARE * n:
            ward[link[ward[link] == OUTSIDE]] = area
    return ward


def _halved(city: City, ways: Approaches) -> I32:
    """Signals in halves across the longer side; a link goes with the signal that it leads to."""
    signal = _signal_of_link(ways)
    inside = (signal >= 0) & _from_signals(ways)
    place = np.column_stack([city.nodes.x_m, city.nodes.y_m])[city.signals.node]
    part = np.full(len(city.signals.node), OUTSIDE, np.int32)
    todo, count = [np.unique(signal[inside])], 0
    while todo:
        group = todo.pop()
        if group.size > SIGNALS_MOST:
            todo += _halves(group, place[group])
        else:
            part[group] = count
            count += 1
    return np.where(inside, part[signal], OUTSIDE).astype(np.int32)


def _halves(group: I64, place: F64) -> list[I64]:
    order = np.argsort(place[:, int(np.ptp(place, axis=0).argmax())], kind="stable")
    return [group[np.sort(half)] for half in np.array_split(order, 2)]


def _signal_of_link(ways: Approaches) -> I64:
    """The signal that a link leads to [n_links]; -1 = none."""
    ends = np.diff(ways.link_slots) > 0
    signal = np.full(ends.size, -1, np.int64)
    signal[ends] = signal_of_slot(ways)[ways.link_slot[ways.link_slots[:-1][ends]]]
    return signal


def _from_signals(ways: Approaches) -> Bool:
    """Links that somebody enters, and whoever enters them comes past a signal [n_links]."""
    from_lane = np.repeat(np.arange(len(ways.lane_link)), np.diff(ways.turn_offset))
    free = ways.slot_of_lane[from_lane] < 0
    n = len(ways.room)
    some, unsignalled = np.bincount(ways.turn_link, minlength=n), np.bincount(ways.turn_link[free], minlength=n)
    return np.asarray((some > 0) & (unsignalled == 0))


def _numbered(ward: I32, ways: Approaches) -> I32:
    """Without wards of few signals, and without gaps."""
    signal = _signal_of_link(ways)
    kept = [
        w for w in np.unique(ward[ward >= 0]) if np.unique(signal[(ward == w) & (signal >= 0)]).size >= SIGNALS_LEAST
    ]
    number = np.full(int(ward.max(initial=0)) + 1, OUTSIDE, np.int32)
    number[kept] = np.arange(len(kept))
    return np.where(ward >= 0, number[ward.clip(min=0)], OUTSIDE).astype(np.int32)
