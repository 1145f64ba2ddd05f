"""What the city knows of lanes, movements and positions: the same as a plain search through its tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.ingest.cells import Texts
from citybrain.ingest.place import Gazetteer, projector

CITY = generate_city(4, seed=2)[0]
KNOWN = Gazetteer.of(CITY)
N_LANES, N_LINKS = CITY.lanes.link.size, len(CITY.links.link_id)
UTM = "+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs"


def projected(projection: str, shift_m: tuple[float, float] = (0.0, 0.0), n_known: int = 0) -> City:
    """The city near Berlin; `n_known` of its nodes know where on earth they are, `shift_m` off the projection."""
    lon, lat = np.full(CITY.nodes.x_m.size, np.nan), np.full(CITY.nodes.x_m.size, np.nan)
    x_m, y_m = CITY.nodes.x_m + 390_000.0, CITY.nodes.y_m + 5_818_000.0
    if n_known:
        pyproj = pytest.importorskip("pyproj")
        lon[:n_known], lat[:n_known] = pyproj.Proj(UTM)(x_m[:n_known], y_m[:n_known], inverse=True)
    nodes = replace(CITY.nodes, x_m=x_m + shift_m[0], y_m=y_m + shift_m[1], lon=lon, lat=lat)
    return replace(CITY, nodes=nodes, meta=replace(CITY.meta, projection=projection))


def test_every_movement_is_found_by_its_ends_and_no_other() -> None:
    lane, link = (grid.ravel() for grid in np.meshgrid(np.arange(N_LANES), np.arange(N_LINKS), indexing="ij"))
    ends: dict[tuple[int, int], int] = {}
    for m, (a, b) in enumerate(zip(CITY.movements.from_lane, CITY.movements.to_lane, strict=True)):
        ends.setdefault((int(a), int(CITY.lanes.link[b])), m)
    expected = [ends.get(pair, -1) for pair in zip(lane.tolist(), link.tolist(), strict=True)]
    found = KNOWN.movement(lane.astype(np.int32), link.astype(np.int32))
    assert found.tolist() == expected
    assert found.dtype == np.int32
    assert 0 < sum(m >= 0 for m in expected) < len(expected)


def test_a_city_without_movements_leads_nowhere() -> None:
    none = replace(KNOWN, turn_key=np.zeros(0, np.int64), turn=np.zeros(0, np.int32))
    assert none.movement(np.arange(3, dtype=np.int32), np.arange(3, dtype=np.int32)).tolist() == [-1, -1, -1]


def test_lanes_are_counted_from_the_kerb_of_the_sensors_link() -> None:
    for sensor, own in enumerate(CITY.sensors.lane.tolist()):
        link = int(CITY.lanes.link[own])
        lanes = np.flatnonzero(CITY.lanes.link == link)
        asked = np.array([np.nan, *range(len(lanes) + 2)])
        found = KNOWN.lane(np.full(asked.size, sensor, np.int32), asked)
        assert found.tolist() == [own, *lanes.tolist(), -1, -1]


def test_other_sensors_may_stand_in_the_same_streets() -> None:
    chosen = replace(
        CITY.sensors,
        sensor_id=("only",),
        kind=CITY.sensors.kind[:1],
        lane=np.array([5], np.int32),
        position_m=CITY.sensors.position_m[:1],
    )
    other = Gazetteer.of(CITY, chosen)
    assert other.sensors.find(Texts.of(["only", CITY.sensors.sensor_id[0]])).tolist() == [0, -1]
    assert other.lane(np.zeros(1, np.int32), np.array([np.nan])).tolist() == [5]
    assert KNOWN.sensors.find(Texts.of(["only", CITY.sensors.sensor_id[0]])).tolist() == [-1, 0]


@settings(deadline=None)
@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0.0, 3e3))
def test_inside_is_a_box(x_m: float, y_m: float, margin_m: float) -> None:
    nodes = CITY.nodes
    in_x = nodes.x_m.min() - margin_m <= x_m <= nodes.x_m.max() + margin_m
    in_y = nodes.y_m.min() - margin_m <= y_m <= nodes.y_m.max() + margin_m
    assert KNOWN.inside(np.array([x_m]), np.array([y_m]), margin_m).tolist() == [in_x and in_y]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nowhere_is_not_inside(bad: float) -> None:
    """What a projection answers for a place that it has not."""
    x_m, y_m = np.array([bad, 0.0, bad]), np.array([0.0, bad, bad])
    assert not KNOWN.inside(x_m, y_m, 1e9).any()


@pytest.mark.parametrize("projection", ["", "+proj=nothing", "no projection at all"])
def test_without_a_projection_degrees_have_no_place(projection: str) -> None:
    assert projector(projected(projection)) is None


@pytest.mark.parametrize(("shift_m", "n_known"), [((0.0, 0.0), 0), ((0.0, 0.0), 3), ((-1234.5, 77.25), 5)])
def test_degrees_come_to_the_citys_metres_moved_as_its_nodes_are(shift_m: tuple[float, float], n_known: int) -> None:
    """Where nodes know their place on earth, the others are found to a millimetre, whatever the offset of the net."""
    pyproj = pytest.importorskip("pyproj")
    city = projected(UTM, shift_m, n_known)
    project = projector(city)
    assert project is not None
    true_x, true_y = city.nodes.x_m - shift_m[0], city.nodes.y_m - shift_m[1]
    lon, lat = pyproj.Proj(UTM)(true_x, true_y, inverse=True)
    x_m, y_m = project(lon, lat)
    np.testing.assert_allclose(x_m, city.nodes.x_m, atol=1e-3)
    np.testing.assert_allclose(y_m, city.nodes.y_m, atol=1e-3)


def test_one_node_that_lies_about_its_place_moves_nothing() -> None:
    city = projected(UTM, (100.0, 200.0), 9)
    city.nodes.lon[4] += 1.0
    project = projector(city)
    assert project is not None
    x_m, y_m = project(city.nodes.lon[:4], city.nodes.lat[:4])
    np.testing.assert_allclose(x_m, city.nodes.x_m[:4], atol=1e-3)
    np.testing.assert_allclose(y_m, city.nodes.y_m[:4], atol=1e-3)


def test_a_place_that_the_projection_has_not_is_outside_the_city() -> None:
    project = projector(projected(UTM, n_known=3))
    assert project is not None
    x_m, y_m = project(np.array([0.0, 200.0]), np.array([91.0, 95.0]))
    assert not KNOWN.inside(x_m, y_m, 1e7).any()
