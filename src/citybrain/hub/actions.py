"""Actions: what people have done to the street, who, why, what was before; the audit tells of them and remembers them.

The number of an action is that of the audit's line that asked for it; a second line says what became of it. The list
here is made of these lines when a run begins, so there is nothing that could differ from the audit.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from citybrain.hub.audit import AuditEntry
from citybrain.hub.doorkeeper import Doorkeeper

ASKED, DONE, REFUSED = "asked", "done", "refused"
_PREFIX, _UNDO = "action.", "undo."
_SCAN_MAX = 200_000  # lines of the audit that are looked through at the start
_PAGE = 1000
LOST = "the brain ended before it answered"


@dataclass(frozen=True)
class Change:
    """What an action changes of one signal."""

    signal: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Action:
    """One action."""

    number: int
    kind: str
    who: str
    where: str
    why: str
    time_s: float  # UTC
    changes: tuple[Change, ...]
    state: str = ASKED
    detail: str = ""  # why it was refused
    undoes: int = 0  # number of the action that this one takes back
    undone_by: int = 0


@dataclass(frozen=True)
class Intent:
    """An action before it has a number."""

    kind: str
    who: str
    where: str
    why: str
    changes: tuple[Change, ...]
    undoes: int = 0


class ActionLog:
    """The newest actions (`actions_kept`)."""

    def __init__(self, door: Doorkeeper) -> None:
        self._door, self._most = door, door.settings.actions_kept
        self._lock = threading.Lock()
        self._known: OrderedDict[int, Action] = OrderedDict()  # by number, oldest first
        self._read()

    def begin(self, intent: Intent) -> Action:
        """Write down what is about to be done. Raises StorageError: then it must not be done."""
        before = {change.signal: change.before for change in intent.changes}
        after = {change.signal: change.after for change in intent.changes}
        line = self._door.note(
            intent.who,
            intent.where,
            f"{_PREFIX}{_UNDO if intent.undoes else ''}{intent.kind}",
            _about(intent),
            before=before,
            after=after,
            why=intent.why,
        )
        found = _action(line)
        with self._lock:
            self._enter(found)
        return found

    def settle(self, action: Action, refused: str = "") -> Action:
        """Write down what became of it: done, or why it was refused."""
        state = REFUSED if refused else DONE
        self._door.note(action.who, action.where, _PREFIX + state, str(action.number), why=refused)
        with self._lock:
            return self._settled(self._known.get(action.number, action), state, refused)

    def get(self, number: int) -> Action | None:
        """One of them."""
        with self._lock:
            return self._known.get(number)

    def page(self, limit: int, offset: int = 0) -> tuple[list[Action], int]:
        """Newest first, and how many there are in all."""
        with self._lock:
            every = list(self._known.values())
        return every[::-1][offset : offset + limit], len(every)

    def _read(self) -> None:
        audit, lines, offset = self._door.audit, list[AuditEntry](), 0
        while offset < min(_SCAN_MAX, len(audit)):
            page = audit.page(_PAGE, offset)
            lines += [line for line in page if line.what.startswith(_PREFIX)]
            offset += _PAGE
            if len(lines) > 2 * self._most:
                break
        for line in reversed(lines):
            what = line.what.removeprefix(_PREFIX)
            if what in (DONE, REFUSED):
                asked = self._known.get(_number(line.about))
                if asked is not None:
                    self._settled(asked, what, line.why)
            else:
                self._enter(_action(line))
        for number, action in self._known.items():
            if action.state == ASKED:
                self._known[number] = replace(action, detail=LOST)

    def _enter(self, action: Action) -> None:
        self._known[action.number] = action
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def _settled(self, asked: Action, state: str, detail: str) -> Action:
        action = replace(asked, state=state, detail=detail)
        if action.number in self._known:  # others may have pushed it off the list meanwhile
            self._known[action.number] = action
        taken_back = self._known.get(action.undoes)
        if state == DONE and taken_back is not None:
            self._known[action.undoes] = replace(taken_back, undone_by=action.number)
        return action


def _about(intent: Intent) -> str:
    names = ", ".join(change.signal for change in intent.changes[:5])
    more = f" and {len(intent.changes) - 5} more" if len(intent.changes) > 5 else ""
    return f"{intent.undoes}: {names}{more}" if intent.undoes else f"{names}{more}"


def _number(text: str) -> int:
    """The number of an action; 0 = none, whatever else stands there."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _action(line: AuditEntry) -> Action:
    """The action that a line of the audit asked for."""
    before = line.before if isinstance(line.before, dict) else {}
    after = line.after if isinstance(line.after, dict) else {}
    changes = tuple(Change(name, before[name], after.get(name)) for name in before)
    what = line.what.removeprefix(_PREFIX)
    kind = what.removeprefix(_UNDO)
    undoes = _number(line.about.partition(":")[0]) if kind != what else 0
    return Action(line.number, kind, line.who, line.where, line.why, line.time_s, changes, undoes=undoes)
