"""The guard with one of its rules taken out, and who would notice: the referee, or nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from _cities import Place

from citybrain.city.model import Colour
from citybrain.guard.desk import DeskTables
from citybrain.guard.limits import signal_limits
from citybrain.guard.monitor import Fault

NEVER_S = 1 << 30


@dataclass(frozen=True)
class Removal:
    """One rule less. `mood` is the attack that it stands against; `seconds` within which the referee must shout."""

    faults: frozenset[Fault]
    mood: str
    seconds: int
    broken: Callable[[Place], DeskTables]


def _limits(place: Place, **changes: Any) -> DeskTables:
    return replace(place.tables, limits=replace(place.tables.limits, **changes))


def _less(name: str, by: int) -> Callable[[Place], DeskTables]:
    def broken(place: Place) -> DeskTables:
        values = getattr(place.tables.limits, name)
        return _limits(place, **{name: np.maximum(values - by, 0).astype(np.int32)})

    return broken


def _endless(name: str) -> Callable[[Place], DeskTables]:
    def broken(place: Place) -> DeskTables:
        values = getattr(place.tables.limits, name)
        return _limits(place, **{name: np.full_like(values, NEVER_S)})

    return broken


def corrupted(place: Place) -> DeskTables:
    """Every signal's second stage shows the greens of the first one too; the rules know of it."""
    table = place.tables.table
    colours = table.colours.copy()
    for first in table.stage_offset[:-1][table.n_stages >= 2].tolist():
        a, b, end = (int(table.colour_offset[first + k]) for k in range(3))
        colours[b:end] = np.maximum(colours[a:b], colours[b:end])
        colours[b:end][colours[b:end] == Colour.PERMISSIVE] = Colour.PROTECTED
    table = replace(table, colours=colours)
    return replace(place.tables, table=table, limits=signal_limits(place.city, table, place.tables.conflicts))


def _crossing(place: Place) -> DeskTables:
    """The same, and nobody looks whether the streams of a stage cross."""
    bad = corrupted(place)
    limits = place.tables.limits
    return replace(bad, limits=replace(limits, stage_open=np.ones_like(limits.stage_open)))


REMOVALS: dict[str, Removal] = {
    "minimum green": Removal(frozenset({Fault.SHORT_GREEN}), "flip", 200, _less("min_green_s", NEVER_S)),
    "a second of minimum green": Removal(frozenset({Fault.SHORT_GREEN}), "flip", 200, _less("min_green_s", 1)),
    "yellow": Removal(frozenset({Fault.NO_YELLOW}), "flip", 200, _less("yellow_s", NEVER_S)),
    "a second of yellow": Removal(frozenset({Fault.SHORT_YELLOW}), "flip", 200, _less("yellow_s", 1)),
    "all-red": Removal(frozenset({Fault.SHORT_CLEARING}), "flip", 200, _less("all_red_s", NEVER_S)),
    "a second of all-red": Removal(frozenset({Fault.SHORT_CLEARING}), "flip", 200, _less("all_red_s", 1)),
    "maximum green": Removal(frozenset({Fault.STUCK}), "sleep", 400, _endless("max_green_s")),
    "maximum wait": Removal(frozenset({Fault.LONG_RED}), "favourite", 700, _endless("red_due_s")),
    "change budget": Removal(frozenset({Fault.HASTE}), "flip", 2300, lambda place: _limits(place, changes_max=10_000)),
    "conflict check": Removal(frozenset({Fault.CONFLICT}), "random", 200, _crossing),
}


def applies(place: Place, name: str) -> bool:
    """Whether a city has signals that the rule binds: no all-red, nothing to take out."""
    limits, table = place.tables.limits, place.tables.table
    steered = limits.steerable
    if "all-red" in name:
        return bool((limits.all_red_s[steered] > 0).any())
    if name == "maximum wait":
        return bool((table.n_stages[steered] > 2).any())
    if name == "change budget":
        change_s = limits.min_green_s + limits.yellow_s + limits.all_red_s
        return bool((limits.changes_s / change_s[steered] > limits.changes_max + 25).any())
    return bool(steered.any())
