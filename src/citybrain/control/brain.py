"""brain: every junction plans ahead on the vehicles that come, and tells its neighbours whom it will let out.

A decision, for all junctions at once:

1. `queues`: every vehicle in view gets the stop line that it comes to, and when; who is still upstream of another
   signal is known from what that one announced, spread over lanes as the turns of the last minutes were (`turning`).
2. `search`: a beam over sequences of stages finds the one with the least delay over the horizon. Vehicles that give
   way come after those they give way to; nobody is let into a link that has no room.
3. `announce`: the plans are played through, and tell who will enter which link when. With decisions far apart this is
   heard and planned for once more before anybody acts.
4. `red_guard`: whoever has waited too long comes first, whatever the plans say.

All junctions are planned on the same announcements: their order makes no difference. No constant depends on a city.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from citybrain.city.model import F64, I32, I64, U8, City
from citybrain.control.announce import announce
from citybrain.control.approaches import approaches
from citybrain.control.course import Course, Flow, Gates, Plan, Signals, empty_plan, no_gates
from citybrain.control.gating import Gating
from citybrain.control.pressure import check_interval
from citybrain.control.queues import Announced, Queues, make_queues, nobody_announced
from citybrain.control.ramps import Ramps
from citybrain.control.red_guard import RedGuard
from citybrain.control.search import search
from citybrain.control.spillback import Exits
from citybrain.control.stages import ALL_RED, GREEN, KEEP, YELLOW, StageState, loses_right
from citybrain.control.table import SignalTable
from citybrain.control.turning import TurnShares
from citybrain.errors import InputError
from citybrain.records.readings import Readings
from citybrain.records.traffic import Traffic

# Times at which stages may change when decisions come often: the sooner, the finer.
OFTEN_S = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)
SELDOM_S = 5.0  # decisions as far apart as this are searched on their own grid
KEEP_NODES = 4  # of each stage and time
FIRST_S, SECOND_S = 1.0, 1.3  # the first two vehicles of a queue lose so much at the start of green
HEADWAY_S = 2.2
UNSERVED_S, CLEARING = 20.0, 0.0  # what who is left at the horizon's end waits on top (`course`)
YIELD_S = 4.0  # a vehicle with right of way keeps one that gives way from going for so long
SPREAD, SPREAD_SHARE = 120.0, 0.2  # nodes so much worse than the best of their time are dropped
INSIDE_S = 3.0  # who is to enter a link so soon is seen inside the junction already
PARALLEL_FROM = 64  # signals


@dataclass(frozen=True)
class BrainOptions:
    interval_s: int = 1
    horizon_s: float = 120.0  # with decisions at least SELDOM_S apart; else OFTEN_S
    max_red_s: float = 120.0  # 0 = no guard
    workers: int = 2  # threads that share a city of PARALLEL_FROM signals or more; the wishes are the same
    gating: bool = False  # areas that fill up beyond what they carry are entered at their pace
    ramps: bool = False  # ramp signals hold the main road at capacity

    def __post_init__(self) -> None:
        if not (20.0 <= self.horizon_s <= 600.0 and 1 <= self.workers <= 64):
            given = f"horizon_s = {self.horizon_s}, workers = {self.workers}"
            raise InputError(f"{given}: expected 20 to 600 s and 1 to 64")
        check_interval(self.interval_s, self.max_red_s)


class Brain:
    """See the module's head. It needs `Readings.traffic`: single vehicles, seen or estimated."""

    looks = True

    def __init__(self, city: City, table: SignalTable, options: BrainOptions | None = None) -> None:
        self._options = options or BrainOptions()
        self._table, self._ways = table, approaches(city, table)
        self._lost_offset, self._lost_s = _lost(table)
        self._shares = TurnShares(self._ways)
        self._exits = Exits(self._ways)
        self._guard = RedGuard(city, table, self._options.max_red_s) if self._options.max_red_s > 0 else None
        self._course = _course(self._options)
        self._gating = Gating(city, self._ways) if self._options.gating else None
        self._ramps = Ramps(self._ways, table.n_stages.astype(np.int64)) if self._options.ramps else None
        sizes = len(self._ways.slot_lane), len(self._ways.room), table.n_signals, self._course.time_s.size
        self._open = no_gates(*sizes)
        self._sweeps = 2 if self._options.interval_s >= SELDOM_S else 1
        self._heard, self._heard_at_s = nobody_announced(), -np.inf

    @property
    def interval_s(self) -> int:
        """Seconds between decisions."""
        return self._options.interval_s

    def decide(self, readings: Readings, state: StageState) -> I32:
        """Wished stage of every signal."""
        gates = self._gates(readings.traffic, readings.time_s)
        plan = self._plan(readings.traffic, readings.time_s, self._signals(state), gates)
        wishes = np.where(self._table.n_stages > 1, plan.stage[:, 0], KEEP).astype(np.int32)
        return wishes if self._guard is None else self._guard.override(wishes, readings, state)

    def _plan(self, traffic: Traffic, time_s: float, signals: Signals, gates: Gates) -> Plan:
        ways, course = self._ways, self._course
        heard = _later(self._heard, time_s - self._heard_at_s)
        for sweep in range(self._sweeps):
            queues = make_queues(ways, self._shares.share, traffic, heard)
            if sweep == 0:
                self._shares.see(queues, traffic, time_s)
            flow = self._flow(traffic, time_s, gates)
            plan = empty_plan(signals, course, queues.due_s.size)
            self._search(queues, signals, flow, plan)
            heard = announce(ways, queues, signals, course, flow, plan)
            self._exits.hear(queues, plan, time_s)
        self._heard, self._heard_at_s = heard, time_s
        return plan

    def _gates(self, traffic: Traffic, time_s: float) -> Gates:
        """What the options hold back: nothing, unless they are asked for."""
        step_s = self._course.time_s
        gates = self._open if self._gating is None else self._gating.look(traffic, time_s, step_s)
        if self._ramps is None:
            return gates
        self._ramps.look(traffic, time_s)
        return self._ramps.on(gates, traffic, step_s)

    def _flow(self, traffic: Traffic, time_s: float, gates: Gates) -> Flow:
        room = self._exits.room(traffic, self._course.time_s, time_s)
        return Flow(np.full(len(self._ways.slot_lane), HEADWAY_S), room, gates)

    def _search(self, queues: Queues, signals: Signals, flow: Flow, plan: Plan) -> None:
        n, workers = len(signals.n_stages), self._options.workers
        ends = np.linspace(0, n, (1 if n < PARALLEL_FROM else workers) + 1).astype(np.int64)
        parts = [np.array(part, np.int64) for part in pairwise(ends)]
        if len(parts) == 1:
            search(queues, signals, self._course, flow, parts[0], plan)
            return
        with ThreadPoolExecutor(len(parts)) as pool:
            for done in [pool.submit(search, queues, signals, self._course, flow, part, plan) for part in parts]:
                done.result()

    def _signals(self, state: StageState) -> Signals:
        """Where the signals stand, as the search takes it."""
        table, age_s = self._table, state.age_s.astype(np.float64)
        red_s, min_s = table.all_red_s.astype(np.float64), table.min_green_s.astype(np.float64)
        after_s = np.where(state.mode == YELLOW, table.yellow_s + red_s, np.where(state.mode == ALL_RED, red_s, age_s))
        left_s = np.maximum(after_s - age_s, 0.0)
        free_s = np.where(state.mode == GREEN, np.maximum(min_s - age_s, 0.0), left_s + min_s)
        return Signals(
            first_slot=self._ways.first_slot,
            n_stages=table.n_stages.astype(np.int64),
            min_green_s=min_s,
            lost_offset=self._lost_offset,
            lost_s=self._lost_s,
            stage=state.target.astype(np.int32),
            before=state.stage.astype(np.int32),
            green_in_s=left_s,
            free_in_s=free_s,
        )


