"""Every pair of greens that conflict is seen within the second, latched, and still latched after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from _cities import here, place
from _pairs import inject


@pytest.mark.parametrize("name", ["town 30", "cologne8", "ingolstadt7", "hangzhou", "atlanta"])
def test_every_conflicting_pair_is_caught(name: str, tmp_path: Path) -> None:
    if not here(name):
        pytest.skip("no data")
    found = inject(place(name), tmp_path)
    assert found.pairs > 60
    assert found.caught == found.pairs
    assert found.latched == found.latched_again == found.signals
    assert found.false == 0


@pytest.mark.parametrize("name", ["town 30", "cologne8", "ingolstadt7", "grid4x4", "hangzhou in SUMO", "atlanta"])
def test_guard_and_referee_find_the_same_conflicts(name: str) -> None:
    """Two codes, one from the arrays of the city and one from its files, know nothing of each other."""
    if not here(name):
        pytest.skip("no data")
    town = place(name)
    for signal, sheet in enumerate(town.sheets):
        level = town.tables.conflicts.of(signal)
        for g in range(sheet.n):
            mine = [2 if sheet.never[g] >> h & 1 else 1 if sheet.either[g] >> h & 1 else 0 for h in range(sheet.n)]
            assert mine == level[g].tolist(), f"{sheet.signal}, group {g}"
