"""The harness of the benchmarks: `scripts/bench NAME [--quick] [--json]`.

A benchmark is a module of this folder with `main(quick: bool) -> Report`: one promise, measured beside a peer in the
same run. A module whose parts take long names them, `PARTS: dict[str, Callable[[bool], Report]]`: each can be run, and
written into its own part of the document, alone (`--part`). The harness prints what was measured, ours, the peer's, the
ratio, the target, and whether it holds. With `--json` the last line is one object {name, machine, figures: [{what,
value, target, pass}], pass}.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._tables import fill

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Figure:
    """One measured value against its target. With a `peer` the value held against the target is the ratio ours / peer.

    `at_least` tells the direction of the target; a figure without a target (None) is shown and always passes.
    """

    what: str
    ours: float
    target: float | None = None
    peer: float | None = None
    at_least: bool = True
    unit: str = ""

    @property
    def value(self) -> float:
        return self.ours if self.peer is None else (self.ours / self.peer if self.peer else math.nan)

    @property
    def passed(self) -> bool:
        """A value that is no number never meets a target."""
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True)
class Report:
    """What a benchmark found. `notes` say what a reader must know: the peer's version, the input, what is left out."""

    figures: Sequence[Figure]
    notes: Sequence[str] = field(default=())
    tables: Sequence[str] = field(default=())  # Markdown, for people and documents

    @property
    def passed(self) -> bool:
        return bool(self.figures) and all(figure.passed for figure in self.figures)


def joined(reports: Sequence[Report]) -> Report:
    """Several reports as one; what all of them note is noted once."""
    notes = dict.fromkeys(note for report in reports for note in report.notes)
    figures = [figure for report in reports for figure in report.figures]
    return Report(figures, list(notes), [table for report in reports for table in report.tables])


def machine() -> str:
    """The machine in one line: processor, cores, memory, system, Python."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0.0
    parts = (
        _processor(),
        f"{os.cpu_count()} cores",
        f"{memory_gib:.0f} GiB",
        platform.system(),
        f"Python {platform.python_version()}",
    )
    return ", ".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def names() -> list[str]:
    """All benchmarks of the folder."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def as_json(name: str, report: Report) -> str:
    """The last line of `--json`."""
    figures = [
        {"what": f.what, "value": _finite(f.value), "target": f.target, "pass": f.passed} for f in report.figures
    ]
    found = {"name": name, "machine": machine(), "figures": figures, "pass": report.passed}
    return json.dumps(found, allow_nan=False, ensure_ascii=False)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def as_text(name: str, report: Report) -> str:
    """The figures as a table."""
    head = ("what", "ours", "peer", "ratio", "target", "pass")
    rows = [head, *(_row(figure) for figure in report.figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(_cell(i, row[i], widths[i]) for i in range(len(head))) for row in rows]
    return "\n".join([f"{name} on {machine()}", *lines, *(f"note: {note}" for note in report.notes)])


def as_document(name: str, report: Report) -> str:
    """Tables and figures as a part of a Markdown document."""
    whole = f"```text\n{as_text(name, report)}\n```"
    return "\n" + "\n\n".join([*report.tables, "### Figures and targets", whole]) + "\n"


def _cell(i: int, text: str, width: int) -> str:
    return text.ljust(width) if i == 0 else text.rjust(width)


def _row(figure: Figure) -> tuple[str, ...]:
    what = f"{figure.what} ({figure.unit})" if figure.unit else figure.what
    sign = ">=" if figure.at_least else "<="
    return (
        what,
        number(figure.ours),
        "" if figure.peer is None else number(figure.peer),
        "" if figure.peer is None else number(figure.value),
        "" if figure.target is None else f"{sign} {number(figure.target)}",
        "" if figure.target is None else ("yes" if figure.passed else "NO"),
    )


def number(value: float) -> str:
    """Four significant digits, thousands apart."""
    if not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark; exit code 0 when every figure meets its target, 1 when not, 2 for an unknown name."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Run one benchmark.")
    parser.add_argument("name", nargs="?", help=f"one of: {', '.join(names()) or 'none yet'}")
    parser.add_argument("--quick", action="store_true", help="smaller input; ends within 60 s")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--part", help="one part of a benchmark that has several, and of its document")
    parser.add_argument("--write-docs", action="store_true", help="put the result into the benchmark's document")
    asked = parser.parse_args(arguments)
    if asked.name not in names():
        found = f"no benchmark {asked.name!r}; " if asked.name else ""
        print(f"{found}choose one of: {', '.join(names()) or 'none yet'}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"benchmarks.{asked.name}")
    parts = getattr(module, "PARTS", None) or {"": module.main}
    if asked.quick and asked.part is None:
        parts = {part: run for part, run in parts.items() if part in getattr(module, "QUICK_PARTS", parts)}
    if asked.part is not None and asked.part not in parts:
        print(f"no part {asked.part!r} of {asked.name}; choose one of: {', '.join(parts)}", file=sys.stderr)
        return 2
    if asked.write_docs and not hasattr(module, "DOCUMENT"):
        print(f"{asked.name} has no document to write into; leave --write-docs out", file=sys.stderr)
        return 2
    reports = []
    for part, run in parts.items():
        if asked.part in (None, part):
            reports.append(run(asked.quick))
            if asked.write_docs:
                fill(module.DOCUMENT, as_document(asked.name, reports[-1]), part)
    report = joined(reports)
    print("\n\n".join([*report.tables, as_text(asked.name, report)]))
    if asked.json:
        print(as_json(asked.name, report))
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
