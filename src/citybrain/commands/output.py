"""Results on stdout and in files: JSON for programs, a table for people, the report."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from citybrain import __version__
from citybrain.clock import SYSTEM, iso_utc
from citybrain.commands.files import Scenario, write_text
from citybrain.settings import load_settings

if TYPE_CHECKING:
    from citybrain.city.model import City, ImportReport
    from citybrain.evaluate.job import RunResult
    from citybrain.evaluate.statistics import Estimate
    from citybrain.evaluate.table import Table
    from citybrain.records.summary import Summary


def say(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """A line beside the result."""
    sys.stderr.write(text + "\n")


def to_json(value: object) -> str:
    """One line of JSON; a number that is none (nan, infinite) becomes null."""
    return json.dumps(_plain(value), allow_nan=False, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def summary_row(summary: Summary) -> dict[str, object]:
    """The figures of one run."""
    return asdict(summary)


def table_rows(table: Table) -> list[dict[str, object]]:
    """The comparison as flat rows: one for each figure and controller."""
    return [
        {
            "metric": row.metric.key,
            "controller": name,
            **_estimate(cell.value, ""),
            **(_estimate(cell.difference, "difference_") if cell.difference else {}),
            "best": cell.best,
        }
        for row in table.rows
        for name, cell in zip(table.controllers, row.cells, strict=True)
    ]


def _estimate(value: Estimate, prefix: str) -> dict[str, object]:
    return {f"{prefix}mean": value.mean, f"{prefix}ci95_half_width": value.half_width}


def write_report(path: Path, scenario: Scenario, results: Sequence[RunResult], demand: str, wall_s: float) -> None:
    """Make the HTML report of the runs and say where it is."""
    from dataclasses import replace

    from citybrain.report.content import Provenance, make_content
    from citybrain.report.page import render

    settings = load_settings()
    origin = Provenance(command_line(), __version__, iso_utc(SYSTEM.now_s()), demand, wall_s)
    content = make_content(scenario.city, tuple(results), origin)
    content = replace(
        content,
        oddities=scenario.report.oddities,
        links_max=settings.map_links_max,
        oddities_max=settings.report_oddities_max,
    )
    write_text(path, render(content))
    note(f"Report: {path}")


def command_line() -> str:
    """The command as it was typed."""
    import shlex

    return shlex.join(["citybrain", *sys.argv[1:]])


def import_lines(report: ImportReport) -> list[str]:
    """The import report as text, one line for each kind of oddity."""
    lines = []
    for oddity in report.oddities:
        examples = f" (e.g. {', '.join(oddity.examples)})" if oddity.examples else ""
        lines.append(f"{oddity.count:7d} × {oddity.what}: {oddity.action}{examples}")
    return lines or ["        nothing unusual in the source"]


def say_oddities(report: ImportReport) -> None:
    """Point to the import report where there is something in it."""
    if report.oddities:
        n = sum(oddity.count for oddity in report.oddities)
        note(f"Import: {n:,} oddities of {len(report.oddities)} kinds; citybrain import or --report lists them")


def city_line(city: City) -> str:
    """The city in one line."""
    km = float(city.links.length_m.sum()) / 1000.0
    counts = (
        f"{len(city.nodes.node_id):,} nodes",
        f"{len(city.links.link_id):,} links ({km:,.1f} km)",
        f"{len(city.lanes.link):,} lanes",
        f"{len(city.signals.signal_id):,} signals",
        f"{len(city.sensors.sensor_id):,} sensors",
    )
    return f"{city.meta.name or 'city'}: {', '.join(counts)}"
