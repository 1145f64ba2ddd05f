"""CityFlow networks: lengths and lane order by closed form, colours by the rules, every damage one line."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _cityflow_files import ARMS, LANE_M, PHASES, RIGHTS, SPEED_MPS, WIDTH_M, crossing, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citybrain.city.cityflow import TURN_SPEED_MPS, read_cityflow
from citybrain.city.model import City, Colour, NodeControl, Turn
from citybrain.errors import FormatError, InputError

ROOT = Path(__file__).parents[3]
DATA = ROOT / os.environ.get("CITYBRAIN_DATA", "../shared/data")
INNER, MIDDLE, KERB = 2, 1, 0


def read(tmp_path: Path, root: Any) -> City:
    return read_cityflow(write(tmp_path / "roadnet.json", root))


def shown(city: City, phase: int) -> list[Colour]:
    offset = city.phases.colour_offset
    return [Colour(value) for value in city.phases.colours[offset[phase] : offset[phase + 1]]]


def test_lanes_end_where_the_intersection_begins(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    for i, link_id in enumerate(city.links.link_id):
        arm_m = math.hypot(*ARMS[link_id.split("_")[1]])
        assert city.links.length_m[i] == pytest.approx(arm_m - WIDTH_M)
    assert city.lanes.length_m == pytest.approx(city.links.length_m[city.lanes.link])
    assert set(city.lanes.width_m) == {LANE_M}
    assert set(city.lanes.speed_mps) == {SPEED_MPS}
    assert city.meta.source == "cityflow"
    assert city.meta.name == "roadnet"


def test_both_ends_are_cut_by_their_own_width(tmp_path: Path) -> None:
    root = crossing()
    root["intersections"][1].update(virtual=False, width=20.0)
    city = read(tmp_path, root)
    assert city.links.length_m[0] == pytest.approx(300.0 - WIDTH_M - 20.0)


def test_bends_make_outer_lanes_longer(tmp_path: Path) -> None:
    root = crossing()
    root["roads"][0]["points"].insert(1, {"x": 150.0, "y": 80.0})  # towards the west, so this bends left
    lanes = read(tmp_path, root).lanes.length_m[:3]
    assert lanes[KERB] > lanes[MIDDLE] > lanes[INNER]


def test_lane_order_is_flipped(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    moves = city.movements
    index = city.lanes.index[moves.from_lane]
    for turn, lane in ((Turn.LEFT, INNER), (Turn.THROUGH, MIDDLE), (Turn.RIGHT, KERB)):
        assert set(index[moves.turn == turn]) == {lane}
    # the three lane links of each road link reach the file's lanes 0, 1, 2
    assert city.lanes.index[moves.to_lane][:3].tolist() == [INNER, MIDDLE, KERB]


def test_every_lane_link_is_a_movement_of_its_road_link(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    assert len(city.movements.node) == 12 * 3
    assert city.movements.group.tolist() == np.repeat(np.arange(12), 3).tolist()
    assert city.groups.group_id[:2] == ("C:0", "C:1")
    through = city.movements.turn == Turn.THROUGH
    assert set(city.movements.speed_mps[through]) == {SPEED_MPS}
    assert set(city.movements.speed_mps[~through]) == {TURN_SPEED_MPS}
    assert city.nodes.control.tolist() == [NodeControl.SIGNAL] + [NodeControl.NONE] * 4


def test_missing_points_become_a_curve_between_the_lanes(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    straight = (city.movements.turn == Turn.THROUGH) & (city.lanes.index[city.movements.to_lane] == MIDDLE)
    assert city.movements.length_m[straight] == pytest.approx(2 * WIDTH_M)
    # a right turn from kerb to kerb is a quarter circle of radius width - 2.5 lanes
    right = (city.movements.turn == Turn.RIGHT) & (city.lanes.index[city.movements.to_lane] == KERB)
    assert city.movements.length_m[right] == pytest.approx((WIDTH_M - 2.5 * LANE_M) * math.pi / 2, rel=0.01)


def test_given_points_rule_the_length(tmp_path: Path) -> None:
    root = crossing()
    points = [{"x": 15.0, "y": 2.0}, {"x": 0.0, "y": 2.0}, {"x": 0.0, "y": -15.0}]
    root["intersections"][0]["roadLinks"][0]["laneLinks"][0]["points"] = points
    assert read(tmp_path, root).movements.length_m[0] == pytest.approx(32.0)


def test_the_plan_alternates_stages_and_changes(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    assert city.plans.plan_id == ("C:file",)
    assert city.signals.yellow_s.tolist() == [5.0]
    assert city.signals.all_red_s.tolist() == [0.0]
    stages = [(time, members) for time, members in PHASES[1:]]
    assert city.phases.duration_s.tolist() == [t for time, _ in stages for t in (time, 5.0)]
    for i, (_, members) in enumerate(stages):
        colours = shown(city, 2 * i)
        assert {g for g, colour in enumerate(colours) if colour >= Colour.PERMISSIVE} == set(members)
        assert not any(colour is Colour.YELLOW for colour in colours)


def test_what_is_always_available_is_permissive_in_every_phase(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    for phase in range(len(city.phases.plan)):
        assert {shown(city, phase)[group] for group in RIGHTS} == {Colour.PERMISSIVE}


def test_groups_that_lose_green_show_yellow(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    for change in range(1, 10, 2):
        before, now, after = (shown(city, (change + step) % 10) for step in (-1, 0, 1))
        for group in set(range(12)) - set(RIGHTS):
            lost = before[group] >= Colour.PERMISSIVE and after[group] < Colour.PERMISSIVE
            kept = before[group] >= Colour.PERMISSIVE and after[group] >= Colour.PERMISSIVE
            assert now[group] == (Colour.YELLOW if lost else min(before[group], after[group]) if kept else Colour.RED)


def test_a_left_turn_against_traffic_yields(tmp_path: Path) -> None:
    city = read(tmp_path, crossing([(4, RIGHTS), (30, [0, 1, 6, 7, *RIGHTS]), (30, [3, 4, 9, 10, *RIGHTS])]))
    colours = shown(city, 0)
    assert [colours[group] for group in (0, 1, 6, 7)] == [Colour.PERMISSIVE, Colour.PROTECTED] * 2
    assert city.signals.yellow_s.tolist() == [4.0]


def test_separate_stages_are_protected(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    for stage, groups in ((0, (1, 7)), (2, (4, 10)), (4, (0, 6)), (6, (3, 9)), (8, (0, 1))):
        assert {shown(city, stage)[group] for group in groups} == {Colour.PROTECTED}


def test_conflicts_are_found_where_paths_cross(tmp_path: Path) -> None:
    moves = read(tmp_path, crossing()).movements
    foes = [set(moves.foe[moves.foe_offset[m] : moves.foe_offset[m + 1]].tolist()) for m in range(len(moves.node))]
    east_through, north_through, west_through = 1 * 3 + 1, 4 * 3 + 1, 7 * 3 + 1
    assert north_through in foes[east_through]
    assert west_through not in foes[east_through]


def test_without_a_change_phase_yellow_lasts_three_seconds(tmp_path: Path) -> None:
    city = read(tmp_path, crossing([(30, [1, 7]), (30, [4, 10])]))
    assert city.signals.yellow_s.tolist() == [3.0]
    assert city.phases.duration_s.tolist() == [30.0, 3.0, 30.0, 3.0]


def test_a_stage_listed_twice_is_one_stage(tmp_path: Path) -> None:
    city = read(tmp_path, crossing([(5, []), (30, [1, 7]), (20, [4, 10]), (9, [7, 1])]))
    assert city.phases.duration_s.tolist() == [30.0, 5.0, 20.0, 5.0]


@pytest.mark.parametrize("phases", [[(30, list(range(12)))], [(5, [1]), (30, [1])]])
def test_a_light_that_changes_nothing_is_no_signal(tmp_path: Path, phases: list[tuple[float, list[int]]]) -> None:
    city = read(tmp_path, crossing(phases))
    assert len(city.signals.node) == 0
    assert set(city.movements.group) == {-1}
    assert city.nodes.control[0] == NodeControl.PRIORITY
    assert [oddity.what for oddity in city.report.oddities] == ["intersection without distinct phases"]


def test_a_turn_into_the_same_road_is_a_uturn(tmp_path: Path) -> None:
    root = crossing()
    root["intersections"][0]["roadLinks"][0]["endRoad"] = "out_E"
    assert set(read(tmp_path, root).movements.turn[:3]) == {Turn.UTURN}


def test_links_of_virtual_intersections_are_left_out_and_noted(tmp_path: Path) -> None:
    root = crossing()
    link = {"type": "turn_left", "startRoad": "out_E", "endRoad": "in_E", "laneLinks": []}
    root["intersections"][1]["roadLinks"] = [link]
    assert read(tmp_path, root).report.oddities[0].examples == ("E",)


def test_packed_and_plain_files_are_the_same_city(tmp_path: Path) -> None:
    a, b = (read_cityflow(write(tmp_path / name, crossing())) for name in ("a.json", "a.json.gz"))
    assert a.movements.length_m.tobytes() == b.movements.length_m.tobytes()
    assert a.links.link_id == b.links.link_id


def complaint(action: Callable[[], object]) -> str:
    """Message of the InputError, empty where there is none; any other error is a failure of the test."""
    try:
        action()
    except InputError as error:
        return str(error)
    return ""


Mutation = Callable[[dict[str, Any]], Any]


def centre(root: dict[str, Any]) -> Any:
    return root["intersections"][0]


MUTATIONS: list[tuple[Mutation, str]] = [
    (lambda r: r.pop("roads"), 'no "roads"'),
    (lambda r: r.update(roads={}), "expected a list"),
    (lambda r: r["roads"][0].update(points=[]), "two points or more"),
    (lambda r: r["roads"][0]["points"][0].update(x=math.nan), "finite number"),
    (lambda r: r["roads"][0]["points"][0].update(x="0"), "a number"),
    (lambda r: r["roads"][0].update(lanes=[]), "one lane or more"),
    (lambda r: r["roads"][0]["lanes"][0].update(maxSpeed=0), ">= 0.1"),
    (lambda r: r["roads"][0].update(startIntersection="X"), "unknown intersection 'X'"),
    (lambda r: r["roads"][1].update(id="in_E"), "second road"),
    (lambda r: r["intersections"][1].update(id="C"), "second intersection"),
    (lambda r: centre(r).update(width=-1), ">= 0"),
    (lambda r: centre(r).update(virtual="no"), "true or false"),
    (lambda r: centre(r)["roads"].append("X"), "unknown road 'X'"),
    (lambda r: centre(r)["roadLinks"][0].update(type="straight"), "go_straight"),
    (lambda r: centre(r)["roadLinks"][0].update(endRoad="X"), "unknown road 'X'"),
    (lambda r: centre(r)["roadLinks"][0].update(endRoad="in_N"), "roads that meet here"),
    (lambda r: centre(r)["roadLinks"][0]["laneLinks"][0].update(startLaneIndex=3), r"0\.\.2"),
    (lambda r: centre(r)["roadLinks"][0]["laneLinks"][0].update(endLaneIndex=-1), r"0\.\.2"),
    (lambda r: centre(r)["roadLinks"][0]["laneLinks"][0].update(points=3), "a list"),
    (lambda r: centre(r)["trafficLight"]["lightphases"][0].update(availableRoadLinks=[12]), r"0\.\.11"),
    (lambda r: centre(r)["trafficLight"]["lightphases"][0].update(time=None), "a number"),
    (lambda r: centre(r).update(trafficLight=[1]), "an object"),
]


@pytest.mark.parametrize(("mutate", "message"), MUTATIONS)
def test_a_damaged_file_is_one_line_that_names_the_place(tmp_path: Path, mutate: Mutation, message: str) -> None:
    root = crossing()
    mutate(root)
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, root)
    assert str(caught.value).startswith(f"{tmp_path / 'roadnet.json'}: root")
    assert "\n" not in str(caught.value)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into nested data."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, child in children for deeper in places(child, (*path, key)))][0 if path else 1 :]


PLACES = places(crossing())
WRONG = st.sampled_from([None, -1, 0, 1e308, math.nan, math.inf, "", "E", True, [], {}, [None], "drop"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), wrong=WRONG)
def test_any_damage_gives_a_city_or_one_line(tmp_path: Path, place: tuple[Any, ...], wrong: Any) -> None:
    root = copy.deepcopy(crossing())
    parent = root
    for key in place[:-1]:
        parent = parent[key]
    if wrong == "drop":
        del parent[place[-1]]
    else:
        parent[place[-1]] = wrong
    assert "\n" not in complaint(lambda: read(tmp_path, root))


@pytest.mark.parametrize(
    ("name", "signals", "links", "lengths"),
    [
        ("hangzhou_4x4/roadnet_4_4.json.gz", 16, 80, {570.0, 585.0, 770.0, 785.0}),
        ("jinan_3x4/roadnet_3_4.json.gz", 12, 62, {370.0, 385.0, 770.0, 785.0}),
    ],
)
def test_benchmark_networks(name: str, signals: int, links: int, lengths: set[float]) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"no data at {DATA / name}")
    city = read_cityflow(DATA / name)
    assert (len(city.signals.node), len(city.links.link_id)) == (signals, links)
    assert set(city.lanes.length_m.round(6)) == lengths
    assert set(city.plans.n_phases) == {16}  # eight stages, a change after each
    assert set(city.signals.yellow_s) == {5.0}
    assert city.report.oddities == ()
    assert city.movements.length_m.max() < 35.0
    stages = city.phases.colours[city.phases.colour_offset[0] :][: 12 * 16].reshape(16, 12)[::2]
    assert ((stages >= Colour.PERMISSIVE).sum(axis=1) == 6).all()
    assert ((stages == Colour.PROTECTED).sum(axis=1) == 2).all()
    assert ((stages[:4] == Colour.PROTECTED).sum(axis=0) <= 1).all()  # the four basic stages never share a group
