"""One published value: what, where, when, how good."""

from __future__ import annotations

import math
from dataclasses import dataclass

from citybrain.records.observations import Quality


@dataclass(frozen=True)
class IndicatorValue:
    """A value of the indicator that `address` names."""

    address: str  # "city/area/name"
    time_s: float  # that the value is about
    value: float
    source: str  # the stage or sensor that it came from
    quality: Quality
    low: float = math.nan  # band of 90 %; nan = none is known
    high: float = math.nan
