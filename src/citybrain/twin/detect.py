"""Advance detectors: how long nobody has covered the place two seconds before a stop line (for gap-out)."""

from __future__ import annotations

from citybrain.twin.arrays import World
from citybrain.twin.jit import kernel

DETECTOR_S = 2.0  # travel time from the detector to the stop line (SUMO's detector-gap)
DETECTOR_M = 0.5


@kernel
def is_covered(w: World, lane: int) -> bool:
    """Was the lane's detector covered at any moment of the last second?"""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    at = max(tracks[lane].length - DETECTOR_S * tracks[lane].limit, 0.5)
    head = tracks[lane].head
    for s in range(head, head + tracks[lane].count):
        if slots[s].pos < at - DETECTOR_M:
            return False
        if slots[s].pos - kinds[slots[s].typ].length - slots[s].speed <= at:
            return True
    return False


@kernel
def watch_detectors(w: World) -> None:
    """Advance every lane's idle clock by one second, or set it back."""
    tracks = w.tracks
    lanes = w.lanes
    for lane in range(w.n_lanes):
        if tracks[lane].count > 0 and is_covered(w, lane):
            lanes[lane].idle = 0.0
        else:
            lanes[lane].idle += 1.0
