"""Laws of reading a map: a map in the mirror, where traffic keeps to the other side, is the same city in the mirror;
what things are called, and in which order the file has them, changes nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from _osm_files import osm_xml, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citybrain.city.model import City, Turn
from citybrain.errors import FormatError

pytest.importorskip("osmium")
from citybrain.city.osm import read_osm

Tags = dict[str, str]
OTHER = {"left": "right", "right": "left", "slight_left": "slight_right", "slight_right": "slight_left"}
SWAPPED = {Turn.LEFT: Turn.RIGHT, Turn.RIGHT: Turn.LEFT, Turn.THROUGH: Turn.THROUGH, Turn.UTURN: Turn.UTURN}
GRID = [(a, b) for a in range(9) for b in (a + 1, a + 3) if b < 9 and (b != a + 1 or a % 3 < 2)]


ARROWS = {
    1: ["left;through;right", "through", "left"],
    2: ["left|through;right", "left;through|right", "left;through|through;right", "|through"],
    3: ["left|through|right", "left|left;through|right", "left;through|right|right", "slight_left|through|"],
    4: ["left|through|through|right", "left|left|through|right", "left;through|through|right|right", "|||"],
}


@dataclass(frozen=True)
class Map:
    nodes: dict[int, tuple[float, float, Tags]]
    ways: list[tuple[int, list[int], Tags]]
    bans: list[tuple[str, int, int, int]] = field(default_factory=list)  # kind, from, via, to

    def read(self, folder: Path) -> City | None:
        """The city; None where nothing of the map can be driven round."""
        row = (
            '<relation id="{}"><member type="way" ref="{}" role="from"/><member type="node" ref="{}" role="via"/>'
            '<member type="way" ref="{}" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="{}"/>'
            "</relation>"
        )
        bans = "".join(row.format(i, a, via, b, kind) for i, (kind, a, via, b) in enumerate(self.bans, 1))
        try:
            return read_osm(write(folder, osm_xml(self.nodes, self.ways, bans)))
        except FormatError:
            return None

    def mirrored(self) -> Map:
        """East is west and left is right."""
        nodes = {n: (-x, y, tags) for n, (x, y, tags) in self.nodes.items()}
        ways = [
            (way, refs, {_other_key(k): _other_value(k, v) for k, v in tags.items()}) for way, refs, tags in self.ways
        ]
        bans = [
            (kind.replace("left", "X").replace("right", "left").replace("X", "right"), *row) for kind, *row in self.bans
        ]
        return Map(nodes, ways, bans)  # type: ignore[arg-type]


def _other_key(key: str) -> str:
    return {"busway:left": "busway:right", "busway:right": "busway:left"}.get(key, key)


def _other_value(key: str, value: str) -> str:
    if key == "driving_side":
        return OTHER[value]
    if not key.startswith("turn:lanes"):
        return value
    lanes = [";".join(OTHER.get(word, word) for word in lane.split(";")) for lane in value.split("|")]
    return "|".join(reversed(lanes))


@st.composite
def ways(draw: st.DrawFn, number: int, ends: tuple[int, int]) -> tuple[int, list[int], Tags]:
    tags = {
        "highway": draw(st.sampled_from(["residential", "tertiary", "secondary", "primary"])),
        "driving_side": "right",
    }
    n = draw(st.integers(1, 4))
    if draw(st.booleans()):
        tags["lanes"] = str(n)
    arrows = draw(st.sampled_from(ARROWS[n]))
    if draw(st.integers(0, 3)) == 0:
        tags |= {"oneway": draw(st.sampled_from(["yes", "-1"])), "turn:lanes": arrows}
    elif draw(st.booleans()):
        tags |= {"lanes": str(n + 1), "lanes:forward": str(n), "lanes:backward": "1", "turn:lanes:forward": arrows}
    if draw(st.integers(0, 5)) == 0:
        tags[draw(st.sampled_from(["busway", "busway:left", "busway:right"]))] = "lane"
    if draw(st.integers(0, 5)) == 0:
        tags["maxspeed"] = "30"
    refs = list(ends) if draw(st.booleans()) else list(ends)[::-1]
    return number, refs, tags


@st.composite
def maps(draw: st.DrawFn) -> Map:
    """Streets on a crooked grid of three by three, some with signals, signs and bans."""
    edges = draw(st.lists(st.sampled_from(GRID), min_size=5, max_size=12, unique=True))
    shift = st.integers(-20, 20).map(lambda k: k / 100)
    lit = st.sampled_from([{}, {}, {"highway": "traffic_signals"}])
    nodes = {n: (n % 3 + draw(shift), n // 3 + draw(shift), draw(lit)) for n in {n for edge in edges for n in edge}}
    rows = [draw(ways(10 + i, edge)) for i, edge in enumerate(edges)]
    kinds = st.sampled_from(["no_left_turn", "no_right_turn", "only_straight_on", "no_u_turn"])
    pairs = [(a, n, b) for a, x, _ in rows for b, y, _ in rows if a != b for n in set(x) & set(y)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=2)) if pairs else []
    return Map(nodes, rows, [(draw(kinds), *pair) for pair in chosen])


def assert_mirrored(a: City, b: City) -> None:
    assert (a.meta.left_hand, b.meta.left_hand) == (False, True)
    for name in ("link_id", "name", "kind"):
        assert getattr(a.links, name) == getattr(b.links, name)
    for table, names in {
        "nodes": ("control",),
        "links": ("from_node", "to_node", "n_lanes", "priority", "speed_mps"),
        "lanes": ("link", "index", "allowed", "speed_mps"),
        "movements": ("from_lane", "to_lane", "node", "group", "major", "foe_offset", "foe", "foe_yield"),
        "phases": ("plan", "duration_s", "colour_offset", "colours"),
    }.items():
        for name in names:
            np.testing.assert_array_equal(
                getattr(getattr(a, table), name), getattr(getattr(b, table), name), f"{table}.{name}"
            )
    np.testing.assert_allclose(a.nodes.x_m, -b.nodes.x_m, atol=1e-3)
    np.testing.assert_allclose(a.nodes.y_m, b.nodes.y_m, atol=1e-3)
    np.testing.assert_allclose(a.links.geometry_x_m, -b.links.geometry_x_m, atol=1e-3)
    np.testing.assert_allclose(a.movements.length_m, b.movements.length_m, atol=1e-3)
    assert [SWAPPED[Turn(t)] for t in a.movements.turn] == [Turn(t) for t in b.movements.turn]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(maps())
def test_the_map_in_the_mirror_is_the_city_in_the_mirror(tmp_path: Path, given_map: Map) -> None:
    """Right before left has no counterpart where traffic keeps left: streets that are equal and quiet are left out."""
    quiet = {"residential": "tertiary"}
    rows = [
        (way, refs, {**tags, "highway": quiet.get(tags["highway"], tags["highway"])})
        for way, refs, tags in given_map.ways
    ]
    right = replace(given_map, ways=rows)
    a, b = right.read(tmp_path), right.mirrored().read(tmp_path)
    assert (a is None) == (b is None)
    if a is not None and b is not None:
        assert_mirrored(a, b)


def turned(given_map: Map) -> Map:
    """The map a quarter round: north is west."""
    return replace(given_map, nodes={n: (-y, x, tags) for n, (x, y, tags) in given_map.nodes.items()})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(maps())
def test_a_turned_map_is_the_same_city_turned(tmp_path: Path, given_map: Map) -> None:
    a, b = given_map.read(tmp_path), turned(given_map).read(tmp_path)
    assert (a is None) == (b is None)
    if a is not None and b is not None:
        for name in ("from_lane", "to_lane", "node", "turn", "group", "major", "foe", "foe_yield"):
            np.testing.assert_array_equal(getattr(a.movements, name), getattr(b.movements, name), name)
        np.testing.assert_allclose(a.links.length_m, b.links.length_m, atol=0.01)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(maps(), st.integers(1, 10**9))
def test_names_of_nodes_do_not_matter(tmp_path: Path, given_map: Map, shift: int) -> None:
    nodes = {n + shift: row for n, row in given_map.nodes.items()}
    ways_ = [(way, [n + shift for n in refs], tags) for way, refs, tags in given_map.ways]
    other = Map(nodes, ways_, [(kind, a, via + shift, b) for kind, a, via, b in given_map.bans])
    a, b = given_map.read(tmp_path), other.read(tmp_path)
    assert (a is None) == (b is None)
    if a is not None and b is not None:
        assert tuple(str(int(n) + shift) for n in a.nodes.node_id) == b.nodes.node_id
        for name in ("from_lane", "to_lane", "turn", "group", "foe", "foe_yield"):
            np.testing.assert_array_equal(getattr(a.movements, name), getattr(b.movements, name), name)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(maps())
def test_every_street_keeps_its_metres_and_every_approach_an_exit(tmp_path: Path, given_map: Map) -> None:
    city = given_map.read(tmp_path)
    if city is None:
        return
    ends = [(given_map.nodes[a], given_map.nodes[b]) for _, (a, b), _ in given_map.ways]
    drawn_m = sum(100.0 * math.dist(a[:2], b[:2]) for a, b in ends)
    streets = {name.lstrip("-"): length for name, length in zip(city.links.link_id, city.links.length_m, strict=True)}
    assert sum(streets.values()) <= drawn_m + 0.01 * len(streets)  # no piece of a way is there twice
    if not given_map.bans:
        leads = np.bincount(city.movements.from_lane, minlength=len(city.lanes.link)) > 0
        assert leads.all(), "a lane leads nowhere"
