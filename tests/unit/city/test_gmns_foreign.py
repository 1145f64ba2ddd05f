"""GMNS folders of other programs: units, projection and one-way streets by closed form; what is guessed is noted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from citybrain.city.gmns import read_gmns
from citybrain.city.model import City, NodeControl, Turn
from citybrain.errors import FormatError, InputError

NODES = "node_id,x_coord,y_coord\n1,0,0\n2,1000,0\n3,-1000,0\n4,0,800\n"
LINKS = "link_id,from_node_id,to_node_id,directed,length,free_speed,lanes\n"
TEE = LINKS + "a,2,1,false,1,36,2\nb,1,3,false,1,36,2\nc,1,4,false,0.8,18,1\n"
UNITS = "dataset_name,short_length,long_length,speed,crs\nx,feet,{},{},{}\n"


def folder(path: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (path / f"{name}.csv").write_text(text)
    return path


def whats(city: City) -> set[str]:
    return {oddity.what for oddity in city.report.oddities}


def test_two_tables_are_a_city(tmp_path: Path) -> None:
    city = read_gmns(folder(tmp_path, node=NODES, link=TEE, config=UNITS.format("km", "km/h", "EPSG:32650")))
    assert city.links.link_id == ("a", "a_r", "b", "b_r", "c", "c_r")
    assert city.links.n_lanes.tolist() == [2, 2, 2, 2, 1, 1]
    assert city.links.speed_mps == pytest.approx([10, 10, 10, 10, 5, 5])
    assert city.nodes.control.tolist() == [NodeControl.PRIORITY] + [NodeControl.NONE] * 3
    assert city.meta.projection == "EPSG:32650"
    assert np.isnan(city.nodes.lon).all()
    assert whats(city) == set()


def test_the_through_road_is_major(tmp_path: Path) -> None:
    city = read_gmns(folder(tmp_path, node=NODES, link=TEE, config=UNITS.format("km", "kph", "")))
    moves = city.movements
    link = city.lanes.link[moves.from_lane]
    at_tee = moves.node == 0
    assert set(link[at_tee & moves.major]) == {0, 3}  # a in, b_r in
    assert set(link[at_tee & ~moves.major]) == {5}
    assert set(moves.turn[~at_tee]) == {Turn.UTURN}  # dead ends turn back


@pytest.mark.parametrize(
    ("unit", "metres"), [("km", 1000.0), ("meters", 1.0), ("mile", 1609.344), ("feet", 0.3048), ("Miles", 1609.344)]
)
def test_lengths_in_the_stated_unit(tmp_path: Path, unit: str, metres: float) -> None:
    link = LINKS + f"a,2,1,true,{1000 / metres!r},30,1\n"
    city = read_gmns(folder(tmp_path, node=NODES, link=link, config=UNITS.format(unit, "mph", "")))
    assert city.links.length_m == pytest.approx([1000.0])
    assert city.links.speed_mps == pytest.approx([30 * 0.44704])


@pytest.mark.parametrize(
    ("metres", "speed"), [(1000.0, 1 / 3.6), (1609.344, 0.44704), (1.0, 1 / 3.6), (0.3048, 0.44704)]
)
def test_without_config_the_unit_is_the_one_that_fits(tmp_path: Path, metres: float, speed: float) -> None:
    link = LINKS + f"a,2,1,true,{1050 / metres!r},30,1\nb,1,4,true,{790 / metres!r},30,1\n"
    city = read_gmns(folder(tmp_path, node=NODES, link=link))
    assert city.links.length_m == pytest.approx([1050.0, 790.0], abs=2.5)  # the joint takes 1 m of each
    assert city.links.speed_mps == pytest.approx([30 * speed] * 2)
    assert whats(city) == {"unit of length not stated", "unit of speed not stated"}


def test_degrees_are_projected(tmp_path: Path) -> None:
    nodes = "node_id,x_coord,y_coord\n1,-71.0,42.0\n2,-71.0,42.01\n3,-70.99,42.0\n"
    link = "link_id,from_node_id,to_node_id\na,1,2\nb,3,1\n"
    city = read_gmns(folder(tmp_path, node=nodes, link=link))
    degree_m = math.radians(1.0) * 6_371_008.8
    assert city.nodes.lon.tolist() == [-71.0, -71.0, -70.99]
    assert city.links.length_m[0] == pytest.approx(0.01 * degree_m - 1.0)
    assert city.links.length_m[1] == pytest.approx(0.01 * degree_m * math.cos(math.radians(42.0)) - 1.0, rel=1e-3)
    assert city.meta.projection.startswith("+proj=eqc")
    assert whats(city) == {"link without speed", "link without lanes"}


def test_geometry_from_the_link_or_its_own_table(tmp_path: Path) -> None:
    header = "link_id,from_node_id,to_node_id,geometry,geometry_id,dir_flag,lanes,free_speed\n"
    rows = '"a",2,1,"LINESTRING Z (1000 0 5, 500 500 5, 0 0 5)",,1,1,50\n"b",1,3,,g,-1,1,50\n'
    shapes = 'geometry_id,geometry\ng,"LINESTRING(-1000 0,-500 500,0 0)"\n'
    city = read_gmns(folder(tmp_path, node=NODES, link=header + rows, geometry=shapes))
    assert city.links.length_m == pytest.approx([2 * math.hypot(500, 500) - 1.0] * 2)
    assert city.links.geometry_y_m[[1, 4]].tolist() == [500.0, 500.0]
    assert city.links.geometry_x_m[3] == pytest.approx(0.0, abs=1.0)  # turned round by dir_flag


def test_what_cars_cannot_use_is_left_out(tmp_path: Path) -> None:
    header = "link_id,from_node_id,to_node_id,allowed_uses,lanes,free_speed\n"
    link = header + 'a,2,1,"auto,bike",1,50\nw,1,3,"walk,bike",1,5\nloop,1,1,,1,50\n'
    city = read_gmns(folder(tmp_path, node=NODES, link=link))
    assert city.links.link_id == ("a",)
    examples = {oddity.what: oddity.examples for oddity in city.report.oddities}
    assert examples["link that no vehicle can use"] == ("w", "loop")


def test_signals_and_lane_tables_are_noted(tmp_path: Path) -> None:
    nodes = NODES.replace("y_coord\n", "y_coord,ctrl_type\n").replace("0,0\n", "0,0,signal\n", 1)
    nodes = "\n".join(row if row.count(",") == 3 else row + "," for row in nodes.splitlines()) + "\n"
    tables = {"node": nodes, "link": TEE, "lane": "lane_id\n1\n", "movement": "mvmt_id\n1\n"}
    city = read_gmns(folder(tmp_path, **tables))
    assert {"signal without a plan that can be read", "table of GMNS that is not read"} <= whats(city)
    assert len(city.signals.node) == 0


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"node": NODES}, "link: no such table"),
        ({"link": TEE}, "node: no such table"),
        ({"node": "node_id,x_coord,y_coord\n", "link": TEE}, "no node"),
        ({"node": "node_id,x_coord\n1,2\n", "link": TEE}, 'no column "y_coord"'),
        ({"node": NODES.replace("1000", "far"), "link": TEE}, "x_coord, row 2: 'far'"),
        ({"node": NODES.replace("1000", "nan"), "link": TEE}, "finite"),
        ({"node": NODES.replace("\n2,", "\n1,"), "link": TEE.replace("a,2", "a,3")}, "appears twice"),
        ({"node": NODES, "link": TEE.replace("a,2,", "a,9,")}, "from_node_id, row 1: '9'"),
        ({"node": NODES, "link": TEE.replace("36,2", "36,two")}, "lanes, row 1: 'two'"),
        ({"node": NODES, "link": TEE.replace("36,2", "36,99")}, "at most 20"),
        ({"node": NODES, "link": LINKS}, "no link that a vehicle can use"),
        ({"node": NODES, "link": TEE, "config": UNITS.format("verst", "mph", "")}, "'verst'"),
        ({"node": NODES, "link": TEE.replace("b,1", "a,1")}, "appears twice"),
    ],
)
def test_a_damaged_folder_is_one_line(tmp_path: Path, tables: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_gmns(folder(tmp_path, **tables))
    assert "\n" not in str(caught.value)


def test_a_broken_shape_names_its_row(tmp_path: Path) -> None:
    link = 'link_id,from_node_id,to_node_id,geometry\na,2,1,"LINESTRING (1 x, 2 2)"\n'
    with pytest.raises(FormatError, match="geometry, row 1"):
        read_gmns(folder(tmp_path, node=NODES, link=link))
