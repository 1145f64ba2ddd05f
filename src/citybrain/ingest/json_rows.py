"""JSON and NDJSON to columns. Rows that are what they should be take the fast way: a typed parser written in C.

That parser knows neither duplicate keys nor what exactly is wrong, so the fast way takes only rows for which it is
certain: no backslash, every field of its type, and exactly as many quotation marks as the distinct keys and texts
need. A key that stands twice needs more. All other rows go through `json_strict`, one by one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest.cells import Cells, Numbers, Texts
from citybrain.ingest.json_strict import MESSAGE, check_row, parse
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.schema import SCHEMA, Field, Form
from citybrain.ingest.times import parse_time
from citybrain.settings import Settings

__all__ = ["read_json", "read_ndjson", "too_many_rows"]

_NOTHING = Cells(np.zeros(0, np.int64), {})
_Lists = dict[str, list[Any]]  # by field: the values of all rows; UNSET where a row has none


@cache
def _row_type(kind: Kind) -> Any:
    """A row of a kind, typed. UNSET tells a field that is not there from one that is null."""
    import msgspec

    fields = []
    for field in SCHEMA[kind]:
        form: Any = float | None if field.form.numeric else str | None
        form = form | float if field.form is Form.TIME else form
        fields.append((field.name, form | msgspec.UnsetType, msgspec.UNSET))
    return msgspec.defstruct(f"{kind.title()}Row", fields, forbid_unknown_fields=True, gc=False)


@cache
def _decoder(kind: Kind, many: bool) -> Any:
    import msgspec

    one = _row_type(kind)
    return msgspec.json.Decoder(list[one] if many else one)  # type: ignore[valid-type]


@cache
def _by_name(kind: Kind) -> dict[str, Field]:
    return {field.name: field for field in SCHEMA[kind]}


@cache
def _faults() -> tuple[type[Exception], ...]:
    import msgspec

    return msgspec.MsgspecError, UnicodeDecodeError, RecursionError


def read_ndjson(kind: Kind, body: bytes, settings: Settings) -> tuple[Cells, list[Reject]]:
    """One row a line; blank lines are none. Never raises."""
    body = body.replace(b"\r\n", b"\n").rstrip(b"\n")
    n = body.count(b"\n") + 1
    if n <= settings.message_rows_max:
        fast = _fast_lines(kind, body, n)
        if fast is not None:
            return _cells(kind, fast, np.arange(n)), []
    lines = [line.strip() for line in body.split(b"\n") if line and not line.isspace()]
    if len(lines) > settings.message_rows_max:
        return _NOTHING, [too_many_rows(len(lines), settings)]
    careful = _Careful(kind, settings)
    careful.read(lines, 0)
    return careful.result()


def _fast_lines(kind: Kind, body: bytes, n: int) -> _Lists | None:
    """The columns of `n` lines when all of them are certain; else None.

    The parser would take two objects on a line, or one over two lines: so every line break must stand between two
    objects. As many objects as lines are then one on each.
    """
    if b"\\" in body or body.count(b"}\n{") != n - 1:
        return None
    try:
        rows = _decoder(kind, False).decode_lines(body)
    except _faults():
        return None
    return _certain(kind, rows, body.count(b'"')) if len(rows) == n else None


def read_json(kind: Kind, body: bytes, settings: Settings) -> tuple[Cells, list[Reject]]:
    """One object or a list of objects. Never raises."""
    fast = _fast_json(kind, body)
    if fast is not None and len(fast["time"]) <= settings.message_rows_max:
        return _cells(kind, fast, np.arange(len(fast["time"]))), []
    found = parse(body, settings.nesting_max)
    if isinstance(found, Reject):
        return _NOTHING, [found]
    values = found if isinstance(found, list) else [found]
    if len(values) > settings.message_rows_max:
        return _NOTHING, [too_many_rows(len(values), settings)]
    careful = _Careful(kind, settings)
    for row, value in enumerate(values):
        careful.take(value, row)
    return careful.result()


def _fast_json(kind: Kind, body: bytes) -> _Lists | None:
    if b"\\" in body:
        return None
    many = body.lstrip()[:1] == b"["
    try:
        found = _decoder(kind, many).decode(body)
    except _faults():
        return None
    return _certain(kind, found if many else [found], body.count(b'"'))


def too_many_rows(n: int, settings: Settings) -> Reject:
    """The refusal of a whole message."""
    expected = f"at most {settings.message_rows_max} rows in a message"
    return Reject(Reason.TOO_MANY_ROWS, MESSAGE, "", f"{n} rows", expected, rows=n)


class _Careful:
    """Reads rows of which some are not certain: halves the lines until the fast way takes a part, or one is left."""

    def __init__(self, kind: Kind, settings: Settings) -> None:
        self._kind, self._settings = kind, settings
        self._lists: _Lists = {field.name: [] for field in SCHEMA[kind]}
        self._at: list[int] = []
        self._rejects: list[Reject] = []

    def read(self, lines: Sequence[bytes], first: int) -> None:
        """Lines of one row each, the first of which is row `first` of the message."""
        if not lines:
            return
        fast = _fast_lines(self._kind, b"\n".join(lines), len(lines))
        if fast is not None:
            self._add(fast, range(first, first + len(lines)))
        elif len(lines) == 1:
            self.take(parse(lines[0], self._settings.nesting_max, first), first)
        else:
            half = len(lines) // 2
            self.read(lines[:half], first)
            self.read(lines[half:], first + half)

    def take(self, value: Any, row: int) -> None:
        """A value of the strict parser."""
        found = value if isinstance(value, Reject) else check_row(value, row, _by_name(self._kind))
        if isinstance(found, Reject):
            self._rejects.append(found)
        else:
            self._add({name: [found.get(name, _unset())] for name in self._lists}, (row,))

    def _add(self, lists: _Lists, at: Iterable[int]) -> None:
        for name, column in lists.items():
            self._lists[name] += column
        self._at += at

    def result(self) -> tuple[Cells, list[Reject]]:
        return _cells(self._kind, self._lists, np.array(self._at, np.int64)), self._rejects


def _certain(kind: Kind, rows: list[Any], quotes: int) -> _Lists | None:
    """The columns, if the rows have just these quotation marks: two for each key, two for each text.

    Times of text are turned into seconds; None when one of them is no time.
    """
    found: _Lists = {}
    needed = 0
    for field in SCHEMA[kind]:
        column = list(map(attrgetter(field.name), rows))
        keys, texts = _count(column)
        needed += 2 * (keys + texts)
        if texts and field.form is Form.TIME:
            times = {text: parse_time(text) for text in set(column) if isinstance(text, str)}
            if any(isinstance(value, Reason) for value in times.values()):
                return None
            column = [times.get(value, value) for value in column]
        found[field.name] = column
    return found if needed == quotes else None


def _count(column: list[Any]) -> tuple[int, int]:
    """How many rows have the field, and how many a text in it."""
    kinds = set(map(type, column))
    unset = type(_unset())
    if len(kinds) <= 1:  # as a rule
        return (0 if unset in kinds else len(column)), (len(column) if str in kinds else 0)
    each = list(map(type, column))
    return len(column) - each.count(unset), each.count(str)


@cache
def _unset() -> Any:
    import msgspec

    return msgspec.UNSET


def _cells(kind: Kind, lists: _Lists, at: NDArray[np.int64]) -> Cells:
    columns = {}
    for field in SCHEMA[kind]:
        column = lists[field.name]
        if set(map(type, column)) - {type(_unset()), type(None)}:
            numeric = field.form.numeric or field.form is Form.TIME
            columns[field.name] = _numbers(column) if numeric else Texts.of(column)
    return Cells(at, columns)


def _numbers(column: list[Any]) -> Numbers:
    try:
        return Numbers(np.frombuffer(array("d", column), np.float64), np.ones(len(column), np.bool_))
    except TypeError:
        present = [isinstance(value, int | float) for value in column]
        values = [value if there else np.nan for value, there in zip(column, present, strict=True)]
        return Numbers(np.array(values, np.float64), np.array(present, np.bool_))
