"""What came out of one run: the figures that a comparison of controllers stands on."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Summary:
    """Figures of one run. A mean over nobody is nan.

    `mean_travel_time_s` is the honest one: over all vehicles that wanted to depart, those still waiting or driving at
    the end counted up to the end. `approach_time_s` is the metric of the published CityFlow tables: per vehicle and
    junction, first to last second on an entering lane, summed over junctions, mean over the vehicles that entered;
    it leaves out exit roads, junction interiors and vehicles never inserted, so it is shown beside, not instead.
    """

    controller: str
    seed: int
    begin_s: float
    end_s: float
    vehicles: int  # wanted to depart before end_s
    finished_trips: int
    never_inserted: int  # still waiting outside the network at the end
    mean_travel_time_s: float  # all vehicles, from wanted departure to arrival or end
    mean_trip_duration_s: float  # finished trips, from real departure to arrival
    mean_delay_s: float  # all vehicles: travel time less free-flow time of what they drove, waiting to enter included
    p95_delay_s: float
    longest_wait_s: float  # longest single standstill, also of a vehicle still standing at the end
    mean_stops: float  # per vehicle
    approach_time_s: float
    vehicle_steps: int  # sum over steps of the vehicles in the network
    step_wall_s: float  # wall time spent in the world's steps

    def to_json(self) -> str:
        """One line of JSON in the order of the fields; nan becomes null."""
        row = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(self).items()}
        return json.dumps(row, allow_nan=False)
