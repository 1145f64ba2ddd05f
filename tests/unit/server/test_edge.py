"""The edge: times and numbers as the world writes them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.errors import InputError
from citybrain.server.edge import encoded, iso, numbers, parse_time, qualities


@given(st.floats(0.0, 253_402_300_799.0))
def test_a_time_comes_back(at_s: float) -> None:
    told = iso(at_s)
    assert told is not None
    assert told.endswith("Z")
    assert parse_time(told) == pytest.approx(at_s, abs=6e-4)


@pytest.mark.parametrize("at_s", [math.nan, math.inf, -math.inf, -1.0, 1e15])
def test_a_time_that_is_none_is_null(at_s: float) -> None:
    assert iso(at_s) is None


@pytest.mark.parametrize(
    ("text", "at_s"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T01:00:10+01:00", 10.0),
        ("1970-01-01T01:00:10 01:00", 10.0),
        ("1970-01-01T00:00:10.250Z", 10.25),
        ("10.5", 10.5),
        ("1e3", 1000.0),
    ],
)
def test_times_are_read(text: str, at_s: float) -> None:
    assert parse_time(text) == at_s


@pytest.mark.parametrize(
    "text", ["", "now", "1970-01-01", "1970-01-01T00:00:10", "nan", "inf", "-1", "1e400", "9" * 40]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="time"):
        parse_time(text)


def test_what_is_unknown_is_null() -> None:
    assert numbers(np.array([1.5, np.nan], np.float32)) == [1.5, None]
    assert encoded({"a": math.nan, "b": math.inf}) == b'{"a":null,"b":null}'
    assert qualities(np.arange(5, dtype=np.uint8)) == ["measured", "estimated", "forecast", "stale", "unknown"]
