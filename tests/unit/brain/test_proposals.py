"""Plans proposed: from flows to greens, never worse on these flows, honest about what is not known."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "control"))
from _crossroads import Layout, crossroads
from _day import streets

from citybrain.brain.acting import Acting
from citybrain.brain.build import Wishes, assemble
from citybrain.brain.plans import Plan, PlanRules
from citybrain.brain.proposals import HOURS, OTHER_CYCLE_GAIN, RED_S, Proposer, Wanted, measured_flows
from citybrain.brain.steering import SteerOptions
from citybrain.clock import ManualClock
from citybrain.control.retiming.flows import TurnFlows, turns_of
from citybrain.errors import InputError
from citybrain.guard.desk import DeskTables
from citybrain.settings import Settings

CITY = crossroads(Layout(n=2))
TABLES = DeskTables.of(CITY)
RULES = PlanRules(TABLES)
OWN = Plan(0, ((0, 30), (1, 20), (2, 10), (3, 10)))


@cache
def proposer() -> Proposer:
    return Proposer(CITY, TABLES, RULES)


def wanted(east_west: float, north_south: float, left: float = 60.0, sd: float = 0.1) -> Wanted:
    """Through flows of each approach, vehicles an hour."""
    turns = turns_of(CITY)
    names = [CITY.links.link_id[link] for link in turns.from_link]
    turn = np.zeros(turns.from_link.size, int)
    turn[turns.of_movement] = CITY.movements.turn
    through = np.array([east_west if name[2] in "EW" else north_south for name in names])
    return Wanted(TurnFlows(turns, np.where(turn == 0, through, left)), np.full(turn.size, sd))


def greens(plan: Plan) -> list[int]:
    return [green for _, green in plan.steps]


def test_who_has_more_traffic_gets_more_green_and_the_degrees_of_saturation_are_equal() -> None:
    found = proposer().propose(0, wanted(700.0, 250.0), None)
    assert found.now.plan == OWN
    assert found.now.cycle_s == 90
    east_west, north_south, *left = greens(found.proposed.plan)
    assert east_west > 1.7 * north_south
    assert min(left) >= 5
    assert np.ptp(found.proposed.step_saturation[:2]) < 0.1
    assert found.proposed.saturation.max() < found.now.saturation.max()
    assert found.flow_vph == pytest.approx(2 * 950.0 + 8 * 60.0)
    assert found.worth
    assert 0.0 < found.saved_low < found.saved_frac < found.saved_high < 1.0
    assert found.saved_frac == pytest.approx(1.0 - found.proposed.delay_s / found.now.delay_s)


@pytest.mark.parametrize("flows", [(100.0, 100.0), (500.0, 300.0), (650.0, 650.0), (900.0, 150.0), (1500.0, 1500.0)])
def test_what_is_proposed_is_never_worse_on_its_flows_and_the_guard_takes_it(flows: tuple[float, float]) -> None:
    found = proposer().propose(1, wanted(*flows), None)
    assert RULES.objection(1, found.proposed.plan.encoded()) == ""
    assert found.proposed.delay_s <= found.now.delay_s + 1e-9
    other = abs(found.proposed.cycle_s - found.now.cycle_s) > 1
    assert not other or found.proposed.delay_s <= found.now.delay_s * OTHER_CYCLE_GAIN
    for outlook in (found.now, found.proposed):
        assert outlook.low_s <= outlook.delay_s <= outlook.high_s


def test_a_plan_that_stands_is_not_proposed_again() -> None:
    first = proposer().propose(0, wanted(700.0, 250.0), None).proposed.plan
    again = proposer().propose(0, wanted(700.0, 250.0), first)
    assert (again.now.plan, again.proposed.plan) == (first, first)
    assert (again.saved_frac, again.worth) == (0.0, False)


def test_the_less_is_known_the_wider_the_band_and_the_harder_a_change() -> None:
    sure, vague = (proposer().propose(0, wanted(620.0, 420.0, sd=sd), None) for sd in (0.05, 0.6))
    assert sure.proposed.plan == vague.proposed.plan
    assert vague.now.high_s - vague.now.low_s > 2.0 * (sure.now.high_s - sure.now.low_s)
    assert vague.saved_low < sure.saved_low
    twice = proposer().propose(0, wanted(620.0, 420.0, sd=0.6), None)
    assert (twice.saved_low, twice.saved_high) == (vague.saved_low, vague.saved_high), "the same draws every time"


def test_with_the_same_cycle_the_main_green_begins_when_it_did() -> None:
    fixed = crossroads(Layout(n=1, offset_s=17.0, greens_s=(20.0, 30.0, 10.0, 10.0)))
    tables = DeskTables.of(fixed)
    found = Proposer(fixed, tables, PlanRules(tables))
    own = found._own(found._known(), 0, [0, 1, 2, 3])
    assert own == Plan(17, ((0, 20), (1, 30), (2, 10), (3, 10)))
    other = Plan(0, ((0, 26), (1, 24), (2, 10), (3, 10)))
    moved = replace(other, offset_s=found._offset_s(0, other, own))
    assert (moved.offset_s + 26 + 5) % 90 == (own.offset_s + 20 + 5) % 90


def test_what_cannot_be_proposed_says_why() -> None:
    with pytest.raises(InputError, match="no traffic has been measured"):
        proposer().propose(0, wanted(0.0, 0.0, 0.0), None)
    one_stage = replace(TABLES, limits=replace(TABLES.limits, steerable=np.array([True, False])))
    with pytest.raises(InputError, match="do not allow to steer it"):
        Proposer(CITY, one_stage, RULES).propose(1, wanted(500.0, 500.0), None)


# ---- on what a brain measures ----


def test_the_brain_proposes_from_what_it_has_measured() -> None:
    options = SteerOptions("max-pressure", "recommend", people=True)
    run = assemble(lambda: streets(steered=True), Wishes(math.inf, steer=options), Settings(), ManualClock())
    acting = Acting(run)
    with pytest.raises(InputError, match="not known yet"):
        acting.proposal(0)
    for _ in range(300):
        run.step()
    city, memory = run.world.city, run.brain.memory.network
    found = measured_flows(city, memory)
    served = memory.areas.model.flows.turn.sum() * memory.areas.sums.index * 3600.0
    assert served <= found.flows.flow_vph.sum() * (1.0 + 1e-9), "what piles up comes on top of what is served"
    assert found.flows.flow_vph.sum() == pytest.approx(served, rel=0.3)
    assert (found.sd_rel > 0.0).all()
    queue = np.zeros(city.lanes.link.size)
    assert measured_flows(city, memory, queue).flows.flow_vph.sum() == pytest.approx(found.flows.flow_vph.sum())
    busy = int(np.argmax(np.bincount(found.flows.turns.from_link, found.flows.flow_vph)))
    queue[city.lanes.link == busy] = 50.0
    more = measured_flows(city, memory, queue).flows.flow_vph - found.flows.flow_vph
    own = found.flows.turns.from_link == busy
    arrivals = found.flows.flow_vph[own].sum() * RED_S / 3600.0
    standing = 50.0 * int((city.lanes.link == busy).sum())
    assert more[~own].max() == 0.0
    assert more[own].sum() == pytest.approx((standing - arrivals) / HOURS, rel=0.05), "it is to be gone in a quarter"
    for row in range(3):
        proposal = acting.proposal(row)
        assert proposal.flow_vph > 0.0
        assert acting.steering.plan_rules.objection(row, proposal.proposed.plan.encoded()) == ""
    run.close()
