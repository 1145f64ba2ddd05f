"""What people may ask of a running brain: seen as it is now, taken back as it was, refused by name."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "control"))
from _crossroads import Layout, crossroads

from citybrain.brain.acting import Acting, word
from citybrain.brain.directives import NONE, Asked, Directive, DirectiveDesk, Kind, sort_out
from citybrain.brain.plans import PlanRules
from citybrain.brain.runtime import Runtime
from citybrain.errors import InputError
from citybrain.guard.desk import DeskTables
from citybrain.guard.gate import Gate, Mode
from citybrain.hub.access import Role
from citybrain.hub.actions import Action, Change
from citybrain.settings import Settings

CITY = crossroads(Layout(n=3))
TABLES = DeskTables.of(CITY)
OBSERVE, RECOMMEND, CONTROL = map(int, Mode)


def acting(mode: Mode = Mode.RECOMMEND, **changes: Any) -> Acting:
    gate, names = Gate(TABLES, Settings(), mode), CITY.signals.signal_id
    steering = SimpleNamespace(gate=gate, signal_ids=names, plans={}, plan_rules=PlanRules(TABLES))
    parts = {
        "brain": SimpleNamespace(steering=steering),
        "directives": DirectiveDesk(2),
        "world": SimpleNamespace(city=CITY, time_s=7.0),
        "referee": None,
    }
    return Acting(cast(Runtime, SimpleNamespace(**parts | changes)))


def action(kind: str, *changes: tuple[str, Any, Any]) -> Action:
    return Action(1, kind, "ann", "", "", 0.0, tuple(Change(*change) for change in changes))


@pytest.mark.parametrize("changes", [{"brain": SimpleNamespace(steering=None)}, {"directives": None}])
def test_nobody_acts_without_an_optimiser_or_a_desk(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="nobody can act on this run: it has no optimiser, or no desk"):
        acting(**changes)


def test_signals_are_found_by_name_each_once_and_in_order() -> None:
    assert acting().rows(["J2", "J0", "J2", "J0"]) == [2, 0]
    assert acting().rows([]) == []


@pytest.mark.parametrize(("names", "told"), [(["J0", "J9", "J8"], "'J9'"), (["x" * 500], "'" + "x" * 80 + "' is")])
def test_a_name_that_is_not_there_is_told_but_not_at_any_length(names: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        acting().rows(names)


def test_a_mode_is_asked_for_with_the_modes_that_are_seen() -> None:
    of = acting()
    of.steering.gate.set_mode(Mode.CONTROL, [2])
    directive = of.directive(Kind.MODE, [0, 2], "observe")
    assert directive == Directive(0, Kind.MODE, (0, 2), (OBSERVE, OBSERVE), (RECOMMEND, CONTROL))
    told = of.changes(directive)
    assert [(c.signal, c.before, c.after) for c in told] == [
        ("J0", "recommend", "observe"),
        ("J2", "control", "observe"),
    ]
    with pytest.raises(InputError, match="mode 'fast' is not known; choose one of observe, recommend, control"):
        of.directive(Kind.MODE, [0], "fast")


@pytest.mark.parametrize("kind", [Kind.APPLY, Kind.DECLINE])
def test_only_what_is_recommended_is_applied_or_declined(kind: Kind) -> None:
    of = acting()
    of.steering.gate.advised[:] = [3, NONE, 0]
    assert of.directive(kind, [2, 0]).values == (0, 3)
    with pytest.raises(InputError, match="J1: nothing is recommended now"):
        of.directive(kind, [0, 1, 2])


def test_stages_and_latches_are_told_in_words() -> None:
    told = [word(Kind.APPLY, NONE), word(Kind.APPLY, 0), word(Kind.RELEASE, 1), word(Kind.RELEASE, 0)]
    assert told == [None, 0, "latched", "free"]
    assert [word(Kind.MODE, mode) for mode in range(3)] == ["observe", "recommend", "control"]


@given(st.lists(st.sampled_from(list(Mode)), min_size=3, max_size=3), st.sampled_from(list(Mode)))
def test_a_mode_that_is_taken_back_is_the_one_before_of_each_signal(before: list[Mode], after: Mode) -> None:
    of = acting()
    for row, mode in enumerate(before):
        of.steering.gate.set_mode(mode, [row])
    asked = of.directive(Kind.MODE, [0, 1, 2], after.name.lower())
    back = of.reverse(Action(1, "mode", "ann", "", "", 0.0, of.changes(asked)))
    assert (back.values, back.expected) == (asked.expected, asked.values)
    of.steering.gate.set_mode(after)
    assert (of.objection(back) == "") == (Mode.CONTROL not in before), "no command reaches this world"


@pytest.mark.parametrize(("kind", "opposite"), [("apply", Kind.STOP), ("decline", Kind.ALLOW)])
def test_what_was_applied_or_declined_is_taken_back_only_while_it_stands(kind: str, opposite: Kind) -> None:
    of = acting()
    back = of.reverse(action(kind, ("J1", None, 2), ("J0", None, 1)))
    assert (back.kind, back.signals, back.values, back.expected) == (opposite, (1, 0), (), (2, 1))
    gate = of.steering.gate
    column = gate.applied if kind == "apply" else gate.declined
    column[[1, 0]] = 2, 1
    assert of.objection(back) == ""
    column[0] = 3
    assert of.objection(back) == "J0: is no longer as it was when it was asked for"
    column[1] = NONE
    assert of.objection(back).startswith("J1: nothing was ")


@pytest.mark.parametrize(
    ("kind", "why"),
    [("release", "only the referee latches"), ("stop", "ask for it anew"), ("allow", "ask for it anew")],
)
def test_what_cannot_be_undone_says_why(kind: str, why: str) -> None:
    with pytest.raises(InputError, match=f"a {kind} cannot be undone: {why}"):
        acting().reverse(action(kind, ("J0", None, None)))


def test_handing_a_street_over_needs_more_than_taking_it_back() -> None:
    of = acting(Mode.CONTROL)
    least = [of.least(of.directive(Kind.MODE, [0, 1], mode)) for mode in ("observe", "recommend", "control")]
    assert least == [Role.OPERATE, Role.OPERATE, Role.MANAGE]
    mixed = Directive(0, Kind.MODE, (0, 1), (OBSERVE, CONTROL))
    assert of.least(mixed) == Role.MANAGE, "one of them is enough"
    stage_2 = Directive(0, Kind.APPLY, (0,), (CONTROL,))
    assert of.least(stage_2) == Role.OPERATE, "a stage is no mode, whatever its number"


def test_objections_name_the_signal_and_come_for_one_of_many() -> None:
    of = acting()
    of.steering.gate.latched[1] = True
    assert of.objection(Directive(0, Kind.RELEASE, (1, 0))) == "J0: is not latched"
    assert of.objection(Directive(0, Kind.RELEASE, (3,))) == "there is no signal 3"
    assert of.objection(Directive(0, Kind.RELEASE, (-1,))) == "there is no signal -1"


# ---- of many directives ----

claims = st.lists(st.tuples(st.sets(st.integers(0, 5), min_size=1, max_size=3), st.booleans()), max_size=10)


@given(claims)
def test_of_all_that_wait_no_two_touch_a_signal_and_everyone_else_is_told(rows: list[tuple[set[int], bool]]) -> None:
    asked = [
        Asked(Directive(number, Kind.STOP, tuple(sorted(signals))), Future[str]())
        for number, (signals, _) in enumerate(rows)
    ]
    found = sort_out(asked, lambda directive: "" if rows[directive.number][1] else "no")
    obeyed, touched = [], set[int]()
    for one, (signals, good) in zip(asked, rows, strict=True):
        if touched & signals:
            assert one.answer.result(0) == "another action came first; look again"
        elif not good:
            assert one.answer.result(0) == "no"
        else:
            touched |= signals
            obeyed.append(one)
            assert not one.answer.done(), "it is told when it has been done"
    assert found == obeyed


def test_who_has_gone_is_not_obeyed_and_makes_room() -> None:
    desk = DirectiveDesk(2)
    first, second = (desk.ask(Directive(n, Kind.STOP, (n,))) for n in range(2))
    assert first.cancel()
    assert [one.directive.number for one in desk.take()] == [1]
    assert not second.cancel(), "nobody calls it back once it was taken"
    assert desk.take() == []
    third = desk.ask(Directive(2, Kind.STOP, (2,)))
    desk.close()
    assert third.result(0) == "the run has ended"


def test_a_signal_lies_in_the_areas_of_the_links_that_lead_to_it() -> None:
    assert [acting().areas(row) for row in range(3)] == [frozenset()] * 3
    links = CITY.links
    into = [int(np.flatnonzero(links.to_node == node)[0]) for node in CITY.signals.node[:2]]
    away = int(np.flatnonzero(links.from_node == CITY.signals.node[2])[0])
    of = acting(world=SimpleNamespace(city=with_areas({"Old Town": into, "Port": [into[1], away]}), time_s=0.0))
    assert [of.areas(row) for row in range(3)] == [{"old-town"}, {"old-town", "port"}, frozenset()]


def with_areas(areas: dict[str, list[int]]) -> Any:
    """As much of a city as areas need."""
    offset = np.cumsum([0, *map(len, areas.values())])
    link = np.array([row for rows in areas.values() for row in rows])
    made = SimpleNamespace(area_id=tuple(areas), link_offset=offset, link=link)
    return SimpleNamespace(areas=made, links=CITY.links, signals=CITY.signals)
