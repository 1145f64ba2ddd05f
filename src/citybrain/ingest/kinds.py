"""The nine kinds of observations and the records that each one fills."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from citybrain.records.observations import (
    DetectorCounts,
    EmergencyPositions,
    ParkingCounts,
    Passages,
    Probes,
    Reports,
    SignalStates,
    TransitPositions,
    WeatherReadings,
)


class Kind(StrEnum):
    """What a message reports; its name on the wire."""

    PASSAGE = "passage"
    COUNT = "count"
    PROBE = "probe"
    SIGNAL = "signal"
    TRANSIT = "transit"
    PARKING = "parking"
    REPORT = "report"
    WEATHER = "weather"
    EMERGENCY = "emergency"


RECORDS: dict[Kind, type] = {
    Kind.PASSAGE: Passages,
    Kind.COUNT: DetectorCounts,
    Kind.PROBE: Probes,
    Kind.SIGNAL: SignalStates,
    Kind.TRANSIT: TransitPositions,
    Kind.PARKING: ParkingCounts,
    Kind.REPORT: Reports,
    Kind.WEATHER: WeatherReadings,
    Kind.EMERGENCY: EmergencyPositions,
}
KIND_OF: dict[type, Kind] = {records: kind for kind, records in RECORDS.items()}
FIELD_OF: dict[Kind, str] = {  # the table's name in `Observations`
    Kind.PASSAGE: "passages",
    Kind.COUNT: "counts",
    Kind.PROBE: "probes",
    Kind.SIGNAL: "signals",
    Kind.TRANSIT: "transit",
    Kind.PARKING: "parking",
    Kind.REPORT: "reports",
    Kind.WEATHER: "weather",
    Kind.EMERGENCY: "emergency",
}
BY_NAME_ONLY = frozenset({Kind.EMERGENCY})  # a source may send these only where its kinds name them: "*" is not enough


def kind_of(table: Any) -> Kind:
    """The kind of a table of records."""
    return KIND_OF[type(table)]
