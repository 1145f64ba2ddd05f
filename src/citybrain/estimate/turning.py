"""Where vehicles turn, begin and end: what the flow model needs of the balanced flows of all turns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F32, F64
from citybrain.estimate.approaches import Approaches
from citybrain.estimate.queues import Road
from citybrain.estimate.turn_flows import Flows

KINDS = np.array([12.0, 4.0, 4.0, 0.2])  # passages by Turn before any was seen
EDGE_VPS = 0.05  # trips that begin on a lane at the city's edge, before anything is known
INNER_VPS, INNER_SINK = 0.004, 0.08  # where the city has no edge, trips begin and end on every link
LEAST_VPS = 1e-7
ENTRY_MOST_VPS = 0.6  # on a lane


class Habits(NamedTuple):
    """What is learned of where vehicles go; arrays replaced at every correction."""

    share: F32  # [n_turns]
    entry_vps: F32  # [n_links]
    sink_frac: F32  # [n_links]


class Ends(NamedTuple):
    """What kind of link each is; [n_links]."""

    has_before: F64  # 1 = some turn leads to it
    has_after: F64  # 1 = some turn leads on


def ends_of(table: Approaches) -> Ends:
    """Which links have links before and after them."""
    before = np.bincount(table.turn_to, minlength=table.n_lanes.size) > 0
    return Ends(before.astype(np.float64), (np.diff(table.turn_offset) > 0).astype(np.float64))


def default_habits(table: Approaches) -> Habits:
    """Habits before anything is seen."""
    ends = ends_of(table)
    edge, inner = ends.has_before == 0.0, (ends.has_before * ends.has_after) > 0.0
    closed = not edge.any() or bool((ends.has_after > 0.0).all())
    entry = np.where(edge, EDGE_VPS * table.n_lanes, np.where(inner & closed, INNER_VPS, 0.0))
    sink = np.where(inner & closed, INNER_SINK, 0.0)
    return Habits(kind_shares(table, KINDS), entry.astype(np.float32), sink.astype(np.float32))


def kind_shares(table: Approaches, kinds: F64) -> F32:
    """Shares of the turns of each link [n_turns] by their direction; `kinds` [4] are weights by Turn."""
    return normalised(table, kinds[table.turn_kind])


def normalised(table: Approaches, weight: F64) -> F32:
    """Weights of the turns [n_turns] so scaled that those of each link sum to 1."""
    total = _of_link(table, weight)[table.turn_from]
    return np.asarray(weight / np.where(total > 0.0, total, 1.0), np.float32)


def _of_link(table: Approaches, weight: F64) -> F64:
    """Sums over the turns of each link [n_links]."""
    return np.asarray(np.bincount(table.turn_from, weights=weight, minlength=table.n_lanes.size), np.float64)


def _of_lanes(table: Approaches, value: F64) -> F64:
    """Sums over the lanes of each link [n_links]."""
    return np.asarray(np.bincount(table.lane_link, weights=value, minlength=table.n_lanes.size), np.float64)


def habits_of(table: Approaches, flows: Flows, index: float) -> Habits:
    """What balanced flows say of shares, beginning and ending trips; `index` is the level of traffic now."""
    turn = np.maximum(flows.turn, LEAST_VPS)
    on = _of_link(table, turn)
    ends = np.maximum(flows.end, 0.0)
    sink = np.where(on > 0.0, ends / np.maximum(ends + on, LEAST_VPS), 0.0)
    entry = np.minimum(flows.begin * index, ENTRY_MOST_VPS * table.n_lanes)
    return Habits(normalised(table, turn), entry.astype(np.float32), np.minimum(sink, 1.0).astype(np.float32))


def with_habits(road: Road, habits: Habits) -> Road:
    """The road with these habits."""
    return road._replace(share=habits.share, entry_vps=habits.entry_vps, sink_frac=habits.sink_frac)
