"""Charts of one phase as inline SVG: coordination diagram of Purdue, split failures, arrivals over the cycle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.diagnosis.case import Case
from citybrain.estimate.performance.coordination import fold
from citybrain.report.chart import Scale, ticks
from citybrain.report.diagnosis_text import clock
from citybrain.report.encode import text

__all__ = ["arrival_profile", "coordination_diagram", "split_chart"]

F64 = NDArray[np.float64]
WIDTH, HEIGHT = 460, 230
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 10, 34
POINTS_MAX = 3000  # drawn in one diagram; more are thinned evenly
TIGHT = 0.98  # quantile of the cycle lengths that the picture shows: one long cycle does not squeeze the others


@dataclass(frozen=True)
class _Frame:
    x: Scale
    y: Scale


def coordination_diagram(case: Case, phase: int) -> str:
    """Each vehicle at its arrival: when (across), how long after begin of red (up); lines: begin of green, yellow."""
    found = case.found
    cycles, arrive = found.cycles, found.arrive
    rows = np.flatnonzero(cycles.phase == phase)
    seen = np.flatnonzero((arrive.phase == phase) & (arrive.cycle >= 0))
    if not rows.size or not found.has_arrivals[phase]:
        return _nothing("Coordination diagram", "no detector upstream tells when vehicles arrive")
    seen = seen[:: max(1, math.ceil(seen.size / POINTS_MAX))]
    since_s = arrive.time_s[seen] - cycles.red_s[arrive.cycle[seen]]
    in_green = (arrive.time_s[seen] >= cycles.green_s[arrive.cycle[seen]]) & (
        arrive.time_s[seen] < cycles.yellow_s[arrive.cycle[seen]]
    )
    length_s = cycles.end_s[rows] - cycles.red_s[rows]
    frame = _frame(found.log.begin_s, found.log.end_s, float(np.quantile(length_s, TIGHT)) * 1.02)
    body = _steps(frame, cycles.red_s[rows], (cycles.green_s - cycles.red_s)[rows], "dg")
    body += _steps(frame, cycles.red_s[rows], (cycles.yellow_s - cycles.red_s)[rows], "dy")
    body += _dots(frame, arrive.time_s[seen][~in_green], since_s[~in_green], "dr")
    body += _dots(frame, arrive.time_s[seen][in_green], since_s[in_green], "da")
    share = case.of(case.whole.on_green_share, phase)
    title = f"Coordination diagram: {share:.0%} arrive on green, platoon ratio {case.of(case.whole.platoon, phase):.2f}"
    return _figure(title, _axes(frame, "s after begin of red") + body, "Arrivals by time and by place in the cycle")


def split_chart(case: Case, phase: int) -> str:
    """Occupancy of the stop-line zone in green and in the first seconds of red, green by green; failed ones marked."""
    found = case.found
    rows = np.flatnonzero((found.cycles.phase == phase) & found.occupancy.known)
    if not rows.size:
        return _nothing("Split failures", "no zone at the stop line tells whether the queue was served")
    frame = _frame(found.log.begin_s, found.log.end_s, 1.0)
    at_s, failed = found.cycles.yellow_s[rows], found.occupancy.failed[rows]
    bars = "".join(f'<path class="df" d="M{frame.x(t):.1f} {TOP}V{HEIGHT - BOTTOM}"/>' for t in at_s[failed])
    body = bars + _dots(frame, at_s, np.minimum(found.occupancy.green[rows], 1.0), "da")
    body += _dots(frame, at_s, np.minimum(found.occupancy.red[rows], 1.0), "dr")
    title = f"Split failures: {int(failed.sum())} of {rows.size} greens"
    return _figure(title, _axes(frame, "share of time occupied") + body, "Occupancy in green and after it")


def arrival_profile(case: Case, phase: int, shift_s: float = 0.0) -> str:
    """Vehicles by place in the cycle, the green behind them; a proposed shift of the green is framed."""
    part = fold(case.found.cycles, case.found.arrive, phase)
    if part is None or not part.arrivals.sum():
        return ""
    rate = part.arrivals / part.cycles * 3600.0 / case.found.log.phases.lanes[phase]
    frame = _Frame(
        Scale(0.0, float(part.arrivals.size), LEFT, WIDTH - RIGHT),
        Scale(0.0, float(rate.max()) * 1.05, HEIGHT - BOTTOM, TOP),
    )
    body = "".join(_band(frame, a, b, "dw") for a, b in _runs(part.green > 0.5))
    if abs(shift_s) >= 1.0:
        moved = np.roll(part.green > 0.5, round(shift_s))
        body += "".join(_band(frame, a, b, "dn") for a, b in _runs(moved))
    width = (frame.x(1.0) - frame.x(0.0)) * 0.8
    bars = (
        f'<rect class="db" x="{frame.x(k):.1f}" y="{frame.y(v):.1f}" width="{width:.1f}"'
        f' height="{max(HEIGHT - BOTTOM - frame.y(v), 0.0):.1f}"/>'
        for k, v in enumerate(rate)
        if v > 0.0
    )
    labels = [(tick, f"{tick:g}") for tick in ticks(0.0, float(part.arrivals.size), 6) if tick <= part.arrivals.size]
    axes = _axes(frame, "veh/h and lane", labels, "s after begin of red")
    return _figure(f"Arrivals over the cycle of {part.cycle_s:.0f} s", axes + body + "".join(bars), "Arrival profile")


def _frame(begin_s: float, end_s: float, high: float) -> _Frame:
    return _Frame(Scale(begin_s, end_s, LEFT, WIDTH - RIGHT), Scale(0.0, high, HEIGHT - BOTTOM, TOP))


def _dots(frame: _Frame, x: F64, y: F64, kind: str) -> str:
    path = "".join(f"M{frame.x(a):.1f} {max(frame.y(b), TOP):.1f}h0" for a, b in zip(x, y, strict=True))
    return f'<path class="dot {kind}" d="{path}"/>' if path else ""


def _steps(frame: _Frame, begin_s: F64, level: F64, kind: str) -> str:
    """A level held from cycle to cycle."""
    parts = [
        f"{'M' if not k else 'H'}{frame.x(t):.1f}" + (f" {frame.y(v):.1f}" if not k else f"V{frame.y(v):.1f}")
        for k, (t, v) in enumerate(zip(begin_s, level, strict=True))
    ]
    return f'<path class="dl {kind}" d="{"".join(parts)}H{frame.x.end:.1f}"/>'


def _band(frame: _Frame, begin: int, end: int, kind: str) -> str:
    x, width = frame.x(begin), frame.x(end) - frame.x(begin)
    return f'<rect class="{kind}" x="{x:.1f}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - BOTTOM - TOP}"/>'


def _runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Begins and ends of the stretches that are on."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[0::2], edges[1::2], strict=True)]


def _axes(frame: _Frame, unit: str, labels: Sequence[tuple[float, str]] | None = None, across: str = "") -> str:
    rows = ""
    for tick in ticks(0.0, frame.y.high, 4):
        if tick <= frame.y.high * 1.001:
            y = frame.y(tick)
            rows += f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
            rows += f'<text class="y" x="{LEFT - 6}" y="{y + 4:.1f}">{tick:g}</text>'
    if labels is None:
        step_s = max(ticks(0.0, (frame.x.high - frame.x.low) / 60.0, 6)[1], 1.0) * 60.0
        first = math.ceil(frame.x.low / step_s) * step_s
        labels = [(t, clock(t)) for t in np.arange(first, frame.x.high + 1.0, step_s).tolist()]
    for value, label in labels:
        rows += f'<text x="{frame.x(value):.1f}" y="{HEIGHT - BOTTOM + 16}">{text(label)}</text>'
    name = f"{unit}" if not across else f"{unit}; across: {across}"
    return rows + f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 4}">{text(name)}</text>'


def _figure(title: str, body: str, says: str) -> str:
    return (
        f'<figure><figcaption>{text(title)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{text(says)}">{body}</svg></figure>'
    )


def _nothing(title: str, why: str) -> str:
    return (
        f'<figure><figcaption>{text(title)}</figcaption><p class="note">{text(why[0].upper() + why[1:])}.</p></figure>'
    )
