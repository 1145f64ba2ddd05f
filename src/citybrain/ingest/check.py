"""From what a message says to what is believed: every value held against its field, names looked up, persons hashed.

The one place where a value is trusted or refused, whatever door and format it came by. All on columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest._kernels import has_control
from citybrain.ingest.cells import Cells, Numbers, Texts
from citybrain.ingest.faults import Faults
from citybrain.ingest.ids import IdTable
from citybrain.ingest.kinds import Kind
from citybrain.ingest.place import Gazetteer
from citybrain.ingest.pseudonym import DayKeys, Purpose, hashes
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.schema import LONG_TEXT, SCHEMA, Field, Form
from citybrain.ingest.times import parse_time
from citybrain.settings import Settings

__all__ = ["Checked", "Context", "check"]

PURPOSES = {Form.PLATE: Purpose.PLATE, Form.DEVICE: Purpose.DEVICE}
_UNKNOWN = {
    Form.SENSOR: Reason.UNKNOWN_SENSOR,
    Form.GROUP: Reason.UNKNOWN_GROUP,
    Form.LINK: Reason.UNKNOWN_MOVEMENT,
    Form.CHOICE: Reason.NOT_A_CHOICE,
}
Values = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Context:
    """What decoders know beside the message."""

    city: Gazetteer
    keys: DayKeys
    settings: Settings
    choices: dict[tuple[str, ...], IdTable]

    @classmethod
    def of(cls, city: Gazetteer, keys: DayKeys, settings: Settings) -> Context:
        sets = {f.choices for fields in SCHEMA.values() for f in fields if f.choices}
        return cls(city, keys, settings, {choices: IdTable.of(choices) for choices in sets})


@dataclass(eq=False)
class Checked:
    """The rows of a message while they are checked. `values` [n] by field: nan, -1 or "" where a row has none."""

    cells: Cells
    faults: Faults
    values: Values

    def value(self, name: str, row: int) -> object:
        column = self.cells.columns.get(name)
        return None if column is None else column.value(row)


def check(kind: Kind, cells: Cells, context: Context, received_s: float) -> tuple[Checked, list[Reject]]:
    """Hold the rows against the kind's schema; what is good is in `values`, the rest in the rejects."""
    rows = Checked(cells, Faults.none(len(cells)), {})
    fields = SCHEMA[kind]
    for at, field in enumerate(fields):
        _check_field(rows, field, at, context, received_s)
    names = tuple(field.name for field in fields)
    if "x_m" in names:
        _check_position(rows, names, context)
    if kind is Kind.PASSAGE:
        _check_way(rows, names, context.city)
    if kind is Kind.PARKING:
        _check_spaces(rows, names)
    for at, field in enumerate(fields):
        if field.form in PURPOSES:
            _hash(rows, field, at, context.keys)
    return rows, rows.faults.rejects(cells.row, names, rows.value)


def _check_field(rows: Checked, field: Field, at: int, context: Context, received_s: float) -> None:
    column = rows.cells.columns.get(field.name)
    textual = field.form is not Form.TIME and not field.form.numeric
    if column is not None and field.form is not Form.TIME and isinstance(column, Texts) != textual:
        rows.faults.mark(column.present, Reason.WRONG_TYPE, at, field.expected)
        column = None
    if field.required:
        absent = ~column.present if column is not None else np.ones(len(rows.cells), np.bool_)
        rows.faults.mark(absent, Reason.MISSING, at, field.expected)
    if field.form is Form.TIME:
        _check_time(rows, column, at, context, received_s)
    elif field.form.numeric:
        _check_number(rows, field, at, column if isinstance(column, Numbers) else None)
    else:
        _check_text(rows, field, at, column if isinstance(column, Texts) else None, context)


def _check_number(rows: Checked, field: Field, at: int, column: Numbers | None) -> None:
    if column is None:
        rows.values[field.name] = np.full(len(rows.cells), np.nan)
        return
    values, present = column.values, column.present
    rows.faults.mark(present & ~np.isfinite(values), Reason.NOT_FINITE, at, field.expected)
    with np.errstate(invalid="ignore"):  # numbers of any bits come in, signalling ones too
        if field.form is Form.WHOLE:
            rows.faults.mark(present & (values != np.floor(values)), Reason.WRONG_TYPE, at, field.expected)
        outside = present & ~((values >= field.low) & (values <= field.high))
    rows.faults.mark(outside, Reason.OUT_OF_RANGE, at, field.expected)
    rows.values[field.name] = values if present.all() else np.where(present, values, np.nan)


