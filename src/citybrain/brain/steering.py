"""The last two stages of a beat: an optimiser wishes, the guard decides what becomes of it.

Of this the brain's memory holds the modes and plans that people have set (`brain.directives`): a run that goes on after
a crash has them again, but begins to steer anew, and the guard refuses whatever was wished before.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.brain.directives import NONE, Directive, Kind
from citybrain.brain.plans import Encoded, PlanRules, mark_of
from citybrain.brain.sight import Sight
from citybrain.city.model import F64, I32, Bool, City
from citybrain.control.base import Controller
from citybrain.control.registry import controller_names, make_controller
from citybrain.control.stages import KEEP
from citybrain.errors import InputError
from citybrain.estimate.network import NetworkMemory
from citybrain.guard.desk import DeskTables
from citybrain.guard.gate import Gate, Mode, Refused, Ruling
from citybrain.guard.limits import limits_of
from citybrain.records.claims import Claims
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import Observations
from citybrain.records.readings import no_readings
from citybrain.records.sensor_health import SensorHealth
from citybrain.records.wish import Wishes
from citybrain.settings import Settings

MODES = tuple(mode.name.lower() for mode in Mode)
BLIND = ("actuated",)  # needs detectors second by second, which no estimate gives


@dataclass(frozen=True)
class SteerOptions:
    """Who wishes, and what becomes of it. `modes`: a CSV file of signals whose mode is another one."""

    controller: str = "brain"
    mode: str = "observe"
    modes: Path | None = None
    people: bool = False  # whether people may change modes while it runs


def parse_mode(name: str) -> Mode:
    """A mode by its name. Raises InputError."""
    if name not in MODES:
        raise InputError(f"mode {name!r} is not known; choose one of {', '.join(MODES)}")
    return Mode[name.upper()]


class Steering:
    """An optimiser behind the guard.

    Raises InputError for names that are not known, and for an optimiser that cannot decide on estimates.
    """

    def __init__(self, city: City, options: SteerOptions, settings: Settings) -> None:
        if options.controller in BLIND:
            fit = [name for name in controller_names() if name not in BLIND]
            raise InputError(f"{options.controller} cannot decide on estimates; choose one of {', '.join(fit)}")
        self.options = options
        self.signal_ids = city.signals.signal_id
        self.tables = DeskTables.of(city, limits_of(settings))
        table = self.tables.table
        self.gate = Gate(self.tables, settings, parse_mode(options.mode))
        for name, mode in _read_modes(options.modes):
            if name not in city.signals.signal_id:
                raise InputError(f"{options.modes}: signal {name!r} is not in the city")
            self.gate.set_mode(mode, [city.signals.signal_id.index(name)])
        self.plan_rules = PlanRules(self.tables)
        self.plans: dict[int, Encoded] = {}  # that people have given to signals
        self._controller: Controller = make_controller(options.controller, city, table=table)
        self._sight = Sight(city, table)
        self._stages: I32 = np.full(table.n_signals, KEEP, np.int32)
        self._decided: tuple[float, int] = (-np.inf, 0)  # when, and in which epoch of the modes
        self._sequence = 0
        self._apply_s = float(settings.guard_apply_s)
        self.stands: I32 = np.full(table.n_signals, NONE, np.int32)  # stage that each signal was last seen in
        self.in_sight: Bool = np.zeros(table.n_signals, np.bool_)  # the others keep their own plans

    def stand(self, modes: Mapping[int, int], plans: Mapping[int, Encoded]) -> None:
        """Modes and plans that people have set before; a plan that the guard no longer allows is left out."""
        for signal, mode in modes.items():
            self.gate.set_mode(Mode(mode), [signal])
        self.plans = {signal: plan for signal, plan in plans.items() if not self.plan_rules.objection(signal, plan)}

    def obey(self, directive: Directive, now_s: float) -> None:
        """Do what a person has asked for; what the gate will not have is left out: the rest of it holds."""
        values = directive.values or (NONE,) * len(directive.signals)
        if directive.kind is Kind.PLAN:
            for signal, plan in zip(directive.signals, directive.plans, strict=True):
                self._give_plan(signal, plan)
            return
        for signal, value in zip(directive.signals, values, strict=True):
            if directive.kind is Kind.MODE:
                self.gate.set_mode(Mode(value), [signal])
                if value != Mode.RECOMMEND:
                    self.plans.pop(signal, None)
            elif directive.kind is Kind.APPLY and self.gate.fits(signal, value):
                self.gate.apply_wish(signal, value, now_s + self._apply_s)
            elif directive.kind is Kind.STOP:
                self.gate.take_back(np.array([signal], np.int64))
            elif directive.kind in (Kind.DECLINE, Kind.ALLOW):
                self.gate.decline(signal, value if directive.kind is Kind.DECLINE else NONE)

    def _give_plan(self, signal: int, plan: Encoded) -> None:
        """This plan, or the signal's own, from now on."""
        self.plans.pop(signal, None)
        self.gate.take_back(np.array([signal], np.int64))
        if plan and not self.plan_rules.objection(signal, plan):
            self.plans[signal] = plan

    def decide(
        self, state: NetworkState, memory: NetworkMemory, seen: Observations, health: SensorHealth, claims: Claims
    ) -> Wishes:
        """What the optimiser wishes now; between two decisions the last one holds, with the time of its making."""
        now_s = state.time_s
        stands = self._sight.stages(now_s, seen.signals)
        self._sight.look(memory.links, seen, health, claims)
        self.stands = stands.stage
        made_s, _ = self._decided
        if now_s - made_s >= self._controller.interval_s or now_s < made_s:
            looks = self._controller.looks
            readings = self._sight.readings(state, memory.links) if looks else no_readings(now_s, 0, 0)
            wished = self._controller.decide(readings, stands)
            self._stages = np.where(wished == KEEP, stands.stage, wished).astype(np.int32)
            self._decided = now_s, self.gate.epoch
        self.in_sight = self._sight.in_sight(now_s)
        stages, wanted = self._stages.copy(), self.in_sight.copy()
        for signal, plan in self.plans.items():  # a plan needs to see nobody
            stages[signal], wanted[signal] = self.plan_rules.stage_at(signal, plan, now_s), True
            self.gate.apply_wish(signal, int(stages[signal]), np.inf)
        rows = np.flatnonzero(self.tables.limits.steerable & wanted).astype(np.int32)
        self._sequence += 1
        return Wishes(self._decided[0], self._sequence, self._decided[1], rows, stages[rows])

    def rule(self, wishes: Wishes, now_s: float) -> Ruling:
        """What becomes of them."""
        ruling = self.gate.admit(wishes, now_s)
        self.gate.advised[list(self.plans)] = NONE  # a person has decided; the optimiser is not heard there
        return ruling

    def columns(self) -> list[F64]:
        """What is to be published of each signal: mode, advised stage, latched."""
        gate = self.gate
        advised = np.where(gate.advised >= 0, gate.advised, np.nan)
        return [gate.mode.astype(np.float64), advised, gate.latched.astype(np.float64)]

    def figures(self) -> dict[str, Any]:
        """The guard's account."""
        gate, counts = self.gate, self.gate.counts
        return {
            "controller": self.options.controller,
            "modes": {mode.name.lower(): int((gate.mode == mode).sum()) for mode in Mode},
            "steerable": int(gate.steerable.sum()),
            "in_sight": int((gate.steerable & self.in_sight).sum()),
            "admitted": int(counts[Refused.NO]),
            "refused": {why.name.lower(): int(counts[why]) for why in Refused if why is not Refused.NO and counts[why]},
        }


