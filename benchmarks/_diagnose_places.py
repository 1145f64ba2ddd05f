"""Cities of `scripts/bench diagnose`: real and generated, with detectors as measures want them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from benchmarks._diagnose_plans import applied
from benchmarks._estimate_places import GENERATED, present, scene

from citybrain.city.model import City
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.detect.diagnosis.diagnose import Diagnosis, diagnose
from citybrain.evaluate.event_log import Day, log_of_city
from citybrain.records.finding import Cause
from citybrain.twin.sensor_options import PERFECT, SensorOptions
from citybrain.twin.sensor_places import signal_detectors
from citybrain.twin.twin import Twin

TOWN = "generated 25"
PLACES = ("cologne8", "Hangzhou", "Jinan", TOWN)
KEPT = {"Hangzhou": 0.6, "Jinan": 0.6}  # share of the trips: their own plans are far over capacity with all of them
ROUNDS, CHANGES = 3, 6  # of advice, and junctions that are changed in each
FINE = replace(SensorOptions(), interval_s=1)
TRUE = replace(PERFECT, interval_s=1)

__all__ = ["FINE", "PLACES", "TOWN", "TRUE", "Place", "improved", "mean_delay_s", "open_place", "there"]


@dataclass(frozen=True, eq=False)
class Place:
    name: str
    city: City
    demand: Demand

    def until(self, lasts_s: float) -> float:
        return min(self.city.meta.end_s, self.city.meta.begin_s + lasts_s)

    def diagnosis(
        self, lasts_s: float, seed: int, controller: str = "plans", sensors: SensorOptions = TRUE
    ) -> Diagnosis:
        return diagnose(log_of_city(self.city, self.demand, Day(controller, self.until(lasts_s), seed, sensors)))


def there(name: str) -> bool:
    return name in (TOWN, GENERATED) or present(name)


def open_place(name: str, all_trips: bool = False) -> Place:
    """A place with detectors on every lane with a signal."""
    city, demand = generate(25, seed=4, scale=1.0, duration_s=3600.0) if name == TOWN else scene(name, 0)
    if name in KEPT and not all_trips:
        demand = thinned(demand, KEPT[name])
    return Place(name, replace(city, sensors=signal_detectors(city)), demand)


def thinned(demand: Demand, share: float) -> Demand:
    """Every so-manieth trip, evenly over time."""
    trips, n = demand.trips, demand.trips.depart_s.size
    keep = np.flatnonzero(np.diff(np.floor(share * np.arange(n + 1))) > 0)
    columns = {}
    for column in fields(trips):
        value = getattr(trips, column.name)
        if isinstance(value, tuple) and len(value) == n:
            columns[column.name] = tuple(value[row] for row in keep)
        elif (
            isinstance(value, np.ndarray) and column.name not in ("route_offset", "route_link") and value.shape[0] == n
        ):
            columns[column.name] = value[keep]
    return replace(demand, trips=replace(trips, **columns))


def mean_delay_s(place: Place, lasts_s: float, seed: int) -> float:
    """Mean delay of all vehicles under the city's plans, in seconds."""
    twin = Twin(place.city, place.demand, seed)
    twin.run(place.until(lasts_s))
    return twin.summary().mean_delay_s


def improved(place: Place, lasts_s: float) -> tuple[Place, list[float]]:
    """The place after a few rounds of its own diagnosis' advice, and the mean delay after each, the first one's before.

    In a round the most urgent advice of each of a few junctions is taken; a round that does not help is taken back.
    """
    delays = [mean_delay_s(place, lasts_s, 0)]
    for _ in range(ROUNDS):
        findings = place.diagnosis(lasts_s, 0).findings
        city, done = place.city, set[str]()
        for finding in findings:
            if finding.cause in (Cause.SPLIT, Cause.OFFSET) and finding.device not in done and len(done) < CHANGES:
                done.add(finding.device)
                city = applied(city, finding)
        better = replace(place, city=city)
        delay_s = mean_delay_s(better, lasts_s, 0)
        if not done or delay_s >= delays[-1]:
            break
        place = better
        delays.append(delay_s)
    return place, delays
