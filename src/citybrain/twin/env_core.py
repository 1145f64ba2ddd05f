"""Signals of a twin as a decision process; what the Gymnasium and the PettingZoo environment share.

A decision names a stage for each signal. The stage machine carries it out: minimum green, yellow and all-red hold
whatever is asked for, so no agent can make the streets unsafe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import I32, I64, Bool, City
from citybrain.control.fixed import FixedTime
from citybrain.control.scores import row_sums
from citybrain.control.stages import GREEN, StageMachine
from citybrain.control.table import SignalTable
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.records.readings import Readings
from citybrain.twin.arrays import FINISHED, RUNNING
from citybrain.twin.env_kernels import lane_delays
from citybrain.twin.twin import Twin

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
REWARDS = ("queue", "delay", "pressure")
COUNT_MAX = 200.0  # vehicles near one stop line; more are shown as this many
PLACE_M = 7.5  # a standing car and its gap


@dataclass(frozen=True)
class EnvOptions:
    """Options of the environments.

    `reward` of a signal is never above 0: "queue" = vehicles that stand on its approaches at the end of the interval;
    "delay" = seconds that vehicles lost on its approaches during the interval; "pressure" = how far the filled shares
    of its approach lanes and of its exit lanes differ (PressLight, Wei et al. 2019).
    """

    interval_s: int = 10  # between decisions
    duration_s: float = 3600.0  # an episode is truncated then
    warmup_s: int = 0  # under the city's plans, before the first decision
    reward: str = "queue"

    def __post_init__(self) -> None:
        if self.reward not in REWARDS:
            raise InputError(f"reward = {self.reward!r}: expected one of {', '.join(REWARDS)}")
        if self.interval_s < 1 or not self.duration_s >= self.interval_s or self.warmup_s < 0:
            raise InputError(
                f"interval_s = {self.interval_s}, duration_s = {self.duration_s}, warmup_s = {self.warmup_s}: "
                "expected 1 or more, interval_s or more, and 0 or more"
            )


class SignalCore:
    """One episode after another on the same city and demand; a seed decides all chance of an episode."""

    def __init__(self, city: City, demand: Demand, options: EnvOptions | None = None) -> None:
        self.city, self.options = city, options or EnvOptions()
        self.demand = demand
        self.table = SignalTable.from_city(city)
        self.steered: I64 = np.flatnonzero(self.table.n_stages > 1)  # signals that have something to decide
        if self.steered.size == 0:
            raise InputError("no signal of the city has two stages; expected at least one to steer")
        self._lane_offset, self._lane = self._lanes_of(city.movements.from_lane)
        self._exit_offset, self._exit = self._lanes_of(city.movements.to_lane)
        self._places = np.maximum(city.lanes.length_m / PLACE_M, 1.0)
        self._fixed = FixedTime(self.table)
        self._seed = -1
        self.reset(0)

    def _lanes_of(self, of_movement: I32) -> tuple[I64, I32]:
        """Distinct lanes of each signal's movements, as CSR."""
        group = self.city.movements.group
        signalised = group >= 0
        signal = self.city.groups.signal[group[signalised]]
        pairs = np.unique(np.stack([signal, of_movement[signalised]], axis=1), axis=0)
        offset = np.searchsorted(pairs[:, 0], np.arange(self.table.n_signals + 1)).astype(np.int64)
        return offset, pairs[:, 1].astype(np.int32)

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        if seed != self._seed:
            self._fresh = Twin(self.city, self.demand, seed)
            self._seed = seed
        self.twin = self._fresh.fork()
        start = np.maximum(self._fixed.stages_at(self.twin.time_s), 0)
        self.machine = StageMachine(self.city, self.table, start)
        self._delay = np.zeros(self.city.lanes.link.size, np.float32)
        nobody = np.zeros(self.table.n_signals, np.bool_)
        for _ in range(self.options.warmup_s):
            self._second(np.zeros(self.table.n_signals, np.int32), nobody)
        self._delay[:] = 0.0
        self.readings: Readings = self.twin.readings()
        self.end_s = self.twin.time_s + self.options.duration_s

    def advance(self, wishes: I32, own: Bool) -> F64:
        """Run to the next decision; rewards [n_signals].

        `wishes` [n_signals] are stages of the signals that are `own`; the others play the city's plans.
        """
        self._delay[:] = 0.0
        for _ in range(self.options.interval_s):
            if self.is_over:
                break
            self._second(wishes, own)
        self.readings = self.twin.readings()
        return self._rewards()

    def _second(self, wishes: I32, own: Bool) -> None:
        now_s = self.twin.time_s
        asked = np.where(own, wishes, self._fixed.stages_at(now_s)).astype(np.int32)
        self.twin.step(self.machine.step(asked, now_s))
        if self.options.reward == "delay":
            lane_delays(self.twin.memory.world, self._delay)

    @property
    def is_over(self) -> bool:
        """The horizon is reached."""
        return self.twin.time_s >= self.end_s

    def _rewards(self) -> F64:
        if self.options.reward == "delay":
            lost = row_sums(self._lane_offset, self._delay[self._lane])
        elif self.options.reward == "pressure":
            filled = self.readings.lane_count / self._places
            come, go = row_sums(self._lane_offset, filled[self._lane]), row_sums(self._exit_offset, filled[self._exit])
            lost = np.abs(come - go)
        else:
            lost = row_sums(self._lane_offset, self.readings.lane_queue[self._lane])
        return np.asarray(-np.maximum(lost, 0.0), np.float64)

    def observation(self, signal: int) -> F32:
        """What the agent of a signal sees.

        Standing vehicles near each approach lane's stop line, all vehicles there, one-hot of the stage shown or being
        left, and 1 where a change would begin at once.
        """
        lanes = self._lane[self._lane_offset[signal] : self._lane_offset[signal + 1]]
        state = self.machine.state
        stage = np.zeros(int(self.table.n_stages[signal]))
        stage[state.stage[signal]] = 1.0
        ready = state.mode[signal] == GREEN and state.age_s[signal] >= self.table.min_green_s[signal]
        queue, count = self.readings.near_queue[lanes], self.readings.near_count[lanes]
        seen = np.concatenate([np.minimum(queue, COUNT_MAX), np.minimum(count, COUNT_MAX), stage, [float(ready)]])
        return seen.astype(np.float32)

    def observation_high(self, signal: int) -> F32:
        """Upper bounds of `observation`; the lower ones are 0."""
        n_lanes = int(self._lane_offset[signal + 1] - self._lane_offset[signal])
        high = np.ones(2 * n_lanes + int(self.table.n_stages[signal]) + 1, np.float32)
        high[: 2 * n_lanes] = COUNT_MAX
        return high

    def queue(self, signal: int) -> int:
        """Vehicles that stand on the signal's approach lanes."""
        lanes = self._lane[self._lane_offset[signal] : self._lane_offset[signal + 1]]
        return int(self.readings.lane_queue[lanes].sum())

    def describe(self) -> dict[str, float]:
        """Figures of the moment, for an environment's info."""
        counters = self.twin.counters
        return {
            "time_s": self.twin.time_s,
            "queued": float(self.readings.lane_queue.sum()),
            "in_transit": float(counters[RUNNING]),
            "finished_trips": float(counters[FINISHED]),
        }

    def text(self) -> str:
        """The signals' stages and queues, a line each."""
        ids, state = self.city.signals.signal_id, self.machine.state
        rows = [f"{ids[s]:<12} stage {state.stage[s]}  {self.queue(int(s)):4d} queued" for s in self.steered]
        return "\n".join([f"{self.twin.time_s:8.0f} s", *rows]) + "\n"


def small_city() -> tuple[City, Demand]:
    """What an environment runs on when it is given no city: the generated one of four signals."""
    from citybrain.demand.generated import generate

    return generate(4, seed=1, scale=2.0)


def make_core(
    city: City | None, demand: Demand | None, options: EnvOptions | None, render_mode: str | None
) -> SignalCore:
    """What both environments are made of; a small generated city where neither city nor demand is given."""
    if render_mode not in (None, "ansi"):
        raise InputError(f"render_mode = {render_mode!r}: expected None or 'ansi'")
    if (city is None) != (demand is None):
        raise InputError("city without demand, or demand without city; expected both or none")
    return SignalCore(*((city, demand) if city is not None and demand is not None else small_city()), options)
