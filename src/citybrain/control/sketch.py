"""A first rolling horizon, kept as a baseline: every short sequence of stages, exact point queues, no coordination.

At each decision every sequence of DEPTH stages, one a decision interval, is played through for one junction: vehicles
come to the stop line as they would in free flow, and leave it 2 s apart, 2 s after their green begins. The first stage
of the sequence with the least delay is wished. Who is not served within the horizon counts 20 s more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numba import njit

from citybrain.city.model import F64, I32, I64, City
from citybrain.control.approaches import approaches
from citybrain.control.pressure import check_interval
from citybrain.control.queues import Queues, make_queues, nobody_announced
from citybrain.control.red_guard import RedGuard
from citybrain.control.stages import GREEN, KEEP, StageState
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.readings import Readings

HEADWAY_S = 2.0
START_S = 2.0
UNSERVED_S = 20.0
STAGES_MAX = 16  # sequences grow with the third power of them


@dataclass(frozen=True)
class SketchOptions:
    interval_s: int = 10
    depth: int = 3
    max_red_s: float = 120.0  # 0 = no guard

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= 5:
            raise InputError(f"depth = {self.depth}: expected 1 to 5")
        check_interval(self.interval_s, self.max_red_s)


class _Plan(NamedTuple):
    """What is searched: [n_signals] each, and the numbers of the search."""

    first_slot: I64
    n_stages: I64
    lost_s: F64  # a change takes so long
    stage: I32
    interval_s: float
    depth: int


class Sketch:
    """See the module's head."""

    looks = True

    def __init__(self, city: City, table: SignalTable, options: SketchOptions | None = None) -> None:
        self._options = options or SketchOptions()
        self._ways = approaches(city, table)
        self._n_stages = np.minimum(table.n_stages, STAGES_MAX)
        self._lost_s = (table.yellow_s + table.all_red_s).astype(np.float64)
        self._guard = RedGuard(city, table, self._options.max_red_s) if self._options.max_red_s > 0 else None

    @property
    def interval_s(self) -> int:
        """Seconds between decisions."""
        return self._options.interval_s

    def decide(self, readings: Readings, state: StageState) -> I32:
        """Wished stage of every signal."""
        ways, options = self._ways, self._options
        seen = readings.traffic
        rolling = replace(seen, speed_mps=np.full(seen.lane.size, np.inf, np.float32))
        queues = make_queues(ways, ways.reach_share, rolling, nobody_announced())
        stage = np.where(state.mode == GREEN, state.stage, state.target).astype(np.int32)
        plan = _Plan(ways.first_slot, self._n_stages, self._lost_s, stage, float(options.interval_s), options.depth)
        wishes = np.full(len(stage), KEEP, np.int32)
        _decide(queues, plan, wishes)
        return wishes if self._guard is None else self._guard.override(wishes, readings, state)


@njit(cache=True, nogil=True)
def _decide(q: Queues, plan: _Plan, wishes: I32) -> None:
    for signal in range(len(wishes)):
        if plan.n_stages[signal] >= 2:
            wishes[signal] = _best(q, plan, signal)


@njit(cache=True, nogil=True)
def _best(q: Queues, plan: _Plan, signal: int) -> int:
    """First stage of the best sequence; the present one where equal, then the lower one. Depth-first, no recursion."""
    first, n = plan.first_slot[signal], plan.first_slot[signal + 1] - plan.first_slot[signal]
    depth, n_stages, now = plan.depth, int(plan.n_stages[signal]), int(plan.stage[signal])
    row, ready_s = np.empty((depth + 1, n), np.int64), np.zeros((depth + 1, n))
    cost, tried, shown = np.zeros(depth + 1), np.zeros(depth + 1, np.int64), np.full(depth + 1, now)
    row[0] = q.offset[first : first + n]
    best, best_cost, level = now, np.inf, 0
    while level >= 0:
        if level == depth:
            total = cost[level] + _left(q, row[level], (first, depth * plan.interval_s))
            if total < best_cost - 1e-6:
                best_cost, best = total, int(shown[1])
            level -= 1
        elif tried[level] == n_stages:
            level -= 1
        else:
            stage = now if tried[level] == 0 else tried[level] - 1 if tried[level] <= now else tried[level]
            tried[level] += 1
            row[level + 1], ready_s[level + 1] = row[level], ready_s[level]
            shown[level + 1] = stage
            begin_s = level * plan.interval_s
            change = (shown[level], stage, plan.lost_s[signal])
            served_s = _serve(q, (row[level + 1], ready_s[level + 1], first), change, (begin_s, plan.interval_s))
            cost[level + 1] = cost[level] + served_s
            level += 1
            tried[level] = 0
    return best


@njit(cache=True, nogil=True)
def _serve(
    q: Queues,
    queue: tuple[I64, F64, int],
    change: tuple[int, int, float],
    span: tuple[float, float],
) -> float:
    """Discharge all slots over one interval; the delay of who left. `queue` is (next rows, ready times, first slot)."""
    row, ready_s, first = queue
    before, stage, lost_s = change
    until_s, delay_s = span[0] + span[1], 0.0
    for k in range(row.size):
        i, end = row[k], q.offset[first + k + 1]
        green_s = span[0]
        if i < end and before != stage and not (q.go[i] >> before) & 1:
            green_s += lost_s + START_S
        at_s = max(ready_s[k], green_s)
        while i < end and (q.go[i] >> stage) & 1:
            leaves_s = max(at_s, q.due_s[i])
            if leaves_s >= until_s:
                break
            delay_s += q.weight[i] * (leaves_s - q.due_s[i])
            at_s = leaves_s + HEADWAY_S * q.mass[i]
            i += 1
        row[k], ready_s[k] = i, at_s
    return delay_s


@njit(cache=True, nogil=True)
def _left(q: Queues, row: I64, end: tuple[int, float]) -> float:
    """What those cost who came and were not served by the end; `end` is (first slot, time)."""
    first, until_s = end
    cost_s = 0.0
    for k in range(row.size):
        for i in range(row[k], q.offset[first + k + 1]):
            if q.due_s[i] >= until_s:
                break
            cost_s += q.weight[i] * (until_s - q.due_s[i] + UNSERVED_S)
    return cost_s
