"""What somebody wants to try on a fork of the streets, and whether the city has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.control.registry import controller_names
from citybrain.control.table import are_stages
from citybrain.errors import InputError

I64 = NDArray[np.int64]
FACTOR_MAX = 3.0
GREEN_LEAST_S, GREEN_MOST_S = 5.0, 180.0


@dataclass(frozen=True)
class Closure:
    """A lane of a link that nobody enters any more; the whole link where `lane` is None."""

    link: str
    lane: int | None = None  # 0 = at the kerb


@dataclass(frozen=True)
class Retiming:
    """Other green times for a signal's own plan: one for each stage, in the order in which they come."""

    signal: str
    greens_s: tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """All that is changed at once; an empty one changes nothing."""

    closures: tuple[Closure, ...] = ()
    demand_factor: float = 1.0  # of the trips that are yet to depart ...
    demand_area: str = ""  # ... and end in this area; "" = anywhere
    plans: tuple[Retiming, ...] = ()
    controller: str = ""  # that wishes what signals show; "" = their own plans
    signals: tuple[str, ...] = field(default=())  # whose; none named = all

    @property
    def is_empty(self) -> bool:
        return self == Change()


def check(city: City, change: Change) -> None:
    """Raise InputError that names the first thing that the city does not have, or that cannot be."""
    closed_lanes(city, change.closures)
    retimed(city, change.plans)
    if not 0.0 <= change.demand_factor <= FACTOR_MAX:
        raise InputError(f"demand factor {change.demand_factor:g}; expected 0 to {FACTOR_MAX:g}")
    if change.demand_area:
        links_of_area(city, change.demand_area)
    if change.controller and change.controller not in controller_names():
        raise InputError(f"unknown controller {change.controller!r}; expected one of {', '.join(controller_names())}")
    if change.signals and not change.controller:
        raise InputError("signals are named, but no controller for them")
    signal_rows(city, change.signals)


def closed_lanes(city: City, closures: Iterable[Closure]) -> I64:
    """Rows of the lanes that are closed, each once."""
    rows: set[int] = set()
    for closure in closures:
        link = _row(city.links.link_id, closure.link, "link")
        first, n = int(city.links.first_lane[link]), int(city.links.n_lanes[link])
        if closure.lane is None:
            rows |= set(range(first, first + n))
        elif 0 <= closure.lane < n:
            rows.add(first + closure.lane)
        else:
            raise InputError(f"link {closure.link!r} has no lane {closure.lane} (it has {n})")
    return np.array(sorted(rows), np.int64)


def links_of_area(city: City, area: str) -> NDArray[np.int32]:
    """Rows of the links that belong to an area."""
    row = _row(city.areas.area_id, area, "area")
    return city.areas.link[city.areas.link_offset[row] : city.areas.link_offset[row + 1]]


def signal_rows(city: City, signals: Iterable[str]) -> I64:
    """Rows of signals; all of them where none is named."""
    rows = [_row(city.signals.signal_id, name, "signal") for name in signals]
    return np.array(sorted(set(rows)) if rows else range(len(city.signals.signal_id)), np.int64)


def stages_of(city: City, signal: int) -> I64:
    """Rows of the phases of a signal's own plan that can be made longer or shorter: its stages.

    What is shorter than the shortest green is a change between two of them, in which somebody stays green.
    """
    plan = int(city.signals.plan[signal])
    if plan < 0:
        return np.zeros(0, np.int64)
    first, n = int(city.plans.first_phase[plan]), int(city.plans.n_phases[plan])
    at, groups = city.phases.colour_offset, int(city.signals.n_groups[signal])
    colours = city.phases.colours[at[first] : at[first + n]].reshape(n, groups)
    lasts = city.phases.duration_s[first : first + n] >= GREEN_LEAST_S
    return first + np.flatnonzero(np.array(are_stages(colours), np.bool_) & lasts)


def retimed(city: City, plans: Iterable[Retiming]) -> City:
    """The city with other green times; what lies between two stages stays as it is."""
    duration_s = city.phases.duration_s.copy()
    for plan in plans:
        stages = stages_of(city, _row(city.signals.signal_id, plan.signal, "signal"))
        if len(plan.greens_s) != stages.size:
            raise InputError(
                f"signal {plan.signal!r} has {stages.size} stages, and {len(plan.greens_s)} green times are given"
            )
        for green_s in plan.greens_s:
            if not GREEN_LEAST_S <= green_s <= GREEN_MOST_S:
                raise InputError(
                    f"signal {plan.signal!r}: green of {green_s:g} s; expected {GREEN_LEAST_S:g} to {GREEN_MOST_S:g}"
                )
        duration_s[stages] = np.round(plan.greens_s)
    return replace(city, phases=replace(city.phases, duration_s=duration_s))


def _row(names: Iterable[str], name: str, what: str) -> int:
    for row, known in enumerate(names):
        if known == name:
            return row
    raise InputError(f"{what} {name!r} is not in the city")
