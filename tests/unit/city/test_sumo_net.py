"""A crossroads of SUMO, read and checked by eye; and everything that may be wrong with such a file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from _sumo_files import write_net
from citybrain.city.load import load
from citybrain.city.model import City, Colour, NodeControl, PlanKind, Turn, VehicleClass
from citybrain.city.sumo import lane_ids, read_sumo
from citybrain.city.sumo.config import read_scenario
from citybrain.city.sumo.permissions import allowed_bits, class_of
from citybrain.city.sumo.rightofway import meeting_share
from citybrain.errors import FormatError


@pytest.fixture
def city(tmp_path: Path) -> City:
    return read_sumo(write_net(tmp_path))


def notes(city: City) -> dict[str, int]:
    return {oddity.what: oddity.count for oddity in city.report.oddities}


def foes(city: City, movement: int) -> dict[int, tuple[bool, float]]:
    rows = city.movements
    span = range(int(rows.foe_offset[movement]), int(rows.foe_offset[movement + 1]))
    return {int(rows.foe[i]): (bool(rows.foe_yield[i]), float(rows.foe_at_m[i])) for i in span}


def test_roads(city: City) -> None:
    assert city.links.link_id == ("in", "out", "side", "far")
    assert city.nodes.node_id == ("C", "S", "N", "E", "W")
    assert city.links.n_lanes.tolist() == [2, 2, 1, 1]
    assert city.links.length_m.tolist() == [90.0, 90.0, 91.0, 90.0]
    assert (city.links.name[0], city.links.kind[0], city.links.priority[0]) == ("South Street", "primary", 3)
    assert city.nodes.control.tolist() == [NodeControl.SIGNAL, *[NodeControl.NONE] * 4]
    assert city.meta.name == "town"
    assert np.isnan(city.nodes.lon).all()


def test_geometry_is_the_edges_or_that_of_its_middle_lane(city: City) -> None:
    links = city.links
    x_m = [links.geometry_x_m[links.geometry_offset[i] : links.geometry_offset[i + 1]].tolist() for i in range(4)]
    assert x_m == [[-2.0, -2.0], [-2.0, -2.0], [100.0, 60.0, 10.0], [-10.0, -100.0]]


def test_footways_are_left_out_and_told(city: City) -> None:
    told = notes(city)
    assert told["lane without motor vehicles (foot, cycle, rail)"] == 2
    assert told["junction without roads"] == 1
    assert told["edge with function walkingarea"] == 1
    assert city.lanes.index.tolist() == [0, 1, 0, 1, 0, 0]


def test_permissions(city: City) -> None:
    everybody = int(VehicleClass.ALL)
    tramless = everybody & ~VehicleClass.TRAM
    expected = [tramless, tramless & ~VehicleClass.BICYCLE, everybody, everybody]
    assert city.lanes.allowed.tolist() == [*expected, VehicleClass.BUS | VehicleClass.CAR, everybody]


def test_movements_run_over_all_parts_inside(city: City) -> None:
    rows = city.movements
    assert rows.length_m.tolist() == [20.0, 20.0, 20.0]
    assert rows.speed_mps.tolist() == [10.0, 10.0, 6.0]
    assert rows.hold_m.tolist() == [-1.0, -1.0, 6.0]
    assert rows.turn.tolist() == [Turn.THROUGH] * 3
    assert rows.from_lane.tolist() == [0, 1, 4]
    assert rows.to_lane.tolist() == [2, 3, 5]
    assert rows.keep_clear.tolist() == [True, True, False]


def test_right_of_way(city: City) -> None:
    assert foes(city, 0) == {2: (False, pytest.approx(12.0))}
    assert foes(city, 1) == {2: (False, pytest.approx(12.0))}
    assert foes(city, 2) == {0: (True, pytest.approx(8.0)), 1: (True, pytest.approx(12.0))}
    assert city.movements.major.tolist() == [True, True, False]


def test_one_direction_in_the_file_is_enough(tmp_path: Path) -> None:
    city = read_sumo(write_net(tmp_path, ('response="000" foes="100"', 'response="000" foes="000"')))
    assert set(foes(city, 0)) == {2}
    assert not city.movements.keep_clear[0]


def test_signal_and_the_last_program_in_force(city: City) -> None:
    assert city.groups.group_id == ("J:0", "J:1", "J:2")
    assert city.movements.group.tolist() == [0, 1, 2]
    assert city.plans.plan_id == ("J:old", "J:new")
    assert city.signals.plan.tolist() == [1]
    assert city.plans.kind.tolist() == [PlanKind.FIXED, PlanKind.ACTUATED]
    assert city.plans.offset_s.tolist() == [0.0, 7.0]
    assert city.phases.min_s.tolist() == [30.0, 4.0, 2.0, 20.0, 4.0, 8.0, 3.0, 6.0, 3.0]
    assert city.phases.max_s.tolist() == [30.0, 4.0, 2.0, 20.0, 4.0, 40.0, 3.0, 70.0, 3.0]
    assert city.phases.colours[:3].tolist() == [Colour.PROTECTED, Colour.PROTECTED, Colour.RED]


def test_intervals_are_the_shortest_of_the_programs(city: City) -> None:
    signals = city.signals
    timing = (signals.min_green_s[0], signals.max_green_s[0], signals.yellow_s[0], signals.all_red_s[0])
    assert timing == (6.0, 70.0, 3.0, 2.0)


def test_a_hole_in_the_link_indices_is_an_unused_group(tmp_path: Path) -> None:
    changes = [(f'state="{a}"', f'state="{a[:2]}r{a[2]}"') for a in ("GGr", "yyr", "rrr", "rrg", "rry")]
    city = read_sumo(write_net(tmp_path, ('linkIndex="2"', 'linkIndex="3"'), *changes))
    assert len(city.groups.group_id) == 4
    assert city.movements.group.tolist() == [0, 1, 3]


def test_every_letter_of_a_state(tmp_path: Path) -> None:
    city = read_sumo(write_net(tmp_path, ('duration="2" state="rrr"', 'duration="2" state="uso"')))
    assert city.phases.colours[6:9].tolist() == [Colour.RED_YELLOW, Colour.STOP_THEN_GO, Colour.OFF]


def test_without_lanes_inside_the_rows_follow_the_incoming_lanes(tmp_path: Path) -> None:
    vias = [(f' via=":C_{v}"', "") for v in ("0_0", "0_1", "2_0")]
    city = read_sumo(write_net(tmp_path, *vias, ('intLanes=":C_0_0 :C_0_1 :C_3_0"', 'intLanes=""')))
    assert set(foes(city, 2)) == {0, 1}
    assert city.movements.length_m.tolist() == [20.0, 20.0, 20.0]
    assert city.movements.speed_mps.tolist() == pytest.approx([13.89, 13.89, 8.33])
    assert (city.movements.hold_m == -1.0).all()


def test_lane_ids_follow_the_city(tmp_path: Path) -> None:
    assert lane_ids(write_net(tmp_path)) == ("in_1", "in_2", "out_0", "out_1", "side_0", "far_0")


def test_longitude_and_latitude(tmp_path: Path) -> None:
    pytest.importorskip("pyproj")
    offset = ('netOffset="-100.00,50.00"', 'netOffset="-500000.00,-5500000.00"')
    city = read_sumo(write_net(tmp_path, offset, ('projParameter="!"', 'projParameter="+proj=utm +zone=32"')))
    assert city.nodes.lon[0] == pytest.approx(9.0, abs=1e-6)  # the middle of the zone
    assert city.nodes.lat[0] == pytest.approx(49.65, abs=0.01)
    assert math.dist((city.nodes.lat[1],), (city.nodes.lat[2],)) * 111_000 == pytest.approx(200.0, rel=0.01)


def test_an_unknown_projection_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pyproj")
    city = read_sumo(write_net(tmp_path, ('projParameter="!"', 'projParameter="+proj=nonsense"')))
    assert notes(city)["unknown projection"] == 1


def test_a_scenario_names_net_window_and_programs(tmp_path: Path) -> None:
    write_net(tmp_path)
    (tmp_path / "more.add.xml").write_text(
        '<additional><tlLogic id="J" programID="added"><phase duration="9" state="GGG"/></tlLogic></additional>'
    )
    config = tmp_path / "town.sumocfg"
    config.write_text(
        '<configuration><input><net-file value="town.net.xml"/><route-files value="a.xml, b.xml"/>'
        '<additional-files value="more.add.xml"/></input><time><begin value="1:00:00"/><end value="4000"/></time>'
        "</configuration>"
    )
    city = load(config)
    assert (city.meta.begin_s, city.meta.end_s) == (3600.0, 4000.0)
    assert city.plans.plan_id[int(city.signals.plan[0])] == "J:added"
    assert read_scenario(config).routes == (tmp_path / "a.xml", tmp_path / "b.xml")


def test_a_scenario_without_a_net(tmp_path: Path) -> None:
    config = tmp_path / "town.sumocfg"
    config.write_text("<configuration><input/></configuration>")
    with pytest.raises(FormatError, match="0 networks; expected one network"):
        read_sumo(config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('from="S" to="C"', 'from="X" to="C"'), 'edge id="in".*no junction'),
        (('<edge id="out" from="C"', '<edge id="in" from="C"'), "second edge"),
        (('via=":C_0_0"', 'via=":C_9_0"'), "via=':C_9_0' is no lane"),
        (('from="side" to="far"', 'from="side" to="gone"'), "unknown edge 'gone'"),
        (('from="side" to="far"', 'from="side" to="in"'), "connection"),
        (('state="yyr"', 'state="yyrr"'), "4 characters; expected 3 characters"),
        (('state="rrr"', 'state="rxr"'), "a state with 'x'"),
        (('linkIndex="2"', 'linkIndex="9"'), "one for link index 9"),
        (('length="91.00"', 'length="long"'), 'lane id="side_0".*length='),
        (('shape="100,102 10,102"', 'shape="100,102"'), "two points"),
        (('request index="2"', 'request index="7"'), "request 7"),
        (('duration="30"', 'duration="-1"'), "duration="),
    ],
)
def test_malformed(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    if change[1] == 'from="side" to="in"':
        change = (
            '<connection from="side" to="far" fromLane="0" toLane="0"',
            '<connection from="side" to="in" fromLane="0" toLane="1"',
        )
    with pytest.raises(FormatError, match=message) as caught:
        read_sumo(write_net(tmp_path, change))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))


def test_oddities_that_do_not_stop_the_reading(tmp_path: Path) -> None:
    changes = [
        ('type="dead_end" x="0" y="0"', 'type="rail_signal" x="0" y="0"'),
        ('dir="s" state="o"', 'dir="?" state="o"'),
    ]
    city = read_sumo(write_net(tmp_path, *changes, ('length="91.00"', 'length="0.00"')))
    told = notes(city)
    assert told["junction of type rail_signal"] == told["connection of direction ?"] == told["lane without length"] == 1
    assert city.movements.turn[2] == Turn.THROUGH


def test_a_signal_without_yellow_or_steered_roads(tmp_path: Path) -> None:
    told = notes(read_sumo(write_net(tmp_path, ("yyr", "rrr"), ("rry", "rrr"))))
    assert told["signal without yellow"] == 1
    lost = read_sumo(write_net(tmp_path, (' tl="J"', "")))
    assert notes(lost)["signal that steers no movement"] == 1
    assert (lost.movements.group == -1).all()


@pytest.mark.parametrize(
    ("allow", "disallow", "bits"),
    [
        (None, None, VehicleClass.ALL),
        ("all", None, VehicleClass.ALL),
        (None, "all", 0),
        ("pedestrian bicycle", None, VehicleClass.BICYCLE),
        ("delivery army vip", None, 0),
        (None, "passenger taxi", VehicleClass.ALL & ~VehicleClass.CAR),
    ],
)
def test_permission_lists(allow: str | None, disallow: str | None, bits: int) -> None:
    assert allowed_bits(allow, disallow) == int(bits)


def test_classes() -> None:
    assert class_of("pedestrian") is None
    assert [class_of(name) for name in ("taxi", "coach", "delivery", "scooter")] == [
        VehicleClass.CAR,
        VehicleClass.BUS,
        VehicleClass.TRUCK,
        VehicleClass.BICYCLE,
    ]


def test_where_lines_meet() -> None:
    across = [(0.0, 0.0), (10.0, 0.0)]
    assert meeting_share(across, [(4.0, -1.0), (4.0, 1.0)]) == pytest.approx(0.4)
    assert math.isnan(meeting_share(across, [(4.0, 1.0), (4.0, 2.0)]))
    assert math.isnan(meeting_share(across, across[:1]))
    assert meeting_share(across, [(5.0, 5.0), (10.0, 0.0)]) == pytest.approx(1.0)
    assert meeting_share([(0.0, 1.0), (10.0, 0.0)], across) == pytest.approx(1.0)
    assert meeting_share([(0.0, 0.0), (5.0, 0.0), (5.0, 10.0)], [(0.0, 5.0), (9.0, 5.0)]) == pytest.approx(10 / 15)
