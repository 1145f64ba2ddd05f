"""Topics."""

from __future__ import annotations

import pytest

from citybrain.feeds.mqtt.decode import Address, parse_topic, topics
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.schema import FORMATS


def test_a_topic_says_who_sends_what() -> None:
    json_type, ndjson, arrow, arrow_file = FORMATS
    assert parse_topic("citybrain/north/count") == Address("north", Kind.COUNT, json_type)
    assert parse_topic("citybrain/north/probe/ndjson") == Address("north", Kind.PROBE, ndjson)
    assert parse_topic("a/b/north/probe/arrow", "a/b") == Address("north", Kind.PROBE, arrow)
    assert parse_topic("citybrain/n/probe/arrowfile") == Address("n", Kind.PROBE, arrow_file)


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("", Reason.UNKNOWN_KIND),
        ("citybrain", Reason.UNKNOWN_KIND),
        ("citybrain/north", Reason.UNKNOWN_KIND),
        ("citybrain//count", Reason.UNKNOWN_KIND),
        ("other/north/count", Reason.UNKNOWN_KIND),
        ("citybrain/north/speed", Reason.UNKNOWN_KIND),
        ("citybrain/north/count/csv", Reason.UNKNOWN_FORMAT),
        ("citybrain/north/count/json/x", Reason.UNKNOWN_KIND),
    ],
)
def test_any_other_topic_is_refused(topic: str, reason: Reason) -> None:
    found = parse_topic(topic)
    assert isinstance(found, Reject)
    assert found.reason is reason
    assert "north" not in str(found)


def test_every_topic_is_subscribed_to() -> None:
    assert topics("x") == ("x/+/+", "x/+/+/+")
