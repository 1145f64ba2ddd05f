"""Plans that people apply: leased until they are undone, kept over a restart, obeyed again when the run is replayed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from _day import die, streets

from citybrain.brain.acting import Acting
from citybrain.brain.build import Wishes, assemble, make_brain
from citybrain.brain.directives import CHANGES_KEPT, NONE, Directive, Kind, Standing, directive_of
from citybrain.brain.pace import Shed
from citybrain.brain.plans import Encoded, Plan, mark_of
from citybrain.brain.runtime import Runtime
from citybrain.brain.steering import SteerOptions
from citybrain.brain.storage import read_past
from citybrain.clock import ManualClock
from citybrain.errors import InputError
from citybrain.guard.gate import Mode
from citybrain.hub.actions import Action, Change
from citybrain.settings import Settings
from citybrain.worlds.streets import Streets

RECOMMEND = SteerOptions("max-pressure", "recommend", people=True)


def runtime(record: Path | None = None, *, resume: bool = False) -> Runtime:
    wishes = Wishes(math.inf, record, resume, 30.0, {}, RECOMMEND)
    return assemble(lambda: streets(steered=True), wishes, Settings(), ManualClock())


@pytest.fixture
def run() -> Iterator[Runtime]:
    made = runtime()
    beats(made, 30)
    yield made
    made.close()


def beats(run: Runtime, n: int) -> None:
    for _ in range(n):
        run.step()


def give(run: Runtime, signal: int, plan: Encoded, seen: int | None = None, number: int = 1) -> str:
    """Apply a plan (() = its own again), let a beat go by: the answer."""
    assert run.directives is not None
    expected = () if seen is None else (seen,)
    answer = run.directives.ask(Directive(number, Kind.PLAN, (signal,), (), expected, plans=(plan,)))
    run.step()
    return answer.result(0)


def set_mode(run: Runtime, signal: int, mode: Mode) -> str:
    assert run.directives is not None
    answer = run.directives.ask(Directive(7, Kind.MODE, (signal,), (mode,)))
    run.step()
    return answer.result(0)


def plan_for(run: Runtime, signal: int, green_s: int = 12) -> Encoded:
    steering = run.brain.steering
    assert steering is not None
    n = int(steering.tables.table.n_stages[signal])
    return Plan(0, tuple((stage, green_s) for stage in range(n))).encoded()


def leased(run: Runtime) -> list[int]:
    assert isinstance(run.world, Streets)
    return np.flatnonzero(run.world._desk.leased(run.world.time_s)).tolist()


def plans(run: Runtime) -> dict[int, Encoded]:
    assert run.brain.steering is not None
    return run.brain.steering.plans


def test_a_plan_is_shown_on_the_street_until_it_is_undone_and_the_referee_sees_no_fault(run: Runtime) -> None:
    plan = plan_for(run, 0)
    assert give(run, 0, plan) == ""
    beats(run, 200)
    assert leased(run) == [0]
    steering, world = run.brain.steering, run.world
    assert steering is not None
    assert isinstance(world, Streets)
    shown = []
    cycle_s = steering.plan_rules.cycle_s(0, Plan.of(plan))
    for _ in range(2 * cycle_s):
        run.step()
        shown.append(int(world._desk.state.stage[0]))
    assert shown[:cycle_s] == shown[cycle_s:], "it goes round"
    assert set(shown) == set(range(int(steering.tables.table.n_stages[0])))
    assert run.referee is not None
    assert (run.referee.lost, run.referee.n_trips) == ("", 0)
    assert give(run, 0, (), mark_of(plan)) == ""
    beats(run, 1)
    assert leased(run) == []
    assert plans(run) == {}
    assert "on its own plan already" in give(run, 0, ())


def test_a_plan_needs_no_sight_and_silences_the_optimiser_there(run: Runtime) -> None:
    steering = run.brain.steering
    assert steering is not None
    beats(run, 90)
    gate = steering.gate
    signal = int(np.flatnonzero(gate.advised >= 0)[0])
    assert give(run, signal, plan_for(run, signal)) == ""
    for _ in range(20):
        run.step()
        assert gate.advised[signal] == NONE
    steering._sight.in_sight = lambda now_s: np.zeros(gate.mode.size, np.bool_)  # type: ignore[assignment,method-assign]
    beats(run, 20)
    assert leased(run) == [signal]
    answer = run.directives.ask(Directive(3, Kind.STOP, (signal,)))  # type: ignore[union-attr]
    run.step()
    assert "goes by a plan" in answer.result(0)


def test_what_ends_a_plan(run: Runtime) -> None:
    for mode in (Mode.OBSERVE, Mode.CONTROL):
        assert give(run, 1, plan_for(run, 1)) == ""
        beats(run, 5)
        assert set_mode(run, 1, Mode.RECOMMEND) == ""
        assert plans(run), "the mode in which it is applied does not end it"
        assert set_mode(run, 1, mode) == ""
        assert plans(run) == {}
        assert run.brain.memory.standing.plans == {}, "nor does a restart bring it back"
        assert set_mode(run, 1, Mode.RECOMMEND) == ""
        beats(run, 2)
        assert leased(run) == []


def test_the_guard_has_the_last_word_on_plans(run: Runtime) -> None:
    plan = plan_for(run, 0)
    assert "green for 2 s" in give(run, 0, plan_for(run, 0, 2))
    assert "no longer as it was" in give(run, 0, plan, seen=5)
    assert set_mode(run, 0, Mode.OBSERVE) == ""
    assert "not in the mode recommend" in give(run, 0, plan)
    gate = run.brain.steering.gate  # type: ignore[union-attr]
    gate.steerable[2] = False
    assert "stays on its own plan" in give(run, 2, plan_for(run, 2))
    assert run.brain.memory.standing.plans == {}


def test_a_latched_signal_gets_no_plan_and_one_with_a_plan_is_latched_all_the_same(run: Runtime) -> None:
    assert give(run, 0, plan_for(run, 0)) == ""
    beats(run, 30)
    assert run.referee is not None
    run.referee.see(run.world.time_s - 0.5, np.full(len(run.world.city.groups.group_id), 250, np.uint8))
    beats(run, 15)
    assert leased(run) == []
    assert "latched" in give(run, 1, plan_for(run, 1))


# ---- again ----


def planned(run: Runtime) -> None:
    for n in range(120):
        if n == 20:
            assert give(run, 0, plan_for(run, 0), number=3) == ""
        elif n == 50:
            assert give(run, 1, plan_for(run, 1, 20), number=5) == ""
        elif n == 90:
            assert give(run, 0, plan_for(run, 0, 15), number=8) == ""
        else:
            run.step()


def test_a_run_with_plans_is_played_again_to_the_same_digest(tmp_path: Path) -> None:
    run = runtime(tmp_path / "day")
    planned(run)
    run.close()
    found = []
    for steer, leave_out in ((None, False), (RECOMMEND, False), (RECOMMEND, True)):
        past = read_past(tmp_path / "day")
        fresh = make_brain(past.replay, Settings(), ManualClock(), "again", steer)
        for entry in past.entries.values():
            fresh.beat(past.replay.observe(entry.time_s), Shed(entry.shed), () if leave_out else entry.directives)
        found.append(fresh.digest() == run.brain.digest())
    assert found == [True, True, False]


@pytest.mark.parametrize("snapshot", [True, False])
def test_after_a_crash_the_plans_are_in_force_again(tmp_path: Path, snapshot: bool) -> None:
    first = runtime(tmp_path / "day")
    planned(first)
    wanted = {0: plan_for(first, 0, 15), 1: plan_for(first, 1, 20)}
    assert plans(first) == wanted
    die(first)
    if not snapshot:
        for path in (tmp_path / "day" / "snapshots").iterdir():
            path.unlink()
    assert first.referee is not None
    first.referee.close()
    second = runtime(tmp_path / "day", resume=True)
    assert plans(second) == wanted == second.brain.memory.standing.plans
    assert [number for _, number in second.brain.memory.standing.changed[0]] == [3, 8]
    beats(second, 30)
    assert leased(second) == [0, 1]
    second.close()


def test_a_plan_that_the_guard_no_longer_allows_is_not_taken_up_again(run: Runtime) -> None:
    steering = run.brain.steering
    assert steering is not None
    steering.stand({0: int(Mode.RECOMMEND)}, {0: plan_for(run, 0), 1: plan_for(run, 1, 2)})
    assert list(steering.plans) == [0]


def test_the_journal_keeps_plans_and_the_newest_changes_are_remembered() -> None:
    one = Directive(4, Kind.PLAN, (2,), (), (9,), "ann", plans=((0, 0, 12, 1, 30),))
    assert directive_of(one.plain()) == Directive(4, Kind.PLAN, (2,), plans=((0, 0, 12, 1, 30),))
    assert "plans" not in Directive(5, Kind.STOP, (2,)).plain(), "what was written before reads as it did"
    standing = Standing()
    for number in range(20):
        standing.note(Directive(number, Kind.PLAN, (2,), plans=((number, 0, 12, 1, 30),)), 100.0 + number)
    assert standing.plans == {2: (19, 0, 12, 1, 30)}
    assert standing.changed[2] == tuple((100.0 + n, n) for n in range(20 - CHANGES_KEPT, 20))
    assert vars(Standing.of(standing.state())) == vars(standing)
    assert Standing.of({"count": 1, "mark": "x", "modes": {}}).plans == {}, "a snapshot of before plans"


# ---- taken back ----


def test_an_undo_gives_back_the_plan_of_before(run: Runtime) -> None:
    acting, first, second = Acting(run), plan_for(run, 0), plan_for(run, 0, 20)
    name = acting.ids[0]
    told = [acting.steering.plan_rules.told(0, plan) for plan in (first, second)]
    directive = acting.plan_directive([0], Plan.of(first))
    assert acting.changes(directive) == (Change(name, None, told[0]),)
    assert (directive.plans, directive.expected) == ((first,), (0,))
    assert give(run, 0, first) == ""
    assert acting.changes(acting.plan_directive([0], Plan.of(second))) == (Change(name, told[0], told[1]),)
    assert give(run, 0, second) == ""
    back = acting.reverse(action(name, told[0], told[1]))
    assert (back.plans, back.expected) == ((first,), (mark_of(second),))
    assert acting.objection(back) == ""
    assert "no longer as it was" in acting.objection(acting.reverse(action(name, None, told[0])))
    assert acting.reverse(action(name, None, told[1])).plans == ((),)
    with pytest.raises(InputError, match="cannot be read"):
        acting.reverse(action(name, {"steps": [{}]}, told[1]))
    with pytest.raises(InputError, match="expected one"):
        acting.plan_directive([0, 1], None)


def action(name: str, before: object, after: object) -> Action:
    return Action(1, "plan", "ann", "", "", 0.0, (Change(name, before, after),))
