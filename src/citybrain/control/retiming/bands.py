"""Offsets by MULTIBAND: for each corridor, the widest bands of green that platoons can drive through, both ways.

Little, Kelson, Gartner (1981), MAXBAND, with a band of its own for every leg, weighted by the leg's flow, as in
Gartner, Assmann, Lasaga, Hou (1991), MULTIBAND. Cycle, greens and speeds are given; HiGHS finds the offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, City, Colour
from citybrain.control.retiming.corridors import Corridor
from citybrain.control.retiming.flows import TurnFlows
from citybrain.control.retiming.skeleton import Skeleton, Timing

__all__ = ["Window", "band_widths_s", "green_window", "with_bands"]

NODES_MAX = 3000  # of the branch and bound
GAP = 0.01


@dataclass(frozen=True)
class Window:
    """Green of one turn: seconds from the begin of the signal's cycle (its offset), and how long."""

    begin_s: float
    length_s: float
    cycle_s: float


def green_window(skeleton: Skeleton, flows: TurnFlows, timing: Timing, signal: int, turn: int) -> Window:
    """The longest green of a turn in a cycle, over the end of the cycle where it goes on there."""
    plan = skeleton.plan(signal, timing, "window")
    cycle_s = float(plan.duration_s.sum())
    groups = _groups_of(skeleton.city, flows, signal, turn)
    green = np.ones(len(plan.duration_s), np.bool_)
    if groups:
        green = np.asarray((plan.colours[:, groups] >= Colour.PERMISSIVE).any(axis=1))
    if green.all() or not green.any():
        return Window(0.0, cycle_s if green.all() else 0.0, cycle_s)
    begin_s = np.cumsum(plan.duration_s) - plan.duration_s
    best, n = Window(0.0, 0.0, cycle_s), len(green)
    for k in range(n):
        if green[k] and not green[k - 1]:
            run = [(k + j) % n for j in range(n)]
            length = next(j for j, p in enumerate(run) if not green[p])
            window = Window(float(begin_s[k]), float(plan.duration_s[run[:length]].sum()), cycle_s)
            best = max(best, window, key=lambda one: one.length_s)
    return best


def _groups_of(city: City, flows: TurnFlows, signal: int, turn: int) -> list[int]:
    moves = np.flatnonzero(flows.turns.of_movement == turn)
    group = city.movements.group[moves]
    mine = group[(group >= 0) & (city.groups.signal[group] == signal)]
    return sorted(set((mine - int(city.signals.first_group[signal])).tolist()))


def with_bands(skeleton: Skeleton, flows: TurnFlows, timing: Timing, corridors: Sequence[Corridor]) -> Timing:
    """The timing with offsets that give the corridors, the heaviest first, the widest bands; others keep theirs."""
    fixed: set[int] = set()
    for corridor in corridors:
        timing = _one_corridor(skeleton, flows, timing, corridor, fixed)
        fixed.update(corridor.signals)
    return timing


@dataclass
class _Model:
    """A mixed-integer programme while it grows."""

    cost: list[float]
    low: list[float]
    high: list[float]
    whole: list[float]
    rows: list[dict[int, float]]
    least: list[float]
    most: list[float]

    def variable(self, low: float, high: float, cost: float = 0.0, whole: bool = False) -> int:
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(float(whole))
        return len(self.cost) - 1

    def limit(self, row: dict[int, float], least: float, most: float) -> None:
        self.rows.append(row)
        self.least.append(least)
        self.most.append(most)

    def solve(self) -> F64 | None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        matrix = np.zeros((len(self.rows), len(self.cost)))
        for i, row in enumerate(self.rows):
            matrix[i, list(row)] = list(row.values())
        found = milp(
            np.array(self.cost),
            constraints=LinearConstraint(matrix, self.least, self.most),
            bounds=Bounds(self.low, self.high),
            integrality=np.array(self.whole),
            options={"node_limit": NODES_MAX, "mip_rel_gap": GAP},
        )
        return None if found.x is None else np.asarray(found.x, np.float64)


