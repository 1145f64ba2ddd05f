"""Where things lie: lanes side by side without overlap, the kerb lane outermost, vehicles on their way ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citybrain.city.generate.city import generate_city
from citybrain.records.truth import Moving
from citybrain.server.ground import Ground, lane_shifts_m

CITY, _ = generate_city(4)
GROUND = Ground(CITY)


def moving(lane: int, movement: int, position_m: float) -> Moving:
    one = (np.array([value]) for value in (0, lane, movement, position_m, 10.0, 1))
    return Moving(0.0, *one)


def test_lanes_of_a_link_lie_a_width_apart_with_the_kerb_lane_outermost() -> None:
    lanes, shift = CITY.lanes, lane_shifts_m(CITY)
    pairs = np.flatnonzero(lanes.link[1:] == lanes.link[:-1])
    assert pairs.size
    np.testing.assert_allclose(shift[pairs] - shift[pairs + 1], lanes.width_m[pairs], atol=1e-5)


def test_the_two_ways_of_a_street_do_not_overlap() -> None:
    links = CITY.links
    back = {(a, b): k for k, (a, b) in enumerate(zip(links.from_node.tolist(), links.to_node.tolist(), strict=True))}
    shift, seen = lane_shifts_m(CITY), 0
    for (a, b), link in back.items():
        if (b, a) in back:
            first, n = int(links.first_lane[link]), int(links.n_lanes[link])
            assert shift[first : first + n].min() >= CITY.lanes.width_m[first] / 2.0 - 1e-4
            seen += 1
    assert seen


def test_where_traffic_keeps_left_lanes_lie_left() -> None:
    left = replace(CITY, meta=replace(CITY.meta, left_hand=True))
    np.testing.assert_array_equal(lane_shifts_m(left), -lane_shifts_m(CITY))


def test_a_vehicle_drives_along_its_lane() -> None:
    length_m = float(CITY.lanes.length_m[0])
    a, b = (GROUND.vehicles(moving(0, -1, share * length_m))[:, 0] for share in (0.4, 0.41))
    ahead = (b - a)[:2] / np.hypot(*(b - a)[:2])
    np.testing.assert_allclose(ahead, a[2:], atol=0.05)


def test_a_movement_joins_its_lanes_without_a_gap_or_a_kink() -> None:
    moves = CITY.movements
    each, one = np.arange(moves.node.size), np.ones(moves.node.size)
    start, end = GROUND.inside(each, 0.0 * one), GROUND.inside(each, one)
    np.testing.assert_allclose(start, GROUND.on_lanes(moves.from_lane, one), atol=1e-6)
    np.testing.assert_allclose(end, GROUND.on_lanes(moves.to_lane, 0.0 * one), atol=1e-6)