def _course(options: BrainOptions) -> Course:
    """Times of the search: the decisions to come; between frequent ones only as many as are worth their price."""
    if options.interval_s >= SELDOM_S:
        time_s = np.arange(0.0, max(options.horizon_s, 2.0 * options.interval_s) + 1.0, options.interval_s)
    else:
        time_s = np.array(OFTEN_S)
    return Course(time_s, KEEP_NODES, FIRST_S, SECOND_S, UNSERVED_S, CLEARING, YIELD_S, SPREAD, SPREAD_SHARE)


def _later(heard: Announced, passed_s: float) -> Announced:
    """Announcements some time later: without those who have entered since."""
    if not np.isfinite(passed_s):
        return nobody_announced()
    at_s = heard.at_s - passed_s
    kept = at_s >= INSIDE_S
    return Announced(heard.link[kept], at_s[kept], heard.mass[kept], heard.weight[kept])


def _lost(table: SignalTable) -> tuple[I64, F64]:
    """Seconds of change between any two stages of every signal: none where nobody loses his green."""
    rows: list[F64] = [np.zeros(0)]
    offset = np.zeros(table.n_signals, np.int64)
    for signal in range(table.n_signals):
        offset[signal] = sum(row.size for row in rows)
        full_s = float(table.yellow_s[signal] + table.all_red_s[signal])
        span = range(int(table.stage_offset[signal]), int(table.stage_offset[signal + 1]))
        for row in span:
            loses = [loses_right(_shown(table, row), _shown(table, other)) for other in span]
            rows.append(np.where(loses, full_s, 0.0))
    return offset, np.concatenate(rows)


def _shown(table: SignalTable, row: int) -> U8:
    return table.colours[table.colour_offset[row] : table.colour_offset[row + 1]]
