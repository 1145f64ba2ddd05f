"""Every way through the stages of every signal: from each stage to each other one and on to each third."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from _cities import Place, here, place

from citybrain.guard.desk import SignalDesk
from citybrain.guard.rules import GREEN
from citybrain.records.command import Commands

Path = tuple[int, ...]


def paths(n_stages: int) -> list[Path]:
    """All (a, b, c) with a change from each to the next; a signal of one stage stays."""
    if n_stages < 2:
        return [(0,)]
    return [way for way in product(range(n_stages), repeat=3) if way[0] != way[1] != way[2]]


def walk(town: Place, ways: list[Path]) -> int:
    """Let every signal go its way as fast as the rules let it; how many have come to its end."""
    desk, monitor = SignalDesk(town.city, tables=town.tables), town.monitor()
    at = np.zeros(len(ways), int)
    last = np.array([len(way) - 1 for way in ways])
    rows = np.flatnonzero(town.tables.limits.steerable)
    for second in range(300):
        time_s = float(second)
        wish = np.array([way[k] for way, k in zip(ways, at, strict=True)], np.int32)
        desk.apply(Commands(rows.astype(np.int32), wish[rows], np.full(rows.size, time_s + 9.0)))
        shown = desk.colours(time_s)
        desk.see(shown)
        trips = [trip for trip in monitor.see(time_s, shown.tobytes()) if trip.signal not in town.unfit]
        assert trips == []
        there = desk.steered & (desk.state.mode == GREEN) & (desk.state.stage == wish) & (at < last)
        at[there] += 1
        if second > 20 and (at[rows] == last[rows]).all():
            break
    return int((at[rows] == last[rows]).sum())


@pytest.mark.parametrize("name", ["town 12", "cologne8", "ingolstadt7", "hangzhou in SUMO"])
def test_every_change_is_legal_as_soon_as_it_may_be_made(name: str) -> None:
    if not here(name):
        pytest.skip("no data")
    town = place(name)
    ways = [paths(int(n)) if n <= 4 else paths(4) for n in town.tables.table.n_stages]
    for k in range(max(map(len, ways))):
        assert walk(town, [way[k % len(way)] for way in ways]) == int(town.tables.limits.steerable.sum())
