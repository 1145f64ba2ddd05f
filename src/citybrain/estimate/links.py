"""Links and lanes as they are now, from what cameras, probes and signals report: begin once, update every beat.

state = begin(city, sensors)
links, lanes = update(state, observations, fixes)

A flow model of all streets (`queues`) runs behind the newest second whose records have arrived. Cameras replace its
flows at their stop lines, plates its travel times, probes its queues (`witnesses`); what it cannot know it learns
slowly (`turning`). Published are means over WINDOW_S; queues are predicted from that second to now.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import F64, I32, U8, City, SensorKind, Sensors
from citybrain.estimate import loops, profile, turning
from citybrain.estimate.approaches import Approaches, approaches_of
from citybrain.estimate.lights import Lights, new_lights, show
from citybrain.estimate.passages import Waiting, faulty, new_waiting, reads_of, receive
from citybrain.estimate.queues import Flow, Road, Seen, lane_queues, nothing, step, still
from citybrain.estimate.recall import Recall, new_recall
from citybrain.estimate.road_sums import Counted
from citybrain.estimate.turn_flows import Flows
from citybrain.estimate.window import Window, add, new_window
from citybrain.estimate.witnesses import (
    FADE_S,
    Evidence,
    believe_plates,
    fade,
    hear_plates,
    hear_probes,
    new_evidence,
    tracks_of,
)
from citybrain.records.fixes import Fixes
from citybrain.records.network_state import WINDOW_S, LaneStates, LinkStates
from citybrain.records.observations import Observations, Quality
from citybrain.records.sensor_health import SensorHealth

CATCH_UP_S = 120  # after a longer gap the model jumps to now
SILENT_READS = 6.0  # a camera that should have read so many plates in vain is dead
SILENT_LEAST_S, SILENT_MOST_S = 60.0, 600.0
LEARN_S = 30.0  # headways and free driving are looked at so often
STALE_S = 180.0  # nothing new from anywhere for so long
PLATES_PER_LANE = 100  # vehicles whose last passage is remembered
PLATES_MAX = 1 << 20
LEFT_WEIGHT = 0.6  # of the time of those who left, in the travel time; the rest is length over speed
PRIOR_N = 0.5  # vehicles that the profile is worth in a mean
PRIOR_S = 5.0  # seconds that it is worth in a speed


@dataclass(eq=False)
class LinkEstimator:
    """Everything that is remembered; `update` changes it in place, `copy.deepcopy` is a snapshot."""

    city: City
    table: Approaches
    road: Road
    habits: turning.Habits
    flow: Flow
    evidence: Evidence
    plates: Recall
    probes: Recall
    lights: Lights
    waiting: Waiting
    window: Window
    has_camera: U8  # [n_lanes] 1 = some sensor of the city is a camera there
    signal_wait_s: F64
    loops: loops.Loops
    camera_lane: I32  # [n_sensors] -1 = no camera
    second: int = 0  # the next that the model will see, in whole seconds of the world's clock
    begun: bool = False
    heard_s: float = -np.inf  # newest record of any kind
    learned_s: float = field(default=0.0)


def begin(city: City, sensors: Sensors | None = None) -> LinkEstimator:
    """Empty streets under the city's plans; nothing has been seen.

    `sensors`: those that report, the city's own by default; where they name no camera, any lane may have one.
    """
    sensors = sensors or city.sensors
    cameras = sensors.lane[sensors.kind == SensorKind.CAMERA]
    table = approaches_of(city)
    lights, habits = new_lights(city), turning.default_habits(table)
    road = profile.road_of(city, table, lights.plans, habits)
    rows = min(PLATES_PER_LANE * table.lane_link.size, PLATES_MAX)
    return LinkEstimator(
        *(city, table, road, habits, still(table, road), new_evidence(table, profile.HEADWAY_S, profile.FREE_FRAC)),
        *(new_recall(rows), new_recall(rows), lights, new_waiting(), new_window(table.n_lanes.size)),
        has_camera=np.isin(np.arange(table.lane_link.size), cameras).astype(np.uint8) | np.uint8(cameras.size == 0),
        signal_wait_s=profile.signal_wait_s(table, road),
        loops=loops.new_loops(city, sensors),
        camera_lane=np.where(sensors.kind == SensorKind.CAMERA, sensors.lane, -1).astype(np.int32),
    )


def rehearse(state: LinkEstimator) -> None:
    """Do once, with nothing, what comes only after minutes of counts: it is compiled then."""
    loops.rehearse(state.loops, (state.table, state.road, state.flow), state.evidence)


def update(
    state: LinkEstimator, observations: Observations, fixes: Fixes, health: SensorHealth | None = None
) -> tuple[LinkStates, LaneStates]:
    """Take in what has become available up to `observations.time_s`, and say how links and lanes are then.

    Args:
        state: changed in place.
        observations: all that arrived since the call before.
        fixes: the probes among them, matched.
        health: sensors whose records are to be left out; None = all are good.
    """
    receive(state.waiting, state.table, observations, health)
    if (
        health is not None and health.health.size == state.camera_lane.size
    ):  # what a faulty one does not read is not seen
        blind = state.camera_lane[faulty(health) & (state.camera_lane >= 0)]
        state.evidence.lane_s[blind] = -np.inf
    loops.receive(state.loops, observations.counts, health)
    show(state.lights, observations.signals)
    if observations.rows:
        state.heard_s = observations.time_s
    last = int(np.floor(observations.time_s)) - 1 - state.waiting.lag_s
    if not state.begun or last - state.second > CATCH_UP_S:
        state.begun, state.second, state.learned_s = True, last, float(last)
    while state.second <= last:
        _advance(state)
    model = (state.table, state.road, state.flow)
    loops.settle(state.loops, model, state.evidence, state.second, watched_lanes(state), health)
    hear_probes(
        *(state.table, state.road, state.flow, state.evidence, state.probes, tracks_of(fixes)),
        state.city.links.speed_mps,
    )
    if state.second - state.learned_s >= LEARN_S:
        _learn(state)
    return _links(state, observations.time_s), _lanes(state, observations.time_s)


def watched_lanes(state: LinkEstimator) -> U8:
    """Lanes whose camera lives [n_lanes]: it has read a plate not longer ago than is likely."""
    evidence = state.evidence
    vps = np.maximum(evidence.left, 1e-9) / FADE_S
    patience_s = np.clip(SILENT_READS / vps, SILENT_LEAST_S, SILENT_MOST_S)
    return np.asarray((state.second - evidence.lane_s < patience_s) & (state.has_camera == 1), np.uint8)


def counted_lanes(state: LinkEstimator) -> U8:
    """Lanes with a living camera or detector [n_lanes]."""
    return watched_lanes(state) | loops.watched(state.loops, state.second, state.has_camera.size)


def _advance(state: LinkEstimator) -> None:
    """Let the model go through one second with what was seen of it."""
    table, evidence, time_s = state.table, state.evidence, float(state.second)
    read = reads_of(state.waiting, time_s + 1.0)
    left, took_s = np.zeros(table.stream_turn.size, np.float32), np.full(read.lane.size, np.nan)
    hear_plates(table, evidence, state.plates, read, time_s, left, took_s)
    watched, out = watched_lanes(state), nothing(table)
    seen = Seen(state.second, time_s, state.lights.at(time_s), watched, left)
    step(table, state.road, state.flow, seen, out)
    believe_plates(table, read, took_s, out)
    over = np.bincount(table.stream_lane, weights=out.out, minlength=watched.size)
    loops.note(state.loops, state.second, out.arrived, over.astype(np.float64))
    add(state.window, out)
    state.second += 1


def taught(state: LinkEstimator) -> Counted:
    """What loops have counted of every turn since this was asked last."""
    evidence = state.evidence
    found = Counted(evidence.turn_counted.copy(), evidence.turn_counted_s.copy())
    evidence.turn_counted[:] = evidence.turn_counted_s[:] = 0.0
    return found


def follow(state: LinkEstimator, flows: Flows, index: float) -> None:
    """From now on vehicles begin, turn and end as these flows have it, at this level of traffic."""
    state.habits = turning.habits_of(state.table, flows, index)
    state.road = turning.with_habits(state.road, state.habits)


def _learn(state: LinkEstimator) -> None:
    """What the vehicles seen have shown of headways and of free driving."""
    evidence = state.evidence
    fade(evidence, state.second - state.learned_s)
    state.learned_s = float(state.second)
    headway_s = evidence.headway[0] / evidence.headway[1]
    free_s = state.city.links.length_m / state.city.links.speed_mps / (evidence.free[0] / evidence.free[1])
    state.road = state.road._replace(
        free_s=free_s.astype(np.float32), saturation_vps=np.full_like(state.road.saturation_vps, 1.0 / headway_s)
    )


def _links(state: LinkEstimator, time_s: float) -> LinkStates:
    road, sums = state.road, state.window.sums
    exits, travel_s, spent_s, driven_m = (np.maximum(row, 0.0) for row in sums)
    prior_s = road.free_s + state.signal_wait_s
    least_s = driven_m * road.free_s / road.length_m
    speed = (driven_m + PRIOR_S * road.length_m / prior_s) / (np.maximum(spent_s, least_s) + PRIOR_S)
    # Those who left tell of what was, those who are on the link of what comes: their errors are not the same.
    left_s = (travel_s + PRIOR_N * prior_s) / (exits + PRIOR_N)
    travel = left_s**LEFT_WEIGHT * (road.length_m / speed) ** (1.0 - LEFT_WEIGHT)
    queue = np.bincount(state.table.lane_link, weights=lane_queues(state.table, state.flow), minlength=exits.size)
    count = state.flow.moving + queue
    f = np.float32
    return LinkStates(
        *(count.astype(f), np.sqrt(0.2 + count + (0.3 * count) ** 2).astype(f), speed.astype(f), travel.astype(f)),
        *((exits / WINDOW_S).astype(f), _quality(state, time_s)),
    )


def _quality(state: LinkEstimator, time_s: float) -> U8:
    """MEASURED where a probe or a living camera was on the link within the window."""
    evidence, n_links = state.evidence, state.table.n_lanes.size
    if state.heard_s == -np.inf:
        return np.full(n_links, Quality.UNKNOWN, np.uint8)
    if time_s - state.heard_s > STALE_S:
        return np.full(n_links, Quality.STALE, np.uint8)
    seen = np.bincount(state.table.lane_link, weights=counted_lanes(state), minlength=n_links) > 0
    seen |= time_s - evidence.probe_s <= WINDOW_S
    return np.where(seen, Quality.MEASURED, Quality.ESTIMATED).astype(np.uint8)


def _lanes(state: LinkEstimator, time_s: float) -> LaneStates:
    queue = lane_queues(state.table, state.flow)
    lane_link: NDArray[np.int32] = state.table.lane_link
    quality = np.where(watched_lanes(state) == 1, Quality.MEASURED, _quality(state, time_s)[lane_link])
    some = quality == Quality.MEASURED
    quality = np.where(some & (watched_lanes(state) == 0), Quality.ESTIMATED, quality)
    return LaneStates(queue.astype(np.float32), quality.astype(np.uint8))
