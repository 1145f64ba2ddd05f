"""Time-space diagrams: signals along a corridor, their greens, the bands between them, and the vehicles that drove."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citybrain.evaluate.signal_measures import Tracks
from citybrain.report.chart import Scale, ticks
from citybrain.report.encode import text

__all__ = ["Diagram", "Lane", "draw"]

F64 = NDArray[np.float64]
Spans = list[tuple[float, float]]

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 600, 96, 10, 14, 40
LEG_PX, LEAST_PX = 110, 64  # of the longest leg; of the shortest
STEP_S = 2.0  # between points of a drawn trajectory


@dataclass(frozen=True, eq=False)
class Lane:
    """One direction: greens of every signal, begin and width of its bands at its first signal, and vehicles.

    `reached_s` are free-flow seconds from the direction's first signal; distances of `tracks` count from it too.
    """

    greens: list[Spans]  # [n_signals] in the order of the diagram
    bands: Spans
    reached_s: F64  # [n_signals] in the order of the direction
    place_m: F64  # [n_signals] distance along the direction
    tracks: Tracks


@dataclass(frozen=True, eq=False)
class Diagram:
    """Signals by name, and where they lie along the corridor; `span_s` on the scenario's clock."""

    title: str
    names: tuple[str, ...]
    place_m: F64
    span_s: tuple[float, float]
    there: Lane
    back: Lane | None


def draw(diagram: Diagram) -> str:
    """The diagram as a figure of the page."""
    y = _heights(diagram.place_m)
    height = float(y.max()) + TOP + BOTTOM
    x = Scale(0.0, diagram.span_s[1] - diagram.span_s[0], LEFT, WIDTH - RIGHT)
    clip = _clip_id(diagram)
    parts = [_clip(height, clip)]
    parts += [_bands(diagram.there, y, x, ("s0", clip))]
    if diagram.back is not None:
        parts += [_bands(diagram.back, y[::-1], x, ("s1", clip))]
    parts += [_vehicles(diagram, diagram.there, y, x, ("s0", clip))]
    if diagram.back is not None:
        parts += [_vehicles(diagram, diagram.back, y[::-1], x, ("s1", clip))]
    parts += [_signal(diagram, i, y, x) for i in range(len(diagram.names))]
    parts.append(_axis(x, height))
    return (
        f'<figure class="chart"><figcaption>{text(diagram.title)}</figcaption><svg viewBox="0 0 {WIDTH} {height:.0f}"'
        f' role="img" aria-label="{text(diagram.title)}: time-space diagram">{"".join(parts)}</svg></figure>'
    )


def _heights(place_m: F64) -> F64:
    """Where each signal is drawn, first at the bottom; short legs get room for their names."""
    legs = np.diff(place_m)
    drawn = np.maximum(LEG_PX * legs / max(float(legs.max(initial=1.0)), 1.0), LEAST_PX)
    up = np.concatenate([[0.0], np.cumsum(drawn)])
    return np.asarray(TOP + up[-1] - up, np.float64)


def _clip_id(diagram: Diagram) -> str:
    """A name of its own within the page."""
    words = " ".join((diagram.title, *diagram.names))
    return f"ts{zlib.crc32(words.encode()):x}"


def _clip(height: float, name: str) -> str:
    box = f'x="{LEFT}" y="0" width="{WIDTH - LEFT - RIGHT}" height="{height - BOTTOM + 8:.0f}"'
    return f'<clipPath id="{name}"><rect {box}/></clipPath>'


def _signal(diagram: Diagram, i: int, y: F64, x: Scale) -> str:
    name = diagram.names[i] if len(diagram.names[i]) <= 13 else diagram.names[i][:6] + "…" + diagram.names[i][-6:]
    parts = [
        f'<text class="tick y" x="{LEFT - 8}" y="{y[i] + 4:.1f}"><title>{text(diagram.names[i])}</title>'
        f"{text(name)}</text>"
    ]
    parts.append(_lights(diagram.there.greens[i], float(y[i]) - 3.5, x))
    if diagram.back is not None:
        parts.append(_lights(diagram.back.greens[i], float(y[i]) + 0.5, x))
    return "".join(parts)


def _lights(greens: Spans, y: float, x: Scale) -> str:
    """Red all along, green where it is green."""
    whole = f'<rect class="ts-red" x="{LEFT}" y="{y:.1f}" width="{WIDTH - LEFT - RIGHT}" height="3"/>'
    rows = [
        f'<rect class="ts-green" x="{x(a):.1f}" y="{y:.1f}" width="{x(b) - x(a):.1f}" height="3"/>' for a, b in greens
    ]
    return whole + "".join(rows)


def _bands(lane: Lane, y: F64, x: Scale, drawn: tuple[str, str]) -> str:
    """`y` in the order of the direction; `drawn` is (colour, clip)."""
    found = []
    for begin_s, width_s in lane.bands:
        early = [f"{x(begin_s + t):.1f} {h:.1f}" for t, h in zip(lane.reached_s, y, strict=True)]
        late = [f"{x(begin_s + width_s + t):.1f} {h:.1f}" for t, h in zip(lane.reached_s, y, strict=True)]
        found.append(
            f'<path class="band {drawn[0]}" clip-path="url(#{drawn[1]})" d="M{"L".join(early + late[::-1])}Z"/>'
        )
    return "".join(found)


def _vehicles(diagram: Diagram, lane: Lane, y: F64, x: Scale, drawn: tuple[str, str]) -> str:
    tracks, begin_s = lane.tracks, diagram.span_s[0]
    if tracks.vehicle.size == 0:
        return ""
    at = np.interp(tracks.distance_m, lane.place_m, y)
    ends = np.flatnonzero((np.diff(tracks.vehicle) != 0) | (np.diff(tracks.time_s) > 60.0)) + 1
    paths = []
    for a, b in zip([0, *ends.tolist()], [*ends.tolist(), tracks.vehicle.size], strict=True):
        kept = _thinned(tracks.time_s[a:b], at[a:b])
        if len(kept) > 1:
            points = (f"{x(t - begin_s):.1f} {h:.1f}" for t, h in kept)
            paths.append("M" + "L".join(points))
    return f'<path class="ts-way {drawn[0]}" clip-path="url(#{drawn[1]})" d="{"".join(paths)}"/>' if paths else ""


def _thinned(time_s: F64, at: F64) -> list[tuple[float, float]]:
    """Points where the speed changes, not closer than STEP_S; the last one always."""
    kept = [(float(time_s[0]), float(at[0]))]
    for k in range(1, time_s.size - 1):
        bends = abs((at[k + 1] - at[k]) - (at[k] - at[k - 1])) > 0.25
        if bends and time_s[k] - kept[-1][0] >= STEP_S:
            kept.append((float(time_s[k]), float(at[k])))
    if time_s.size > 1:
        kept.append((float(time_s[-1]), float(at[-1])))
    return kept


def _axis(x: Scale, height: float) -> str:
    values = [v for v in ticks(0.0, x.high, 6) if v <= x.high]
    marks = "".join(f'<text class="tick" x="{x(v):.1f}" y="{height - BOTTOM + 22:.0f}">{v:g}</text>' for v in values)
    middle = (LEFT + WIDTH - RIGHT) / 2
    return f'{marks}<text class="axis" x="{middle}" y="{height - 4:.0f}">seconds</text>'
