"""A server in a process of its own, which prints where it is and ends when its standard input does."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks._live_server import Plan
from benchmarks._places import ROOT

END_MAX_S = 60.0


@contextmanager
def served(module: str, *arguments: str) -> Iterator[list[str]]:
    """The words of its first line; it has ended at the end of the block. Raises RuntimeError where it says nothing."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            told = process.stdout.readline().split()
            if not told:
                raise RuntimeError(f"{module} has ended before it said where it is")
            yield told
        finally:
            process.communicate("", timeout=END_MAX_S)


@contextmanager
def live_city(plan: Plan) -> Iterator[str]:
    """The address of a brain with all that `citybrain run` serves; nobody wants the book of its beats."""
    with ExitStack() as ends:
        folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="citybrain-bench-"))
        told = ends.enter_context(served("benchmarks._live_server", plan.text(), str(Path(folder) / "book.npz")))
        yield f"http://127.0.0.1:{told[0]}"
