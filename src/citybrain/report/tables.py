"""The report's tables: figures with intervals, all runs, worst links, import report."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from citybrain.city.model import City, Oddity
from citybrain.evaluate.aggregate import Picture
from citybrain.evaluate.job import RunResult
from citybrain.evaluate.metrics import Better, Metric
from citybrain.evaluate.table import Cell, Row, Table, change, interval, number
from citybrain.report.citymap import link_name
from citybrain.report.encode import text

WORST_LINKS = 12


def figures_table(table: Table) -> str:
    """Figures down, controllers across; the best of each row is marked, differences are from the first controller."""
    head = "".join(
        f'<th scope="col"><i class="key s{i % 8}"></i>{text(c)}</th>' for i, c in enumerate(table.controllers)
    )
    vehicles = "".join(f"<td><b>{number(v, 0)}</b></td>" for v in table.vehicles)
    first = f'<tr><th scope="row">Vehicles<small>wanted to depart</small></th>{vehicles}</tr>'
    rows = first + "".join(_figure_row(row) for row in table.rows)
    return scroll(f'<table class="figures"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>')


def scroll(table: str) -> str:
    """A table may be wider than a phone; it scrolls by itself, the page does not."""
    return f'<div class="scroll" tabindex="0">{table}</div>'


def _figure_row(row: Row) -> str:
    unit = f' <span class="unit">({text(row.metric.unit)})</span>' if row.metric.unit else ""
    head = f'<th scope="row" title="{text(row.metric.definition)}">{text(row.metric.label)}{unit}</th>'
    return f"<tr>{head}{''.join(_figure_cell(row, cell) for cell in row.cells)}</tr>"


def _figure_cell(row: Row, cell: Cell) -> str:
    best = ' <em class="best">best</em>' if cell.best else ""
    value = f"<b>{text(interval(cell.value, row.metric.digits))}</b>{best}"
    if cell.difference is None or cell.difference.n == 0:
        return f"<td>{value}</td>"
    return f"<td>{value}<small>{_difference(row, cell)}</small></td>"


def _difference(row: Row, cell: Cell) -> str:
    """The change with its interval, and its share of the first controller's figure; marked better or worse."""
    words = change(cell, row.metric.digits)
    base = row.cells[0].value.mean
    mean = cell.difference.mean if cell.difference else math.nan
    if base and math.isfinite(mean / base):
        words += f" ({'+' if mean > 0 else ''}{number(100 * mean / base, 0)}\u00a0%)"
    kind = verdict(row.metric, cell)
    arrow = {"better": "▲ better", "worse": "▼ worse", "": ""}[kind]
    return f'{text(words)} <span class="{kind or "same"}">{arrow}</span>'


def verdict(metric: Metric, cell: Cell) -> str:
    """ "better" or "worse" where the whole interval of the paired difference says so, else ""."""
    if cell.difference is None or metric.better is Better.NEITHER or not cell.difference.excludes_zero:
        return ""
    return "better" if cell.difference.mean * metric.better > 0 else "worse"


def runs_table(results: Sequence[RunResult], table: Table) -> str:
    """Every single run, so that nothing hides behind a mean."""
    metrics = [row.metric for row in table.rows]
    head = "".join(f'<th scope="col">{text(m.label)}</th>' for m in metrics)
    rows = "".join(_run_row(result, metrics) for result in results)
    return scroll(
        f'<table><thead><tr><th scope="col">Controller</th><th scope="col">Seed</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _run_row(result: RunResult, metrics: Sequence[Metric]) -> str:
    summary = result.summary
    cells = "".join(f"<td>{number(metric.of(summary), metric.digits)}</td>" for metric in metrics)
    return f'<tr><th scope="row">{text(summary.controller)}</th><td>{summary.seed}</td>{cells}</tr>'


def links_table(city: City, pictures: Sequence[Picture]) -> str:
    """Links that cost most under the first controller: delay x flow, in vehicle-hours an hour."""
    cost = np.nan_to_num(pictures[0].links.delay_s) * pictures[0].links.flow_vph / 3600.0
    worst = [int(i) for i in np.argsort(-cost, kind="stable")[:WORST_LINKS] if cost[i] > 0.0]
    head = "".join(f'<th scope="col">{text(p.controller)}<small>s per vehicle</small></th>' for p in pictures)
    rows = "".join(_link_row(city, i, float(cost[i]), pictures) for i in worst)
    return scroll(
        f'<table><thead><tr><th scope="col">Link</th><th scope="col">Total delay<small>veh·h per h</small></th>'
        f'<th scope="col">Flow<small>veh/h</small></th>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _link_row(city: City, link: int, cost: float, pictures: Sequence[Picture]) -> str:
    delays = "".join(f"<td>{number(float(p.links.delay_s[link]), 1)}</td>" for p in pictures)
    flow = number(float(pictures[0].links.flow_vph[link]), 0)
    return (
        f'<tr><th scope="row">{text(link_name(city, link))}</th><td>{number(cost, 1)}</td><td>{flow}</td>{delays}</tr>'
    )


def import_table(oddities: Sequence[Oddity], rows_max: int) -> str:
    """What the reader met and did about it."""
    if not oddities:
        return "<p>Nothing unusual was met in the source.</p>"
    rows = "".join(
        f'<tr><th scope="row">{text(o.what)}</th><td>{number(o.count, 0)}</td><td class="words">{text(o.action)}</td>'
        f'<td class="words">{text(", ".join(o.examples))}</td></tr>'
        for o in oddities[:rows_max]
    )
    more = f"<p>{len(oddities) - rows_max} further kinds are left out.</p>" if len(oddities) > rows_max else ""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Met", "Times", "Done", "Examples"))
    return scroll(f'<table class="left"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>') + more
