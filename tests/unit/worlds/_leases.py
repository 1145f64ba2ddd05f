"""Shared by the tests of leases: one lease, the colours of plans, and what no street may show."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, Colour
from citybrain.control.plans import PlanPlayer
from citybrain.records.command import Commands

U8 = NDArray[np.uint8]


def lease(signal: int, stage: int, expires_s: float) -> Commands:
    return Commands(np.array([signal], np.int32), np.array([stage], np.int32), np.array([expires_s]))


def plan_colours(city: City, begin_s: int, end_s: int) -> U8:
    player = PlanPlayer(city)
    return np.array([player.colours(float(second)) for second in range(begin_s, end_s)])


def flows(colours: U8) -> NDArray[np.bool_]:
    return colours >= Colour.PERMISSIVE


def shortest_green_s(shown: U8) -> int:
    """Of one group [seconds]; greens cut by the ends of the record do not count."""
    runs = [(key, len(list(run))) for key, run in groupby(flows(shown).tolist())]
    return min((n for key, n in runs[1:-1] if key), default=10**6)


def check_streets(city: City, shown: U8) -> None:
    """Hold colours [seconds, groups] against what the plans themselves allow; no rule here is the desk's own."""
    plan = plan_colours(city, 0, 400)
    now, after = shown[:-1], shown[1:]
    yellow = after == Colour.YELLOW
    stopped = flows(now) & ~flows(after)
    assert not (stopped & ~yellow).any(), "green to red without yellow"
    assert not ((now == Colour.YELLOW) & flows(after)).any(), "green again out of yellow"
    signal, n = city.groups.signal, shown.shape[1]
    allowed = np.zeros((n, n), bool)
    for colours in np.unique(plan, axis=0):
        open_ = flows(colours) | (colours == Colour.YELLOW)
        allowed |= open_[:, None] & open_[None, :]
    for colours in np.unique(shown, axis=0):
        open_ = flows(colours) | (colours == Colour.YELLOW)
        met = open_[:, None] & open_[None, :] & (signal[:, None] == signal[None, :])
        assert not (met & ~allowed).any(), "two groups pass at once that never do in the plan"
    for group in range(n):
        least_s = min(city.signals.min_green_s[signal[group]], shortest_green_s(plan[:, group]))
        assert shortest_green_s(shown[:, group]) >= least_s, f"group {group}: green too short"
        runs = [(key, len(list(run))) for key, run in groupby(shown[:, group].tolist())]
        yellows = [length for key, length in runs[1:-1] if key == Colour.YELLOW]
        assert min(yellows, default=99) >= city.signals.yellow_s[signal[group]], f"group {group}: yellow too short"
