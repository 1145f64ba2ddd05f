"""Indicators and a table to keep, and a history in a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from citybrain.hub.catalogue import Audience, Entry, Kind
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.settings import Settings

IN_TRANSIT = Entry("c/all/in_transit", "vehicles", "how many", "estimate", "office", 1.0, 5.0, low=0.0)
DELAY = Entry("c/all/delay_index", "", "how slow", "estimate", "office", 1.0, 5.0, low=0.0)
NORTH = Entry("c/north/in_transit", "vehicles", "how many", "estimate", "office", 1.0, 5.0, low=0.0)
SECRET = Entry("c/all/secret", "", "nobody's", "x", "office", 1.0, 5.0, audience=Audience.RESTRICTED)
SPEED = Entry("c/links/speed", "m/s", "mean", "estimate", "office", 1.0, 5.0, Kind.TABLE, rows=4, axis="links", low=0.0)
ENTRIES = [IN_TRANSIT, DELAY, NORTH, SECRET]


def open_history(folder: Path, **settings: int) -> History:
    return History(folder / "history", Settings(**settings), in_background=False)


def keep(history: History, time_s: float, value: float, hub: Hub | None = None) -> None:
    """Publish one value everywhere and keep it; the columns of the table hold value + row."""
    hub = hub or Hub()
    rows = hub.register(ENTRIES)
    hub.register_table(SPEED)
    values = np.full(4, value)
    hub.publish(time_s, rows, values, values - 1.0, values + 1.0)
    hub.publish_table(SPEED.address, time_s, np.array([value, value + 1, np.nan, value + 3]))
    history.append(ENTRIES, hub.values(rows, time_s))
    history.append_table(hub.table(SPEED.address, time_s))
