"""Frames and drawings as laws: errors of half a step, no plane that says nothing, arrays where eight bytes begin."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.generate.city import generate_city
from citybrain.records.truth import Moving
from citybrain.server.drawing import ALIGN, MAGIC, centre_m, draw, pack
from citybrain.server.frames import (
    HEAD,
    SECTION,
    TURN_STEPS,
    UNKNOWN_8,
    UNKNOWN_16,
    Array,
    FrameKind,
    Plane,
    change_second,
    delta_frame,
    in_byte,
    in_two_bytes,
    still_frame,
    vehicle_frame,
)
from citybrain.server.geometry import degrees_of, links_geojson, places
from citybrain.server.ground import Ground
from citybrain.server.live import _sequence

CITY, _ = generate_city(4)
STEPS = st.sampled_from([1.0, 2.0, 4.0, 100.0, 200.0])
FINITE = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


@given(FINITE, STEPS)
def test_a_value_is_told_to_half_a_step_and_cut_at_the_ends(values: list[float], steps: float) -> None:
    known = np.array(values)
    for told, unknown in ((in_byte(known, steps), UNKNOWN_8), (in_two_bytes(known, steps), UNKNOWN_16)):
        cut = known.clip(0.0, (unknown - 1) / steps)
        assert (told < unknown).all(), "what is known is never told as unknown"
        assert (np.abs(told / steps - cut) <= 0.5 / steps + 1e-9).all()
        order = np.argsort(known, kind="stable")
        assert (np.diff(told[order].astype(int)) >= 0).all(), "more is never told as less"


@given(st.floats(0.0, 2e9), st.floats(0.0, 5000.0, width=32))
def test_a_change_is_never_told_as_unknown(time_s: float, left_s: float) -> None:
    told = int(change_second(time_s, np.array([left_s], np.float32))[0])
    assert told == math.floor(time_s + left_s) % UNKNOWN_16 < UNKNOWN_16


@pytest.mark.parametrize("n", [0, 1, 2, 7])
@pytest.mark.parametrize("kind", ["u1", "<u2", "<f4"])
def test_a_plane_that_stays_is_left_out_even_an_empty_one(n: int, kind: str) -> None:
    planes: dict[Plane, Array] = {Plane.SENSOR_HEALTH: np.full(n, 3, kind)}
    assert delta_frame(9, 1.5, planes, planes) == HEAD.pack(FrameKind.DELTA, 1, 0, 9, 1.5)


@given(st.lists(st.tuples(st.integers(0, 255), st.booleans()), min_size=1, max_size=300))
def test_a_delta_is_never_larger_than_the_plane_as_a_whole(cells: list[tuple[int, bool]]) -> None:
    before = np.array([value for value, _ in cells], np.uint8)
    after = np.where([new for _, new in cells], before ^ 1, before).astype(np.uint8)
    frame = delta_frame(1, 0.0, {Plane.LANE_QUEUE: after}, {Plane.LANE_QUEUE: before})
    whole = SECTION.size + after.nbytes + (-after.nbytes % 4)
    assert len(frame) <= HEAD.size + whole + 3


def test_nan_that_stays_is_nothing_new_and_zero_that_turns_is() -> None:
    nan, zero = np.array([np.nan] * 9, "<f4"), np.zeros(9, "<f4")
    assert len(delta_frame(1, 0.0, {Plane.VITAL_LOW: nan}, {Plane.VITAL_LOW: nan.copy()})) == HEAD.size
    assert len(delta_frame(1, 0.0, {Plane.VITAL_LOW: zero}, {Plane.VITAL_LOW: nan})) > HEAD.size


def test_a_still_frame_is_its_head() -> None:
    assert still_frame(2**32 - 1, 1.25) == HEAD.pack(FrameKind.STILL, 1, 0, 2**32 - 1, 1.25)
    assert HEAD.size == 16
    with pytest.raises(struct.error):
        still_frame(2**32, 0.0)


def vehicle_planes(places: Array, speed_mps: Array) -> dict[Plane, Array]:
    n = places.shape[1]
    lanes = (np.arange(n, dtype=np.int32), np.zeros(n, np.int32), np.full(n, -1, np.int32), np.zeros(n, np.float32))
    frame = vehicle_frame(Moving(3.0, *lanes, speed_mps, np.ones(n, np.uint16)), places, (1000.0, -500.0))
    assert HEAD.unpack(frame[:16]) == (FrameKind.VEHICLES, 1, 6, 0, 3.0)
    kinds, found, at = {1: "u1", 2: "<u2", 3: "<u4", 4: "<f4"}, dict[Plane, Array](), HEAD.size
    for _ in range(6):
        plane, sparse, kind, count = SECTION.unpack_from(frame, at)
        assert (sparse, count) == (0, n)
        values = np.frombuffer(frame, kinds[kind], count, at + SECTION.size)
        found[Plane(plane)] = values
        at += SECTION.size + values.nbytes + (-values.nbytes % 4)
    assert at == len(frame)
    return found


@given(st.lists(st.floats(-math.pi, math.pi), max_size=20))
def test_vehicles_head_where_they_head(angles: list[float]) -> None:
    turn = np.array(angles)
    places = np.stack([turn * 0.0 + 1003.5, turn * 0.0 - 502.0, np.cos(turn), np.sin(turn)])
    found = vehicle_planes(places, np.full(turn.size, 13.9, np.float32))
    told = found[Plane.VEHICLE_HEADING] / TURN_STEPS * 2.0 * np.pi
    off = np.abs((told - turn + np.pi) % (2.0 * np.pi) - np.pi)
    assert (off <= np.pi / TURN_STEPS + 1e-9).all()
    assert (found[Plane.VEHICLE_X] == 3.5).all()
    assert (found[Plane.VEHICLE_Y] == -2.0).all()
    assert (found[Plane.VEHICLE_SPEED] == 56).all(), "13.9 m/s in quarters"


@pytest.mark.parametrize(
    ("since", "seen"),
    [
        ("life-17", 17),
        ("life-0", 0),
        ("life-999999999", 999_999_999),
        ("life-1000000000", 0),
        ("life-", 0),
        ("", 0),
        ("17", 0),
        ("other-17", 0),
        ("life-²", 0),
        ("life-١٧", 0),
        ("life-+1", 0),
        ("life- 1", 0),
        ("life-1_0", 0),
    ],
)
def test_what_a_reader_saw_last_is_a_plain_number_of_this_life(since: str, seen: int) -> None:
    assert _sequence(since, "life") == seen
    assert _sequence(f"a-b{since[4:]}", "a-b") == (seen if since.startswith("life") else 0)


ARRAYS = st.lists(st.tuples(st.sampled_from(["u1", "<u2", "<i4", "<f4"]), st.integers(0, 9)), max_size=6)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["", "x", "é", "杭州", '"', "a longer name"]), ARRAYS)
def test_a_drawing_can_be_read_as_its_form_says(name: str, shapes: list[tuple[str, int]]) -> None:
    columns = [np.arange(n).astype(kind) for kind, n in shapes]
    head = {"city": name, "arrays": [[f"a{k}", c.dtype.str[1:], int(c.size)] for k, c in enumerate(columns)]}
    plain = pack(head, list(columns))
    size = int.from_bytes(plain[4:8], "little")
    assert plain[:4] == MAGIC
    assert json.loads(plain[8 : 8 + size]) == head
    at = 8 + size
    for (_, kind, n), column in zip(head["arrays"], columns, strict=True):
        assert at % ALIGN == 0
        np.testing.assert_array_equal(np.frombuffer(plain, f"<{kind}", int(n), at), column)
        at += column.nbytes + (-column.nbytes % ALIGN)
    assert at == len(plain)


def drawn(city: object) -> dict[str, Array]:
    plain = draw(city, Ground(city)).plain  # type: ignore[arg-type]
    at = 8 + int.from_bytes(plain[4:8], "little")
    found = dict[str, Array]()
    for name, kind, n in json.loads(plain[8:at])["arrays"]:
        found[name] = np.frombuffer(plain, f"<{kind}", n, at)
        at += found[name].nbytes + (-found[name].nbytes % ALIGN)
    return found


def test_roads_are_drawn_by_their_class_and_ramps_as_the_road_they_leave() -> None:
    kinds = [
        "motorway",
        "motorway_link",
        "trunk",
        "primary_link",
        "secondary",
        "tertiary",
        "residential",
        "",
        "x_primary",
    ]
    n = len(CITY.links.kind)
    city = replace(CITY, links=replace(CITY.links, kind=[kinds[k % len(kinds)] for k in range(n)]))
    assert drawn(city)["link_road"].tolist() == ([0, 0, 0, 1, 2, 3, 4, 4, 4] * n)[:n]


def test_a_city_far_from_its_origin_is_drawn_as_sharply() -> None:
    """Single precision is half a metre at 5,000 km: it is told from the middle of the city."""
    links, nodes, far_m = CITY.links, CITY.nodes, 5_000_000.0
    moved = replace(links, geometry_x_m=links.geometry_x_m + far_m, geometry_y_m=links.geometry_y_m - far_m)
    city = replace(CITY, links=moved, nodes=replace(nodes, x_m=nodes.x_m + far_m, y_m=nodes.y_m - far_m))
    here, there = drawn(CITY), drawn(city)
    for name in ("link_x", "link_y", "node_x", "node_y"):
        np.testing.assert_allclose(there[name], here[name], atol=0.11, err_msg=name)  # the middle is told to 0.1 m
        np.testing.assert_allclose(np.diff(there[name]), np.diff(here[name]), atol=2e-3, err_msg=name)
    assert centre_m(city)[0] - centre_m(CITY)[0] == pytest.approx(far_m, abs=0.11)


def test_a_drawing_is_named_by_what_is_in_it() -> None:
    ground = Ground(CITY)
    first, again = draw(CITY, ground), draw(CITY, ground)
    other = draw(replace(CITY, meta=replace(CITY.meta, name="elsewhere")), ground)
    assert (first.tag, first.packed) == (again.tag, again.packed)
    assert other.tag != first.tag


def test_every_link_is_a_line_in_the_citys_order() -> None:
    told, links = links_geojson(CITY), CITY.links
    assert [f["id"] for f in told["features"]] == list(links.link_id)
    assert [f["properties"]["row"] for f in told["features"]] == list(range(len(links.link_id)))
    for row in (0, len(links.link_id) - 1):
        first, last = links.geometry_offset[row : row + 2].tolist()
        course = np.array(told["features"][row]["geometry"]["coordinates"])
        assert course.shape == (last - first, 2)


@pytest.mark.parametrize("projection", ["", "nonsense", "+proj=nowhere"])
def test_a_city_without_a_place_is_told_in_its_metres(projection: str) -> None:
    city = replace(CITY, meta=replace(CITY.meta, projection=projection))
    x, y, degrees = places(city)
    assert not degrees
    assert links_geojson(city)["coordinates_are"] == "metres"
    np.testing.assert_allclose(x, city.links.geometry_x_m, atol=0.00501)
    np.testing.assert_allclose(y, city.links.geometry_y_m, atol=0.00501)


def test_degrees_are_those_of_the_projection() -> None:
    pytest.importorskip("pyproj")
    found = degrees_of("+proj=utm +zone=31 +datum=WGS84", np.array([500_000.0]), np.array([0.0]))
    assert found is not None
    assert (found[0][0], found[1][0]) == (pytest.approx(3.0, abs=1e-9), pytest.approx(0.0, abs=1e-9))
    assert degrees_of("+proj=utm +zone=31 +datum=WGS84", np.array([np.nan, 5e5]), np.array([0.0, 0.0])) is None
