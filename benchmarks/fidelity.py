"""Does the twin agree with the simulators that the world trusts? CityFlow, SUMO, and the choices that follow."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import _cityflow_part, _decisions_part, _sumo_part
from benchmarks._bench import Figure, Report
from benchmarks._places import ROOT

DOCUMENT = ROOT / "docs" / "fidelity.md"
Part = Callable[[bool], tuple[list[Figure], str]]
PARTS: tuple[Part, ...] = (_cityflow_part.compare, _sumo_part.compare, _decisions_part.compare)


def main(quick: bool) -> Report:
    """All three comparisons. `--quick` takes fewer scenarios, seeds and plans."""
    figures: list[Figure] = []
    tables: list[str] = []
    for part in PARTS:
        found, table = part(quick)
        figures += found
        tables.append(table)
    notes = ["CityFlow: measured figures of release 81ee0f4, same protocol; SUMO: run here, one process a run"]
    if quick:
        notes.append("quick: fewer scenarios, seeds and plans; the targets are those of the full run")
    return Report(figures, notes, tuple(tables))
