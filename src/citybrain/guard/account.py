"""What the guard makes of a city, for the engineer who answers for its signals."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.guard.conflicts import Level
from citybrain.guard.desk import DeskTables
from citybrain.guard.limits import ENDLESS_S

COLUMNS = ("signal", "group", "other", "level")


def account(city: City, tables: DeskTables) -> dict[str, Any]:
    """Counts of signals and pairs, and every signal with its limits."""
    levels = np.bincount(tables.conflicts.level, minlength=len(Level)) // 2
    return {
        "city": city.meta.name,
        "signals": len(city.signals.signal_id),
        "steerable": int(tables.limits.steerable.sum()),
        "pairs_never_together": int(levels[Level.NEVER]),
        "pairs_that_yield": int(levels[Level.YIELD]),
        "oddities": [
            {"what": o.what, "count": o.count, "action": o.action, "examples": list(o.examples)}
            for o in tables.conflicts.oddities
        ],
        "limits": [_limits(city, tables, signal) for signal in range(len(city.signals.signal_id))],
    }


def _limits(city: City, tables: DeskTables, signal: int) -> dict[str, Any]:
    limits, table = tables.limits, tables.table
    own = slice(int(table.first_group[signal]), int(table.first_group[signal + 1]))
    red_s = 2 * limits.turn_back_s[own]
    red_s = red_s[limits.turn_back_s[own] < ENDLESS_S // 2]
    return {
        "signal": city.signals.signal_id[signal],
        "steerable": bool(limits.steerable[signal]),
        "stages": int(table.n_stages[signal]),
        "min_green_s": int(limits.min_green_s[signal]),
        "yellow_s": int(limits.yellow_s[signal]),
        "all_red_s": int(limits.all_red_s[signal]),
        "max_green_s": int(limits.max_green_s[signal]),
        "max_red_s": int(red_s.max()) if red_s.size else None,
    }


def conflict_rows(city: City, tables: DeskTables) -> Iterator[tuple[str, str, str, str]]:
    """Every pair of groups that get in each other's way: signal, both groups, `yield` or `never`."""
    names = city.groups.group_id
    for signal, name in enumerate(city.signals.signal_id):
        first, level = int(tables.conflicts.first_group[signal]), tables.conflicts.of(signal)
        for g, h in np.argwhere(np.triu(level) > 0).tolist():
            yield name, names[first + g], names[first + h], Level(int(level[g, h])).name.lower()


def write_conflicts(path: Path, city: City, tables: DeskTables) -> int:
    """The table as CSV; how many pairs. Raises InputError where the file cannot be written."""
    rows = list(conflict_rows(city, tables))
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); name another file") from error
    return len(rows)
