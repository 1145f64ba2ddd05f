"""Every pair of groups that may not be green together, shown to the referee; the guard's table says which these are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from _cities import BOUNDS, Place

from citybrain.city.model import Colour
from citybrain.control.plans import PlanPlayer
from citybrain.guard.conflicts import Level
from citybrain.guard.latches import LatchBook
from citybrain.guard.monitor import Fault, Monitor

QUIET_S = 200
Pair = tuple[int, int, int, int]  # signal, its two groups, the colour that both show


@dataclass
class Injected:
    """What became of the pairs."""

    pairs: int = 0
    signals: int = 0
    caught: int = 0  # in the very second in which they were shown
    latched: int = 0  # signals
    latched_again: int = 0  # of these, after a restart
    false: int = 0  # trips of signals that showed their plans and nothing else, before


def pairs_of(place: Place) -> list[list[Pair]]:
    """By signal: NEVER pairs in both greens, YIELD pairs with right of way for both."""
    conflicts, found = place.tables.conflicts, []
    for signal in range(len(place.city.signals.signal_id)):
        level = conflicts.of(signal)
        rows: list[Pair] = []
        for g, h in np.argwhere(np.triu(level) > 0).tolist():
            never = level[g, h] == Level.NEVER
            colours = (Colour.PERMISSIVE, Colour.PROTECTED) if never else (Colour.PROTECTED,)
            rows += [(signal, g, h, int(colour)) for colour in colours]
        found.append(rows)
    return found


def inject(place: Place, folder: Path) -> Injected:
    """Show every pair once, one a signal and second, the plans' colours between them."""
    city, book, monitor = place.city, LatchBook(folder), place.monitor()
    player, found, time_s = PlanPlayer(city), Injected(), 0.0
    by_signal, names = pairs_of(place), city.signals.signal_id
    for _ in range(QUIET_S):
        trips = monitor.see(time_s, player.colours(time_s).tobytes())
        found.false += sum(trip.signal not in place.unfit for trip in trips)
        time_s += 1.0
    for row in zip_longest(*by_signal):
        for pairs in ([], [pair for pair in row if pair is not None]):
            colours = player.colours(time_s)
            for pair in pairs:
                _show(place, colours, pair)
            trips = monitor.see(time_s, colours.tobytes())
            book.latch(trips)
            conflict = {trip.signal for trip in trips if trip.fault is Fault.CONFLICT}
            found.caught += sum(names[pair[0]] in conflict for pair in pairs)
            found.pairs += len(pairs)
            time_s += 1.0
    bad = {names[s] for s, rows in enumerate(by_signal) if rows}
    found.signals, found.latched = len(bad), len(bad & monitor.latched & set(book.latched))
    book.close()
    again = LatchBook(folder)
    found.latched_again = len(bad & Monitor(place.sheets, BOUNDS, again.latched).latched)
    again.close()
    return found


def _show(place: Place, colours: np.ndarray, pair: Pair) -> None:
    """All of the signal red but the two groups."""
    signal, g, h, colour = pair
    first, last = place.tables.table.first_group[signal : signal + 2]
    colours[first:last] = Colour.RED
    colours[first + g] = colours[first + h] = colour
