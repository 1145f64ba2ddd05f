"""Why a row or a whole message is refused. A reject never holds what a camera or a phone said about a person."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Reason", "Reject", "describe"]

SHAPE_LENGTH = 24  # characters of a shape that are shown


class Reason(StrEnum):
    """Reason codes; `MEANING` says what each one means and what to do."""

    # the whole message
    UNKNOWN_SOURCE = "unknown_source"
    KIND_NOT_ALLOWED = "kind_not_allowed"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_FORMAT = "unknown_format"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_ROWS = "too_many_rows"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    # a row
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NOT_FINITE = "not_finite"
    BAD_TEXT = "bad_text"
    TOO_LONG = "too_long"
    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_FIELD = "unknown_field"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    NOT_A_CHOICE = "not_a_choice"
    OUT_OF_RANGE = "out_of_range"
    BAD_TIME = "bad_time"
    MISSING_ZONE = "missing_zone"
    TOO_OLD = "too_old"
    IN_THE_FUTURE = "in_the_future"
    UNKNOWN_SENSOR = "unknown_sensor"
    UNKNOWN_LANE = "unknown_lane"
    UNKNOWN_MOVEMENT = "unknown_movement"
    UNKNOWN_GROUP = "unknown_group"
    NO_POSITION = "no_position"
    NO_PROJECTION = "no_projection"
    OUTSIDE_CITY = "outside_city"
    CONTRADICTION = "contradiction"
    # after decoding
    TOO_LATE = "too_late"


MEANING: dict[Reason, str] = {
    Reason.UNKNOWN_SOURCE: "the name of the source is not registered, or its key is wrong",
    Reason.KIND_NOT_ALLOWED: "the source may not send this kind",
    Reason.UNKNOWN_KIND: "the address names no kind of observation",
    Reason.UNKNOWN_FORMAT: "the content type is none of those that are understood",
    Reason.TOO_MANY_BYTES: "the message is longer than the limit: send smaller batches",
    Reason.TOO_MANY_ROWS: "the message has more rows than the limit: send smaller batches",
    Reason.MALFORMED: "the bytes are not of the format that the content type names",
    Reason.UNSUPPORTED: "the Arrow message uses a part of the format that is not read: a type, compression, nesting",
    Reason.TOO_DEEP: "objects or lists are nested deeper than the limit",
    Reason.DUPLICATE_KEY: "an object has the same key twice",
    Reason.NOT_FINITE: "a number is NaN, infinite, or too large for a float",
    Reason.BAD_TEXT: "text with characters that may not stand there: control characters, half a surrogate pair",
    Reason.TOO_LONG: "text is longer than the field's limit",
    Reason.NOT_AN_OBJECT: "a row is not an object",
    Reason.UNKNOWN_FIELD: "the row has a field that the kind does not have",
    Reason.MISSING: "a required field is missing or null",
    Reason.WRONG_TYPE: "the value is of another type than the field",
    Reason.NOT_A_CHOICE: "the value is none of the field's choices",
    Reason.OUT_OF_RANGE: "the number is outside the field's range",
    Reason.BAD_TIME: "the time is neither ISO 8601 nor a number of seconds since 1970 UTC",
    Reason.MISSING_ZONE: "the ISO 8601 time has no zone: add Z or an offset such as +08:00",
    Reason.TOO_OLD: "the time is older than the limit allows",
    Reason.IN_THE_FUTURE: "the time is further ahead of the receiver's clock than the limit allows",
    Reason.UNKNOWN_SENSOR: "the city has no sensor of this id",
    Reason.UNKNOWN_LANE: "the sensor's link has no lane of this number",
    Reason.UNKNOWN_MOVEMENT: "no movement leads from the lane to the link",
    Reason.UNKNOWN_GROUP: "the city has no signal group of this id",
    Reason.NO_POSITION: "the row has neither both of lon and lat nor both of x_m and y_m, or it has both pairs",
    Reason.NO_PROJECTION: "lon and lat cannot be placed: the city has no projection, or its library is not installed",
    Reason.OUTSIDE_CITY: "the position is further outside the city than the limit allows",
    Reason.CONTRADICTION: "two fields of the row cannot both be right: more free spaces than there are",
    Reason.TOO_LATE: "the row came after its time was closed and longer ago than late rows are accepted",
}


@dataclass(frozen=True)
class Reject:
    """One refused row, or a refused message (`row` = -1)."""

    reason: Reason
    row: int  # in the message, from 0
    field: str  # "" = none in particular
    found: str  # described and shortened: never a text that came with the message
    expected: str
    rows: int = 1  # that it stands for

    def __str__(self) -> str:
        where = "message" if self.row < 0 else f"row {self.row}"
        part = f", {self.field}" if self.field else ""
        return f"{where}{part}: {self.reason}: found {self.found}; expected {self.expected}"


def describe(value: object) -> str:
    """What was found, without saying it: the shape of a text ("Aa99-9"), a number to 6 digits, a type.

    A plate may stand in any field of a wrong row, so no text of a message is ever repeated.
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, str):
        return f"text like {shape(value)!r} of {len(value)} characters"
    if isinstance(value, dict):
        return f"an object of {len(value)} fields"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"a value of type {type(value).__name__}"


def _number(value: float) -> str:
    """Three digits are enough to see what is wrong, and too few to tell a device."""
    try:
        return f"the number {float(value):.3g}"
    except OverflowError:
        return "a number too large for a float"


def shape(text: str) -> str:
    """Letters as A and a, other letters as x, digits as 9; the rest of printable ASCII as it is.

    >>> shape("浙A·123")
    'xA?999'
    """
    return "".join(_shape_of(letter) for letter in text[:SHAPE_LENGTH]) + ("…" if len(text) > SHAPE_LENGTH else "")


def _shape_of(letter: str) -> str:
    if letter.isascii():
        if letter.isalpha():
            return "A" if letter.isupper() else "a"
        return "9" if letter.isdigit() else (letter if letter.isprintable() else "?")
    return {"L": "x", "N": "9"}.get(unicodedata.category(letter)[0], "?")
