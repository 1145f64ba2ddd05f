"""Laws of encoding: what goes into a page comes out again, and no text ends its block early."""

from __future__ import annotations

import base64
import html
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citybrain.report.encode import data, floats, integers, text


@given(st.lists(st.floats(width=32), max_size=20))
def test_floats_come_back(values: list[float]) -> None:
    found = np.frombuffer(base64.b64decode(floats(np.array(values))), "<f4")
    np.testing.assert_array_equal(found, np.array(values, np.float32))


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20))
def test_integers_come_back(values: list[int]) -> None:
    assert np.frombuffer(base64.b64decode(integers(np.array(values, np.int64))), "<i4").tolist() == values


@given(st.text())
def test_text_comes_back_and_holds_no_markup(value: str) -> None:
    assert html.unescape(text(value)) == html.unescape(html.escape(value))
    assert not set(text(value)) & set("<>\"'")


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.just("</script>")))
def test_data_comes_back_from_one_block(value: dict[str, object]) -> None:
    block = data("x", value)
    assert block.count("</") == 1
    assert json.loads(block[block.index(">") + 1 : block.rindex("</")]) == value
