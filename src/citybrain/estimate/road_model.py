"""From sums to vehicles on links: flows that are conserved, times that are shrunk, Little's law.

A turn's flow has a Gamma posterior from plates read and probes (the prior: flows of like roads); all flows are then
balanced (turn_flows). A link's time is that of its probes, drawn towards links of its kind. Vehicles on a link =
flow through it x time on it (Little 1961).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.area_layout import EXIT, AreaLayout
from citybrain.estimate.road_sums import READS_S, RoadSums
from citybrain.estimate.turn_flows import Flows, balance

F64 = NDArray[np.float64]

TURN_SHAPE = 0.1  # of the Gamma prior of a turn's flow: what is known before is little
TRIP_SHAPE = 0.5  # of that of beginning and ending trips
CLASS_PROBES = 3.0  # probes after which a class of roads has its own mean flow
DELAY_PRIOR_S = (2.0, 3.0, 25.0)  # by kind of link (EXIT, OPEN, SIGNAL) before any probe
KIND_PROBES = 5.0  # probes that this prior is worth
LINK_PROBES = 0.7  # probes that the mean delay of its kind is worth for a link
FIT_S = 1000.0  # probe-seconds that the links' own times are worth when held against those of all probes lately
SMALL = 1e-9
FLOW_LEAST = 1e-4
VAGUE_CLOCK = 1.0  # index-seconds that nothing is worth
TRIPS_FRAC = 0.1  # trips that begin on a link over the flow of a turn, where no probe tells


@dataclass(frozen=True, eq=False)
class RoadModel:
    """The roads at index 1; links [n_links], turns [n_turns]."""

    given: Flows  # before balancing, with variances
    flows: Flows  # balanced
    multiplier: F64
    time_s: F64  # on a link and through the junction behind
    time_var: F64  # relative
    through: F64  # vehicles a second, those beginning or ending on the link by the part that they drive
    seen: F64  # share of the vehicles on the link whose plate has been read on their way


def no_model(layout: AreaLayout) -> RoadModel:
    """Before anything is known."""
    turn, link = np.zeros(layout.turn_to.size), np.zeros(layout.n_links)
    flows = Flows(turn, turn, link, link, link, link, link, link)
    return RoadModel(flows, flows, link, layout.free_s, link, link, link)


class Places(NamedTuple):
    """Where trips begin and end along links, as shares; [n_links]."""

    begin: F64
    end: F64


def places(layout: AreaLayout, begin_at: float, end_at: float) -> Places:
    """From outside at the link's start, towards the outside at its end, else at the places learned."""
    return Places(np.where(layout.origin, 0.0, begin_at), np.where(layout.link_kind == EXIT, 1.0, end_at))


def work_out(
    layout: AreaLayout, sums: RoadSums, shares: tuple[float, float], place: Places, last: RoadModel
) -> RoadModel:
    """The model that fits the sums; `last` gives a start to the solver and what was on the links.

    `shares` are those of probes among the vehicles and of plates read among those that pass.
    """
    probe_share, read_share = shares
    given = _means(layout, sums, probe_share, last)
    flows, multiplier = balance(layout.turn_from, layout.turn_to, given, last.multiplier)
    time_s, time_var = _times(layout, sums)
    inflow = np.bincount(layout.turn_to, flows.turn, layout.n_links)
    outflow = np.bincount(layout.turn_from, flows.turn, layout.n_links)
    entered = inflow + flows.begin * (1.0 - place.begin) - flows.end * (1.0 - place.end)
    left = outflow + flows.end * place.end - flows.begin * place.begin
    through = np.maximum(0.5 * (entered + left), 0.0)
    seen = _seen(layout, sums, flows, read_share, last.seen)
    return RoadModel(given, flows, multiplier, time_s, time_var, through, seen)


def _means(layout: AreaLayout, sums: RoadSums, probe_share: float, last: RoadModel) -> Flows:
    """Posterior means and variances of all flows, one by one."""
    clock = max(probe_share * sums.probe_clock, SMALL) if _has_probes(sums) else VAGUE_CLOCK
    like = _class_flow(layout, sums, clock)
    turn, rate = _posterior(sums.reads + sums.turn, sums.read_clock + clock, like, TURN_SHAPE)
    dark = sums.read_clock == 0.0
    if _has_probes(sums):
        turn[dark] *= (float(sums.turn[dark].sum()) + 1.0) / (float(turn[dark].sum()) * clock + 1.0)
    trips = (0.5 * (sums.begin.sum() + sums.end.sum()) + 0.2) / clock / layout.n_links
    if not _has_probes(sums):
        trips = TRIPS_FRAC * float(like.mean())
    usual = float(turn.sum()) / layout.n_links
    begin, begin_rate = _posterior(sums.begin, clock, np.where(layout.origin, usual, trips), TRIP_SHAPE)
    end, end_rate = _posterior(sums.end, clock, np.where(layout.link_kind == EXIT, usual, trips), TRIP_SHAPE)
    window = max(min(sums.probe_clock / max(sums.index, SMALL), READS_S), 10.0) * max(sums.index, SMALL)
    store = np.maximum(last.through * last.time_s * sums.index, 0.5) / window**2
    zero = np.zeros(layout.n_links)
    fit = last.flows  # variances go by fitted flows: by the counts themselves, what was counted low would weigh more
    return Flows(
        *(turn, _fitted(turn, fit.turn) / rate, begin, _fitted(begin, fit.begin) / begin_rate),
        *(end, _fitted(end, fit.end) / end_rate, zero, store),
    )


