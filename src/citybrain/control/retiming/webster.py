"""Cycle and splits of one junction: degrees of saturation made equal, delays by the Highway Capacity Manual.

Splits: of all greens that fill a cycle, those whose greatest degree of saturation is least (a linear programme; where
steps may be left out, a mixed-integer one). Cycle: Webster (1958), C = (1.5 L + 5) / (1 - Y), or that of the least
delay by HCM 2010, equations 18-20 (uniform) and 18-45 (incremental).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, Colour
from citybrain.control.retiming.capacity import Junction
from citybrain.control.retiming.skeleton import Skeleton

__all__ = ["Split", "best_split", "delay_vehicles", "in_whole_seconds", "saturations", "webster_cycle_s"]

START_LOSS_S = 1.0  # of green that nobody uses, beyond what the end of yellow gives back
CYCLE_LEAST_S = 40.0  # shorter ones leave people on foot no time
SATURATED = 0.98  # flow ratios beyond this ask for an endless cycle
NODES_MAX = 2000  # of the branch and bound: a bound that needs no clock


@dataclass(frozen=True, eq=False)
class Split:
    """Greens of one signal's steps; `saturation` is the greatest degree of saturation of its lanes."""

    green_s: F64  # [n_steps] of the signal, whole seconds but where the cycle is not; 0 = left out
    saturation: float


def best_split(skeleton: Skeleton, junction: Junction, cycle_s: float, drop: bool) -> Split | None:
    """Greens that fill the cycle with the greatest degree of saturation least; None where the minima do not fit."""
    signal = junction.signal
    steps = list(skeleton.steps(signal))
    used = _choose(skeleton, junction, cycle_s) if drop and skeleton.may_drop[signal] else steps
    if used is None:
        return None
    spare_s = cycle_s - skeleton.lost_s(used) - float(skeleton.least_s[used].sum())
    if spare_s < -1e-9:
        return None
    places = [k - steps[0] for k in used]
    rate, least_s = junction.rate_vps[:, places], skeleton.least_s[used]
    green_s = _equalised(junction.flow_vps, rate, least_s, least_s.sum() + spare_s, cycle_s)
    whole = np.zeros(len(steps))
    whole[places] = in_whole_seconds(green_s, least_s)
    return Split(whole, _saturation(junction, whole, cycle_s))


def webster_cycle_s(skeleton: Skeleton, junction: Junction, cycle_max_s: float) -> float:
    """Webster's optimum cycle with all steps of the plan, in whole seconds, from what the minima need to the most."""
    steps = list(skeleton.steps(junction.signal))
    lost_s = skeleton.lost_s(steps) + START_LOSS_S * len(steps)
    least_s = lost_s + float(skeleton.least_s[steps].sum())
    ratio = _critical_ratio(junction)
    cycle_s = (1.5 * lost_s + 5.0) / (1.0 - min(ratio, SATURATED))
    return float(np.ceil(min(max(cycle_s, least_s, CYCLE_LEAST_S), max(cycle_max_s, least_s))))


def _critical_ratio(junction: Junction) -> float:
    """Webster's Y: least share of the time that must be green so that every lane is served."""
    if junction.lane.size == 0:
        return 0.0
    from scipy.optimize import linprog

    n = junction.rate_vps.shape[1]
    found = linprog(np.ones(n), -junction.rate_vps, -junction.flow_vps, bounds=(0.0, None), method="highs")
    return float(found.fun) if found.status == 0 else SATURATED


def _equalised(flow_vps: F64, rate_vps: F64, least_s: F64, total_s: float, cycle_s: float) -> F64:
    """Greens >= least that sum to the total and make min over lanes of capacity / flow greatest, then the next ..."""
    n = len(least_s)
    if n == 1 or flow_vps.size == 0:
        return np.asarray(least_s + (total_s - least_s.sum()) / n, np.float64)
    from scipy.optimize import linprog

    demand = flow_vps * cycle_s
    effective = rate_vps @ np.full(n, -START_LOSS_S)  # what start-up takes from every green
    rows = np.hstack([-rate_vps, demand[:, None]])
    cost = np.zeros(n + 1)
    cost[-1] = -1.0
    bounds = [(float(low), None) for low in least_s] + [(0.0, 20.0)]
    equal = np.append(np.ones(n), 0.0)[None]
    found = linprog(cost, rows, effective, equal, [total_s], bounds, method="highs")
    if found.status != 0:
        return np.asarray(least_s + (total_s - least_s.sum()) / n, np.float64)
    return np.asarray(found.x[:n], np.float64)


