"""Read an event log and the table of its detectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import FormatError, InputError
from citybrain.feeds.atspm.tables import DETECTORS, EVENTS, SHARED, USES, read_table, renamed, texts, whole
from citybrain.records.signal_events import Channels, Phases, SignalLog, Use, make_events

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_log"]

AHEAD_M, SPEED_MPS, ZONE_M = 100.0, 13.9, 12.0  # where the table does not say: a usual detector on a usual street
PARAMETER_MAX, CODE_MAX = 2**31 - 1, 2**15 - 1
REAL_MAX = 1e6  # metres, seconds, metres a second: no street and no signal has more


def read_log(events: Path, detectors: Path, rows_max: int) -> SignalLog:
    """The log of a controller, or of several.

    Times are numbers (seconds) or date-times; those without a zone are taken as UTC. Rows may come in any order.
    Raises InputError, FormatError or LimitError naming file, row, column and what was expected.
    """
    table = renamed(events, read_table(events, rows_max), EVENTS)
    config = renamed(detectors, read_table(detectors, rows_max), DETECTORS)
    if not table.height:
        raise InputError(f"{events}: holds no events")
    names = texts(events, table, "device")
    devices = tuple(sorted({*names, *texts(detectors, config, "device")}))
    time_s = _times(events, table)
    code, parameter = whole(events, table, "event", CODE_MAX), whole(events, table, "parameter", PARAMETER_MAX)
    rows = np.searchsorted(np.array(devices), np.array(names)).astype(np.int32)
    told = make_events(time_s, rows, code.astype(np.int16), parameter.astype(np.int32))
    phases, channels, links = _configuration(detectors, config, devices)
    return SignalLog(devices, told, phases, channels, float(time_s.min()), float(time_s.max()) + 1e-3, links)


def _times(path: Path, table: pl.DataFrame) -> NDArray[np.float64]:
    import polars as pl

    column = table["time"]
    if column.dtype == pl.String:
        column = column.str.to_datetime(strict=False, time_unit="us", time_zone="UTC")
        if column.is_null().any():
            row = int(column.is_null().arg_max() or 0)
            raise FormatError(path, f"row {row + 1}, time", repr(table["time"][row]), "seconds, or a date and time")
    if isinstance(column.dtype, pl.Datetime):
        time_s = column.dt.epoch("us").cast(pl.Float64).to_numpy() / 1e6
    elif column.dtype.is_numeric():
        time_s = column.cast(pl.Float64).to_numpy()
    else:
        raise FormatError(path, "column time", str(column.dtype), "seconds, or a date and time")
    bad = np.flatnonzero(~np.isfinite(time_s))
    if bad.size:
        raise FormatError(path, f"row {bad[0] + 1}, time", repr(table["time"][int(bad[0])]), "a time")
    return np.asarray(time_s, np.float64)


def _configuration(
    path: Path, config: pl.DataFrame, devices: tuple[str, ...]
) -> tuple[Phases, Channels, tuple[str, ...]]:
    """Phases and channels of the table; a phase is every (device, phase) that is named."""
    at = {name: row for row, name in enumerate(devices)}
    device = np.array([at[name] for name in texts(path, config, "device")], np.int32)
    number, channel = (whole(path, config, name, PARAMETER_MAX).astype(np.int32) for name in ("phase", "channel"))
    use = np.array([_use(path, row, text) for row, text in enumerate(texts(path, config, "use"))], np.uint8)
    keys, phase = np.unique(np.column_stack([device, number]), axis=0, return_inverse=True)
    row: NDArray[np.int32] = np.asarray(phase.reshape(-1), np.int32)
    ahead = np.isin(use, (Use.ADVANCE, Use.QUEUE))
    zone = np.isin(use, (Use.PRESENCE, Use.QUEUE))
    lane = _lanes(config, device)
    channels = Channels(
        device,
        channel,
        row,
        use,
        _real(path, config, "distance_m", np.where(ahead, AHEAD_M, 0.0)).astype(np.float32),
        _real(path, config, "length_m", np.where(zone, ZONE_M, 0.0)).astype(np.float32),
        _real(path, config, "speed_mps", np.full(device.size, SPEED_MPS)).astype(np.float32),
        lane,
        np.full(device.size, -1, np.int32),
    )
    links = _links(config)
    return _phases(path, config, (keys, row), (at, links), channels), channels, links


def _use(path: Path, row: int, text: str) -> int:
    use = USES.get(text.strip().lower())
    if use is None:
        raise FormatError(path, f"row {row + 1}, use", repr(text), f"one of {', '.join(USES)}")
    return int(use)


def _real(path: Path, config: pl.DataFrame, name: str, default: NDArray[np.float64]) -> NDArray[np.float64]:
    """A column of numbers, 0 to REAL_MAX, where the table has it; gaps are filled with the default."""
    import polars as pl

    if name not in config.columns:
        return default
    column = config[name].cast(pl.Float64, strict=False)
    values = column.to_numpy().astype(np.float64)
    given = ~config[name].is_null().to_numpy()
    good = ((values >= 0.0) & (values <= REAL_MAX)) | (np.isnan(values) & ~column.is_null().to_numpy())
    bad = np.flatnonzero(given & ~good)
    if bad.size:
        wanted = f"a number, 0 to {REAL_MAX:,.0f}"
        raise FormatError(path, f"row {bad[0] + 1}, {name}", repr(config[name][int(bad[0])]), wanted)
    return np.where(np.isnan(values), default, values)


def _lanes(config: pl.DataFrame, device: NDArray[np.int32]) -> NDArray[np.int32]:
    """A number for each (device, lane) that is named; -1 where none is."""
    import polars as pl

    if "lane" not in config.columns:
        return np.full(device.size, -1, np.int32)
    named = config["lane"].cast(pl.String).fill_null("").to_numpy().astype(str)
    _, row = np.unique(np.column_stack([device.astype(str), named]), axis=0, return_inverse=True)
    shared = np.char.startswith(np.char.lower(named), SHARED)
    return np.where(named == "", -1, np.where(shared, -2 - row.reshape(-1), row.reshape(-1))).astype(np.int32)


def _links(config: pl.DataFrame) -> tuple[str, ...]:
    """All streets that the table names."""
    import polars as pl

    found: set[str] = set()
    for name in ("approach", "exits"):
        if name in config.columns:
            for text in config[name].cast(pl.String).fill_null(""):
                found.update(part for part in text.split(";") if part)
    return tuple(sorted(found))


def _phases(
    path: Path,
    config: pl.DataFrame,
    of: tuple[NDArray[np.int32], NDArray[np.int32]],
    names: tuple[dict[str, int], tuple[str, ...]],
    channels: Channels,
) -> Phases:
    import polars as pl

    keys, phase = of
    at, link_row = names[0], {name: row for row, name in enumerate(names[1])}
    first = np.zeros(keys.shape[0], np.int64)
    first[phase[::-1]] = np.arange(phase.size)[::-1]
    none = np.full(phase.size, np.nan)

    def told(name: str) -> list[str]:
        if name not in config.columns:
            return [""] * first.size
        every = config[name].cast(pl.String).fill_null("").to_list()
        return [every[row] for row in first]

    exits = [[link_row[part] for part in text.split(";") if part] for text in told("exits")]
    offset = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(found) for found in exits], dtype=np.int64)])
    return Phases(
        keys[:, 0].astype(np.int32),
        keys[:, 1].astype(np.int32),
        tuple(told("phase_name")),
        _lane_counts(channels, keys.shape[0]),
        _real(path, config, "min_green_s", none)[first].astype(np.float32),
        _real(path, config, "max_green_s", none)[first].astype(np.float32),
        np.array([link_row.get(text, -1) for text in told("approach")], np.int32),
        np.array([at.get(text, -1) for text in told("feeder")], np.int32),
        offset,
        np.array([link for found in exits for link in found], np.int32),
    )


def _lane_counts(channels: Channels, n_phases: int) -> NDArray[np.int32]:
    """Lanes of each phase: those named at the stop line, at least 1."""
    at_line = np.isin(channels.use, (Use.PRESENCE, Use.COUNT)) & (channels.lane >= 0)
    pairs: Any = np.unique(np.column_stack([channels.phase[at_line], channels.lane[at_line]]), axis=0)
    return np.maximum(np.bincount(pairs[:, 0], minlength=n_phases), 1).astype(np.int32)
