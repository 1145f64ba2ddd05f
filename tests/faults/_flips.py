"""Bits that change by themselves in a file of the log."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from random import Random

from citybrain.clock import ManualClock
from citybrain.ingest.log import DurableLog, read_log
from citybrain.ingest.log_batch import Batch, Damage
from citybrain.ingest.log_segment import FileOptions, segment_paths
from citybrain.ingest.log_writer import LogOptions

OPTIONS = LogOptions(linger_s=0.0, file=FileOptions(ballast_bytes=0))
SIZES = (40, 200, 900, 2500, 30_000)  # the last one does not fit into a page
CHUNK = 32  # bytes of a payload that lie together in the file


@dataclass
class FlipTally:
    """What flips did; `silent` is what must never be: a row that is wrong or missing, and nobody says so."""

    flips: int = 0
    detected: int = 0
    silent: int = 0
    rest_lost: int = 0  # flips in one payload that cost another row
    rows_lost: int = 0


def write_log(folder: Path, n: int = 15) -> dict[int, Batch]:
    """A closed log of two files; what lies in the first, by sequence."""
    rng, sent = Random(5), {}
    with DurableLog(folder, ManualClock(), OPTIONS) as log:
        for k in range(n):
            each = Batch(f"source {k % 3}", "count", 1.5 * k, k, rng.randbytes(SIZES[k % len(SIZES)]), f"key {k}")
            sent[log.append(each).result().sequence] = each
    clock = ManualClock(86_400.0)  # the next day is the next file
    with DurableLog(folder, clock, OPTIONS) as log:
        log.append(Batch("later", "count", clock.at_s, 1, b"", "1")).result()
    return sent


def payload_places(content: bytes, sent: dict[int, Batch]) -> list[tuple[int, int, int]]:
    """(sequence, first, end) of stretches of the file that hold bytes of payloads."""
    places = []
    for sequence, each in sent.items():
        for i in range(0, len(each.payload) - CHUNK, CHUNK):
            at = content.find(each.payload[i : i + CHUNK])
            if at >= 0:
                places.append((sequence, at, at + CHUNK))
    return places


def flip_often(folder: Path, n_flips: int, in_payloads: bool, seed: int = 1, at_a_time: int = 1) -> FlipTally:
    """Flip a bit, read everything, flip it back; `n_flips` times.

    With `at_a_time`, payloads of so many batches are hit before each reading: each hit is told and costs its own batch
    and no other, whatever else is damaged, in a fraction of the time.
    """
    sent = write_log(folder)
    path = segment_paths(folder)[0]
    content = path.read_bytes()
    places: dict[int, list[tuple[int, int, int]]] = {}
    for place in payload_places(content, sent):
        places.setdefault(place[0], []).append(place)
    tally, rng = FlipTally(), Random(seed)
    with path.open("r+b", buffering=0) as file:
        for _ in range(n_flips // at_a_time):
            hit = [(0, 0, len(content))]
            if in_payloads:
                hit = [rng.choice(places[sequence]) for sequence in rng.sample(sorted(places), at_a_time)]
            changed = [rng.randrange(low, end) for _, low, end in hit]
            for at in changed:
                _write(file.fileno(), at, content[at] ^ 1 << rng.randrange(8))
            _examine(folder, sent, {sequence for sequence, _, _ in hit} if in_payloads else None, tally)
            for at in changed:
                _write(file.fileno(), at, content[at])
    assert path.read_bytes() == content, "reading changed the file"
    return tally


def _write(handle: int, at: int, value: int) -> None:
    os.pwrite(handle, bytes((value,)), at)


def _examine(folder: Path, sent: dict[int, Batch], hit: set[int] | None, tally: FlipTally) -> None:
    good, told = set(), set()
    for row in read_log(folder):
        if isinstance(row, Damage):
            told.update(range(row.first, row.last + 1))
        elif row.sequence in sent:
            good.add(row.sequence)
            tally.silent += row.batch != sent[row.sequence]
    lost = sent.keys() - good
    tally.flips += 1 if hit is None else len(hit)
    tally.detected += bool(lost & told) if hit is None else len(hit & told)
    tally.silent += bool(lost - told)
    tally.rest_lost += hit is not None and lost != hit
    tally.rows_lost += len(lost)
