"""A street of a few links under the flow model, stepped by hand: what begins on it and what its lights show is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from _roads import Road, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import City, Colour
from citybrain.city.timelines import Timelines, timelines_of
from citybrain.estimate import queues
from citybrain.estimate.approaches import Approaches, approaches_of
from citybrain.estimate.lights import planned_colours
from citybrain.estimate.profile import road_of
from citybrain.estimate.turning import Habits, default_habits

FREE_M, FREE_S = 460.0, 50.0  # at 10 m/s, 92 % of which are driven freely
SIGNAL = (PhaseSpec(30.0, [Colour.PROTECTED]), PhaseSpec(60.0, [Colour.RED]))


@dataclass
class Street:
    city: City
    table: Approaches
    plans: Timelines
    road: queues.Road
    flow: queues.Flow
    second: int = 0

    def step(
        self,
        colours: Sequence[int] | None = None,
        watched: Sequence[int] = (),
        left: dict[int, float] | None = None,
    ) -> queues.Second:
        """One second; `left` by stream. Lights are those of the plans unless told."""
        table, out = self.table, queues.nothing(self.table)
        shown = np.zeros(len(self.city.groups.group_id), np.uint8)
        planned_colours(self.plans, float(self.second), shown)
        if colours is not None:
            shown[:] = colours
        eyes, gone = np.zeros(table.lane_link.size, np.uint8), np.zeros(table.stream_turn.size, np.float32)
        eyes[list(watched)] = 1
        for stream, n in (left or {}).items():
            gone[stream] = n
        seen = queues.Seen(self.second, float(self.second), shown, eyes, gone)
        queues.step(table, self.road, self.flow, seen, out)
        self.second += 1
        return out

    def trust_queues(self) -> None:
        """No queue is called in doubt, however long."""
        self.flow.witness_s[:] = 1e9


def street_of(city: City, entry_vps: dict[int, float] | None = None) -> Street:
    """A city in which trips begin only where told, and end only where no way leads on."""
    table, plans = approaches_of(city), timelines_of(city)
    n_links = table.n_lanes.size
    entry = np.zeros(n_links, np.float32)
    for link, vps in (entry_vps or {}).items():
        entry[link] = vps
    habits = Habits(default_habits(table).share, entry, np.zeros(n_links, np.float32))
    of = road_of(city, table, plans, habits)
    return Street(city, table, plans, of, queues.still(table, of))


def row(entry_vps: float = 0.0, signal: bool = False, n_lanes: int = 1, speed_mps: float = 10.0) -> Street:
    """Two links of FREE_M in a row; a signal between them where asked."""
    plan = Road((FREE_M, FREE_M), speed_mps, n_lanes, signal_after=0 if signal else -1, phases=SIGNAL)
    return street_of(road(plan), {0: entry_vps})


def parcels(flow: queues.Flow, lane: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(vehicles, mean times of arrival) of the parcels in use, oldest first."""
    at = (flow.head[lane] + np.arange(flow.filled[lane])) % queues.PARCELS
    return flow.parcel[lane, at].astype(np.float64), flow.parcel_s[lane, at]
