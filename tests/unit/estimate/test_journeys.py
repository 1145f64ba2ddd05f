"""Journeys: every vehicle once, first where it was first and last where it was last, whatever order sightings have."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.estimate.journeys import Journeys, end, go_on, joined, no_journeys

Sighting = tuple[int, int, int, float, bool]  # vehicle, link, onto, time, mark


def seen(*rows: Sighting) -> Journeys:
    vehicle, first, last, time_s, mark = (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 5
    return Journeys(
        np.array(vehicle, np.uint64),
        np.array(first, np.int32),
        np.array(last, np.int32),
        np.array(time_s, np.float64),
        np.array(mark, np.bool_),
    )


def rows_of(journeys: Journeys) -> list[tuple[int, int, int, float, bool]]:
    return list(zip(*(column.tolist() for column in journeys), strict=True))


def one_by_one(sightings: list[Sighting]) -> list[Sighting]:
    """The same with a dictionary, in the order of time."""
    found: dict[int, Sighting] = {}
    for vehicle, link, onto, time_s, mark in sorted(sightings, key=lambda row: row[3]):
        first = found[vehicle][1] if vehicle in found else link
        found[vehicle] = (vehicle, first, onto, time_s, mark or (vehicle in found and found[vehicle][4]))
    return [found[vehicle] for vehicle in sorted(found)]


@pytest.mark.parametrize("beats", [1, 3, 20])
def test_however_sightings_are_cut_into_beats_the_journeys_are_the_same(beats: int) -> None:
    rng = np.random.default_rng(beats)
    many = [
        (int(rng.integers(1, 40)) << 50, int(rng.integers(9)), int(rng.integers(9)), float(t), bool(rng.random() < 0.2))
        for t in range(200)
    ]
    known = no_journeys()
    for part in np.array_split(np.arange(200), beats):
        known = go_on(known, seen(*(many[k] for k in rng.permutation(part))))
    assert rows_of(known) == one_by_one(many)


def test_an_older_sighting_does_not_turn_a_journey_back_but_its_mark_counts() -> None:
    known = go_on(no_journeys(), seen((7, 1, 2, 50.0, False)))
    assert rows_of(go_on(known, seen((7, 8, 9, 40.0, True)))) == [(7, 1, 2, 50.0, True)]
    assert rows_of(known) == [(7, 1, 2, 50.0, False)]  # what was known before is as it was


def test_who_is_silent_has_ended_and_comes_back_as_another() -> None:
    known = go_on(no_journeys(), seen((1, 1, 2, 10.0, False), (2, 3, 4, 99.0, False)))
    known, ended = end(known, 50.0, 10)
    assert rows_of(ended) == [(1, 1, 2, 10.0, False)]
    assert rows_of(go_on(known, seen((1, 6, 7, 120.0, False)))) == [(1, 6, 7, 120.0, False), (2, 3, 4, 99.0, False)]


def test_beyond_the_limit_those_seen_longest_ago_end() -> None:
    known = go_on(no_journeys(), seen(*((k, 0, 0, float(k % 5), False) for k in range(5))))
    kept, ended = end(known, -1.0, 3)
    assert [row[3] for row in rows_of(kept)] == [2.0, 3.0, 4.0]
    assert [row[3] for row in rows_of(ended)] == [0.0, 1.0]


def test_joined_beats_are_one() -> None:
    parts = [seen((1, 1, 2, 1.0, False)), seen(), seen((2, 3, 4, 2.0, True), (1, 5, 6, 3.0, False))]
    whole = go_on(no_journeys(), joined(parts))
    assert rows_of(whole) == [(1, 1, 6, 3.0, False), (2, 3, 4, 2.0, True)]
