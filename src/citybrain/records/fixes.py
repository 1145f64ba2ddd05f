"""Where probes are on the network: their positions brought onto links, and the way they took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Fixes:
    """One row a matched position; arrays are [n], by `time_s`, then in the order of arrival."""

    time_s: NDArray[np.float64]
    vehicle: NDArray[np.uint64]
    link: NDArray[np.int32]  # -1 = no link is near enough
    position_m: NDArray[np.float32]  # along the link, from its start
    speed_mps: NDArray[np.float32]  # as reported
    last_time_s: NDArray[np.float64]  # of the fix before, of the same vehicle; nan = there is none
    last_position_m: NDArray[np.float32]  # on the first link of the way; nan = there is none
    # The way since the fix before: links in driving order, that of the fix before first, `link` last.
    # way_link[way_offset[i] : way_offset[i + 1]]; only `link` where there is no fix before or no way joins the two.
    way_offset: NDArray[np.int64]  # [n + 1]
    way_link: NDArray[np.int32]
