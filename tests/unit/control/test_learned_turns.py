"""Learned shares of lanes: sums are kept, and they come to what is seen."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import crossroads
from _traffic import traffic

from citybrain.control.approaches import approaches
from citybrain.control.queues import make_queues, nobody_announced
from citybrain.control.table import SignalTable
from citybrain.control.turning import TurnShares

CITY = crossroads()
WAYS = approaches(CITY, SignalTable.from_city(CITY))


def test_shares_follow_who_leaves_by_which_lane() -> None:
    """Of 40 cars from the west 30 left by the through lane and 10 by the left one."""
    shares = TurnShares(WAYS)
    for second, lane in enumerate([1, 1, 1, 2] * 10):
        for place in (("J0Win", lane, 5.0, 9.0, ""), ("J0Eout", 0, 200.0, 9.0, "")):
            rows = traffic(CITY, [place])
            rows.vehicle[0] = second
            shares.see(make_queues(WAYS, shares.share, rows, nobody_announced()), rows, 0.0)
    link = CITY.links.link_id.index("J0Win")
    rows_of = range(WAYS.reach_offset[link], WAYS.reach_offset[link + 1])
    by_lane = {int(WAYS.slot_lane[WAYS.reach_slot[r]] - CITY.links.first_lane[link]): shares.share[r] for r in rows_of}
    assert sum(by_lane.values()) == pytest.approx(1.0)
    assert by_lane[1] == pytest.approx(31 / 43)
    assert by_lane[2] == pytest.approx(11 / 43)


def test_vehicles_that_are_not_told_apart_teach_nothing() -> None:
    shares = TurnShares(WAYS)
    rows = traffic(CITY, [("J0Win", 1, 5.0, 9.0, "")])
    rows.vehicle[:] = -1
    shares.see(make_queues(WAYS, shares.share, rows, nobody_announced()), rows, 0.0)
    assert (shares.share == WAYS.reach_share).all()


def test_who_stands_still_is_not_counted() -> None:
    shares = TurnShares(WAYS)
    rows = traffic(CITY, [("J0Win", 1, 5.0, 0.0, "")])
    for second in range(5):
        shares.see(make_queues(WAYS, shares.share, rows, nobody_announced()), rows, float(second))
    assert shares.share == pytest.approx(WAYS.reach_share)
    assert np.isfinite(shares.share).all()
