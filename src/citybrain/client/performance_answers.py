"""The answer about a signal's performance, in types; definitions and sources are in docs/diagnosis.md."""

from __future__ import annotations

from datetime import datetime

from citybrain.client.answer import Answer


class PhaseSums(Answer, frozen=True):
    """Sums over cycles of a phase; None where sensors tell nothing."""

    cycles: int
    cycle_s: float | None
    green_s: float | None
    longest_red_s: float | None
    arrivals: int | None
    on_green: float | None
    on_yellow: float | None
    on_red: float | None
    platoon: float | None
    volume_vph: float | None
    saturation: float | None
    green_used: float | None
    splits_known: int
    splits_failed: int
    delay_s: float | None
    queue_reaches: float | None


class PhaseCycles(Answer, frozen=True):
    """Cycles from begin of red to begin of red, one value a cycle; arrivals are seconds in the cycle."""

    begin_s: list[float]
    green_s: list[float]
    yellow_s: list[float]
    length_s: list[float]
    arrivals: list[list[float]]
    on_green: list[int]
    failed: list[bool | None]


class PhasePerformance(Answer, frozen=True):
    """What always gets green together on one approach."""

    phase: int
    name: str
    groups: list[str]
    link: int
    turns: list[str]
    lanes: int
    seen_by: str | None
    quarter: PhaseSums
    whole: PhaseSums
    cycles: PhaseCycles


class Performance(Answer, frozen=True):
    """How well a signal serves those who come; `arrivals` says whether they are known by the second."""

    time: datetime | None
    since: datetime | None
    signal: str
    arrivals: str
    phases: list[PhasePerformance]
