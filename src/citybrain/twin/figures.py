"""From the state at the end of a run to its figures: summary, minute series and means by link."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.records.history import LinkHistory
from citybrain.records.summary import Summary
from citybrain.twin.arrays import FINISHED, NEXT_TRIP, STEP, VEHICLE_STEPS
from citybrain.twin.memory import Memory, occupied_slots, slot_tracks

F64 = NDArray[np.float64]


def free_flow_driven(memory: Memory, before: F64, on_link: F64) -> F64:
    """[trips] free-flow seconds of what each trip has driven so far."""
    drives, tracks = memory.tables["drives"], memory.tables["tracks"]
    began = drives["inserted"] >= 0.0
    at = np.where(began, drives["cursor"], drives["first_stop"])
    done = np.where(began, before[at], 0.0)
    done = np.where(drives["arrived"] >= 0.0, before[at] + on_link[at], done)
    slots, track = memory.tables["slots"][occupied_slots(tracks)], slot_tracks(tracks)
    lane = track < memory.scalars[0]
    veh, pos = slots["veh"][lane], slots["pos"][lane]
    done[veh] += on_link[at[veh]] * np.clip(pos / tracks["length"][track[lane]], 0.0, 1.0)
    return np.asarray(done, np.float64)


def progress(memory: Memory, free: tuple[F64, F64], last_stop: NDArray[np.int64]) -> tuple[F64, F64, F64]:
    """Of every trip that has entered: seconds since it did (until it arrived), free-flow seconds left, and in all.

    `last_stop` [trips] is the last stop of each trip's route.
    """
    drives, now = memory.tables["drives"], float(memory.tables["counter"][STEP])
    began, done = drives["inserted"] >= 0.0, drives["arrived"] >= 0.0
    total = free[0][last_stop] + free[1][last_stop]
    driven = free_flow_driven(memory, *free)
    elapsed = np.where(done, drives["arrived"], now) - drives["inserted"]
    rest = np.where(done, 0.0, np.maximum(total - driven, 0.0))
    return elapsed[began].astype(np.float64), rest[began], total[began]


def approach_times(memory: Memory) -> F64:
    """[trips] seconds on lanes that lead to a stop line, up to now (the last link of a route does not count).

    A junction that a route visits twice counts from first entry to last exit, as in the published tables.
    """
    drives, tracks = memory.tables["drives"], memory.tables["tracks"]
    spent = drives["approach"].astype(np.float64)
    slots = memory.tables["slots"][occupied_slots(tracks)]
    on_lane = (slot_tracks(tracks) < memory.scalars[0]) & (slots["turn"] >= 0)
    again = memory.constants["stops"]["again"][drives["cursor"][slots["veh"]]] > 0
    on_lane &= ~again  # the published count stops at the first visit until the second is over
    veh = slots["veh"][on_lane]
    spent[veh] += float(memory.tables["counter"][STEP]) - drives["entered"][veh]
    return spent


def longest_waits(memory: Memory) -> F64:
    """[trips] longest single standstill in seconds, that of a vehicle still standing included."""
    waits = memory.tables["drives"]["max_wait"].astype(np.float64)
    slots = memory.tables["slots"][occupied_slots(memory.tables["tracks"])]
    waits[slots["veh"]] = slots["max_wait"]
    stood = np.where(slots["halt"] >= 0, memory.tables["counter"][STEP] - slots["halt"], 0)
    np.maximum.at(waits, slots["veh"], stood)
    return waits


def stops_made(memory: Memory) -> F64:
    """[trips] standstills so far."""
    stops = memory.tables["drives"]["stops"].astype(np.float64)
    slots = memory.tables["slots"][occupied_slots(memory.tables["tracks"])]
    stops[slots["veh"]] = slots["stops"]
    return stops


def trip_delays(memory: Memory, free: tuple[F64, F64], free_share: F64 | None = None) -> F64:
    """[trips due so far] seconds from when they were due to now or their arrival, less what their way takes freely.

    `free_share` [trips]: so much of that counts.
    """
    counter, n = memory.tables["counter"], int(memory.tables["counter"][NEXT_TRIP])
    drives = memory.tables["drives"][:n]
    until = np.where(drives["arrived"] >= 0.0, drives["arrived"], float(counter[STEP]))
    travel = until - memory.constants["trips"]["depart"][:n].astype(np.float64)
    driven = free_flow_driven(memory, *free)[:n]
    return np.maximum(travel - (driven if free_share is None else driven * free_share[:n]), 0.0)


def summarise(memory: Memory, free: tuple[F64, F64], run: tuple[str, int, float]) -> Summary:
    """Figures of a run; `run` is (controller, seed, wall seconds of the steps)."""
    counter = memory.tables["counter"]
    now = float(counter[STEP])
    n = int(counter[NEXT_TRIP])
    drives = memory.tables["drives"][:n]
    began, done = drives["inserted"] >= 0.0, drives["arrived"] >= 0.0
    depart = memory.constants["trips"]["depart"][:n].astype(np.float64)
    travel = np.where(done, drives["arrived"], now) - depart
    delay = trip_delays(memory, free)
    return Summary(
        controller=run[0],
        seed=run[1],
        begin_s=memory.scalars[3],
        end_s=memory.scalars[3] + now,
        vehicles=n,
        finished_trips=int(counter[FINISHED]),
        never_inserted=int(n - began.sum()),
        mean_travel_time_s=_mean(travel),
        mean_trip_duration_s=_mean((drives["arrived"] - drives["inserted"])[done]),
        mean_delay_s=_mean(delay),
        p95_delay_s=float(np.percentile(delay, 95)) if n else float("nan"),
        longest_wait_s=float(longest_waits(memory).max(initial=0.0)),
        mean_stops=_mean(stops_made(memory)[:n][began]),
        approach_time_s=_mean(approach_times(memory)[:n][began]),
        vehicle_steps=int(counter[VEHICLE_STEPS]),
        step_wall_s=run[2],
    )


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values, dtype=np.float64)) if values.size else float("nan")


def link_time_s(memory: Memory) -> F64:
    """[n_links] vehicle-seconds of all trips so far on the lanes of each link; time inside junctions is left out.

    Waiting to enter counts on the link where a trip begins.
    """
    drives, trips, tracks = memory.tables["drives"], memory.constants["trips"], memory.tables["tracks"]
    now, n = float(memory.tables["counter"][STEP]), int(memory.tables["counter"][NEXT_TRIP])
    spent = memory.tables["links"]["spent"].astype(np.float64)
    began = drives["inserted"][:n] >= 0.0
    waited = np.where(began, drives["inserted"][:n], now) - trips["depart"][:n]
    np.add.at(spent, trips["first_link"][:n], waited)
    slots, track = memory.tables["slots"][occupied_slots(tracks)], slot_tracks(tracks)
    on_lane = track < memory.scalars[0]
    link = memory.tables["lanes"]["link"][track[on_lane]]
    np.add.at(spent, link, now - drives["entered"][slots["veh"][on_lane]])
    return np.asarray(spent, np.float64)


def link_history(city: City, memory: Memory) -> LinkHistory:
    """Means of every link over the run, from vehicles that left it."""
    links = memory.tables["links"]
    hours = max(float(memory.tables["counter"][STEP]), 1.0) / 3600.0
    exits = links["exits"].astype(np.float64)
    free = city.links.length_m / city.links.speed_mps
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = links["spent"] / exits
        speed = city.links.length_m / mean
    return LinkHistory(delay_s=np.maximum(mean - free, 0.0), flow_vph=exits / hours, speed_mps=speed)
