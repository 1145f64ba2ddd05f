"""From bytes to records: every field of every kind, by every format; every refusal with its reason."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from benchmarks._wire import ARROW_FILE, ARROW_STREAM, JSON, NDJSON, NOW_S, Row, Sender, body, context_of, small_city

from citybrain.city.model import Colour, VehicleClass
from citybrain.ingest.codec import encode
from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import Intake, decode
from citybrain.ingest.pseudonym import DayKeys
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.schema import FORMATS, SCHEMA
from citybrain.records.observations import Quality, columns
from citybrain.settings import Settings

CITY = small_city()
CONTEXT = context_of(CITY)
SENDER = Sender(CITY, seed=1)


def admit(kind: Kind, rows: Any, content_type: str = JSON, **settings: int) -> tuple[Any, tuple[Reject, ...]]:
    context = context_of(CITY, replace(Settings(), **settings)) if settings else CONTEXT
    data = rows if isinstance(rows, bytes) else body(rows, content_type)
    admission, n = decode("test", kind, content_type, data, NOW_S, context)
    assert admission.rows == n == admission.accepted + admission.quarantined
    return admission.table, admission.rejects


def good(kind: Kind, **changes: Any) -> Row:
    row = SENDER.rows(kind, 1)[0] | changes
    return {name: value for name, value in row.items() if value is not ...}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("full", [True, False])
def test_all_formats_say_the_same(kind: Kind, full: bool) -> None:
    rows = Sender(CITY, 3, full).rows(kind, 50)
    forms = [
        body(rows, JSON),
        body(rows, NDJSON),
        *(body(rows, a, c) for a in (ARROW_STREAM, ARROW_FILE) for c in (0, 1)),
    ]
    types = (JSON, NDJSON, ARROW_STREAM, ARROW_STREAM, ARROW_FILE, ARROW_FILE)
    tables = []
    for data, content_type in zip(forms, types, strict=True):
        table, rejects = admit(kind, data, content_type)
        assert rejects == ()
        tables.append(encode(table))
    assert len(set(tables)) == 1


def test_a_passage_becomes_what_it_says() -> None:
    n_lanes = CITY.links.n_lanes[CITY.lanes.link[CITY.sensors.lane]]
    sensor = int(np.argmax(n_lanes))
    link, index = CITY.lanes.link[CITY.sensors.lane[sensor]], int(n_lanes[sensor]) - 1
    lane = int(CITY.links.first_lane[link]) + index
    movement = int(np.flatnonzero(CITY.movements.from_lane == lane)[0])
    to_link = CITY.links.link_id[CITY.lanes.link[CITY.movements.to_lane[movement]]]
    row = {"time": NOW_S - 2.5, "sensor": CITY.sensors.sensor_id[sensor], "plate": "浙A·12345", "lane": index}
    table, _ = admit(Kind.PASSAGE, [row | {"to_link": to_link, "vehicle_class": "bus", "quality": "estimated"}, row])
    assert table.time_s.tolist() == [NOW_S - 2.5] * 2
    assert table.received_s.tolist() == [NOW_S] * 2
    assert table.sensor.tolist() == [sensor] * 2
    assert table.lane.tolist() == [lane] * 2
    assert table.movement.tolist() == [movement, -1]
    assert table.vehicle_class.tolist() == [VehicleClass.BUS, VehicleClass.CAR]
    assert table.quality.tolist() == [Quality.ESTIMATED, Quality.MEASURED]
    assert table.plate[0] == table.plate[1] != 0
    own, _ = admit(Kind.PASSAGE, [{name: value for name, value in row.items() if name != "lane"}])
    assert own.lane.tolist() == [CITY.sensors.lane[sensor]]


def test_the_other_kinds_become_what_they_say() -> None:
    count, _ = admit(Kind.COUNT, [good(Kind.COUNT, interval_s=30, count=7, occupancy_frac=...)])
    assert (count.interval_s[0], count.count[0], np.isnan(count.occupancy_frac[0])) == (30, 7, True)
    signal, _ = admit(Kind.SIGNAL, [good(Kind.SIGNAL, colour="green"), good(Kind.SIGNAL, colour="red_yellow")])
    assert signal.colour.tolist() == [Colour.PROTECTED, Colour.RED_YELLOW]
    bus, _ = admit(Kind.TRANSIT, [good(Kind.TRANSIT, vehicle="B 7", line="线 1", delay_s=-30)])
    assert (bus.vehicle[0], bus.line[0], bus.delay_s[0]) == ("B 7", "线 1", -30.0)
    park, _ = admit(Kind.PARKING, [good(Kind.PARKING, free=3, capacity=9)])
    assert (park.free[0], park.capacity[0]) == (3, 9)
    report, _ = admit(Kind.REPORT, [good(Kind.REPORT, text="van AB-123-C\nin the way")])
    assert report.text[0] == "van […]\nin the way"
    weather, _ = admit(Kind.WEATHER, [good(Kind.WEATHER, rain_mmph=None)])
    assert np.isnan(weather.rain_mmph[0])


def test_longitude_and_latitude_come_to_the_city() -> None:
    earth_m = 6371000.0
    rows = [good(Kind.PROBE, x_m=..., y_m=..., lon=120.15 + 0.001, lat=30.25 + 0.001)]
    table, rejects = admit(Kind.PROBE, rows)
    assert rejects == ()
    assert table.y_m[0] == pytest.approx(earth_m * np.radians(0.001), abs=0.01)
    assert table.x_m[0] == pytest.approx(earth_m * np.radians(0.001) * np.cos(np.radians(30.25)), abs=0.01)


def test_times_come_as_text_or_number_or_both() -> None:
    rows = [good(Kind.COUNT, time=t) for t in ("2026-05-28T20:26:40Z", NOW_S, "2026-05-29T04:26:39.5+08:00")]
    for content_type in (JSON, NDJSON):
        table, rejects = admit(Kind.COUNT, rows, content_type)
        assert rejects == ()
        assert table.time_s.tolist() == [NOW_S, NOW_S, NOW_S - 0.5]
    table, _ = admit(Kind.COUNT, [rows[0], rows[2]], ARROW_STREAM)
    assert table.time_s.tolist() == [NOW_S, NOW_S - 0.5]


WRONG: list[tuple[Kind, dict[str, Any], Reason, str]] = [
    (Kind.COUNT, {"time": ...}, Reason.MISSING, "time"),
    (Kind.COUNT, {"time": None}, Reason.MISSING, "time"),
    (Kind.COUNT, {"time": "2026-05-28T20:26:40"}, Reason.MISSING_ZONE, "time"),
    (Kind.COUNT, {"time": "noon"}, Reason.BAD_TIME, "time"),
    (Kind.COUNT, {"time": True}, Reason.WRONG_TYPE, "time"),
    (Kind.COUNT, {"time": NOW_S * 1000}, Reason.IN_THE_FUTURE, "time"),
    (Kind.COUNT, {"time": NOW_S + 61}, Reason.IN_THE_FUTURE, "time"),
    (Kind.COUNT, {"time": NOW_S - 86_401}, Reason.TOO_OLD, "time"),
    (Kind.COUNT, {"sensor": "nowhere"}, Reason.UNKNOWN_SENSOR, "sensor"),
    (Kind.COUNT, {"sensor": 5}, Reason.WRONG_TYPE, "sensor"),
    (Kind.COUNT, {"count": -1}, Reason.OUT_OF_RANGE, "count"),
    (Kind.COUNT, {"count": 1.5}, Reason.WRONG_TYPE, "count"),
    (Kind.COUNT, {"count": "7"}, Reason.WRONG_TYPE, "count"),
    (Kind.COUNT, {"count": [7]}, Reason.WRONG_TYPE, "count"),
    (Kind.COUNT, {"interval_s": 0}, Reason.OUT_OF_RANGE, "interval_s"),
    (Kind.COUNT, {"occupancy_frac": 1.01}, Reason.OUT_OF_RANGE, "occupancy_frac"),
    (Kind.COUNT, {"quality": "perfect"}, Reason.NOT_A_CHOICE, "quality"),
    (Kind.COUNT, {"speed": 3}, Reason.UNKNOWN_FIELD, ""),
    (Kind.PASSAGE, {"plate": ""}, Reason.MISSING, "plate"),
    (Kind.PASSAGE, {"plate": "--"}, Reason.MISSING, "plate"),
    (Kind.PASSAGE, {"plate": "A" * 65}, Reason.TOO_LONG, "plate"),
    (Kind.PASSAGE, {"plate": "A\u0001"}, Reason.BAD_TEXT, "plate"),
    (Kind.PASSAGE, {"plate": "\ud800"}, Reason.BAD_TEXT, "plate"),
    (Kind.PASSAGE, {"plate": 12345}, Reason.WRONG_TYPE, "plate"),
    (Kind.PASSAGE, {"lane": 63}, Reason.UNKNOWN_LANE, "lane"),
    (Kind.PASSAGE, {"lane": 64}, Reason.OUT_OF_RANGE, "lane"),
    (Kind.PASSAGE, {"to_link": "nowhere"}, Reason.UNKNOWN_MOVEMENT, "to_link"),
    (Kind.PASSAGE, {"vehicle_class": "boat"}, Reason.NOT_A_CHOICE, "vehicle_class"),
    (Kind.PROBE, {"x_m": ...}, Reason.NO_POSITION, ""),
    (Kind.PROBE, {"lon": 120.15, "lat": 30.25}, Reason.NO_POSITION, ""),
    (Kind.PROBE, {"lon": 120.15}, Reason.NO_POSITION, ""),
    (Kind.PROBE, {"x_m": 1e7}, Reason.OUTSIDE_CITY, "x_m"),
    (Kind.PROBE, {"x_m": 1e9}, Reason.OUT_OF_RANGE, "x_m"),
    (Kind.PROBE, {"x_m": ..., "y_m": ..., "lon": 0.0, "lat": 0.0}, Reason.OUTSIDE_CITY, "lon"),
    (Kind.PROBE, {"device": None}, Reason.MISSING, "device"),
    (Kind.PROBE, {"speed_mps": 1e308}, Reason.OUT_OF_RANGE, "speed_mps"),
    (Kind.SIGNAL, {"group": "nowhere"}, Reason.UNKNOWN_GROUP, "group"),
    (Kind.SIGNAL, {"colour": "blue"}, Reason.NOT_A_CHOICE, "colour"),
    (Kind.TRANSIT, {"line": "a\nb"}, Reason.BAD_TEXT, "line"),
    (Kind.REPORT, {"text": "x" * 2001}, Reason.TOO_LONG, "text"),
    (Kind.REPORT, {"report": ""}, Reason.MISSING, "report"),
]


@pytest.mark.parametrize(("kind", "changes", "reason", "field"), WRONG)
@pytest.mark.parametrize("content_type", [JSON, NDJSON])
def test_a_wrong_row_is_refused_for_its_reason_and_costs_no_other(
    kind: Kind, changes: dict[str, Any], reason: Reason, field: str, content_type: str
) -> None:
    rows = [good(kind), good(kind, **changes), good(kind)]
    data = b"\n".join(json.dumps(row).encode() for row in rows) if content_type == NDJSON else json.dumps(rows).encode()
    table, rejects = admit(kind, data, content_type)
    assert table.time_s.size == 2
    assert [(r.reason, r.row, r.field, r.rows) for r in rejects] == [(reason, 1, field, 1)]


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize("content_type", [JSON, NDJSON])
def test_what_is_no_finite_number_is_refused(token: str, content_type: str) -> None:
    row = json.dumps(good(Kind.COUNT, count="#")).replace('"#"', token)
    fine = json.dumps(good(Kind.COUNT))
    data = f"{fine}\n{row}\n{fine}" if content_type == NDJSON else f"[{fine},{row},{fine}]"
    table, rejects = admit(Kind.COUNT, data.encode(), content_type)
    expected = Reason.NOT_FINITE
    assert (table.time_s.size, [r.reason for r in rejects]) == (2, [expected])


@pytest.mark.parametrize("twice", ['"count":7', '"count":8', '"time":1', '"quality":null', '"sensor":"x"'])
@pytest.mark.parametrize("content_type", [JSON, NDJSON])
def test_a_key_that_stands_twice_is_refused(twice: str, content_type: str) -> None:
    fine = json.dumps(good(Kind.COUNT, quality="measured"))
    row = f"{fine[:-1]},{twice}}}"
    data = f"{fine}\n{row}" if content_type == NDJSON else f"[{fine},{row}]"
    table, rejects = admit(Kind.COUNT, data.encode(), content_type)
    assert (table.time_s.size, [r.reason for r in rejects]) == (1, [Reason.DUPLICATE_KEY])


@pytest.mark.parametrize("depth", [32, 33, 5000])
def test_depth_is_limited(depth: int) -> None:
    row = json.dumps(good(Kind.COUNT, count="#")).replace('"#"', "[" * (depth - 1) + "]" * (depth - 1))
    table, rejects = admit(Kind.COUNT, f"{json.dumps(good(Kind.COUNT))}\n{row}".encode(), NDJSON)
    assert table.time_s.size == 1
    assert [r.reason for r in rejects] == [Reason.TOO_DEEP if depth > 32 else Reason.WRONG_TYPE]


def test_brackets_inside_texts_are_no_depth() -> None:
    table, rejects = admit(Kind.REPORT, [good(Kind.REPORT, text='\\"[' * 200)])
    assert (table.time_s.size, rejects) == (1, ())


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"a":1}}', b"\xef\xbb\xbf[]", b"nul", b"[1,]", b'{"a" 1}'])
def test_what_is_no_json_is_one_refused_row(data: bytes) -> None:
    _, rejects = admit(Kind.COUNT, data)
    assert [(r.reason, r.row) for r in rejects] == [(Reason.MALFORMED, -1)]


@pytest.mark.parametrize("data", [b"5", b'"row"', b"null", b"[5]", b'[["a"]]'])
def test_a_row_must_be_an_object(data: bytes) -> None:
    _, rejects = admit(Kind.COUNT, data)
    assert [(r.reason, r.row) for r in rejects] == [(Reason.NOT_AN_OBJECT, 0)]


def test_lines_are_rows() -> None:
    """Two objects on a line, or one over two lines, are no rows, even where their number is right."""
    fine = json.dumps(good(Kind.COUNT)).encode()
    table, rejects = admit(Kind.COUNT, fine + fine + b"\n" + fine[:-1] + b"\n}", NDJSON)
    assert (table.time_s.size, [r.reason for r in rejects]) == (0, [Reason.MALFORMED] * 3)
    for blank in (b"\n\n", b"\r\n", b"\n \t\n", b"\n"):
        table, rejects = admit(Kind.COUNT, blank.join([b"", fine, fine, b""]), NDJSON)
        assert (table.time_s.size, rejects) == (2, ())
    assert admit(Kind.COUNT, b"", NDJSON)[1] == ()


def test_one_bad_line_in_ten_thousand_costs_one_row() -> None:
    rows = SENDER.rows(Kind.PASSAGE, 10_000)
    lines = body(rows, NDJSON).split(b"\n")
    lines[7777] = b'{"time": 1'
    table, rejects = admit(Kind.PASSAGE, b"\n".join(lines), NDJSON)
    assert [(r.reason, r.row) for r in rejects] == [(Reason.MALFORMED, 7777)]
    whole, _ = admit(Kind.PASSAGE, rows, NDJSON)
    for one, other in zip(columns(table), columns(whole), strict=True):
        assert np.array_equal(one, np.delete(other, 7777), equal_nan=one.dtype.kind == "f")


def test_limits_of_a_message() -> None:
    rows = SENDER.rows(Kind.COUNT, 11)
    for content_type in FORMATS:
        table, rejects = admit(Kind.COUNT, rows, content_type, message_rows_max=10)
        assert (table.time_s.size, [(r.reason, r.rows) for r in rejects]) == (0, [(Reason.TOO_MANY_ROWS, 11)])
        _, rejects = admit(Kind.COUNT, rows[:10], content_type, message_rows_max=10)
        assert rejects == ()
    _, rejects = admit(Kind.COUNT, b" " * 1025, JSON, message_bytes_max=1024)
    assert [r.reason for r in rejects] == [Reason.TOO_MANY_BYTES]
    _, rejects = admit(Kind.COUNT, b"[]", "text/csv")
    assert [r.reason for r in rejects] == [Reason.UNKNOWN_FORMAT]
    assert admit(Kind.COUNT, b"[]", "Application/JSON; charset=utf-8")[1] == ()


def test_a_day_whose_key_is_destroyed_is_too_old() -> None:
    keys = DayKeys(bytes(32), int(NOW_S // 86_400))
    context = replace(CONTEXT, keys=keys)
    rows = [good(Kind.PASSAGE), good(Kind.PASSAGE, time=NOW_S - 80_000)]
    admission, _ = decode("test", Kind.PASSAGE, JSON, body(rows, JSON), NOW_S, context)
    assert (admission.accepted, [r.reason for r in admission.rejects]) == (1, [Reason.TOO_OLD])


def test_without_projection_there_is_no_longitude() -> None:
    flat = replace(CITY, meta=replace(CITY.meta, projection=""))
    rows = [good(Kind.PROBE, x_m=..., y_m=..., lon=120.15, lat=30.25), good(Kind.PROBE)]
    admission, _ = decode(
        "test", Kind.PROBE, JSON, body(rows, NDJSON).replace(b"\n", b",").join([b"[", b"]"]), NOW_S, context_of(flat)
    )
    assert (admission.accepted, [r.reason for r in admission.rejects]) == (1, [Reason.NO_PROJECTION])


def test_the_accounts_balance_and_hold_no_plate() -> None:
    intake = Intake(context_of(CITY, replace(Settings(), quarantine_examples_max=5, rejects_max=20)))
    rows = [good(Kind.PASSAGE, plate=f"QX{i:04d}", sensor="QX0007" if i % 2 else ...) for i in range(100)]
    for _ in range(3):
        admission = intake.admit("cams", Kind.PASSAGE, NDJSON, b"\n".join(json.dumps(r).encode() for r in rows), NOW_S)
        assert "QX" not in " ".join(map(str, admission.rejects))
    intake.turn_away("", Kind.COUNT, NOW_S, Reject(Reason.UNKNOWN_SOURCE, -1, "", "another", "a name"))
    account = intake.quarantine.account()
    assert (account.rows, account.accepted, account.quarantined) == (301, 0, 301)
    assert intake.quarantine.refused() == {
        ("cams", Kind.PASSAGE, Reason.UNKNOWN_SENSOR): 150,
        ("cams", Kind.PASSAGE, Reason.MISSING): 150,
        ("", Kind.COUNT, Reason.UNKNOWN_SOURCE): 1,
    }
    assert intake.quarantine.accepted() == {("cams", Kind.PASSAGE): 0, ("", Kind.COUNT): 0}
    examples = intake.quarantine.examples()
    assert len(examples) == 5
    assert "QX" not in repr(examples)


def test_every_field_of_the_schema_is_read() -> None:
    """A field that the schema announces and no decoder knows would be refused here, or change nothing."""
    for kind, fields in SCHEMA.items():
        full = {name for row in SENDER.rows(kind, 3) for name in row}
        optional = {f.name for f in fields} - full
        assert optional <= {"quality", "lon", "lat", "to_link"}, kind
        assert full <= {f.name for f in fields}
