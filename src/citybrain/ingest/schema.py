"""The wire schema: what a message of each kind holds, by external names, units and ranges.

Every door and every format obeys these tables; `docs/ingest.md` shows them, and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from citybrain.city.model import Colour, VehicleClass
from citybrain.ingest.kinds import Kind
from citybrain.records.observations import ParkingState, Quality

__all__ = ["COLOURS", "FORMATS", "PARKING_STATES", "QUALITIES", "SCHEMA", "VEHICLES", "Field", "Form", "field"]


class Form(Enum):
    """What a field holds, and so how it is read."""

    TIME = "time"  # ISO 8601 with zone, or UTC seconds since 1970
    NUMBER = "number"
    WHOLE = "whole number"
    TEXT = "text"
    CHOICE = "choice"
    SENSOR = "sensor id"
    GROUP = "signal group id"
    LINK = "link id"
    PLATE = "plate"  # hashed at once, never kept
    DEVICE = "device id"  # hashed at once, never kept

    @property
    def numeric(self) -> bool:
        return self in (Form.NUMBER, Form.WHOLE)


@dataclass(frozen=True)
class Field:
    """One field of a kind. Numbers lie in [low, high]; texts have at most `high` bytes of UTF-8."""

    name: str
    form: Form
    meaning: str
    required: bool = True
    low: float = 0.0
    high: float = 128.0
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What stands here, in words for a reject and for the documents."""
        if self.form is Form.CHOICE:
            return "one of " + ", ".join(self.choices)
        if self.form.numeric:
            return f"a {self.form.value} from {self.low:g} to {self.high:g}"
        if self.form is Form.TIME:
            return "ISO 8601 with zone, or UTC seconds since 1970"
        return f"{self.form.value}, 1 to {self.high:g} bytes"


VEHICLES = {
    "car": VehicleClass.CAR,
    "bus": VehicleClass.BUS,
    "truck": VehicleClass.TRUCK,
    "emergency": VehicleClass.EMERGENCY,
    "bicycle": VehicleClass.BICYCLE,
    "tram": VehicleClass.TRAM,
}
COLOURS = {colour.name.lower(): colour for colour in Colour} | {"green": Colour.PROTECTED}
PARKING_STATES = {state.name.lower(): state for state in ParkingState}
QUALITIES = {quality.name.lower(): quality for quality in (Quality.MEASURED, Quality.ESTIMATED, Quality.STALE)}
FORMATS = {
    "application/json": "one object, or a list of objects",
    "application/x-ndjson": "one object a line",
    "application/vnd.apache.arrow.stream": "Arrow IPC stream, uncompressed",
    "application/vnd.apache.arrow.file": "Arrow IPC file, uncompressed",
}

_TIME = Field("time", Form.TIME, "when it happened")
_QUALITY = Field(
    "quality", Form.CHOICE, "how the value came about; measured when not said", False, choices=tuple(QUALITIES)
)
_SPEED = Field("speed_mps", Form.NUMBER, "speed", False, high=100.0)
_POSITION = (
    Field("lon", Form.NUMBER, "longitude, WGS 84; with lat", False, -180.0, 180.0),
    Field("lat", Form.NUMBER, "latitude, WGS 84; with lon", False, -90.0, 90.0),
    Field("x_m", Form.NUMBER, "in the city's projection, in the place of lon and lat; with y_m", False, -1e8, 1e8),
    Field("y_m", Form.NUMBER, "in the city's projection; with x_m", False, -1e8, 1e8),
)
_SENSOR = Field("sensor", Form.SENSOR, "id of a sensor of the city")

SCHEMA: dict[Kind, tuple[Field, ...]] = {
    Kind.PASSAGE: (
        _TIME,
        _SENSOR,
        Field("plate", Form.PLATE, "as read; becomes a keyed hash at once and is never kept", high=64),
        Field("lane", Form.WHOLE, "lane of the sensor's link, 0 = kerb; the sensor's own when not said", False, 0, 63),
        Field("to_link", Form.LINK, "id of the link that was entered", False),
        Field("vehicle_class", Form.CHOICE, "car when not said", False, choices=tuple(VEHICLES)),
        _QUALITY,
    ),
    Kind.COUNT: (
        _TIME,
        _SENSOR,
        Field("interval_s", Form.WHOLE, "length of the interval that ends at time", True, 1, 86_400),
        Field("count", Form.WHOLE, "vehicles in the interval", True, 0, 1_000_000),
        Field("occupancy_frac", Form.NUMBER, "share of the interval in which a vehicle was above", False, 0, 1),
        _QUALITY,
    ),
    Kind.PROBE: (
        _TIME,
        Field("device", Form.DEVICE, "id of the device; becomes a keyed hash at once and is never kept", high=128),
        *_POSITION,
        _SPEED,
        _QUALITY,
    ),
    Kind.SIGNAL: (
        _TIME,
        Field("group", Form.GROUP, "id of a signal group of the city"),
        Field(
            "colour",
            Form.CHOICE,
            "as displayed from `time` on; green = protected",
            choices=tuple(COLOURS),
        ),
        _QUALITY,
    ),
    Kind.TRANSIT: (
        _TIME,
        Field("vehicle", Form.TEXT, "public number of the vehicle"),
        Field("line", Form.TEXT, "public number of the line"),
        *_POSITION,
        _SPEED,
        Field("delay_s", Form.NUMBER, "behind the timetable; negative = early", False, -86_400, 86_400),
        _QUALITY,
    ),
    Kind.PARKING: (
        _TIME,
        Field("facility", Form.TEXT, "id of the car park"),
        Field("free", Form.WHOLE, "free spaces, at most capacity", True, 0, 100_000),
        Field("capacity", Form.WHOLE, "all spaces", True, 1, 100_000),
        Field(
            "state", Form.CHOICE, "whether one may drive in; open when not said", False, choices=tuple(PARKING_STATES)
        ),
        _QUALITY,
    ),
    Kind.REPORT: (
        _TIME,
        Field("report", Form.TEXT, "id of the report at its source"),
        Field("category", Form.TEXT, "what is reported, e.g. accident, broken_light, closure, reopened", high=64),
        Field("text", Form.TEXT, "in words; what looks like a plate, a phone number or an address is taken out", False),
        *_POSITION,
        _QUALITY,
    ),
    Kind.WEATHER: (
        _TIME,
        Field("station", Form.TEXT, "id of the station"),
        Field("temperature_c", Form.NUMBER, "of the air", False, -90, 70),
        Field("rain_mmph", Form.NUMBER, "rain", False, 0, 500),
        Field("wind_mps", Form.NUMBER, "wind", False, 0, 150),
        Field("visibility_m", Form.NUMBER, "visibility", False, 0, 1e6),
        _QUALITY,
    ),
    Kind.EMERGENCY: (
        _TIME,
        Field("vehicle", Form.TEXT, "call sign of the vehicle; it reports while it is on a call, and no longer"),
        *_POSITION,
        _SPEED,
        _QUALITY,
    ),
}
LONG_TEXT = "text"  # the field that may be as long as the setting `text_bytes_max`, and may have line breaks


def field(kind: Kind, name: str) -> Field | None:
    """A field of a kind; None = it has no such field."""
    return next((f for f in SCHEMA[kind] if f.name == name), None)
