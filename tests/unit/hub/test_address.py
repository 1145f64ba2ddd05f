"""Addresses: valid or refused with what was expected; patterns select exactly what they say, fast."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.errors import InputError
from citybrain.hub.address import (
    PATTERN_MAX,
    RESERVED,
    address_of,
    area_slugs,
    checked_address,
    compiled_pattern,
    slug,
)


@pytest.mark.parametrize("text", ["c/all/in_transit", "hangzhou-4x4/links/speed", "0/1/2.3", f"{'a' * 64}/b/c"])
def test_an_address_is_its_own(text: str) -> None:
    assert checked_address(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "a", "a/b", "a/b/c/d", "A/b/c", "a//c", "a/b/c ", "../b/c", "a/b/_c", "ä/b/c", f"{'a' * 65}/b/c", "a/b/c\n"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected city/area/name"):
        checked_address(text)


@given(st.text(max_size=100))
def test_any_text_has_a_slug(text: str) -> None:
    assert checked_address(f"c/{slug(text)}/x")


@given(st.lists(st.text(max_size=70), max_size=20))
def test_areas_have_addresses_of_their_own(ids: list[str]) -> None:
    found = area_slugs([*ids, "links", "ALL", "a" * 70, "a" * 71])
    assert len(set(found)) == len(found)
    assert not RESERVED & set(found)
    assert all(address_of("c", area, "x") for area in found)


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("*", ["c/all/a", "c/all/ab", "c/d1/a", "x/all/a"]),
        ("c/all/a", ["c/all/a"]),
        ("c/*/a", ["c/all/a", "c/d1/a"]),
        ("*/all/*b", ["c/all/ab"]),
        ("*/*/*", ["c/all/a", "c/all/ab", "c/d1/a", "x/all/a"]),
        ("c/d*/a, x/all/a", ["c/d1/a", "x/all/a"]),
        ("c/all/.", []),
    ],
)
def test_a_pattern_selects(pattern: str, chosen: list[str]) -> None:
    every = ["c/all/a", "c/all/ab", "c/d1/a", "x/all/a"]
    fits = compiled_pattern(pattern)
    assert [address for address in every if fits.fullmatch(address)] == chosen


@pytest.mark.parametrize("pattern", ["", "**", "a/b", "a/b/***", "a/(b/c", "a/b/C", "a/b/c,", "x" * (PATTERN_MAX + 1)])
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="pattern"):
        compiled_pattern(pattern)


def test_no_pattern_is_slow() -> None:
    """The worst: every star tries every place, over all addresses of the longest kind."""
    worst = compiled_pattern(",".join(["*a*/*a*/*ab"] * 90)[: PATTERN_MAX - 5].rsplit(",", 1)[0])
    address = "/".join(["a" * 64] * 3)
    assert worst.fullmatch(address) is None
    assert isinstance(worst, re.Pattern)
