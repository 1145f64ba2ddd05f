"""The table of turns and streams against a plain dictionary of the city's movements."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from _tracks import town

from _roads import Road, meeting, road
from citybrain.city.model import City
from citybrain.estimate.approaches import Approaches, approaches_of


@pytest.fixture(scope="module")
def city() -> City:
    return town()


@pytest.fixture(scope="module")
def table(city: City) -> Approaches:
    return approaches_of(city)


def pairs_of(city: City) -> list[tuple[int, int, int]]:
    """(from lane, from link, to link) of each movement."""
    link = city.lanes.link
    ends = zip(city.movements.from_lane.tolist(), city.movements.to_lane.tolist(), strict=True)
    return [(a, int(link[a]), int(link[b])) for a, b in ends]


def test_turns_are_the_pairs_of_links_that_movements_join(city: City, table: Approaches) -> None:
    turns = list(zip(table.turn_from.tolist(), table.turn_to.tolist(), strict=True))
    assert turns == sorted({(a, b) for _, a, b in pairs_of(city)})
    for link in range(city.links.length_m.size):
        first, end = table.turn_offset[link], table.turn_offset[link + 1]
        assert (table.turn_from[first:end] == link).all()
    assert table.turn_offset[-1] == len(turns)


def test_streams_are_the_turns_of_each_lane(city: City, table: Approaches) -> None:
    ways = table.turn_from[table.stream_turn], table.turn_to[table.stream_turn]
    streams = list(zip(table.stream_lane.tolist(), *(way.tolist() for way in ways), strict=True))
    assert streams == sorted(set(pairs_of(city)))
    assert table.stream_offset[-1] == len(streams)
    for lane in range(city.lanes.link.size):
        first, end = table.stream_offset[lane], table.stream_offset[lane + 1]
        assert (table.stream_lane[first:end] == lane).all()


def test_streams_of_a_turn_are_all_of_them_once(table: Approaches) -> None:
    assert sorted(table.turn_stream.tolist()) == list(range(table.stream_turn.size))
    for turn in range(table.turn_to.size):
        mine = table.turn_stream[table.turn_stream_offset[turn] : table.turn_stream_offset[turn + 1]]
        assert mine.size > 0
        assert (table.stream_turn[mine] == turn).all()


def test_each_movement_finds_its_own_stream(city: City, table: Approaches) -> None:
    for movement, (lane, _, to) in enumerate(pairs_of(city)):
        stream = table.movement_stream[movement]
        assert table.stream_lane[stream] == lane
        assert table.turn_to[table.stream_turn[stream]] == to


def test_foes_are_those_that_some_movement_yields_to(city: City, table: Approaches) -> None:
    moves = city.movements
    wanted: dict[int, set[int]] = defaultdict(set)
    for m in range(moves.from_lane.size):
        for k in range(moves.foe_offset[m], moves.foe_offset[m + 1]):
            own, other = int(table.movement_stream[m]), int(table.movement_stream[moves.foe[k]])
            if moves.foe_yield[k] and own != other:
                wanted[own].add(other)
    assert sum(map(len, wanted.values())) > 0
    for stream in range(table.stream_turn.size):
        found = table.foe[table.foe_offset[stream] : table.foe_offset[stream + 1]].tolist()
        assert found == sorted(wanted[stream])


def test_a_meeting_of_two_roads() -> None:
    """Movement 0 (20 m at 8 m/s, minor) yields to movement 1 (20 m at 12 m/s); the gate behind has no foes."""
    table = approaches_of(meeting())
    minor, major, gate = (int(table.movement_stream[m]) for m in range(3))
    assert table.stream_cross_s[[minor, major]] == pytest.approx([2.5, 20.0 / 12.0])
    assert table.stream_minor[[minor, major, gate]].tolist() == [1.0, 0.0, 0.0]
    assert table.stream_group[[minor, major, gate]].tolist() == [0, 1, 2]
    assert np.diff(table.foe_offset)[[minor, major, gate]].tolist() == [1, 0, 0]
    assert table.foe.tolist() == [major]


def test_a_street_that_leads_nowhere_has_no_turn() -> None:
    table = approaches_of(road(Road((100.0,))))
    assert table.turn_to.size == table.stream_turn.size == table.foe.size == 0
    assert table.turn_offset.tolist() == table.stream_offset.tolist() == [0, 0]
    assert table.foe_offset.tolist() == table.turn_stream_offset.tolist() == [0]