def in_whole_seconds(green_s: F64, least_s: F64) -> F64:
    """Whole seconds by largest remainder; their sum stays, its broken part goes to the longest green."""
    floor = np.maximum(np.floor(green_s + 1e-6), least_s)
    missing = float(green_s.sum() - floor.sum())
    order = np.argsort(-(green_s - floor), kind="stable")
    for k in range(int(missing + 1e-6)):
        floor[order[k % len(order)]] += 1.0
    floor[int(np.argmax(floor))] += round(float(green_s.sum() - floor.sum()), 3)
    return np.asarray(floor, np.float64)


def _saturation(junction: Junction, green_s: F64, cycle_s: float) -> float:
    return float(saturations(junction, green_s, cycle_s).max(initial=0.0))


def saturations(junction: Junction, green_s: F64, cycle_s: float) -> F64:
    """Degree of saturation of every lane [n]."""
    effective = np.maximum(green_s - START_LOSS_S * (green_s > 0.0), 0.0)
    capacity = junction.rate_vps @ effective / cycle_s
    return np.asarray(junction.flow_vps / np.maximum(capacity, 1e-6), np.float64)


def delay_vehicles(junction: Junction, green_s: F64, cycle_s: float, hours: float) -> float:
    """Delay of all lanes by the HCM, in vehicle-seconds a second (vehicles held up on average)."""
    if junction.lane.size == 0:
        return 0.0
    x = saturations(junction, green_s, cycle_s)
    served = (junction.rate_vps > 0.0) @ green_s
    share = np.minimum(served / cycle_s, 1.0)
    uniform_s = 0.5 * cycle_s * (1.0 - share) ** 2 / np.maximum(1.0 - np.minimum(x, 1.0) * share, 0.05)
    capacity_vph = 3600.0 * junction.flow_vps / np.maximum(x, 1e-6)
    over = x - 1.0
    random_s = 900.0 * hours * (over + np.sqrt(over**2 + 4.0 * x / np.maximum(capacity_vph * hours, 1e-6)))
    return float((junction.flow_vps * (uniform_s + random_s)).sum())


def _choose(skeleton: Skeleton, junction: Junction, cycle_s: float) -> list[int] | None:
    """Steps to show: of the choices that keep every group's best colour, that of the least greatest saturation."""
    steps = list(skeleton.steps(junction.signal))
    keep = _must_show(np.array([skeleton.colours[k] for k in steps]))
    n = len(steps)
    if n == 1 or (all(row.sum() == 1 for row in keep) and len({int(row.argmax()) for row in keep}) == n):
        return steps
    from scipy.optimize import Bounds, LinearConstraint, milp

    lost_s = np.array([skeleton.change_s(k, steps[(i + 1) % n]) for i, k in enumerate(steps)])
    least_s = skeleton.least_s[steps]
    eye, none = np.eye(n), np.zeros((n, 1))
    demand = (junction.flow_vps * cycle_s)[:, None]
    # columns: greens, shown or not, 1 / saturation
    limits = [
        LinearConstraint(np.hstack([eye, -np.diag(least_s), none]), 0.0, np.inf),
        LinearConstraint(np.hstack([eye, -cycle_s * eye, none]), -np.inf, 0.0),
        LinearConstraint(np.hstack([np.ones(n), lost_s, [0.0]])[None], -np.inf, cycle_s),
        LinearConstraint(np.hstack([np.zeros(keep.shape), keep, np.zeros((len(keep), 1))]), 1.0, np.inf),
    ]
    if demand.size:
        started = -START_LOSS_S * junction.rate_vps
        limits.append(LinearConstraint(np.hstack([junction.rate_vps, started, -demand]), 0.0, np.inf))
    bounds = Bounds(np.zeros(2 * n + 1), np.concatenate([np.full(n, cycle_s), np.ones(n), [20.0]]))
    cost = np.concatenate([np.zeros(n), np.full(n, 1e-3), [-1.0]])
    kinds = np.concatenate([np.zeros(n), np.ones(n), [0.0]])
    found = milp(cost, constraints=limits, bounds=bounds, integrality=kinds, options={"node_limit": NODES_MAX})
    return None if found.x is None else [k for k, z in zip(steps, found.x[n : 2 * n], strict=True) if z > 0.5]


def _must_show(shown: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[n_groups that are ever green, n_steps] 1 where the step shows the group the best colour that it ever has."""
    best = shown.max(axis=0)
    rows = (shown == best)[:, best >= Colour.STOP_THEN_GO].T
    return np.asarray(np.unique(rows, axis=0), np.float64)
