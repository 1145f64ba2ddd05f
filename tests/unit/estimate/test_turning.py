"""Where vehicles turn, begin and end: shares, levels and bounds of what the balanced flows say."""

from __future__ import annotations

import numpy as np
import pytest
from _tracks import town

from _roads import Road, road
from citybrain.city.model import Turn
from citybrain.estimate import turning
from citybrain.estimate.approaches import Approaches, approaches_of
from citybrain.estimate.turn_flows import Flows
from citybrain.estimate.turning import EDGE_VPS, ENTRY_MOST_VPS, INNER_SINK, INNER_VPS, KINDS


@pytest.fixture(scope="module")
def table() -> Approaches:
    return approaches_of(town())


def sums_of_links(table: Approaches, value: np.ndarray) -> np.ndarray:
    return np.bincount(table.turn_from, weights=value, minlength=table.n_lanes.size)


def test_shares_are_the_weights_of_the_directions(table: Approaches) -> None:
    kinds = np.array([5.0, 3.0, 2.0, 0.5])
    share = turning.kind_shares(table, kinds)
    for link in range(table.n_lanes.size):
        mine = slice(table.turn_offset[link], table.turn_offset[link + 1])
        weight = kinds[table.turn_kind[mine]]
        assert share[mine] == pytest.approx(weight / weight.sum(), rel=1e-5)


def test_scaling_does_not_depend_on_the_unit_of_the_weights(table: Approaches) -> None:
    weight = np.random.default_rng(0).exponential(1.0, table.turn_to.size)
    one = turning.normalised(table, weight)
    np.testing.assert_allclose(turning.normalised(table, 1e6 * weight), one, rtol=1e-5)
    zero = turning.normalised(table, np.zeros(weight.size))
    assert (zero == 0.0).all()  # and never nan


def test_ends_of_a_street() -> None:
    ends = turning.ends_of(approaches_of(road(Road((50.0, 50.0, 50.0)))))
    assert ends.has_before.tolist() == [0.0, 1.0, 1.0]
    assert ends.has_after.tolist() == [1.0, 1.0, 0.0]


def test_trips_begin_at_the_edge_by_lanes_and_end_at_the_other() -> None:
    habits = turning.default_habits(approaches_of(road(Road((50.0, 50.0, 50.0), n_lanes=2))))
    assert habits.entry_vps == pytest.approx([2 * EDGE_VPS, 0.0, 0.0])
    assert (habits.sink_frac == 0.0).all()
    assert habits.share.tolist() == [1.0, 1.0]


def test_where_a_city_has_no_edge_trips_begin_and_end_on_every_link() -> None:
    """Two links that lead to each other."""
    table = approaches_of(road(Road((50.0, 50.0, 50.0))))
    ring = table._replace(
        turn_offset=np.array([0, 1, 2]), turn_to=np.array([1, 0], np.int32), n_lanes=np.ones(2, np.int32)
    )
    habits = turning.default_habits(ring)
    assert habits.entry_vps == pytest.approx([INNER_VPS] * 2)
    assert habits.sink_frac == pytest.approx([INNER_SINK] * 2)


def flows_of(table: Approaches, turn: np.ndarray, begin: np.ndarray, end: np.ndarray) -> Flows:
    nothing = np.zeros(table.n_lanes.size)
    return Flows(turn, turn, begin, begin, end, end, nothing, nothing)


def test_shares_are_those_of_the_flows_and_sum_to_one_at_every_link(table: Approaches) -> None:
    rng = np.random.default_rng(0)
    turn = rng.exponential(0.1, table.turn_to.size) * (rng.random(table.turn_to.size) < 0.7)
    idle = np.zeros(table.n_lanes.size)
    habits = turning.habits_of(table, flows_of(table, turn, idle, idle), 1.0)
    leads_on = np.diff(table.turn_offset) > 0
    assert sums_of_links(table, habits.share)[leads_on] == pytest.approx(1.0, abs=1e-5)
    link = int(np.argmax(np.diff(table.turn_offset)))
    mine = slice(table.turn_offset[link], table.turn_offset[link + 1])
    assert habits.share[mine] == pytest.approx(turn[mine] / turn[mine].sum(), abs=1e-5)
    assert (habits.entry_vps == 0.0).all()
    assert (habits.sink_frac == 0.0).all()


def test_a_share_of_those_who_come_to_the_end_of_a_link_ends_there() -> None:
    """0.3 vehicles a second go on, 0.1 end: a quarter of those who come this far."""
    table = approaches_of(road(Road((50.0, 50.0))))
    flows = flows_of(table, np.array([0.3]), np.array([0.4, 0.0]), np.array([0.1, 0.0]))
    habits = turning.habits_of(table, flows, 1.0)
    assert habits.sink_frac == pytest.approx([0.25, 0.0])


@pytest.mark.parametrize("index", [0.0, 0.25, 1.0])
def test_trips_begin_at_the_level_of_traffic_and_shares_do_not_depend_on_it(index: float) -> None:
    table = approaches_of(road(Road((50.0, 50.0))))
    flows = flows_of(table, np.array([0.3]), np.array([0.4, 0.1]), np.array([0.1, 0.0]))
    habits, usual = (turning.habits_of(table, flows, level) for level in (index, 1.0))
    assert habits.entry_vps == pytest.approx(index * np.array([0.4, 0.1]), rel=1e-5)
    np.testing.assert_array_equal(habits.share, usual.share)
    np.testing.assert_array_equal(habits.sink_frac, usual.sink_frac)


def test_no_more_begin_than_lanes_let_in() -> None:
    table = approaches_of(road(Road((50.0, 50.0), n_lanes=2)))
    flows = flows_of(table, np.array([9.0]), np.array([9.0, 0.0]), np.zeros(2))
    assert turning.habits_of(table, flows, 1.0).entry_vps[0] == pytest.approx(2 * ENTRY_MOST_VPS)


def test_a_link_of_which_nothing_is_known_goes_every_way_alike(table: Approaches) -> None:
    idle = np.zeros(table.n_lanes.size)
    habits = turning.habits_of(table, flows_of(table, np.zeros(table.turn_to.size), idle, idle), 1.0)
    width = np.diff(table.turn_offset)[table.turn_from]
    assert habits.share == pytest.approx(1.0 / width, rel=1e-5)


def test_kinds_have_a_weight_for_every_direction() -> None:
    assert len(Turn) == KINDS.size
