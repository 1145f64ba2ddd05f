"""The careful reader of JSON: whatever is wrong with a row is named, and costs only that row.

It is slow and sees everything; `json_rows` is fast, and sends here what it does not take.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from citybrain.ingest.reject import Reason, Reject, describe
from citybrain.ingest.schema import Field, Form
from citybrain.ingest.times import parse_time

__all__ = ["Row", "check_row", "parse", "row_fault"]

Row = dict[str, Any]
MESSAGE = -1


class _Twice(dict[str, Any]):
    """An object with a key that it has twice."""


class _NotFinite:
    """NaN, Infinity, or a number too large for a float."""


_NOT_FINITE = _NotFinite()


def parse(text: bytes, nesting_max: int, row: int = MESSAGE) -> Any:
    """The value of a JSON text, with marks for what it must not hold; a Reject when it is none."""
    if _depth(text, nesting_max) > nesting_max:
        return Reject(Reason.TOO_DEEP, row, "", "a deeper nesting", f"at most {nesting_max} levels")
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=lambda _: _NOT_FINITE,
            parse_float=_finite,
            parse_int=_whole,
        )
    except (ValueError, RecursionError):  # no UTF-8, no JSON
        return Reject(Reason.MALFORMED, row, "", f"{len(text)} bytes that are no JSON", "JSON in UTF-8 (RFC 8259)")


def _depth(text: bytes, enough: int) -> int:
    """Deepest nesting of lists and objects outside strings; exact as far as `enough`."""
    if text.count(b"[") + text.count(b"{") <= enough:
        return 0
    depth = deepest = 0
    inside = escaped = False
    for byte in text:
        if inside:
            inside, escaped = escaped or byte != 0x22, not escaped and byte == 0x5C
        elif byte == 0x22:
            inside = True
        elif byte in (0x5B, 0x7B):
            depth += 1
            deepest = max(deepest, depth)
        elif byte in (0x5D, 0x7D):
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(found)


def _finite(text: str) -> Any:
    value = float(text)
    return value if math.isfinite(value) else _NOT_FINITE


def _whole(text: str) -> Any:
    return _finite(text) if len(text) > 15 else int(text)


def check_row(value: Any, row: int, fields: Mapping[str, Field]) -> Row | Reject:
    """The row with its time in seconds, or the first thing that is wrong with its form."""
    if not isinstance(value, dict):
        return Reject(Reason.NOT_AN_OBJECT, row, "", describe(value), "an object")
    if isinstance(value, _Twice):
        return Reject(Reason.DUPLICATE_KEY, row, "", "a key twice", "every key once")
    found: Row = {}
    for name, item in value.items():
        field = fields.get(name)
        if field is None:
            expected = "only " + ", ".join(fields)
            return Reject(Reason.UNKNOWN_FIELD, row, "", f"a field named by {describe(name)}", expected)
        fault = row_fault(item, field)
        if fault is not None:
            return Reject(
                fault, row, name, "no finite number" if item is _NOT_FINITE else describe(item), field.expected
            )
        found[name] = parse_time(item) if field.form is Form.TIME and isinstance(item, str) else item
    return found


def row_fault(item: Any, field: Field) -> Reason | None:
    """What is wrong with the form of a value; None = nothing. Ranges and names are looked at later."""
    if item is None:
        return None
    if item is _NOT_FINITE:
        return Reason.NOT_FINITE
    if isinstance(item, str):
        return _text_fault(item, field)
    number = isinstance(item, int | float) and not isinstance(item, bool)
    return None if number and (field.form.numeric or field.form is Form.TIME) else Reason.WRONG_TYPE


def _text_fault(item: str, field: Field) -> Reason | None:
    if field.form.numeric:
        return Reason.WRONG_TYPE
    if field.form is Form.TIME:
        found = parse_time(item)
        return found if isinstance(found, Reason) else None
    try:
        item.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return Reason.BAD_TEXT
    return None
