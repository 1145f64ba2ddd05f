"""The columns that an Arrow schema announces (format/Schema.fbs of the Arrow project)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from citybrain.ingest.flatbuffer import Damage, FlatTable

__all__ = ["Column", "Type", "Unsupported", "columns_of"]

COLUMNS_MAX = 256
UNITS_PER_S = (1, 1_000, 1_000_000, 1_000_000_000)  # of TimeUnit


class Unsupported(Exception):  # noqa: N818  (never leaves the decoder)
    """A part of the format that is not read; the message names it."""


class Type(IntEnum):
    """The types that are read, by their number in the format's union."""

    NULL = 1
    INT = 2
    FLOAT = 3
    UTF8 = 5
    TIMESTAMP = 10
    LARGE_UTF8 = 20
    UTF8_VIEW = 24


@dataclass(frozen=True)
class Column:
    """`dtype` of the numbers, or of the indices into dictionary `dictionary` (-1 = none)."""

    name: str
    type: Type
    dtype: str = ""
    units_per_s: int = 0  # of a timestamp
    zone: bool = False
    dictionary: int = -1

    @property
    def n_buffers(self) -> int:
        """Without the further ones of a view."""
        if self.type is Type.NULL:
            return 0
        return 2 if self.dictionary >= 0 or self.type not in (Type.UTF8, Type.LARGE_UTF8) else 3


def columns_of(schema: FlatTable) -> tuple[Column, ...]:
    """Raises Damage or Unsupported."""
    if schema.scalar(0, "h") != 0:
        raise Unsupported("big-endian numbers")
    fields = schema.tables(1)
    if len(fields) > COLUMNS_MAX:
        raise Unsupported(f"more than {COLUMNS_MAX} columns")
    return tuple(_column(field) for field in fields)


def _column(field: FlatTable) -> Column:
    name, number, detail = field.text(0), field.scalar(2, "B"), field.table(3)
    if detail is None or number not in set(Type):
        raise Unsupported(f"a column of type {number}")
    form = Type(number)
    encoding = field.table(4)
    if encoding is not None:
        if form not in (Type.UTF8, Type.LARGE_UTF8, Type.UTF8_VIEW):
            raise Unsupported("a dictionary of other than strings")
        index = encoding.table(1)
        dtype = "<i4" if index is None else _int(index)
        return Column(name, form, dtype, dictionary=max(0, encoding.scalar(0, "q")))
    if form is Type.INT:
        return Column(name, form, _int(detail))
    if form is Type.FLOAT:
        return Column(name, form, _float(detail))
    if form is Type.TIMESTAMP:
        unit = detail.scalar(0, "h")
        if not 0 <= unit < len(UNITS_PER_S):
            raise Damage("an unknown unit of time")
        return Column(name, form, "<i8", UNITS_PER_S[unit], bool(detail.text(1)))
    return Column(name, form)


def _int(detail: FlatTable) -> str:
    bits = detail.scalar(0, "i")
    if bits not in (8, 16, 32, 64):
        raise Damage("an integer of strange width")
    return f"<{'i' if detail.scalar(1, 'B') else 'u'}{bits // 8}"


def _float(detail: FlatTable) -> str:
    precision = detail.scalar(0, "h")
    if precision not in (0, 1, 2):
        raise Damage("a float of strange precision")
    return ("<f2", "<f4", "<f8")[precision]
