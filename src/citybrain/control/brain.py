"""brain: every junction plans ahead on the vehicles that come, and announces to its neighbours whom it will let out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I32, City
from citybrain.control.announce import announce, tolls
from citybrain.control.approaches import approaches
from citybrain.control.queues import make_queues, nobody_announced
from citybrain.control.course import TOLL_STEP_S, Course, Flow, Signals, empty_plan
from citybrain.control.search import search
from citybrain.control.stages import ALL_RED, GREEN, KEEP, YELLOW, StageState
from citybrain.control.table import SignalTable
from citybrain.control.turning import TurnShares
from citybrain.records.readings import Readings


@dataclass(frozen=True)
class BrainOptions:
    interval_s: int = 1
    step_s: float = 5.0
    fine_s: float = 30.0
    coarse_s: float = 10.0
    spread: float = 1e9
    spread_share: float = 0.0
    horizon_s: float = 120.0
    keep: int = 4
    sweeps: int = 2
    headway_s: float = 2.4
    first_s: float = 1.0
    second_s: float = 1.3
    unserved_s: float = 20.0
    clearing: float = 0.5
    learn: int = 1
    toll: float = 0.0
    yield_s: float = 0.0
    change_cost: float = 0.0


class Brain:
    looks = True

    def __init__(self, city: City, table: SignalTable, options: BrainOptions | None = None) -> None:
        self._options = options or BrainOptions()
        self._table = table
        self._ways = approaches(city, table)
        self._lost_offset, self._lost_s = _lost(table)
        self._shares = TurnShares(self._ways)

    @property
    def interval_s(self) -> int:
        return self._options.interval_s

    def decide(self, readings: Readings, state: StageState) -> I32:
        ways, course = self._ways, self._course()
        signals = self._signals(state)
        heard = nobody_announced()
        toll_s = np.zeros((len(ways.room), int(course.time_s[-1] / TOLL_STEP_S) + 1))
        for sweep in range(self._options.sweeps):
            queues = make_queues(ways, self._shares.share, readings.traffic, heard)
            flow = Flow(
                np.full(len(ways.slot_lane), self._options.headway_s),
                toll_s,
                np.full((len(ways.room), course.time_s.size), np.inf),
            )
            plan = empty_plan(signals, course, queues.due_s.size)
            span = np.array([0, len(signals.n_stages)], np.int64)
            search(ways, queues, signals, course, flow, span, plan)
            if sweep + 1 < self._options.sweeps:
                heard = announce(ways, queues, signals, course, flow, plan)
                if self._options.toll > 0.0:
                    toll_s = np.empty_like(toll_s)
                    tolls(ways, self._shares.share, queues, signals, course, flow, plan, toll_s)
                    toll_s *= self._options.toll
        self.plan, self.queues = plan, queues
        if self._options.learn: self._shares.see(queues, readings.traffic, readings.time_s)
        return np.where(self._table.n_stages > 1, plan.stage[:, 0], KEEP).astype(np.int32)

    def _course(self) -> Course:
        o = self._options
        if o.interval_s >= o.step_s:
            time_s = np.arange(0.0, o.horizon_s + 1.0, o.interval_s)
        else:
            fine = np.arange(0.0, o.fine_s, o.step_s)
            time_s = np.concatenate([fine, np.arange(o.fine_s, o.horizon_s + 1.0, o.coarse_s)])
        return Course(
            time_s, o.keep, o.first_s, o.second_s, o.unserved_s, o.clearing, o.yield_s, o.spread, o.spread_share,
            o.change_cost,
        )  # fmt: skip

    def _signals(self, state: StageState) -> Signals:
        table = self._table
        yellow_s, all_red_s = table.yellow_s.astype(np.float64), table.all_red_s.astype(np.float64)
        age_s = state.age_s.astype(np.float64)
        left_s = np.where(
            state.mode == YELLOW,
            yellow_s + all_red_s - age_s,
            np.where(state.mode == ALL_RED, all_red_s - age_s, 0.0),
        )
        left_s = np.maximum(left_s, 0.0)
        min_s = table.min_green_s.astype(np.float64)
        free_s = np.where(state.mode == GREEN, np.maximum(min_s - age_s, 0.0), left_s + min_s)
        return Signals(
            self._ways.first_slot, table.n_stages.astype(np.int64), min_s, self._lost_offset, self._lost_s,
            state.target.astype(np.int32), state.stage.astype(np.int32), left_s, free_s,
        )  # fmt: skip


def _lost(table: SignalTable) -> tuple[np.ndarray, F64]:
    """Seconds of change between any two stages of every signal: none where nobody loses his green."""
    rows, offset = [], []
    at = 0
    for signal in range(table.n_signals):
        a, b = table.stage_offset[signal], table.stage_offset[signal + 1]
        n = int(b - a)
        offset.append(at)
        at += n * n
        full_s = float(table.yellow_s[signal] + table.all_red_s[signal])
        if n == 0:
            continue
        shown = np.stack([table.colours[table.colour_offset[r] : table.colour_offset[r + 1]] for r in range(a, b)])
        flows = (shown == 3) | (shown >= 5)
        for i in range(n):
            loses = flows[i] & ((shown < shown[i]) | ~flows)
            rows.append(np.where(loses.any(axis=1), full_s, 0.0))
    return np.array(offset, np.int64), np.concatenate([*rows, np.zeros(0)])
