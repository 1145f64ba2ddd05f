"""A parent that forks children at once: each ingests into the log until it is killed.

Standard input: `go FIRST` forks a child that offers batches from number FIRST on. Standard output: `pid N`; then of
the child `a NUMBER SEQUENCE` for each acknowledgement, and of this parent `dead STATUS` when the child has ended.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from concurrent.futures import Future
from pathlib import Path

from citybrain.clock import ManualClock
from citybrain.ingest.log import DurableLog
from citybrain.ingest.log_batch import Batch, Receipt
from citybrain.ingest.log_segment import FileOptions
from citybrain.ingest.log_writer import LogOptions

OPTIONS = LogOptions(
    linger_s=0.001, segment_bytes=1_000_000, file=FileOptions(ballast_bytes=0, checkpoint_pages=40), sweep_s=1e9
)
OUTSTANDING = 30


def batch(number: int) -> Batch:
    """The same bytes for the same number."""
    payload = number.to_bytes(8, "little") * (1 + number * 7919 % 97) * (20 if number % 50 == 0 else 1)
    return Batch(f"source {number % 3}", "count", float(number), number, payload, f"key {number}")


def tell(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def ingest(folder: Path, first: int) -> None:
    """Until killed."""
    log = DurableLog(folder, ManualClock(), OPTIONS)
    waiting: deque[tuple[int, Future[Receipt]]] = deque()
    number = first
    while True:
        while len(waiting) < OUTSTANDING:
            waiting.append((number, log.append(batch(number))))
            number += 1
        done, future = waiting.popleft()
        tell(f"a {done} {future.result().sequence}")


def main() -> None:
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        first = int(line.split()[1])
        pid = os.fork()
        if pid == 0:
            try:
                ingest(folder, first)
            finally:
                os._exit(3)
        tell(f"pid {pid}")
        tell(f"dead {os.waitpid(pid, 0)[1]}")


if __name__ == "__main__":
    main()
