"""Errors over coverage and loss as a picture: one panel a curve, one line a measure, each in units of its target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDE, HIGH, EDGE = 300, 220, 50
TOP = 3.0  # times the target: what is worse is drawn at the edge
LINES = (
    ("speed MAE / 1.2 m/s", 0, 1.2, "#1b6ca8"),
    ("travel time MAPE / 15 %", 1, 0.15, "#c2571a"),
    ("queue MAE / 1.5", 3, 1.5, "#2e7d32"),
)


def draw(path: Path, curves: dict[str, tuple[list[float], NDArray[np.float64]]]) -> None:
    """Write an SVG; each curve is (shares, errors [shares, measures])."""
    width = len(curves) * (WIDE + EDGE) + EDGE
    box = f'viewBox="0 0 {width} {HIGH + 110}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{HIGH + 110}" fill="white"/>',
    ]
    for k, (what, (shares, errors)) in enumerate(curves.items()):
        parts += _panel(EDGE + k * (WIDE + EDGE), what, shares, errors)
    for k, (label, _, _, colour) in enumerate(LINES):
        x, y = EDGE + 240 * k, HIGH + 95
        parts.append(f'<rect x="{x}" y="{y - 9}" width="12" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="{y}">{label}</text>')
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def _panel(left: int, what: str, shares: list[float], errors: NDArray[np.float64]) -> list[str]:
    bottom = HIGH + 30
    parts = [f'<text x="{left}" y="20">{what}</text>']
    for level in (0.0, 1.0, 2.0, 3.0):
        y = bottom - level / TOP * HIGH
        dash = "" if level == 1.0 else ' stroke-dasharray="2 4"'
        parts.append(f'<line x1="{left}" x2="{left + WIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="#888"{dash}/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{level:g}</text>')
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        place = f'x="{left + share * WIDE:.0f}" y="{bottom + 18}" text-anchor="middle"'
        parts += [f"<text {place}>{100 * share:.0f} %</text>"]
    for _, column, target, colour in LINES:
        value = np.minimum(errors[:, column] / target, TOP)
        points = [
            f"{left + s * WIDE:.1f},{bottom - v / TOP * HIGH:.1f}"
            for s, v in zip(shares, value, strict=True)
            if np.isfinite(v)
        ]
        parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return parts
