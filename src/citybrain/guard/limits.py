"""What the guard holds every signal to: its own figures from the city, never below these floors and caps."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from citybrain.city.model import F64, I32, I64, Bool, City, Colour
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.guard.conflicts import ConflictTable, Level
from citybrain.settings import Settings

ENDLESS_S = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Seconds, but for `changes_max`. A signal's own minimum green, yellow and all-red count where they are longer."""

    lease_max_s: float = 60.0  # a command never holds longer, whatever it says
    green_min_s: int = 5
    yellow_min_s: int = 3
    green_max_s: int = 180  # one stage without a change; a longer phase of the signal's plan counts
    red_max_s: int = 300  # of any group; twice the longest red of its plan counts where that is longer
    changes_max: int = 150  # of stages, within changes_s
    changes_s: int = 1800

    def __post_init__(self) -> None:
        for limit in fields(self):
            if not getattr(self, limit.name) > 0:
                raise InputError(f"{limit.name} = {getattr(self, limit.name)!r}: expected more than 0")


def limits_of(settings: Settings) -> Limits:
    """The limits that the operator has set."""
    return Limits(**{limit.name: getattr(settings, f"guard_{limit.name}") for limit in fields(Limits)})


@dataclass(frozen=True, eq=False)
class SignalLimits:
    """The limits of each signal of a city, in whole seconds."""

    min_green_s: I32  # [n_signals]
    yellow_s: I32
    all_red_s: I32
    max_green_s: I32
    red_due_s: I32  # [n_groups] red after which the group's stage goes first
    turn_back_s: I32  # [n_groups] longest red with which the signal is left to its plan
    serving: I32  # [n_groups] the stage that ends the group's red: place within the signal; -1 = it waits for none
    stage_open: Bool  # [n_stages] no two groups of the stage may not be green together
    steerable: Bool  # [n_signals] two open stages, every group served by one, no conflict by plan, time for all
    changes_max: int
    changes_s: int


def signal_limits(
    city: City, table: SignalTable, conflicts: ConflictTable, limits: Limits | None = None
) -> SignalLimits:
    """Limits of all signals.

    A group's red is ended in time: its stage goes first `red_due_s` after its green, which leaves as long as all stages
    of the signal take one after the other. Where that is more than half of the longest allowed red, the signal is not
    steered.
    """
    limits = limits or Limits()
    min_green_s = np.maximum(table.min_green_s, limits.green_min_s).astype(np.int32)
    yellow_s = np.maximum(table.yellow_s, limits.yellow_min_s).astype(np.int32)
    all_red_s = table.all_red_s.astype(np.int32)
    round_s = (table.n_stages + 1) * (min_green_s + yellow_s + all_red_s)
    red_s, phase_s = plan_times(city)
    allowed_s = np.maximum(limits.red_max_s, 2.0 * red_s)
    signal = city.groups.signal
    stage_open = _open_stages(table, conflicts)
    n_open = np.bincount(table.stage_signal[stage_open], minlength=table.n_signals)
    serving = _serving(table, stage_open)
    goes = np.isfinite(red_s)
    in_time = ~goes | (round_s[signal] <= allowed_s / 2.0)
    served = ~goes | (serving >= 0) | (red_s == 0.0)
    good = np.ones(table.n_signals, np.bool_)
    np.logical_and.at(good, signal, in_time & served)
    serving = np.where(goes & (red_s > 0.0), serving, -1).astype(np.int32)
    endless = np.where(goes, allowed_s, ENDLESS_S)
    return SignalLimits(
        min_green_s,
        yellow_s,
        all_red_s,
        np.maximum(limits.green_max_s, np.ceil(phase_s)).astype(np.int32),
        (endless - round_s[signal]).astype(np.int32),
        (endless / 2.0).astype(np.int32),
        serving,
        stage_open,
        good & conflicts.steerable & (n_open >= 2),
        limits.changes_max,
        limits.changes_s,
    )


def plan_times(city: City) -> tuple[F64, F64]:
    """By the plans: longest red of every group [n_groups] (inf = never green), longest phase of every signal."""
    red_s = np.zeros(len(city.groups.group_id))
    phase_s = np.zeros(len(city.signals.signal_id))
    planned = np.zeros(phase_s.size, np.bool_)
    for plan, signal in enumerate(city.plans.signal.tolist()):
        first = int(city.plans.first_phase[plan])
        rows = np.arange(first, first + int(city.plans.n_phases[plan]))
        rows = rows[city.phases.duration_s[rows] > 0.0]
        longest_s = np.maximum(city.phases.duration_s[rows], city.phases.max_s[rows])
        shown = np.array([_colours(city, row) for row in rows.tolist()])
        begin = int(city.signals.first_group[signal])
        own = slice(begin, begin + shown.shape[1])
        red_s[own] = np.maximum(red_s[own], _longest_reds(shown >= Colour.OFF, longest_s))
        phase_s[signal] = max(phase_s[signal], _longest_picture(shown, longest_s))
        planned[signal] = True
    red_s[~planned[city.groups.signal]] = np.inf
    return red_s, phase_s


def _colours(city: City, phase: int) -> I64:
    offset = city.phases.colour_offset
    return city.phases.colours[offset[phase] : offset[phase + 1]].astype(np.int64)


def _longest_reds(goes: Bool, duration_s: F64) -> F64:
    """Of each column of [n_phases, n_groups]; inf where it never goes."""
    run, worst = np.zeros(goes.shape[1]), np.zeros(goes.shape[1])
    for row, time_s in zip([*goes, *goes], [*duration_s, *duration_s], strict=True):
        run = np.where(row, 0.0, run + time_s)
        worst = np.maximum(worst, run)
    return np.where(goes.any(axis=0), worst, np.inf)


def _longest_picture(shown: I64, duration_s: F64) -> float:
    """The longest time without a change of colours, equal phases one after the other being one."""
    same = np.append(False, (shown[1:] == shown[:-1]).all(axis=1))
    return float(np.bincount(np.cumsum(~same), duration_s).max())


def _serving(table: SignalTable, stage_open: Bool) -> I32:
    """The first open stage of its signal in which each group may go."""
    serving = np.full(table.n_groups, -1, np.int32)
    for row in np.flatnonzero(stage_open)[::-1].tolist():
        signal = int(table.stage_signal[row])
        shown = table.colours[table.colour_offset[row] : table.colour_offset[row + 1]]
        groups = table.first_group[signal] + np.flatnonzero(shown >= Colour.OFF)
        serving[groups] = row - int(table.stage_offset[signal])
    return serving


def _open_stages(table: SignalTable, conflicts: ConflictTable) -> Bool:
    """Which stages let nobody cross whom he may not."""
    good = np.ones(int(table.stage_offset[-1]), np.bool_)
    for row, signal in enumerate(table.stage_signal.tolist()):
        shown = table.colours[table.colour_offset[row] : table.colour_offset[row + 1]]
        level, green, strong = conflicts.of(signal), shown >= Colour.PERMISSIVE, shown == Colour.PROTECTED
        never = (level == Level.NEVER) & green[:, None] & green
        either = (level == Level.YIELD) & strong[:, None] & strong
        good[row] = not (never.any() or either.any())
    return good
