"""Well-known text of lines and polygons, with every digit of the coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import FormatError

__all__ = ["format_shapes", "parse_shapes"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def format_shapes(offset: I64, x_m: F64, y_m: F64, *, polygon: bool) -> list[str]:
    """One text a shape; a shape without points is the empty text."""
    head, tail = ("POLYGON ((", "))") if polygon else ("LINESTRING (", ")")
    points = [f"{x!r} {y!r}" for x, y in zip(x_m.tolist(), y_m.tolist(), strict=True)]
    bounds = offset.tolist()
    spans = pairwise(bounds)
    return [f"{head}{', '.join(points[a:b])}{tail}" if b > a else "" for a, b in spans]


def parse_shapes(texts: Sequence[str], path: Path) -> tuple[I64, F64, F64]:
    """Offsets [n + 1], x and y of LINESTRING or POLYGON texts (outer ring); heights are dropped."""
    x: list[float] = []
    y: list[float] = []
    counts = []
    for row, text in enumerate(texts):
        try:
            xs, ys = _parse(text)
        except (ValueError, IndexError):
            raise FormatError(path, f"geometry, row {row + 1}", repr(text[:40]), "WKT of a line or polygon") from None
        x += xs
        y += ys
        counts.append(len(xs))
    return np.array([0, *accumulate(counts)], np.int64), np.array(x, np.float64), np.array(y, np.float64)


def _parse(text: str) -> tuple[list[float], list[float]]:
    if not text.strip():
        return [], []
    if not text.lstrip().upper().startswith(("LINESTRING", "POLYGON")):
        raise ValueError(text)
    inside = text[text.index("(") :].lstrip("( ")
    points = [point.split() for point in inside[: inside.index(")")].split(",")]
    return [float(point[0]) for point in points], [float(point[1]) for point in points]