def _one_corridor(skeleton: Skeleton, flows: TurnFlows, timing: Timing, corridor: Corridor, fixed: set[int]) -> Timing:
    model = _Model([], [], [], [], [], [], [])
    signals = corridor.signals
    cycle_s = [skeleton.cycle_s(s, timing) for s in signals]
    offsets = [
        model.variable(float(timing.offset_s[s]), float(timing.offset_s[s])) if s in fixed else model.variable(0.0, c)
        for s, c in zip(signals, cycle_s, strict=True)
    ]
    travel_s = [leg.time_s for leg in corridor.legs]
    weight = [leg.flow_vph for leg in corridor.legs]
    onward = [green_window(skeleton, flows, timing, s, t) for s, t in zip(signals, corridor.onward, strict=True)]
    _direction(model, offsets, onward, travel_s, weight)
    if all(leg is not None for leg in corridor.back):
        back = [leg for leg in reversed(corridor.back) if leg is not None]
        homeward = [
            green_window(skeleton, flows, timing, s, t) for s, t in zip(signals, corridor.homeward, strict=True)
        ]
        _direction(model, offsets[::-1], homeward[::-1], [leg.time_s for leg in back], [leg.flow_vph for leg in back])
    solved = model.solve()
    if solved is None:
        return timing
    found = timing.copy()
    for s, variable, c in zip(signals, offsets, cycle_s, strict=True):
        found.offset_s[s] = float(np.round(solved[variable])) % c
    return found


def _direction(
    model: _Model, offsets: Sequence[int], windows: Sequence[Window], travel_s: Sequence[float], weight: Sequence[float]
) -> None:
    """Bands of one direction: their middle meets every signal within its green, half a band on either side."""
    horizon_s = max(w.cycle_s for w in windows)
    middle = model.variable(0.0, horizon_s)
    bands = [model.variable(0.0, min(windows[i].length_s, windows[i + 1].length_s), -w) for i, w in enumerate(weight)]
    reached_s = np.concatenate([[0.0], np.cumsum(travel_s)])
    for i, window in enumerate(windows):
        rounds = model.variable(-2.0, float(np.ceil((reached_s[i] + horizon_s) / window.cycle_s)) + 1.0, whole=True)
        place = {middle: 1.0, offsets[i]: -1.0, rounds: -window.cycle_s}
        early, late = window.begin_s - reached_s[i], window.begin_s + window.length_s - reached_s[i]
        for band in bands[max(i - 1, 0) : i + 1]:
            model.limit({**place, band: -0.5}, early, np.inf)
            model.limit({**place, band: 0.5}, -np.inf, late)


def band_widths_s(
    skeleton: Skeleton, flows: TurnFlows, timing: Timing, corridor: Corridor, home: bool = False
) -> list[tuple[float, float]]:
    """(begin at its first signal, width) of the band that passes all signals of one direction; none = no such band.

    Times are seconds on the clock of the first cycle. Where cycles differ, bands of single legs only are left.
    """
    signals = corridor.signals[::-1] if home else corridor.signals
    turns = corridor.homeward[::-1] if home else corridor.onward
    legs = [leg for leg in (corridor.back[::-1] if home else corridor.legs) if leg is not None]
    if len(legs) < len(corridor.legs):
        return []
    cycle_s = skeleton.cycle_s(signals[0], timing)
    reached_s = np.concatenate([[0.0], np.cumsum([leg.time_s for leg in legs])])
    clock = np.arange(0.0, cycle_s, 0.5)
    through = np.ones(clock.size, np.bool_)
    for s, turn, at_s in zip(signals, turns, reached_s, strict=True):
        w = green_window(skeleton, flows, timing, s, turn)
        through &= ((clock + at_s - timing.offset_s[s] - w.begin_s) % w.cycle_s) < w.length_s
    return _runs(clock, through, cycle_s)


def _runs(clock: F64, through: np.ndarray, cycle_s: float) -> list[tuple[float, float]]:
    """Circular runs of True as (begin, length)."""
    if through.all():
        return [(0.0, cycle_s)]
    n, found = clock.size, []
    for k in range(n):
        if through[k] and not through[k - 1]:
            length = next(j for j in range(n) if not through[(k + j) % n])
            found.append((float(clock[k]), 0.5 * length))
    return found
