"""What people direct between beats: modes, recommended wishes applied or declined, latches released.

A directive is taken by the loop before the next beat, checked once more against what then is (`Check`), and noted in
the journal with that beat. So a run that is played again obeys the same directives at the same moments, and comes to
the same digest; and whoever asked is told whether it was done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from citybrain.errors import BusyError, InputError
from citybrain.guard.gate import Mode
from citybrain.hub.access import Role
from citybrain.records.digest import digest

NONE = -1
CHANGES_KEPT = 8  # of mode and plan, of each signal: what is compared before and after


class Kind(StrEnum):
    """What a directive does to its signals; `values` say which."""

    MODE = "mode"  # values: Mode
    APPLY = "apply"  # values: the stage that was recommended
    STOP = "stop"  # what was applied ends
    DECLINE = "decline"  # values: the stage that is not wanted
    ALLOW = "allow"  # what was declined may be recommended again
    RELEASE = "release"  # the latch of a signal ends
    PLAN = "plan"  # plans: a fixed plan (`brain.plans`) in place of the signal's own; () = its own again


LEAST: dict[Kind, Role] = {  # more is needed for the mode control: it hands the street to the optimiser
    Kind.MODE: Role.OPERATE,
    Kind.APPLY: Role.OPERATE,
    Kind.STOP: Role.OPERATE,
    Kind.DECLINE: Role.OPERATE,
    Kind.ALLOW: Role.OPERATE,
    Kind.RELEASE: Role.CONFIGURE,
    Kind.PLAN: Role.OPERATE,
}
CONTROL_LEAST = Role.MANAGE


@dataclass(frozen=True)
class Directive:
    """One directive, for some signals: rows of the city's."""

    number: int  # of the action that asked for it
    kind: Kind
    signals: tuple[int, ...]
    values: tuple[int, ...] = ()  # one a signal, as the kind says
    expected: tuple[int, ...] = ()  # what the person saw: where it is another one by now, nothing is done
    by: str = ""  # who answers for a release
    plans: tuple[tuple[int, ...], ...] = ()  # of the kind PLAN, one a signal, as `brain.plans` writes them

    def plain(self) -> dict[str, Any]:
        """As the journal keeps it: without names of people."""
        signals, values = [int(row) for row in self.signals], [int(value) for value in self.values]
        told = {"number": self.number, "kind": str(self.kind), "signals": signals, "values": values}
        return told | ({"plans": [list(map(int, plan)) for plan in self.plans]} if self.plans else {})


def directive_of(row: Mapping[str, Any]) -> Directive:
    """A directive of the journal. Raises ValueError, KeyError or TypeError for anything else."""
    signals, values = tuple(map(int, row["signals"])), tuple(map(int, row["values"]))
    plans = tuple(tuple(map(int, plan)) for plan in row.get("plans", ()))
    return Directive(int(row["number"]), Kind(row["kind"]), signals, values, plans=plans)


@dataclass(eq=False)
class Standing:
    """What remains of all directives: part of the brain's memory, so that a run that goes on has it, too."""

    count: int = 0
    mark: str = ""  # a digest over all directives so far, in their order
    modes: dict[int, int] = field(default_factory=dict)  # of signals whose mode a person has set
    plans: dict[int, tuple[int, ...]] = field(default_factory=dict)  # of signals to which a person has given one
    changed: dict[int, tuple[tuple[float, int], ...]] = field(default_factory=dict)  # newest: (time_s, action)

    def note(self, directive: Directive, time_s: float) -> None:
        """A directive was obeyed before the beat of this time."""
        self.count += 1
        self.mark = digest([self.mark, *directive.plain().values()])
        if directive.kind is Kind.MODE:
            self.modes |= {int(row): int(mode) for row, mode in zip(directive.signals, directive.values, strict=True)}
            for row, mode in zip(directive.signals, directive.values, strict=True):
                if mode != Mode.RECOMMEND:
                    self.plans.pop(int(row), None)  # a plan is what a person applies: it ends with the mode for that
        if directive.kind is Kind.PLAN:
            for row, plan in zip(directive.signals, directive.plans, strict=True):
                self.plans.pop(int(row), None)
                self.plans |= {int(row): plan} if plan else {}
        if directive.kind in (Kind.MODE, Kind.PLAN):
            for row in map(int, directive.signals):
                self.changed[row] = (*self.changed.get(row, ()), (float(time_s), directive.number))[-CHANGES_KEPT:]

    def state(self) -> dict[str, Any]:
        """For a snapshot."""
        modes = {str(signal): mode for signal, mode in sorted(self.modes.items())}
        plans = {str(signal): list(plan) for signal, plan in sorted(self.plans.items())}
        changed = {str(signal): [list(one) for one in changes] for signal, changes in sorted(self.changed.items())}
        return {"count": self.count, "mark": self.mark, "modes": modes, "plans": plans, "changed": changed}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Standing:
        """From a snapshot."""
        modes = {int(signal): int(mode) for signal, mode in kept["modes"].items()}
        plans = {int(signal): tuple(map(int, plan)) for signal, plan in kept.get("plans", {}).items()}
        changed = {
            int(signal): tuple((float(time_s), int(number)) for time_s, number in changes)
            for signal, changes in kept.get("changed", {}).items()
        }
        return cls(int(kept["count"]), str(kept["mark"]), modes, plans, changed)


@dataclass(frozen=True, eq=False)
class Asked:
    """A directive that waits; its answer is "" when it was done, else why not."""

    directive: Directive
    answer: Future[str]


class DirectiveDesk:
    """Takes directives from any thread, and hands them to the loop between two beats."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[Asked] = deque()
        self._lock = threading.Lock()
        self._open = True

    def ask(self, directive: Directive) -> Future[str]:
        """Hand in a directive. Raises BusyError while too many wait, InputError when no beat will come any more."""
        with self._lock:
            if not self._open:
                raise InputError("the world has come to its end: there is nothing left to steer")
            if len(self._waiting) >= self._most:
                raise BusyError(f"{self._most} actions wait for the next beat (actions_max); try again")
            asked = Asked(directive, Future())
            self._waiting.append(asked)
        return asked.answer

    def take(self) -> list[Asked]:
        """Those that wait and are still wanted, oldest first. Nobody can call one of them back from now on."""
        with self._lock:
            found, self._waiting = list(self._waiting), deque()
        return [asked for asked in found if asked.answer.set_running_or_notify_cancel()]

    def close(self) -> None:
        """No beat comes any more: those that wait are told so."""
        with self._lock:
            self._open = False
        for asked in self.take():
            asked.answer.set_result("the run has ended")


Check = Callable[[Directive], str]


def sort_out(asked: list[Asked], check: Check) -> list[Asked]:
    """Those that are to be obeyed now; the others are told why not. Of two for one signal only the first is."""
    found: list[Asked] = []
    touched: set[int] = set()
    for one in asked:
        twice = not touched.isdisjoint(one.directive.signals)
        why = "another action came first; look again" if twice else check(one.directive)
        if why:
            one.answer.set_result(why)
        else:
            touched.update(one.directive.signals)
            found.append(one)
    return found
