"""Advance detectors: how long nobody has covered the place about two seconds before a stop line (for gap-out)."""

from __future__ import annotations

from citybrain.city.advance import TRAVEL_S
from citybrain.twin.arrays import World
from citybrain.twin.jit import kernel


@kernel
def is_covered(w: World, lane: int) -> bool:
    """Was the lane's detector covered at any moment of the last second?"""
    tracks = w.tracks
    slots = w.slots
    kinds = w.kinds
    before_m = min(TRAVEL_S * tracks[lane].limit, w.lanes[lane].reach)
    at = max(tracks[lane].length - before_m, 0.5)
    head = tracks[lane].head
    for s in range(head, head + tracks[lane].count):
        if slots[s].pos < at:
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
