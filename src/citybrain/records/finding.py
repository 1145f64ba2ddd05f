"""What a diagnosis found: where, why, what to do, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a junction serves its vehicles worse than it could."""

    DETECTOR = "detector fault"
    BLOCKED = "exit blocked"
    MAX_GREEN = "longest green too short"
    SPLIT = "green on the wrong phase"
    CYCLE = "cycle too short"
    CAPACITY = "over capacity"
    OFFSET = "offset"
    YIELD = "no gaps to turn"
    RED_RUNS = "red-light running"


@dataclass(frozen=True)
class Evidence:
    """One figure that speaks for a finding."""

    what: str
    value: float
    unit: str = ""


@dataclass(frozen=True)
class Finding:
    """One finding about one junction. Times are those of the log that it rests on."""

    device: str
    phase: int  # number; 0 = the whole junction
    place: str  # phase or detector, for people
    cause: Cause
    measure: str  # one sentence: what to do, with its number
    amount: float  # that number; nan = there is none
    unit: str  # of it
    evidence: tuple[Evidence, ...]
    begin_s: float
    end_s: float
    gain_vh: float  # vehicle-hours saved an hour, expected; nan = cannot be told
    confidence: float  # lower bound (90 %) of the share of periods in which the evidence holds
    other: int = 0  # number of the phase that green is taken from


@dataclass(frozen=True)
class JunctionRank:
    """A junction among the others, by what its vehicles lose there."""

    device: str
    delay_vh: float  # vehicle-hours an hour
    delay_s: float  # of a vehicle
    vehicles: int
    on_green_share: float
    failures: int  # split failures
    cycles: int  # phases' cycles of which that is known
    saturation: float  # of its worst phase
    worst: str  # that phase
    findings: int
