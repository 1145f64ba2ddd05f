"""Line charts as inline SVG: one line a controller, a band for the spread of its seeds, axes with units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.evaluate.aggregate import Band, Picture
from citybrain.report.encode import text

WIDTH, HEIGHT = 460, 250  # of the view box; the page scales it
LEFT, RIGHT, TOP, BOTTOM = 54, 12, 12, 40
N_COLOURS = 8  # classes s0..s7 of the style sheet; more controllers begin again


@dataclass(frozen=True)
class Chart:
    """One column of the minute series: `factor` brings it to `unit`."""

    key: str
    title: str
    unit: str
    factor: float = 1.0
    digits: int = 0


CHARTS = (
    Chart("in_transit", "Vehicles in transit", "vehicles"),
    Chart("queued", "Queued vehicles (slower than 0.1 m/s)", "vehicles"),
    Chart("mean_speed_mps", "Mean speed of the vehicles in transit", "km/h", 3.6, 1),
    Chart("finished", "Finished trips", "trips"),
    Chart("waiting", "Waiting to enter the network", "vehicles"),
)


@dataclass(frozen=True)
class Scale:
    """Value to position on the page."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        return self.start + (self.end - self.start) * ((value - self.low) / span if span else 0.0)


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) that cover low..high."""
    if not high > low:
        high = low + 1.0
    raw = (high - low) / max(1, about)
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(m for m in (1.0, 2.0, 5.0, 10.0) if raw <= m * power * 1.000001)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def time_axis(end_s: float) -> tuple[float, str]:
    """Seconds in one unit of the time axis, and its name."""
    return (3600.0, "h") if end_s > 3 * 3600.0 else (60.0, "min")


def worth_drawing(pictures: Sequence[Picture]) -> list[Chart]:
    """All charts, but that of the vehicles waiting outside only where some ever did."""
    waited = any(np.nanmax(picture.bands["waiting"].high, initial=0.0) > 0.0 for picture in pictures)
    return [chart for chart in CHARTS if chart.key != "waiting" or waited]


def line_chart(chart: Chart, pictures: Sequence[Picture]) -> str:
    """The chart as a figure of the page. Hover data stands in the page's data block."""
    bands = [picture.bands[chart.key] for picture in pictures]
    t_s = max((picture.t_s for picture in pictures), key=len)
    unit_s, unit = time_axis(float(t_s[-1]))
    x_ticks = ticks(0.0, float(t_s[-1]) / unit_s, 6)
    y_ticks = ticks(0.0, max(_top(band) for band in bands) * chart.factor, 5)
    x = Scale(0.0, float(t_s[-1]), LEFT, WIDTH - RIGHT)
    y = Scale(y_ticks[0], y_ticks[-1], HEIGHT - BOTTOM, TOP)
    parts = [_grid(y, y_ticks), _time_ticks(x, [t for t in x_ticks if t * unit_s <= t_s[-1] * 1.0001], unit_s)]
    parts += [_band(i, p.t_s, b, chart.factor, x, y) for i, (p, b) in enumerate(zip(pictures, bands, strict=True))]
    parts += [_line(i, p.t_s, b, chart.factor, x, y) for i, (p, b) in enumerate(zip(pictures, bands, strict=True))]
    parts.append(
        f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}">time from begin ({unit})</text>'
    )
    parts.append(f'<line class="cross" y1="{TOP}" y2="{HEIGHT - BOTTOM}" hidden=""/>')
    label = f"{chart.title} over time, one line for each controller"
    return (
        f'<figure class="chart" data-key="{chart.key}"><figcaption>{text(chart.title)} <span>({chart.unit})</span>'
        f'</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(label)}">{"".join(parts)}</svg>'
        "</figure>"
    )


def _top(band: Band) -> float:
    finite = band.high[np.isfinite(band.high)]
    return float(finite.max()) if finite.size else 1.0


def _grid(y: Scale, values: Sequence[float]) -> str:
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}"/>'
        f'<text class="tick y" x="{LEFT - 6}" y="{y(v) + 4:.1f}">{short(v)}</text>'
        for v in values
    )


def _time_ticks(x: Scale, values: Sequence[float], unit_s: float) -> str:
    return "".join(
        f'<text class="tick" x="{x(v * unit_s):.1f}" y="{HEIGHT - BOTTOM + 16}">{short(v)}</text>' for v in values
    )


def short(value: float) -> str:
    """Tick label: 12k for 12,000."""
    if abs(value) >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:g}"


def _line(i: int, t_s: NDArray[np.float64], band: Band, factor: float, x: Scale, y: Scale) -> str:
    runs, pen = [], "M"
    for t, value in zip(t_s, band.mean * factor, strict=True):
        if not math.isfinite(value):  # a gap, not a line to zero
            pen = "M"
            continue
        runs.append(f"{pen}{x(t):.1f} {y(value):.1f}")
        pen = "L"
    return f'<path class="line s{i % N_COLOURS}" d="{"".join(runs)}"/>'


def _band(i: int, t_s: NDArray[np.float64], band: Band, factor: float, x: Scale, y: Scale) -> str:
    kept = np.isfinite(band.low) & np.isfinite(band.high)
    if kept.sum() < 2 or np.array_equal(band.low[kept], band.high[kept]):
        return ""
    t = t_s[kept]
    there = [f"{x(a):.1f} {y(b * factor):.1f}" for a, b in zip(t, band.high[kept], strict=True)]
    back = [f"{x(a):.1f} {y(b * factor):.1f}" for a, b in zip(t[::-1], band.low[kept][::-1], strict=True)]
    return f'<path class="band s{i % N_COLOURS}" d="M{"L".join(there + back)}Z"/>'


def chart_data(pictures: Sequence[Picture]) -> dict[str, object]:
    """What the page's script needs to show values under the pointer."""
    axis = {"width": WIDTH, "left": LEFT, "right": RIGHT}
    charts = {c.key: {"digits": c.digits, "unit": c.unit, "series": _series(c, pictures)} for c in CHARTS}
    return {
        **axis,
        "names": [p.controller for p in pictures],
        "t": [_numbers(p.t_s) for p in pictures],
        "charts": charts,
    }


def _series(chart: Chart, pictures: Sequence[Picture]) -> list[list[float | None]]:
    return [_numbers(picture.bands[chart.key].mean * chart.factor) for picture in pictures]


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [round(float(value), 2) if math.isfinite(value) else None for value in values]
