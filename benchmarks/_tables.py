"""Plain tables in Markdown, and documents with a part that a benchmark fills."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

BEGIN, END = "<!-- begin measured -->", "<!-- end measured -->"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are numbers; columns are as wide as their widest cell."""
    every = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in every) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in (every[0], rule, *every[1:]))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
    return f"| {' | '.join(cells)} |"


def fill(path: Path, text: str, part: str = "") -> None:
    """Put `text` between the marks of a document, or of a part of it; raises ValueError where there are none."""
    begin, end = (mark.replace("measured", f"measured: {part}" if part else "measured") for mark in (BEGIN, END))
    page = path.read_text(encoding="utf-8")
    if begin not in page or end not in page:
        raise ValueError(f"{path}: expected the lines {begin} and {end}")
    before, after = page.split(begin)[0], page.split(end)[1]
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def percent(share: float) -> str:
    return f"{100 * share:+.1f} %"
