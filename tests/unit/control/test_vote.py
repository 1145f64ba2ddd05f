"""The vote of a vehicle, factor by factor, against the published formula."""

from __future__ import annotations

import math

import pytest
from _crossroads import crossroads
from _traffic import seen, standing, traffic

from citybrain.control.approaches import approaches
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.control.vote import Vote, VoteOptions

CITY = crossroads()
TABLE = SignalTable.from_city(CITY)
HELD = approaches(CITY, TABLE).room[0]  # cars that a link holds; all are alike


def test_one_car_votes_by_its_distance_in_time() -> None:
    """13.9 m at 13.9 m/s: one second; its link holds one car, the next one none."""
    scores = Vote(CITY, TABLE).score(traffic(CITY, [("J0Win", 1, 13.9, 13.9, "J0Eout")]))
    assert scores == pytest.approx([math.exp(-0.27) * math.exp(0.3 / HELD), 0.0, 0.0, 0.0])


def test_a_short_trip_weighs_more() -> None:
    rows = traffic(CITY, [("J0Win", 1, 13.9, 13.9, "")])
    once = Vote(CITY, TABLE).score(rows)
    rows.weight[:] = 3.0
    assert Vote(CITY, TABLE).score(rows) == pytest.approx(3.0 * once)


def test_who_goes_where_nothing_moves_hardly_votes_until_it_has_cleared() -> None:
    vote = Vote(CITY, TABLE)
    asks = ("J0Win", 1, 13.9, 13.9, "J0Eout")
    jam = [("J0Eout", lane, 299.0 - 7.5 * i, 0.0, "") for lane in range(3) for i in range(6)]
    free = vote.score(traffic(CITY, [asks]))[0]
    blocked = vote.score(traffic(CITY, [asks, *jam]))[0]
    half = [*jam[:5], *jam[6:8]]  # 7 of 20 cars: between both bounds
    still = vote.score(traffic(CITY, [asks, *half]))[0]
    fresh = Vote(CITY, TABLE).score(traffic(CITY, [asks, *half]))[0]
    assert blocked < 0.1 * free
    assert still == pytest.approx(0.1 * fresh)


def test_the_longer_queue_wins() -> None:
    readings = seen(CITY, standing("J0Win", 1, 2) + standing("J0Nin", 1, 6))
    wishes = Vote(CITY, TABLE, VoteOptions(10)).decide(readings, StageMachine(CITY, TABLE).state)
    assert wishes.tolist() == [1]
