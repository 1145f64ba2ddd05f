"""Seconds lost on every lane: what the delay reward is made of."""

from __future__ import annotations

import numpy as np

from citybrain.twin.arrays import F32, World
from citybrain.twin.jit import entry


@entry
def lane_delays(w: World, delay: F32) -> None:
    """Add to `delay` [n_lanes] the seconds that vehicles on each lane lose in a second at their present speeds."""
    tracks = w.tracks
    slots = w.slots
    for lane in range(w.lanes.size):
        for s in range(tracks[lane].head, tracks[lane].head + tracks[lane].count):
            delay[lane] += max(np.float32(0.0), np.float32(1.0) - slots[s].speed / tracks[lane].limit)
