"""Vehicles on the test crossroads, as controllers see them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citybrain.city.model import City
from citybrain.records.readings import Readings, no_readings
from citybrain.records.traffic import Traffic

CAR_M = 7.5
Vehicle = tuple[str, int, float, float, str]  # link, lane, metres to its end, speed, next link ("" = not known)


def traffic(city: City, vehicles: list[Vehicle]) -> Traffic:
    """One row a vehicle, in the order given."""
    link = {name: i for i, name in enumerate(city.links.link_id)}
    rows = [(city.links.first_lane[link[name]] + lane, far, v, link.get(to, -1)) for name, lane, far, v, to in vehicles]
    table = np.array(rows, np.float64).reshape(-1, 4)
    whole, real = table.astype(np.int32), table.astype(np.float32)
    return Traffic(
        whole[:, 0], real[:, 1], real[:, 2], whole[:, 3], np.arange(len(rows), dtype=np.int32), np.ones(len(rows), "f4")
    )


def standing(link: str, lane: int, n: int, to: str = "") -> list[Vehicle]:
    """A queue of n cars before the stop line."""
    return [(link, lane, 1.0 + CAR_M * i, 0.0, to) for i in range(n)]


def seen(city: City, vehicles: list[Vehicle], time_s: float = 0.0) -> Readings:
    """Readings of these vehicles, counts by lane and movement included."""
    rows = traffic(city, vehicles)
    empty = no_readings(time_s, len(city.lanes.link), len(city.movements.from_lane))
    count = np.bincount(rows.lane, minlength=len(city.lanes.link)).astype(np.int32)
    turn = count[city.movements.from_lane]
    counts = {"lane_count": count, "lane_queue": count, "near_count": count, "near_queue": count}
    return replace(empty, **counts, movement_count=turn, movement_queue=turn, traffic=rows)  # type: ignore[arg-type]
