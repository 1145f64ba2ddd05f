"""The list of actions: numbered by the audit, settled once, bounded, and the same after the brain was started anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.clock import ManualClock
from citybrain.errors import StorageError
from citybrain.hub.actions import ASKED, DONE, LOST, REFUSED, Action, ActionLog, Change, Intent
from citybrain.hub.audit import CHANGE_MAX, AuditEntry
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.settings import Settings

KEPT = 10
QUICK = Settings(password_memory_kib=64, password_passes=1, actions_kept=KEPT)
MODE = (Change("J1", "observe", "control"), Change("J2", {"stage": 3}, None))


def door_of(folder: Path | None = None) -> Doorkeeper:
    return Doorkeeper(folder, ManualClock(1000.0), QUICK)


def intent(kind: str = "mode", changes: tuple[Change, ...] = MODE, undoes: int = 0) -> Intent:
    return Intent(kind, "ann", "10.0.0.1", "roadworks", changes, undoes)


def everything(log: ActionLog) -> list[Action]:
    return log.page(1000)[0]


def test_an_action_is_asked_for_with_the_number_of_its_line() -> None:
    door = door_of()
    door.note("ann", "here", "session.begin", "ann")
    log = ActionLog(door)
    made = log.begin(intent())
    assert made == Action(2, "mode", "ann", "10.0.0.1", "roadworks", 1000.0, MODE, ASKED)
    line = door.audit.page(1)[0]
    assert (line.number, line.what, line.about) == (2, "action.mode", "J1, J2")
    assert (line.before, line.after) == ({"J1": "observe", "J2": {"stage": 3}}, {"J1": "control", "J2": None})


@pytest.mark.parametrize(("refused", "state"), [("", DONE), ("the guard says no", REFUSED)])
def test_what_became_of_it_is_a_line_of_its_own(refused: str, state: str) -> None:
    door = door_of()
    log = ActionLog(door)
    made = log.begin(intent())
    settled = log.settle(made, refused)
    assert settled == log.get(made.number) == replace(made, state=state, detail=refused)
    line = door.audit.page(1)[0]
    assert (line.number, line.what, line.about, line.why) == (2, f"action.{state}", "1", refused)


def test_only_an_undo_that_was_done_takes_back() -> None:
    log = ActionLog(door_of())
    first = log.settle(log.begin(intent()))
    log.settle(log.begin(intent(undoes=first.number)), "too late")
    assert log.get(first.number) == first
    undo = log.settle(log.begin(intent(undoes=first.number)))
    assert (undo.kind, undo.undoes, undo.state) == ("mode", first.number, DONE)
    assert log.get(first.number) == replace(first, undone_by=undo.number)


@pytest.mark.parametrize(
    ("n", "about"), [(0, ""), (1, "J0"), (5, "J0, J1, J2, J3, J4"), (7, "J0, J1, J2, J3, J4 and 2 more")]
)
def test_the_audit_names_five_signals_and_counts_the_rest(n: int, about: str) -> None:
    door = door_of()
    log = ActionLog(door)
    changes = tuple(Change(f"J{k}", k, k + 1) for k in range(n))
    assert log.begin(intent(changes=changes)).changes == changes
    log.begin(intent(changes=changes, undoes=1))
    assert [line.about for line in reversed(door.audit.page(2))] == [about, f"1: {about}"]


def test_pages_are_newest_first_and_count_everything() -> None:
    log = ActionLog(door_of())
    numbers = [log.begin(intent()).number for _ in range(5)]
    for limit, offset in ((2, 0), (2, 2), (2, 4), (9, 0), (0, 0), (2, 5)):
        page, total = log.page(limit, offset)
        assert [action.number for action in page] == numbers[::-1][offset : offset + limit]
        assert total == 5


def test_an_action_that_has_left_the_list_can_still_be_settled() -> None:
    """Many may ask while one waits for its answer: what was written down must still be answered."""
    door = door_of()
    log = ActionLog(door)
    first, second = log.begin(intent()), log.begin(intent())
    for _ in range(KEPT):
        log.begin(intent())
    assert log.settle(first) == replace(first, state=DONE)
    assert log.settle(second, "late") == replace(second, state=REFUSED, detail="late")
    assert log.get(first.number) is None
    assert log.page(100)[1] == KEPT
    assert [line.what for line in door.audit.page(2)] == ["action.refused", "action.done"]


def test_nothing_is_listed_that_is_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    door = door_of()
    log = ActionLog(door)
    first = log.begin(intent())

    def full(_: AuditEntry) -> AuditEntry:
        raise StorageError("no room")

    monkeypatch.setattr(door.audit, "append", full)
    with pytest.raises(StorageError, match="no room"):
        log.begin(intent())
    with pytest.raises(StorageError, match="no room"):
        log.settle(first)
    assert everything(log) == [first]


def test_what_the_end_cut_off_is_told_as_lost(tmp_path: Path) -> None:
    door = door_of(tmp_path)
    log = ActionLog(door)
    open_one, done = log.begin(intent()), log.settle(log.begin(intent()))
    assert everything(ActionLog(door)) == [done, replace(open_one, detail=LOST)]


def test_a_change_too_long_for_the_audit_is_not_made_up_again() -> None:
    door = door_of()
    log = ActionLog(door)
    made = log.begin(intent(changes=(Change("J1", "x" * CHANGE_MAX, "y"),)))
    assert made.changes == ()
    assert everything(ActionLog(door)) == [replace(made, detail=LOST)]


@pytest.mark.parametrize("about", ["", "x", "999", "-1", "1.5", "²"])
def test_lines_that_settle_nothing_are_passed_over(about: str) -> None:
    door = door_of()
    log = ActionLog(door)
    made = log.settle(log.begin(intent()))
    door.note("ann", "here", "action.refused", about, why="forged")
    assert everything(ActionLog(door)) == [made]


STEPS = st.lists(st.tuples(st.sampled_from(["begin", "done", "refuse", "undo"]), st.integers(0, 30)), max_size=25)


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_a_new_run_lists_what_the_old_one_did(steps: list[tuple[str, int]]) -> None:
    door = door_of()
    log, known = ActionLog(door), list[Action]()
    for what, which in steps:
        chosen = known[which % len(known)] if known else None
        if chosen is None or what in ("begin", "undo"):
            known.append(log.begin(intent(undoes=chosen.number if chosen and what == "undo" else 0)))
        elif log.get(chosen.number) is not None:
            log.settle(chosen, "no" if what == "refuse" else "")
    expected = [replace(a, detail=LOST) if a.state == ASKED else a for a in everything(log)]
    again = ActionLog(door)
    assert everything(again) == expected
    assert len(expected) <= KEPT
    door.close()
