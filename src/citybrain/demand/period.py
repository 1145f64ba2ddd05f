"""A period of the day: that part of a demand, and the window of the city that goes with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from citybrain.city.model import City
from citybrain.demand.model import Demand, taken
from citybrain.errors import InputError

__all__ = ["Period", "parse_period", "taken", "within_period"]

WARM_S = 900.0  # simulated before the period, so that the streets are not empty when it begins
DAY_S = 86_400.0
CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True)
class Period:
    """`begin_s` and `end_s` are seconds after midnight, as the scenario's clock counts them."""

    name: str
    begin_s: float
    end_s: float


def parse_period(text: str) -> Period:
    """`HH:MM-HH:MM`, the end after the begin. Raises InputError."""
    times = [CLOCK.fullmatch(part.strip()) for part in text.split("-")]
    if len(times) == 2 and times[0] is not None and times[1] is not None:
        (h0, m0), (h1, m1) = ((int(t[1]), int(t[2])) for t in times if t is not None)
        begin_s, end_s = 3600.0 * h0 + 60.0 * m0, 3600.0 * h1 + 60.0 * m1
        if max(m0, m1) < 60 and 0.0 <= begin_s < end_s <= DAY_S:
            return Period(f"{h0:02d}{m0:02d}-{h1:02d}{m1:02d}", begin_s, end_s)
    raise InputError(f"period {text!r}: expected HH:MM-HH:MM, the end after the begin, for example 07:00-09:00")


def within_period(city: City, demand: Demand, period: Period) -> tuple[City, Demand]:
    """The city with its window on the period, warmed up before it, and the trips that depart in this window.

    Raises InputError where no trip departs in the period.
    """
    depart_s = demand.trips.depart_s
    if not ((depart_s >= period.begin_s) & (depart_s < period.end_s)).any():
        span = f"{_clock(float(depart_s.min()))} to {_clock(float(depart_s.max()))}" if depart_s.size else "never"
        raise InputError(f"no trip departs in the period {period.name}; the demand departs {span}")
    begin_s = max(period.begin_s - WARM_S, min(city.meta.begin_s, period.begin_s))
    rows = np.flatnonzero((depart_s >= begin_s) & (depart_s < period.end_s))
    meta = replace(city.meta, begin_s=begin_s, end_s=period.end_s)
    return replace(city, meta=meta), replace(demand, trips=taken(demand.trips, rows))


def _clock(time_s: float) -> str:
    return f"{int(time_s // 3600):02d}:{int(time_s % 3600 // 60):02d}"
