"""A world with a truth in closed form: vehicles begin as a Poisson process and each link takes a fixed time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import City, Sensors
from citybrain.demand.generated import generate
from citybrain.estimate.area_layout import AreaLayout, lay_out
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Observations, Passages, make
from citybrain.twin.sensor_places import default_sensors

SLOWER = 1.6  # times over those without traffic
PERIOD_S = 10
LINKS = 6  # of a trip


@dataclass
class World:
    city: City
    sensors: Sensors
    layout: AreaLayout
    observations: list[Observations]
    fixes: list[Fixes]
    in_transit: np.ndarray  # at the end of each second


def city_and_sensors() -> tuple[City, Sensors]:
    city, _ = generate(9, seed=3, duration_s=60.0)
    lanes = np.arange(city.lanes.link.size, dtype=np.int32)
    return city, default_sensors(city, lanes)


def world(seed: int, flow_vps: float, probes: float, cameras: float, read: float = 1.0, end_s: int = 900) -> World:
    """Trips of LINKS links chosen at random; cameras at a share of the junctions, probes a share of the vehicles."""
    rng = np.random.default_rng(seed)
    city, sensors = city_and_sensors()
    layout = lay_out(city, sensors)
    there = rng.random(city.nodes.x_m.size) < cameras
    passages: list[list[tuple[float, ...]]] = [[] for _ in range(end_s)]
    reports: list[list[tuple[float, ...]]] = [[] for _ in range(end_s)]
    ways: dict[int, list[list[int]]] = {}
    change = np.zeros(end_s + 1)
    movement_of = {int(t): m for m, t in enumerate(layout.turn_of_movement)}
    for begin in np.sort(rng.random(rng.poisson(flow_vps * end_s)) * end_s):
        name = int(rng.integers(1, 2**63))
        way, turns = _trip(rng, layout)
        times = begin + np.concatenate([[0.0], np.cumsum(SLOWER * layout.free_s[way])])
        change[int(np.ceil(begin))] += 1
        if times[-1] < end_s:
            change[int(np.ceil(times[-1]))] -= 1
        for t, at in zip(turns, times[1:], strict=False):
            if at < end_s - 1 and there[city.links.to_node[layout.turn_from[t]]] and rng.random() < read:
                m = movement_of[t]
                passages[int(at)].append((np.ceil(at), m, name))
        if rng.random() < probes:
            _report(rng, layout, (way, times), name, reports, ways)
    rows = [_passages(city, layout, sensors, part, k) for k, part in enumerate(passages)]
    observations = [Observations(float(k + 1), passages=part) for k, part in enumerate(rows)]
    fixes = [_fixes(part, ways) for part in reports]
    return World(city, sensors, layout, observations, fixes, np.cumsum(change)[1:])


def _trip(rng, layout):
    link = int(rng.integers(layout.n_links))
    way, turns = [link], []
    while len(way) < LINKS and layout.turn_offset[link + 1] > layout.turn_offset[link]:
        t = int(rng.integers(layout.turn_offset[link], layout.turn_offset[link + 1]))
        link = int(layout.turn_to[t])
        way.append(link)
        turns.append(t)
    return way, turns


def _report(rng, layout, trip, name, reports, ways):
    way, times = trip
    at = np.arange(np.ceil(times[0]) + rng.integers(PERIOD_S), min(times[-1], len(reports)), PERIOD_S)
    last = None
    for t in at:
        k = min(int(np.searchsorted(times, t, side="right")) - 1, len(way) - 1)
        place = (t - times[k]) / (times[k + 1] - times[k]) * layout.length_m[way[k]]
        speed = layout.length_m[way[k]] / (times[k + 1] - times[k])
        before = (np.nan, np.nan) if last is None else last[:2]
        ways.setdefault(name, []).append(way[last[2] : k + 1] if last is not None else [way[k]])
        second = max(int(t) - 1, 0)
        reports[second].append((t, name, way[k], place, speed, *before, len(ways[name]) - 1))
        last = (t, place, k)


def _passages(city, layout, sensors, part, k):
    camera_at = np.full(city.lanes.link.size, -1)
    camera_at[sensors.lane[layout.camera]] = layout.camera
    moves = np.array([int(p[1]) for p in part], np.int64)
    lane = city.movements.from_lane[moves] if part else np.zeros(0, np.int64)
    names = np.array([p[2] for p in part], np.uint64)
    return make(Passages, np.full(len(part), k + 1.0), k + 1.0, camera_at[lane], lane, moves, 1, names, 0)


def _fixes(part, ways):
    way = [ways[p[1]][p[7]] for p in part]
    offset = np.concatenate([[0], np.cumsum([len(w) for w in way])]).astype(np.int64)

    def column(i, dtype):
        return np.array([p[i] for p in part], dtype)

    return Fixes(
        *(column(i, d) for i, d in enumerate(("f8", "u8", "i4", "f4", "f4", "f8", "f4"))),
        offset,
        np.array([link for part_of in way for link in part_of], np.int32),
    )
