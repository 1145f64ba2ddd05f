"""The last hour of the vital signs and the last minutes of every signal, in memory: what a page shows as it opens.

History on disk goes further back, where it is kept; this is there from the first beat on, and no larger after a day.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from citybrain.city.model import F32, U8, City
from citybrain.hub.address import GROUPS, LANES
from citybrain.hub.hub import Hub
from citybrain.server.columns import column
from citybrain.server.edge import answer, iso, numbers
from citybrain.server.frames import QUEUE_STEPS, UNKNOWN_8, in_byte
from citybrain.server.models import RecentSignal, RecentVitals
from citybrain.server.picture import Picture
from citybrain.server.problems import ApiError
from citybrain.server.routing import answers
from citybrain.server.services import services

router = APIRouter(tags=["live"])
VITALS_EVERY_S, VITALS_KEPT = 10.0, 360
QUEUES_EVERY_S, QUEUES_KEPT = 10.0, 90
COLOURS_KEPT = 300  # seconds
Values = TypeVar("Values", F32, U8)


@dataclass(frozen=True, eq=False)
class Sample(Generic[Values]):
    """Values of one moment."""

    time_s: float
    values: Values


class Recent:
    """Listens to the hub from the thread that publishes; readers take copies of the lists."""

    def __init__(self, hub: Hub, city: City | None) -> None:
        self._hub, self._city = hub, city
        self._picture = None if city is None else Picture(hub, city)
        self.vitals: deque[Sample[F32]] = deque(maxlen=VITALS_KEPT)  # [3, n]: value, low, high
        self.queues: deque[Sample[U8]] = deque(maxlen=QUEUES_KEPT)
        self.colours: deque[Sample[U8]] = deque(maxlen=COLOURS_KEPT)
        self.names: list[str] = []
        self._seen_s = -np.inf
        if city is not None:
            hub.listen(self._told)

    def _told(self) -> None:
        """Something was published; what is due is taken."""
        now_s = self._hub.newest_s
        if self._picture is None or self._seen_s <= now_s < self._seen_s + 1.0:
            return  # a beat publishes many things one after another: its first one finds what the beat before left
        self._seen_s = now_s
        if _due(self.vitals, now_s, VITALS_EVERY_S):
            self._take_vitals(now_s)
        self._take_column(self.queues, LANES, "queue", QUEUES_EVERY_S)
        self._take_column(self.colours, GROUPS, "colour", 1.0)

    def _take_vitals(self, now_s: float) -> None:
        assert self._picture is not None
        self._picture.look()
        names = [entry.name for entry in self._picture.vitals]
        if names != self.names:
            self.vitals.clear()
            self.names = names
        values = self._hub.values(self._hub.rows_of(self._picture.vitals), now_s)
        self.vitals.append(Sample(now_s, np.stack([values.value, values.low, values.high]).astype(np.float32)))

    def _take_column(self, kept: deque[Sample[U8]], area: str, name: str, every_s: float) -> None:
        assert self._city is not None
        table = column(self._hub, self._city, area, name, self._hub.newest_s)
        if table is not None and np.isfinite(table.time_s) and _due(kept, table.time_s, every_s):
            steps = QUEUE_STEPS if area == LANES else 1.0
            kept.append(Sample(table.time_s, in_byte(table.values, steps)))


def _due(kept: deque[Any], time_s: float, every_s: float) -> bool:
    return not kept or time_s - kept[-1].time_s >= every_s


def _recent(request: Request) -> Recent:
    recent = request.app.state.recent
    assert isinstance(recent, Recent)
    return recent


@router.get("/recent", responses=answers(RecentVitals), summary="The last hour of the vital signs")
def recent(request: Request) -> Response:
    """Indicators of the whole city every ten seconds, oldest first; null = not known."""
    found = _recent(request)
    samples, names = list(found.vitals), found.names
    samples = [sample for sample in samples if sample.values.shape[1] == len(names)]
    values = np.stack([sample.values for sample in samples]) if samples else np.zeros((0, 3, len(names)), np.float32)
    series = {
        name: {part: numbers(values[:, row, k], 4) for row, part in enumerate(("value", "low", "high"))}
        for k, name in enumerate(names)
    }
    return answer({"time": [iso(sample.time_s) for sample in samples], "series": series}, 1)


@router.get("/recent/signals/{signal}", responses=answers(RecentSignal, 404), summary="The last minutes of a signal")
def recent_signal(request: Request, signal: str) -> Response:
    """What its groups have shown each second (five minutes), and the queues of its lanes (fifteen minutes)."""
    city, found = services(request).city, _recent(request)
    if city is None or signal not in city.signals.signal_id:
        raise ApiError(404, "not_found", "there is no such signal")
    row = city.signals.signal_id.index(signal)
    first, n = int(city.signals.first_group[row]), int(city.signals.n_groups[row])
    moves = city.movements
    lanes = np.unique(moves.from_lane[(moves.group >= first) & (moves.group < first + n)])
    colours, queues = list(found.colours), list(found.queues)
    told = {
        "signal": signal,
        "colour_time": [iso(sample.time_s) for sample in colours],
        "colours": {
            city.groups.group_id[group]: [int(sample.values[group]) for sample in colours]
            for group in range(first, first + n)
        },
        "queue_time": [iso(sample.time_s) for sample in queues],
        "queues": {str(lane): [_queue(sample.values[lane]) for sample in queues] for lane in lanes.tolist()},
    }
    return answer(told, 1)


def _queue(value: float) -> float | None:
    return None if value == UNKNOWN_8 else float(value) / QUEUE_STEPS
