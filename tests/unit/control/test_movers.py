"""Who has moved: told once, from where to where, and never of vehicles that nobody can tell apart."""

from __future__ import annotations

import numpy as np

from citybrain.control.movers import NOWHERE, Movers
from citybrain.records.traffic import Traffic


def traffic(places: dict[int, int]) -> Traffic:
    n = len(places)
    return Traffic(
        np.array(list(places.values()), np.int32),
        np.zeros(n, np.float32),
        np.zeros(n, np.float32),
        np.full(n, -1, np.int32),
        np.array(list(places), np.int32),
        np.ones(n, np.float32),
    )


def moves(movers: Movers, places: dict[int, int]) -> list[tuple[int, int]]:
    before, after = movers.look(traffic(places))
    return sorted(zip(before.tolist(), after.tolist(), strict=True))


def test_everybody_who_moves_is_told_once() -> None:
    movers = Movers()
    assert moves(movers, {0: 5, 3: 7}) == [], "nobody was anywhere before"
    assert moves(movers, {0: 5, 3: 8, 9: 5}) == [(7, 8)]
    assert moves(movers, {0: 6, 3: 8, 9: 5}) == [(5, 6)]
    assert moves(movers, {3: 8, 9: 5}) == [(6, NOWHERE)]
    assert moves(movers, {3: 8, 9: 5}) == []
    assert moves(movers, {0: 6, 3: 8, 9: 5}) == [], "who comes into sight has not moved from anywhere"


def test_vehicles_that_are_not_told_apart_move_nowhere() -> None:
    movers = Movers()
    moves(movers, {0: 5})
    assert movers.told_apart
    assert moves(movers, {-1: 6}) == []
    assert not movers.told_apart
    assert moves(movers, {}) == []
    assert not movers.told_apart, "an empty street says nothing of it"
    assert moves(movers, {0: 7}) == [(5, 7)]
    assert movers.told_apart
