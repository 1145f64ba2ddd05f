"""Where sensors stand, where a vehicle is on the map, and which options of sensing are refused, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Road, road
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.model import City, CityMeta, SensorKind, Turn
from citybrain.demand.generated import generate
from citybrain.errors import InputError
from citybrain.twin.sensing import equipped
from citybrain.twin.sensor_options import PERFECT, Channel, SensorOptions
from citybrain.twin.sensor_places import Places, default_sensors, sensors_of, signal_detectors

SHAPE_M = [(0.0, 0.0), (30.0, 0.0), (30.0, 0.0), (30.0, 10.0)]  # a corner, given twice


@pytest.fixture(scope="module")
def bend() -> City:
    """A link of 40 m round a corner; one far away at which a path ends, and one that is a point."""
    builder = CityBuilder(CityMeta("bend", "test"))
    for k, (x, y) in enumerate([(0.0, 0.0), (30.0, 10.0), (130.0, 10.0)]):
        builder.add_node(NodeSpec(f"n{k}", x, y))
    builder.add_link(LinkSpec("corner", 0, 1, [LaneSpec(40.0, 10.0)], SHAPE_M))
    builder.add_link(LinkSpec("on", 1, 2, [LaneSpec(90.0, 10.0)], [(50.0, 30.0), (130.0, 10.0)]))
    builder.add_link(LinkSpec("point", 2, 2, [LaneSpec(5.0, 10.0)], [(130.0, 10.0), (130.0, 10.0)]))
    builder.add_movement(MovementSpec(0, 1, 1, Turn.THROUGH, 28.0, 10.0))
    return builder.build()


def at(city: City, track: int, frac: float) -> tuple[float, float]:
    x, y = Places(city).at(np.array([track]), np.array([frac]))
    return float(x[0]), float(y[0])


@pytest.mark.parametrize(
    ("frac", "place"),
    [
        (0.0, (0, 0)),
        (0.5, (20, 0)),
        (0.75, (30, 0)),
        (0.875, (30, 5)),
        (1.0, (30, 10)),
        (1.7, (30, 10)),
        (-1.0, (0, 0)),
    ],
)
def test_a_share_of_a_link_is_a_share_of_its_line(bend: City, frac: float, place: tuple[float, float]) -> None:
    assert at(bend, 0, frac) == pytest.approx(place)


@pytest.mark.parametrize(("frac", "place"), [(0.0, (30, 10)), (0.25, (35, 15)), (1.0, (50, 30))])
def test_a_junction_is_crossed_straight(bend: City, frac: float, place: tuple[float, float]) -> None:
    assert at(bend, bend.lanes.link.size, frac) == pytest.approx(place)


@pytest.mark.parametrize("frac", [0.0, 0.5, 1.0])
def test_a_link_without_length_on_the_map_is_a_point(bend: City, frac: float) -> None:
    assert at(bend, 2, frac) == (130.0, 10.0)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8))
def test_who_drives_on_at_one_speed_moves_at_one_speed_on_the_map(fracs: list[float]) -> None:
    """On a straight road the distance between places is the difference of their shares, in whatever order asked."""
    city = road(Road((400.0, 250.0)))
    x, y = Places(city).at(np.full(len(fracs), 1), np.array(fracs))
    assert np.diff(x) == pytest.approx(np.diff(fracs) * 255.0, abs=1e-9)
    assert (y == 0.0).all()


@pytest.fixture(scope="module")
def town() -> City:
    return generate(9, seed=2, duration_s=60.0)[0]


def test_a_city_with_sensors_of_its_own_keeps_them(town: City) -> None:
    own = default_sensors(town, np.array([2], np.int32))
    assert sensors_of(replace(town, sensors=own)) is own


def test_sensors_stand_on_the_lanes_asked_for_once_of_each_kind(town: City) -> None:
    lanes = np.array([5, 1], np.int32)
    found = default_sensors(town, lanes)
    assert found.lane.tolist() == [5, 1] * 3
    assert [list(found.kind).count(kind) for kind in SensorKind] == [2] * len(SensorKind)
    assert len(set(found.sensor_id)) == 6


@pytest.mark.parametrize(
    ("length_m", "advance_m"), [(200.0, 160.0), (80.0, 40.0), (79.0, 39.5), (30.0, 15.0), (0.4, 0.2)]
)
def test_on_a_short_lane_the_advance_detector_lies_in_the_middle(length_m: float, advance_m: float) -> None:
    found = default_sensors(road(Road((length_m, 50.0))), np.array([0], np.int32))
    place = dict(zip(found.kind.tolist(), found.position_m.tolist(), strict=True))
    assert place[SensorKind.ADVANCE] == pytest.approx(advance_m)
    assert place[SensorKind.STOP_LINE] == pytest.approx(max(length_m - 0.5, 0.0))
    assert place[SensorKind.CAMERA] == pytest.approx(length_m)


@pytest.mark.parametrize(("length_m", "back_m", "zone_m"), [(300.0, 100.0, 12.0), (90.0, 60.0, 12.0), (9.0, 6.0, 8.5)])
def test_detectors_of_signals_leave_room_for_the_queue(length_m: float, back_m: float, zone_m: float) -> None:
    """Ten seconds at 10 m/s before the line, or two thirds of the lane; a zone that ends at the line and fits."""
    found = signal_detectors(road(Road((length_m, 50.0), 10.0, signal_after=0)))
    stop, ahead = (int(np.flatnonzero(found.kind == kind)[0]) for kind in (SensorKind.STOP_LINE, SensorKind.ADVANCE))
    assert found.kind.size == len(found.sensor_id) == 2
    assert length_m - found.position_m[ahead] == pytest.approx(back_m)
    assert found.length_m[stop] == pytest.approx(zone_m)
    assert found.position_m[stop] - found.length_m[stop] >= 0.0


@settings(deadline=None, max_examples=25)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(0, 99))
def test_more_coverage_adds_sensors_and_takes_none_away(a: float, b: float, seed: int) -> None:
    city = road(Road((90.0,) * 9))
    all_of = default_sensors(city, np.arange(9, dtype=np.int32))
    few, many = (
        equipped(city, all_of, replace(PERFECT, detectors=Channel(share), cameras=Channel(share)), seed)
        for share in sorted((a, b))
    )
    assert set(few.sensor_id) <= set(many.sensor_id)
    assert (many.kind == SensorKind.CAMERA).sum() == (many.kind == SensorKind.ADVANCE).sum() == round(max(a, b) * 9)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"interval_s": 0}, "interval_s = 0: expected 1 to 3600"),
        ({"period_s": 3601}, "period_s = 3601: expected 1 to 3600"),
        ({"interval_s": 7.5}, "interval_s = 7.5, period_s = 10: expected whole seconds"),
        ({"read_share": 1.01}, "read_share = 1.01: expected 0 to 1"),
        ({"miss_share": float("nan")}, "miss_share = nan: expected 0 to 1"),
        ({"miss_share": 0.6, "double_share": 0.6}, "miss_share + double_share = 1.2: expected 1 or less"),
        ({"position_noise_m": -0.1}, "position_noise_m = -0.1: expected 0 to inf"),
        ({"speed_noise_mps": float("inf")}, "speed_noise_mps = inf: expected 0 to inf"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_name_value_and_range(wrong: dict[str, float], reason: str) -> None:
    with pytest.raises(InputError) as refused:
        replace(PERFECT, **wrong)
    assert str(refused.value) == reason


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_ends_of_the_ranges_are_allowed(share: float) -> None:
    options = SensorOptions(miss_share=share, double_share=1.0 - share, interval_s=3600, period_s=1, read_share=share)
    assert options.miss_share + options.double_share == 1.0
