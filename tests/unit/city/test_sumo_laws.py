"""Laws of reading SUMO's networks: names and the order of elements change nothing, every loss is told, and what a
damaged file gets wrong is named by file, element and expectation."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from _sumo_files import NET, write_net
from citybrain.city.model import City, NodeControl, PlanKind, VehicleClass
from citybrain.city.sumo import lane_ids, read_sumo
from citybrain.errors import FormatError

ELEMENT = re.compile(r"  <(?:junction|location)\b[^>]*/>\n|  <junction\b[^>]*[^/]>\n.*?</junction>\n", re.DOTALL)
GREEN_40 = '<phase duration="30" state="GGr" minDur="8" maxDur="40"/>'


def read(folder: Path, *changes: tuple[str, str]) -> City:
    return read_sumo(write_net(folder, *changes))


def told(city: City) -> dict[str, int]:
    return {oddity.what: oddity.count for oddity in city.report.oddities}


def assert_equal(a: City, b: City, tables: tuple[str, ...] = ("links", "lanes", "movements", "phases")) -> None:
    for table in tables:
        for name, values in vars(getattr(a, table)).items():
            if isinstance(values, np.ndarray) and name not in ("node", "from_node", "to_node"):  # compared by name
                np.testing.assert_array_equal(values, getattr(getattr(b, table), name), f"{table}.{name}")


@pytest.mark.parametrize("name", ["in", "out", "side", "far", "C", "J"])
def test_another_name_is_the_same_city(tmp_path: Path, name: str) -> None:
    """Ids with blanks around, colons or accents are names like any others."""
    other = "straße:7"
    quoted = [(f'"{name}"', f'"{other}"')]
    a, b = read(tmp_path), read(tmp_path, *quoted)
    assert_equal(a, b)
    swap = {name: other}
    assert tuple(swap.get(link, link) for link in a.links.link_id) == b.links.link_id
    assert tuple(swap.get(node, node) for node in a.nodes.node_id) == b.nodes.node_id
    assert tuple(swap.get(signal, signal) for signal in a.signals.signal_id) == b.signals.signal_id


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_junctions_does_not_matter(tmp_path: Path, random: object) -> None:
    rows = ELEMENT.findall(NET)
    assert len(rows) == 8
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    text = NET
    for i, row in enumerate(rows):
        text = text.replace(row, f"@{i}@", 1)
    for i, row in enumerate(shuffled):
        text = text.replace(f"@{i}@", row, 1)
    path = tmp_path / "other.net.xml"
    path.write_text(text)
    a, b = read(tmp_path), read_sumo(path)
    assert_equal(a, b, ("lanes", "movements", "phases"))
    for rows_a, rows_b in ((a.links.from_node, b.links.from_node), (a.movements.node, b.movements.node)):
        assert [a.nodes.node_id[n] for n in rows_a] == [b.nodes.node_id[n] for n in rows_b]


def test_a_lane_closed_to_cars_takes_its_connections_with_it(tmp_path: Path) -> None:
    city = read(tmp_path, ('disallow="bicycle tram"', 'allow="rail"'))
    assert city.links.n_lanes.tolist() == [1, 2, 1, 1]
    assert len(city.movements.from_lane) == 2
    assert told(city)["connection of a lane that was left out"] == 1
    assert lane_ids(write_net(tmp_path, ('disallow="bicycle tram"', 'allow="rail"')))[0] == "in_1"
    assert city.groups.group_id == ("J:0", "J:1", "J:2")  # the states keep their characters


def test_a_street_without_motor_traffic_is_left_out_whole(tmp_path: Path) -> None:
    city = read(tmp_path, ('allow="bus passenger"', 'allow="bicycle"'))
    assert "side" not in city.links.link_id
    assert "E" not in city.nodes.node_id
    assert told(city)["junction without roads"] == 2  # E and P


@pytest.mark.parametrize(
    ("kind", "control"),
    [
        ("priority", NodeControl.PRIORITY), ("right_before_left", NodeControl.RIGHT_BEFORE_LEFT),
        ("allway_stop", NodeControl.ALL_WAY_STOP), ("unregulated", NodeControl.NONE),
        ("traffic_light_right_on_red", NodeControl.SIGNAL), ("zipper", NodeControl.PRIORITY),
    ],
)  # fmt: skip
def test_kinds_of_junctions(tmp_path: Path, kind: str, control: NodeControl) -> None:
    city = read(tmp_path, ('id="C" type="traffic_light"', f'id="C" type="{kind}"'))
    assert city.nodes.control[city.nodes.node_id.index("C")] == control


@pytest.mark.parametrize(("word", "kind"), [("static", PlanKind.FIXED), ("actuated", PlanKind.ACTUATED),
                                            ("delay_based", PlanKind.ACTUATED), ("swarm", PlanKind.FIXED)])  # fmt: skip
def test_kinds_of_programs(tmp_path: Path, word: str, kind: PlanKind) -> None:
    city = read(tmp_path, ('type="actuated" programID="new"', f'type="{word}" programID="new"'))
    assert city.plans.kind[int(city.signals.plan[0])] == kind
    assert (f"program of type {word}" in told(city)) is (word in ("delay_based", "swarm"))


def test_a_fixed_program_is_held_to_its_durations_and_an_actuated_one_to_its_bounds(tmp_path: Path) -> None:
    city = read(tmp_path)
    first = int(city.plans.first_phase[int(city.signals.plan[0])])
    bounds = list(zip(city.phases.min_s[first:].tolist(), city.phases.max_s[first:].tolist(), strict=True))
    assert bounds == [(8.0, 40.0), (3.0, 3.0), (6.0, 70.0), (3.0, 3.0)]
    fixed = read(tmp_path, ('type="actuated" programID="new"', 'type="static" programID="new"'))
    np.testing.assert_array_equal(fixed.phases.min_s, fixed.phases.duration_s)
    np.testing.assert_array_equal(fixed.phases.max_s, fixed.phases.duration_s)


def test_a_longest_green_below_the_shortest_is_raised_to_it(tmp_path: Path) -> None:
    city = read(tmp_path, (GREEN_40, GREEN_40.replace('maxDur="40"', 'maxDur="2"')))
    first = int(city.plans.first_phase[int(city.signals.plan[0])])
    assert (city.phases.min_s[first], city.phases.max_s[first]) == (8.0, 8.0)


def test_a_program_of_no_time_gets_a_second_a_phase(tmp_path: Path) -> None:
    text = re.sub(r'duration="\d+"', 'duration="0"', NET)
    (tmp_path / "zero.net.xml").write_text(text)
    city = read_sumo(tmp_path / "zero.net.xml")
    assert set(city.phases.duration_s.tolist()) == {1.0}
    assert told(city)["program of 0 seconds"] == 2


def test_a_lane_without_speed_is_slow_and_told(tmp_path: Path) -> None:
    city = read(tmp_path, ('speed="8.33" length="91.00"', 'speed="0.00" length="91.00"'))
    assert city.lanes.speed_mps[4] == 0.1
    assert told(city)["lane with a speed of 0"] == 1


def test_a_movement_is_as_slow_as_its_slowest_part_and_as_long_as_all(tmp_path: Path) -> None:
    city = read(tmp_path, ('speed="6.00" length="14.00"', 'speed="3.00" length="19.00"'))
    assert (city.movements.speed_mps[2], city.movements.length_m[2]) == (3.0, 25.0)
    assert city.movements.hold_m[2] == 6.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((' shape="100,102 10,102"', ' shape="100,102 10"'),
         "<lane id=\"side_0\">: shape with '10'; expected points x,y"),
        (('speed="8.33" length="91.00"', 'speed="-1" length="91.00"'),
         "<lane id=\"side_0\">: speed='-1'; expected a finite number >= 0"),
        (('speed="8.33" length="91.00"', 'speed="8.33"'),
         '<lane id="side_0">: no attribute "length"; expected the attribute "length"'),
        (('width="2.00"', 'width="nan"'), "<lane id=\"in_0\">: width='nan'; expected a finite number >= 0.1"),
        (('fromLane="2" toLane="1"', 'fromLane="-2" toLane="1"'),
         "<connection from=\"in\">: fromLane='-2'; expected an integer >= 0"),
        (('<request index="1"', '<request index="one"'),
         "<request index=\"one\">: index='one'; expected an integer >= 0"),
        (('linkIndex="2"', 'linkIndex=""'), "<connection from=\"side\">: linkIndex=''; expected an integer >= 0"),
        (('offset="7"', 'offset="1:30"'),
         "<tlLogic id=\"J\">: offset='1:30'; expected seconds or hours:minutes:seconds"),
        (('minDur="8"', 'minDur="soon"'), "<phase>: minDur='soon'; expected a number"),
        (('x="0" y="200"', 'x="0"'), '<junction id="N">: no attribute "y"; expected the attribute "y"'),
        (('priority="1" shape=', 'priority="high" shape='), "<edge id=\"side\">: priority='high'; expected a number"),
        (('netOffset="-100.00,50.00"', 'netOffset="here"'),
         "<location>: netOffset with 'here'; expected points x,y"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = write_net(tmp_path, change)
    with pytest.raises(FormatError) as caught:
        read_sumo(path)
    assert str(caught.value) == f"{path}: {message}"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(NET) - 1), st.sampled_from(["", '"', "<", "\x00", "&", "9", "x"]))
def test_any_damage_gives_a_city_or_one_line_that_names_the_file(tmp_path: Path, at: int, what: str) -> None:
    path = tmp_path / "town.net.xml"
    path.write_text(NET[:at] + what + NET[at + 1 :])
    try:
        city = read_sumo(path)
    except FormatError as error:
        line = str(error)
        assert line.startswith(f"{path}: "), line
        assert "\n" not in line
        return
    assert set(np.unique(city.lanes.allowed)) <= set(range(int(VehicleClass.ALL) + 1))
