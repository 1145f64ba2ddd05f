"""Where vehicles turn, begin and end: shares and rates that the counts of cameras and probes confirm.

Each link's model flow is held against what was counted at its end. What is missing or too much is passed back to the
links before it in proportion to the turns (an iterative proportional fit, Deming and Stephan 1940, along the streets),
and the shares of turns, the trips that begin and those that end are corrected by a part of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F32, F64, Turn
from citybrain.estimate.approaches import Approaches
from citybrain.estimate.queues import Road
from citybrain.estimate.witnesses import Evidence

EVERY_S = 30.0  # between two corrections
FADE_S = 900.0  # counts fade with this time
TURN_FADE_S = 5400.0
GAIN = 0.15  # of a correction
SHY = 2.0  # vehicles that counts and model are thought to have in common before anything is counted
TURN_SHY = 10.0  # passages that the shares of its kind are worth at a link
PROBE_SHY = 6.0
HOME = 0.02  # of the way back to the shares that turns of its kind have
SWEEPS = 8
BACK = 0.9  # of a correction is passed on to the link before
KINDS = np.array([12.0, 4.0, 4.0, 0.2])  # passages by Turn before any was seen
EDGE_VPS = 0.05  # trips that begin on a lane at the city's edge, before anything is known
INNER_VPS, INNER_SINK = 0.004, 0.08  # where the city has no edge, trips begin and end on every link


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


def corrections(table: Approaches, habits: Habits, evidence: Evidence, watched: F64) -> F64:
    """Logarithm of what each link's flow should be multiplied by [n_links].

    Args:
        watched: [n_links] 1 where cameras see its end.
    """
    counted, modelled = _of_lanes(table, evidence.left), _of_lanes(table, evidence.arrived)
    probes_frac = (evidence.probe_left[watched > 0.0].sum() + 1.0) / (counted[watched > 0.0].sum() + 20.0)
    seen = counted + (1.0 - watched) * evidence.probe_left + SHY
    expected = modelled + (1.0 - watched) * evidence.model_left * probes_frac + SHY
    weight = 1.0 - SHY / expected
    own = weight * np.log(seen / expected)
    factor = own * weight
    for _ in range(SWEEPS):
        factor = own * weight + (1.0 - weight) * BACK * _of_link(table, habits.share * factor[table.turn_to])
    return np.asarray(np.clip(factor, -1.0, 1.0))


def learned_shares(table: Approaches, habits: Habits, evidence: Evidence, watched: F64, factor: F64) -> F32:
    """Shares of the turns: as read where cameras look, else by probes, direction and what lies behind."""
    seen = watched[table.turn_from] > 0.0
    default = kind_shares(table, KINDS)
    expected = default * _of_link(table, evidence.turn_read)[table.turn_from]
    n = len(Turn)
    ratio = np.bincount(table.turn_kind[seen], weights=evidence.turn_read[seen], minlength=n) + KINDS
    ratio /= np.bincount(table.turn_kind[seen], weights=expected[seen], minlength=n) + KINDS
    likely = normalised(table, default * ratio[table.turn_kind])
    read = normalised(table, evidence.turn_read + TURN_SHY * likely)
    probed = normalised(table, evidence.turn_probe + PROBE_SHY * likely)
    level = np.log(np.maximum(habits.share, 1e-4)) + GAIN * factor[table.turn_to]
    level += HOME * (np.log(np.maximum(probed, 1e-4)) - level)
    return normalised(table, np.where(seen, read, np.exp(level)).astype(np.float64))


def learn(table: Approaches, habits: Habits, evidence: Evidence, watched: F64) -> Habits:
    """Habits after one correction; the evidence of the model is scaled with them."""
    factor = corrections(table, habits, evidence, watched)
    share = learned_shares(table, habits, evidence, watched, factor)
    ends, grow = ends_of(table), np.exp(GAIN * factor)
    inner = (ends.has_before * ends.has_after) > 0.0
    fed = np.bincount(table.turn_to, weights=watched[table.turn_from] == 0.0, minlength=inner.size) == 0.0
    fed &= ends.has_before > 0.0  # all its vehicles are seen as they come
    entry = np.where(habits.entry_vps > 0.0, np.clip(habits.entry_vps * grow, 1e-4, 1.0), 0.0)
    kept = np.clip((1.0 - habits.sink_frac) * grow, 0.4, 1.0)
    sink = np.where(inner & fed & (watched > 0.0), 1.0 - kept, habits.sink_frac)
    scale = np.where(fed, 1.0, grow)
    evidence.model_left[:] *= scale
    evidence.arrived[:] *= scale[table.lane_link]
    return Habits(share, entry.astype(np.float32), sink.astype(np.float32))


def fade(evidence: Evidence, passed_s: float) -> None:
    """Let the evidence grow older."""
    keep, slowly = np.exp(-passed_s / FADE_S), np.exp(-passed_s / TURN_FADE_S)
    for sums in (evidence.left, evidence.arrived, evidence.probe_left, evidence.model_left):
        np.multiply(sums, keep, out=sums)
    for sums in (evidence.turn_read, evidence.turn_probe, evidence.headway, evidence.free, evidence.reads):
        np.multiply(sums, slowly, out=sums)


def with_habits(road: Road, habits: Habits) -> Road:
    """The road with these habits."""
    return road._replace(share=habits.share, entry_vps=habits.entry_vps, sink_frac=habits.sink_frac)
