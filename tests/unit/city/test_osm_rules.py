"""OSM: who goes first, what holds for whom, and what is lost on import is told in the report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from _osm_files import cross, osm_xml, write

from citybrain.city.model import City, NodeControl, Turn
from citybrain.city.osm import read_osm
from citybrain.city.osm.rights import Approach, right_of_way
from citybrain.city.osm.ways import BUS_BITS, road_of, speed_of

pytest.importorskip("osmium")
RULE = (
    '<relation id="1"><member type="way" ref="{}" role="from"/><member type="node" ref="5" role="via"/>'
    '<member type="way" ref="{}" role="to"/><tag k="type" v="restriction"/>{}</relation>'
)


def actions(city: City) -> dict[str, str]:
    return {row.what: row.action for row in city.report.oddities}


def control(city: City, node: str = "5") -> NodeControl:
    return NodeControl(int(city.nodes.control[city.nodes.node_id.index(node)]))


def major_from(city: City) -> set[str]:
    """Nodes from which the approaches with right of way come."""
    rows = city.movements
    crossing = np.isin(rows.node, np.flatnonzero(city.nodes.control > 0))
    links = city.lanes.link[rows.from_lane[rows.major & crossing]]
    return {city.nodes.node_id[n] for n in city.links.from_node[links].tolist()}


def with_sign(tags: dict[str, str], at: float = -0.1, **row: str) -> str:
    """The crossing of _osm_files with a sign 6 on the western approach."""
    nodes = {1: (-1, 0, {}), 2: (1, 0, {}), 3: (0, -1, {}), 4: (0, 1, {}), 5: (0, 0, {}), 6: (at, 0, tags)}
    kind = {"highway": "secondary", **row}
    return osm_xml(nodes, [(10, [1, 6, 5], kind), (11, [5, 2], kind), (12, [3, 5], kind), (13, [5, 4], kind)])


def test_speeds_in_knots_and_by_direction() -> None:
    assert speed_of("10 knots") == pytest.approx(5.1444, rel=1e-4)
    road, odd = road_of({"highway": "primary", "maxspeed": "50", "maxspeed:backward": "30"}, left_hand=False)
    assert (road.ahead.speed_mps, road.back.speed_mps) == pytest.approx((50 / 3.6, 30 / 3.6))
    assert not odd
    assert road.turned().ahead.speed_mps == road.back.speed_mps


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        ({"turn:lanes": "left|right", "oneway": "yes"}, "turn:lanes of another number of lanes"),
        ({"lanes:forward": "x"}, "lanes:forward that is not understood"),
        ({"lanes:backward": "0"}, "lanes:backward that is not understood"),
        ({"lanes": "many"}, "lanes that is not understood"),
        ({"maxspeed": "fast"}, "maxspeed that is not understood"),
        ({"maxspeed:forward": "fast"}, "maxspeed:forward that is not understood"),
        ({"maxspeed:conditional": "30 @ (22:00-06:00)"}, "maxspeed:conditional on a road"),
    ],
)
def test_tags_that_are_not_followed_are_told(tmp_path: Path, tags: dict[str, str], what: str) -> None:
    assert [row[0] for row in road_of({"highway": "primary", **tags}, left_hand=False)[1]] == [what]
    if "oneway" not in tags:
        assert what in actions(read_osm(write(tmp_path, cross(tags=tags))))


@pytest.mark.parametrize(
    ("start", "end", "tags", "what", "lefts"),
    [
        (10, 13, {"restriction": "no_left_turn", "except": "bus"}, "turn restriction that spares some vehicles", 3),
        (10, 13, {"restriction": "no_left_turn", "except": "bus;motorcar"}, "turn restriction that spares cars", 4),
        (10, 13, {"restriction:conditional": "no_left_turn @ (Mo)"}, "turn restriction with a condition", 4),
        (10, 13, {"restriction:hgv": "no_left_turn"}, "turn restriction for other vehicles", 4),
        (10, 13, {"restriction": "maybe"}, "turn restriction of unknown kind", 4),
        (99, 13, {"restriction": "no_left_turn"}, "turn restriction whose first way does not lead to its node", 4),
        (10, 99, {"restriction": "no_left_turn"}, "turn restriction whose last way does not leave its node", 4),
    ],
)
def test_restrictions_not_followed_are_told(
    tmp_path: Path, start: int, end: int, tags: dict[str, str], what: str, lefts: int
) -> None:
    row = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    city = read_osm(write(tmp_path, cross(relations=RULE.format(start, end, row))))
    assert what in actions(city)
    assert int((city.movements.turn == Turn.LEFT).sum()) == lefts


@pytest.mark.parametrize(("stated", "lon", "left"), [("left", 0.0, True), ("right", 151.0, False)])
def test_the_tag_driving_side_overrules_the_place(tmp_path: Path, stated: str, lon: float, left: bool) -> None:
    city = read_osm(write(tmp_path, cross(tags={"driving_side": stated}, lon0=lon, lat0=-33.0)))
    assert city.meta.left_hand is left
    assert actions(city)["driving side"] == f"traffic keeps {stated}, by the tag driving_side"


@pytest.mark.parametrize(
    ("lon", "words"), [(2.0, "right, by the outline of no"), (151.0, "left, by the outline of Aus")]
)
def test_the_report_tells_the_side_and_why(tmp_path: Path, lon: float, words: str) -> None:
    city = read_osm(write(tmp_path, cross(lon0=lon, lat0=-33.0)))
    assert words in actions(city)["driving side"]


def test_equal_streets_are_right_before_left_and_classes_are_not(tmp_path: Path) -> None:
    assert control(read_osm(write(tmp_path, cross(tags={"highway": "residential"})))) == NodeControl.RIGHT_BEFORE_LEFT
    assert control(read_osm(write(tmp_path, cross(tags={"highway": "tertiary"})))) == NodeControl.PRIORITY


def test_right_of_way_by_rule() -> None:
    street, road = Approach("residential"), Approach("tertiary")
    assert right_of_way({1: street, 2: road, 3: road}) == ({2, 3}, NodeControl.PRIORITY)
    assert right_of_way({1: street, 2: street}, left_hand=True) == ({1, 2}, NodeControl.PRIORITY)
    assert right_of_way({1: road, 2: Approach("tertiary", 0, "stop")}) == ({1}, NodeControl.PRIORITY)
    assert right_of_way({1: road, 2: Approach("residential", 1)})[0] == {2}
    assert right_of_way({k: Approach("tertiary", 0, "stop") for k in (1, 2)})[1] == NodeControl.ALL_WAY_STOP
    assert right_of_way({1: Approach("primary"), 2: Approach("tertiary", 2)})[0] == {2}


@pytest.mark.parametrize("kind", ["stop", "give_way"])
@pytest.mark.parametrize("direction", [{}, {"direction": "forward"}])
def test_a_sign_makes_its_approach_minor(tmp_path: Path, kind: str, direction: dict[str, str]) -> None:
    city = read_osm(write(tmp_path, with_sign({"highway": kind, **direction})))
    assert control(city) == NodeControl.PRIORITY
    assert major_from(city) == {"2", "3", "4"}


def test_signs_that_bind_nobody_here_are_told(tmp_path: Path) -> None:
    away = read_osm(write(tmp_path, with_sign({"highway": "stop", "direction": "backward"})))
    assert "sign far from a junction" in actions(away)
    assert major_from(away) == {"1", "2", "3", "4"}
    on_it = read_osm(write(tmp_path, cross({"highway": "stop"})))
    assert "sign on a junction itself" in actions(on_it)


def test_stop_all_is_an_all_way_stop(tmp_path: Path) -> None:
    assert control(read_osm(write(tmp_path, with_sign({"highway": "stop", "stop": "all"})))) == NodeControl.ALL_WAY_STOP
    assert control(read_osm(write(tmp_path, cross({"highway": "stop", "stop": "all"})))) == NodeControl.ALL_WAY_STOP


def test_a_sign_where_two_ways_meet_holds_for_the_junction_ahead(tmp_path: Path) -> None:
    nodes = {1: (-1, 0, {}), 2: (1, 0, {}), 3: (0, -1, {}), 5: (0, 0, {}), 6: (-0.1, 0, {"highway": "give_way"})}
    row = {"highway": "secondary"}
    city = read_osm(write(tmp_path, osm_xml(nodes, [(1, [1, 6], row), (2, [6, 5, 2], row), (3, [3, 5], row)])))
    assert major_from(city) == {"2", "3"}


def roundabout(folder: Path, **rest: float) -> City:
    """A ring of four arms, drawn against the clock."""
    r, far = 0.25, 1.5
    spots = {1: (r, 0), 2: (0, r), 3: (-r, 0), 4: (0, -r), 11: (far, 0), 12: (0, far), 13: (-far, 0), 14: (0, -far)}
    nodes = {n: (float(x), float(y), dict[str, str]()) for n, (x, y) in spots.items()}
    ring = (1, [1, 2, 3, 4, 1], {"highway": "tertiary", "junction": "roundabout"})
    arms = [(n, [n, n + 10], {"highway": "primary"}) for n in (1, 2, 3, 4)]
    return read_osm(write(folder, osm_xml(nodes, [ring, *((w + 1, refs, t) for w, refs, t in arms)], **rest)))  # type: ignore[arg-type]


def test_circulating_traffic_goes_first(tmp_path: Path) -> None:
    city = roundabout(tmp_path)
    assert major_from(city) == {"1", "2", "3", "4"}
    rows = city.movements
    owner = np.repeat(np.arange(len(rows.turn)), np.diff(rows.foe_offset))
    ring = np.isin(city.links.from_node[city.lanes.link[rows.from_lane]], [city.nodes.node_id.index(n) for n in "1234"])
    yields = rows.foe_yield
    assert yields[~ring[owner] & ring[rows.foe]].all(), "who enters gives way"
    assert not yields[ring[owner] & ~ring[rows.foe]].any()


def test_a_ring_is_driven_one_way_round(tmp_path: Path) -> None:
    city = roundabout(tmp_path)
    ids = city.nodes.node_id
    pairs = {(ids[a], ids[b]) for a, b in zip(city.links.from_node.tolist(), city.links.to_node.tolist(), strict=True)}
    assert {("1", "2"), ("2", "3"), ("3", "4"), ("4", "1")} <= pairs
    assert ("2", "1") not in pairs


def test_a_street_that_ends_where_it_begins_keeps_its_loop(tmp_path: Path) -> None:
    nodes = {1: (0, 0, {}), 2: (1, 0, {}), 3: (2, 1, {}), 4: (3, 0, {}), 5: (2, -1, {})}
    row = {"highway": "residential"}
    whole = read_osm(write(tmp_path, osm_xml(nodes, [(1, [1, 2], row), (2, [2, 3, 4, 5, 2], row)])))
    parts = read_osm(write(tmp_path, osm_xml(nodes, [(1, [1, 2], row), (2, [2, 3, 4], row), (3, [4, 5, 2], row)])))
    length_m = 2.0 * (100.0 + 4 * 100.0 * np.sqrt(2.0))
    for city in (whole, parts):
        assert city.links.length_m.sum() == pytest.approx(length_m, rel=0.04), "less the room of the junction"
        assert "road that ends where it begins" not in actions(city)
        at_loop = [n for n in range(len(city.nodes.node_id)) if city.nodes.control[n] == NodeControl.NONE]
        back = (city.movements.turn == Turn.UTURN) & np.isin(city.movements.node, at_loop)
        ends = {city.nodes.node_id[n] for n in city.movements.node[back].tolist()}
        assert ends == {"1"}, "one turns back at the dead end only"


def test_a_signal_for_people_on_foot(tmp_path: Path) -> None:
    """A signal mid-block gives vehicles one stage and people the other; a tagged crossing is left out and told."""
    lit = read_osm(write(tmp_path, with_sign({"highway": "traffic_signals"}, at=-0.6)))
    assert lit.signals.signal_id == ("6",)
    assert lit.groups.group_id == ("6:10#0-through", "6:-10#1-through") or len(lit.groups.group_id) == 2
    green = [row.tolist() for row in lit.phases.colours.reshape(len(lit.phases.duration_s), -1)]
    assert any(all(c == 0 for c in row) for row in green), "a stage in which nobody drives"
    for tags in ({"crossing": "traffic_signals"}, {"crossing:signals": "yes"}):
        city = read_osm(write(tmp_path, with_sign({"highway": "crossing", **tags}, at=-0.6)))
        assert len(city.signals.signal_id) == 0
        assert "signal of a crossing on foot" in actions(city)


@pytest.mark.parametrize("tags", [{"highway": "busway"}, {"highway": "service"}, {"motor_vehicle": "no", "bus": "yes"}])
def test_roads_for_buses_only(tmp_path: Path, tags: dict[str, str]) -> None:
    nodes = {1: (-1, 0, {}), 2: (1, 0, {}), 3: (0, -1, {}), 5: (0, 0, {})}
    row = {"highway": "secondary"}
    city = read_osm(write(tmp_path, osm_xml(nodes, [(1, [1, 5, 2], row), (2, [3, 5], {**row, **tags})])))
    own = np.array([link.lstrip("-").startswith("2#") for link in city.links.link_id])
    if tags["highway"] == "service" if "highway" in tags else False:
        assert not own.any()
    else:
        assert own.sum() == 2
        assert (city.lanes.allowed[own[city.lanes.link]] == BUS_BITS).all()
    assert not (city.lanes.allowed[~own[city.lanes.link]] == BUS_BITS).any()
