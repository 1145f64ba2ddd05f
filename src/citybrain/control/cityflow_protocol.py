"""The control protocol of the published CityFlow tables, in all its details.

A decision every T s, for the first four stages of the network file's plan; a change costs 5 s of yellow out of the T,
without all-red and without a minimum green; the run starts in stage 0. Nothing guards against starvation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import I32, City
from citybrain.control.base import Controller
from citybrain.control.brain import Brain, BrainOptions
from citybrain.control.longest_queue import LongestQueue, QueueOptions
from citybrain.control.pressure import MaxPressure, PressureOptions
from citybrain.control.registry import Control
from citybrain.control.sketch import Sketch, SketchOptions
from citybrain.control.stages import GREEN, KEEP, StageMachine, StageState
from citybrain.control.table import SignalTable
from citybrain.errors import InputError
from citybrain.records.readings import Readings

CHANGE_S = 5
N_STAGES = 4
PROTOCOL_NAMES = ("fixed", "max-pressure", "efficient-max-pressure", "longest-queue", "sketch", "brain")


@dataclass(frozen=True)
class ProtocolOptions:
    interval_s: int = 30  # T: 30 in LLMLight, 15 in Advanced-XLight; 1 = each second, outside the tables
    change_s: int = CHANGE_S
    stages: int = N_STAGES

    def __post_init__(self) -> None:
        if not (0 <= self.change_s < self.interval_s or (self.interval_s == 1 and self.change_s >= 0)):
            given = f"change_s = {self.change_s}, interval_s = {self.interval_s}"
            raise InputError(f"{given}: expected 0 or more and below interval_s, or decisions each second")


class TableFixedTime:
    """FixedTime of the tables: the next stage once the green has lasted T at a decision.

    After a change only T - 5 s of green have passed at the next decision, so every green but the first really lasts
    2 T - 5 s: 55 s in a cycle of 240 s at T = 30, 25 s in a cycle of 120 s at T = 15.
    """

    looks = False

    def __init__(self, table: SignalTable, interval_s: int) -> None:
        self._n_stages = table.n_stages
        self._interval_s = interval_s

    @property
    def interval_s(self) -> int:
        """Seconds between decisions."""
        return self._interval_s

    def decide(self, readings: Readings, state: StageState) -> I32:  # noqa: ARG002
        """Wished stage of every signal."""
        due = (state.mode == GREEN) & (state.age_s >= self._interval_s) & (self._n_stages > 1)
        following = (state.stage + 1) % np.maximum(self._n_stages, 1)
        return np.where(due, following, KEEP).astype(np.int32)


def make_protocol(name: str, city: City, options: ProtocolOptions | None = None) -> Control:
    """Controller and machine of the protocol; raises InputError for a name that is not in PROTOCOL_NAMES."""
    options = options or ProtocolOptions()
    table = SignalTable.from_city(city).with_first_stages(options.stages).with_timing(0, options.change_s, 0)
    return Control(_controller(name, city, table, options.interval_s), StageMachine(city, table))


def _controller(name: str, city: City, table: SignalTable, interval_s: int) -> Controller:
    if name == "fixed":
        return TableFixedTime(table, interval_s)
    if name == "max-pressure":
        return MaxPressure(city, table, PressureOptions(interval_s, max_red_s=0.0))
    if name == "efficient-max-pressure":
        return MaxPressure(city, table, PressureOptions(interval_s, exit="mean", max_red_s=0.0))
    if name == "longest-queue":
        return LongestQueue(city, table, QueueOptions(interval_s, view="lane", max_red_s=0.0))
    if name == "sketch":
        return Sketch(city, table, SketchOptions(interval_s, max_red_s=0.0))
    if name == "brain":
        return Brain(city, table, BrainOptions(interval_s, max_red_s=0.0))
    raise InputError(f"unknown controller {name!r}; expected one of {', '.join(PROTOCOL_NAMES)}")
