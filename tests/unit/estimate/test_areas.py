"""Vehicles in transit and delay index against worlds whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.estimate._poisson_city import PERIOD_S, SLOWER, World, city_and_sensors, world

from citybrain.estimate.areas import _views, begin, update
from citybrain.estimate.road_sums import Counted
from citybrain.records.observations import Observations, Quality, join, take


def run(of: World, until_s: int = 10**9, observations=None):
    state, rows = begin(of.city, of.sensors), []
    for seen, fixes in list(zip(observations or of.observations, of.fixes, strict=True))[:until_s]:
        state, areas = update(state, seen, fixes)
        rows.append(areas)
    return state, rows


def whole(rows, name):
    return np.array([getattr(row, name)[0] for row in rows])


def test_nothing_seen_is_unknown_and_never_zero():
    city, sensors = city_and_sensors()
    state = begin(city, sensors)
    empty = world(0, 0.0, 0.0, 0.0, end_s=1).fixes[0]
    state, areas = update(state, Observations(1.0), empty)
    assert np.all(areas.quality == Quality.UNKNOWN)
    assert np.all(np.isnan(areas.in_transit))


def test_with_full_coverage_the_estimate_is_near_exact():
    of = world(1, flow_vps=2.0, probes=1.0, cameras=1.0)
    _, rows = run(of)
    error = np.abs(whole(rows, "in_transit") - of.in_transit) / of.in_transit
    assert error[300:].mean() < 0.04
    assert whole(rows, "observed_share")[-1] > 0.95


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_the_share_of_probes_does_not_bias(share):
    of = world(2, flow_vps=2.0, probes=share, cameras=0.5)
    _, rows = run(of)
    ratio = whole(rows, "in_transit")[300:].mean() / of.in_transit[300:].mean()
    assert ratio == pytest.approx(1.0, abs=0.15)


def test_the_band_covers_the_truth():
    inside = []
    for seed in range(6):
        of = world(10 + seed, flow_vps=1.5, probes=0.1, cameras=0.5, read=0.95)
        _, rows = run(of)
        low, high = whole(rows, "in_transit_low")[300:], whole(rows, "in_transit_high")[300:]
        inside.append(np.mean((low <= of.in_transit[300:]) & (of.in_transit[300:] <= high)))
        assert np.all(low <= whole(rows, "in_transit")[300:])
    assert 0.75 <= np.mean(inside) <= 1.0


def test_delay_index_of_links_that_all_take_longer():
    of = world(3, flow_vps=2.0, probes=0.2, cameras=0.5)
    _, rows = run(of)
    layout = of.layout
    truth = SLOWER * layout.free_s.sum() / layout.drive_s.sum()
    assert whole(rows, "delay_index")[-1] == pytest.approx(truth, rel=0.06)
    assert whole(rows, "delay_index_low")[-1] < truth < whole(rows, "delay_index_high")[-1]


def test_the_order_of_rows_and_doubles_change_nothing():
    of = world(4, flow_vps=2.0, probes=0.1, cameras=0.5, end_s=200)
    rng = np.random.default_rng(0)

    def shuffled(seen: Observations) -> Observations:
        rows = seen.passages
        twice = join([rows, rows])
        return replace(seen, passages=take(twice, rng.permutation(twice.time_s.size)))

    _, rows = run(of)
    _, others = run(of, observations=[shuffled(seen) for seen in of.observations])
    assert np.array_equal(whole(rows, "in_transit"), whole(others, "in_transit"), equal_nan=True)


def test_update_leaves_the_old_state_alone_and_is_deterministic():
    of = world(5, flow_vps=2.0, probes=0.1, cameras=0.5, end_s=121)
    state, _ = run(of, 120)
    first = update(state, of.observations[120], of.fixes[120])[1]
    second = update(state, of.observations[120], of.fixes[120])[1]
    assert np.array_equal(first.in_transit, second.in_transit)


def test_cameras_that_drop_out_do_not_empty_the_city():
    of = world(6, flow_vps=2.0, probes=0.1, cameras=0.6)
    dark = [s if s.time_s < 450 else Observations(s.time_s) for s in of.observations]
    _, rows = run(of, observations=dark)
    ratio = whole(rows, "in_transit")[-60:].mean() / of.in_transit[-60:].mean()
    assert ratio == pytest.approx(1.0, abs=0.35)


def test_without_cameras_probes_and_the_prior_carry_it():
    of = world(7, flow_vps=3.0, probes=0.05, cameras=0.0)
    state, rows = run(of)
    assert state.tracks.period_s == pytest.approx(PERIOD_S, rel=0.05)
    ratio = whole(rows, "in_transit")[-300:].mean() / of.in_transit[-300:].mean()
    assert ratio == pytest.approx(1.0, abs=0.35)


def test_both_models_of_the_roads_count_alike():
    """Four times the vehicles in the flow model: twice in the geometric mean, in every area that has them."""
    of = world(8, flow_vps=2.0, probes=0.1, cameras=0.5, end_s=200)
    state, _ = run(of)
    alone = _views(state, None).models
    on_links = state.model.time_s * state.model.through * state.sums.index
    assert alone[0] == pytest.approx(on_links.sum())
    assert _views(state, on_links).models == pytest.approx(alone)
    assert _views(state, 4.0 * on_links).models == pytest.approx(2.0 * alone)


@pytest.mark.parametrize("share", [0.02, 0.2])
def test_without_cameras_the_announced_share_of_probes_decides(share):
    of = world(9, flow_vps=3.0, probes=share, cameras=0.0)
    state = begin(of.city, of.sensors, share)
    for seen, fixes in zip(of.observations, of.fixes, strict=True):
        state, areas = update(state, seen, fixes)
    assert areas.in_transit[0] == pytest.approx(of.in_transit[-1], rel=0.35)


def test_counts_of_loops_give_the_flows_where_nothing_else_is_seen():
    """A city of loops alone: 0.2 vehicles a second on one turn, and the vehicles that Little's law makes of them."""
    of = world(11, flow_vps=1.0, probes=0.0, cameras=0.0, end_s=900)
    state = begin(of.city, of.sensors)
    layout = of.layout
    turn = int(np.argmax(layout.length_m[layout.turn_from]))
    vehicles, time_s = np.zeros(layout.turn_to.size), np.zeros(layout.turn_to.size)
    vehicles[turn], time_s[turn] = 0.2, 1.0
    for seen in of.observations:
        blind = Observations(seen.time_s)
        state, areas = update(state, blind, of.fixes[0], None, Counted(vehicles, time_s))
    assert state.model.flows.turn[turn] * state.sums.index == pytest.approx(0.2, rel=0.2)
    assert areas.in_transit[0] >= 0.2 * layout.drive_s[layout.turn_from[turn]]