def _check_time(rows: Checked, column: Numbers | Texts | None, at: int, context: Context, received_s: float) -> None:
    expected = "ISO 8601 with zone, or UTC seconds since 1970"
    if isinstance(column, Texts):
        column = _parse(rows, column, at, expected)
    time_s = np.full(len(rows.cells), np.nan) if column is None else column.values
    rows.faults.mark(~np.isfinite(time_s), Reason.NOT_FINITE, at, expected)
    age_s, ahead_s = context.settings.observation_age_max_s, context.settings.observation_ahead_max_s
    with np.errstate(invalid="ignore"):
        old, ahead = time_s < received_s - age_s, time_s > received_s + ahead_s
        old |= context.keys.first_day > np.nan_to_num((time_s - context.keys.change_s) // 86_400, posinf=0, neginf=0)
    rows.faults.mark(old, Reason.TOO_OLD, at, f"at most {age_s} s before the arrival")
    rows.faults.mark(ahead, Reason.IN_THE_FUTURE, at, f"at most {ahead_s} s after the arrival; seconds, not ms")
    rows.values["time"] = time_s


def _parse(rows: Checked, column: Texts, at: int, expected: str) -> Numbers:
    found: list[float | Reason] = [parse_time(text) for text in column.strings(np.arange(len(column)))]
    time_s = np.array([value if isinstance(value, float) else np.nan for value in found])
    for reason in (Reason.BAD_TIME, Reason.MISSING_ZONE):
        mask = np.fromiter((value is reason for value in found), np.bool_, len(found))
        rows.faults.mark(column.present & mask, reason, at, expected)
    return Numbers(time_s, column.present)


def _check_text(rows: Checked, field: Field, at: int, column: Texts | None, context: Context) -> None:
    known = {Form.SENSOR: context.city.sensors, Form.GROUP: context.city.groups, Form.LINK: context.city.links}
    if field.form in known or field.choices:
        table = known.get(field.form) or context.choices[field.choices]
        found = np.full(len(rows.cells), -1, np.int32) if column is None else table.find(column)
        if column is not None:
            rows.faults.mark(column.present & (found < 0), _UNKNOWN[field.form], at, field.expected)
        rows.values[field.name] = found
    elif column is not None:
        long = field.name == LONG_TEXT
        high = context.settings.text_bytes_max if long else field.high
        rows.faults.mark(column.present & (column.n_bytes > high), Reason.TOO_LONG, at, f"at most {high:g} bytes")
        if field.required:
            rows.faults.mark(column.present & (column.n_bytes == 0), Reason.MISSING, at, field.expected)
        wrong = column.broken | has_control(column.data, column.offset, long)
        rows.faults.mark(wrong, Reason.BAD_TEXT, at, "UTF-8 without control characters")


def _check_position(rows: Checked, names: tuple[str, ...], context: Context) -> None:
    lon, lat, x_m, y_m = (rows.values[name] for name in ("lon", "lat", "x_m", "y_m"))
    said = [~np.isnan(values) for values in (lon, lat, x_m, y_m)]
    place, plane = said[0] & said[1], said[2] & said[3]
    whole = (place & ~said[2] & ~said[3]) | (plane & ~said[0] & ~said[1])
    rows.faults.mark(~whole, Reason.NO_POSITION, -1, "lon and lat, or x_m and y_m")
    place &= rows.faults.good
    if place.any():
        if context.city.project is None:
            rows.faults.mark(place, Reason.NO_PROJECTION, names.index("lon"), "x_m and y_m of the city's plane")
        else:
            x_m, y_m = x_m.copy(), y_m.copy()
            x_m[place], y_m[place] = context.city.project(lon[place], lat[place])
    margin_m = context.settings.position_margin_m
    outside = ~context.city.inside(x_m, y_m, margin_m)
    for name, rows_of in (("lon", place), ("x_m", plane)):
        expected = f"within {margin_m} m of the city"
        rows.faults.mark(outside & rows_of, Reason.OUTSIDE_CITY, names.index(name), expected)
    rows.values["x_m"], rows.values["y_m"] = x_m, y_m


def _check_way(rows: Checked, names: tuple[str, ...], city: Gazetteer) -> None:
    good = rows.faults.good
    sensor = np.where(good, rows.values["sensor"], 0)
    lane, movement = np.full(len(rows.cells), -1, np.int32), np.full(len(rows.cells), -1, np.int32)
    if good.any():
        lane = city.lane(sensor, np.where(good, rows.values["lane"], np.nan))
        rows.faults.mark(good & (lane < 0), Reason.UNKNOWN_LANE, names.index("lane"), "a lane of the sensor's link")
        to_link = rows.values["to_link"]
        movement = np.where(to_link >= 0, city.movement(lane, to_link), -1).astype(np.int32)
        none = (to_link >= 0) & (movement < 0)
        rows.faults.mark(none, Reason.UNKNOWN_MOVEMENT, names.index("to_link"), "a link that the lane leads to")
    rows.values["lane"], rows.values["movement"] = lane, movement


def _check_spaces(rows: Checked, names: tuple[str, ...]) -> None:
    """More free spaces than there are: the counter has drifted, and nobody knows how far."""
    more = rows.faults.good & (rows.values["free"] > rows.values["capacity"])
    rows.faults.mark(more, Reason.CONTRADICTION, names.index("free"), "at most capacity")


def _hash(rows: Checked, field: Field, at: int, keys: DayKeys) -> None:
    found = np.zeros(len(rows.cells), np.uint64)
    column = rows.cells.columns.get(field.name)
    good = np.flatnonzero(rows.faults.good)
    if isinstance(column, Texts) and good.size:
        found[good] = hashes(column, good, rows.values["time"][good], keys, PURPOSES[field.form])
        empty = np.zeros(len(rows.cells), np.bool_)
        empty[good] = found[good] == 0  # a plate of nothing but hyphens: it was not read
        rows.faults.mark(empty, Reason.MISSING, at, field.expected)
    rows.values[field.name] = found
