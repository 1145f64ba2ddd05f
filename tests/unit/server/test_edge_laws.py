"""The edge, further: tags are compared as the standard says, bodies end at their limit, what is refused is named."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from citybrain.city.generate.city import generate_city
from citybrain.errors import InputError
from citybrain.records.truth import Moving
from citybrain.server import page
from citybrain.server.edge import answer, body_of, decoded, iso, numbers, parse_time, tag_of, unchanged
from citybrain.server.ground import Ground
from citybrain.server.problems import ApiError
from citybrain.worlds.screen import Screen

CITY, _ = generate_city(4)
GROUND = Ground(CITY)


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw})


# ---- times and numbers ----


@pytest.mark.parametrize(
    ("at_s", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (0.0004, "1970-01-01T00:00:00Z"),
        (0.0006, "1970-01-01T00:00:00.001Z"),
        (59.9996, "1970-01-01T00:01:00Z"),
        (951_782_400.0, "2000-02-29T00:00:00Z"),
        (253_402_300_799.0, "9999-12-31T23:59:59Z"),
        (253_402_300_799.5, None),
    ],
)
def test_a_time_is_rounded_to_a_thousandth_and_carries(at_s: float, text: str | None) -> None:
    assert iso(at_s) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9999-12-31T23:59:59-01:00", "expected 1970 to 9999"),
        ("1970-01-01T00:00:00+00:01", "expected 1970 to 9999"),
        ("0001-01-01T00:00:00+23:59", "expected 1970 to 9999"),
        ("-0.001", "expected 1970 to 9999"),
        ("2026-02-29T00:00:00Z", "expected ISO 8601 with zone"),
        ("2026-05-01T07:30:00", "expected ISO 8601 with zone"),
        ("2026-05-01T25:30:00Z", "expected ISO 8601 with zone"),
    ],
)
def test_a_time_is_refused_for_its_reason(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        parse_time(text)
    assert repr(text) in str(told.value)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32)), st.integers(0, 6))
def test_numbers_are_rounded_and_only_the_unknown_is_null(values: list[float], decimals: int) -> None:
    told = json.loads(answer(numbers(np.array(values, np.float32), decimals)).body)
    assert [one is None for one in told] == [math.isnan(value) for value in values]
    assert all(one is None or abs(one - v) <= 0.5001 * 10.0**-decimals + abs(v) * 1e-12 for one, v in zip(told, values))  # noqa: B905


@pytest.mark.parametrize(("cache_s", "kept"), [(0, "no-store"), (1, "public, max-age=1"), (300, "public, max-age=300")])
def test_an_answer_says_how_long_it_may_be_kept(cache_s: int, kept: str) -> None:
    found = answer({"a": 1}, cache_s, 201)
    assert (found.status_code, found.headers["cache-control"], found.body) == (201, kept, b'{"a":1}')


# ---- tags, bodies ----


@pytest.mark.parametrize(
    ("given_tags", "same"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ('"b",W/"a" ', True),
        (" * ", True),
        ('"b"', False),
        ("a", False),
        ('"A"', False),
        ('w/"a"', False),
        ('"a', False),
        ("", False),
        ('"b", *', False),
    ],
)
def test_tags_are_compared_whole(given_tags: str, same: bool) -> None:
    assert unchanged(request(if_none_match=given_tags), '"a"') is same


def test_without_a_tag_nothing_is_known() -> None:
    assert not unchanged(request(), '"a"')
    assert tag_of(b"a") == tag_of(b"a") != tag_of(b"b")
    assert tag_of(b"")[0] == tag_of(b"")[-1] == '"'


def read(parts: list[bytes], most: int) -> tuple[bytes, int]:
    """The body and how many parts were taken of the stream."""
    taken = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal taken
        for part in parts:
            taken += 1
            yield part

    body = asyncio.run(body_of(SimpleNamespace(stream=stream), most))  # type: ignore[arg-type]
    return body, taken


def test_a_body_as_long_as_its_limit_is_read() -> None:
    assert read([b"ab", b"", b"cd"], 4) == (b"abcd", 3)
    assert read([], 0) == (b"", 0)


def test_a_body_is_read_no_further_than_its_limit() -> None:
    def endless() -> list[bytes]:
        return [b"x" * 10] * 1000

    with pytest.raises(ApiError, match="larger than 25 bytes") as told:
        read(endless(), 25)
    assert (told.value.status, told.value.code) == (413, "too_large")


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    signal: str
    stage: int = 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"signal": 3}', r"\$\.signal"),
        (b'{"signal": "a", "stage": "1"}', r"\$\.stage"),
        (b'{"signal": "a", "stage": 1.5}', r"\$\.stage"),
        (b'{"signal": "a", "more": 1}', "more"),
        (b"{}", "signal"),
        (b"[]", "object"),
        (b"", "body: "),
        (b'{"signal": "\xff"}', "body: "),
        (b"[" * 100_000, "body: "),
    ],
)
def test_a_body_is_refused_with_the_field_named(body: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        decoded(body, Wish)


def test_a_body_that_is_too_deep_is_refused_and_a_good_one_is_read() -> None:
    with pytest.raises(InputError, match="body: "):
        decoded(b"[" * 100_000, Any)  # type: ignore[arg-type]
    assert decoded(b'{"signal": "a", "stage": 2}', Wish) == Wish("a", 2)


# ---- files of the page ----


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(b"<p>page")
    (folder / "assets" / "a.js").write_bytes(b"let a = 1;" * 50)
    (folder / "assets" / "a.js.map").write_bytes(b"{}")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    monkeypatch.setattr(page, "STATIC", folder)
    return folder


def test_only_what_is_in_the_bundle_and_of_a_known_kind_is_sent(bundle: Path) -> None:
    assert set(page.files()) == {"index.html", "assets/a.js"}
    for name in (
        "assets/a.js.map",
        "assets/../../secret.txt",
        "../secret.txt",
        "assets",
        "",
        str(bundle / "index.html"),
    ):
        with pytest.raises(ApiError, match="npm run build") as told:
            page.sent(request(), name, page.FOREVER)
        assert told.value.status == 404


def test_a_file_that_was_built_anew_is_sent_anew(bundle: Path) -> None:
    first = page.sent(request(), "index.html", page.ASK_AGAIN)
    tag = first.headers["etag"]
    assert page.sent(request(if_none_match=tag), "index.html", page.ASK_AGAIN).status_code == 304
    changed = bundle / "index.html"
    changed.write_bytes(b"<p>other")
    again = page.sent(request(if_none_match=tag), "index.html", page.ASK_AGAIN)
    assert (again.status_code, again.body) == (200, b"<p>other")


# ---- vehicles on the ground, and the screen ----


def seen(lane: list[int], movement: list[int], position_m: list[float]) -> Moving:
    n = len(lane)
    rows = np.array(lane, np.int32), np.array(movement, np.int32), np.array(position_m, np.float32)
    return Moving(0.0, np.arange(n, dtype=np.int32), *rows, np.zeros(n, np.float32), np.zeros(n, np.uint16))


def test_places_beyond_a_lane_are_its_ends_and_directions_are_unit_vectors() -> None:
    n = CITY.lanes.link.size
    each = np.arange(n)
    for beyond, end in ((-3.0, 0.0), (4.0, 1.0)):
        np.testing.assert_array_equal(GROUND.on_lanes(each, np.full(n, beyond)), GROUND.on_lanes(each, np.full(n, end)))
    for share in (0.0, 0.3, 1.0):
        np.testing.assert_allclose(np.hypot(*GROUND.on_lanes(each, np.full(n, share))[2:]), 1.0, atol=1e-9)


def test_each_vehicle_is_where_it_would_be_alone() -> None:
    """Lanes and movements are placed in two heaps: nobody gets another one's place."""
    crowd = seen([3, -1, 0, -1, 5], [-1, 2, -1, 0, -1], [4.0, 1.0, 9.0, 2.0, 0.0])
    together = GROUND.vehicles(crowd)
    for k in range(5):
        rows = {f: getattr(crowd, f)[k : k + 1] for f in ("vehicle", "lane", "movement", "position_m")}
        np.testing.assert_allclose(together[:, k], GROUND.vehicles(replace(crowd, **rows))[:, 0], atol=1e-12)
    assert GROUND.vehicles(seen([], [], [])).shape == (4, 0)


def test_a_picture_is_taken_only_while_somebody_looks() -> None:
    screen, taken = Screen(), list[Moving]()

    def moving() -> Moving:
        taken.append(seen([], [], []))
        return taken[-1]

    screen.wanted = 1
    screen.take()
    assert screen.newest is None, "there is nothing to see yet"
    screen.turn_on(SimpleNamespace(moving=moving))
    for wanted, n in ((0, 0), (1, 1), (3, 2), (0, 2), (-1, 2)):
        screen.wanted = wanted
        screen.take()
        assert len(taken) == n
    assert screen.newest is taken[-1]
