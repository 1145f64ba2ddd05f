"""Plans that the brain proposes: cycle and splits of one junction, from the turning flows that it measures.

Flows are those of the area model (plates read and probes, conserved at every junction), at the traffic's level now,
with what piles up before the lines and what stands there already on top: the wanted flow, not only what the plan let
through. Splits make the degrees
of saturation equal, delays are the Highway Capacity Manual's (`control.retiming`). The present cycle stays, so that it
stays in step with its neighbours, unless another one saves far more. The band is that of the flows: plans are judged on
draws of them, the same draws for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from citybrain.brain.plans import Plan, PlanRules
from citybrain.city.model import F64, I64, City
from citybrain.control.retiming.capacity import Junction, junction_of
from citybrain.control.retiming.flows import TurnFlows, turns_of
from citybrain.control.retiming.skeleton import Skeleton, skeleton_of
from citybrain.control.retiming.webster import best_split, delay_vehicles, saturations, webster_cycle_s
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.estimate.network import NetworkMemory
from citybrain.guard.desk import DeskTables

__all__ = ["Outlook", "Proposal", "Proposer", "Wanted", "measured_flows"]

HOURS = 0.25  # for which the manual lets a queue grow
CYCLES_S = range(40, 125, 5)
CYCLE_MAX_S = 120.0
OTHER_CYCLE_GAIN = 0.85  # another cycle must save so much of the delay, to leave the neighbours' step
WORTH = 0.95  # a plan that saves less is not worth a change
DRAWS, BAND = 200, (5.0, 95.0)
FLOW_SD_LEAST = 0.05  # relative: no flow is known better
LEAST_VPH = 1.0
RED_S = 60.0  # whose arrivals stand before a line even where all is well; the others have to be served as well


class Wanted(NamedTuple):
    """Wanted flows of all turns [n_turns] of `turns_of(city)`, with their relative standard errors."""

    flows: TurnFlows
    sd_rel: F64


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a plan would do under the flows measured. Rows of lanes are those of `Proposal.lanes`."""

    plan: Plan
    cycle_s: int
    saturation: F64  # [n_lanes]
    step_saturation: F64  # [n_steps] greatest of the lanes that have their best discharge in the step
    delay_s: float  # a vehicle
    low_s: float
    high_s: float


@dataclass(frozen=True, eq=False)
class Proposal:
    """The plan in force and the one proposed, side by side; `saved_frac` is what the delay falls by, with its band."""

    signal: int
    flow_vph: float
    lanes: I64
    lane_vph: F64
    now: Outlook
    proposed: Outlook
    saved_frac: float
    saved_low: float
    saved_high: float

    @property
    def worth(self) -> bool:
        """Whether it saves enough for a change, on nearly all draws of the flows."""
        return self.saved_frac > 1.0 - WORTH and self.saved_low > 0.0


def measured_flows(city: City, memory: NetworkMemory, queue: F64 | None = None) -> Wanted:
    """What every turn has to serve, vehicles an hour; `queue` [n_lanes] stands there now, and is to be gone in HOURS.

    Raises InputError before the flows were first worked out.
    """
    areas = memory.areas
    model = areas.model.flows
    if model.turn.size == 0 or not float(model.turn.sum()) > 0.0:
        raise InputError("the flows are not known yet: wait until the sensors have seen some minutes of traffic")
    turns = turns_of(city)
    n = len(city.links.link_id)
    known = areas.layout.turn_from.astype(np.int64) * n + areas.layout.turn_to
    asked = turns.from_link.astype(np.int64) * n + turns.to_link
    order = np.argsort(known)
    row = order[np.minimum(np.searchsorted(known[order], asked), max(known.size - 1, 0))]
    found = known[row] == asked
    served = np.where(found, model.turn[row] * areas.sums.index, 0.0)
    sd = np.where(found, np.sqrt(model.turn_var[row]) * areas.sums.index, 0.0)
    growth = np.maximum(model.store * areas.sums.index, 0.0)
    total = np.bincount(turns.from_link, served, n)
    if queue is not None:
        standing = np.bincount(city.lanes.link, np.nan_to_num(queue), n)
        growth = growth + np.maximum(standing - RED_S * total, 0.0) / (HOURS * 3600.0)
    share = served / np.maximum(total[turns.from_link], 1e-9)
    wanted = served + share * growth[turns.from_link]
    rel = np.maximum(sd / np.maximum(served, 1e-6), FLOW_SD_LEAST)
    return Wanted(TurnFlows(turns, wanted * 3600.0), np.minimum(rel, 1.0))


