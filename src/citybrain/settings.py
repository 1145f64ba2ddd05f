"""Every limit and default that an operator may change: name, unit, default, range, meaning.

A setting is changed by the environment variable `CITYBRAIN_` + its name in capitals, e.g. `CITYBRAIN_WORKERS=4`.
`docs/settings.md` lists them all; a test compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from citybrain.errors import InputError, LimitError

PREFIX = "CITYBRAIN_"


def _setting(default: int, unit: str, low: int, high: int, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    workers: int = _setting(2, "processes", 1, 256, "simulations that run at the same time in one command")
    signals_max: int = _setting(5000, "signals", 4, 100_000, "largest city that `generate` makes")
    duration_max_s: int = _setting(604_800, "s", 1, 31_622_400, "longest simulated time of one run")
    seeds_max: int = _setting(1000, "seeds", 1, 100_000, "most seeds of one evaluation")
    map_links_max: int = _setting(
        60_000, "links", 100, 1_000_000, "most links drawn on a report's map; busiest are kept"
    )
    report_oddities_max: int = _setting(200, "rows", 1, 10_000, "most lines of the import report that a page shows")
    log_commit_ms: int = _setting(50, "ms", 1, 1000, "longest that a batch waits for others before they are committed")
    log_commit_kib: int = _setting(
        8192, "KiB", 1, 1_048_576, "batches that wait are committed at once from this size on"
    )
    log_queue_mib: int = _setting(64, "MiB", 1, 16_384, "most that waits for its commit; beyond it batches are refused")
    log_queue_batches: int = _setting(10_000, "batches", 10, 1_000_000, "most batches that wait for their commit")
    log_batch_mib: int = _setting(16, "MiB", 1, 512, "largest batch that is logged")
    log_segment_mib: int = _setting(1024, "MiB", 1, 1_048_576, "a file of the log is followed by the next at this size")
    log_keep_h: int = _setting(168, "h", 1, 87_600, "files of the log are dropped when their last batch is this old")
    log_keep_mib: int = _setting(
        51_200, "MiB", 2, 1_073_741_824, "the oldest files of the log are dropped beyond this size"
    )
    log_duplicate_h: int = _setting(24, "h", 1, 8_760, "a batch that comes again within this time is recognised")
    log_stall_ms: int = _setting(1000, "ms", 100, 60_000, "a commit that takes longer is reported as a failing disk")
    log_retry_ms: int = _setting(250, "ms", 10, 60_000, "how often a failing disk is tried again")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Defaults, overruled by the environment. Raises InputError for a value that is no number or out of its range."""
    environ = os.environ if environ is None else environ
    given = {}
    for setting in fields(Settings):
        text = environ.get(PREFIX + setting.name.upper())
        if text is not None:
            given[setting.name] = _parse(setting.name, text, setting.metadata)
    return Settings(**given)


def _parse(name: str, text: str, metadata: Mapping[str, Any]) -> int:
    low, high, unit = metadata["low"], metadata["high"], metadata["unit"]
    expected = f"a whole number from {low} to {high} ({unit})"
    try:
        value = int(text)
    except ValueError:
        raise InputError(f"{PREFIX}{name.upper()}={text}: not a number; set it to {expected}") from None
    if not low <= value <= high:
        raise InputError(f"{PREFIX}{name.upper()}={text}: out of range; set it to {expected}")
    return value


def within(name: str, value: float, settings: Settings) -> None:
    """Raise LimitError when `value` exceeds the limit `name`; the message says how to raise the limit."""
    limit = getattr(settings, name)
    if value > limit:
        raise LimitError(
            f"{value:g} exceeds the limit {name} = {limit}; raise it with {PREFIX}{name.upper()}={value:g}"
        )
