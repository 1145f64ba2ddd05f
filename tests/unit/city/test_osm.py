"""OSM: one oddity of the real world per tiny map."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest
from _osm_files import cross, osm_xml, write

from citybrain.city.model import City, NodeControl, Turn
from citybrain.city.osm import read_osm
from citybrain.city.osm.ways import BUS_BITS, road_of, speed_of
from citybrain.city.plans import check_plans
from citybrain.errors import FormatError

pytest.importorskip("osmium")
LIT = {"highway": "traffic_signals"}


def turns(city: City) -> dict[Turn, int]:
    found, counts = np.unique(city.movements.turn, return_counts=True)
    return {Turn(t): int(n) for t, n in zip(found, counts, strict=True)}


def whats(city: City) -> set[str]:
    return {row.what for row in city.report.oddities}


@pytest.mark.parametrize(
    ("text", "kmh"),
    [("50", 50), ("30 mph", 48.28), ("FR:urban", 50), ("DE:zone:30", 30), ("none", 130), ("walk", 7), ("80 km/h", 80)],
)
def test_speeds(text: str, kmh: float) -> None:
    assert speed_of(text) == pytest.approx(kmh / 3.6, rel=1e-3)


@pytest.mark.parametrize("text", ["", "fast", "-5", "0", "FR:nowhere"])
def test_speeds_that_mean_nothing(text: str) -> None:
    assert speed_of(text) is None


@pytest.mark.parametrize(
    ("tags", "lanes"),
    [
        ({}, (1, 1)),
        ({"lanes": "4"}, (2, 2)),
        ({"lanes": "3"}, (2, 1)),
        ({"lanes": "3", "lanes:backward": "2"}, (1, 2)),
        ({"lanes": "2", "oneway": "yes"}, (2, 0)),
        ({"oneway": "-1"}, (0, 1)),
        ({"junction": "roundabout"}, (1, 0)),
        ({"lanes": "many"}, (1, 1)),
    ],
)
def test_lanes_and_directions(tags: dict[str, str], lanes: tuple[int, int]) -> None:
    road, odd = road_of({"highway": "secondary", **tags}, left_hand=False)
    assert (road.ahead.lanes, road.back.lanes) == lanes
    assert bool(odd) == (tags.get("lanes") == "many")


def test_arrows_are_kerb_first() -> None:
    tags = {"highway": "primary", "lanes": "2", "oneway": "yes", "turn:lanes": "left|through;right"}
    arrows = road_of(tags, left_hand=False)[0].ahead.arrows
    assert arrows == (frozenset({Turn.THROUGH, Turn.RIGHT}), frozenset({Turn.LEFT}))


def test_a_crossing_with_signal(tmp_path: Path) -> None:
    city = read_osm(write(tmp_path, cross(LIT)))
    assert len(city.links.link_id) == 8
    assert len(city.signals.signal_id) == 1
    assert turns(city) == {Turn.THROUGH: 4, Turn.LEFT: 4, Turn.RIGHT: 4, Turn.UTURN: 4}
    assert check_plans(city) == []


def test_every_packing_gives_the_same_city(tmp_path: Path) -> None:
    import osmium

    text = cross(LIT)
    plain = write(tmp_path, text)
    (tmp_path / "map.osm.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "map.osm.bz2").write_bytes(bz2.compress(text.encode()))
    with osmium.SimpleWriter(str(tmp_path / "map.osm.pbf")) as out:
        for row in osmium.FileProcessor(str(plain)):
            out.add(row)
    first = read_osm(plain)
    for name in ("map.osm.gz", "map.osm.bz2", "map.osm.pbf"):
        city = read_osm(tmp_path / name)
        assert city.links.link_id == first.links.link_id
        np.testing.assert_allclose(city.links.length_m, first.links.length_m, atol=0.02)  # PBF keeps 1e-7 degrees
        assert len(city.movements.turn) == len(first.movements.turn)


@pytest.mark.parametrize(("lon", "left"), [(0.0, False), (151.0, True)])
def test_driving_side_by_place_and_the_mirror(tmp_path: Path, lon: float, left: bool) -> None:
    city = read_osm(write(tmp_path, cross(LIT, lon0=lon, lat0=-33.0)))
    assert city.meta.left_hand is left
    west = city.links.from_node == city.nodes.node_id.index("1")
    assert (city.nodes.x_m[city.links.to_node[west]] > city.nodes.x_m[city.links.from_node[west]]).all()
    rows = city.movements
    of = {t: rows.length_m[rows.turn == t].mean() for t in (Turn.LEFT, Turn.RIGHT)}
    assert bool(of[Turn.LEFT] < of[Turn.RIGHT]) is left, "the turn to the kerb side is the short one"


def test_restrictions(tmp_path: Path) -> None:
    text = '<relation id="1"><member type="way" ref="10" role="from"/><member type="node" ref="5" role="via"/>'
    text += (
        '<member type="way" ref="{}" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="{}"/></relation>'
    )
    banned = read_osm(write(tmp_path, cross(LIT, relations=text.format(13, "no_left_turn"))))
    assert turns(banned)[Turn.LEFT] == 3
    only = read_osm(write(tmp_path, cross(LIT, relations=text.format(11, "only_straight_on"))))
    assert (turns(only)[Turn.LEFT], turns(only)[Turn.RIGHT]) == (3, 3)


def test_bends_are_contracted_and_keep_their_shape(tmp_path: Path) -> None:
    row = {"highway": "residential"}
    nodes = {1: (0, 0, {}), 2: (1, 0, {}), 3: (1, 1, {})}
    city = read_osm(write(tmp_path, osm_xml(nodes, [(7, [1, 2], row), (8, [2, 3], row)])))
    assert len(city.nodes.node_id) == 2
    np.testing.assert_allclose(city.links.length_m, 200.0, rtol=1e-3)
    assert np.diff(city.links.geometry_offset).tolist() == [3, 3]


def test_a_signal_on_the_approach_belongs_to_the_junction(tmp_path: Path) -> None:
    nodes = {1: (-1, 0, {}), 2: (1, 0, {}), 3: (0, -1, {}), 5: (0, 0, {}), 6: (-0.2, 0, LIT)}
    row = {"highway": "secondary"}
    city = read_osm(write(tmp_path, osm_xml(nodes, [(1, [1, 6, 5, 2], row), (2, [3, 5], row)])))
    assert city.signals.signal_id == ("5",)
    assert len(city.nodes.node_id) == 4


def test_two_carriageways_crossed_are_one_signal(tmp_path: Path) -> None:
    nodes = {
        1: (-1, 0.1, {}), 2: (0, 0.1, LIT), 3: (1, 0.1, {}), 4: (1, -0.1, {}), 5: (0, -0.1, LIT), 6: (-1, -0.1, {}),
        7: (0, 1, {}), 8: (0, -1, {}),
    }  # fmt: skip
    one, two = {"highway": "primary", "oneway": "yes"}, {"highway": "secondary"}
    ways = [(1, [3, 2, 1], one), (2, [6, 5, 4], one), (3, [7, 2, 5, 8], two), (4, [1, 6], two), (5, [4, 3], two)]
    city = read_osm(write(tmp_path, osm_xml(nodes, ways)))
    assert len(city.signals.signal_id) == 1
    assert (city.nodes.control == NodeControl.SIGNAL).sum() == 1
    assert check_plans(city) == []


def test_bus_lanes_are_for_buses(tmp_path: Path) -> None:
    city = read_osm(write(tmp_path, cross(LIT, {"lanes": "4", "busway": "lane"})))
    assert (city.lanes.allowed[city.lanes.index == 0] == BUS_BITS).all()


def test_islands_are_left_out(tmp_path: Path) -> None:
    row = {"highway": "residential"}
    nodes = {1: (0, 0, {}), 2: (1, 0, {}), 3: (2, 0, {}), 4: (5, 5, {}), 5: (6, 5, {}), 6: (1, 1, {})}
    city = read_osm(write(tmp_path, osm_xml(nodes, [(7, [1, 2, 3], row), (9, [2, 6], row), (8, [4, 5], row)])))
    assert set(city.nodes.node_id) == {"1", "2", "3", "6"}
    assert "node outside the largest connected part" in whats(city)


@pytest.mark.parametrize("text", ["", "<osm version='0.6'>", "no xml", "<osm version='0.6'></osm>"])
def test_damaged_files(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError) as error:
        read_osm(write(tmp_path, text))
    assert "\n" not in str(error.value)
