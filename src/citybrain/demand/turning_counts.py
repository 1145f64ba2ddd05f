"""Turning counts as people write them down: a CSV with one row for each movement, and a demand that fits them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citybrain.city.model import F64, I64, City
from citybrain.city.source import one_line, read_text
from citybrain.demand.model import Demand
from citybrain.demand.period import parse_period
from citybrain.demand.resample import resampled
from citybrain.errors import FormatError

__all__ = ["Count", "fitted_demand", "read_turning_counts"]

COLUMNS = ("from_link", "to_link", "vehicles_per_hour")
ROUNDS = 60  # of the fit
GROWTH_MAX = 4.0  # a trip of the demand stands for so many at most
ROWS_MAX = 1_000_000
FLOW_MAX_VPH = 20_000.0


@dataclass(frozen=True)
class Count:
    """Vehicles an hour that were seen to turn from one link into another; `period` "" = at any time."""

    from_link: int
    to_link: int
    flow_vph: float
    period: str = ""


def read_turning_counts(path: Path, city: City) -> list[Count]:
    """Read `from_link,to_link,vehicles_per_hour[,period]` (HH:MM-HH:MM).

    Raises FormatError (file, row, what was expected) for columns that are missing, links that the city does not have or
    that no movement joins, numbers that are none, a movement that is counted twice in a period, and what is no CSV.
    """
    rows = csv.DictReader(io.StringIO(read_text(path)))
    try:
        return _counts(path, rows, city)
    except csv.Error as error:
        line = f"line {rows.reader.line_num}"
        raise FormatError(path, line, one_line(error), "comma-separated values") from error


def _counts(path: Path, rows: csv.DictReader[str], city: City) -> list[Count]:
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise FormatError(path, "row 1", f"no column {', '.join(missing)}", f"the columns {', '.join(COLUMNS)}")
    link = {name: i for i, name in enumerate(city.links.link_id)}
    own = city.lanes.link
    joined = set(zip(own[city.movements.from_lane].tolist(), own[city.movements.to_lane].tolist(), strict=True))
    counts: list[Count] = []
    seen: set[tuple[int, int, str]] = set()
    for number, row in enumerate(rows, 2):
        if len(counts) == ROWS_MAX:
            raise FormatError(path, f"row {number}", "too many rows", f"at most {ROWS_MAX}")
        count = _count(path, number, row, link)
        if (count.from_link, count.to_link) not in joined:
            raise FormatError(path, f"row {number}", "no movement joins these links", "a turn of the city")
        key = count.from_link, count.to_link, count.period
        if key in seen:
            raise FormatError(path, f"row {number}", "counted twice", "one row a movement and period")
        seen.add(key)
        counts.append(count)
    if not counts:
        raise FormatError(path, "row 2", "no rows", "one row for each movement counted")
    return counts


def _count(path: Path, number: int, row: dict[str, str | None], link: dict[str, int]) -> Count:
    ends = []
    for column in COLUMNS[:2]:
        name = (row[column] or "").strip()
        if name not in link:
            raise FormatError(path, f"{column}, row {number}", repr(name), "the id of a link of the city")
        ends.append(link[name])
    text = (row[COLUMNS[2]] or "").strip()
    try:
        flow_vph = float(text)
    except ValueError:
        flow_vph = math.nan
    if not 0.0 <= flow_vph <= FLOW_MAX_VPH:
        expected = f"a number from 0 to {FLOW_MAX_VPH:g}"
        raise FormatError(path, f"{COLUMNS[2]}, row {number}", repr(text), expected)
    period = (row.get("period") or "").strip()
    try:
        return Count(ends[0], ends[1], flow_vph, parse_period(period).name if period else "")
    except Exception as error:
        raise FormatError(path, f"period, row {number}", repr(period), "HH:MM-HH:MM") from error


def fitted_demand(
    demand: Demand, crossings: tuple[I64, I64], counted: tuple[I64, F64], hours: float, seed: int = 0
) -> Demand:
    """The demand with trips left out or driven more than once, so that the counted turns see what was counted.

    `crossings` are pairs (trip, turn) of all trips; `counted` the turns counted and their vehicles an hour. Trips get
    weights by iterative proportional fitting (Deming and Stephan 1940): of all weights that fit, those nearest to 1 in
    entropy. Copies of a trip depart within a minute of it.
    """
    trip, turn = crossings
    place = np.full(int(max(turn.max(initial=0), counted[0].max(initial=0))) + 1, -1, np.int64)
    place[counted[0]] = np.arange(counted[0].size)
    kept = place[turn] >= 0
    trip, row = trip[kept], place[turn[kept]]
    n_trips, n_rows = demand.trips.depart_s.size, counted[0].size
    passes = np.maximum(np.bincount(trip, minlength=n_trips), 1)
    wanted = counted[1] * hours
    weight = np.ones(n_trips)
    for _ in range(ROUNDS):
        seen = np.bincount(row, weight[trip], n_rows)
        ratio = np.where(seen > 0.0, wanted / np.maximum(seen, 1e-9), 1.0)
        log = np.bincount(trip, np.log(np.clip(ratio[row], 1e-3, 1e3)), n_trips) / passes
        weight = np.clip(weight * np.exp(log), 0.0, GROWTH_MAX)
    return resampled(demand, weight, np.random.default_rng([seed, n_trips]))
