"""Variants of a twin from now on: other chance, other trips, other plans. They are forks; the twin stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.demand.model import taken
from citybrain.errors import InputError
from citybrain.twin import memory
from citybrain.twin.arrays import NEXT_TRIP
from citybrain.twin.net import plan_tables
from citybrain.twin.twin import Twin

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


def reseeded(twin: Twin, seed: int) -> Twin:
    """A fork whose drivers behave by other chance from now on."""
    fork, was = twin.fork(), twin.memory
    n_lanes, n_links, _, begin_s = was.scalars
    scalars = (n_lanes, n_links, seed & 0x7FFFFFFF, begin_s)
    fork.memory = memory.attach(was.constants, scalars, was.lengths, fork.memory.buffer)
    fork.seed = seed
    return fork


def trips_ahead(twin: Twin) -> tuple[I64, F64]:
    """Trips whose time has not come: their rows in the demand, and when they depart (scenario's clock)."""
    rows = np.arange(int(twin.counters[NEXT_TRIP]), twin.demand.trips.depart_s.size)
    return rows, twin.demand.trips.depart_s[rows]


def with_trips_ahead(twin: Twin, rows: I64, depart_s: F64) -> Twin:
    """A fork in which these are the trips that are yet to depart: copies of the demand's `rows`, at other times.

    `depart_s` must not fall. A row may be named often, or never. Raises InputError for trips of the past.
    """
    n = int(twin.counters[NEXT_TRIP])
    if rows.size and (int(rows.min()) < n or float(depart_s[0]) < twin.time_s - 1.0 or np.any(np.diff(depart_s) < 0.0)):
        raise InputError("trips ahead: expected rows that have not departed, in order of departure")
    take = np.concatenate([np.arange(n), rows])
    fork, was = twin.fork(), twin.memory
    tables = {**was.constants, **fork.memory.tables}
    tables["trips"], tables["drives"] = was.constants["trips"][take], fork.memory.tables["drives"][take]
    tables["trips"]["depart"][n:] = depart_s - twin.city.meta.begin_s
    fork.memory = memory.allocate(tables, was.scalars)
    # the pool and the memory share one table of stops, which is how a fork knows that it has moved
    fork.memory = fork.memory.with_stops(was.constants["stops"])
    departs = np.concatenate([twin.demand.trips.depart_s[:n], depart_s])
    fork.demand = replace(twin.demand, trips=replace(taken(twin.demand.trips, take), depart_s=departs))
    fork._worth, fork._lines = twin._worth[take], twin._lines[take]
    if fork._live is not None:
        fork._live = fork._live.taken(fork.demand, take)
    return fork


def with_plans(twin: Twin, city: City) -> Twin:
    """A fork under the plans of `city`, which is the twin's with other durations or offsets and nothing else new."""
    fork, was = twin.fork(), twin.memory
    tables = plan_tables(city)
    sizes = {name: was.constants[name].size for name in tables}
    if sizes != {name: table.size for name, table in tables.items()}:
        raise InputError("the plans are not those of the twin's city: other phases")
    fork.memory = memory.attach({**was.constants, **tables}, was.scalars, was.lengths, fork.memory.buffer)
    fork.city = city
    return fork
