"""From SUMO's trip information to the figures of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from citybrain.city.sumo.xml import Row, stream
from citybrain.records.summary import Summary

__all__ = ["TripTable", "read_trips", "summarise"]

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TripTable:
    """Every vehicle that wanted to depart before the end; arrays are [n]."""

    began: Bool  # entered the network
    finished: Bool
    travel_s: F64  # wanted departure to arrival or end
    duration_s: F64  # real departure to arrival or end
    delay_s: F64  # time loss + waiting to enter; never entered: end - wanted departure
    waiting_s: F64  # standing in the network
    stops: F64


def read_trips(path: Path) -> TripTable:
    """Read a tripinfo file written with unfinished and undeparted vehicles."""
    rows = [_trip(row) for row in stream(path, "tripinfos") if row.tag == "tripinfo" and _wanted(row)]
    began, finished, wait_s, duration_s, loss_s, waiting_s, stops = np.array(rows, np.float64).reshape(-1, 7).T
    return TripTable(
        began=began > 0.0,
        finished=finished > 0.0,
        travel_s=duration_s + wait_s,
        duration_s=duration_s,
        delay_s=loss_s + wait_s,
        waiting_s=waiting_s,
        stops=stops,
    )


def _wanted(row: Row) -> bool:
    """SUMO reads ahead: a vehicle that waits 0 s to enter wants to depart at the end or later."""
    return row.number("depart") >= 0.0 or row.number("departDelay") > 0.0


def _trip(row: Row) -> tuple[float, ...]:
    began = row.number("depart") >= 0.0
    finished = row.number("arrival") >= 0.0
    columns = ("departDelay", "duration", "timeLoss", "waitingTime", "waitingCount")
    return float(began), float(finished), *(row.number(key) for key in columns)


@dataclass(frozen=True)
class RunFacts:
    """What the world itself counted."""

    seed: int
    begin_s: float
    end_s: float
    longest_wait_s: float
    vehicle_steps: int
    step_wall_s: float


def summarise(trips: TripTable, facts: RunFacts, controller: str) -> Summary:
    """Figures of a run. SUMO does not tell `approach_time_s`: it is nan."""
    delay_s = trips.delay_s
    return Summary(
        controller=controller,
        seed=facts.seed,
        begin_s=facts.begin_s,
        end_s=facts.end_s,
        vehicles=delay_s.size,
        finished_trips=int(trips.finished.sum()),
        never_inserted=int((~trips.began).sum()),
        mean_travel_time_s=_mean(trips.travel_s),
        mean_trip_duration_s=_mean(trips.duration_s[trips.finished]),
        mean_delay_s=_mean(delay_s),
        p95_delay_s=float(np.percentile(delay_s, 95.0)) if delay_s.size else float("nan"),
        longest_wait_s=facts.longest_wait_s,
        mean_stops=_mean(trips.stops[trips.began]),
        approach_time_s=float("nan"),
        vehicle_steps=facts.vehicle_steps,
        step_wall_s=facts.step_wall_s,
    )


def _mean(values: F64) -> float:
    return float(values.mean()) if values.size else float("nan")
