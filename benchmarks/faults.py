"""What was acknowledged is there, once: `kill -9`, power cuts, flipped bits, full disks, in their full form.

The short forms run with the tests; this runs the same code longer. `--quick` runs a part of each.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import _from_faults  # noqa: F401 - makes the modules of tests/faults importable
from benchmarks._bench import Figure, Report
from benchmarks._places import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"


def main(quick: bool) -> Report:
    """All faults in turn."""
    figures = [*kills(50 if quick else 1000)]
    figures += cuts(1000 if quick else 20_000)
    figures += flips(1000 if quick else 100_000)
    figures += full_disk(3 if quick else 20)
    return Report(figures, [rule_of_three(figures)])


def rule_of_three(figures: list[Figure]) -> str:
    """What no failure in n trials proves."""
    return f"no failure in n trials means a rate below 3/n with 95 % confidence; {len(figures)} figures"


def none(what: str, n: int) -> Figure:
    """A count that must be nought."""
    return Figure(what, n, 0, at_least=False)


def kills(rounds: int) -> list[Figure]:
    """A process that ingests is killed, again and again, on one log; its sources repeat what they are not sure of."""
    from _kills import kill_often

    with tempfile.TemporaryDirectory() as folder:
        tally = kill_often(Path(folder) / "log", rounds)
    return [
        Figure("kill -9: rounds", tally.rounds, rounds),
        Figure("kill -9: acknowledgements in the round with the fewest", tally.fewest, 1),
        Figure("kill -9: batches acknowledged", len(tally.acknowledged), rounds),
        Figure("kill -9: batches offered again after a kill", tally.repeated, rounds),
        none("kill -9: acknowledged and lost", tally.lost),
        none("kill -9: doubled", tally.doubled),
        none("kill -9: damaged or wrong", tally.wrong),
    ]


def cuts(n: int) -> list[Figure]:
    """Power cuts at any write or sync of recorded runs; and the same with a log that does not sync, to see it found
    out.
    """
    from _cuts import OPTIONS, CutTally, cut_everywhere, record
    from _places import memory_folder

    tally, runs = CutTally(), 10
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        for seed in range(runs):
            events = record(Path(folder) / f"log{seed}", 50, seed=seed)
            cut_everywhere(events, n // runs, Path(folder) / "cut", seed, tally)
        careless = replace(OPTIONS, file=replace(OPTIONS.file, synchronous="OFF"))
        blind = cut_everywhere(record(Path(folder) / "off", 50, careless), n // 20, Path(folder) / "cut")
    return [
        Figure("power cuts", tally.cuts, n),
        Figure("power cuts: batches that had to be there", tally.acknowledged, n),
        none("power cuts: acknowledged and lost", tally.lost),
        none("power cuts: false rows", tally.false),
        Figure("power cuts: share that loses with synchronous=OFF", blind.cuts_with_loss / blind.cuts, 0.5),
    ]


def flips(n: int) -> list[Figure]:
    """One bit of a file changes: in a payload, or anywhere."""
    from _flips import flip_often
    from _places import memory_folder

    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        hit = flip_often(Path(folder) / "payload", n, in_payloads=True)
        anywhere = flip_often(Path(folder) / "anywhere", n // 5, in_payloads=False)
    return [
        Figure(f"bit flips in payloads ({n:,}): share detected", hit.detected / hit.flips, 1.0),
        none("bit flips in payloads: other batches that cannot be read", hit.rest_lost),
        none(f"bit flips anywhere in a file ({n // 5:,}): silent", hit.silent + anywhere.silent),
    ]


def full_disk(times: int) -> list[Figure]:
    """How long until the log says that it does not acknowledge, and until it does again when there is room."""
    from _sqlite_disk import FULL, OK, Disk

    from citybrain.errors import StorageError
    from citybrain.ingest.log import DurableLog
    from citybrain.ingest.log_batch import Batch
    from citybrain.ingest.log_segment import FileOptions
    from citybrain.ingest.log_writer import LogOptions

    disk, stops, resumes, answered = Disk(), [0.0], [0.0], 0
    with tempfile.TemporaryDirectory() as folder:
        with DurableLog(Path(folder), options=LogOptions(file=FileOptions(uri="vfs=watched"))) as log:
            for k in range(times):
                log.append(Batch("s", "count", 0.0, 1, bytes(9000), f"a{k}")).result(10.0)
                disk.refuse = lambda what, _: FULL if what == "write" else OK
                begin = time.perf_counter()
                try:
                    log.append(Batch("s", "count", 0.0, 1, bytes(9000), f"b{k}")).result(10.0)
                    answered += 1
                except StorageError:
                    stops.append(time.perf_counter() - begin)
                disk.refuse = lambda *_: OK
                begin = time.perf_counter()
                while not log.health().ok:
                    threading.Event().wait(0.005)
                resumes.append(time.perf_counter() - begin)
        disk.remove()
    return [
        none("full disk: acknowledged", answered),
        Figure("full disk: until it says so", max(stops), 1.0, at_least=False, unit="s"),
        Figure("full disk: until it acknowledges again", max(resumes), 5.0, at_least=False, unit="s"),
    ]
