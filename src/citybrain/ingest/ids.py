"""Ids of the city, found by the bytes of a text column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.ingest._kernels import build_slots, find_rows
from citybrain.ingest.cells import Texts


@dataclass(frozen=True, eq=False)
class IdTable:
    """Rows by id: a table of open addressing, at most half full."""

    known: Texts
    slots: NDArray[np.int32]

    @classmethod
    def of(cls, ids: Sequence[str]) -> IdTable:
        """Of unique ids in the order of their rows."""
        known = Texts.of(ids)
        slots = np.full(1 << max(3, (2 * len(ids)).bit_length()), -1, np.int32)
        build_slots(known.data, known.offset, slots)
        return cls(known, slots)

    def find(self, texts: Texts) -> NDArray[np.int32]:
        """The row of each text [n]; -1 = unknown or missing."""
        found: NDArray[np.int32] = find_rows(self.known.data, self.known.offset, self.slots, texts.data, texts.offset)
        return np.where(texts.present, found, np.int32(-1))
