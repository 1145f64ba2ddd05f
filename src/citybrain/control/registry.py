"""Controllers by name, with options by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from citybrain.city.model import City
from citybrain.control.actuated import Actuated, ActuatedOptions
from citybrain.control.base import Controller
from citybrain.control.brain import Brain, BrainOptions
from citybrain.control.fixed import FixedTime
from citybrain.control.longest_queue import LongestQueue, QueueOptions
from citybrain.control.pressure import MaxPressure, PressureOptions
from citybrain.control.sketch import Sketch, SketchOptions
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.control.vote import Vote, VoteOptions
from citybrain.errors import InputError

Options = Mapping[str, object]
_Maker = Callable[[City, SignalTable, Options], Controller]


class Control(NamedTuple):
    """A controller and the machine that carries its wishes out: what `run_control` takes."""

    controller: Controller
    machine: StageMachine


def make_controller(
    name: str, city: City, options: Options | None = None, table: SignalTable | None = None
) -> Controller:
    """The named controller for a city; `table` where one is at hand. Raises InputError for unknown names or options."""
    if name not in _MAKERS:
        raise InputError(f"unknown controller {name!r}; expected one of {', '.join(_MAKERS)}")
    return _MAKERS[name](city, SignalTable.from_city(city) if table is None else table, options or {})


def make_control(name: str, city: City, options: Options | None = None, begin_s: float | None = None) -> Control:
    """The named controller with its machine, which starts in the stages of the city's plans at `begin_s`."""
    table = SignalTable.from_city(city)
    controller = make_controller(name, city, options, table)
    start = FixedTime(table).stages_at(city.meta.begin_s if begin_s is None else begin_s)
    return Control(controller, StageMachine(city, table, np.maximum(start, 0)))


def controller_names() -> tuple[str, ...]:
    """All names that `make_controller` knows."""
    return tuple(_MAKERS)


def read_options(kind: type[Any], given: Options) -> Any:
    """An options record from names and values; text is read as the type of the option's default."""
    defaults = {option.name: option.default for option in fields(kind)}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise InputError(f"unknown option {unknown[0]!r}; expected one of {', '.join(defaults) or 'none'}")
    return kind(**{name: _as_type_of(name, defaults[name], value) for name, value in given.items()})


def _as_type_of(name: str, default: object, value: object) -> object:
    kind = type(default)
    try:
        if kind is bool:
            return {"true": True, "false": False}[str(value).lower()]
        return kind(value)  # type: ignore[call-arg]
    except (KeyError, ValueError, TypeError):
        raise InputError(f"option {name} = {value!r}: expected a value like {default!r}") from None


@dataclass(frozen=True)
class FixedOptions:
    """None: the city's plans say all."""


def _fixed(table: SignalTable, options: Options) -> Controller:
    read_options(FixedOptions, options)
    return FixedTime(table)


def _brain(extra: Sequence[str]) -> _Maker:
    """`brain`, with the options that stand behind its name switched on."""
    on = dict.fromkeys(extra, True)
    return lambda city, table, options: Brain(city, table, read_options(BrainOptions, {**on, **options}))


_MAKERS: dict[str, _Maker] = {
    "fixed": lambda _, table, options: _fixed(table, options),
    "actuated": lambda _, table, options: Actuated(table, read_options(ActuatedOptions, options)),
    "max-pressure": lambda city, table, options: MaxPressure(city, table, read_options(PressureOptions, options)),
    "longest-queue": lambda city, table, options: LongestQueue(city, table, read_options(QueueOptions, options)),
    "sketch": lambda city, table, options: Sketch(city, table, read_options(SketchOptions, options)),
    "vote": lambda city, table, options: Vote(city, table, read_options(VoteOptions, options)),
    **{"+".join(["brain", *extra]): _brain(extra) for extra in ((), ("gating",), ("ramps",), ("gating", "ramps"))},
}
