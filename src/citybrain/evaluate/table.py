"""Runs of several controllers, brought into one table: mean, interval, difference from the first, best marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from citybrain.evaluate.metrics import METRICS, Better, Metric
from citybrain.evaluate.statistics import Estimate, estimate, paired_difference
from citybrain.records.summary import Summary


@dataclass(frozen=True)
class Cell:
    """One figure of one controller; `difference` is from the first controller (None for the first itself)."""

    value: Estimate
    difference: Estimate | None
    best: bool


@dataclass(frozen=True)
class Row:
    """One figure of all controllers, in the table's order of controllers."""

    metric: Metric
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    controllers: tuple[str, ...]
    seeds: tuple[int, ...]
    vehicles: tuple[float, ...]  # per controller, mean over seeds
    rows: tuple[Row, ...]

    @property
    def seeds_agree(self) -> bool:
        """True when several seeds gave the very same figures: nothing was left to chance, so intervals say nothing."""
        return len(self.seeds) > 1 and not any(cell.value.half_width > 0.0 for row in self.rows for cell in row.cells)


def make_table(summaries: Sequence[Summary], metrics: Sequence[Metric] = METRICS) -> Table:
    """Table of the runs. Controllers stand in order of first appearance; the first one is the baseline.

    Every controller must have run on the same seeds; else ValueError.
    """
    controllers = tuple(dict.fromkeys(row.controller for row in summaries))
    runs = {name: sorted((r for r in summaries if r.controller == name), key=lambda r: r.seed) for name in controllers}
    seeds = [tuple(run.seed for run in runs[name]) for name in controllers]
    if len(set(seeds)) > 1:
        raise ValueError(f"controllers ran on different seeds: {dict(zip(controllers, seeds, strict=True))}")
    rows = tuple(_row(metric, [[metric.of(run) for run in runs[name]] for name in controllers]) for metric in metrics)
    vehicles = tuple(estimate([run.vehicles for run in runs[name]]).mean for name in controllers)
    return Table(controllers, seeds[0] if seeds else (), vehicles, rows)


def _row(metric: Metric, values: Sequence[Sequence[float]]) -> Row:
    estimates = [estimate(column) for column in values]
    best = _best(metric, [e.mean for e in estimates])
    cells = [
        Cell(e, paired_difference(column, values[0]) if i else None, i in best)
        for i, (e, column) in enumerate(zip(estimates, values, strict=True))
    ]
    return Row(metric, tuple(cells))


def _best(metric: Metric, means: Sequence[float]) -> set[int]:
    """Controllers whose mean, as printed, is the best; nobody when all are equal or there is no better way."""
    shown = [round(mean, metric.digits) for mean in means]
    known = [mean for mean in shown if math.isfinite(mean)]
    if metric.better is Better.NEITHER or len(set(known)) < 2:
        return set()
    target = min(known) if metric.better is Better.LOWER else max(known)
    return {i for i, mean in enumerate(shown) if mean == target}


def number(value: float, digits: int) -> str:
    """A number for people: thousands apart by a thin space, "–" for nan."""
    if not math.isfinite(value):
        return "–"
    rounded = round(value, digits) + 0.0  # + 0.0: minus zero is zero
    return f"{rounded:,.{digits}f}".replace(",", "\u202f").replace("-", "−")


def interval(value: Estimate, digits: int) -> str:
    """`mean ± half width`; the mean alone where one run gives no interval."""
    if not math.isfinite(value.half_width):
        return number(value.mean, digits)
    return f"{number(value.mean, digits)} ± {number(value.half_width, digits)}"


def change(cell: Cell, digits: int) -> str:
    """Difference from the first controller with its sign and interval; "" for the first itself."""
    if cell.difference is None or cell.difference.n == 0:
        return ""
    mean = cell.difference.mean
    sign = "+" if round(mean, digits) > 0 else ""
    return sign + interval(cell.difference, digits)


def text_table(table: Table) -> str:
    """The table as plain text: figures down, controllers across; `*` marks the best."""
    head = ["", *table.controllers]
    body = [[_label(row.metric), *(_text_cell(cell, row.metric.digits) for cell in row.cells)] for row in table.rows]
    body.insert(0, ["Vehicles", *(number(v, 0) for v in table.vehicles)])
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    lines = [_line(head, widths), "  ".join("-" * w for w in widths), *(_line(line, widths) for line in body)]
    return "\n".join([*lines, "", _legend(table)])


def _label(metric: Metric) -> str:
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label


def _text_cell(cell: Cell, digits: int) -> str:
    difference = change(cell, digits)
    text = interval(cell.value, digits) + (f" [{difference}]" if difference else "")
    return text + (" *" if cell.best else "  ")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join([cells[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))])


def _legend(table: Table) -> str:
    n = len(table.seeds)
    runs = f"mean of {n} seeds ± 95 % confidence interval" if n > 1 else "one seed: no confidence interval"
    against = f"; [difference from {table.controllers[0]}, same seeds]" if len(table.controllers) > 1 else ""
    same = "\nall seeds gave the same figures: this input leaves nothing to chance" if table.seeds_agree else ""
    return f"{runs}{against}; * best{same}"
