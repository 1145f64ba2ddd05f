"""A summary as JSON: one line, nan as null, everything there."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields

from citybrain.records.summary import Summary

SUMMARY = Summary(
    controller="fixed",
    seed=3,
    begin_s=0.0,
    end_s=3600.0,
    vehicles=100,
    finished_trips=90,
    never_inserted=2,
    mean_travel_time_s=210.5,
    mean_trip_duration_s=180.25,
    mean_delay_s=60.0,
    p95_delay_s=150.0,
    longest_wait_s=88.0,
    mean_stops=1.5,
    approach_time_s=math.nan,
    vehicle_steps=21050,
    step_wall_s=0.125,
)


def test_json_holds_every_field_in_order() -> None:
    text = SUMMARY.to_json()
    assert "\n" not in text
    row = json.loads(text)
    assert list(row) == [column.name for column in fields(Summary)]
    assert row.pop("approach_time_s") is None
    assert row == {name: value for name, value in asdict(SUMMARY).items() if name != "approach_time_s"}
