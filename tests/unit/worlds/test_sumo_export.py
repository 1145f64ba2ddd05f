"""A city in SUMO's plain words: every row of the city is there once, with its numbers, and nothing is guessed."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from _roads import Road, demand, meeting, road
from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, NodeSpec, PhaseSpec, PlanSpec, SignalSpec
from citybrain.city.model import City, CityMeta, Colour, NodeControl, PlanKind, VehicleClass
from citybrain.errors import InputError
from citybrain.worlds import sumo_export
from citybrain.worlds.sumo_export import CLASSES, NODE_TYPES, export_sumo
from citybrain.worlds.sumo_files import letters

Rows = list[ElementTree.Element]


@pytest.fixture
def netconvert(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands for the program: remembers its command and writes an empty network."""
    told = SimpleNamespace(command=[], code=0, stderr="", writes=True)

    def run(command: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        told.command = command
        if told.writes:
            Path(command[command.index("-o") + 1]).write_text("<net/>")
        return subprocess.CompletedProcess(command, told.code, "", told.stderr)

    monkeypatch.setattr(sumo_export, "_netconvert", lambda: "netconvert")
    monkeypatch.setattr(sumo_export.subprocess, "run", run)
    return told


def plain(city: City, folder: Path, kind: str) -> Rows:
    export_sumo(city, demand([]), folder)
    return list(ElementTree.parse(folder / f"plain.{kind}.xml").getroot())


@pytest.mark.usefixtures("netconvert")
def test_every_link_is_an_edge_with_its_own_numbers(tmp_path: Path) -> None:
    city = road(Road((0.1 + 0.2, 1 / 3), speed_mps=100 / 7, n_lanes=2))
    rows = plain(city, tmp_path, "edg")
    assert [row.get("id") for row in rows] == ["e0", "e1"]
    assert [(row.get("from"), row.get("to")) for row in rows] == [("n0", "n1"), ("n1", "n2")]
    assert [float(row.get("length", "")) for row in rows] == [0.1 + 0.2, 1 / 3]
    assert {float(row.get("speed", "")) for row in rows} == {100 / 7}
    assert [len(row.findall("lane")) for row in rows] == [2, 2]
    assert [row.get("numLanes") for row in rows] == ["2", "2"]


@pytest.mark.usefixtures("netconvert")
def test_permissions_are_named_only_where_somebody_is_kept_out(tmp_path: Path) -> None:
    allowed = [int(VehicleClass.BUS | VehicleClass.EMERGENCY), int(VehicleClass.ALL)]
    lanes = plain(road(Road((100.0,), n_lanes=2, allowed=allowed)), tmp_path, "edg")[0].findall("lane")
    assert [lane.get("index") for lane in lanes] == ["0", "1"]
    assert lanes[0].get("allow", "").split() == ["bus", "emergency"]
    assert lanes[1].get("allow") is None


def test_every_class_and_control_has_a_word() -> None:
    single = [bit for bit in VehicleClass if bit.bit_count() == 1]
    assert set(CLASSES) == set(single)
    assert len(set(CLASSES.values())) == len(single)
    assert set(NODE_TYPES) == set(NodeControl)


@pytest.mark.usefixtures("netconvert")
def test_a_street_drawn_both_ways_along_one_line_lies_beside_it(tmp_path: Path) -> None:
    builder = CityBuilder(CityMeta("two ways", "test"))
    for i in range(3):
        builder.add_node(NodeSpec(f"n{i}", 100.0 * i, 0.0))
    lane, line = [LaneSpec(90.0, 10.0)], [(0.0, 0.0), (50.0, 5.0), (100.0, 0.0)]
    builder.add_link(LinkSpec("there", 0, 1, lane, line))
    builder.add_link(LinkSpec("back", 1, 0, lane, line[::-1]))
    builder.add_link(LinkSpec("alone", 1, 2, lane, [(100.0, 0.0), (200.0, 0.0)]))
    rows = plain(builder.build(), tmp_path, "edg")
    assert [row.get("spreadType") for row in rows] == ["right", "right", "center"]
    assert rows[0].get("shape") == "0.000,0.000 50.000,5.000 100.000,0.000"


@pytest.mark.usefixtures("netconvert")
def test_every_movement_is_a_connection_and_no_other(tmp_path: Path) -> None:
    city = road(Road((100.0, 100.0), n_lanes=2, join_m=5.0))
    rows = plain(city, tmp_path, "con")
    found = [(row.get("from"), row.get("to"), row.get("fromLane"), row.get("toLane")) for row in rows]
    ends = [("e1", None, None, None)]  # the last link leads nowhere: without this line netconvert would guess
    assert found == [("e0", "e1", "0", "0"), ("e0", "e1", "1", "1"), *ends]
    assert [row.get("keepClear") for row in rows[:2]] == ["true", "true"]


@pytest.mark.usefixtures("netconvert")
@pytest.mark.parametrize("clear", [True, False])
def test_keeping_clear_is_as_the_city_says(tmp_path: Path, clear: bool) -> None:
    rows = plain(meeting(keep_clear=clear), tmp_path, "con")
    assert {row.get("keepClear") for row in rows[:2]} == {str(clear).lower()}


@pytest.mark.usefixtures("netconvert")
def test_nodes_name_their_signal_and_a_signal_without_groups_gives_way(tmp_path: Path) -> None:
    rows = plain(meeting(), tmp_path, "nod")
    assert {row.get("id"): (row.get("type"), row.get("tl")) for row in rows if row.get("tl")} == {
        "n0": ("traffic_light", "s0"),
        "n2": ("traffic_light", "s1"),
    }
    city = meeting()
    unlit = replace(city, movements=replace(city.movements, group=np.full_like(city.movements.group, -1)))
    assert [row.get("type") for row in plain(unlit, tmp_path, "nod") if row.get("id") == "n0"] == ["priority"]


@pytest.mark.usefixtures("netconvert")
def test_signals_play_the_plan_in_force_with_its_offset(tmp_path: Path) -> None:
    phases = [PhaseSpec(30.5, [Colour.PROTECTED]), PhaseSpec(3.0, [Colour.YELLOW]), PhaseSpec(26.5, [Colour.RED])]
    rows = plain(road(Road(signal_after=0, phases=phases, offset_s=12.25)), tmp_path, "tll")
    logic = rows[0]
    assert (logic.get("id"), logic.get("type"), float(logic.get("offset", ""))) == ("s0", "static", 12.25)
    assert [(float(p.get("duration", "")), p.get("state")) for p in logic] == [(30.5, "G"), (3.0, "y"), (26.5, "r")]
    assert all(p.get("minDur") is None for p in logic)
    assert [(row.get("tl"), row.get("linkIndex")) for row in rows[1:]] == [("s0", "0")]


@pytest.mark.usefixtures("netconvert")
def test_group_numbers_begin_anew_at_every_signal(tmp_path: Path) -> None:
    """Groups 0 and 1 of the first signal, group 0 of the second: not group 2."""
    rows = plain(meeting(), tmp_path, "tll")
    links = [(row.get("tl"), row.get("from"), row.get("linkIndex")) for row in rows if row.tag == "connection"]
    assert links == [("s0", "e0", "0"), ("s0", "e2", "1"), ("s1", "e1", "0")]


def lit(plans: list[PlanSpec]) -> City:
    builder = CityBuilder(CityMeta("lit", "test"))
    for i in range(2):
        builder.add_node(NodeSpec(f"n{i}", 100.0 * i, 0.0))
    builder.add_link(LinkSpec("a", 0, 1, [LaneSpec(90.0, 10.0)], [(0.0, 0.0), (100.0, 0.0)]))
    builder.add_signal(SignalSpec("S", 1, ["x", "y"]))
    for i, plan in enumerate(plans):
        builder.add_plan(plan, default=i == len(plans) - 1)
    return builder.build()


@pytest.mark.usefixtures("netconvert")
def test_an_actuated_plan_brings_its_bounds(tmp_path: Path) -> None:
    green = PhaseSpec(30.0, [Colour.PROTECTED, Colour.RED], 5.0, 50.0)
    other = PlanSpec("S:1", 0, [PhaseSpec(9.0, [Colour.RED, Colour.RED])])
    city = lit([other, PlanSpec("S:0", 0, [green], PlanKind.ACTUATED)])
    (logic,) = plain(city, tmp_path, "tll")
    (phase,) = logic
    assert logic.get("type") == "actuated"
    assert (phase.get("state"), phase.get("minDur"), phase.get("maxDur")) == ("Gr", "5.0", "50.0")


@pytest.mark.usefixtures("netconvert")
def test_a_signal_without_plan_is_dark(tmp_path: Path) -> None:
    (logic,) = plain(lit([]), tmp_path, "tll")
    assert [phase.get("state") for phase in logic] == [letters([Colour.OFF, Colour.OFF])]


@pytest.mark.parametrize("left_hand", [False, True])
def test_the_driving_side_is_told(tmp_path: Path, netconvert: SimpleNamespace, left_hand: bool) -> None:
    city = road(Road())
    export_sumo(replace(city, meta=replace(city.meta, left_hand=left_hand)), demand([]), tmp_path)
    at = netconvert.command.index("--lefthand")
    assert netconvert.command[at + 1] == str(left_hand).lower()


def test_names_are_in_the_order_of_the_city(tmp_path: Path, netconvert: SimpleNamespace) -> None:
    files = export_sumo(road(Road((50.0, 60.0), n_lanes=2, signal_after=0)), demand([]), tmp_path)
    assert files.links == ("e0", "e1")
    assert files.lanes == ("e0_0", "e0_1", "e1_0", "e1_1")
    assert files.signals == ("s0",)
    assert files.net.exists()
    assert all(path.exists() for path in files.routes)


@pytest.mark.parametrize(("code", "writes"), [(1, True), (0, False)])
def test_a_city_that_is_refused_is_one_line(
    tmp_path: Path, netconvert: SimpleNamespace, code: int, writes: bool
) -> None:
    netconvert.code, netconvert.writes, netconvert.stderr = code, writes, "Error: no edges\nQuitting (on error)."
    with pytest.raises(InputError) as caught:
        export_sumo(road(Road()), demand([]), tmp_path)
    assert str(caught.value) == "netconvert refuses the city: Error: no edges Quitting (on error)."


def test_without_the_program_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sumo_export.shutil, "which", lambda name: None)
    monkeypatch.setattr(sumo_export.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install eclipse-sumo"):
        export_sumo(road(Road()), demand([]), tmp_path)
