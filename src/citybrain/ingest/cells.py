"""What a message says, column by column, before anything of it is trusted: numbers and texts with their gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cells", "Numbers", "Texts"]


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers; `present` [n] tells which rows have one (nan elsewhere)."""

    values: NDArray[np.float64]
    present: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.values.size)

    def value(self, row: int) -> float | None:
        """Of a row; None = missing."""
        return float(self.values[row]) if self.present[row] else None


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of texts: row i is the UTF-8 data[offset[i] : offset[i + 1]]."""

    data: NDArray[np.uint8]
    offset: NDArray[np.int64]  # [n + 1], rising
    present: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.present.size)

    @cached_property
    def n_bytes(self) -> NDArray[np.int64]:
        """Length of each row in bytes."""
        return np.diff(self.offset)

    @cached_property
    def broken(self) -> NDArray[np.bool_]:
        """Rows whose bytes are no UTF-8."""
        found = np.zeros(len(self), np.bool_)
        data, begins = self.data[self.offset[0] : self.offset[-1]], self.offset[:-1][self.n_bytes > 0]
        if _is_utf8(data.tobytes()) and not bool(((self.data[begins] & 0xC0) == 0x80).any()):
            return found
        data = self.data
        found[:] = [not _is_utf8(data[a:b].tobytes()) for a, b in pairwise(self.offset.tolist())]
        return found

    def value(self, row: int) -> str | None:
        """Of a row, with a mark in the place of bytes that are no UTF-8; None = missing."""
        if not self.present[row]:
            return None
        return bytes(self.data[self.offset[row] : self.offset[row + 1]]).decode("utf-8", "replace")

    def strings(self, rows: NDArray[np.int64]) -> list[str]:
        """Of some rows. Bytes that are no UTF-8 become marks."""
        data, offset = self.data.tobytes(), self.offset
        begins, ends = offset[rows].tolist(), offset[rows + 1].tolist()
        return [data[a:b].decode("utf-8", "replace") for a, b in zip(begins, ends, strict=True)]

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Texts:
        """From strings; whatever is no string is missing."""
        present = np.ones(len(values), np.bool_)
        try:
            whole = "\0".join(values)  # type: ignore[arg-type]
        except TypeError:
            present = np.fromiter((isinstance(value, str) for value in values), np.bool_, len(values))
            values = [value if isinstance(value, str) else "" for value in values]
            whole = "\0".join(values)  # type: ignore[arg-type]
        data = np.frombuffer(whole.encode("utf-8", "replace"), np.uint8)
        gaps = np.flatnonzero(data == 0)
        offset = np.zeros(len(values) + 1, np.int64)
        if gaps.size == len(values) - 1:
            offset[1:-1], offset[-1] = gaps - np.arange(gaps.size), data.size - gaps.size
            return cls(data[data != 0], offset, present)
        pieces = [value.encode("utf-8", "replace") for value in cast(Sequence[str], values)]  # some text has a zero
        np.cumsum([len(piece) for piece in pieces], out=offset[1:])
        return cls(np.frombuffer(b"".join(pieces), np.uint8), offset, present)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True, eq=False)
class Cells:
    """The rows of a message that have the right form. `row` [n] is where each one stands in the message."""

    row: NDArray[np.int64]
    columns: dict[str, Numbers | Texts]  # by field; a field that no row has is left out

    def __len__(self) -> int:
        return int(self.row.size)
