"""Vector tiles against an independent reader (mapbox-vector-tile) and independent geometry (shapely)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.server.mvt import (
    EXTENT,
    LINE,
    MARGIN,
    POINT,
    Known,
    Shape,
    Sheet,
    Tile,
    lines_of,
    mercator,
    points_of,
    varint,
)

reader = pytest.importorskip("mapbox_vector_tile")
shapely = pytest.importorskip("shapely")
ROOT = Tile(0, 0, 0)


def decoded(tile: bytes) -> dict[str, object]:
    (found,) = reader.decode(tile, default_options={"y_coord_down": True}).values()
    return dict(found)


def drawn(shapes: list[Shape], kind: int = LINE) -> dict[int, object]:
    """Geometry by row, as the reader sees it."""
    if not shapes:
        return {}
    tile = Sheet("x", kind, shapes, [[]] * len(shapes)).encoded({})
    return {one["id"]: shapely.geometry.shape(one["geometry"]) for one in decoded(tile)["features"]}  # type: ignore[attr-defined]


# ---- places ----


def test_mercator_is_that_of_the_slippy_map() -> None:
    """The published example: 41.85 N, 87.65 W lies in 3/2/2 ... and in 7/32/47."""
    x, y = mercator(np.array([-87.65]), np.array([41.85]))
    assert (int(x[0] * 128), int(y[0] * 128)) == (32, 47)
    x, y = mercator(np.array([-180.0, 0.0, 180.0]), np.array([85.0511287798066, 0.0, -90.0]))
    assert x.tolist() == [0.0, 0.5, 1.0]
    assert y == pytest.approx([0.0, 0.5, 1.0], abs=1e-12)


@pytest.mark.parametrize(
    ("tile", "there"),
    [
        (Tile(0, 0, 0), True),
        (Tile(0, 1, 0), False),
        (Tile(2, 3, 3), True),
        (Tile(2, 4, 0), False),
        (Tile(23, 0, 0), False),
    ],
)
def test_which_tiles_there_are(tile: Tile, there: bool) -> None:
    assert tile.there == there


def test_a_point_is_in_one_tile_of_its_zoom() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0.0, 1.0, (2, 300))
    for z in (0, 1, 3):
        found = [shape.row for k in range(1 << z) for j in range(1 << z) for shape in points_of(Tile(z, k, j), x, y)]
        assert sorted(found) == list(range(300))
    geometry = drawn(points_of(ROOT, x, y), POINT)
    assert geometry[7].coords[0] == (round(x[7] * EXTENT), round(y[7] * EXTENT))  # type: ignore[attr-defined]


# ---- lines ----


Coordinate = st.integers(-3000, 7000)
Course = st.lists(st.tuples(Coordinate, Coordinate), min_size=2, max_size=7)


@settings(max_examples=150, deadline=None)
@given(st.lists(Course, min_size=1, max_size=4))
def test_what_is_cut_is_what_shapely_cuts(courses: list[list[tuple[int, int]]]) -> None:
    """Every course within the tile and its margin: as long, and nowhere further away than rounding."""
    points = np.array([point for course in courses for point in course], np.float64) / EXTENT
    offset = np.cumsum([0, *map(len, courses)])
    found = drawn(lines_of(ROOT, points[:, 0], points[:, 1], offset, np.arange(len(courses))))
    box = shapely.box(-MARGIN, -MARGIN, EXTENT + MARGIN, EXTENT + MARGIN)
    for row, course in enumerate(courses):
        stretches = [shapely.LineString(pair) for pair in pairwise(course)]
        expected_m = sum(stretch.intersection(box).length for stretch in stretches)
        got = found.get(row)
        assert (0.0 if got is None else got.length) == pytest.approx(expected_m, abs=3.0 * len(course))  # type: ignore[attr-defined]
        if got is not None:
            whole = shapely.MultiLineString(stretches)
            assert whole.buffer(1.5).contains(got)
            assert box.buffer(0.5).contains(got)


def test_a_course_that_leaves_and_comes_back_has_two_parts() -> None:
    x = np.array([0.5, 1.5, 1.5, 0.5])
    y = np.array([0.2, 0.2, 0.8, 0.8])
    (geometry,) = drawn(lines_of(ROOT, x, y, np.array([0, 4]), np.array([0]))).values()
    assert geometry.geom_type == "MultiLineString"  # type: ignore[attr-defined]
    first, second = geometry.geoms  # type: ignore[attr-defined]
    assert first.coords[0][0] == second.coords[-1][0] == 2048.0
    assert first.coords[-1][0] == second.coords[0][0] == EXTENT + MARGIN


def test_only_those_that_are_chosen_are_drawn_and_none_is_none() -> None:
    x, y, offset = np.full(6, 0.5), np.linspace(0.1, 0.9, 6), np.array([0, 2, 4, 6])
    assert set(drawn(lines_of(ROOT, x, y, offset, np.array([0, 2])))) == {0, 2}
    assert lines_of(ROOT, x, y, offset, np.zeros(0, np.int64)) == []
    far = lines_of(Tile(10, 0, 0), x, y, offset, np.arange(3))
    assert far == []
    tiny = lines_of(ROOT, np.full(2, 0.5), np.array([0.5, 0.50001]), np.array([0, 2]), np.array([0]))
    assert tiny == [], "a line of no length is no line"


def test_neighbouring_tiles_meet() -> None:
    """A course over an edge is drawn up to the margin on both sides."""
    x, y, offset = np.array([0.1, 0.9]), np.array([0.3, 0.3]), np.array([0, 2])
    (west,) = drawn(lines_of(Tile(1, 0, 0), x, y, offset, np.array([0]))).values()
    (east,) = drawn(lines_of(Tile(1, 1, 0), x, y, offset, np.array([0]))).values()
    assert west.coords[-1][0] == EXTENT + MARGIN  # type: ignore[attr-defined]
    assert east.coords[0][0] == -MARGIN  # type: ignore[attr-defined]


# ---- bytes ----


PLACES = points_of(ROOT, np.array([0.5, 0.25, 0.75]), np.array([0.5, 0.75, 0.25]))


def test_tags_of_every_kind_are_read_as_they_were() -> None:
    tags = {"name": "Yan'an 路", "lanes": 3, "below": -7, "speed_mps": 11.25, "latched": True, "zero": False, "one": 1}
    told = decoded(Sheet("links", POINT, PLACES, [tags.items()] * 3).encoded({}))
    assert (told["extent"], told["version"]) == (EXTENT, 2)
    first, second, _ = told["features"]  # type: ignore[misc]
    assert first["properties"] == second["properties"] == tags
    assert isinstance(first["properties"]["latched"], bool)
    assert not isinstance(first["properties"]["one"], bool), "1 and true are two values"
    assert (first["id"], second["id"]) == (0, 1)


def test_a_sheet_is_filled_again_and_again() -> None:
    sheet = Sheet("links", POINT, PLACES, [[("link", name)] for name in "abc"])
    words = Known(("measured", "stale"), np.array([0, 1, 1]))
    for speed in ([1.234, np.nan, 1.23], [np.nan, np.nan, np.nan], [2.0, 3.0, 4.0]):
        tile = sheet.encoded({"quality": words, "speed": Known.of_numbers(np.array(speed), 2)})
        found = [one["properties"] for one in decoded(tile)["features"]]  # type: ignore[attr-defined]
        assert [one["link"] for one in found] == ["a", "b", "c"]
        assert [one["quality"] for one in found] == ["measured", "stale", "stale"]
        expected = [None if np.isnan(value) else round(value, 2) for value in speed]
        assert [one.get("speed") for one in found] == expected
        assert all(("speed" in one) == (value is not None) for one, value in zip(found, expected, strict=True))
    assert sheet.rows.tolist() == [0, 1, 2]


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(math.nan)), max_size=40), st.integers(0, 4))
def test_numbers_are_told_to_their_decimals(numbers: list[float], decimals: int) -> None:
    known = Known.of_numbers(np.array(numbers, np.float64), decimals)
    for number, which in zip(numbers, known.which, strict=True):
        if math.isnan(number):
            assert which == -1
        else:
            assert known.values[which] == pytest.approx(round(number, decimals), abs=1.01 * 10.0**-decimals)
    assert len(set(known.values)) == len(known.values)


def test_an_empty_layer_is_an_empty_tile() -> None:
    assert Sheet("links", LINE, [], []).encoded({}) == b""
    assert reader.decode(b"") == {}


@given(st.integers(0, 2**64 - 1))
def test_varints_hold_every_number(value: int) -> None:
    found = varint(value)
    assert sum((byte & 0x7F) << 7 * k for k, byte in enumerate(found)) == value
    assert len(found) == max(1, math.ceil(value.bit_length() / 7))
    assert [bool(byte & 0x80) for byte in found] == [True] * (len(found) - 1) + [False]
