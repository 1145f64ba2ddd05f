"""Reads Flatbuffers tables, every position held against the bytes that are there (flatbuffers.dev/internals)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

__all__ = ["Damage", "FlatTable", "root"]


class Damage(Exception):  # noqa: N818  (not an error of the program: it never leaves the decoder)
    """The bytes are not what their format promises."""


def _read(data: bytes, at: int, form: str) -> int:
    if at < 0 or at + struct.calcsize(form) > len(data):
        raise Damage("a position outside the message")
    value: int = struct.unpack_from(form, data, at)[0]
    return value


@dataclass(frozen=True)
class FlatTable:
    """A table that begins at `at`. Fields are asked for by their slot; a field that is not there has its default."""

    data: bytes
    at: int

    def _field(self, slot: int) -> int | None:
        vtable = self.at - _read(self.data, self.at, "<i")
        if 4 + 2 * slot >= _read(self.data, vtable, "<H"):
            return None
        offset = _read(self.data, vtable + 4 + 2 * slot, "<H")
        return self.at + offset if offset else None

    def scalar(self, slot: int, form: str, default: int = 0) -> int:
        """A number of the form of `struct`."""
        at = self._field(slot)
        return default if at is None else _read(self.data, at, "<" + form)

    def table(self, slot: int) -> FlatTable | None:
        """A table that this one refers to."""
        at = self._field(slot)
        return None if at is None else FlatTable(self.data, at + _read(self.data, at, "<I"))

    def _vector(self, slot: int, width: int) -> tuple[int, int]:
        at = self._field(slot)
        if at is None:
            return 0, 0
        begin = at + _read(self.data, at, "<I")
        n = _read(self.data, begin, "<I")
        if begin + 4 + n * width > len(self.data):
            raise Damage("a vector longer than the message")
        return begin + 4, n

    def tables(self, slot: int) -> list[FlatTable]:
        """A vector of tables."""
        begin, n = self._vector(slot, 4)
        return [FlatTable(self.data, at + _read(self.data, at, "<I")) for at in range(begin, begin + 4 * n, 4)]

    def longs(self, slot: int, each: int = 1) -> list[tuple[int, ...]]:
        """A vector of structs of `each` int64."""
        begin, n = self._vector(slot, 8 * each)
        return list(struct.iter_unpack(f"<{each}q", self.data[begin : begin + 8 * each * n]))

    def text(self, slot: int) -> str:
        """A string; "" where there is none."""
        begin, n = self._vector(slot, 1)
        try:
            return self.data[begin : begin + n].decode()
        except UnicodeDecodeError:
            raise Damage("a name that is no UTF-8") from None


def root(data: bytes) -> FlatTable:
    """The table that a buffer holds."""
    return FlatTable(data, _read(data, 0, "<I"))
