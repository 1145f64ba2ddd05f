"""Does the twin keep the laws? Nobody is lost, overlaps or runs a red light; streams keep to their closed forms."""

from __future__ import annotations

from benchmarks import _laws_cities, _laws_streams
from benchmarks._bench import Figure, Report
from benchmarks._laws_same import digests, extremes
from benchmarks._places import ROOT

DOCUMENT = ROOT / "docs" / "laws.md"


def main(quick: bool) -> Report:
    """All laws. `--quick` watches 2 million vehicle-steps of small cities and one speed of the streams."""
    streams, stream_table = _laws_streams.compare(quick)
    same = digests(quick)
    edge, edge_table = extremes()
    tally = _laws_cities.watched(quick)
    found, notes, city_table = _laws_cities.figures(tally, quick)
    figures: list[Figure] = [*found, *edge, *same, *streams]
    return Report(figures, notes, (city_table, edge_table, stream_table))
