"""One door: format by suffix and content, and a plain answer for what is not supported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from _cityflow_files import crossing, write
from _small_city import small_city

import citybrain
from citybrain.city.gmns import write_gmns
from citybrain.city.load import FORMATS, READERS, detect, load
from citybrain.errors import FormatError, InputError

CBENGINE = "2\n28 115 a 0\n28 115.01 b 0\n1\na b 900 10 1 1 1 2\n0 1 0\n0 1 0\n0\n"


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("x.net.xml", "", "sumo"),
        ("x.net.xml.gz", "", "sumo"),
        ("X.NET.XML", "", "sumo"),
        ("x.osm", "", "osm"),
        ("x.osm.pbf", "", "osm"),
        ("x.osm.gz", "", "osm"),
        ("x.json", "", "cityflow"),
        ("roadnet.json.gz", "", "cityflow"),
        ("x.txt", "", "cbengine"),
        ("x.txt.gz", "", "cbengine"),
        ("x.xml", "<?xml version='1.0'?>\n<net version='1.9'>", "sumo"),
        ("x.map", "<osm version='0.6'>", "osm"),
        ("x", '{"intersections": []', "cityflow"),
        ("x.doc", "hello", None),
        ("node.csv", "node_id", None),
    ],
)
def test_format_by_suffix_then_by_content(tmp_path: Path, name: str, head: str, expected: str | None) -> None:
    path = tmp_path / name
    path.write_text(head)
    assert detect(path) == expected


def test_a_folder_is_gmns_where_it_has_nodes(tmp_path: Path) -> None:
    assert detect(tmp_path) is None
    (tmp_path / "node.csv").write_text("node_id\n")
    assert detect(tmp_path) == "gmns"


def test_cities_of_every_own_format(tmp_path: Path) -> None:
    write_gmns(small_city(), tmp_path / "gmns")
    (tmp_path / "net.txt").write_text(CBENGINE)
    sources = [tmp_path / "gmns", write(tmp_path / "roadnet.json.gz", crossing()), tmp_path / "net.txt"]
    assert [load(path).meta.source for path in sources] == ["generated", "cityflow", "cbengine"]
    assert load(str(sources[2]), format="cbengine").links.link_id == ("1", "2")


def test_format_overrules_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(CBENGINE)
    assert load(path, "cbengine").meta.source == "cbengine"
    with pytest.raises(FormatError):
        load(path)


def test_unknown_and_missing_say_what_is_supported(tmp_path: Path) -> None:
    (tmp_path / "x.doc").write_text("hello")
    for path, kind, message in (
        (tmp_path / "x.doc", None, "unknown format"),
        (tmp_path / "x.doc", "vissim", "vissim format"),
        (tmp_path, None, "unknown format"),
        (tmp_path / "none.json", None, "no such file"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            load(path, kind)
        assert all(name in str(caught.value) for name in FORMATS)
        assert "\n" not in str(caught.value)


def test_a_cut_file_without_suffix_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(InputError, match="whole file"):
        load(tmp_path / "x.gz")


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(FORMATS)


def test_load_is_public_and_lazy() -> None:
    assert citybrain.load is load
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        citybrain.lode  # noqa: B018 - the access is the test
    code = "import sys, citybrain; sys.exit(any(name in sys.modules for name in ('numpy', 'polars', 'numba')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
