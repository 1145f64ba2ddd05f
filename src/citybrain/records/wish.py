"""What an optimiser would like signals to show; the guard decides what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Wishes:
    """One batch of wishes, one row a signal; arrays are [n].

    The guard trusts none of these values: an optimiser that goes wrong sends NaN, names that do not exist, wishes of
    yesterday, or wishes twice. So the numbers may be of any type, and are checked before they are used.
    """

    made_s: float  # when they were decided, on the world's clock
    sequence: int  # rises with every batch of one optimiser
    epoch: int  # of the modes under which they were made (`guard.gate.Gate.epoch`)
    signal: NDArray[Any]  # row of the city's signals
    stage: NDArray[Any]  # place within the signal
    priority: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.uint8))  # the highest counts; none = 0
