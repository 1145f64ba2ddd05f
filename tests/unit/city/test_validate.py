"""A sound city passes; every single broken reference is an InputError of one line that names table, column and row."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from _small_city import small_city
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city import model
from citybrain.city.builder import CityBuilder
from citybrain.city.model import City, CityMeta
from citybrain.city.validate import check, size_of
from citybrain.errors import InputError


def broken(city: City, table: str, column: str, row: int, value: Any) -> City:
    """The city with one cell changed."""
    rows = getattr(city, table)
    values = getattr(rows, column)
    if isinstance(values, tuple):
        changed: Any = (*values[:row], value, *values[row + 1 :])
    else:
        changed = values.copy()
        changed[row] = value
    return replace(city, **{table: replace(rows, **{column: changed})})


def test_a_sound_city_passes() -> None:
    check(small_city())
    check(small_city(left_hand=True))


def test_an_empty_city_passes() -> None:
    check(CityBuilder(CityMeta("none", "generated")).build())


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "message"),
    [
        ("nodes", "node_id", 1, "a", "nodes.node_id: an id appears twice"),
        ("nodes", "x_m", 1, np.nan, r"nodes\.x_m\[1\]: not finite"),
        ("nodes", "y_m", 2, np.inf, r"nodes\.y_m\[2\]: not finite"),
        ("nodes", "control", 0, 9, "9 is no NodeControl"),
        ("links", "from_node", 0, 3, r"links\.from_node\[0\]: 3 is not in 0\.\.2"),
        ("links", "to_node", 0, -1, "-1 is not in"),
        ("links", "to_node", 0, 2, "does not end at the node"),
        ("links", "length_m", 2, 0.0, "0.0 is not > 0"),
        ("links", "speed_mps", 2, -1.0, "-1.0 is not > 0"),
        ("links", "n_lanes", 0, 1, "children"),
        ("links", "first_lane", 1, 0, "children"),
        ("links", "geometry_offset", 1, 1, "fewer than two points"),
        ("links", "geometry_offset", 3, 5, "rising offsets"),
        ("links", "geometry_x_m", 0, np.nan, "not finite"),
        ("lanes", "link", 2, 0, "children do not name their parent"),
        ("lanes", "index", 0, 1, "numbered from the kerb"),
        ("lanes", "length_m", 0, 0.0, "is not > 0"),
        ("lanes", "width_m", 0, 0.0, "is not > 0"),
        ("lanes", "allowed", 0, 64, "unknown vehicle class"),
        ("movements", "from_lane", 0, 4, "is not in"),
        ("movements", "from_lane", 0, 2, "does not end at the node"),
        ("movements", "to_lane", 0, 3, "does not start at the node"),
        ("movements", "node", 0, 7, "is not in"),
        ("movements", "turn", 0, 4, "is no Turn"),
        ("movements", "group", 0, 2, "is not in"),
        ("movements", "group", 0, -2, "is not in"),
        ("movements", "length_m", 0, np.nan, "not finite"),
        ("movements", "speed_mps", 0, 0.0, "is not > 0"),
        ("movements", "hold_m", 0, 99.0, "outside"),
        ("movements", "foe", 0, 2, "one direction only"),
        ("movements", "foe", 0, 0, "its own foe"),
        ("movements", "foe", 0, 3, "is not in"),
        ("movements", "foe_offset", 1, 3, "rising offsets"),
        ("groups", "signal", 0, 1, "children"),
        ("signals", "node", 0, 3, "is not in"),
        ("signals", "plan", 0, 2, "is not in"),
        ("signals", "plan", 1, 0, "plan of another signal"),
        ("signals", "max_green_s", 0, 1.0, "less than min_green_s"),
        ("signals", "yellow_s", 0, -1.0, "less than 0"),
        ("plans", "signal", 0, 2, "is not in"),
        ("plans", "kind", 0, 2, "is no PlanKind"),
        ("plans", "n_phases", 0, 1, "children"),
        ("phases", "plan", 1, 1, "children"),
        ("phases", "duration_s", 0, -1.0, "less than 0"),
        ("phases", "duration_s", 2, 0.0, "cycle in seconds"),
        ("phases", "min_s", 0, 51.0, "not in 0..max_s"),
        ("phases", "colours", 0, 7, "is no Colour"),
        ("phases", "colour_offset", 1, 1, "not 2 colours"),
        ("sensors", "kind", 0, 3, "is no SensorKind"),
        ("sensors", "lane", 0, -1, "is not in"),
        ("sensors", "position_m", 0, 34.0, "outside its lane"),
        ("sensors", "length_m", 0, -0.1, "less than 0"),
        ("areas", "link", 0, 3, "is not in"),
        ("areas", "link_offset", 1, 3, "rising offsets"),
        ("areas", "polygon_x_m", 0, np.nan, "not finite"),
    ],
)
def test_one_wrong_cell_is_found(table: str, column: str, row: int, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        check(broken(small_city(), table, column, row, value))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("city: ")


@pytest.mark.parametrize("table", model.TABLES)
def test_columns_of_unequal_length_are_found(table: str) -> None:
    city = small_city()
    rows = getattr(city, table)
    for column in fields(rows)[1:]:
        shorter = replace(rows, **{column.name: getattr(rows, column.name)[:-1]})
        with pytest.raises(InputError):
            check(replace(city, **{table: shorter}))


COLUMNS = [
    (table, column.name)
    for table in model.TABLES
    for column in fields(getattr(small_city(), table))
    if not column.name.endswith(("_id", "name"))
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(COLUMNS), st.integers(0, 9), st.sampled_from([-3, -1, 0, 1, 5, 100]))
def test_any_wrong_number_is_an_input_error_or_harmless(place: tuple[str, str], row: int, value: int) -> None:
    city = small_city()
    values = getattr(getattr(city, place[0]), place[1])
    if isinstance(values, tuple) or (values.dtype.kind in "bu" and value < 0):
        return
    complaint = ""
    try:
        check(broken(city, *place, row % len(values), value))
    except InputError as error:
        complaint = str(error)
    assert "\n" not in complaint


def test_size_is_the_number_of_rows() -> None:
    city = small_city()
    assert [size_of(getattr(city, name)) for name in model.TABLES] == [3, 3, 4, 3, 2, 2, 2, 3, 2, 2, 2]