class Proposer:
    """Proposes plans for the signals of a city; what it knows of the city is made at the first question."""

    def __init__(self, city: City, tables: DeskTables, rules: PlanRules) -> None:
        self._city, self._tables, self._rules = city, tables, rules
        self._skeleton: Skeleton | None = None

    def propose(self, signal: int, wanted: Wanted, in_force: Plan | None) -> Proposal:
        """The plan in force (None = the signal's own) beside a better one. Raises InputError where none can be made."""
        skeleton = self._known()
        if not self._tables.limits.steerable[signal]:
            raise InputError("its stages do not allow to steer it, so that no plan can be applied")
        stages = self._stages(skeleton, signal)
        junction = junction_of(skeleton, wanted.flows, signal)
        if junction.lane.size == 0 or float(junction.flow_vps.sum()) * 3600.0 < LEAST_VPH:
            raise InputError("no traffic has been measured there")
        own = self._own(skeleton, signal, stages)
        given = in_force or own
        plans = self._candidates(skeleton, junction, stages, own)
        draws = self._draws(junction, wanted)
        greens = {plan: _greens(stages, plan) for plan in (given, *plans)}
        best = self._best(junction, greens, given, plans)
        delays = [self._delays(junction, draws, plan, greens[plan]) for plan in (given, best)]
        saved = 1.0 - delays[1] / np.maximum(delays[0], 1e-9)
        low, high = np.percentile(saved, BAND)
        now, proposed = (
            self._outlook(junction, plan, greens[plan], found)
            for plan, found in zip((given, best), delays, strict=True)
        )
        gain = 1.0 - proposed.delay_s / max(now.delay_s, 1e-9)
        vph = junction.flow_vps * 3600.0
        return Proposal(signal, float(vph.sum()), junction.lane, vph, now, proposed, gain, float(low), float(high))

    def _known(self) -> Skeleton:
        if self._skeleton is None:
            found, least_s = skeleton_of(self._city), self._tables.limits.min_green_s
            self._skeleton = replace(found, least_s=np.maximum(found.least_s, least_s[found.signal]))
        return self._skeleton

    def _stages(self, skeleton: Skeleton, signal: int) -> list[int]:
        """The stage of each step of the signal's plan: its place within the signal."""
        table: SignalTable = self._tables.table
        first, end = int(table.stage_offset[signal]), int(table.stage_offset[signal + 1])
        shown = [table.colours[table.colour_offset[row] : table.colour_offset[row + 1]] for row in range(first, end)]
        found = []
        for step in skeleton.steps(signal):
            same = [k for k, colours in enumerate(shown) if np.array_equal(colours, skeleton.colours[step])]
            found.append(same[0] if same else -1)
        if len(found) < 2 or -1 in found:
            raise InputError("it has no fixed plan of two stages or more, so there is nothing to time")
        return found

    def _own(self, skeleton: Skeleton, signal: int, stages: list[int]) -> Plan:
        timing = skeleton.given()
        greens = [round(float(timing.green_s[step])) for step in skeleton.steps(signal)]
        plan = Plan(0, tuple(zip(stages, greens, strict=True)))
        cycle_s = self._rules.cycle_s(signal, plan)
        return replace(plan, offset_s=int(timing.offset_s[signal]) % max(cycle_s, 1))

    def _candidates(self, skeleton: Skeleton, junction: Junction, stages: list[int], own: Plan) -> list[Plan]:
        """Plans that the guard allows: the own cycle first, then Webster's, then round ones."""
        signal, found = junction.signal, list[Plan]()
        own_s = self._rules.cycle_s(signal, own)
        spare_s = own_s - round(skeleton.cycle_s(signal, skeleton.given()))  # the guard's changes may last longer
        webster_s = round(webster_cycle_s(skeleton, junction, CYCLE_MAX_S))
        for cycle_s in dict.fromkeys((own_s, webster_s, *CYCLES_S)):
            split = best_split(skeleton, junction, float(cycle_s - spare_s), drop=False)
            if split is None:
                continue
            greens = np.rint(split.green_s).astype(int).tolist()
            plan = Plan(0, tuple(zip(stages, greens, strict=True)))
            plan = replace(plan, offset_s=self._offset_s(signal, plan, own))
            if not self._rules.objection(signal, plan.encoded()):
                found.append(plan)
        if not found:
            raise InputError("no plan with these stages keeps the guard's minima")
        return found

    def _offset_s(self, signal: int, plan: Plan, own: Plan) -> int:
        """The longest green of the own plan begins where it did in the cycle, so that a green wave still meets it."""
        lead = int(np.argmax([green for _, green in own.steps]))
        shift_s = self._begin_s(signal, own, lead) - self._begin_s(signal, plan, lead)
        return int((own.offset_s + shift_s) % self._rules.cycle_s(signal, plan))

    def _begin_s(self, signal: int, plan: Plan, step: int) -> int:
        """When a step's green begins after the first one's."""
        stages = [stage for stage, _ in plan.steps]
        return sum(
            green + self._rules.change_s(signal, stages[k], stages[k + 1])
            for k, (_, green) in enumerate(plan.steps[:step])
        )

    def _best(self, junction: Junction, greens: dict[Plan, F64], given: Plan, plans: list[Plan]) -> Plan:
        """The least delay; a plan of another cycle than the one in force must save far more."""
        own_s = self._rules.cycle_s(junction.signal, given)

        def cost(plan: Plan) -> float:
            cycle_s = self._rules.cycle_s(junction.signal, plan)
            other = abs(cycle_s - own_s) > 1
            return delay_vehicles(junction, greens[plan], cycle_s, HOURS) / (OTHER_CYCLE_GAIN if other else 1.0)

        return min(plans, key=cost)

    def _draws(self, junction: Junction, wanted: Wanted) -> F64:
        """[DRAWS, n_lanes] flows as they might be: independent errors of the turns, the same for every question."""
        city, turns = self._city, wanted.flows.turns
        rows = [np.unique(turns.of_movement[city.movements.from_lane == lane]) for lane in junction.lane]
        vph, sd = wanted.flows.flow_vph, wanted.sd_rel
        rel = np.array([np.sqrt((vph[row] ** 2 * sd[row] ** 2).sum()) / max(vph[row].sum(), 1e-9) for row in rows])
        chance = np.random.default_rng(junction.signal)
        scale = np.exp(rel * chance.standard_normal((DRAWS, rel.size)) - 0.5 * rel**2)
        return np.asarray(junction.flow_vps * scale)

    def _delays(self, junction: Junction, draws: F64, plan: Plan, greens: F64) -> F64:
        """Seconds a vehicle under each draw."""
        cycle_s = float(self._rules.cycle_s(junction.signal, plan))
        each = [delay_vehicles(replace(junction, flow_vps=row), greens, cycle_s, HOURS) / row.sum() for row in draws]
        return np.array(each)

    def _outlook(self, junction: Junction, plan: Plan, greens: F64, delays: F64) -> Outlook:
        cycle_s = self._rules.cycle_s(junction.signal, plan)
        found = saturations(junction, greens, float(cycle_s))
        leads = junction.rate_vps >= 0.999 * junction.rate_vps.max(axis=1, keepdims=True)
        by_step = np.where(leads, found[:, None], 0.0).max(axis=0)
        delay_s = delay_vehicles(junction, greens, float(cycle_s), HOURS) / float(junction.flow_vps.sum())
        low_s, high_s = np.percentile(delays, BAND)
        return Outlook(plan, cycle_s, found, by_step, delay_s, float(low_s), float(high_s))


def _greens(stages: list[int], plan: Plan) -> F64:
    """Greens of a plan by the steps of the signal's own; a stage that comes twice there has half of it in each."""
    by_stage = dict.fromkeys(stages, 0.0)
    for stage, green in plan.steps:
        by_stage[stage] = by_stage.get(stage, 0.0) + green
    return np.array([by_stage[stage] / stages.count(stage) for stage in stages])
