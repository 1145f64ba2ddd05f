"""The last two stages of a beat: an optimiser wishes, the guard decides what becomes of it.

Nothing of this is part of the brain's memory: a run that goes on after a crash begins to steer anew, and the guard
refuses whatever was wished before.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

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

    controller: str = "max-pressure"
    mode: str = "observe"
    modes: Path | None = None


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
        self.tables = DeskTables.of(city, limits_of(settings))
        table = self.tables.table
        self.gate = Gate(self.tables, settings, parse_mode(options.mode))
        for name, mode in _read_modes(options.modes):
            if name not in city.signals.signal_id:
                raise InputError(f"{options.modes}: signal {name!r} is not in the city")
            self.gate.set_mode(mode, [city.signals.signal_id.index(name)])
        self._controller: Controller = make_controller(options.controller, city, table=table)
        self._sight = Sight(city, table)
        self._stages: I32 = np.full(table.n_signals, KEEP, np.int32)
        self._decided: tuple[float, int] = (-np.inf, 0)  # when, and in which epoch of the modes
        self._sequence = 0
        self.in_sight: Bool = np.zeros(table.n_signals, np.bool_)  # the others keep their own plans

    def decide(self, state: NetworkState, memory: NetworkMemory, seen: Observations, health: SensorHealth) -> Wishes:
        """What the optimiser wishes now; between two decisions the last one holds, with the time of its making."""
        now_s = state.time_s
        stands = self._sight.stages(now_s, seen.signals)
        self._sight.look(memory.links, seen, health)
        made_s, _ = self._decided
        if now_s - made_s >= self._controller.interval_s or now_s < made_s:
            looks = self._controller.looks
            readings = self._sight.readings(state, memory.links) if looks else no_readings(now_s, 0, 0)
            wished = self._controller.decide(readings, stands)
            self._stages = np.where(wished == KEEP, stands.stage, wished).astype(np.int32)
            self._decided = now_s, self.gate.epoch
        self.in_sight = self._sight.in_sight(now_s)
        rows = np.flatnonzero(self.tables.limits.steerable & self.in_sight).astype(np.int32)
        self._sequence += 1
        return Wishes(self._decided[0], self._sequence, self._decided[1], rows, self._stages[rows])

    def rule(self, wishes: Wishes, now_s: float) -> Ruling:
        """What becomes of them."""
        return self.gate.admit(wishes, now_s)

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


def _read_modes(path: Path | None) -> list[tuple[str, Mode]]:
    """Rows of a CSV file with the columns `signal` and `mode`."""
    if path is None:
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["signal"], parse_mode(row["mode"])) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be used ({error!r}); expected CSV with the columns signal, mode") from error
