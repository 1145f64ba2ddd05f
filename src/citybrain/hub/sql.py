"""Read-only SQL over the history, for those who run the city: one SELECT, in a process of its own, within limits.

Four walls, each of which would do: only a single SELECT over `indicators` and `tables` gets through (its syntax tree is
searched for other tables and functions); DuckDB runs with external access off but for the history's own files, its
configuration locked; the process may not write a file, nor use more memory or time than it has; and it ends with the
query, so that nothing that goes wrong inside reaches the brain. (DuckDB's own memory limit is not enough: one long
`repeat` goes past it.)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

from citybrain.errors import InputError, LimitError
from citybrain.hub.catalogue import Audience, Catalogue, Kind
from citybrain.hub.chunks import Chunk, Shelf, overlapping
from citybrain.hub.history import INDICATORS, RESTRICTED, History
from citybrain.settings import Settings

QUERY_MAX = 10_000  # characters
ANSWER_MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class SqlAnswer:
    """What a query gave; values are JSON: numbers, text, None, lists."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool  # there were more than sql_rows_max


class SqlDoor:
    """Asks the history; at most `sql_at_once` queries at a time. What is not flushed to disk yet is not seen."""

    def __init__(self, history: History, catalogue: Catalogue, settings: Settings | None = None) -> None:
        self._history, self._catalogue = history, catalogue
        self._settings = settings or Settings()
        self._places = threading.BoundedSemaphore(self._settings.sql_at_once)

    def ask(self, query: str, rows_max: int | None = None) -> SqlAnswer:
        """Run a query, for at most `rows_max` rows (`sql_rows_max` when left out).

        Raises InputError for one that is not a single SELECT over the views or that fails, LimitError for one that
        takes too long or too much, or when others are running.
        """
        if not 0 < len(query) <= QUERY_MAX:
            raise InputError(f"query of {len(query)} characters; expected 1 to {QUERY_MAX}")
        if not self._places.acquire(blocking=False):
            raise LimitError(f"{self._settings.sql_at_once} queries are running, the limit sql_at_once; ask again")
        try:
            return self._run(query, self._settings.sql_rows_max if rows_max is None else rows_max)
        finally:
            self._places.release()

    def _run(self, query: str, rows_max: int) -> SqlAnswer:
        settings = self._settings
        task = {
            "query": query,
            "files": self._files(),
            "doubles": self._doubles(),
            "rows_max": rows_max,
            "memory_mib": settings.sql_memory_mib,
            "timeout_s": settings.sql_timeout_s,
            "bytes_max": ANSWER_MAX_BYTES,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", "citybrain.hub.sql_process"],
                input=json.dumps(task).encode(),
                capture_output=True,
                timeout=settings.sql_timeout_s,
                env=_bare_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LimitError(
                f"the query took longer than {settings.sql_timeout_s} s, the limit sql_timeout_s"
            ) from None
        return _answer(done)

    def _files(self) -> dict[str, list[str]]:
        """Files behind each view; what is restricted, or known to nobody, is not among them."""
        found: dict[str, list[str]] = {"indicators": [], "tables": []}
        columns = {
            (e.city, e.area, e.name) for e in self._catalogue.find() if e.kind is Kind.TABLE and _open(e.audience)
        }
        for chunk in self._history.chunks:
            shelf = chunk.shelf
            if shelf.stem == INDICATORS:
                found["indicators"].append(str(chunk.path))
            elif shelf.stem != RESTRICTED and (shelf.city, shelf.area, shelf.stem) in columns:
                found["tables"].append(str(chunk.path))
        return found

    def _doubles(self) -> bool:
        """Whether some value may stand in two chunks: only then must the query pay for choosing the newer one."""
        shelves: dict[Shelf, list[Chunk]] = {}
        for chunk in self._history.chunks:
            shelves.setdefault(chunk.shelf, []).append(chunk)
        return any(overlapping(sorted(chunks, key=lambda chunk: chunk.first_ms)) for chunks in shelves.values())


def _open(audience: Audience) -> bool:
    return audience is not Audience.RESTRICTED


def _bare_environment() -> dict[str, str]:
    """Nothing of the brain's own environment (it may hold keys) but where to find the package."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
    }


def _answer(done: subprocess.CompletedProcess[bytes]) -> SqlAnswer:
    if done.returncode:
        raise LimitError(
            "the query needed more memory (sql_memory_mib) or time (sql_timeout_s) than it may have, and was ended"
        )
    told = json.loads(done.stdout)
    if "limit" in told:
        raise LimitError(told["limit"])
    if "error" in told:
        raise InputError(f"query: {told['error']}")
    return SqlAnswer(told["columns"], told["rows"], told["truncated"])
