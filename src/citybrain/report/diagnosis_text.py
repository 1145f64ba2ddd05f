"""A diagnosis as aligned tables for a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from citybrain.detect.diagnosis.diagnose import Diagnosis
from citybrain.records.finding import Cause, Evidence, Finding, JunctionRank

__all__ = ["csv_table", "evidence_text", "figure", "span", "text_tables"]

COLUMNS = (
    *("rank", "device", "phase", "place", "cause", "measure", "amount", "unit", "gain_vh", "confidence"),
    *("begin_s", "end_s", "evidence"),
)
WORDS_MAX = 30
INDENT = 6


def figure(value: float, digits: int = 1) -> str:
    """A number for people; a dash where none is known."""
    return f"{value:,.{digits}f}" if math.isfinite(value) else "-"


def span(begin_s: float, end_s: float) -> str:
    """A time range on the log's clock, as hours and minutes."""
    return f"{clock(begin_s)} to {clock(end_s)}"


def clock(time_s: float) -> str:
    minutes = round(time_s / 60.0)
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def evidence_text(one: Evidence) -> str:
    """One figure as "green occupancy: 93 %" or "split failures: 12 of 39 cycles"."""
    if one.unit == "share":
        return f"{one.what}: {one.value:.0%}"
    digits = (
        0
        if not math.isfinite(one.value) or abs(one.value - round(one.value)) < 1e-9
        else 2
        if abs(one.value) < 10.0
        else 1
    )
    return f"{one.what}: {figure(one.value, digits)}" + (f" {one.unit}" if one.unit else "")


def text_tables(found: Diagnosis, top: int) -> str:
    """Worst junctions, then findings with their evidence; `top` rows of each."""
    log, rest = found.case.found.log, [one for one in found.findings if one.cause != Cause.DETECTOR]
    parts = [
        f"{len(found.junctions)} junctions, {found.case.found.cycles.n:,} cycles of their phases,"
        f" {log.events.time_s.size:,} events, {span(log.begin_s, log.end_s)}",
        "Worst junctions, by the delay of all their vehicles",
        _junctions(found.junctions[:top]),
        _more(len(found.junctions), top),
        *_detectors(found, top),
        "Findings, most urgent first" if rest else "No findings about the signals.",
        *(_finding(k, one) for k, one in enumerate(rest[:top], 1)),
        _more(len(rest), top),
    ]
    return "\n".join(part for part in parts if part)


def _detectors(found: Diagnosis, top: int) -> list[str]:
    """Detectors to inspect, a line each: what rests on them is in none of the figures."""
    bad = [one for one in found.findings if one.cause == Cause.DETECTOR]
    lines = [f"  {one.device}: {one.measure}" for one in bad[:top]]
    return [f"Detectors: {len(bad)} to inspect", *lines, _more(len(bad), top)] if bad else []


def _more(n: int, top: int) -> str:
    return f"  ... and {n - top} more (--top {n})" if n > top else ""


def _junctions(ranks: Sequence[JunctionRank]) -> str:
    head = ("junction", "delay veh-h/h", "s/veh", "vehicles", "on green", "failed", "of", "worst X", "worst phase")
    rows = [head, *(_junction(rank) for rank in ranks)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = []
    for row in rows:
        cells = [
            c.ljust(w) if i in (0, len(head) - 1) else c.rjust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def _junction(rank: JunctionRank) -> tuple[str, ...]:
    share = f"{rank.on_green_share:.0%}" if math.isfinite(rank.on_green_share) else "-"
    name = rank.device if len(rank.device) <= WORDS_MAX else rank.device[: WORDS_MAX - 3] + "..."
    told = (figure(rank.delay_vh, 2), figure(rank.delay_s), f"{rank.vehicles:,}", share)
    ratio = figure(rank.saturation, 2) if rank.saturation >= 0.0 else "-"
    return name, *told, str(rank.failures), str(rank.cycles), ratio, rank.worst


def _finding(rank: int, one: Finding) -> str:
    worth = f"saves {figure(one.gain_vh, 2)} veh-h/h, " if math.isfinite(one.gain_vh) else ""
    head = f"{rank:3d}.  {one.device}, {one.place}: {one.cause}"
    lines = [head, f"{one.measure[0].upper()}{one.measure[1:]} ({worth}confidence {one.confidence:.0%})"]
    lines += [evidence_text(evidence) for evidence in one.evidence]
    lines.append(span(one.begin_s, one.end_s))
    return "\n".join([lines[0], " " * INDENT + lines[1], *(" " * INDENT + "- " + line for line in lines[2:])])


def csv_table(found: Diagnosis) -> str:
    """One row a finding; the evidence is one column, parts between semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rank, one in enumerate(found.findings, 1):
        numbers = ["" if not math.isfinite(v) else f"{v:.6g}" for v in (one.amount, one.gain_vh)]
        told = (one.device, one.phase, one.place, one.cause.value, one.measure, numbers[0], one.unit, numbers[1])
        evidence = "; ".join(evidence_text(part) for part in one.evidence)
        writer.writerow((rank, *told, f"{one.confidence:.3f}", one.begin_s, one.end_s, evidence))
    return out.getvalue()
