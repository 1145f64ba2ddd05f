"""What a retiming report is made from: junctions and corridors under the old and the new plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, City, Colour
from citybrain.control.plans import PlanPlayer
from citybrain.control.retiming.bands import band_widths_s
from citybrain.control.retiming.capacity import Junction
from citybrain.control.retiming.corridors import Corridor, Leg
from citybrain.control.retiming.retime import Retimed
from citybrain.control.retiming.skeleton import Skeleton, Timing
from citybrain.control.retiming.webster import saturations
from citybrain.evaluate.signal_measures import SignalMeasures, Tracks
from citybrain.evaluate.table import Table
from citybrain.report.content import Provenance
from citybrain.report.timespace import Diagram, Lane

__all__ = ["CorridorView", "JunctionRow", "PlanFacts", "RetimeContent", "chains_of", "corridor_views", "junction_rows"]

CORRIDORS_SHOWN = 6


@dataclass(frozen=True)
class PlanFacts:
    """One signal under one set of plans. `greens_s` are those of its steps, 0 = left out."""

    cycle_s: float
    offset_s: float
    greens_s: tuple[float, ...]
    saturation: float  # greatest degree of saturation of its lanes
    green_share: float  # arrivals on green
    delay_s: float  # per vehicle


@dataclass(frozen=True)
class JunctionRow:
    signal_id: str
    vehicles: float
    before: PlanFacts
    after: PlanFacts


@dataclass(frozen=True, eq=False)
class CorridorView:
    """`band_s` are widths before and after, of both directions."""

    name: str
    flow_vph: tuple[float, float]
    band_s: tuple[tuple[float, float], tuple[float, float]]
    before: Diagram
    after: Diagram


@dataclass(frozen=True, eq=False)
class RetimeContent:
    city: City
    period: str
    table: Table  # current plans, Webster's, retimed on seeds that the search did not see
    world: str
    junctions: tuple[JunctionRow, ...]
    corridors: tuple[CorridorView, ...]
    retimed: Retimed
    provenance: Provenance
    counts: str = ""  # where the flows came from, where not from the demand


def junction_rows(retimed: Retimed, before: SignalMeasures, after: SignalMeasures) -> tuple[JunctionRow, ...]:
    """All timed signals, those with most delay first."""
    skeleton, own = retimed.skeleton, retimed.skeleton.given()
    rows = [
        JunctionRow(
            skeleton.city.signals.signal_id[s],
            float(after.vehicles[s]),
            _facts(skeleton, retimed.junctions[s], own, before),
            _facts(skeleton, retimed.junctions[s], retimed.timing, after),
        )
        for s in skeleton.timed()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.before.delay_s * row.vehicles, row.signal_id)))


def _facts(skeleton: Skeleton, junction: Junction, timing: Timing, measures: SignalMeasures) -> PlanFacts:
    s = junction.signal
    green_s, cycle_s = timing.green_s[list(skeleton.steps(s))], skeleton.cycle_s(s, timing)
    saturation = float(saturations(junction, green_s, cycle_s).max(initial=0.0))
    share, delay_s = float(measures.green_share[s]), float(measures.delay_s[s])
    return PlanFacts(cycle_s, float(timing.offset_s[s]) % cycle_s, tuple(green_s.tolist()), saturation, share, delay_s)


def shown_corridors(retimed: Retimed) -> list[Corridor]:
    """Those that the report draws: the heaviest."""
    ordered = sorted(retimed.corridors, key=lambda c: -sum(leg.flow_vph * leg.length_m for leg in c.legs))
    return ordered[:CORRIDORS_SHOWN]


def chains_of(retimed: Retimed) -> list[list[int]]:
    """Links to follow vehicles on: there and back of each corridor shown, empty where there is no way back."""
    chains = []
    for corridor in shown_corridors(retimed):
        back = [leg for leg in reversed(corridor.back) if leg is not None]
        chains.append([link for leg in corridor.legs for link in leg.links])
        whole = len(back) == len(corridor.legs)
        chains.append([link for leg in back for link in leg.links] if whole else [])
    return chains


def corridor_views(
    retimed: Retimed, before: SignalMeasures, after: SignalMeasures, span_s: tuple[float, float]
) -> tuple[CorridorView, ...]:
    """The corridors shown, under the old and the new plans."""
    views = []
    for i, corridor in enumerate(shown_corridors(retimed)):
        sides = []
        for title, timing, measures in (
            ("Current plans", retimed.skeleton.given(), before),
            ("Proposed plans", retimed.timing, after),
        ):
            sides.append(_diagram(retimed, corridor, (title, timing), measures.tracks[2 * i : 2 * i + 2], span_s))
        ids = retimed.skeleton.city.signals.signal_id
        back = [leg.flow_vph for leg in corridor.back if leg is not None]
        flows = float(np.mean([leg.flow_vph for leg in corridor.legs])), float(np.mean(back)) if back else 0.0
        bands = (_widest(retimed, corridor, retimed.skeleton.given()), _widest(retimed, corridor, retimed.timing))
        name = f"{ids[corridor.signals[0]]} → {ids[corridor.signals[-1]]}"
        views.append(CorridorView(name, flows, bands, sides[0], sides[1]))
    return tuple(views)


def _widest(retimed: Retimed, corridor: Corridor, timing: Timing) -> tuple[float, float]:
    both = [band_widths_s(retimed.skeleton, retimed.flows, timing, corridor, home) for home in (False, True)]
    return tuple(max((width for _, width in rows), default=0.0) for rows in both)  # type: ignore[return-value]


def _diagram(
    retimed: Retimed,
    corridor: Corridor,
    plans: tuple[str, Timing],
    tracks: tuple[Tracks, ...],
    span_s: tuple[float, float],
) -> Diagram:
    title, timing = plans
    ids = retimed.skeleton.city.signals.signal_id
    names = tuple(ids[s] for s in corridor.signals)
    place_m = _places(list(corridor.legs))
    there = _lane(retimed, corridor, timing, (tracks[0], span_s), home=False)
    whole = all(leg is not None for leg in corridor.back)
    back = _lane(retimed, corridor, timing, (tracks[1], span_s), home=True) if whole else None
    return Diagram(title, names, place_m, span_s, there, back)


def _places(legs: list[Leg]) -> F64:
    return np.concatenate([[0.0], np.cumsum([leg.length_m for leg in legs])]).astype(np.float64)


def _lane(
    retimed: Retimed, corridor: Corridor, timing: Timing, seen: tuple[Tracks, tuple[float, float]], home: bool
) -> Lane:
    tracks, span_s = seen
    legs = [leg for leg in reversed(corridor.back) if leg is not None] if home else list(corridor.legs)
    turns = corridor.homeward if home else corridor.onward
    greens = _greens(retimed, timing, list(zip(corridor.signals, turns, strict=True)), span_s)
    signals = corridor.signals[::-1] if home else corridor.signals
    cycle_s = retimed.skeleton.cycle_s(signals[0], timing)
    bands: list[tuple[float, float]] = []
    for begin_s, width_s in band_widths_s(retimed.skeleton, retimed.flows, timing, corridor, home):
        first = np.ceil((span_s[0] - begin_s) / cycle_s) - 1
        rounds = first + np.arange(int((span_s[1] - span_s[0]) / cycle_s) + 3)
        bands += [(begin, width_s) for begin in (begin_s + rounds * cycle_s - span_s[0]).tolist()]
    reached_s = np.concatenate([[0.0], np.cumsum([leg.time_s for leg in legs])])
    return Lane(greens, bands, reached_s, _places(legs), tracks)


def _greens(
    retimed: Retimed, timing: Timing, wanted: list[tuple[int, int]], span_s: tuple[float, float]
) -> list[list[tuple[float, float]]]:
    """Green of each (signal, turn) within the span, as spans from its begin."""
    city = retimed.skeleton.timed_city(timing)
    player, clock = PlanPlayer(city), np.arange(span_s[0], span_s[1])
    shown = np.array([player.colours(float(t)) for t in clock]) >= Colour.PERMISSIVE
    found = []
    for _, turn in wanted:
        groups = city.movements.group[retimed.flows.turns.of_movement == turn]
        groups = np.unique(groups[groups >= 0])
        green = shown[:, groups].any(axis=1) if groups.size else np.ones(clock.size, np.bool_)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], green, [False]]).astype(np.int8)))
        found.append([(float(a), float(b)) for a, b in edges.reshape(-1, 2)])
    return found
