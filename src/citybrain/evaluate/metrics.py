"""The figures that a comparison shows: one definition each, used by the table, the JSON and the report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from citybrain.records.summary import Summary


class Better(IntEnum):
    """Which way a figure should go."""

    LOWER = -1
    NEITHER = 0
    HIGHER = 1


@dataclass(frozen=True)
class Metric:
    """`key` is the field of `Summary`; `label` and `unit` are for people."""

    key: str
    label: str
    unit: str
    digits: int
    better: Better
    definition: str

    def of(self, summary: Summary) -> float:
        """The figure of one run."""
        return float(getattr(summary, self.key))


METRICS = (
    Metric(
        *("mean_travel_time_s", "Mean travel time", "s", 1, Better.LOWER),
        "Over all vehicles that wanted to depart, from wanted departure to arrival; a vehicle still waiting or driving"
        " at the end counts up to the end. The figure to judge by: it cannot be improved by leaving vehicles outside.",
    ),
    Metric(
        *("mean_delay_s", "Mean delay", "s", 1, Better.LOWER),
        "Over all vehicles: travel time less the free-flow time of what they drove, waiting to enter included.",
    ),
    Metric(
        *("p95_delay_s", "95th percentile of delay", "s", 1, Better.LOWER),
        "One vehicle in twenty has a longer delay than this.",
    ),
    Metric(
        *("longest_wait_s", "Longest wait", "s", 0, Better.LOWER),
        "The longest single standstill of any vehicle, also of one that still stands at the end.",
    ),
    Metric(
        *("mean_stops", "Stops per vehicle", "", 2, Better.LOWER),
        "Mean number of times that a vehicle came to a stop.",
    ),
    Metric(
        *("mean_trip_duration_s", "Mean trip duration", "s", 1, Better.LOWER),
        "Finished trips only, from real departure to arrival. Flatters a controller that finishes few trips: read it"
        " beside the number of finished trips.",
    ),
    Metric(
        *("finished_trips", "Finished trips", "", 0, Better.HIGHER),
        "Trips that reached their destination before the end.",
    ),
    Metric(
        *("never_inserted", "Never inserted", "", 0, Better.LOWER),
        "Vehicles that wanted to depart and found no room to enter the network before the end.",
    ),
    Metric(
        *("approach_time_s", "Approach-lane time", "s", 1, Better.LOWER),
        "Metric of the published CityFlow tables: per vehicle and junction from the first to the last second on an"
        " entering lane, summed, mean over vehicles that entered. Leaves out exit roads, junction interiors and"
        " vehicles never inserted.",
    ),
)
BY_KEY = {metric.key: metric for metric in METRICS}
