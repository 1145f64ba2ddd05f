"""What a city's sensors are worth: coverage, errors, delay and loss, as options with ranges."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from citybrain.errors import InputError

SHARES = ("coverage_share", "loss_share", "dead_share", "miss_share", "double_share", "read_share")
WHOLE = ("interval_s", "period_s", "fleet_period_s")
LONGEST_S = 3600.0


def _check(options: object) -> None:
    """Raise InputError for a share outside 0..1, a time or error below 0, or an interval below 1 s."""
    for option in fields(options):  # type: ignore[arg-type]
        value = getattr(options, option.name)
        if isinstance(value, Channel | bytes):
            continue
        high = 1.0 if option.name in SHARES else LONGEST_S if option.name in WHOLE else math.inf
        low = 1.0 if option.name in WHOLE else 0.0
        if not low <= value <= high or math.isinf(value):
            raise InputError(f"{option.name} = {value!r}: expected {low:g} to {high:g}")


@dataclass(frozen=True)
class Channel:
    """How one kind of record reaches the city.

    Coverage is chosen by the seed: lanes for detectors, junctions for cameras, vehicles for probes and fleets, signals.
    """

    coverage_share: float = 1.0  # equipped
    latency_s: float = 0.0  # from the record's time until it is available
    jitter_s: float = 0.0  # more latency, uniform between 0 and this
    loss_share: float = 0.0  # of the records, lost on the way
    dead_share: float = 0.0  # of the equipped, silent for the whole run

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True)
class SensorOptions:
    """Options of a `SensorSuite`. The defaults are those of a well-kept city, not of a perfect one."""

    detectors: Channel = field(default_factory=lambda: Channel(loss_share=0.005, dead_share=0.02, latency_s=1.0))
    cameras: Channel = field(default_factory=lambda: Channel(loss_share=0.005, dead_share=0.02, latency_s=2.0))
    probes: Channel = field(default_factory=lambda: Channel(coverage_share=0.1, loss_share=0.01, latency_s=3.0))
    interval_s: int = 60  # detectors report so often, at whole multiples
    miss_share: float = 0.01  # of the vehicles over a detector, not counted
    double_share: float = 0.01  # of them, counted twice
    read_share: float = 0.95  # of the plates that pass a camera, read
    period_s: int = 10  # between two reports of one probe
    position_noise_m: float = 5.0  # standard deviation in each of x and y
    speed_noise_mps: float = 0.3  # standard deviation; a reported speed is never below 0
    secret: bytes = b""  # of the pseudonyms; empty = made from the seed
    signals: Channel = field(default_factory=lambda: Channel(latency_s=1.0))  # colours, as controllers report them
    fleet: Channel = field(default_factory=lambda: Channel(latency_s=1.0))  # buses, trams, emergency vehicles by name
    fleet_period_s: int = 2  # between two reports of one of them

    def __post_init__(self) -> None:
        _check(self)
        if self.miss_share + self.double_share > 1.0:
            raise InputError(f"miss_share + double_share = {self.miss_share + self.double_share:g}: expected 1 or less")
        if self.interval_s != int(self.interval_s) or self.period_s != int(self.period_s):
            raise InputError(f"interval_s = {self.interval_s}, period_s = {self.period_s}: expected whole seconds")
        if self.fleet_period_s != int(self.fleet_period_s):
            raise InputError(f"fleet_period_s = {self.fleet_period_s}: expected whole seconds")


PERFECT = SensorOptions(
    *(Channel(), Channel(), Channel()),
    signals=Channel(),
    fleet=Channel(),
    **{"miss_share": 0.0, "double_share": 0.0, "read_share": 1.0, "position_noise_m": 0.0, "speed_noise_mps": 0.0},  # type: ignore[arg-type]
)
