"""A small city, its demand and made-up runs, for tests of what stands above the worlds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, NodeSpec, SignalSpec
from citybrain.city.model import City, CityMeta, NodeControl
from citybrain.demand.model import Demand, Trips, VehicleTypes
from citybrain.evaluate.job import Job, RunResult
from citybrain.records.history import LinkHistory, MinuteSeries, RunHistory
from citybrain.records.summary import Summary

BLOCK_M = 300.0


def fake_city(n: int = 4) -> City:
    """An n x n grid of two-way streets with a signal at every inner node; names carry markup on purpose."""
    builder = CityBuilder(CityMeta("Grid <test>", "generated", end_s=600.0))
    for i in range(n * n):
        inner = 0 < i % n < n - 1 and 0 < i // n < n - 1
        control = NodeControl.SIGNAL if inner else NodeControl.NONE
        builder.add_node(NodeSpec(f"n{i}", (i % n) * BLOCK_M, (i // n) * BLOCK_M, control=control))
    for i in range(n * n):
        for j in ([i + 1] if i % n < n - 1 else []) + ([i + n] if i < n * (n - 1) else []):
            for a, b in ((i, j), (j, i)):
                ends = [((k % n) * BLOCK_M, (k // n) * BLOCK_M) for k in (a, b)]
                lanes = [LaneSpec(BLOCK_M - 20.0, 13.9)] * (2 if i // n == 1 else 1)
                builder.add_link(LinkSpec(f"{a}-{b}", a, b, lanes, ends, name=f"Street {a} & {b}"))
    for i, node in enumerate(builder.nodes):
        if node.control is NodeControl.SIGNAL:
            builder.add_signal(SignalSpec(f"J{i}", i, ["0"]))
    builder.note("two lanes <overlap>", "kept both", "0-1")
    return builder.build()


def fake_demand(n: int = 3) -> Demand:
    """n cars, one a minute, on the first link."""
    one = np.ones(1)
    column = [one * v for v in (5.0, 2.5, 2.6, 4.5, 9.0, 1.0, 0.5, 55.0, 1.0, 0.1)]
    types = VehicleTypes(("car",), np.ones(1, np.uint16), np.zeros(1, np.uint8), *column)
    zero = np.zeros(n, np.int32)
    trips = Trips(
        *(tuple(f"t{i}" for i in range(n)), np.arange(n) * 60.0, zero, zero - 1, zero, zero + 1),
        *(np.full(n, -1, np.int16), np.full(n, -1.0), np.zeros(1, np.int64), np.zeros(0, np.int32)),
    )
    return Demand(types, trips)


def fake_summary(controller: str = "fixed", seed: int = 0, travel_s: float = 300.0) -> Summary:
    """A summary whose figures follow from the travel time."""
    delay_s = travel_s - 200.0
    return Summary(
        *(controller, seed, 0.0, 600.0, 1000, round(900 - travel_s / 10), 3),
        *(travel_s, travel_s - 5.0, delay_s, 2.5 * delay_s, delay_s + 60.0, delay_s / 40, travel_s - 30.0),
        *(int(1000 * travel_s), 0.25),
    )


def fake_history(city: City, seed: int = 0, travel_s: float = 300.0) -> RunHistory:
    """A rush that comes and goes, and delays that grow towards the centre; one link without any traffic."""
    random = np.random.default_rng(seed)
    t_s = np.arange(1, 11) * 60.0
    wave = np.maximum(np.sin(t_s / 600.0 * math.pi) * travel_s + random.normal(0.0, 5.0, t_s.size), 0.0)
    speed = np.where(t_s > 540.0, np.nan, 12.0 - wave / 60.0)
    series = MinuteSeries(t_s, wave, np.maximum(wave - 200.0, 0.0), wave / 3.0, speed, np.cumsum(wave))
    n = len(city.links.link_id)
    middle = city.links.geometry_x_m[city.links.geometry_offset[:-1]].mean()
    near = np.exp(-(((city.links.geometry_x_m[city.links.geometry_offset[:-1]] - middle) / 400.0) ** 2))
    delay = near * (travel_s - 200.0) * random.uniform(0.5, 1.5, n)
    flow = random.uniform(50.0, 900.0, n)
    delay[0], flow[0] = math.nan, 0.0
    return RunHistory(series, LinkHistory(delay, flow, 13.9 / (1.0 + delay / 60.0)))


def fake_run(job: Job, city: City, demand: Demand) -> RunResult:
    """Stands for `run_job`: figures depend on the controller and the seed alone."""
    travel_s = {"fixed": 400.0, "max-pressure": 300.0}.get(job.controller, 350.0) + 7.0 * math.sin(job.seed)
    summary = fake_summary(job.controller, job.seed, travel_s)
    return RunResult(job, replace(summary, vehicles=len(demand.trips.trip_id)), fake_history(city, job.seed, travel_s))


def fake_results(city: City, controllers: Sequence[str], seeds: int) -> tuple[RunResult, ...]:
    demand = fake_demand()
    return tuple(fake_run(Job(name, seed), city, demand) for name in controllers for seed in range(seeds))
