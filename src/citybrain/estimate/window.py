"""Sums over the last WINDOW_S, in slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64
from citybrain.estimate.queues import Second
from citybrain.records.network_state import WINDOW_S

SLICE_S = 10


@dataclass(eq=False)
class Window:
    """A ring of slices; the newest is not full yet."""

    slices: F64  # [slices, 4, n_links]
    sums: F64  # [4, n_links] exits, travel_s, spent_s, driven_m
    seconds: int = 0


def new_window(n_links: int) -> Window:
    """Nothing has happened yet."""
    return Window(np.zeros((int(WINDOW_S) // SLICE_S, 4, n_links)), np.zeros((4, n_links)))


def add(window: Window, out: Second) -> None:
    """Add a second; forget the oldest slice when one is full."""
    number, within = divmod(window.seconds, SLICE_S)
    piece = window.slices[number % len(window.slices)]
    if within == 0:
        window.sums -= piece
        piece[:] = 0.0
    for row, values in enumerate((out.exits, out.travel_s, out.spent_s, out.driven_m)):
        piece[row] += values
        window.sums[row] += values
    window.seconds += 1
