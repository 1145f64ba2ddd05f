"""Every indicator has one definition, and it is here: name, unit, meaning, range, and how it follows from records.

Only what some stage computes is listed. Values of a network are arrays over areas [1 + n_areas]: row 0 is the whole
city, the others its areas, as in `AreaStates`; nan = nothing is known there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.hub.address import address_of
from citybrain.hub.catalogue import Audience, Entry, Kind
from citybrain.records.area_trips import AreaTrips
from citybrain.records.network_state import LaneStates, LinkStates, NetworkState
from citybrain.records.observations import ParkingState, Quality
from citybrain.records.parking import ParkingStates
from citybrain.records.sensor_health import Health, SensorHealth

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

QUEUE_SPACING_M = 7.5  # a standing vehicle and its gap: the jam spacing that Wiedemann, HCM and SUMO's defaults share
OWNER = "traffic office"
BEAT_S = 1.0
FRESH_S = 10.0  # a value of a beat is stale after ten of them


@dataclass(frozen=True)
class Definition:
    """What an indicator or a column is, wherever it stands."""

    name: str
    unit: str
    meaning: str
    source: str = "estimate"
    low: float = 0.0
    high: float = math.inf
    axis: str = ""  # of a column
    audience: Audience = Audience.PUBLIC
    period_s: float = BEAT_S

    def entry(self, city: str, area: str, rows: int = 1) -> Entry:
        """The catalogue's entry of it in an area of a city; `rows` of a column."""
        return Entry(
            address_of(city, area, self.name),
            self.unit,
            self.meaning,
            self.source,
            OWNER,
            self.period_s,
            FRESH_S * self.period_s,
            kind=Kind.TABLE if self.axis else Kind.INDICATOR,
            audience=self.audience,
            rows=rows,
            axis=self.axis,
            low=self.low,
            high=self.high,
        )


# ---- of areas ----

IN_TRANSIT = Definition(
    "in_transit", "vehicles", "vehicles on the area's links, junctions included, whose trip has begun and not ended"
)
OBSERVED_SHARE = Definition(
    "observed_share", "", "share of the vehicles in transit that some sensor really saw", high=1.0
)
DELAY_INDEX = Definition(
    "delay_index", "", "time taken / free-flow time of what was driven in the last 300 s; at least 1", low=1.0
)
TRAVEL_TIME_INDEX = Definition(
    "travel_time_index", "", "sum of length x volume / speed over sum of length x volume / free speed, over 300 s"
)
MEAN_SPEED = Definition("mean_speed", "m/s", "mean over the vehicles present of the space mean speed of their links")
QUEUED = Definition("queued_vehicles", "vehicles", "vehicles that stand or creep before a stop line")
SPILLBACK = Definition(
    "spillback_links", "links", "links on which the queue of a lane reaches back over the whole lane (7.5 m a vehicle)"
)
OF_AREAS = (IN_TRANSIT, OBSERVED_SHARE, DELAY_INDEX, TRAVEL_TIME_INDEX, MEAN_SPEED, QUEUED, SPILLBACK)

# ---- of places to park: the name stands behind the place's own ----

PARKING_S = 60.0  # between two reports of a place, as most feeds have it
FREE = Definition("free", "spaces", "free spaces, as the place last reported", "parking", period_s=PARKING_S)
SPACES = Definition("spaces", "spaces", "all spaces, as the place last reported", "parking", period_s=PARKING_S)
OCCUPANCY = Definition("occupancy", "", "taken spaces / all spaces", "parking", high=1.0, period_s=PARKING_S)
PARKING_STATE = Definition(
    "state", "", "0 open, 1 closed, 2 full: nobody is let in", "parking", high=2.0, period_s=PARKING_S
)
PARKING_CHANGE = Definition(
    "change",
    "spaces",
    "free spaces now - those of a quarter of an hour before",
    "parking",
    low=-math.inf,
    period_s=PARKING_S,
)
OF_PARKING = (FREE, SPACES, OCCUPANCY, PARKING_STATE, PARKING_CHANGE)
PARKING_SUMS = (
    Definition(
        "parking_free", "spaces", "spaces one can drive to: free ones of places that are open and report", "parking"
    ),
    Definition("parking_spaces", "spaces", "all spaces of places that are not closed and report", "parking"),
    Definition("parking_occupancy", "", "1 - parking_free / parking_spaces", "parking", high=1.0),
)

