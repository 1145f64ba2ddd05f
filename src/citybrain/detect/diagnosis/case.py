"""What the rules look at: the measures of a log, by phase, and which phases go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.estimate.performance.measures import Measures, Periods, periods_of
from citybrain.estimate.performance.occupancy import occupied_s

__all__ = ["Case", "confidence", "make_case", "overlap", "place"]

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
PARTS = 8  # a log is cut into so many periods, at least, to see whether a finding persists
PART_MIN_S, PART_MAX_S = 300.0, 900.0
Z90 = 1.2816  # one-sided 90 %


@dataclass(frozen=True, eq=False)
class Case:
    """Measures with their sums: `whole` has one row a phase, `parts` one a phase and period."""

    found: Measures
    whole: Periods
    parts: Periods
    row: I32  # [n_phases] of `whole`; -1 = no cycle of it was seen

    @property
    def hours(self) -> float:
        return max(self.found.log.end_s - self.found.log.begin_s, 1.0) / 3600.0

    def phases_of(self, device: int) -> list[int]:
        """Phases of a device that were seen."""
        phases = np.flatnonzero((self.found.log.phases.device == device) & (self.row >= 0))
        return [int(phase) for phase in phases]

    def of(self, column: F64 | I32, phase: int) -> float:
        """A column of `whole` at a phase."""
        return float(column[self.row[phase]])


def make_case(found: Measures) -> Case:
    """Sum the measures up for the rules."""
    whole = periods_of(found, None)
    length_s = found.log.end_s - found.log.begin_s
    row = np.full(found.log.phases.device.size, -1, np.int32)
    row[whole.phase] = np.arange(whole.phase.size)
    part_s = float(np.clip(length_s / PARTS, PART_MIN_S, PART_MAX_S))
    return Case(found, whole, periods_of(found, part_s), row)


def confidence(holds: int, of: int) -> float:
    """Wilson's lower bound (90 %) of a share: what can be said after `holds` of `of` periods.

    E. B. Wilson: Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if of <= 0:
        return 0.0
    share, z2 = holds / of, Z90 * Z90
    middle = share + z2 / (2 * of)
    spread = Z90 * np.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return float(max((middle - spread) / (1 + z2 / of), 0.0))


def overlap(case: Case, one: int, other: int) -> float:
    """Share of the green of `one` during which `other` is green as well."""
    cycles = case.found.cycles
    mine, its = cycles.phase == one, cycles.phase == other
    both = occupied_s(cycles.green_s[its], cycles.yellow_s[its], cycles.green_s[mine], cycles.yellow_s[mine])
    total = float((cycles.yellow_s[mine] - cycles.green_s[mine]).sum())
    return float(both.sum()) / total if total > 0.0 else 0.0


def place(case: Case, phase: int) -> str:
    """A phase for people."""
    phases = case.found.log.phases
    name = phases.name[phase]
    return f"phase {phases.number[phase]}" + (f" ({name})" if name else "")
