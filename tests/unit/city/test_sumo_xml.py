"""Streaming SUMO's XML: what comes out, and how complaints read."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from citybrain.city.sumo.xml import Row, stream
from citybrain.errors import FormatError, InputError


def write(folder: Path, text: str) -> Path:
    path = folder / "a.xml"
    path.write_text(text)
    return path


def row(**attributes: str) -> Row:
    return Row("a.xml", "edge", {"id": "e", **attributes})


def test_root_first_then_its_children_with_theirs(tmp_path: Path) -> None:
    path = write(
        tmp_path, '<net lefthand="true"><edge id="a"><lane id="a_0"/><lane id="a_1"/></edge><edge id="b"/></net>'
    )
    root, a, b = stream(path, "net")
    assert root.flag("lefthand", False)
    assert not root.children
    assert [child.text("id") for child in a.children] == ["a_0", "a_1"]
    assert (b.text("id"), b.children) == ("b", [])


def test_gzip_reads_as_plain(tmp_path: Path) -> None:
    path = tmp_path / "a.xml.gz"
    path.write_bytes(gzip.compress(b'<net><edge id="a"/></net>'))
    assert [r.tag for r in stream(path, "net")] == ["net", "edge"]
    path.write_bytes(gzip.compress(b'<net><edge id="a"/></net>' * 100)[:-30])
    with pytest.raises(FormatError, match=r"gzip|line"):
        list(stream(path, "net"))


def test_many_elements_do_not_pile_up(tmp_path: Path) -> None:
    path = write(tmp_path, "<net>" + '<edge id="a"/>' * 5000 + "</net>")
    assert sum(1 for _ in stream(path, "net")) == 5001


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<routes/>", r"<routes>: another root element; expected <net>"),
        ("<net><edge></net>", r"line 1: .*; expected XML with root <net>"),
        ("", r"line 1: no element found"),
    ],
)
def test_not_a_network(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        list(stream(write(tmp_path, text), "net"))
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(stream(tmp_path / "none.xml", "net"))


@pytest.mark.parametrize(
    ("word", "seconds"),
    [("12", 12.0), ("-1.5", -1.5), ("00:01:30", 90.0), ("1:00:00.5", 3600.5), ("2:03:04:05", 183845.0)],
)
def test_times(word: str, seconds: float) -> None:
    assert row(depart=word).seconds("depart") == seconds


@pytest.mark.parametrize("word", ["", "x", "1:2", "1:x:3", "nan", "inf", "1:2:3:4:5"])
def test_no_times(word: str) -> None:
    with pytest.raises(FormatError, match=r'a\.xml: <edge id="e">: depart='):
        row(depart=word).seconds("depart")


def test_numbers() -> None:
    assert row(speed="1e1").number("speed") == 10.0
    assert row().number("speed", 3.0) == 3.0
    assert row(n="4").integer("n") == 4
    with pytest.raises(FormatError, match=re.escape('no attribute "speed"; expected the attribute "speed"')):
        row().number("speed")
    with pytest.raises(FormatError, match="a finite number >= 0"):
        row(speed="-1").number("speed", minimum=0.0)
    for word in ("-1", "1.5", "²", ""):
        with pytest.raises(FormatError, match="an integer >= 0"):
            row(n=word).integer("n")


def test_shapes_may_have_heights() -> None:
    assert row(shape="1,2 3,4,5").points("shape") == [(1.0, 2.0), (3.0, 4.0)]
    assert row().points("shape") == []
    for word in ("1", "1,x", "1,2,3,4"):
        with pytest.raises(FormatError):
            row(shape=word).points("shape")


@pytest.mark.parametrize(("word", "expected"), [("1", True), ("true", True), ("0", False), ("False", False)])
def test_flags(word: str, expected: bool) -> None:
    assert row(keepClear=word).flag("keepClear", not expected) is expected