LEAST_TRIPS = 10.0  # vehicles in a cell that is published
TRIPS_S = 300.0  # between two bookings

# ---- of sensors ----

ALIVE_SHARE = Definition("sensors_alive_share", "", "sensors not found dead / sensors judged", "detect", high=1.0)
GOOD_SHARE = Definition("sensors_good_share", "", "sensors found good / sensors judged", "detect", high=1.0)
NEWEST_AGE = Definition("newest_age", "s", "now - time of the newest record of any sensor", "ingest")
SENSORS = {
    state: Definition(f"sensors_{state.name.lower()}", "sensors", f"sensors found {state.name.lower()}", "detect")
    for state in Health
}
OF_SENSORS = (ALIVE_SHARE, GOOD_SHARE, NEWEST_AGE, *SENSORS.values())

# ---- columns ----

LINK_SPEED = Definition("speed", "m/s", "space mean speed, 300 s: distance driven / time spent", axis="links")
LINK_COUNT = Definition("count", "vehicles", "vehicles on the link now", axis="links")
LINK_FLOW = Definition("flow", "vehicles/s", "vehicles that left the link, mean of the last 300 s", axis="links")
LINK_TIME = Definition("travel_time", "s", "from its start over its end, of those who leave it now", axis="links")
LINK_DENSITY = Definition("density", "vehicles/m", "vehicles on the link / (length x lanes)", axis="links")
LANE_QUEUE = Definition("queue", "vehicles", "vehicles that stand or creep before the stop line now", axis="lanes")
SENSOR_HEALTH = Definition(
    "health", "", "0 good, 1 unknown, 2 dead, 3 stuck, 4 chattering, 5 biased", "detect", high=5.0, axis="sensors"
)
SENSOR_AGE = Definition("age", "s", "now - time of the sensor's newest record", "ingest", axis="sensors")
SENSOR_FACTOR = Definition("factor", "", "what the sensor's counts are multiplied by", "detect", axis="sensors")
OF_LINKS = (LINK_SPEED, LINK_COUNT, LINK_FLOW, LINK_TIME, LINK_DENSITY)
OF_LANES = (LANE_QUEUE,)
COLUMNS_OF_SENSORS = (SENSOR_HEALTH, SENSOR_AGE, SENSOR_FACTOR)
SIGNAL_MODE = Definition("mode", "", "0 observe, 1 recommend, 2 control", "guard", high=2.0, axis="signals")
SIGNAL_ADVISED = Definition(
    "advised_stage",
    "",
    "newest stage recommended to people: its place in the signal's plan, from 0",
    "guard",
    axis="signals",
)
SIGNAL_LATCHED = Definition(
    "latched", "", "1 = the referee has latched it to its local plan", "guard", high=1.0, axis="signals"
)
ON_GREEN_S = 60.0  # between two publications
_ON_GREEN = "share of the vehicles that reached the stop line on green, by when a sensor upstream saw them; last 15 min"
SIGNAL_ON_GREEN = Definition("arrivals_on_green", "", _ON_GREEN, high=1.0, axis="signals", period_s=ON_GREEN_S)
GROUP_ON_GREEN = Definition("arrivals_on_green", "", _ON_GREEN, high=1.0, axis="groups", period_s=ON_GREEN_S)
OF_SIGNALS = (SIGNAL_MODE, SIGNAL_ADVISED, SIGNAL_LATCHED)
GROUP_COLOUR = Definition(
    "colour",
    "",
    "0 red, 1 red and yellow, 2 yellow, 3 off, 4 stop then go, 5 green that yields, 6 green",
    high=6.0,
    axis="groups",
)
GROUP_LEFT = Definition("left", "s", "until the colour changes, where a fixed plan is followed", axis="groups")
OF_GROUPS = (GROUP_COLOUR, GROUP_LEFT)


