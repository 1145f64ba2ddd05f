"""The native form gives back every array bit for bit, in both file formats, and complains in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from _small_city import small_city
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citybrain.city import model
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, NodeSpec
from citybrain.city.gmns import read_gmns, write_gmns
from citybrain.city.gmns.frames import Format
from citybrain.city.model import City, CityMeta
from citybrain.errors import FormatError, InputError

BOTH: tuple[Format, ...] = ("csv", "parquet")


def assert_same(a: City, b: City) -> None:
    """Equal ids; arrays equal in type, shape and every bit."""
    assert a.meta == b.meta
    assert a.report == b.report
    for table in model.TABLES:
        for column in fields(getattr(a, table)):
            x, y = (getattr(getattr(city, table), column.name) for city in (a, b))
            where = f"{table}.{column.name}"
            if isinstance(x, tuple):
                assert x == y, where
            else:
                assert (x.dtype, x.shape) == (y.dtype, y.shape), where
                assert x.tobytes() == y.tobytes(), where
                assert not y.flags.writeable, where


@pytest.mark.parametrize("file_format", BOTH)
@pytest.mark.parametrize("left_hand", [False, True])
def test_a_city_with_everything_comes_back_bit_for_bit(tmp_path: Path, file_format: Format, left_hand: bool) -> None:
    city = small_city(left_hand=left_hand)
    write_gmns(city, tmp_path / "deep" / "city", file_format)
    assert_same(city, read_gmns(tmp_path / "deep" / "city"))


@pytest.mark.parametrize("file_format", BOTH)
def test_an_empty_city_comes_back(tmp_path: Path, file_format: Format) -> None:
    city = CityBuilder(CityMeta("none", "generated")).build()
    write_gmns(city, tmp_path, file_format)
    assert_same(city, read_gmns(tmp_path))


TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
REAL = st.floats(-1e12, 1e12, allow_nan=False)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=2, max_size=5, unique=True), st.tuples(REAL, REAL, REAL, REAL), st.sampled_from(BOTH))
def test_any_id_and_any_number_come_back(
    tmp_path: Path, ids: list[str], xy: tuple[float, ...], file_format: Format
) -> None:
    builder = CityBuilder(CityMeta(ids[0], "generated"))
    for name in ids:
        builder.add_node(NodeSpec(name, xy[0], xy[1], xy[2], np.nextafter(xy[3], np.inf)))
    lane = LaneSpec(max(abs(xy[0]), 5e-324), 1e-3)
    builder.add_link(LinkSpec(ids[1], 0, 1, [lane], [(xy[0], xy[1]), (xy[2], xy[3])], name=ids[0]))
    write_gmns(builder.build(), tmp_path, file_format)
    assert_same(builder.build(), read_gmns(tmp_path))


def test_writing_again_replaces_the_other_format(tmp_path: Path) -> None:
    write_gmns(CityBuilder(CityMeta("none", "generated")).build(), tmp_path, "csv")
    write_gmns(small_city(), tmp_path, "parquet")
    assert_same(small_city(), read_gmns(tmp_path))
    assert not list(tmp_path.glob("*.csv"))


def test_tables_speak_gmns(tmp_path: Path) -> None:
    write_gmns(small_city(), tmp_path)
    header = {
        path.stem: path.read_text().splitlines()[0].replace('"', "").split(",") for path in tmp_path.glob("*.csv")
    }
    assert {"node_id", "x_coord", "y_coord", "ctrl_type"} <= set(header["node"])
    assert {"link_id", "from_node_id", "to_node_id", "directed", "length", "free_speed", "lanes"} <= set(header["link"])
    assert {"lane_id", "link_id", "lane_num", "allowed_uses", "width"} <= set(header["lane"])
    movement = {"mvmt_id", "node_id", "ib_link_id", "start_ib_lane", "ob_link_id", "start_ob_lane", "type"}
    assert movement <= set(header["movement"])
    assert {"timing_plan_id", "controller_id"} <= set(header["signal_timing_plan"])
    assert {"ring", "barrier", "position", "min_green", "max_green"} <= set(header["signal_timing_phase"])
    assert {"short_length", "long_length", "speed", "crs"} <= set(header["config"])


def test_lanes_are_numbered_from_the_left(tmp_path: Path) -> None:
    for left_hand, expected in ((False, ["2", "1", "1", "1"]), (True, ["1", "2", "1", "1"])):
        write_gmns(small_city(left_hand=left_hand), tmp_path)
        rows = (tmp_path / "lane.csv").read_text().splitlines()
        place = rows[0].replace('"', "").split(",").index("lane_num")
        assert [row.split(",")[place] for row in rows[1:]] == expected


def test_green_movements_of_the_plan_in_force_are_listed(tmp_path: Path) -> None:
    write_gmns(small_city(), tmp_path)
    rows = (tmp_path / "signal_phase_mvmt.csv").read_text().splitlines()[1:]
    assert rows == ['0,"S",1,0,"permitted"']  # group x of plan S:1; STOP_THEN_GO is no green


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("meta.json", lambda text: text[:20], "root: "),
        ("meta.json", lambda text: text.replace('"version": 1', '"version": 9'), "version 1"),
        ("meta.json", lambda text: text.replace('"end_s"', '"end"'), 'no "end_s"'),
        ("node.csv", lambda text: text.replace("x_coord", "x"), 'no column "x_coord"'),
        ("node.csv", lambda text: text.replace("right_before_left", "rbl"), "'rbl'; expected a known id"),
        ("node.csv", lambda text: text.replace("1e22", "far").replace("1e+22", "far"), "table|number"),
        ("node.csv", lambda text: text.replace(",45.0", ","), ""),  # an empty place is nan: no complaint
        ("link.csv", lambda text: text.replace('"03"', '"in"'), "'03'; expected a known id"),
        ("link.csv", lambda text: text.replace("LINESTRING", "POINT"), "WKT"),
        ("link.csv", lambda text: text.replace("LINESTRING (", "LINE "), "WKT"),
        ("lane.csv", lambda text: text.replace("bus", "ship"), "vehicle classes"),
        ("lane.csv", lambda text: text.replace('" out"', '"nowhere"'), "lane.csv: link_id, row 3: 'nowhere'"),
        ("movement.csv", lambda text: text.replace('"thru"', '"ahead"'), "'ahead'"),
        ("movement.csv", lambda text: text.replace('"in",2', '"in",5'), "a lane of link in"),
        ("movement_foe.csv", lambda text: text.replace("0,1,", "1,0,", 1), "one direction"),
        ("movement_foe.csv", lambda text: text + "0,1,true,0.5\n", "movements in their order"),
        ("signal_group.csv", lambda text: text.replace('"S"', '"T"'), "'T'"),
        ("signal_timing_phase.csv", lambda text: text.replace('"Gr"', '"Gx"'), "the letters"),
        ("signal_timing_phase.csv", lambda text: text.replace('"Gr"', '"G"'), "colours"),
        ("zone_link.csv", lambda text: text.replace("z1", "z9"), "'z9'"),
    ],
)
def test_a_damaged_table_is_one_line(tmp_path: Path, table: str, change: Callable[[str], str], message: str) -> None:
    write_gmns(small_city(), tmp_path)
    edit(tmp_path / table, change)
    if not message:
        assert np.isnan(read_gmns(tmp_path).nodes.lat[0])
        return
    with pytest.raises(InputError, match=message) as caught:
        read_gmns(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["node", "lane", "movement_foe", "zone_link"])
def test_a_missing_table_is_named(tmp_path: Path, name: str) -> None:
    write_gmns(small_city(), tmp_path)
    (tmp_path / f"{name}.csv").unlink()
    with pytest.raises(FormatError, match=f"{name}: no such table"):
        read_gmns(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_cut_through_a_table_gives_a_city_or_one_line(tmp_path: Path, data: st.DataObject) -> None:
    write_gmns(small_city(), tmp_path, data.draw(st.sampled_from(BOTH)))
    tables = sorted(path for path in tmp_path.iterdir() if path.suffix != ".json")
    path = data.draw(st.sampled_from(tables))
    raw = path.read_bytes()
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    complaint = ""
    try:
        read_gmns(tmp_path)
    except InputError as error:
        complaint = str(error)
    for table in tables:
        table.unlink()
    assert "\n" not in complaint


def test_a_folder_that_cannot_be_made_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        write_gmns(small_city(), tmp_path / "file")


def test_meta_is_readable(tmp_path: Path) -> None:
    write_gmns(small_city(), tmp_path)
    document = json.loads((tmp_path / "meta.json").read_text())
    assert document["meta"]["name"] == 'Ville, "d\'été"'
    assert document["report"] == [
        {"what": "odd", "count": 2, "action": "kept", "examples": ["example, 1", "example 2"]}
    ]
