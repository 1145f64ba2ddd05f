"""Event logs written by hand: a few events, phases and channels, so that every figure can be told in advance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from citybrain.records.signal_events import Channels, Event, Phases, SignalLog, Use, make_events

Row = tuple[float, int, int]  # time, code, parameter


@dataclass(frozen=True)
class Zone:
    """One channel of the table."""

    channel: int
    phase: int = 0
    use: Use = Use.PRESENCE
    distance_m: float = 0.0
    length_m: float = 12.0
    speed_mps: float = 10.0
    lane: int = 0


@dataclass(frozen=True)
class Setting:
    """What the log is of; phases are (device, number)."""

    phases: Sequence[tuple[int, int]] = ((0, 2),)
    zones: Sequence[Zone] = field(default=())
    max_green_s: float = float("nan")
    begin_s: float = 0.0
    end_s: float = 100.0


def hand_log(rows: Sequence[Row], setting: Setting | None = None) -> SignalLog:
    """A log of these events, all of device 0."""
    at = setting or Setting()
    n_phases, zones = len(at.phases), at.zones
    device = np.array([one for one, _ in at.phases], np.int32)
    told = np.array([row[0] for row in rows], np.float64), np.zeros(len(rows), np.int32)
    codes = np.array([row[1] for row in rows], np.int16), np.array([row[2] for row in rows], np.int32)
    phases = Phases(
        device,
        np.array([number for _, number in at.phases], np.int32),
        ("",) * n_phases,
        np.ones(n_phases, np.int32),
        np.full(n_phases, np.nan, np.float32),
        np.full(n_phases, at.max_green_s, np.float32),
        np.full(n_phases, -1, np.int32),
        np.full(n_phases, -1, np.int32),
        np.zeros(n_phases + 1, np.int64),
        np.zeros(0, np.int32),
    )
    names = tuple(f"J{k}" for k in range(int(device.max(initial=0)) + 1))
    return SignalLog(names, make_events(*told, *codes), phases, _channels(zones, device), at.begin_s, at.end_s)


def _channels(zones: Sequence[Zone], device: np.ndarray) -> Channels:
    phase = np.array([zone.phase for zone in zones], np.int32)
    return Channels(
        device[phase].astype(np.int32),
        np.array([zone.channel for zone in zones], np.int32),
        phase,
        np.array([zone.use for zone in zones], np.uint8),
        np.array([zone.distance_m for zone in zones], np.float32),
        np.array([zone.length_m for zone in zones], np.float32),
        np.array([zone.speed_mps for zone in zones], np.float32),
        np.array([zone.lane for zone in zones], np.int32),
        np.full(len(zones), -1, np.int32),
    )


def cycle_rows(red_s: Sequence[float], green_after_s: float, yellow_after_s: float, number: int = 2) -> list[Row]:
    """Begins of red at `red_s`, of green and of yellow so long after each of them but the last."""
    rows: list[Row] = [(at_s, int(Event.END_YELLOW), number) for at_s in red_s]
    rows += [(at_s + green_after_s, int(Event.BEGIN_GREEN), number) for at_s in red_s[:-1]]
    return sorted(rows + [(at_s + yellow_after_s, int(Event.BEGIN_YELLOW), number) for at_s in red_s[:-1]])


def on(begin_s: float, end_s: float, channel: int) -> list[Row]:
    """A call of a detector channel."""
    return [(begin_s, int(Event.DETECTOR_ON), channel), (end_s, int(Event.DETECTOR_OFF), channel)]