def trips_to(area: str) -> Definition:
    """Trips from the area that it stands in to another, by that one's slug."""
    meaning = (
        f"trips that end in {area}, mean of the last hour or so; none where fewer than {LEAST_TRIPS:g} were counted"
    )
    return Definition(f"trips_to_{area}", "vehicles/s", meaning, period_s=TRIPS_S)


def told_trips(found: AreaTrips) -> F64:
    """Trips a second [n, n] as they may be told: nan where so few were counted that one might be known by it."""
    return np.where(found.vps * found.watched_s >= LEAST_TRIPS, found.vps, np.nan)


def count_of(name: str) -> Definition:
    """A count of the ingest since it began: accepted, quarantined, ..."""
    return Definition(name, "observations", f"observations {name.replace('_', ' ')} since the brain began", "ingest")


def time_of(name: str) -> Definition:
    """A time that the brain's own beat took."""
    return Definition(name, "s", f"what the brain's beat took: {name.replace('_', ' ')}", "brain")


# ---- how they follow from records ----


@dataclass(frozen=True, eq=False)
class Members:
    """Which links lie in which area: pairs [m] of area row and link; row 0 is the whole city."""

    area: I64
    link: I64
    n_areas: int  # the whole city counts


def members(city: City) -> Members:
    """The links of the whole city and of each of its areas."""
    n = city.links.length_m.size
    sizes = np.diff(city.areas.link_offset)
    area = np.concatenate([np.zeros(n, np.int64), 1 + np.repeat(np.arange(sizes.size), sizes)])
    return Members(area, np.concatenate([np.arange(n), city.areas.link.astype(np.int64)]), 1 + sizes.size)


def area_sum(of: Members, per_link: NDArray[Any]) -> F64:
    """Sum over the links of each area [n_areas]; nan counts as nothing."""
    return np.bincount(of.area, np.nan_to_num(per_link)[of.link], of.n_areas).astype(np.float64)


def _ratio(above: F64, below: F64) -> F64:
    """above / below; nan where there is nothing below."""
    ratio = np.full(above.size, np.nan)
    np.divide(above, below, out=ratio, where=below > 0.0)
    return ratio


def travel_time_index(of: Members, city: City, links: LinkStates) -> F64:
    """Σ length·volume/speed ÷ Σ length·volume/free speed [n_areas], over links with a known speed."""
    speed = links.speed_mps.astype(np.float64)
    driven = city.links.length_m * links.flow_vps
    known = (speed > 0.0) & (driven > 0.0) & (links.quality != Quality.UNKNOWN)
    taken_s = np.divide(driven, speed, out=np.zeros(speed.size), where=known)
    free_s = np.where(known, driven / city.links.speed_mps, 0.0)
    return _ratio(area_sum(of, taken_s), area_sum(of, free_s))


def mean_speed_mps(of: Members, links: LinkStates) -> F64:
    """Σ count·speed ÷ Σ count [n_areas], over links with a known speed; nan where nobody drives."""
    count = np.where(np.isnan(links.speed_mps) | (links.quality == Quality.UNKNOWN), 0.0, links.count)
    return _ratio(area_sum(of, count * np.nan_to_num(links.speed_mps)), area_sum(of, count))


def queued_vehicles(of: Members, city: City, lanes: LaneStates) -> F64:
    """Σ queue over the lanes of each area's links [n_areas]; nan where no lane's queue is known."""
    known = (lanes.quality != Quality.UNKNOWN) & ~np.isnan(lanes.queue)
    n = city.links.length_m.size
    per_link = np.bincount(city.lanes.link, np.where(known, lanes.queue, 0.0), n)
    total, seen = area_sum(of, per_link), area_sum(of, np.bincount(city.lanes.link, known, n))
    return np.where(seen > 0.0, total, np.nan)


