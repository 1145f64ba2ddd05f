"""Reading source files: whatever is wrong with one is a single line that names file, place and expectation."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.city.source import Element, Lines, read_json, read_text
from citybrain.errors import FormatError, InputError


def test_text_is_the_same_plain_packed_and_with_a_byte_order_mark(tmp_path: Path) -> None:
    raw = "père\n".encode()
    (tmp_path / "a").write_bytes(raw)
    (tmp_path / "b").write_bytes(gzip.compress(raw))
    (tmp_path / "c").write_bytes(b"\xef\xbb\xbf" + raw)
    assert {read_text(tmp_path / name) for name in "abc"} == {"père\n"}


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path / "none")


@pytest.mark.parametrize("keep", [3, 10, 15, -9, -1])
def test_truncated_gzip_is_a_format_error(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"some text that is long enough")[:keep])
    with pytest.raises(FormatError, match="gzip") as caught:
        read_text(path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_a_format_error(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"abc\xff\xfe")
    with pytest.raises(FormatError, match="byte 3"):
        read_json(path)


@pytest.mark.parametrize("text", ["", "{", "[1,", "{'a': 1}", "[" * 100_000])
def test_bad_json_is_a_format_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_json(path)
    assert "\n" not in str(caught.value)


def root(value: object) -> Element:
    return Element("f.json", "root", value)


@pytest.mark.parametrize("value", [None, "1", True, [], {}, math.nan, math.inf, -1.0, 1e13, 10**400])
def test_a_number_is_finite_and_not_below_its_minimum(value: object) -> None:
    with pytest.raises(FormatError, match=r"^f\.json: root\.a: .*; expected a .*number"):
        root({"a": value}).number("a", 0.0)


@pytest.mark.parametrize("value", [None, 1.0, True, -1, 3, "0"])
def test_an_integer_is_in_its_range(value: object) -> None:
    with pytest.raises(FormatError, match=r"expected an integer in 0\.\.2"):
        root({"a": value}).integer("a", 3)


@pytest.mark.parametrize(
    ("value", "message"),
    [([], "list; expected an object"), ({}, 'no "a"'), ({"a": 3}, "3; expected a string"), (None, "NoneType")],
)
def test_text_needs_an_object_with_a_string(value: object, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        root(value).text("a")


def test_elements_know_where_they_stand() -> None:
    inner = root({"roads": [{"id": 1}, {"id": "r", "p": {"x": 1, "y": 2.5}}]}).items("roads")
    assert [element.where for element in inner] == ["root.roads[0]", "root.roads[1]"]
    assert inner[1].text("id") == "r"
    assert inner[1].get("p").point() == (1.0, 2.5)
    assert inner[1].has("p")
    assert not inner[1].has("q")
    with pytest.raises(FormatError, match=r"root\.roads\[0\]\.id: 1"):
        inner[0].text("id")
    with pytest.raises(FormatError, match="expected a list"):
        inner[1].items("id")


def test_long_values_are_shortened_in_messages() -> None:
    with pytest.raises(FormatError) as caught:
        root({"a": "x" * 500}).number("a")
    assert len(str(caught.value)) < 120


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_access_gives_a_value_of_its_type_or_a_format_error(value: object) -> None:
    for read, kind in ((Element.number, float), (Element.text, str), (Element.items, list)):
        answer, complaint = None, ""
        try:
            answer = read(root({"k": value}), "k")
        except FormatError as error:
            complaint = str(error)
        assert isinstance(answer, kind) or complaint
        assert "\n" not in complaint


def lines(tmp_path: Path, text: str) -> Lines:
    path = tmp_path / "a.txt"
    path.write_text(text)
    return Lines(path)


def test_lines_skip_blanks_and_count_from_one(tmp_path: Path) -> None:
    rows = lines(tmp_path, "2\n\n  \na b\n1.5 x\nlast")
    assert rows.count("rows") == 2
    assert rows.words(2, "two words") == ["a", "b"]
    assert rows.number == 4
    assert rows.real(rows.words(-1, "any")[0], "x") == 1.5
    assert rows.rest() == 1


def test_lines_complain_with_their_number(tmp_path: Path) -> None:
    rows = lines(tmp_path, "1\na b\n")
    rows.count("rows")
    with pytest.raises(FormatError, match="line 2: 2 words; expected 3: three"):
        rows.words(3, "three")
    with pytest.raises(FormatError, match="line 2: 'x'; expected an integer"):
        rows.integer("x", "lanes")
    with pytest.raises(FormatError, match="line 2: 0; expected an integer >= 1"):
        rows.integer("0", "lanes", 1)
    for word in ("nan", "inf", "-1", "x"):
        with pytest.raises(FormatError, match="line 2"):
            rows.real(word, "length", 0.0)
    with pytest.raises(FormatError, match="end of file: nothing after line 2; expected more"):
        rows.words(1, "more")
