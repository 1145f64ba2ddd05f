"""Believing a row or not: every limit holds to the last digit, and no row's fate depends on its neighbours."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from benchmarks._wire import JSON, NDJSON, NOW_S, Row, Sender, body, context_of, small_city
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import decode
from citybrain.ingest.reject import Reason
from citybrain.ingest.schema import LONG_TEXT, SCHEMA, Field, Form
from citybrain.records.observations import columns
from citybrain.settings import Settings

CITY = small_city()
CONTEXT = context_of(CITY)
SENDER = Sender(CITY, seed=1)
LIMITS = Settings()
NUMBERS = [(kind, f) for kind in Kind for f in SCHEMA[kind] if f.form.numeric]
TEXTS = [(kind, f) for kind in Kind for f in SCHEMA[kind] if f.form in (Form.TEXT, Form.PLATE, Form.DEVICE)]
NAMES = [(k, f) for k in Kind for f in SCHEMA[k] if f.form in (Form.SENSOR, Form.GROUP, Form.LINK, Form.CHOICE)]
UNKNOWN = {
    Form.SENSOR: "unknown_sensor",
    Form.GROUP: "unknown_group",
    Form.LINK: "unknown_movement",
    Form.CHOICE: "not_a_choice",
}


def named(pairs: list[tuple[Kind, Field]]) -> Any:
    return pytest.mark.parametrize(("kind", "field"), pairs, ids=[f"{kind}-{f.name}" for kind, f in pairs])


def a_row(kind: Kind) -> Row:
    return dict(SENDER.rows(kind, 1)[0])


def verdict(kind: Kind, row: Row, limits: Settings | None = None) -> str:
    """The reason for which a row is refused, "" when it is believed."""
    context = CONTEXT if limits is None else context_of(CITY, limits)
    admission, _ = decode("test", kind, JSON, json.dumps([row]).encode(), NOW_S, context)
    assert admission.accepted + admission.quarantined == 1
    return "" if admission.accepted else str(admission.rejects[0].reason)


@named(NUMBERS)
def test_a_number_may_be_as_large_and_as_small_as_is_said_and_no_more(kind: Kind, field: Field) -> None:
    """At the bounds a row is never out of range (it may be refused for another reason: far outside the city)."""
    whole = field.form is Form.WHOLE
    below, above = (
        (field.low - 1, field.high + 1)
        if whole
        else (math.nextafter(field.low, -math.inf), math.nextafter(field.high, math.inf))
    )
    inside = [verdict(kind, a_row(kind) | {field.name: value}) for value in (field.low, field.high)]
    outside = [verdict(kind, a_row(kind) | {field.name: value}) for value in (below, above)]
    assert "out_of_range" not in inside
    assert outside == ["out_of_range"] * 2


@named([(kind, f) for kind, f in NUMBERS if f.form is Form.WHOLE])
def test_half_of_a_whole_number_is_none(kind: Kind, field: Field) -> None:
    assert verdict(kind, a_row(kind) | {field.name: field.low + 0.5}) == "wrong_type"
    assert verdict(kind, a_row(kind) | {field.name: float(field.low)}) in ("", "unknown_lane", "contradiction"), (
        "1.0 is whole"
    )


@named(TEXTS)
def test_a_text_may_be_as_long_as_is_said_in_bytes(kind: Kind, field: Field) -> None:
    limits = replace(LIMITS, text_bytes_max=300)
    high = 300 if field.name == LONG_TEXT else int(field.high)
    for letter in ("x", "ß", "浙"):
        size = len(letter.encode())
        fits = letter * (high // size) + "y" * (high % size)
        assert len(fits.encode()) == high
        assert verdict(kind, a_row(kind) | {field.name: fits}, limits) == ""
        assert verdict(kind, a_row(kind) | {field.name: fits + "z"}, limits) == "too_long"


@named(TEXTS)
def test_a_text_that_must_be_there_is_not_empty(kind: Kind, field: Field) -> None:
    expected = "missing" if field.required else ""
    assert verdict(kind, a_row(kind) | {field.name: ""}) == expected
    assert verdict(kind, a_row(kind) | {field.name: None}) == expected


@named(TEXTS)
def test_control_characters_stand_in_no_text_and_line_breaks_in_one(kind: Kind, field: Field) -> None:
    for code in (0x00, 0x07, 0x1F, 0x7F):
        assert verdict(kind, a_row(kind) | {field.name: f"ab{chr(code)}c1"}) == "bad_text"
    breaks = "" if field.name == LONG_TEXT else "bad_text"
    for code in (0x09, 0x0A, 0x0D):
        assert verdict(kind, a_row(kind) | {field.name: f"ab{chr(code)}c1"}) == breaks


@named(NAMES)
def test_a_name_that_nobody_has_is_refused_as_that(kind: Kind, field: Field) -> None:
    for name in ("nobody", "", "x" * 500, "浙"):
        assert verdict(kind, a_row(kind) | {field.name: name}) == UNKNOWN[field.form]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_field_is_needed_or_not_as_the_schema_says(kind: Kind) -> None:
    for field in SCHEMA[kind]:
        row = a_row(kind)
        row.pop(field.name, None)
        if field.name in ("lon", "lat", "x_m", "y_m"):
            continue
        found = verdict(kind, row)
        assert found == ("missing" if field.required else ""), field.name


@pytest.mark.parametrize("kind", list(Kind))
def test_every_field_refuses_what_is_of_another_type(kind: Kind) -> None:
    for field in SCHEMA[kind]:
        numeric = field.form.numeric
        for value in (True, [], {}, "1" if numeric else 1):
            if field.form is Form.TIME and value == 1 and not isinstance(value, bool):
                continue
            assert verdict(kind, a_row(kind) | {field.name: value}) == "wrong_type", (field.name, value)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_moment_may_be_as_old_and_as_far_ahead_as_is_said(kind: Kind) -> None:
    oldest, newest = NOW_S - LIMITS.observation_age_max_s, NOW_S + LIMITS.observation_ahead_max_s
    for at_s, reason in (
        (newest, ""),
        (math.nextafter(newest, math.inf), "in_the_future"),
        (math.nextafter(oldest, 0.0), "too_old"),
        (NOW_S * 1000.0, "in_the_future"),  # milliseconds
        (-1e300, "too_old"),
    ):
        assert verdict(kind, a_row(kind) | {"time": at_s}) == reason
    early = context_of(CITY)
    assert early.keys.first_day <= oldest / 86_400
    assert verdict(kind, a_row(kind) | {"time": oldest}) == ""


def test_a_position_is_two_numbers_of_one_kind() -> None:
    x_m, y_m = float(CITY.nodes.x_m[0]), float(CITY.nodes.y_m[0])
    base = {name: value for name, value in a_row(Kind.PROBE).items() if name not in ("lon", "lat", "x_m", "y_m")}
    every = {"lon": 13.0, "lat": 52.0, "x_m": x_m, "y_m": y_m}
    for chosen in range(16):
        given = {name: every[name] for bit, name in enumerate(every) if chosen >> bit & 1}
        found = verdict(Kind.PROBE, base | given)
        if set(given) == {"x_m", "y_m"}:
            assert found == ""
        elif set(given) == {"lon", "lat"}:
            assert found in ("no_projection", "outside_city")
        else:
            assert found == "no_position", given


@pytest.mark.parametrize("margin_m", [0, 250])
def test_a_position_may_be_as_far_outside_as_is_said(margin_m: int) -> None:
    limits = replace(LIMITS, position_margin_m=margin_m)
    x, y = CITY.nodes.x_m, CITY.nodes.y_m
    corners = [
        (x.min() - margin_m, y.min() - margin_m, -math.inf),
        (x.max() + margin_m, y.max() + margin_m, math.inf),
    ]
    base = {name: value for name, value in a_row(Kind.PROBE).items() if name not in ("lon", "lat")}
    for west_m, south_m, away in corners:
        x_m, y_m = float(west_m), float(south_m)
        assert verdict(Kind.PROBE, base | {"x_m": x_m, "y_m": y_m}, limits) == ""
        assert verdict(Kind.PROBE, base | {"x_m": math.nextafter(x_m, away), "y_m": y_m}, limits) == "outside_city"
        assert verdict(Kind.PROBE, base | {"x_m": x_m, "y_m": math.nextafter(y_m, away)}, limits) == "outside_city"


def test_a_passage_leads_where_its_lane_leads() -> None:
    """Every sensor, every lane number, every link: what is believed is exactly what the movements say."""
    moves, lanes, links = CITY.movements, CITY.lanes, CITY.links
    ways = {(int(a), int(lanes.link[b])) for a, b in zip(moves.from_lane, moves.to_lane, strict=True)}
    rows, expected = [], []
    base = {name: value for name, value in a_row(Kind.PASSAGE).items() if name != "to_link"}
    for sensor, own in enumerate(CITY.sensors.lane.tolist()):
        link = int(lanes.link[own])
        for number in (None, *range(int(links.n_lanes[link]) + 1)):
            lane = own if number is None else int(links.first_lane[link]) + number
            for to in (None, *range(len(links.link_id))):
                rows.append(
                    base
                    | {"sensor": CITY.sensors.sensor_id[sensor], "lane": number}
                    | ({} if to is None else {"to_link": links.link_id[to]})
                )
                there = number is None or number < links.n_lanes[link]
                led = to is None or (lane, to) in ways
                expected.append("unknown_lane" if not there else "" if led else "unknown_movement")
    limits = replace(LIMITS, rejects_max=10**6)
    admission, _ = decode("test", Kind.PASSAGE, NDJSON, body(rows, NDJSON), NOW_S, context_of(CITY, limits))
    found = [""] * len(rows)
    for reject in admission.rejects:
        found[reject.row] = str(reject.reason)
    assert found == expected
    assert {"", "unknown_lane", "unknown_movement"} == set(expected)
    led = admission.table.movement >= 0
    np.testing.assert_array_equal(moves.from_lane[admission.table.movement[led]], admission.table.lane[led])


ODD: list[Any] = [
    *(None, True, "", "x", "nobody", 0, -1, 1, 2.5, 64, 1e9, -1e300, [], {}, [1], "2026-01-01T00:00:00Z", "AB 12"),
    *("\u0000", "x" * 200, "car", "red", "measured", NOW_S, NOW_S - 5.0, str(NOW_S)),
]


@st.composite
def bent_rows(draw: st.DrawFn) -> tuple[Kind, list[Row]]:
    """Good rows with some fields bent, missing, or of no such name."""
    kind = draw(st.sampled_from(list(Kind)))
    rows = [dict(row) for row in SENDER.rows(kind, draw(st.integers(2, 8)))]
    names = [field.name for field in SCHEMA[kind]] + ["colour?"]
    for row in rows:
        for name in draw(st.lists(st.sampled_from(names), max_size=2)):
            row[name] = draw(st.sampled_from(ODD))
        if draw(st.booleans()):
            row.pop(draw(st.sampled_from(names)), None)
    return kind, rows


@settings(max_examples=150, deadline=None)
@given(bent_rows(), st.sampled_from([JSON, NDJSON]))
def test_a_rows_fate_is_its_own(given_rows: tuple[Kind, list[Row]], content_type: str) -> None:
    """A row is refused in company for the reason for which it is refused alone, and else becomes the same record."""
    kind, rows = given_rows
    together, _ = decode("test", kind, content_type, body(rows, content_type), NOW_S, CONTEXT)
    alone = [decode("test", kind, content_type, body([row], content_type), NOW_S, CONTEXT)[0] for row in rows]
    refused = {reject.row: (reject.reason, reject.field) for reject in together.rejects}
    for k, one in enumerate(alone):
        assert [(reject.reason, reject.field) for reject in one.rejects] == ([refused[k]] if k in refused else [])
    for at, column in enumerate(columns(together.table)):
        parts = [columns(one.table)[at] for one in alone]
        np.testing.assert_array_equal(column, np.concatenate(parts))


def test_the_first_key_day_bounds_what_can_be_hashed() -> None:
    """A row of a day whose key is gone is refused, the first moment of the next day is not."""
    context = context_of(CITY)
    day = int(NOW_S // 86_400)
    context.keys.destroy_before(day)
    begin_s = day * 86_400.0
    for at_s, reason in ((begin_s, None), (math.nextafter(begin_s, 0.0), Reason.TOO_OLD)):
        row = a_row(Kind.PASSAGE) | {"time": at_s}
        admission, _ = decode("test", Kind.PASSAGE, JSON, json.dumps([row]).encode(), NOW_S, context)
        assert [reject.reason for reject in admission.rejects] == ([] if reason is None else [reason])
