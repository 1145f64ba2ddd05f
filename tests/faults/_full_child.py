"""A real disk that is full, by the kernel's limit on the size of files: prints what the log said, a line each."""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

from citybrain.errors import StorageError
from citybrain.ingest.log import DurableLog, read_log
from citybrain.ingest.log_batch import Batch, Logged
from citybrain.ingest.log_writer import LogOptions


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    folder = Path(sys.argv[1])
    acknowledged, refused = [], 0
    with DurableLog(folder, options=LogOptions(linger_s=0.0, retry_s=0.01)) as log:

        def offer(k: int) -> None:
            acknowledged.append(log.append(Batch("s", "count", 1.0, 1, b"x" * 20_000, str(k))).result(1.0).sequence)

        for k in range(20):
            offer(k)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
        for k in range(20, 40):
            try:
                offer(k)
            except StorageError:
                refused += 1
        tell(f"while full: {refused} {log.health().error}")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for _ in range(500):
            if log.health().ok:
                break
            threading.Event().wait(0.01)
        for k in range(20, 40):
            offer(k)
        tell(f"after: {log.health().error}")
    rows = list(read_log(folder))
    kept = [row for row in rows if isinstance(row, Logged)]
    in_order = sorted(acknowledged) == [row.sequence for row in kept]
    tell(f"rows: {len(rows)} {len({row.batch.key for row in kept})} {in_order}")


if __name__ == "__main__":
    main()
