"""The table of a suite, as a paper would print it: controllers down, scenarios across, mean ± interval, best marked."""

from __future__ import annotations

import math
from collections.abc import Sequence

from citybrain.evaluate.metrics import BY_KEY, Better
from citybrain.evaluate.suite_run import Found
from citybrain.evaluate.suites import Suite
from citybrain.evaluate.table import interval, number

LABELS = {
    "served": ("Vehicles let in when the delay index first passes 1.40", 0, Better.HIGHER),
    "stopped_at_s": ("Time of that (s); the horizon ends at 1200 s", 0, Better.HIGHER),
    "delay_index": ("Delay index then", 3, Better.NEITHER),
}


def suite_text(suite: Suite, found: Sequence[Found], seeds: int) -> str:
    """One block a figure."""
    blocks = [_block(suite, found, metric) for metric in suite.metrics]
    runs = f"mean of {seeds} seeds ± 95 % confidence interval" if seeds > 1 else "one seed: no confidence interval"
    world = f"world {suite.world}, protocol {suite.protocol}, full view"
    return "\n\n".join([*blocks, f"{runs}; * best; {world}; all vehicles count, unfinished ones up to the end"])


def suite_rows(found: Sequence[Found]) -> list[dict[str, object]]:
    """The same as rows for JSON."""
    return [
        {
            "scenario": row.scenario.name,
            "controller": row.controller,
            "interval_s": row.interval_s,
            "figures": {
                name: {
                    "mean": value.mean,
                    "half_width": value.half_width if math.isfinite(value.half_width) else None,
                    "worst": row.worst[name],
                }
                for name, value in row.figures.items()
            },
        }
        for row in found
    ]


def _label(metric: str) -> tuple[str, int, Better]:
    if metric in LABELS:
        return LABELS[metric]
    known = BY_KEY[metric]
    return f"{known.label} ({known.unit})" if known.unit else known.label, known.digits, known.better


def _block(suite: Suite, found: Sequence[Found], metric: str) -> str:
    label, digits, better = _label(metric)
    cells = {(row.scenario.name, row.controller, row.interval_s): row.figures[metric] for row in found}
    names = [scenario.name for scenario in suite.scenarios]
    best = {name: _best([cells[name, *row].mean for row in suite.rows], digits, better) for name in names}
    lines = [[label, *names, "mean"]]
    if metric in ("approach_time_s", "mean_delay_s"):
        lines += _published(suite, digits)
    for row in suite.rows:
        values = [cells[name, *row] for name in names]
        marked = [
            interval(value, digits) + (" *" if round(value.mean, digits) == best[name] else "  ")
            for value, name in zip(values, names, strict=True)
        ]
        mean = number(sum(value.mean for value in values) / len(values), digits)
        lines.append([_row_name(*row), *marked, mean])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(_line(line, widths) for line in lines)


def _published(suite: Suite, digits: int) -> list[list[str]]:
    """A row of the best published figures for each interval that has some."""
    intervals = sorted({at_s for scenario in suite.scenarios for at_s, _ in scenario.published}, reverse=True)
    rows = []
    for at_s in intervals:
        values = [dict(scenario.published).get(at_s, math.nan) for scenario in suite.scenarios]
        mean = number(sum(values) / len(values), digits)
        rows.append([f"best published, {at_s:g} s", *(number(value, digits) + "  " for value in values), mean])
    return rows


def _row_name(controller: str, interval_s: float) -> str:
    if interval_s == 0.0:
        return controller
    return f"{controller}, each second" if interval_s == 1.0 else f"{controller}, {interval_s:g} s"


def _best(means: Sequence[float], digits: int, better: Better) -> float:
    shown = [round(mean, digits) for mean in means if math.isfinite(mean)]
    if better is Better.NEITHER or len(set(shown)) < 2:
        return math.nan
    return min(shown) if better is Better.LOWER else max(shown)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return "  ".join([cells[0].ljust(widths[0]), *rest]).rstrip()
