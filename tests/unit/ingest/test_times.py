"""Times at the edge."""

from __future__ import annotations

from datetime import datetime

import pytest

from citybrain.ingest.reject import Reason
from citybrain.ingest.times import parse_time

SAME = (
    *("2026-05-28T20:26:40Z", "2026-05-29T04:26:40+08:00", "2026-05-28T20:26:40.000Z", "20260528T202640Z"),
    *("2026-05-28 20:26:40+00:00", "2026-05-28T15:26:40-0500", "2026-05-28T20:26:40.000000+00:00"),
)


@pytest.mark.parametrize("text", SAME)
def test_one_moment_in_many_forms(text: str) -> None:
    assert parse_time(text) == 1780000000.0


def test_parts_of_a_second_are_kept_to_the_microsecond() -> None:
    assert parse_time("1970-01-01T00:00:00.000001Z") == 1e-6
    found = parse_time("2026-05-28T20:26:40.123456Z")
    assert found == datetime.fromisoformat("2026-05-28T20:26:40.123456+00:00").timestamp()


@pytest.mark.parametrize(
    "text", ["2026-05-28T20:26:40", "20260528T202640", "2026-05-28 20:26", "2026-05-28T20:26:40.5"]
)
def test_a_time_without_zone_is_named(text: str) -> None:
    assert parse_time(text) is Reason.MISSING_ZONE


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026-05-28", "2026-W22-4", "20:26:40Z", "1780000000", "2026-13-01T00:00:00Z", "nan"),
        *(
            "2026-05-28T25:00:00Z",
            "9999-12-31T23:59:59-23:59x",
            "\ud800",
            "2026-05-28T20:26:40+99:00",
            "٢٠٢٦-05-28T20:26:40Z",
        ),
    ],
)
def test_what_is_no_time_is_named(text: str) -> None:
    assert parse_time(text) is Reason.BAD_TIME


def test_times_at_the_ends_of_the_calendar_do_no_harm() -> None:
    for text in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        assert isinstance(parse_time(text), float)
