"""What the server may do to a running brain: look at its signals, and hand in directives.

Everything here is called from other threads than the loop's: it reads columns as they stand and writes nothing; the
loop takes the directives between two beats and checks them again (`brain.directives`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from citybrain.brain.directives import CONTROL_LEAST, LEAST, NONE, Directive, Kind
from citybrain.brain.plans import Encoded, Plan, mark_of
from citybrain.brain.proposals import Proposal, Proposer, measured_flows
from citybrain.brain.runtime import Runtime, controllable
from citybrain.brain.steering import MODES, Steering, now_is, objection, parse_mode
from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.guard.gate import Mode
from citybrain.hub.access import Role
from citybrain.hub.actions import Action, Change
from citybrain.hub.address import area_slugs

LATCHED, FREE = "latched", "free"
_REVERSE = {Kind.APPLY: Kind.STOP, Kind.DECLINE: Kind.ALLOW}


class Acting:
    """A runtime with an optimiser and a desk for directives. Raises InputError for one that has not."""

    def __init__(self, runtime: Runtime) -> None:
        if runtime.brain.steering is None or runtime.directives is None:
            raise InputError("nobody can act on this run: it has no optimiser, or no desk for directives")
        self._runtime, self._desk = runtime, runtime.directives
        self.steering: Steering = runtime.brain.steering
        self.ids = runtime.world.city.signals.signal_id
        self._row = {name: row for row, name in enumerate(self.ids)}
        self._areas = signal_areas(runtime.world.city)
        self._proposer: Proposer | None = None  # made at the first question

    @property
    def time_s(self) -> float:
        """On the world's clock."""
        return self._runtime.world.time_s

    @property
    def controllable(self) -> bool:
        """Whether commands reach signals at all."""
        return controllable(self._runtime.world)

    def areas(self, signal: int) -> frozenset[str]:
        """The areas that a signal lies in."""
        return self._areas[signal]

    def rows(self, names: Sequence[str]) -> list[int]:
        """Rows of signals, each once, in the order of their names. Raises InputError for one that is not there."""
        wrong = [name for name in names if name not in self._row]
        if wrong:
            raise InputError(f"signal {wrong[0][:80]!r} is not in the city")
        return [self._row[name] for name in dict.fromkeys(names)]

    def faults(self) -> dict[str, str]:
        """Why signals were latched, as far as the referee of this run has seen it."""
        referee = self._runtime.referee
        return {} if referee is None else {trip.signal: trip.fault.name.lower() for trip in list(referee.trips)}

    # ---- what is to be done ----

    def directive(self, kind: Kind, rows: Sequence[int], mode: str = "") -> Directive:
        """What a person wants of some signals, who sees them as they are now. Raises InputError."""
        gate = self.steering.gate
        if kind is Kind.MODE:
            values = (int(parse_mode(mode)),) * len(rows)
        elif kind in (Kind.APPLY, Kind.DECLINE):
            values = tuple(int(gate.advised[row]) for row in rows)
            missing = [self.ids[row] for row, stage in zip(rows, values, strict=True) if stage == NONE]
            if missing:
                raise InputError(f"{missing[0]}: nothing is recommended now")
        else:
            values = ()
        return Directive(0, kind, tuple(rows), values, self._now(kind, rows))

    def plan_directive(self, rows: Sequence[int], plan: Plan | None) -> Directive:
        """A plan for one signal; None = its own again. Raises InputError for more than one."""
        if len(rows) != 1:
            raise InputError(f"a plan for {len(rows)} signals; expected one, whose stages it names")
        return self._plans(rows, [() if plan is None else plan.encoded()])

    def _plans(self, rows: Sequence[int], plans: Sequence[Encoded]) -> Directive:
        return Directive(0, Kind.PLAN, tuple(rows), (), self._now(Kind.PLAN, rows), plans=tuple(plans))

    def plan_told(self, row: int) -> dict[str, Any] | None:
        """The plan that a person has given to a signal; None = its own."""
        return self.steering.plan_rules.told(row, self.steering.plans.get(row, ()))

    def proposal(self, row: int) -> Proposal:
        """The plan in force beside a better one, from what is measured now. Raises InputError where there is none."""
        steering, city = self.steering, self._runtime.world.city
        self._proposer = self._proposer or Proposer(city, steering.tables, steering.plan_rules)
        last = self._runtime.last
        queue = None if last is None else last.network.lanes.queue.astype(np.float64)
        kept, wanted = steering.plans.get(row, ()), measured_flows(city, self._runtime.brain.memory.network, queue)
        return self._proposer.propose(row, wanted, Plan.of(kept) if kept else None)

    def cycle_s(self, row: int, plan: Plan) -> int:
        """A plan's greens and the changes between them."""
        return self.steering.plan_rules.cycle_s(row, plan)

    def changed(self, row: int) -> tuple[tuple[float, int], ...]:
        """When people have changed a signal's mode or plan, oldest first: (time of the world, action)."""
        return self._runtime.brain.memory.standing.changed.get(row, ())

    def reverse(self, action: Action) -> Directive:
        """What takes an action back. Raises InputError where nothing can."""
        kind, rows = Kind(action.kind), self.rows([change.signal for change in action.changes])
        if kind is Kind.MODE:
            before = tuple(int(parse_mode(str(change.before))) for change in action.changes)
            after = tuple(int(parse_mode(str(change.after))) for change in action.changes)
            return Directive(0, Kind.MODE, tuple(rows), before, after)
        if kind is Kind.PLAN:
            seen = tuple(mark_of(plan_of(change.after)) for change in action.changes)
            return Directive(0, kind, tuple(rows), (), seen, plans=tuple(plan_of(c.before) for c in action.changes))
        if kind not in _REVERSE:
            why = "only the referee latches" if kind is Kind.RELEASE else "ask for it anew"
            raise InputError(f"a {kind} cannot be undone: {why}")
        seen = tuple(int(change.after) for change in action.changes)
        return Directive(0, _REVERSE[kind], tuple(rows), (), seen)

    def changes(self, directive: Directive) -> tuple[Change, ...]:
        """What a directive changes, signal by signal."""
        if directive.kind is Kind.PLAN:
            rules = self.steering.plan_rules
            return tuple(
                Change(self.ids[row], self.plan_told(row), rules.told(row, plan))
                for row, plan in zip(directive.signals, directive.plans, strict=True)
            )
        after = directive.values or (NONE,) * len(directive.signals)
        columns = zip(directive.signals, directive.expected, after, strict=True)
        return tuple(
            Change(self.ids[row], word(directive.kind, old), word(directive.kind, new)) for row, old, new in columns
        )

    def least(self, directive: Directive) -> Role:
        """The role that a directive needs in the areas of its signals."""
        control = directive.kind is Kind.MODE and Mode.CONTROL in directive.values
        return CONTROL_LEAST if control else LEAST[directive.kind]

    def objection(self, directive: Directive) -> str:
        """Why the guard will not have it as things stand; "" = it will."""
        return objection(self.steering, directive, self.controllable)

    def ask(self, directive: Directive) -> Future[str]:
        """Hand it in; the answer is "" when it was done, else why not. Raises BusyError, InputError."""
        return self._desk.ask(directive)

    def _now(self, kind: Kind, rows: Sequence[int]) -> tuple[int, ...]:
        return tuple(now_is(self.steering, kind, row) for row in rows)


def word(kind: Kind, value: int) -> Any:
    """A value of a directive as people read it: a mode, a stage, None for no stage."""
    if kind is Kind.MODE:
        return MODES[value]
    if kind is Kind.RELEASE:
        return LATCHED if value == 1 else FREE
    return None if value == NONE else value


def plan_of(told: Any) -> Encoded:
    """A plan from what was told of it; () = a signal's own. Raises InputError."""
    if told is None:
        return ()
    try:
        steps = tuple((int(step["stage"]), int(step["green_s"])) for step in told["steps"])
        return Plan(int(told["offset_s"]), steps).encoded()
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"the plan that was there before cannot be read ({error!r})") from None


def signal_areas(city: City) -> list[frozenset[str]]:
    """Areas of every signal: those that one of the links into its node belongs to."""
    slugs, of_node = area_slugs(city.areas.area_id), dict[int, set[str]]()
    sizes = np.diff(city.areas.link_offset)
    for area, link in zip(np.repeat(np.arange(sizes.size), sizes).tolist(), city.areas.link.tolist(), strict=True):
        of_node.setdefault(int(city.links.to_node[link]), set()).add(slugs[area])
    return [frozenset(of_node.get(node, ())) for node in city.signals.node.tolist()]
