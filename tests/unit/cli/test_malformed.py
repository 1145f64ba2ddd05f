"""Damaged files of every format: one clear line on stderr and exit code 2, never a traceback, nothing written."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from citybrain.cli import main

HAS_OSM = importlib.util.find_spec("osmium") is not None


def cityflow(**road: Any) -> str:
    """A road of 100 m between two places; `road` replaces parts of it, None takes them out."""
    ends = [
        {"id": n, "point": {"x": x, "y": 0}, "virtual": True, "roads": ["r"], "roadLinks": []}
        for n, x in (("a", 0.0), ("b", 100.0))
    ]
    row: dict[str, Any] = {
        "id": "r", "startIntersection": "a", "endIntersection": "b",
        "points": [{"x": 0, "y": 0}, {"x": 100, "y": 0}], "lanes": [{"width": 3, "maxSpeed": 10}], **road,
    }  # fmt: skip
    return json.dumps({"intersections": ends, "roads": [{k: v for k, v in row.items() if v is not None}]})


CBENGINE = "2\n39.9 116.4 1 0\n39.9 116.41 2 0\n1\n1 2 850 11.1 1 1 1 2\n1 0 0\n1 0 0\n0\n"


def sumo(lane: str = 'speed="10" length="100" shape="0,0 100,0"', ends: str = 'from="a" to="b"') -> str:
    nodes = "".join(
        f'<junction id="{n}" type="dead_end" x="{x}" y="0" incLanes="" intLanes="" shape="0,0"/>'
        for n, x in (("a", 0), ("b", 100))
    )
    return f'<net version="1.16"><edge id="e" {ends}><lane id="e_0" index="0" {lane}/></edge>{nodes}</net>'


def osm(lat: str = "0.001", ref: int = 2, highway: str = "primary") -> str:
    nodes = f'<node id="1" lat="0" lon="0"/><node id="2" lat="{lat}" lon="0"/>'
    way = f'<way id="5"><nd ref="1"/><nd ref="{ref}"/><tag k="highway" v="{highway}"/></way>'
    return f'<osm version="0.6">{nodes}{way}</osm>'


NODES = "node_id,x_coord,y_coord\na,0,0\nb,100,0\n"
LINKS = "link_id,from_node_id,to_node_id,directed,length,lanes,free_speed\ne,a,b,1,100,1,36\n"
BAD: dict[str, tuple[str, str | dict[str, str]]] = {
    "cityflow truncated": ("net.json", cityflow()[:-40]),
    "cityflow wrong type": ("net.json", cityflow(lanes="two")),
    "cityflow not an object": ("net.json", '["intersections"]'),
    "cityflow missing key": ("net.json", cityflow(endIntersection=None)),
    "cityflow NaN": ("net.json", cityflow(points=[{"x": 0, "y": 0}, {"x": float("nan"), "y": 0}])),
    "cityflow unknown reference": ("net.json", cityflow(startIntersection="nowhere")),
    "cbengine truncated": ("net.txt", CBENGINE[:50]),
    "cbengine wrong type": ("net.txt", CBENGINE.replace("850", "far")),
    "cbengine missing key": ("net.txt", CBENGINE.replace(" 11.1 1 1 1 2", "")),
    "cbengine NaN": ("net.txt", CBENGINE.replace("850", "nan")),
    "cbengine unknown reference": ("net.txt", CBENGINE.replace("1 2 850", "1 9 850")),
    "sumo truncated": ("town.net.xml", sumo()[:-30]),
    "sumo wrong type": ("town.net.xml", sumo('speed="fast" length="100" shape="0,0 100,0"')),
    "sumo missing key": ("town.net.xml", sumo('speed="10" length="100"')),
    "sumo NaN": ("town.net.xml", sumo('speed="nan" length="100" shape="0,0 100,0"')),
    "sumo unknown reference": ("town.net.xml", sumo(ends='from="a" to="nowhere"')),
    "osm truncated": ("town.osm", osm()[:-20]),
    "osm wrong type": ("town.osm", osm(lat="north")),
    "osm missing key": ("town.osm", osm().replace('id="2" lat="0.001" lon="0"', 'lat="0.001" lon="0"')),
    "osm NaN": ("town.osm", osm(lat="nan")),
    "osm unknown reference": ("town.osm", osm(ref=9)),
    "osm no road": ("town.osm", osm(highway="footway")),
    "gmns truncated": ("town", {"node.csv": NODES, "link.csv": LINKS[:-13]}),
    "gmns wrong type": ("town", {"node.csv": NODES.replace("100", "east"), "link.csv": LINKS}),
    "gmns missing key": ("town", {"node.csv": NODES, "link.csv": LINKS.replace("to_node_id", "end")}),
    "gmns NaN": ("town", {"node.csv": NODES.replace("100", "nan"), "link.csv": LINKS}),
    "gmns unknown reference": ("town", {"node.csv": NODES, "link.csv": LINKS.replace("e,a,b", "e,a,z")}),
    "gmns no links": ("town", {"node.csv": NODES}),
}  # fmt: skip
GOOD: dict[str, tuple[str, str | dict[str, str]]] = {
    "cityflow": ("net.json", cityflow()),
    "sumo": ("town.net.xml", sumo()),
    "osm": ("town.osm", osm()),
    "gmns": ("town", {"node.csv": NODES, "link.csv": LINKS}),
    "cbengine": ("net.txt", CBENGINE),
}


def put(folder: Path, name: str, content: str | dict[str, str]) -> Path:
    path = folder / name
    if isinstance(content, str):
        path.write_text(content)
        return path
    path.mkdir()
    for part, text in content.items():
        (path / part).write_text(text)
    return path


def run(source: Path, out: Path) -> int:
    try:
        return int(main(["import", str(source), str(out)]) or 0)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize("case", BAD)
def test_a_damaged_file_is_one_line_and_code_2(case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if case.startswith("osm") and not HAS_OSM:
        pytest.skip("osmium is not installed")
    source = put(tmp_path, *BAD[case])
    code = run(source, tmp_path / "out")
    err = capfd.readouterr().err.strip()
    assert code == 2, err
    assert len(err.splitlines()) == 1
    assert source.name in err
    assert "expected" in err
    assert not (tmp_path / "out" / "link.csv").exists()


@pytest.mark.parametrize("case", GOOD)
def test_the_same_file_undamaged_is_read(case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if case == "osm" and not HAS_OSM:
        pytest.skip("osmium is not installed")
    source = put(tmp_path, *GOOD[case])
    assert run(source, tmp_path / "out") == 0, capfd.readouterr().err
    assert (tmp_path / "out" / "link.csv").is_file()
