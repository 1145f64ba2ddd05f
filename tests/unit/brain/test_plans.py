"""Plans that people give to signals: as the clock has them, never against the guard, and shown to the second."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "control"))
from _crossroads import Layout, crossroads

from citybrain.brain.plans import Plan, PlanRules, mark_of
from citybrain.city.model import Colour
from citybrain.control.fixed import FixedTime
from citybrain.errors import InputError
from citybrain.guard.desk import DeskTables, SignalDesk
from citybrain.records.command import Commands

CITY = crossroads(Layout(n=2, offset_s=13.0))
TABLES = DeskTables.of(CITY)
RULES = PlanRules(TABLES)
OWN = Plan(13, ((0, 30), (1, 20), (2, 10), (3, 10)))
CHANGE_S = 5
BEATS = 4000  # longer than the guard counts changes

plans = st.builds(
    Plan,
    st.integers(0, 39),
    st.lists(st.integers(5, 60), min_size=4, max_size=4).map(lambda greens: tuple(enumerate(greens))),
)


@given(plans)
def test_a_plan_is_kept_as_numbers_and_told_apart(plan: Plan) -> None:
    assert Plan.of(plan.encoded()) == plan
    other = Plan(plan.offset_s + 1, plan.steps)
    marks = {mark_of(plan.encoded()), mark_of(other.encoded()), mark_of(())}
    assert len(marks) == 3
    assert mark_of(()) == 0
    assert mark_of(plan.encoded()) == mark_of(Plan.of(plan.encoded()).encoded()) < 2**53, "also as a JSON number"


@pytest.mark.parametrize("kept", [(1,), (1, 2), (1, 2, 3, 4)])
def test_numbers_that_are_no_plan_are_refused(kept: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="expected an offset"):
        Plan.of(kept)
    assert "expected an offset" in RULES.objection(0, kept)


def test_the_own_plan_given_as_a_plan_wishes_what_the_own_plan_does() -> None:
    fixed = FixedTime(TABLES.table)
    assert RULES.cycle_s(0, OWN) == 30 + 20 + 10 + 10 + 4 * CHANGE_S
    for time_s in np.arange(0.0, 300.0):
        assert RULES.stage_at(1, OWN.encoded(), time_s) == fixed.stages_at(time_s)[1], time_s


@given(plans, st.integers(0, 100_000))
def test_a_plan_comes_again_every_cycle_and_wishes_each_stage_for_its_green_and_the_change_before(
    plan: Plan, begin_s: int
) -> None:
    cycle_s = RULES.cycle_s(0, plan)
    wished = [RULES.stage_at(0, plan.encoded(), begin_s + second) for second in range(cycle_s)]
    assert wished == [RULES.stage_at(0, plan.encoded(), begin_s + cycle_s + second) for second in range(cycle_s)]
    assert [wished.count(stage) for stage in range(4)] == [green + CHANGE_S for _, green in plan.steps]


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (Plan(0, ((0, 20),)), "a plan of 1 steps"),
        (Plan(0, ((0, 20), (4, 20))), "no streams may be let go"),
        (Plan(0, ((0, 20), (-1, 20))), "no streams may be let go"),
        (Plan(0, ((0, 20), (0, 20), (1, 20), (2, 20), (3, 20))), "follows itself"),
        (Plan(0, ((0, 20), (1, 20), (2, 20), (3, 20), (0, 20))), "follows itself"),
        (Plan(0, ((0, 20), (1, 20), (2, 20))), "would never get green"),
        (Plan(0, ((0, 4), (1, 20), (2, 20), (3, 20))), "step 1 is green for 4 s; expected 5 to"),
        (Plan(0, ((0, 20), (1, 20), (2, 20), (3, 181))), "step 4 is green for 181 s"),
        (Plan(100, ((0, 20), (1, 20), (2, 20), (3, 20))), "a cycle of 100 s, offset 100 s"),
        (Plan(-1, ((0, 20), (1, 20), (2, 20), (3, 20))), "offset -1 s"),
        (Plan(0, ((0, 6), (1, 7), (2, 7), (3, 7))), "more often than the guard allows"),
        (Plan(0, ((0, 5), (1, 150), (2, 150), (3, 60))), "wait longer than the guard allows"),
    ],
)
def test_the_guard_refuses_a_plan_that_the_street_would_not_keep(plan: Plan, why: str) -> None:
    assert why in RULES.objection(0, plan.encoded())


def test_a_stage_may_come_twice_and_the_own_plan_is_always_allowed() -> None:
    assert RULES.objection(0, ()) == ""
    assert RULES.objection(0, OWN.encoded()) == ""
    twice = Plan(0, ((0, 10), (1, 10), (0, 10), (2, 10), (3, 10)))
    assert RULES.objection(0, twice.encoded()) == ""
    assert RULES.told(0, twice.encoded()) == {
        "cycle_s": 75,
        "offset_s": 0,
        "steps": [{"stage": stage, "green_s": 10} for stage in (0, 1, 0, 2, 3)],
    }
    assert RULES.told(0, ()) is None


@pytest.mark.parametrize("greens", [(8, 8, 8, 8), (12, 31, 7, 19)])
def test_the_street_shows_the_plan_to_the_second(greens: tuple[int, ...]) -> None:
    """Through leases and the guard's rules: every green, yellow and all-red as the plan has them, cycle after cycle."""
    plan = Plan(3, tuple(enumerate(greens)))
    desk, shown = SignalDesk(CITY, tables=TABLES), []
    for second in range(BEATS):
        stage = RULES.stage_at(0, plan.encoded(), float(second))
        desk.apply(Commands(np.array([0], np.int32), np.array([stage], np.int32), np.array([second + 10.0])))
        colours = desk.colours(float(second))
        desk.see(colours)
        shown.append(colours[:12].copy())
    cycle_s = RULES.cycle_s(0, plan)
    late = np.array(shown[BEATS - 2 * cycle_s :])
    assert np.array_equal(late[:cycle_s], late[cycle_s:]), "it has settled into the cycle"
    table = TABLES.table
    stages = [table.colours[table.colour_offset[row] : table.colour_offset[row + 1]] for row in range(4)]
    for stage, green_s in enumerate(greens):
        assert (late[:cycle_s] == stages[stage]).all(axis=1).sum() == green_s, stage
    assert ((late[:cycle_s] == Colour.YELLOW).any(axis=1)).sum() == 4 * 3
    begins = (late[cycle_s:] == stages[0]).all(axis=1) & ~(late[cycle_s - 1 : -1] == stages[0]).all(axis=1)
    assert (BEATS - cycle_s + int(np.flatnonzero(begins)[0]) - plan.offset_s) % cycle_s == 0, "and begins at its offset"
