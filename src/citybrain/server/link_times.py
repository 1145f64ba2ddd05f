"""The last hour of every link's time, in memory: what the trend of any course is made of.

Half a minute between two samples and two bytes a link: 24 MB for 10^5 links, however long the brain runs.
"""

from __future__ import annotations

import math
import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, City
from citybrain.hub.address import LINKS, slug
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality

EVERY_S, KEPT = 30.0, 120
_HIGHEST = 65_000.0  # that two bytes hold


class LinkTimes:
    """Listens to the hub from the thread that publishes; readers ask for the links that they need."""

    def __init__(self, hub: Hub, city: City | None) -> None:
        self._hub = hub
        self._address = "" if city is None else f"{slug(city.meta.name)}/{LINKS}/travel_time"
        self._kept: deque[tuple[float, NDArray[np.float16]]] = deque(maxlen=KEPT)
        self._due_s = -math.inf
        self._lock = threading.Lock()
        if city is not None:
            hub.listen(self._told)

    def _told(self) -> None:
        now_s = self._hub.newest_s
        if now_s < self._due_s or self._address not in self._hub.catalogue:
            return
        table = self._hub.table(self._address, now_s)
        last_s = self._kept[-1][0] if self._kept else -math.inf
        if not math.isfinite(table.time_s) or table.time_s - last_s < EVERY_S:
            return
        known = (table.quality != Quality.UNKNOWN) & (table.quality != Quality.STALE)
        values = np.where(known, np.minimum(table.values, _HIGHEST), np.nan).astype(np.float16)
        with self._lock:
            self._kept.append((table.time_s, values))
        self._due_s = table.time_s + EVERY_S

    def of(self, links: NDArray[np.integer]) -> tuple[F64, F64]:
        """Times [n] of the samples, oldest first, and seconds [n, links.size]; nan = not known then."""
        with self._lock:
            kept = list(self._kept)
        seconds = np.array([values[links] for _, values in kept], np.float64).reshape(len(kept), links.size)
        return np.array([time_s for time_s, _ in kept], np.float64), seconds