def spillback_links(of: Members, city: City, lanes: LaneStates) -> F64:
    """Links of each area [n_areas] on which some lane's queue leaves no room for another vehicle; nan as above."""
    known = (lanes.quality != Quality.UNKNOWN) & ~np.isnan(lanes.queue)
    room = np.maximum(np.floor(city.lanes.length_m / QUEUE_SPACING_M), 1.0)
    n = city.links.length_m.size
    full = np.bincount(city.lanes.link, known & (np.nan_to_num(lanes.queue) >= room), n) > 0.0
    seen = area_sum(of, np.bincount(city.lanes.link, known, n))
    return np.where(seen > 0.0, area_sum(of, full.astype(np.float64)), np.nan)


def density_vpm(city: City, links: LinkStates) -> F64:
    """Vehicles a metre of lane [n_links]."""
    return np.asarray(links.count / (city.links.length_m * np.maximum(city.links.n_lanes, 1)), np.float64)


def widened(values: F32) -> F64:
    """Single precision as the float64 that its shortest decimals name: 0.05, where a cast gives 0.05000000074505806."""
    return values.astype("U32").astype(np.float64)


def area_values(of: Members, city: City, state: NetworkState) -> F64:
    """Values of OF_AREAS, in their order: [7, n_areas]."""
    areas, links, lanes = state.areas, state.links, state.lanes
    return np.array(
        [
            widened(areas.in_transit),
            widened(areas.observed_share),
            widened(areas.delay_index),
            travel_time_index(of, city, links),
            mean_speed_mps(of, links),
            queued_vehicles(of, city, lanes),
            spillback_links(of, city, lanes),
        ],
        np.float64,
    )


def sensor_values(found: SensorHealth, now_s: float) -> F64:
    """Values of OF_SENSORS, in their order; shares are nan while no sensor is judged."""
    by_state = np.bincount(found.health, minlength=len(Health)).astype(np.float64)
    judged = by_state.sum() - by_state[Health.UNKNOWN]
    newest_s = float(found.last_s.max(initial=-math.inf))
    alive, good = (judged - by_state[Health.DEAD]), by_state[Health.GOOD]
    shares = [alive / judged, good / judged] if judged else [math.nan, math.nan]
    age_s = max(0.0, now_s - newest_s) if math.isfinite(newest_s) else math.nan
    return np.array([*shares, age_s, *by_state[[int(state) for state in SENSORS]]])


def parking_values(found: ParkingStates) -> F64:
    """Values of OF_PARKING, in their order: [5, n]."""
    taken = np.divide(found.occupied, found.spaces, out=np.full(found.spaces.size, np.nan), where=found.spaces > 0.0)
    return np.array([found.free, found.spaces, taken, found.state.astype(np.float64), found.change])


def parking_sums(found: ParkingStates, member: NDArray[np.bool_]) -> tuple[F64, int]:
    """Values of PARKING_SUMS over some places [n], and their quality: ESTIMATED where one of them is silent.

    A place that lets nobody in has nothing free; a closed one does not count.
    """
    told = member & (found.quality != Quality.STALE) & (found.quality != Quality.UNKNOWN)
    counts = told & (found.state != ParkingState.CLOSED)
    if not told.any():
        return np.full(len(PARKING_SUMS), math.nan), int(Quality.UNKNOWN)
    free = float(found.free[counts & (found.state != ParkingState.FULL)].sum())
    spaces = float(found.spaces[counts].sum())
    share = 1.0 - free / spaces if spaces > 0.0 else math.nan
    whole = bool(told[member].all()) and bool((found.quality[told] == Quality.MEASURED).all())
    return np.array([free, spaces, share]), int(Quality.MEASURED if whole else Quality.ESTIMATED)
