"""What the brain asks of the signals: leases, that end by themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEASE_S = 10.0  # how long a command holds unless it is renewed


@dataclass(frozen=True, eq=False)
class Commands:
    """One row a signal; arrays are [n]. A signal without a live lease plays its own plan."""

    signal: NDArray[np.int32]
    stage: NDArray[np.int32]  # wished: place within the signal
    expires_s: NDArray[np.float64]  # on the world's clock


def no_commands() -> Commands:
    """Nothing is asked."""
    return Commands(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float64))
