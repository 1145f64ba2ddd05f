"""Cities to match on, and vehicles that drive through them as told."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City
from citybrain.estimate.route_table import LinkGraph, link_graph
from citybrain.records.observations import Probes, make

CLEAR_M = 3.0


@cache
def town(n_signals: int = 9, seed: int = 1) -> City:
    return generate_city(n_signals, seed)[0]


@cache
def town_graph(n_signals: int = 9, seed: int = 1) -> LinkGraph:
    return link_graph(town(n_signals, seed))


def walk(graph: LinkGraph, rng: np.random.Generator, steps: int) -> list[int]:
    """A random way that does not turn round; shorter where it ends."""
    way = [int(rng.integers(graph.link_m.size))]
    while len(way) < steps:
        arcs = np.arange(graph.offset[way[-1]], graph.offset[way[-1] + 1])
        arcs = arcs[graph.straight[arcs]]
        arcs = arcs[~np.isin(graph.head[arcs], way)]
        if not arcs.size:
            break
        way.append(int(graph.head[rng.choice(arcs)]))
    return way


def on_link(city: City, link: int, frac: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of places (0..1) along a link's geometry."""
    links = city.links
    part = slice(links.geometry_offset[link], links.geometry_offset[link + 1])
    x, y = links.geometry_x_m[part], links.geometry_y_m[part]
    run = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    return np.interp(frac * run[-1], run, x), np.interp(frac * run[-1], run, y)


def drive(
    city: City, way: list[int], *, step_m: float = 40.0, speed_mps: float = 10.0, noise_m: float = 0.0, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Link, position (m), x, y and time of reports about each `step_m` along a way; junctions take no time."""
    links, positions, xs, ys = [], [], [], []
    carry = 0.5 * step_m
    for link in way:
        length_m = float(city.links.length_m[link])
        at = np.arange(carry, length_m, step_m)
        carry = step_m - (length_m - at[-1]) if at.size else carry - length_m
        at = at[(at > CLEAR_M) & (at < length_m - CLEAR_M)]  # a place between two links is on either
        x, y = on_link(city, link, at / length_m)
        links.append(np.full(at.size, link))
        positions.append(at)
        xs.append(x)
        ys.append(y)
    link_row, position = np.concatenate(links), np.concatenate(positions)
    rng = np.random.default_rng(seed)
    x, y = (np.concatenate(v) + noise_m * rng.standard_normal(link_row.size) for v in (xs, ys))
    return link_row, position, x, y, 1000.0 + np.arange(link_row.size) * step_m / speed_mps


def probes(time_s: object, vehicle: object, x_m: object, y_m: object, speed_mps: object = 10.0) -> Probes:
    n = np.size(time_s)
    car = np.broadcast_to(np.asarray(vehicle, np.uint64), n)
    return make(Probes, time_s, time_s, car, x_m, y_m, speed_mps, 0)
