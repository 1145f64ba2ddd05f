"""Well-known text: shapes come back bit for bit, files of others are read, rubbish is named by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.gmns.wkt import format_shapes, parse_shapes
from citybrain.errors import FormatError

FILE = Path("link.csv")
Point = tuple[float, float]
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
SHAPES = st.lists(st.lists(st.tuples(NUMBER, NUMBER), max_size=5), max_size=6)


def pack(shapes: list[list[Point]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    offset = np.cumsum([0, *map(len, shapes)]).astype(np.int64)
    flat = np.array([point for shape in shapes for point in shape], np.float64).reshape(-1, 2)
    return offset, flat[:, 0].copy(), flat[:, 1].copy()


@settings(deadline=None)
@given(SHAPES, st.booleans())
def test_shapes_come_back_bit_for_bit(shapes: list[list[Point]], polygon: bool) -> None:
    offset, x, y = pack(shapes)
    texts = format_shapes(offset, x, y, polygon=polygon)
    back = parse_shapes(texts, FILE)
    assert len(texts) == len(shapes)
    for wrote, read in zip((offset, x, y), back, strict=True):
        assert wrote.dtype == read.dtype
        assert wrote.tobytes() == read.tobytes()


@settings(deadline=None)
@given(SHAPES)
def test_a_shape_without_points_is_an_empty_text(shapes: list[list[Point]]) -> None:
    texts = format_shapes(*pack(shapes), polygon=False)
    assert [text == "" for text in texts] == [not shape for shape in shapes]


def test_the_texts_are_those_of_the_standard() -> None:
    one = pack([[(0.0, 1.5), (2.0, -3.0)]])
    assert format_shapes(*one, polygon=False) == ["LINESTRING (0.0 1.5, 2.0 -3.0)"]
    assert format_shapes(*one, polygon=True) == ["POLYGON ((0.0 1.5, 2.0 -3.0))"]


@pytest.mark.parametrize(
    "text",
    [
        "LINESTRING(1 2,3 4)",
        "linestring ( 1  2 , 3  4 )",
        "  LineString Z (1 2 9, 3 4 9)",
        "LINESTRING (1.0e0 2, 3 +4)",
        "POLYGON ((1 2, 3 4))",
        "POLYGON((1 2, 3 4), (7 7, 8 8))",
    ],
)
def test_texts_of_others_are_read(text: str) -> None:
    """Heights and inner rings are dropped; case and blanks do not matter."""
    offset, x, y = parse_shapes([text], FILE)
    assert offset.tolist() == [0, 2]
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == [(1.0, 2.0), (3.0, 4.0)]


@pytest.mark.parametrize(
    "text", ["POINT (1 2)", "LINESTRING", "LINESTRING (1)", "LINESTRING (1 2", "LINESTRING (a b, 1 2)", "LINESTRING ()"]
)
def test_rubbish_is_named_by_its_row(text: str) -> None:
    with pytest.raises(FormatError, match=r"link\.csv.*row 2"):
        parse_shapes(["LINESTRING (1 2, 3 4)", text], FILE)


def test_no_texts_no_shapes() -> None:
    offset, x, y = parse_shapes([], FILE)
    assert offset.tolist() == [0]
    assert x.size == y.size == 0
