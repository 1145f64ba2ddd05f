"""The referee as a process of its own: `python -m citybrain.guard.monitor_main CITY_FOLDER BOOK_FOLDER BOUNDS_JSON`.

It reads frames from its standard input and answers each with one line of JSON on its standard output. A frame is a kind
(1 byte), a time (8 bytes, little-endian double) and a length (4 bytes) with as many bytes: `S` brings the colours of
all groups, one byte a group; `R` releases a latch: `signal \\0 name`. An answer has `trips` ([signal, time, fault,
detail]) and `latched`, all that are latched now, where that has changed; or `error`, and nothing has happened.
The first line, before any frame, tells what it found in the city. It ends when its input does.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

from citybrain.guard.latches import LatchBook, LatchError
from citybrain.guard.monitor import Monitor
from citybrain.guard.monitor_table import Bounds, read_sheets

HEAD = struct.Struct("<cdI")
BYTES_MAX = 10_000_000


def main(arguments: list[str]) -> int:
    """Watch until the input ends."""
    city, folder, bounds = Path(arguments[0]), Path(arguments[1]), Bounds(**json.loads(arguments[2]))
    sheets, book = read_sheets(city, bounds), LatchBook(folder)
    monitor = Monitor(sheets, bounds, book.latched)
    oddities = [oddity for sheet in sheets for oddity in sheet.oddities]
    _answer({"groups": monitor.n_groups, "oddities": oddities, "latched": sorted(book.latched)})
    serve(monitor, book, sys.stdin.buffer)
    book.close()
    return 0


def serve(monitor: Monitor, book: LatchBook, frames: BinaryIO) -> None:
    """Answer frame after frame."""
    while len(head := frames.read(HEAD.size)) == HEAD.size:
        kind, time_s, length = HEAD.unpack(head)
        if length > BYTES_MAX:
            return
        body = frames.read(length)
        try:
            _answer(_see(monitor, book, time_s, body) if kind == b"S" else _release(monitor, book, time_s, body))
        except (ValueError, LatchError) as error:
            _answer({"error": str(error)})


def _see(monitor: Monitor, book: LatchBook, time_s: float, colours: bytes) -> dict[str, Any]:
    trips = monitor.see(time_s, colours)
    if not trips:
        return {}
    new = book.latch(trips)
    rows = [[trip.signal, trip.time_s, trip.fault.name, trip.detail] for trip in trips]
    return {"trips": rows, "latched": sorted(book.latched)} if new else {"trips": rows}


def _release(monitor: Monitor, book: LatchBook, time_s: float, body: bytes) -> dict[str, Any]:
    signal, _, by = body.decode("utf-8").partition("\0")
    book.release(signal, by, time_s)
    monitor.release(signal)
    return {"latched": sorted(book.latched)}


def _answer(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
