"""When the vehicles of a SUMO flow depart."""

from __future__ import annotations

import math
import zlib

import numpy as np

from citybrain.city.model import F64
from citybrain.city.sumo.xml import Row

__all__ = ["departures", "seed_of"]

VEHICLES_MAX = 50_000_000  # a wrong period must not fill the memory


def seed_of(name: str) -> int:
    """A seed that depends on the name alone."""
    return zlib.crc32(name.encode())


def departures(row: Row, begin_s: float, end_s: float) -> F64:
    """Departure times of a `flow`, seconds, ascending; `begin_s` and `end_s` stand where it has none.

    `number` spreads vehicles evenly, `period` and `vehsPerHour` send one each so often, `probability` draws every
    second, `period="exp(rate)"` draws exponential gaps; both draws depend on the flow's id alone. Times before the
    end count, the end itself does not, as in SUMO.
    """
    begin_s = row.seconds("begin", begin_s)
    end_s = row.seconds("end", max(end_s, begin_s))
    number = row.integer("number") if row.has("number") else None
    if end_s < begin_s:
        raise row.fail(f"end={end_s:g}", f"begin {begin_s:g} or later")
    if row.has("probability"):
        return _drawn(row, begin_s, end_s, number)
    if row.text("period", "").startswith("exp("):
        return _poisson(row, begin_s, end_s, number)
    period_s = _period(row, number, end_s - begin_s)
    if number is not None and not row.has("end"):
        return begin_s + period_s * np.arange(_checked(row, number), dtype=np.float64)
    count = _checked(row, math.ceil((end_s - begin_s) / period_s - 1e-9))
    return begin_s + period_s * np.arange(count if number is None else min(count, number), dtype=np.float64)


def _period(row: Row, number: int | None, span_s: float) -> float:
    if row.has("period"):
        return row.number("period", minimum=1e-6)
    for key in ("vehsPerHour", "perHour"):
        if row.has(key):
            return 3600.0 / row.number(key, minimum=1e-9)
    if number is None:
        raise row.fail("no rate", "number, period, vehsPerHour or probability")
    return max(span_s, 1e-9) / max(number, 1)


def _checked(row: Row, count: float) -> int:
    if count > VEHICLES_MAX:
        raise row.fail(f"{count:.0f} vehicles", f"at most {VEHICLES_MAX}")
    return int(count)


def _drawn(row: Row, begin_s: float, end_s: float, number: int | None) -> F64:
    share = row.number("probability", minimum=0.0)
    if share > 1.0:
        raise row.fail(f"probability={share:g}", "at most 1")
    seconds = np.arange(_checked(row, math.ceil(end_s - begin_s)), dtype=np.float64)
    drawn = np.random.default_rng(seed_of(row.text("id"))).random(seconds.size) < share
    return begin_s + seconds[drawn][:number]


def _poisson(row: Row, begin_s: float, end_s: float, number: int | None) -> F64:
    word = row.text("period")
    try:
        rate_vps = float(word[4:].rstrip(")"))
    except ValueError:
        rate_vps = 0.0
    if not 0.0 < rate_vps < float("inf"):
        raise row.fail(f"period={word!r}", "exp(vehicles per second)")
    mean = rate_vps * (end_s - begin_s)
    enough = _checked(row, mean + 10.0 * math.sqrt(mean) + 10.0)
    gaps_s = np.random.default_rng(seed_of(row.text("id"))).exponential(1.0 / rate_vps, enough)
    times_s = begin_s + np.cumsum(gaps_s)
    return times_s[times_s < end_s][:number]