def objection(steering: Steering, directive: Directive, controllable: bool) -> str:
    """Why the guard will not have a directive as things stand; "" = it will. One signal is enough to refuse it."""
    names = steering.signal_ids
    for place, signal in enumerate(directive.signals):
        if not 0 <= signal < len(names):
            return f"there is no signal {signal}"
        value = directive.values[place] if directive.values else NONE
        why = _objection(steering, directive.kind, signal, value, controllable)
        if not why and directive.kind is Kind.PLAN:
            why = _plan_objection(steering, signal, directive.plans[place] if place < len(directive.plans) else ())
        if not why and directive.expected and now_is(steering, directive.kind, signal) != directive.expected[place]:
            why = "is no longer as it was when it was asked for"
        if why:
            return f"{names[signal]}: {why}"
    return ""


def now_is(steering: Steering, kind: Kind, signal: int) -> int:
    """What a directive of this kind would change of a signal; of a plan its mark."""
    if kind is Kind.PLAN:
        return mark_of(steering.plans.get(signal, ()))
    gate = steering.gate
    column: dict[Kind, NDArray[Any]] = {
        Kind.MODE: gate.mode,
        Kind.APPLY: gate.applied,
        Kind.STOP: gate.applied,
        Kind.DECLINE: gate.declined,
        Kind.ALLOW: gate.declined,
        Kind.RELEASE: gate.latched,
    }
    return int(column[kind][signal])


def _plan_objection(steering: Steering, signal: int, plan: Encoded) -> str:
    if not plan and signal not in steering.plans:
        return "is on its own plan already"
    return steering.plan_rules.objection(signal, plan)


def _objection(steering: Steering, kind: Kind, signal: int, value: int, controllable: bool) -> str:
    gate, planned = steering.gate, signal in steering.plans
    latched, steerable = bool(gate.latched[signal]), bool(gate.steerable[signal])
    street = (kind is Kind.MODE and value == Mode.CONTROL) or kind in (Kind.APPLY, Kind.PLAN)
    person = kind in (Kind.APPLY, Kind.DECLINE, Kind.PLAN)
    rules = (
        ("is not latched", kind is Kind.RELEASE and not latched),
        ("nothing that is commanded reaches this world's signals", street and not controllable),
        ("is latched to its local plan by the referee; release it first", street and latched),
        ("stays on its own plan: its stages do not allow to steer it", street and not steerable),
        ("is not in the mode recommend", person and gate.mode[signal] != Mode.RECOMMEND),
        ("goes by a plan that a person has applied; undo it first", kind in (Kind.APPLY, Kind.STOP) and planned),
        ("no streams may be let go in that stage", kind is Kind.APPLY and not gate.fits(signal, value)),
        ("nothing was applied, or it has ended", kind is Kind.STOP and gate.applied[signal] == NONE),
        ("nothing was declined", kind is Kind.ALLOW and gate.declined[signal] == NONE),
    )
    return next((why for why, holds in rules if holds), "")


def _read_modes(path: Path | None) -> list[tuple[str, Mode]]:
    """Rows of a CSV file with the columns `signal` and `mode`."""
    if path is None:
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["signal"], parse_mode(row["mode"])) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be used ({error!r}); expected CSV with the columns signal, mode") from error
