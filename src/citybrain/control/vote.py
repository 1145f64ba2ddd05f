"""Every vehicle votes for the stages that let it go: the rule that won the City Brain Challenge (KDD Cup 2021).

vote = W · exp(0.30 (u - d)) · (1 - d50 / 0.85) · exp(-0.27 t) · B, after the report of team IntelligentLight: W is what
the vehicle's time is worth (there 700 s / its free-flow trip time: short trips weigh more), u and d how full its link
and the one after it are, d50 how full the first 50 m of that one, t the seconds to the stop line, B a factor for those
who go where nothing moves: from d50 = 0.64 on, until it has come down to 0.30.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I32, Bool, City
from citybrain.control.approaches import CAR_M, approaches
from citybrain.control.pressure import check_interval
from citybrain.control.queues import Queues, make_queues, nobody_announced
from citybrain.control.red_guard import RedGuard
from citybrain.control.scores import StageGrid, Values
from citybrain.control.stages import StageState
from citybrain.control.table import SignalTable
from citybrain.records.readings import Readings
from citybrain.records.traffic import Traffic

PRESSURE, URGENCY_PS, FULL_SHARE = 0.30, 0.27, 0.85
MOUTH_M = 50.0
BLOCKED_FROM, BLOCKED_TO, BLOCKED_FACTOR = 0.64, 0.30, 0.1


@dataclass(frozen=True)
class VoteOptions:
    interval_s: int = 10
    max_red_s: float = 120.0  # 0 = no guard

    def __post_init__(self) -> None:
        check_interval(self.interval_s, self.max_red_s)


class Vote:
    """See the module's head. Ties go to the lower stage."""

    looks = True

    def __init__(self, city: City, table: SignalTable, options: VoteOptions | None = None) -> None:
        self._options = options or VoteOptions()
        self._table, self._grid, self._ways = table, StageGrid(table), approaches(city, table)
        self._guard = RedGuard(city, table, self._options.max_red_s) if self._options.max_red_s > 0 else None
        self._signal = np.repeat(np.arange(table.n_signals), np.diff(self._ways.first_slot))
        self._blocked: Bool = np.zeros(len(self._ways.room), np.bool_)

    @property
    def interval_s(self) -> int:
        """Seconds between decisions."""
        return self._options.interval_s

    def decide(self, readings: Readings, state: StageState) -> I32:
        """Wished stage of every signal."""
        wishes, _ = self._grid.best(self.score(readings.traffic))
        return wishes if self._guard is None else self._guard.override(wishes, readings, state)

    def score(self, traffic: Traffic) -> F64:
        """Sum of the votes for every stage row."""
        ways, table = self._ways, self._table
        queues = make_queues(ways, ways.reach_share, traffic, nobody_announced())
        slot = np.repeat(np.arange(len(ways.slot_lane)), np.diff(queues.offset))
        urgent: F64 = np.exp(-URGENCY_PS * queues.due_s)
        votes: F64 = queues.weight * urgent * self._space(queues, slot, traffic)
        signal, scores = self._signal[slot], np.zeros(int(table.stage_offset[-1]))
        for place in range(int(table.n_stages.max(initial=0))):
            may = ((queues.go >> place) & 1 > 0) & (place < table.n_stages[signal])
            np.add.at(scores, table.stage_offset[signal[may]] + place, votes[may])
        return scores

    def _space(self, queues: Queues, slot: Values, traffic: Traffic) -> F64:
        """What room upstream and downstream makes of each row's vote."""
        ways = self._ways
        link = ways.lane_link[traffic.lane]
        full = np.bincount(link, minlength=len(ways.room)) / np.maximum(ways.room, 1.0)
        entered_m = ways.lane_m[traffic.lane] - traffic.ahead_m
        mouth = np.bincount(link[entered_m <= MOUTH_M], minlength=len(ways.room))
        first = ways.first_lane[:-1]
        space = np.minimum(ways.lane_m[first], MOUTH_M) * np.diff(ways.first_lane) / CAR_M
        mouth_full = np.minimum(mouth / np.maximum(space, 1.0), FULL_SHARE)
        self._blocked = (mouth_full >= BLOCKED_FROM) | (self._blocked & (mouth_full > BLOCKED_TO))
        known = queues.exit_link >= 0
        down = np.where(known, full[queues.exit_link], 0.0)
        near = np.where(known, mouth_full[queues.exit_link], 0.0)
        stuck = known & self._blocked[queues.exit_link]
        up = full[ways.lane_link[ways.slot_lane[slot]]]
        share = np.exp(PRESSURE * (up - down)) * (1.0 - near / FULL_SHARE) * np.where(stuck, BLOCKED_FACTOR, 1.0)
        return np.asarray(share)
