"""What a controller sees of an estimate: whole vehicles, split by turn, and the stages that the colours tell of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from _day import streets, town

from citybrain.brain.build import make_brain
from citybrain.brain.sight import Sight
from citybrain.clock import ManualClock
from citybrain.control.stages import GREEN
from citybrain.control.table import SignalTable
from citybrain.records.claims import no_claims
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import SignalStates
from citybrain.records.readings import Readings
from citybrain.settings import Settings
from citybrain.worlds.streets import Streets


@pytest.fixture(scope="module")
def seen() -> tuple[Sight, NetworkState, Readings]:
    world = streets()
    brain = make_brain(world, Settings(), ManualClock(), "test")
    sight = Sight(world.city, SignalTable.from_city(world.city))
    for _ in range(240):
        batch = world.observe(world.time_s + 1.0)
        beat = brain.beat(batch)
        sight.look(brain.memory.network.links, batch, beat.health, no_claims())
    return sight, beat.network, sight.readings(beat.network, brain.memory.network.links)


def test_lanes_have_their_queues_and_links_their_vehicles(seen: tuple[Sight, NetworkState, Readings]) -> None:
    _, state, readings = seen
    city = town()[0]
    free = np.setdiff1d(np.arange(city.lanes.link.size), city.movements.from_lane[city.movements.group >= 0])
    assert np.array_equal(readings.lane_queue[free], np.rint(state.lanes.queue)[free])
    assert np.isfinite(readings.traffic.ahead_m).all()
    assert readings.traffic.mass is not None
    assert 0.0 < readings.traffic.mass.min() <= readings.traffic.mass.max() < 20.0
    assert (readings.lane_count >= readings.lane_queue).all()
    assert readings.lane_count.sum() > 20


def test_a_lane_is_split_by_turn_and_movements_to_one_link_agree(
    seen: tuple[Sight, NetworkState, Readings],
) -> None:
    _, _, readings = seen
    city = town()[0]
    moves = city.movements
    to_link = city.lanes.link[moves.to_lane]
    for lane in np.unique(moves.from_lane)[:200].tolist():
        own = np.flatnonzero(moves.from_lane == lane)
        by_link = {int(link): set(readings.movement_count[own[to_link[own] == link]].tolist()) for link in to_link[own]}
        assert all(len(values) == 1 for values in by_link.values())
        total = sum(values.pop() for values in by_link.values())
        assert abs(total - readings.lane_count[lane]) <= len(by_link)


def test_unknown_queues_count_as_none(seen: tuple[Sight, NetworkState, Readings]) -> None:
    _, state, _ = seen
    world = streets()
    brain = make_brain(world, Settings(), ManualClock(), "test")
    dark = replace(state, lanes=replace(state.lanes, queue=np.full_like(state.lanes.queue, np.nan)))
    fresh = Sight(world.city, SignalTable.from_city(world.city))
    assert fresh.readings(dark, brain.memory.network.links).lane_queue.sum() == 0


def test_stages_are_those_that_the_street_shows() -> None:
    world = streets()
    assert isinstance(world, Streets)
    table = SignalTable.from_city(world.city)
    sight, agreed = Sight(world.city, table), 0
    for second in range(1, 200):
        batch = world.observe(world.time_s + 1.0)
        stands = sight.stages(world.time_s, batch.signals)
        for signal in np.flatnonzero(stands.mode == GREEN).tolist():
            own = sight._shown[table.first_group[signal] : table.first_group[signal + 1]]
            row = int(table.stage_offset[signal] + stands.stage[signal])
            shown = table.colours[table.colour_offset[row] : table.colour_offset[row + 1]]
            agreed += second > 5 and np.array_equal(own, shown)
        assert (stands.age_s >= 0).all()
    assert agreed > 1000


def test_colours_out_of_order_end_with_the_newest() -> None:
    city = town()[0]
    sight = Sight(city, SignalTable.from_city(city))
    times, colours = np.array([5.0, 3.0]), np.array([6, 0], np.uint8)
    group, quality = np.array([2, 2], np.int32), np.zeros(2, np.uint8)
    sight.stages(6.0, SignalStates(times, times, group, colours, quality))
    assert sight._shown[2] == 6