def _has_probes(sums: RoadSums) -> bool:
    """Has any probe reported? That none is seen on a road says something only where there are some."""
    return bool(sums.turn.any() or sums.begin.any())


def _posterior(seen: F64, clock: F64 | float, prior: F64, shape: float) -> tuple[F64, F64]:
    """Mean rate given counts over a clock, and the clock that counts and prior are worth together.

    A Gamma prior of this mean and shape, whose weight gives way as counts come: a few roads carry far more than the
    usual, and their counts must not be drawn down to it.
    """
    rate = clock + shape / np.maximum(prior, SMALL) / (1.0 + seen)
    return (shape / (1.0 + seen) + seen) / rate, rate


def _fitted(given: F64, fitted: F64) -> F64:
    """What a flow's variance goes by: the last balanced flows, the given ones before there are any."""
    return np.maximum(fitted if fitted.any() else given, FLOW_LEAST)


def _class_flow(layout: AreaLayout, sums: RoadSums, clock: float) -> F64:
    """[n_turns] mean flow of turns of like roads that no camera sees: those seen are often the busier ones."""
    dark = sums.read_clock == 0.0
    if not dark.any():
        dark = np.ones_like(dark)
    every = (float(sums.turn[dark].sum()) + 0.5) / (clock * int(dark.sum()))
    if not _has_probes(sums):  # nobody reports: roads that nobody counts are like those that somebody does
        every = (float(sums.reads.sum()) + 0.5) / (float(sums.read_clock.sum()) + clock * dark.size)
    n = int(layout.turn_class.max(initial=0)) + 1
    usual = np.zeros(n)
    usual[layout.turn_class] = every * layout.turn_weight
    probes = np.bincount(layout.turn_class[dark], sums.turn[dark], n)
    time = clock * np.bincount(layout.turn_class[dark], minlength=n)
    prior = (probes + CLASS_PROBES) / (time + CLASS_PROBES / np.maximum(usual, SMALL))
    return np.asarray(prior[layout.turn_class], np.float64)


def _times(layout: AreaLayout, sums: RoadSums) -> tuple[F64, F64]:
    """Times on links, and their squared relative standard errors."""
    drives = sums.free_s / layout.free_s
    delay_s = sums.spent_s - sums.free_s
    n_kinds = len(DELAY_PRIOR_S)
    prior = np.array(DELAY_PRIOR_S)
    kind = (np.bincount(layout.link_kind, delay_s, n_kinds) + KIND_PROBES * prior) / (
        np.bincount(layout.link_kind, drives, n_kinds) + KIND_PROBES
    )
    mean = (delay_s + LINK_PROBES * kind[layout.link_kind]) / (drives + LINK_PROBES)
    time_s = np.maximum(layout.free_s + mean, 0.9 * layout.free_s)
    # The links' own times reach far back: all together are brought to what probes have spent lately, on the links
    # that they took (ratio benchmarking: Rao and Molina, Small Area Estimation, 6.4.6).
    expected = float(time_s @ (sums.fresh_free_s / layout.free_s))
    time_s *= np.clip((sums.fresh_spent_s.sum() + FIT_S) / (expected + FIT_S), 0.7, 1.4)
    spread = np.maximum(mean, 0.1 * layout.free_s)  # delays at signals spread about as much as they last
    return time_s, (spread / time_s) ** 2 / (drives + LINK_PROBES)


def _seen(layout: AreaLayout, sums: RoadSums, flows: Flows, read: float, last: F64) -> F64:
    """Share of those on each link whose plate has been read: new ones are read, others bring theirs along."""
    under = np.where(sums.read_clock > 0.0, read, 0.0)
    brought = under + (1.0 - under) * last[layout.turn_from]
    inflow = np.bincount(layout.turn_to, flows.turn, layout.n_links) + flows.begin
    return np.asarray(
        np.bincount(layout.turn_to, flows.turn * brought, layout.n_links) / np.maximum(inflow, SMALL), np.float64
    )
