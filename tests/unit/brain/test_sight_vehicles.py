"""Single vehicles of an estimate: as many as the estimate has, where it has them."""

from __future__ import annotations

import numpy as np
import pytest
from _day import streets

from citybrain.brain.build import make_brain
from citybrain.brain.sight_vehicles import vehicles_of
from citybrain.clock import ManualClock
from citybrain.estimate import links as of_links
from citybrain.estimate.links import LinkEstimator
from citybrain.estimate.queues import JAM_M
from citybrain.records.traffic import UNKNOWN
from citybrain.settings import Settings


@pytest.fixture(scope="module")
def seen() -> tuple[LinkEstimator, np.ndarray, float]:
    world = streets()
    brain = make_brain(world, Settings(), ManualClock(), "test")
    for _ in range(240):
        beat = brain.beat(world.observe(world.time_s + 1.0))
    return brain.memory.network.links, beat.network.lanes.queue, beat.network.time_s


def quiet(links: LinkEstimator) -> LinkEstimator:
    """The same city with nobody in it."""
    return of_links.begin(links.city)


def test_there_are_as_many_vehicles_as_the_estimate_has(seen: tuple[LinkEstimator, np.ndarray, float]) -> None:
    links, queue, time_s = seen
    table = links.table
    traffic = vehicles_of(links, queue, time_s)
    on_link = np.bincount(table.lane_link[traffic.lane], minlength=table.n_lanes.size)
    standing = np.bincount(table.lane_link, weights=np.rint(queue), minlength=table.n_lanes.size)
    begin, end = links.road.ring_offset[:-1], links.road.ring_offset[1:]
    coming = np.array([links.flow.ring[a:b].sum() for a, b in zip(begin, end, strict=True)])
    assert np.abs(on_link - standing - coming).max() <= 0.5 + 1e-3
    assert traffic.lane.size > 20
    assert (traffic.next_link == UNKNOWN).all()
    assert (traffic.weight == 1.0).all()


def test_nobody_is_off_the_link(seen: tuple[LinkEstimator, np.ndarray, float]) -> None:
    links, queue, time_s = seen
    traffic = vehicles_of(links, queue, time_s)
    drives = traffic.speed_mps > 0.0
    assert (traffic.ahead_m[drives] <= links.road.length_m[links.table.lane_link[traffic.lane[drives]]]).all()
    assert (traffic.ahead_m >= 0.0).all()


def test_a_queue_stands_from_the_line_one_behind_the_other(seen: tuple[LinkEstimator, np.ndarray, float]) -> None:
    links = quiet(seen[0])
    queue = np.zeros(links.table.lane_link.size, np.float32)
    queue[3], queue[5] = 4.3, 1.6
    traffic = vehicles_of(links, queue, 0.0)
    assert traffic.lane.tolist() == [3, 3, 3, 3, 5, 5]
    assert traffic.ahead_m.tolist() == pytest.approx([0.0, JAM_M, 2 * JAM_M, 3 * JAM_M, 0.0, JAM_M])
    assert (traffic.speed_mps == 0.0).all()


def test_what_is_not_known_is_nobody(seen: tuple[LinkEstimator, np.ndarray, float]) -> None:
    links = quiet(seen[0])
    assert vehicles_of(links, np.full(links.table.lane_link.size, np.nan, np.float32), 0.0).lane.size == 0


@pytest.mark.parametrize(("due_s", "behind_s"), [(10, 0), (10, 4), (3, 8)])
def test_who_is_due_in_some_seconds_is_so_far_away(
    seen: tuple[LinkEstimator, np.ndarray, float], due_s: int, behind_s: int
) -> None:
    """The model has one vehicle due `due_s` after its own second, which lies `behind_s` before now."""
    links = quiet(seen[0])
    link = int(np.argmax(links.road.free_s))
    size = links.road.ring_offset[link + 1] - links.road.ring_offset[link]
    links.flow.ring[links.road.ring_offset[link] + (links.second + due_s) % size] = 1.0
    traffic = vehicles_of(links, np.zeros(links.table.lane_link.size, np.float32), links.second + float(behind_s))
    speed = links.road.length_m[link] / links.road.free_s[link]
    assert links.table.lane_link[traffic.lane].tolist() == [link]
    assert traffic.ahead_m[0] == pytest.approx(max(due_s - behind_s, 0) * speed, rel=1e-5)
    assert traffic.speed_mps[0] == pytest.approx(speed, rel=1e-5)


def test_lanes_get_their_share(seen: tuple[LinkEstimator, np.ndarray, float]) -> None:
    """All vehicles take one turn: the lanes that serve it get them in equal numbers, and the others none."""
    links = quiet(seen[0])
    table = links.table
    two = np.flatnonzero((table.n_lanes >= 2) & (np.diff(table.turn_offset) >= 2))
    share = links.habits.share.copy()
    link = int(two[0])
    links.flow.ring[links.road.ring_offset[link] : links.road.ring_offset[link] + 12] = 1.0
    share[table.turn_offset[link] : table.turn_offset[link + 1]] = 0.0
    share[table.turn_offset[link]] = 1.0
    links.habits = links.habits._replace(share=share)
    traffic = vehicles_of(links, np.zeros(table.lane_link.size, np.float32), float(links.second))
    used = np.unique(table.stream_lane[table.stream_turn == table.turn_offset[link]])
    got = np.bincount(traffic.lane, minlength=table.lane_link.size)
    assert got.sum() == 12
    assert got[used].sum() == 12
    assert np.ptp(got[used]) <= 1
