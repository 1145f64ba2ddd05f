"""Other plans for the signals of a city; all else stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from citybrain.city.model import F64, U8, City, Phases, PlanKind, Plans, freeze

__all__ = ["NewPlan", "with_plans"]


@dataclass(frozen=True, eq=False)
class NewPlan:
    """A fixed-time plan of one signal: its first phase begins at `offset_s` and again every cycle."""

    plan_id: str
    signal: int
    offset_s: float
    duration_s: F64  # [n_phases]
    colours: U8  # [n_phases, n_groups of the signal]


def with_plans(city: City, plans: Sequence[NewPlan]) -> City:
    """The city with these plans in force, one a signal; other plans of their signals stay beside, unless an id returns.

    Signals that are not named keep their plan.
    """
    new_ids = {plan.plan_id for plan in plans}
    kept = [row for row in range(len(city.plans.plan_id)) if city.plans.plan_id[row] not in new_ids]
    place = np.full(len(city.plans.plan_id) + 1, -1, np.int32)
    place[kept] = np.arange(len(kept))
    in_force = place[city.signals.plan]
    for row, plan in enumerate(plans, len(kept)):
        in_force[plan.signal] = row
    phase_rows = [r for p in kept for r in range(_first(city, p), _first(city, p) + int(city.plans.n_phases[p]))]
    fresh = replace(
        city,
        signals=replace(city.signals, plan=in_force.astype(np.int32)),
        plans=_plans(city.plans, kept, plans),
        phases=_phases(city.phases, phase_rows, place, plans, len(kept)),
    )
    return freeze(fresh)


def _first(city: City, plan: int) -> int:
    return int(city.plans.first_phase[plan])


def _plans(old: Plans, kept: Sequence[int], new: Sequence[NewPlan]) -> Plans:
    n_phases = np.array([*old.n_phases[kept].tolist(), *(len(plan.duration_s) for plan in new)], np.int32)
    return Plans(
        plan_id=tuple(old.plan_id[row] for row in kept) + tuple(plan.plan_id for plan in new),
        signal=np.array([*old.signal[kept].tolist(), *(plan.signal for plan in new)], np.int32),
        kind=np.array([*old.kind[kept].tolist(), *(PlanKind.FIXED for _ in new)], np.uint8),
        offset_s=np.array([*old.offset_s[kept].tolist(), *(plan.offset_s for plan in new)], np.float64),
        first_phase=(np.cumsum(n_phases) - n_phases).astype(np.int32),
        n_phases=n_phases,
    )


def _phases(old: Phases, rows: Sequence[int], place: np.ndarray, new: Sequence[NewPlan], first_new: int) -> Phases:
    none = np.zeros(0)
    shown = [old.colours[old.colour_offset[r] : old.colour_offset[r + 1]] for r in rows]
    shown += [row for plan in new for row in plan.colours]
    durations = [plan.duration_s for plan in new]
    owner = [np.full(len(plan.duration_s), first_new + i) for i, plan in enumerate(new)]
    sizes = [len(row) for row in shown]
    return Phases(
        plan=np.concatenate([place[old.plan[rows]] if rows else none, *owner]).astype(np.int32),
        duration_s=np.concatenate([old.duration_s[rows] if rows else none, *durations]),
        min_s=np.concatenate([old.min_s[rows] if rows else none, *durations]),
        max_s=np.concatenate([old.max_s[rows] if rows else none, *durations]),
        colour_offset=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        colours=np.concatenate([np.zeros(0, np.uint8), *shown]).astype(np.uint8),
    )
