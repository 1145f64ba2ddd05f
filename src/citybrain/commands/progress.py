"""Progress on stderr: a bar on a terminal, nothing at all elsewhere unless asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[float], None]  # is told the share that is done, 0 to 1


@contextmanager
def progress(title: str, asked: bool = False) -> Iterator[Advance]:
    """Show `title` with a bar while the block runs; the value is the function that moves the bar."""
    if not (asked or sys.stderr.isatty()):
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _nothing(share: float) -> None:
    """Nobody is looking."""
